"""What stands for an indicator in each judged year: the figure, the one before, the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citygoals.core.judging.grids import FORECAST, Bools, Breaks, Grid, Horizon, Layer
from citygoals.core.judging.plan import Floats, Whole
from citygoals.core.judging.sources import CONFLICT

Steps = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What stands, by row and judged year. Places are in the series laid flat.

    Where nothing stands `there` is false, `reason` has the code why, and places mean nothing;
    `status` is that of the figure, `via` the number of its loan, both 0 for none. `lost` is where
    a break took the figure before.
    """

    there: Bools
    place: Steps
    value: Floats
    year: Floats
    previous: Floats
    previous_year: Floats
    lost: Bools
    status: NDArray[np.uint8]
    source: Whole
    via: Whole
    reason: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """A figure that stands for its indicator, whatever the order of sources says."""

    indicator: int
    step: int
    is_proxy: bool
    value: float
    status: int
    source: int
    via: int


@dataclass(frozen=True)
class Series:
    """Figures by layer, row and year of the grid; `latest` has the last usable one up to a year.

    `numbers` are the numbers of the series among the grid's, `broken` the rows with breaks.
    """

    value: Floats
    status: NDArray[np.uint8]
    source: Whole
    via: NDArray[np.uint16] | None
    usable: Bools
    latest: NDArray[np.int16]
    reported: Bools
    figure: Bools
    numbers: Steps
    breaks: Breaks | None
    broken: Whole
    over: Horizon

    @cached_property
    def base(self) -> Steps:
        """The place of each row's first year in the first layer."""
        _, rows, years = self.value.shape
        return np.arange(0, rows * years, years, dtype=np.int64)[:, None]

    @property
    def layer_size(self) -> int:
        """How many places a layer has."""
        _, rows, years = self.value.shape
        return int(rows * years)

    def lost(self, value: Steps, earlier: Steps, source: Whole, asked: Bools) -> Bools:
        """Where a break in either one's source lies after `earlier` and not after `value`.

        `earlier` and `value` are places, `source` that of the value; looked at where `asked`.
        """
        lost = np.zeros(asked.shape, np.bool_)
        if self.breaks is None or not len(self.broken):
            return lost
        rows = self.broken
        numbers, steps = self.numbers[rows][:, None], value[rows] % self.over.years
        sources = source[rows], self.source.reshape(-1).take(earlier[rows])
        last = np.maximum(*(self.breaks.last(numbers, source, steps) for source in sources))
        lost[rows] = asked[rows] & (last > earlier[rows] % self.over.years)
        return lost


def series(
    grid: Grid, indicators: Whole, areas: Whole, over: Horizon, *, forecasts: bool
) -> Series:
    """The series of indicators and areas, pair by pair; `forecasts` says whether they count."""
    layers = [grid.firm] if grid.proxy is None else [grid.firm, grid.proxy]
    value = _stacked(layers, "value", indicators, areas)
    status = _stacked(layers, "status", indicators, areas)
    figure = ~np.isnan(value)
    usable = figure | (status == CONFLICT)
    if not forecasts:
        usable &= status != FORECAST
    pairs = indicators, areas
    return Series(
        value=value,
        status=status,
        source=_stacked(layers, "source", indicators, areas),
        via=None if grid.firm.via is None else _stacked(layers, "via", indicators, areas),
        usable=usable,
        latest=_latest(usable),
        reported=(status[0] > 0) if grid.reported is None else grid.reported[pairs],
        figure=figure[0] if grid.figure is None else grid.figure[pairs],
        numbers=indicators.astype(np.int64) * grid.firm.value.shape[1] + areas,
        breaks=grid.breaks,
        broken=_broken(grid, indicators, areas),
        over=over,
    )


def _stacked(layers: list[Layer], name: str, indicators: Whole, areas: Whole) -> NDArray[Any]:
    first, *others = (getattr(layer, name)[indicators, areas] for layer in layers)
    return np.stack([first, *others]) if others else first[None]


def _broken(grid: Grid, indicators: Whole, areas: Whole) -> Whole:
    if grid.broken is None:
        return np.zeros(0, np.int32)
    return np.flatnonzero(grid.broken[indicators, areas]).astype(np.int32)


def _latest(there: Bools) -> NDArray[np.int16]:
    """For every year the last one up to it that is there, -1 where none is."""
    steps = np.arange(there.shape[-1], dtype=np.int16)
    return np.maximum.accumulate(np.where(there, steps, np.int16(-1)), axis=-1)


def choose(its: Series, years: Whole, max_age: Whole, forced: Forced | None = None) -> Chosen:
    """What stands for each judged year, and why nothing does."""
    judged = years - its.over.first
    latest = its.latest[:, :, judged]
    fresh = (latest >= 0) & (latest >= judged - max_age)
    layer, step = _picked(latest, fresh)
    there: Bools = np.any(fresh, axis=0)
    if forced is not None:
        there = np.ones_like(there)
        layer, step = layer * 0 + forced.is_proxy, step * 0 + forced.step
    start = layer * its.layer_size + its.base
    figure = _found(its, start + np.where(there, step, 0), there, forced)
    conflict = there & (figure.status == CONFLICT)
    stands = there & ~conflict
    earlier, before = _before(its, start, step, stands)
    lost = its.lost(figure.place, earlier, figure.source, before)
    kept = before & ~lost
    return Chosen(
        there=stands,
        place=figure.place,
        value=np.where(stands, figure.value, np.nan),
        year=np.where(stands, step + float(its.over.first), np.nan),
        previous=np.where(kept, its.value.take(earlier), np.nan),
        previous_year=np.where(kept, earlier % its.over.years + float(its.over.first), np.nan),
        lost=lost,
        status=np.where(stands, figure.status, 0).astype(np.uint8),
        source=figure.source,
        via=np.where(stands, figure.via, 0).astype(np.int32),
        reason=_absence(its, latest, judged, there, np.where(conflict, step, -1)),
    )


def _picked(latest: NDArray[np.int16], fresh: Bools) -> tuple[Steps, Steps]:
    """The layer and the year that stand: a proxy only where nothing else is fresh."""
    if len(latest) == 1:
        return np.zeros((1, 1), np.int64), latest[0].astype(np.int64)
    layer = (~fresh[0] & fresh[1]).astype(np.int64)
    return layer, np.where(layer == 1, latest[1], latest[0]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is at places."""

    place: Steps
    value: Floats
    status: NDArray[np.uint8]
    source: Whole
    via: NDArray[np.uint16]


def _found(its: Series, place: Steps, there: Bools, forced: Forced | None) -> _Found:
    if forced is not None:
        figures = (forced.value, forced.status, forced.source, forced.via)
        return _Found(place, *(np.full(there.shape, figure) for figure in figures))
    via = np.zeros((1, 1), np.uint16) if its.via is None else its.via.take(place)
    return _Found(place, its.value.take(place), its.status.take(place), its.source.take(place), via)


def _before(its: Series, start: Steps, step: Steps, stands: Bools) -> tuple[Steps, Bools]:
    """The place of the latest figure before the one that stands, of its kind, and where one is."""
    back = np.where(stands & (step > 0), step - 1, 0)
    before = np.where(stands & (step > 0), its.latest.take(start + back), -1)
    there = before >= 0
    place = start + np.where(there, before, 0)
    return place, there & (its.status.take(place) != CONFLICT)


def _absence(
    its: Series, latest: NDArray[np.int16], judged: Whole, there: Bools, conflict: Steps
) -> Whole:
    """The codes of the reasons; 0 where a figure stands."""
    over, reason = its.over, np.zeros(there.shape, np.int32)
    if conflict.max(initial=-1) >= 0:
        reason = np.where(conflict >= 0, over.conflict[conflict], 0).astype(np.int32)
    rows = np.flatnonzero(~there.all(axis=1))
    stale = latest[:, rows].max(axis=0)
    figure = _latest(its.figure[rows])[:, judged]
    reported = _latest(its.reported[rows])[:, judged]
    why = np.where(reported >= 0, over.reported_missing[reported], np.int32(over.not_reported))
    why = np.where(figure >= 0, over.forecast[figure], why)
    why = np.where(stale >= 0, over.stale[stale], why)
    reason[rows] = np.where(there[rows], reason[rows], why)
    return reason


@dataclass(frozen=True, slots=True)
class Start:
    """Baselines, their years, and where a break took them."""

    figure: Floats
    year: Floats
    lost: Bools


NOT_STATED: Floats = np.array(np.nan)
NO_START = Start(np.array(np.nan), np.array(np.nan), np.array(False))


def start(its: Series, chosen: Chosen, at: Floats, stated: Floats, years: Whole) -> Start:
    """The baselines that targets state, else the figures of exactly the years `at`."""
    own = ~np.isnan(stated)
    if np.isnan(at).all() and not own.any():
        return NO_START
    observed, lost = _observed(its, chosen, at, years)
    figure = np.where(chosen.there, np.where(own, stated, observed), np.nan)
    return Start(figure, np.where(np.isnan(figure), np.nan, at), lost & ~own)


def _observed(its: Series, chosen: Chosen, at: Floats, years: Whole) -> tuple[Floats, Bools]:
    asked = chosen.there & (at <= years)
    step = np.where(asked, at - its.over.first, -1).astype(np.int64)
    inside = (step >= 0) & (step < its.over.years)
    layer = chosen.place // its.layer_size
    place = layer * its.layer_size + its.base + np.where(inside, step, 0)
    there = inside & its.usable.take(place) & (its.status.take(place) != CONFLICT)
    lost = its.lost(chosen.place, place, chosen.source, there)
    return np.where(there & ~lost, its.value.take(place), np.nan), lost


def trail(its: Series, chosen: Chosen) -> list[tuple[int, float]]:
    """Years and values that lead to the figure of one row and may be compared, oldest first."""
    place, source, there = chosen.place, chosen.source, chosen.there
    year, value = int(chosen.year[0, 0]), float(chosen.value[0, 0])
    figures = [(year, value)]
    while there.all():
        step = place % its.over.years
        earlier, before = _before(its, place - step, step, there)
        there = before & ~its.lost(place, earlier, source, before)
        place, source = earlier, its.source.take(earlier)
        if there.all():
            figures.append(
                (
                    int(place[0, 0] % its.over.years) + its.over.first,
                    float(its.value.take(place)[0, 0]),
                )
            )
    return figures[::-1]
