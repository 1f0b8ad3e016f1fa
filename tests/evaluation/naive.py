"""A judge in plain Python, written from docs/concepts.md and docs/statuses-and-reasons.md.

It judges one goal for one area and one year under one profile, slowly and step by step, and shares
nothing with what the program judges by but the words and the rules: a witness to hold that against.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from naive_figures import Case, Found, find, find_other

from citygoals import Forum
from citygoals.core.base.model import (
    NO_DATA,
    NOT_APPLICABLE,
    Area,
    Assessment,
    Indicator,
    IndicatorId,
    Observation,
    ObservationStatus,
    ProfileId,
    Reason,
    StandKind,
    StatusId,
    Target,
)

MARKS = {
    ObservationStatus.ESTIMATED: "estimated",
    ObservationStatus.IMPUTED: "imputed",
    ObservationStatus.PROVISIONAL: "provisional",
    ObservationStatus.FORECAST: "forecast",
}


def judge(
    forum: Forum,
    observations: Sequence[Observation],
    profile: ProfileId,
    area: Area,
    year: int,
) -> list[Assessment]:
    """The assessments of an area in a year on every goal that stands under a profile."""
    cases = (
        Case(
            forum=forum,
            observations=observations,
            profile=profile,
            goal=standing.goal,
            targets=standing.targets,
            stand=standing.stand,
            stand_reason=standing.stand_reason,
            max_age=standing.max_age,
            sources=standing.sources,
            area=area,
            year=year,
        )
        for standing in forum.goals_under(profile)
    )
    return [judge_one(case) for case in cases]


def judge_one(case: Case) -> Assessment:
    """The assessment of one goal for one area and year under one profile."""
    if case.stand is StandKind.DECLINED:
        return refused(case, Reason("declined", (case.stand_reason,)))
    if case.stand is StandKind.UNDECIDED:
        return refused(case, Reason("undecided"))
    target = due(case, case.targets)
    if case.targets and target is None:
        return refused(case, Reason("no-target-at-this-level", (case.area.level.value,)))
    return judged(case, target)


def refused(case: Case, reason: Reason) -> Assessment:
    """The goal does not bind the area."""
    return Assessment(
        profile=case.profile,
        area=case.area.id,
        goal=case.goal.id,
        year=case.year,
        status=NOT_APPLICABLE,
        reason=reason,
        stand=case.stand,
    )


def judged(case: Case, target: Target | None) -> Assessment:
    """The assessment by the figures."""
    figures = [find(case, name, target) for name in case.goal.indicators]
    logic = case.forum.rules[case.goal.rule].logic
    others = {
        name: find_other(case, IndicatorId(name), target) for name in sorted(logic.indicators)
    }
    own = figures[0] if case.single else Found()
    status, reason = decided(case, target, figures, others)
    value = own.value.value if own.value else None
    met, gap, score = distance(case.indicator, value, target, own.start)
    return Assessment(
        profile=case.profile,
        area=case.area.id,
        goal=case.goal.id,
        year=case.year,
        status=status,
        reason=reason,
        stand=case.stand,
        ambition=ambition(case, target),
        value=value,
        value_year=min((one.value.year for one in figures if one.value), default=None),
        baseline=own.start,
        baseline_year=own.start_year,
        previous=own.previous.value if own.previous else None,
        previous_year=own.previous.year if own.previous else None,
        target=target.value if target else None,
        target_min=target.minimum if target else None,
        target_max=target.maximum if target else None,
        target_year=target.year if target else None,
        met=met,
        gap=gap,
        score=score,
        source=own.value.source if own.value else None,
        marks=tuple(dict.fromkeys(marks(case, target, figures, others))),
    )


def due(case: Case, targets: Sequence[Target]) -> Target | None:
    """The target that binds the area and is due in the year: the next milestone, else the last."""
    binding = binding_targets(case, targets)
    dated = [one for one in binding if one.year is not None]
    ahead = [one for one in dated if one.year >= case.year]  # type: ignore[operator]
    if ahead:
        return min(ahead, key=lambda one: one.year or 0)
    if dated:
        return max(dated, key=lambda one: one.year or 0)
    return binding[0] if binding else None


def binding_targets(case: Case, targets: Sequence[Target]) -> list[Target]:
    """The most specific targets; those in absolute numbers bind only the areas that they name."""
    naming = [one for one in targets if case.area.id in one.areas]
    unit = case.indicator.unit
    if unit is not None and case.forum.units.units[unit].absolute:
        return naming
    for_level = [one for one in targets if one.level is case.area.level]
    for_all = [one for one in targets if one.level is None and not one.areas]
    return naming or for_level or for_all


def ambition(case: Case, target: Target | None) -> str | None:
    """How an adapted target stands to the common one: by value, and by year."""
    if case.stand is not StandKind.ADAPTED or target is None:
        return None
    common = due(case, case.goal.targets)
    by_value = None if common is None else more(target, common, case.indicator.direction.sign)
    if common is None or by_value is None:
        return None
    said = {by_value}
    if target.year is not None and common.year is not None:
        said.add(compare(common.year, target.year))
    if {1, -1} <= said:
        return "mixed"
    return "stricter" if 1 in said else "looser" if -1 in said else "equal"


def more(own: Target, common: Target, sign: int) -> int | None:
    """1 where a target asks for more than another, -1 for less; None where nobody can say."""
    if own.is_range and common.is_range:
        below = compare(own.minimum, common.minimum)
        above = compare(common.maximum, own.maximum)
        return None if below == -above != 0 else below or above
    if own.is_range or common.is_range or sign == 0:
        return None
    return sign * compare(own.value, common.value)


def compare(one: Any, other: Any) -> int:
    """1 where the first is greater, -1 where it is less, 0 where they are equal."""
    return int(one > other) - int(one < other)


def decided(
    case: Case, target: Target | None, figures: Sequence[Found], others: Mapping[str, Found]
) -> tuple[StatusId, Reason]:
    """What the rule says; where no figure is there, why."""
    reasons = [one.reason for one in figures if one.reason is not None]
    if len(reasons) == len(figures):
        return NO_DATA, max(reasons, key=year_of)
    given = variables(case, target, figures, others)
    decision = case.forum.rules[case.goal.rule].decide(given)
    if decision.status is not None:
        return StatusId(decision.status), decision.reason
    reason = decision.reason
    if reason.code == "missing" and set(reason.args) <= set(cut_names(case, figures, others)):
        return NO_DATA, Reason("break", reason.args)
    return NO_DATA, reason


def year_of(reason: Reason) -> int:
    """The year that a reason names, so that the latest of several is told."""
    return reason.args[0] if reason.args else 0  # type: ignore[return-value]


def variables(
    case: Case, target: Target | None, figures: Sequence[Found], others: Mapping[str, Found]
) -> dict[str, Any]:
    """The variables of the rule, those that are there."""
    given: dict[str, Any] = {"direction": case.indicator.direction.sign}
    if target is not None:
        given |= {"target": target.value, "target_year": target.year}
        given |= {"lower": target.minimum, "upper": target.maximum}
    given |= of_one(case, target, figures[0]) if case.single else of_several(figures)
    there = {name: one for name, one in others.items() if one.value is not None}
    given["indicators"] = {
        name: {"value": one.value.value, "baseline": one.start}  # type: ignore[union-attr]
        for name, one in there.items()
    }
    return {name: value for name, value in given.items() if value is not None}


def of_one(case: Case, target: Target | None, found: Found) -> dict[str, Any]:
    """The variables of a single indicator; past the target's year the figure counts as due."""
    value, previous = found.value, found.previous
    given: dict[str, Any] = {"baseline": found.start, "baseline_year": found.start_year}
    if value is not None:
        overdue = target is not None and target.year is not None and case.year > target.year
        at = max(value.year, target.year or 0) if target and overdue else value.year
        given |= {"value": value.value, "year": at}
    if previous is not None:
        given |= {"previous": previous.value, "previous_year": previous.year}
    return given


def of_several(figures: Sequence[Found]) -> dict[str, Any]:
    """The variables of several indicators: the figures that are there, and how many."""
    values = [one.value.value for one in figures if one.value is not None]
    return {"values": values, "count": len(values), "expected": len(figures)}


def cut_names(case: Case, figures: Sequence[Found], others: Mapping[str, Found]) -> Iterator[str]:
    """The variables that a break took."""
    if case.single and figures[0].cut:
        yield from ("previous", "previous_year")
    if case.single and figures[0].start_cut:
        yield from ("baseline", "baseline_year")
    yield from (f"indicators.{name}.baseline" for name, one in others.items() if one.start_cut)


def marks(
    case: Case, target: Target | None, figures: Sequence[Found], others: Mapping[str, Found]
) -> Iterator[str]:
    """What every output must say, figure by figure, then of the series and the target."""
    for value in (one.value for one in (*figures, *others.values())):
        if value is not None and value.status in MARKS:
            yield MARKS[value.status]
        if value is not None and value.via is not None:
            yield value.via.kind.value
    if any(cut_names(case, figures, others)):
        yield "break"
    if target is not None and target.illustrative:
        yield "illustrative"


def distance(
    indicator: Indicator, value: float | None, target: Target | None, baseline: float | None
) -> tuple[bool | None, float | None, float | None]:
    """Whether the target is met, how far is left, and the share of the way behind."""
    aimed = None if value is None or target is None else aim(indicator, value, target)
    if aimed is None or value is None:
        return None, None, None
    met, bound, limit = aimed
    if met:
        return True, 0.0, 100.0
    start = limit if baseline is None else baseline
    return False, abs(bound - value), None if start is None else score(value, start, bound)


def aim(
    indicator: Indicator, value: float, target: Target
) -> tuple[bool, float, float | None] | None:
    """Whether it is met, the value to reach, and the natural limit on the bad side of it."""
    low, high = target.minimum, target.maximum
    if low is not None and high is not None:
        below = (low, indicator.minimum) if value < low else (high, indicator.maximum)
        return (low <= value <= high, *below)
    sign = indicator.direction.sign
    if target.value is None or sign == 0:
        return None
    met = value >= target.value if sign > 0 else value <= target.value
    return met, target.value, indicator.minimum if sign > 0 else indicator.maximum


def score(value: float, start: float, bound: float) -> float | None:
    """100 x the share of the way; 0 where value and start do not lie on one side of the bound."""
    if start == bound or (start < bound) != (value < bound):
        return 0.0
    share = (value - start) / (bound - start)
    return None if math.isnan(share) else 100.0 * min(max(share, 0.0), 1.0) + 0.0
