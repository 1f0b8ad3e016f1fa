"""Judges the goals of a chunk of areas in columns; goals that share a rule are decided together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citygoals.core.bulk.away import away
from citygoals.core.bulk.figures import (
    Bools,
    Chosen,
    Grid,
    Horizon,
    Series,
    baseline,
    choose,
    series,
)
from citygoals.core.bulk.plan import Floats, GoalPlan, Plan, Whole
from citygoals.core.model import Reason

BATCH = 200_000
"""About how many rows a rule decides at once."""
Block = dict[str, NDArray[Any]]
Decide = Callable[[Any, Mapping[str, Floats]], NDArray[np.int16]]
"""Computes a compiled rule over columns: the place of the status, -1 for undefined."""

FIGURES = ("value", "baseline", "previous", "gap", "score")
YEARS = ("value_year", "baseline_year", "previous_year")
TYPES = {
    "profile": np.uint8,
    "goal": np.uint16,
    "area": np.int32,
    "year": np.int16,
    "status": np.uint8,
    "reason": np.int32,
    "aim": np.int32,
    "marks": np.int32,
    "source": np.int32,
    **dict.fromkeys((*FIGURES, *YEARS), np.float64),
}
"""The columns of assessments in numbers, in their order; NaN and a source of -1 are absent."""


@dataclass(frozen=True, slots=True)
class Case:
    """One goal over some areas (rows) and every judged year (columns)."""

    goal: GoalPlan
    areas: Whole
    classes: Whole
    years: Whole
    chosen: Chosen
    others: Sequence[Chosen]
    start: tuple[Floats, Floats, Bools]
    starts: Sequence[tuple[Floats, Bools]]

    def aim(self, name: str) -> NDArray[Any]:
        """A field of the targets, by area and year."""
        table: NDArray[Any] = getattr(self.goal.aims, name)
        shape = (len(self.areas), len(self.years))
        return np.broadcast_to(table[0], shape) if len(table) == 1 else table[self.classes]

    def variable(self, name: str) -> Floats:
        """A variable of the rule; NaN is absent."""
        found = self._figure(name) if "." not in name else self._other(name)
        return np.broadcast_to(found, (len(self.areas), len(self.years)))

    def _figure(self, name: str) -> Floats:
        if name in _AIMS:
            return self.aim(_AIMS[name])
        if name in ("value", "previous", "previous_year"):
            figure: Floats = getattr(self.chosen, name)
            return figure
        if name == "year":
            due = self.aim("year")
            return np.where(self.years > due, np.maximum(self.chosen.year, due), self.chosen.year)
        if name == "baseline":
            return self.start[0]
        if name == "baseline_year":
            return self.start[1]
        sign = self.goal.indicator.direction.sign
        return np.array(float(sign) if name == "direction" else np.nan)

    def _other(self, name: str) -> Floats:
        _, indicator, field = name.split(".")
        place = self.goal.read.index(indicator)
        return self.others[place].value if field == "value" else self.starts[place][0]

    def lost(self) -> Mapping[str, Bools]:
        """Where a break took a variable."""
        found = dict.fromkeys(("previous", "previous_year"), self.chosen.lost)
        found |= dict.fromkeys(("baseline", "baseline_year"), self.start[2])
        starts = zip(self.goal.read, self.starts, strict=True)
        return found | {f"indicators.{name}.baseline": its[1] for name, its in starts}


_AIMS = {"target": "value", "target_year": "year", "lower": "minimum", "upper": "maximum"}


def judge(plan: Plan, grid: Grid, areas: range, over: Horizon, decide: Decide) -> Iterator[Block]:
    """Blocks of columns, one for each goal with areas that are judged in columns."""
    by_rule: dict[str, list[GoalPlan]] = {}
    for goal in plan.goals:
        if goal.refused:
            yield from _refused(plan, areas, goal)
        elif goal.why_rows is None:
            by_rule.setdefault(goal.rule.id, []).append(goal)
    for goals in by_rule.values():
        waiting: list[Case] = []
        for goal in goals:
            if (case := _case(plan, grid, areas, over, goal)) is not None:
                waiting.append(case)
            if sum(len(one.areas) * len(one.years) for one in waiting) >= BATCH:
                yield from _decided(plan, waiting, decide)
                waiting = []
        yield from _decided(plan, waiting, decide)


def by_columns(plan: Plan, grid: Grid, areas: range, goal: GoalPlan) -> Bools:
    """Which areas of the chunk are judged on a goal in columns."""
    judged = plan.classes[goal.profile][areas.start : areas.stop] >= 0
    if goal.refused:
        return judged
    return judged & ~grid.crowded[list(goal.indicators)].any(axis=0)


def _case(plan: Plan, grid: Grid, areas: range, over: Horizon, goal: GoalPlan) -> Case | None:
    mask = by_columns(plan, grid, areas, goal)
    here = np.flatnonzero(mask).astype(np.int32)
    if not len(here):
        return None
    rows = slice(None) if mask.all() else here
    years = np.array(plan.years, np.int32)
    classes = plan.classes[goal.profile][areas.start : areas.stop][here]
    forecasts = goal.standing.goal.forecasts_count
    found = [series(grid, i, rows, over, forecasts=forecasts) for i in goal.indicators]
    chosen = [choose(its, years, goal.standing.max_age) for its in found]
    case = Case(goal, here + areas.start, classes, years, chosen[0], chosen[1:], _NO_START, ())
    at = case.aim("baseline_year")
    starts = [baseline(its, one, at, years) for its, one in zip(found[1:], chosen[1:], strict=True)]
    start = _start(case, found[0], at)
    return Case(goal, case.areas, classes, years, chosen[0], chosen[1:], start, starts)


_NO_START: tuple[Floats, Floats, Bools] = (np.array(np.nan), np.array(np.nan), np.array(False))


def _start(case: Case, its: Series, at: Floats) -> tuple[Floats, Floats, Bools]:
    """The baseline, its year and where a break took it: the target's own figure goes first."""
    own, chosen = case.aim("baseline"), case.chosen
    stated = ~np.isnan(own)
    if np.isnan(at).all() and not stated.any():
        return _NO_START
    if stated.all():
        lost = np.zeros(own.shape, np.bool_)
        observed = np.full(own.shape, np.nan)
    else:
        observed, lost = baseline(its, chosen, at, case.years)
    figure = np.where(stated, own, observed)
    figure = np.where(chosen.there, figure, np.nan)
    year = np.where(np.isnan(figure), np.nan, at)
    return figure, year, lost & ~stated


def _decided(plan: Plan, cases: Sequence[Case], decide: Decide) -> Iterator[Block]:
    if not cases:
        return
    compiled = cases[0].goal.rule.compiled
    columns = {
        name: np.concatenate([one.variable(name).reshape(-1) for one in cases])
        for name in compiled.names or ["value"]
    }
    answers = decide(compiled.expression, columns)
    start = 0
    for case in cases:
        end = start + case.chosen.value.size
        yield _block(plan, case, answers[start:end].reshape(case.chosen.value.shape))
        start = end


def _block(plan: Plan, case: Case, answers: NDArray[np.int16]) -> Block:
    goal, chosen = case.goal, case.chosen
    refusal = goal.aims.refusal[case.classes][:, None]
    asked = chosen.there & (refusal < 0)
    status = np.where(asked, goal.status_codes[answers], refusal >= 0).astype(np.uint8)
    reason = np.where(refusal >= 0, refusal, chosen.reason)
    unanswered = asked & (answers < 0)
    if unanswered.any():
        reason[unanswered] = _why_not(plan, case, unanswered)
    target = (case.aim("value"), case.aim("minimum"), case.aim("maximum"))
    far = away(chosen.value, target, case.start[0], goal.indicator)
    kept = refusal < 0
    return _flat(
        goal,
        case.areas,
        case.years,
        status=status,
        reason=reason,
        aim=case.aim("row"),
        marks=np.where(kept, goal.mark_codes[_marks(case)], 0),
        source=np.where(asked, chosen.source, -1),
        value=_kept(chosen.value, kept),
        value_year=_kept(chosen.year, kept),
        baseline=_kept(case.start[0], kept),
        baseline_year=_kept(case.start[1], kept),
        previous=_kept(chosen.previous, kept),
        previous_year=_kept(chosen.previous_year, kept),
        gap=_kept(far.gap, kept),
        score=_kept(far.score, kept),
    )


def _refused(plan: Plan, areas: range, goal: GoalPlan) -> Iterator[Block]:
    """The areas of a goal on which nobody is judged: no figure is looked at."""
    classes = plan.classes[goal.profile][areas.start : areas.stop]
    here = np.flatnonzero(classes >= 0).astype(np.int32)
    years = np.array(plan.years, np.int32)
    shape = (len(here), len(years))
    nothing = dict.fromkeys((*FIGURES, *YEARS), np.broadcast_to(np.nan, shape))
    aims = goal.aims
    if len(here):
        yield _flat(
            goal,
            here + areas.start,
            years,
            status=np.full(shape, 1, np.uint8),
            reason=aims.refusal[classes[here]][:, None],
            aim=aims.row[classes[here]],
            marks=np.zeros(shape, np.int32),
            source=np.full(shape, -1, np.int32),
            **nothing,
        )


def _kept(figures: Floats, kept: Bools) -> Floats:
    return figures if kept.all() else np.where(kept, figures, np.nan)


def _flat(goal: GoalPlan, areas: Whole, years: Whole, **columns: NDArray[Any]) -> Block:
    shape = (len(areas), len(years))
    keys: Block = {
        "profile": np.full(shape, goal.profile, np.uint8),
        "goal": np.full(shape, goal.goal, np.uint16),
        "area": np.broadcast_to(areas[:, None], shape),
        "year": np.broadcast_to(years.astype(np.int16), shape),
    }
    return {
        name: np.ascontiguousarray(np.broadcast_to(column, shape)).reshape(-1)
        for name, column in (keys | columns).items()
    }


def _marks(case: Case) -> Whole:
    """A digit of base 5 for the status of each figure, then two bits: break, illustrative."""
    code = np.zeros(case.chosen.value.shape, np.int32)
    for one in (case.chosen, *case.others):
        marked = (one.status >= 2) & (one.status <= 5)
        code = code * 5 + np.where(marked, one.status - np.uint8(1), 0)
    broken = case.chosen.lost | case.start[2]
    for _, lost in case.starts:
        broken = broken | lost
    found: Whole = code * 4 + broken * 2 + case.aim("illustrative")
    return found


def _why_not(plan: Plan, case: Case, where: Bools) -> Whole:
    """The codes of the reasons where the rule gave nothing: needs that are absent, or undefined.

    Where breaks took all that is absent, the reason is the break.
    """
    needs = case.goal.rule.needs
    lost = case.lost()
    absent = [~np.isfinite(case.variable(name)[where]) for name in needs]
    shape = case.chosen.value.shape
    nothing = np.zeros(shape, np.bool_)
    taken = [np.broadcast_to(lost.get(name, nothing), shape)[where] for name in needs]
    kinds = np.array([*absent, *taken], np.bool_).T
    patterns, which = np.unique(kinds, axis=0, return_inverse=True)
    codes = [plan.words.reasons.code(_pattern_reason(needs, pattern)) for pattern in patterns]
    return np.array(codes, np.int32)[which.reshape(-1)]


def _pattern_reason(needs: Sequence[str], pattern: NDArray[np.bool_]) -> Reason:
    absent, taken = pattern[: len(needs)], pattern[len(needs) :]
    names = tuple(name for name, gone in zip(needs, absent, strict=True) if gone)
    if not names:
        return Reason("undefined")
    return Reason("break" if taken[absent].all() else "missing", names)
