"""What stands for an indicator in a year, in plain Python: see `naive`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from citygoals import Forum
from citygoals.core.base.model import (
    Area,
    Goal,
    Indicator,
    IndicatorId,
    IndicatorMapping,
    MappingKind,
    Observation,
    ObservationStatus,
    ProfileId,
    Reason,
    StandKind,
    Target,
)

CONFIDENCES = ("high", "medium", "low")
KINDS = (None, MappingKind.EQUAL, MappingKind.CONVERTED, MappingKind.PROXY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked: a goal as it stands under a profile, an area, a year; and what is known."""

    forum: Forum
    observations: Sequence[Observation]
    profile: ProfileId
    goal: Goal
    targets: Sequence[Target]
    stand: StandKind | None
    stand_reason: str | None
    max_age: int
    sources: Sequence[str]
    area: Area
    year: int

    @property
    def indicator(self) -> Indicator:
        """The goal's first indicator, whose unit and direction the goal has."""
        return self.forum.indicators[self.goal.indicators[0]]

    @property
    def single(self) -> bool:
        """Whether the goal is over one indicator."""
        return len(self.goal.indicators) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an indicator has: the figure or why there is none, the one before, the baseline.

    `cut` and `start_cut` say that a break took the previous figure, or the baseline.
    """

    value: Observation | None = None
    reason: Reason | None = None
    previous: Observation | None = None
    cut: bool = False
    start: float | None = None
    start_year: int | None = None
    start_cut: bool = False


def series(case: Case, indicator: IndicatorId) -> list[Observation]:
    """All that is known of an indicator in the area, what others lend it included."""
    found = []
    for one in case.observations:
        if one.area != case.area.id:
            continue
        if one.indicator == indicator:
            found.append(one)
        for mapping, factor in case.forum.mappings:
            if mapping.common == indicator and mapping.indicator == one.indicator:
                found.append(lend(one, mapping, factor))
    return found


def lend(one: Observation, mapping: IndicatorMapping, factor: Fraction) -> Observation:
    """The figure as that of another indicator: the product rounded once, none beyond doubles."""
    value = None
    if one.value is not None and math.isfinite(one.value):
        try:
            value = float(Fraction(repr(one.value)) * factor)
        except OverflowError:
            value = None
    return replace(one, indicator=mapping.common, value=value, via=mapping)


def is_figure(one: Observation) -> bool:
    """Whether something was measured, and not reported as missing."""
    there = one.value is not None and math.isfinite(one.value)
    return there and one.status.value not in ("M", "O", "L", "Q")


def counts(case: Case, one: Observation) -> bool:
    """Whether a figure may decide: a forecast only where the goal says so."""
    forecast = one.status is ObservationStatus.FORECAST
    return is_figure(one) and (case.goal.forecasts_count or not forecast)


def kind_of(one: Observation) -> MappingKind | None:
    """By what kind of mapping a figure was lent; None for the indicator's own."""
    return one.via.kind if one.via else None


def is_proxy(one: Observation) -> bool:
    """Whether a figure stands in for something else."""
    return kind_of(one) is MappingKind.PROXY


def find(case: Case, indicator: IndicatorId, target: Target | None) -> Found:
    """What the goal's indicator has."""
    known = series(case, indicator)
    value = latest(case, known)
    if isinstance(value, Reason):
        return Found(reason=value)
    before = [one for one in known if one.year < value.year]
    found = with_previous(case, known, value, before)
    if target is None:
        return found
    if target.baseline is not None:
        return replace(found, start=target.baseline, start_year=target.baseline_year)
    return with_baseline(case, known, found, target)


def find_other(case: Case, indicator: IndicatorId, target: Target | None) -> Found:
    """What another indicator has: a baseline that the target states is not its own."""
    return find(case, indicator, target and replace(target, baseline=None))


def latest(case: Case, known: Sequence[Observation]) -> Observation | Reason:
    """The latest figure that is young enough, a proxy only where there is no other; else why."""
    past = [one for one in known if one.year <= case.year]
    usable = [one for one in past if counts(case, one)]
    young = [one for one in usable if case.year - one.year <= case.max_age]
    if not young:
        return absence(past, usable)
    young = [one for one in young if not is_proxy(one)] or young
    year = max(one.year for one in young)
    return best(case, [one for one in young if one.year == year]) or Reason("conflict", (year,))


def absence(past: Sequence[Observation], usable: Sequence[Observation]) -> Reason:
    """Why there is no figure: too old, only forecasts, reported as missing, nothing at all."""
    if usable:
        return Reason("stale", (max(one.year for one in usable),))
    forecasts = [one.year for one in past if is_figure(one)]
    if forecasts:
        return Reason("forecast", (max(forecasts),))
    if past:
        return Reason("reported-missing", (max(one.year for one in past),))
    return Reason("not-reported")


def best(case: Case, same_year: Sequence[Observation]) -> Observation | None:
    """One of several sources; None where they differ and nothing chooses between them."""
    left = [one for one in same_year if not any(is_nearer(two, one) for two in same_year)]
    listed = [one for one in left if one.source in case.sources]
    if listed:
        first = min(case.sources.index(one.source) for one in listed)
        left = [one for one in listed if one.source == case.sources[first]]
    for word in CONFIDENCES:
        sure = [one for one in left if one.confidence == word]
        if sure:
            left = [one for one in sure if one.released == max(two.released for two in sure)]
            break
    if len({one.value for one in left}) != 1:
        return None
    return min(left, key=lambda one: (one.source, one.via.indicator if one.via else ""))


def is_nearer(one: Observation, other: Observation) -> bool:
    """Whether a source's figure goes before another of the same source by how it was lent."""
    nearer = KINDS.index(kind_of(one)) < KINDS.index(kind_of(other))
    return nearer and one.source == other.source


def with_previous(
    case: Case, known: Sequence[Observation], value: Observation, before: Sequence[Observation]
) -> Found:
    """The value and the next earlier figure of its kind."""
    usable = [one for one in before if counts(case, one) and is_proxy(one) == is_proxy(value)]
    if not usable:
        return Found(value=value)
    year = max(one.year for one in usable)
    previous = best(case, [one for one in usable if one.year == year])
    if previous is not None and is_cut(case, known, previous, value):
        return Found(value=value, cut=True)
    return Found(value=value, previous=previous)


def with_baseline(case: Case, known: Sequence[Observation], found: Found, target: Target) -> Found:
    """The figure of exactly the baseline's year, where that is not later than the year judged."""
    value, year = found.value, target.baseline_year
    if value is None or year is None or year > case.year:
        return found
    usable = [one for one in known if counts(case, one) and is_proxy(one) == is_proxy(value)]
    observed = best(case, [one for one in usable if one.year == year])
    if observed is None:
        return found
    if is_cut(case, known, observed, value):
        return replace(found, start_cut=True)
    return replace(found, start=observed.value, start_year=year)


def is_cut(
    case: Case, known: Sequence[Observation], earlier: Observation, value: Observation
) -> bool:
    """Whether one of the two sources says that its series broke after the earlier figure."""
    for one in known:
        breaks = one.status is ObservationStatus.BREAK and counts(case, one)
        between = earlier.year < one.year <= value.year
        if breaks and between and one.source in (earlier.source, value.source):
            return True
    return False
