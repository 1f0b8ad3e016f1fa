"""Goals that are judged together: those of one rule, their numbers laid one above the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from citygoals.core.judging.plan import Aims, Floats, GoalPlan, Order, Whole
from citygoals.core.logic import NamedRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Goals of one rule, for which forecasts count and sources rank alike; arrays are by goal.

    `indicators` has the goal's own in its first columns, `own` of them, then those that the rule
    reads, which are named in `read`. The rows of `aims` are the classes of the first goal, then of
    the second, …; `first_class` is where a goal's begin. Limits that an indicator has not are NaN.
    """

    rule: NamedRule
    own: int
    read: tuple[str, ...]
    forecasts: bool
    sources: Order
    goals: Sequence[GoalPlan]
    indicators: Whole
    max_age: Whole
    sign: Floats
    worst: Floats
    minimum: Floats
    maximum: Floats
    first_class: Whole
    aims: Aims
    status_codes: NDArray[np.uint8]


def groups_of(goals: Iterable[GoalPlan]) -> list[Group]:
    """The groups of the goals on which somebody is judged."""
    groups: dict[tuple[str, int, tuple[Order, bool]], list[GoalPlan]] = {}
    for goal in goals:
        if not goal.refused:
            key = goal.rule.id, goal.own, goal.grid
            groups.setdefault(key, []).append(goal)
    return [_group(members) for members in groups.values()]


def _group(goals: Sequence[GoalPlan]) -> Group:
    first = goals[0]
    indicators = [goal.indicator for goal in goals]
    sizes = [len(goal.aims.row) for goal in goals]
    return Group(
        rule=first.rule,
        own=first.own,
        read=first.read,
        forecasts=first.standing.goal.forecasts_count,
        sources=first.standing.sources,
        goals=goals,
        indicators=np.array([goal.indicators for goal in goals], np.int32),
        max_age=np.array([goal.standing.max_age for goal in goals], np.int32),
        sign=np.array([float(indicator.direction.sign) for indicator in indicators]),
        worst=_limits(indicator.worst for indicator in indicators),
        minimum=_limits(indicator.minimum for indicator in indicators),
        maximum=_limits(indicator.maximum for indicator in indicators),
        first_class=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32),
        aims=_stacked([goal.aims for goal in goals]),
        status_codes=first.status_codes,
    )


def _limits(limits: Iterable[float | None]) -> Floats:
    return np.array([np.nan if limit is None else limit for limit in limits], np.float64)


def _stacked(aims: Sequence[Aims]) -> Aims:
    return Aims(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in aims])
            for field in fields(Aims)
        }
    )
