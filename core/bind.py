"""Brings a goal, an area and a year together: its target, its figures, its rule's variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from citygoals.core.forum import Forum, StandingGoal
from citygoals.core.model import (
    NO_DATA,
    NOT_APPLICABLE,
    Area,
    Indicator,
    IndicatorId,
    Observation,
    Reason,
    StandKind,
    StatusId,
    Target,
)
from citygoals.core.select import Choice, Figures, Selection
from citygoals.core.targets import binding_targets, due_target


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine says without asking the rule."""

    status: StatusId
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One goal for one area and year: either a verdict, or the variables of its rule.

    `selections` has an entry for each of the goal's indicators, in their order.
    """

    standing: StandingGoal
    area: Area
    year: int
    verdict: Verdict | None = None
    target: Target | None = None
    common_target: Target | None = None
    selections: tuple[Selection, ...] = ()
    baseline: float | None = None
    baseline_year: int | None = None
    baseline_lost: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def selection(self) -> Selection:
        """The selection of a goal over one indicator; an empty one otherwise."""
        return self.selections[0] if len(self.selections) == 1 else Selection()


class Binder:
    """Binds goals to areas over one state of the observations."""

    def __init__(self, forum: Forum, figures: Figures) -> None:
        self.forum = forum
        self.figures = figures

    def bind(self, standing: StandingGoal, area: Area, year: int) -> Bound:
        """Everything about `standing` for `area` in `year` that its rule may ask."""
        refusal = _refusal(standing)
        if refusal:
            return Bound(standing=standing, area=area, year=year, verdict=refusal)
        target = self._target(standing.targets, standing, area, year)
        if standing.targets and target is None:
            reason = Reason("no-target-at-this-level", (area.level.value,))
            verdict = Verdict(NOT_APPLICABLE, reason)
            return Bound(standing=standing, area=area, year=year, verdict=verdict)
        if len(standing.goal.indicators) > 1:
            return self._bind_several(standing, area, year, target)
        return self._bind_one(standing, area, year, target)

    def _target(
        self, targets: tuple[Target, ...], standing: StandingGoal, area: Area, year: int
    ) -> Target | None:
        unit = self.indicator(standing).unit
        absolute = unit is not None and self.forum.units.units[unit].absolute
        return due_target(binding_targets(targets, area, absolute=absolute), year)

    def indicator(self, standing: StandingGoal) -> Indicator:
        """The first indicator of a goal, whose unit and direction the goal has."""
        return self.forum.indicators[standing.goal.indicators[0]]

    def choice(self, standing: StandingGoal) -> Choice:
        """How figures are chosen for a goal."""
        return Choice(
            max_age=standing.max_age,
            sources=standing.sources,
            forecasts_count=standing.goal.forecasts_count,
        )

    def _bind_one(
        self, standing: StandingGoal, area: Area, year: int, target: Target | None
    ) -> Bound:
        choice = self.choice(standing)
        indicator = self.indicator(standing)
        selection = self.figures.select(area.id, indicator.id, year, choice)
        value = selection.value
        baseline, baseline_year, lost = self._baseline(area, indicator.id, target, value, choice)
        given = {
            "direction": indicator.direction.sign,
            **_figure_variables(value, selection.previous),
            **_target_variables(target),
            "baseline": baseline,
            "baseline_year": baseline_year,
            **self._other_indicators(standing, area, year, target, choice),
        }
        return Bound(
            standing=standing,
            area=area,
            year=year,
            verdict=_no_value(selection),
            target=target,
            common_target=self._common_target(standing, area, year),
            selections=(selection,),
            baseline=baseline,
            baseline_year=baseline_year,
            baseline_lost=lost,
            given={name: value for name, value in given.items() if value is not None},
        )

    def _baseline(
        self,
        area: Area,
        indicator: IndicatorId,
        target: Target | None,
        value: Observation | None,
        choice: Choice,
    ) -> tuple[float | None, int | None, str | None]:
        """The target's own figure; else the observation of exactly its baseline year; else none."""
        if target is None or value is None:
            return None, None, None
        if target.baseline is not None:
            return target.baseline, target.baseline_year, None
        if target.baseline_year is None:
            return None, None, None
        at = target.baseline_year
        observed, lost = self.figures.baseline(area.id, indicator, at, value, choice)
        if observed is None:
            return None, None, lost
        return observed.value, at, None

    def _common_target(self, standing: StandingGoal, area: Area, year: int) -> Target | None:
        if standing.stand is not StandKind.ADAPTED:
            return None
        return self._target(standing.goal.targets, standing, area, year)

    def _other_indicators(
        self,
        standing: StandingGoal,
        area: Area,
        year: int,
        target: Target | None,
        choice: Choice,
    ) -> dict[str, Any]:
        """What the rule reads of other indicators of the same area and year."""
        names = self.forum.rules[standing.goal.rule].logic.indicators
        others: dict[str, Any] = {}
        for name in sorted(names):
            indicator = IndicatorId(name)
            value = self.figures.select(area.id, indicator, year, choice).value
            if value is None:
                continue
            baseline, _, _ = self._baseline(area, indicator, _year_of(target), value, choice)
            others[name] = {"value": value.value, "baseline": baseline}
        return {"indicators": others} if names else {}

    def _bind_several(
        self, standing: StandingGoal, area: Area, year: int, target: Target | None
    ) -> Bound:
        choice = self.choice(standing)
        selections = tuple(
            self.figures.select(area.id, indicator, year, choice)
            for indicator in standing.goal.indicators
        )
        values = [s.value.value for s in selections if s.value is not None]
        given = {
            "direction": self.indicator(standing).direction.sign,
            **_target_variables(target),
            "values": values,
            "count": len(values),
            "expected": len(selections),
        }
        verdict = None if values else Verdict(NO_DATA, Reason("not-reported"))
        return Bound(
            standing=standing,
            area=area,
            year=year,
            verdict=verdict,
            target=target,
            selections=selections,
            given={name: value for name, value in given.items() if value is not None},
        )


def _refusal(standing: StandingGoal) -> Verdict | None:
    if standing.stand is StandKind.DECLINED:
        return Verdict(NOT_APPLICABLE, Reason("declined", (standing.stand_reason,)))
    if standing.stand is StandKind.UNDECIDED:
        return Verdict(NOT_APPLICABLE, Reason("undecided"))
    return None


def _no_value(selection: Selection) -> Verdict | None:
    return None if selection.reason is None else Verdict(NO_DATA, selection.reason)


def _figure_variables(value: Observation | None, previous: Observation | None) -> dict[str, Any]:
    variables: dict[str, Any] = {}
    if value is not None:
        variables |= {"value": value.value, "year": value.year}
    if previous is not None:
        variables |= {"previous": previous.value, "previous_year": previous.year}
    return variables


def _target_variables(target: Target | None) -> dict[str, Any]:
    if target is None:
        return {}
    return {
        "target": target.value,
        "target_year": target.year,
        "lower": target.minimum,
        "upper": target.maximum,
    }


def _year_of(target: Target | None) -> Target | None:
    """A target that says only from which year another indicator's baseline is observed."""
    return None if target is None else Target(baseline_year=target.baseline_year)
