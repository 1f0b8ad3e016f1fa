"""Figures of a chunk of areas on a grid of indicator, area and year; what stands for a year.

The rules of choice are those of `core/judging/select.py`; series that it alone can settle are
marked as `crowded` and left to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from citygoals.core.base.coded import Codes
from citygoals.core.base.model import Reason
from citygoals.core.judging.plan import Floats, Plan, Whole
from citygoals.core.judging.sources import CELL, settle

Bools = NDArray[np.bool_]
_FORECAST, _BREAK, _MISSING = 5, 6, 7
CELL_BYTES = 13
"""Bytes that a cell of the grid takes: value, status, source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """The calendar years of the grid, and the reasons of absence by year."""

    first: int
    last: int
    stale: Whole
    forecast: Whole
    reported_missing: Whole
    not_reported: int

    @property
    def years(self) -> int:
        """How many years the grid has."""
        return self.last - self.first + 1


def horizon(first: int, years: Sequence[int], reasons: Codes[Reason]) -> Horizon:
    """From the first year with an observation to the last year that is judged."""
    start, last = min(first, *years), max(years)

    def by_year(code: str) -> Whole:
        codes = [reasons.code(Reason(code, (year,))) for year in range(start, last + 1)]
        return np.array(codes, np.int32)

    return Horizon(
        first=start,
        last=last,
        stale=by_year("stale"),
        forecast=by_year("forecast"),
        reported_missing=by_year("reported-missing"),
        not_reported=reasons.code(Reason("not-reported")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Figures by indicator, area of the chunk, year; NaN is none.

    Series that are `crowded`, by indicator and area, have more to choose from: they go by rows.
    """

    first: int
    value: Floats
    status: NDArray[np.uint8]
    source: Whole
    crowded: Bools


Order = tuple[str, ...]
"""A profile's order of sources."""
Grids = Mapping[Order, Grid]


def make_grids(plan: Plan, frame: pl.DataFrame, areas: range, over: Horizon) -> Grids:
    """A chunk's grid for each order of sources among the goals.

    `frame` has the numbers of area, indicator, status and source.
    """
    indicators, years = len(plan.indicators), over.years
    area = pl.col("area") - areas.start
    series = pl.col("indicator").cast(pl.Int64) * len(areas) + area
    cell = series * years + pl.col("year") - over.first
    frame = frame.filter(pl.col("year") <= over.last).with_columns(cell.alias(CELL))
    orders = {goal.standing.sources for goal in plan.goals}
    shape = (indicators, len(areas), years)
    grid = _grid(plan, frame, shape, over)
    if np.count_nonzero(grid.status) == frame.height:
        return dict.fromkeys(orders, grid)
    alone = frame.filter(~pl.col(CELL).is_duplicated())
    several = frame.filter(pl.col(CELL).is_duplicated())
    return {order: _settled(plan, alone, several, order, shape, over) for order in orders}


def _settled(
    plan: Plan,
    alone: pl.DataFrame,
    several: pl.DataFrame,
    order: Order,
    shape: tuple[int, int, int],
    over: Horizon,
) -> Grid:
    """The grid where sources are chosen by an order."""
    best, left = settle(several, order, plan.words.sources.items, _FORECAST)
    grid = _grid(plan, pl.concat([alone, best]), shape, over)
    crowded = grid.crowded.reshape(-1)
    crowded[left.to_numpy() // over.years] = True
    broken = pl.concat([alone, several]).filter(pl.col("status") == _BREAK)[CELL].to_numpy()
    chosen = np.zeros(len(crowded), np.bool_)
    chosen[several[CELL].to_numpy() // over.years] = True
    crowded[broken // over.years] |= chosen[broken // over.years]
    return grid


def _grid(plan: Plan, frame: pl.DataFrame, shape: tuple[int, int, int], over: Horizon) -> Grid:
    at = frame[CELL].to_numpy()
    status = np.zeros(shape, np.uint8)
    status.reshape(-1)[at] = frame["status"].to_numpy()
    value = np.full(shape, np.nan)
    value.reshape(-1)[at] = frame["value"].to_numpy()
    source = np.zeros(shape, np.int32)
    source.reshape(-1)[at] = frame["source"].to_numpy()
    crowded = _crowded(plan, status, source)
    return Grid(first=over.first, value=value, status=status, source=source, crowded=crowded)


def _crowded(plan: Plan, status: NDArray[np.uint8], source: Whole) -> Bools:
    """A break in a series of several sources, or a lent figure."""
    crowded = np.zeros(status.shape[:2], np.bool_)
    if (status == _BREAK).any():
        series = np.nonzero((status == _BREAK).any(axis=2))
        said, who = status[series] > 0, source[series]
        largest = np.where(said, who, -1).max(axis=1)
        smallest = np.where(said, who, np.iinfo(np.int32).max).min(axis=1)
        crowded[series] |= largest != smallest
    for lender, common in plan.lent:
        crowded[common] |= (status[lender] > 0).any(axis=1)
    return crowded


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What stands, by row and judged year. Places are in the series laid flat, clipped where
    `there` is false."""

    there: Bools
    place: NDArray[np.int64]
    value: Floats
    year: Floats
    previous: Floats
    previous_year: Floats
    lost: Bools
    status: NDArray[np.uint8]
    source: Whole
    reason: Whole


@dataclass(frozen=True, slots=True)
class Series:
    """Figures by row and year of the grid: where the latest usable one is, for every year."""

    value: Floats
    status: NDArray[np.uint8]
    usable: Bools
    latest: NDArray[np.int16]
    breaks: NDArray[np.int16] | None
    source: Whole
    over: Horizon

    @property
    def base(self) -> NDArray[np.int64]:
        """The place of each row's first year."""
        rows, years = self.value.shape
        starts: NDArray[np.int64] = np.arange(0, rows * years, years, dtype=np.int64)
        return starts[:, None]


def series(
    grid: Grid, indicators: Whole, areas: Whole, over: Horizon, *, forecasts: bool
) -> Series:
    """The series of indicators and areas, pair by pair; `forecasts` says whether they count."""
    value, status = grid.value[indicators, areas], grid.status[indicators, areas]
    usable = ~np.isnan(value)
    if not forecasts:
        usable &= status != _FORECAST
    broken = usable & (status == _BREAK)
    breaks = _latest(broken) if broken.any() else None
    source = grid.source[indicators, areas]
    return Series(value, status, usable, _latest(usable), breaks, source, over)


def _latest(there: Bools) -> NDArray[np.int16]:
    """For every year the last one up to it that is there, -1 where none is."""
    steps = np.arange(there.shape[1], dtype=np.int16)
    return np.maximum.accumulate(np.where(there, steps, np.int16(-1)), axis=1)


def choose(its: Series, years: Whole, max_age: Whole) -> Chosen:
    """What stands for each judged year, and why nothing does."""
    judged = years - its.over.first
    latest = its.latest[:, judged]
    there = (latest >= 0) & (latest >= judged - max_age)
    place = its.base + np.where(there, latest, 0)
    earlier = np.where(latest > 0, latest - 1, 0)
    before = np.where(latest > 0, its.latest.take(its.base + earlier), np.int16(-1))
    lost = there & (before >= 0) & (_break(its, place) > before)
    kept = there & (before >= 0) & ~lost
    figure = its.value.take(its.base + np.where(kept, before, 0))
    return Chosen(
        there=there,
        place=place,
        value=np.where(there, its.value.take(place), np.nan),
        year=np.where(there, latest + float(its.over.first), np.nan),
        previous=np.where(kept, figure, np.nan),
        previous_year=np.where(kept, before + float(its.over.first), np.nan),
        lost=lost,
        status=np.where(there, its.status.take(place), 0).astype(np.uint8),
        source=its.source.take(place),
        reason=_absence(its, latest, judged, there),
    )


def _break(its: Series, place: NDArray[np.int64]) -> NDArray[np.int16]:
    """The last break up to a place, -1 for none."""
    return np.full(place.shape, -1, np.int16) if its.breaks is None else its.breaks.take(place)


def _absence(its: Series, latest: NDArray[np.int16], judged: Whole, there: Bools) -> Whole:
    """The codes of the reasons; 0 where there is a figure."""
    reason = np.zeros(there.shape, np.int32)
    rows = np.flatnonzero(~there.all(axis=1))
    over, latest = its.over, latest[rows]
    figure = _latest(~np.isnan(its.value[rows]))[:, judged]
    said = _latest(its.status[rows] > 0)[:, judged]
    why = np.where(said >= 0, over.reported_missing[said], np.int32(over.not_reported))
    why = np.where(figure >= 0, over.forecast[figure], why)
    why = np.where(latest >= 0, over.stale[latest], why)
    reason[rows] = np.where(there[rows], np.int32(0), why)
    return reason


@dataclass(frozen=True, slots=True)
class Start:
    """Baselines, their years, and where a break took them."""

    figure: Floats
    year: Floats
    lost: Bools


NOT_STATED: Floats = np.array(np.nan)
_NO_START = Start(np.array(np.nan), np.array(np.nan), np.array(False))


def start(its: Series, chosen: Chosen, at: Floats, stated: Floats, years: Whole) -> Start:
    """The baselines that targets state, else the figures of exactly the years `at`."""
    own = ~np.isnan(stated)
    if np.isnan(at).all() and not own.any():
        return _NO_START
    observed, lost = _observed(its, chosen, at, years)
    figure = np.where(chosen.there, np.where(own, stated, observed), np.nan)
    return Start(figure, np.where(np.isnan(figure), np.nan, at), lost & ~own)


def _observed(its: Series, chosen: Chosen, at: Floats, years: Whole) -> tuple[Floats, Bools]:
    asked = chosen.there & (at <= years)
    step = np.where(asked, at - its.over.first, -1).astype(np.int64)
    inside = (step >= 0) & (step < its.over.years)
    place = its.base + np.where(inside, step, 0)
    found = inside & its.usable.take(place)
    lost = found & (_break(its, chosen.place) > step)
    return np.where(found & ~lost, its.value.take(place), np.nan), lost
