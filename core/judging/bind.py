"""Brings a goal, an area and a year together: its target, its figures, its rule's variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from citygoals.core.base.model import (
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
from citygoals.core.forum.forum import Forum, StandingGoal
from citygoals.core.judging.select import Choice, Figures, Selection
from citygoals.core.judging.targets import binding_targets, due_target


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine says without asking the rule."""

    status: StatusId
    reason: Reason


@dataclass(frozen=True, slots=True)
class _Start:
    """The baseline, or whether a break took it."""

    value: float | None = None
    year: int | None = None
    lost: bool = False


_NO_START = _Start()
_Read = dict[str, tuple[Selection, _Start]]


@dataclass(frozen=True, slots=True)
class _Case:
    """A goal, area and year, how figures are chosen, and one that is chosen in any case."""

    standing: StandingGoal
    area: Area
    year: int
    choice: Choice
    chosen: Observation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One goal for one area and year: either a verdict, or the variables of its rule.

    `selections` has an entry for each of the goal's indicators, in their order, and `read` for
    each other indicator that its rule reads. `lost` names the variables that a break took.
    """

    standing: StandingGoal
    area: Area
    year: int
    verdict: Verdict | None = None
    target: Target | None = None
    common_target: Target | None = None
    selections: tuple[Selection, ...] = ()
    read: tuple[Selection, ...] = ()
    baseline: float | None = None
    baseline_year: int | None = None
    lost: tuple[str, ...] = ()
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

    def bind(
        self, standing: StandingGoal, area: Area, year: int, *, chosen: Observation | None = None
    ) -> Bound:
        """Everything about `standing` for `area` in `year` that its rule may ask.

        `chosen` stands for its indicator, whatever the order of sources says.
        """
        refusal = _refusal(standing)
        if refusal:
            return Bound(standing=standing, area=area, year=year, verdict=refusal)
        target = self._target(standing.targets, standing, area, year)
        if standing.targets and target is None:
            reason = Reason("no-target-at-this-level", (area.level.value,))
            verdict = Verdict(NOT_APPLICABLE, reason)
            return Bound(standing=standing, area=area, year=year, verdict=verdict)
        case = _Case(standing, area, year, choice_of(standing), chosen)
        if len(standing.goal.indicators) > 1:
            return self._bind_several(case, target)
        return self._bind_one(case, target)

    def _target(
        self, targets: tuple[Target, ...], standing: StandingGoal, area: Area, year: int
    ) -> Target | None:
        unit = self.indicator(standing).unit
        absolute = unit is not None and self.forum.units.units[unit].absolute
        return due_target(binding_targets(targets, area, absolute=absolute), year)

    def indicator(self, standing: StandingGoal) -> Indicator:
        """The first indicator of a goal, whose unit and direction the goal has."""
        return self.forum.indicators[standing.goal.indicators[0]]

    def _bind_one(self, case: _Case, target: Target | None) -> Bound:
        indicator = self.indicator(case.standing)
        selection = self._select(case, indicator.id)
        start = self._start(case, indicator.id, target, selection.value)
        given = {
            **_figure_variables(selection, target, case.year),
            "baseline": start.value,
            "baseline_year": start.year,
        }
        return self._bound(case, target, (selection,), given, start)

    def _bind_several(self, case: _Case, target: Target | None) -> Bound:
        indicators = case.standing.goal.indicators
        selections = tuple(self._select(case, indicator) for indicator in indicators)
        values = [item.value.value for item in selections if item.value is not None]
        given = {"values": values, "count": len(values), "expected": len(selections)}
        return self._bound(case, target, selections, given, _NO_START)

    def _bound(
        self,
        case: _Case,
        target: Target | None,
        selections: tuple[Selection, ...],
        given: Mapping[str, Any],
        start: _Start,
    ) -> Bound:
        read = self._read(case, target)
        direction = self.indicator(case.standing).direction.sign
        every = {"direction": direction, **_target_variables(target), **given, **_others(read)}
        return Bound(
            standing=case.standing,
            area=case.area,
            year=case.year,
            verdict=_no_value(selections),
            target=target,
            common_target=self._common_target(case),
            selections=selections,
            read=tuple(selection for selection, _ in read.values()),
            baseline=start.value,
            baseline_year=start.year,
            lost=tuple(_lost(selections, start, read)),
            given={name: value for name, value in every.items() if value is not None},
        )

    def _select(self, case: _Case, indicator: IndicatorId) -> Selection:
        if case.chosen is not None and case.chosen.indicator == indicator:
            return self.figures.choosing(case.chosen, case.choice)
        return self.figures.select(case.area.id, indicator, case.year, case.choice)

    def _start(
        self,
        case: _Case,
        indicator: IndicatorId,
        target: Target | None,
        value: Observation | None,
    ) -> _Start:
        """The target's own figure; else the observation of exactly its baseline year; else none."""
        if target is None or value is None:
            return _NO_START
        if target.baseline is not None:
            return _Start(target.baseline, target.baseline_year)
        at = target.baseline_year
        if at is None or at > case.year:
            return _NO_START
        observed, lost = self.figures.baseline(case.area.id, indicator, at, value, case.choice)
        return _Start(lost=lost is not None) if observed is None else _Start(observed.value, at)

    def _common_target(self, case: _Case) -> Target | None:
        if case.standing.stand is not StandKind.ADAPTED:
            return None
        return self._target(case.standing.goal.targets, case.standing, case.area, case.year)

    def _read(self, case: _Case, target: Target | None) -> _Read:
        """The other indicators of the same area and year that the rule reads."""
        names = self.forum.rules[case.standing.goal.rule].logic.indicators
        read: _Read = {}
        for name in sorted(names):
            indicator = IndicatorId(name)
            selection = self._select(case, indicator)
            read[name] = selection, self._start(case, indicator, _year_of(target), selection.value)
        return read


def choice_of(standing: StandingGoal) -> Choice:
    """How figures are chosen for a goal."""
    return Choice(
        max_age=standing.max_age,
        sources=standing.sources,
        forecasts_count=standing.goal.forecasts_count,
    )


def _others(read: _Read) -> dict[str, Any]:
    """The variables of other indicators."""
    found = {
        name: {"value": selection.value.value, "baseline": start.value}
        for name, (selection, start) in read.items()
        if selection.value is not None
    }
    return {"indicators": found} if read else {}


def _lost(selections: tuple[Selection, ...], start: _Start, read: _Read) -> Iterator[str]:
    """The names of the variables that are absent because of a break."""
    if len(selections) == 1 and selections[0].lost:
        yield from ("previous", "previous_year")
    if start.lost:
        yield from ("baseline", "baseline_year")
    yield from (f"indicators.{name}.baseline" for name, (_, its) in read.items() if its.lost)


def _refusal(standing: StandingGoal) -> Verdict | None:
    if standing.stand is StandKind.DECLINED:
        return Verdict(NOT_APPLICABLE, Reason("declined", (standing.stand_reason,)))
    if standing.stand is StandKind.UNDECIDED:
        return Verdict(NOT_APPLICABLE, Reason("undecided"))
    return None


def _no_value(selections: tuple[Selection, ...]) -> Verdict | None:
    reasons = [selection.reason for selection in selections if selection.reason is not None]
    if len(reasons) < len(selections):
        return None
    return Verdict(NO_DATA, max(reasons, key=_latest))


def _latest(reason: Reason) -> float:
    """The year of a reason, so that the latest figure's says why there is none."""
    return max((year for year in reason.args if isinstance(year, int)), default=0)


def _figure_variables(selection: Selection, target: Target | None, year: int) -> dict[str, Any]:
    variables: dict[str, Any] = {}
    if selection.value is not None:
        judged = _judged_year(selection.value, target, year)
        variables |= {"value": selection.value.value, "year": judged}
    if selection.previous is not None:
        previous = selection.previous
        variables |= {"previous": previous.value, "previous_year": previous.year}
    return variables


def _judged_year(value: Observation, target: Target | None, year: int) -> int:
    """The value's year; once the target's year is past, no earlier than that: it is due."""
    if target is None or target.year is None or year <= target.year:
        return value.year
    return max(value.year, target.year)


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
