"""Which observation stands for an indicator in a year: latest, source, previous, baseline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from citygoals.core.base.coded import CONFIDENCE_CODES
from citygoals.core.base.model import (
    AreaId,
    IndicatorId,
    IndicatorMapping,
    MappingKind,
    Observation,
    ObservationStatus,
    Reason,
)
from citygoals.core.base.units import exact

_KIND = {None: 3, MappingKind.EQUAL: 2, MappingKind.CONVERTED: 1, MappingKind.PROXY: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What stands for one indicator, area and year.

    `reason` says why `value` is None; `lost` why there is no previous one though there was an
    earlier figure (`break`); `others` are the figures of the same year that were not chosen.
    """

    value: Observation | None = None
    previous: Observation | None = None
    reason: Reason | None = None
    lost: str | None = None
    others: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How to choose: oldest age in years, order of sources, whether forecasts count."""

    max_age: int
    sources: Sequence[str] = ()
    forecasts_count: bool = False

    def usable(self, observation: Observation) -> bool:
        """Whether the observation has a figure that may decide."""
        is_forecast = observation.status is ObservationStatus.FORECAST
        return _is_figure(observation) and (self.forecasts_count or not is_forecast)


class Figures:
    """Observations by area and indicator, those that mappings lend to another one included."""

    def __init__(
        self,
        observations: Iterable[Observation],
        mappings: Sequence[tuple[IndicatorMapping, Fraction]] = (),
    ) -> None:
        """`mappings` come with the factor that turns the national unit into the common one."""
        lent: dict[IndicatorId, list[tuple[IndicatorMapping, Fraction]]] = defaultdict(list)
        for mapping, factor in mappings:
            lent[mapping.indicator].append((mapping, factor))
        self._series: dict[tuple[AreaId, IndicatorId], list[Observation]] = defaultdict(list)
        for observation in observations:
            self._add(observation)
            for mapping, factor in lent.get(observation.indicator, ()):
                self._add(_lend(observation, mapping, factor))

    def _add(self, observation: Observation) -> None:
        self._series[observation.area, observation.indicator].append(observation)

    def series(self, area: AreaId, indicator: IndicatorId) -> Sequence[Observation]:
        """Every observation of one indicator and area, of all years and sources."""
        return self._series.get((area, indicator), ())

    def latest_year(self) -> int | None:
        """The latest year of any observation, which is the year that is judged by default."""
        years = (item.year for series in self._series.values() for item in series)
        return max(years, default=None)

    def select(self, area: AreaId, indicator: IndicatorId, year: int, choice: Choice) -> Selection:
        """The observation that stands for `year`, by design 2 'Years' and 'Observations'."""
        past = [item for item in self.series(area, indicator) if item.year <= year]
        usable = [item for item in past if choice.usable(item)]
        fresh = [item for item in usable if item.year >= year - choice.max_age]
        if not fresh:
            return Selection(reason=_absence(past, usable))
        firm = [item for item in fresh if not _is_proxy(item)] or fresh
        at = max(item.year for item in firm)
        candidates = [item for item in firm if item.year == at]
        value = choose(candidates, choice.sources)
        others = tuple(item for item in fresh if item.year == at and item is not value)
        if value is None:
            return Selection(reason=Reason("conflict", (at,)), others=others)
        return _selection(usable, value, choice, others)

    def choosing(self, value: Observation, choice: Choice) -> Selection:
        """What stands for an indicator where `value` is the one that was chosen."""
        series = self.series(value.area, value.indicator)
        return _selection([item for item in series if choice.usable(item)], value, choice)

    def baseline(
        self, area: AreaId, indicator: IndicatorId, year: int, value: Observation, choice: Choice
    ) -> tuple[Observation | None, str | None]:
        """The observation of exactly `year`; absent, with `break`, where a break lies between."""
        series = [item for item in self.series(area, indicator) if choice.usable(item)]
        at_year = [item for item in series if item.year == year and _alike(item, value)]
        return _comparable(series, choose(at_year, choice.sources), value)


def _selection(
    usable: Sequence[Observation],
    value: Observation,
    choice: Choice,
    others: tuple[Observation, ...] = (),
) -> Selection:
    previous, lost = _previous(usable, value, choice.sources)
    return Selection(value=value, previous=previous, lost=lost, others=others)


def choose(candidates: Sequence[Observation], sources: Sequence[str]) -> Observation | None:
    """One of several sources: the profile's order, else confidence, else the later release.

    None where sources differ in value and nothing ranks one above the other.
    """
    if not candidates:
        return None
    nearest = _nearest(candidates)
    best = max(_rank(item, sources) for item in nearest)
    equals = [item for item in nearest if _rank(item, sources) == best]
    agree = all(item.value == equals[0].value for item in equals)
    return min(equals, key=_name) if agree else None


def _nearest(candidates: Iterable[Observation]) -> list[Observation]:
    """One source's own figure before those that mappings made of its others."""
    best: dict[str, int] = {}
    for item in candidates:
        best[item.source] = max(best.get(item.source, 0), _nearness(item))
    return [item for item in candidates if _nearness(item) == best[item.source]]


def _nearness(observation: Observation) -> int:
    return _KIND[observation.via.kind if observation.via else None]


def _rank(observation: Observation, sources: Sequence[str]) -> tuple[int, int, int]:
    listed = observation.source in sources
    order = -sources.index(observation.source) if listed else -len(sources)
    return (order, -CONFIDENCE_CODES[observation.confidence], observation.released)


def _name(observation: Observation) -> tuple[str, str]:
    return observation.source, observation.via.indicator if observation.via else ""


def _lend(observation: Observation, mapping: IndicatorMapping, factor: Fraction) -> Observation:
    value = None if observation.value is None else _scaled(observation.value, factor)
    return replace(observation, indicator=mapping.common, value=value, via=mapping)


def _scaled(value: float, factor: Fraction) -> float | None:
    """value x factor, rounded once so that 0.55 is 55 % and no more; None where it overflows."""
    try:
        return float(exact(value) * factor)
    except OverflowError:
        return None


def _is_figure(observation: Observation) -> bool:
    return observation.value is not None and not observation.status.is_missing


def _is_proxy(observation: Observation) -> bool:
    return observation.via is not None and observation.via.kind is MappingKind.PROXY


def _alike(one: Observation, other: Observation) -> bool:
    """Whether two figures measure the same thing: a proxy is no baseline of the real one."""
    return _is_proxy(one) == _is_proxy(other)


def _absence(past: Sequence[Observation], usable: Sequence[Observation]) -> Reason:
    if usable:
        return Reason("stale", (max(item.year for item in usable),))
    forecasts = [item.year for item in past if _is_figure(item)]
    if forecasts:
        return Reason("forecast", (max(forecasts),))
    if past:
        return Reason("reported-missing", (max(item.year for item in past),))
    return Reason("not-reported")


def _broken(series: Iterable[Observation], earlier: Observation, value: Observation) -> bool:
    """Whether a break in either one's series lies after `earlier` and not after `value`."""
    return any(
        item.status is ObservationStatus.BREAK
        and earlier.year < item.year <= value.year
        and item.source in (earlier.source, value.source)
        for item in series
    )


def _previous(
    usable: Sequence[Observation], value: Observation, sources: Sequence[str]
) -> tuple[Observation | None, str | None]:
    earlier = [item for item in usable if item.year < value.year and _alike(item, value)]
    if not earlier:
        return None, None
    at = max(item.year for item in earlier)
    previous = choose([item for item in earlier if item.year == at], sources)
    return _comparable(usable, previous, value)


def _comparable(
    series: Iterable[Observation], earlier: Observation | None, value: Observation
) -> tuple[Observation | None, str | None]:
    if earlier is not None and _broken(series, earlier, value):
        return None, "break"
    return earlier, None
