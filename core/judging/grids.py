"""Figures of a chunk of areas on grids of indicator, area and year, one figure a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from citygoals.core.base.coded import STATUS_CODES, Codes
from citygoals.core.base.model import ObservationStatus, Reason
from citygoals.core.judging.lending import PROXY, lend
from citygoals.core.judging.plan import Floats, Order, Plan, Whole
from citygoals.core.judging.sources import CELL, CONFLICT, Places, Ranks, settle

Bools = NDArray[np.bool_]
FORECAST = STATUS_CODES[ObservationStatus.FORECAST]
BREAK = STATUS_CODES[ObservationStatus.BREAK]
CELL_BYTES = 13
"""Bytes that a cell of the grid takes: value, status, source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """The calendar years of the grid, and the reasons of absence by year.

    `year_of` gives the year of each of these reasons by its code, 0 for none.
    """

    first: int
    last: int
    stale: Whole
    forecast: Whole
    reported_missing: Whole
    conflict: Whole
    not_reported: int
    year_of: Whole

    @property
    def years(self) -> int:
        """How many years the grid has."""
        return self.last - self.first + 1


def horizon(first: int, years: Sequence[int], reasons: Codes[Reason]) -> Horizon:
    """From the first year with an observation to the last year that is judged."""
    start, last = min(first, *years), max(years)
    span = range(start, last + 1)

    def by_year(code: str) -> Whole:
        return np.array([reasons.code(Reason(code, (year,))) for year in span], np.int32)

    names = ("stale", "forecast", "reported-missing", "conflict")
    codes = {name.replace("-", "_"): by_year(name) for name in names}
    not_reported = reasons.code(Reason("not-reported"))
    year_of = np.zeros(1 + max(not_reported, *(int(of.max()) for of in codes.values())), np.int32)
    for of_year in codes.values():
        year_of[of_year] = span
    return Horizon(first=start, last=last, not_reported=not_reported, year_of=year_of, **codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A figure for each indicator, area of the chunk and year; NaN is none.

    `via` is the number of the loan that made a figure, None where none was lent.
    """

    value: Floats
    status: NDArray[np.uint8]
    source: Whole
    via: NDArray[np.uint16] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """Where the series of each source break: numbers of series, source and year, in order."""

    keys: NDArray[np.int64]
    sources: int
    years: int

    def last(
        self, series: NDArray[np.int64], source: Whole, step: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The last break of a source up to a year of the grid, -1 for none."""
        asked = (series * self.sources + source) * self.years + step
        at = np.searchsorted(self.keys, asked, side="right") - 1
        nearest = self.keys[np.maximum(at, 0)]
        same = (at >= 0) & (nearest // self.years == asked // self.years)
        return np.where(same, nearest % self.years, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What stands in every cell, proxies apart: `proxy` is None where there are none.

    `reported` and `figure` say where anything was reported and where a figure; None: as the firm
    layer shows. `broken` says by indicator and area which series have breaks.
    """

    firm: Layer
    proxy: Layer | None
    reported: Bools | None
    figure: Bools | None
    breaks: Breaks | None
    broken: Bools | None


_SETTLED = (CELL, "value", "status", "source", "confidence", "released", "via")
Key = tuple[Order, bool]
"""A profile's order of sources, and whether forecasts count."""


class Grids:
    """A chunk's grids; one serves every key where no cell has several figures.

    `frame` has the numbers of area, indicator, status and source.
    """

    def __init__(self, plan: Plan, frame: pl.DataFrame, areas: range, over: Horizon) -> None:
        self._plan, self.over = plan, over
        self._shape = len(plan.indicators), len(areas), over.years
        area = pl.col("area") - areas.start
        series = pl.col("indicator").cast(pl.Int64) * len(areas) + area
        cell = series * over.years + pl.col("year") - over.first
        frame = lend(plan.loans, frame.filter(pl.col("year") <= over.last))
        self.frame = frame.with_columns(cell.alias(CELL))
        self._columns = {name: self.frame[name].to_numpy() for name in _SETTLED}
        self._lent = bool(self._columns["via"].any())
        self._breaks, self._broken = self._all_breaks()
        self._found: dict[Key, Grid] = {}
        self._plain = self._plain_grid()

    def __getitem__(self, key: Key) -> Grid:
        """The grid where sources are chosen by an order, and forecasts count or not."""
        if self._plain is not None:
            return self._plain
        if key not in self._found:
            self._found[key] = self._settled(*key)
        return self._found[key]

    def _plain_grid(self) -> Grid | None:
        """The only grid, where every cell has one figure of its own."""
        if self._lent:
            return None
        firm = self._layer(slice(None))
        if np.count_nonzero(firm.status) != self.frame.height:
            return None
        return self._grid(firm, None)

    def _settled(self, order: Order, forecasts: bool) -> Grid:
        status, figure = self._columns["status"], ~np.isnan(self._columns["value"])
        deciding = figure if forecasts else figure & (status != FORECAST)
        firm, proxy = np.flatnonzero(deciding), None
        if self._lent:
            is_proxy = np.array(self._plan.nearness)[self._columns["via"]] == PROXY
            firm, proxies = (
                np.flatnonzero(deciding & ~is_proxy),
                np.flatnonzero(deciding & is_proxy),
            )
            proxy = self._chosen(proxies, order) if len(proxies) else None
        reported, measured = self._where(slice(None)), self._where(figure)
        return self._grid(self._chosen(firm, order), proxy, reported, measured)

    def _chosen(self, rows: Places, order: Order) -> Layer:
        """The layer of figures of which one is chosen for each cell."""
        settled = settle(self._columns, rows, int(np.prod(self._shape)), self._ranks(order))
        layer = self._layer(settled.rows)
        layer.value.reshape(-1)[settled.conflicts] = np.nan
        layer.status.reshape(-1)[settled.conflicts] = CONFLICT
        return layer

    def _grid(
        self,
        firm: Layer,
        proxy: Layer | None,
        reported: Bools | None = None,
        figure: Bools | None = None,
    ) -> Grid:
        return Grid(
            firm=firm,
            proxy=proxy,
            reported=reported,
            figure=figure,
            breaks=self._breaks,
            broken=self._broken,
        )

    def _ranks(self, order: Order) -> Ranks:
        mappings = self._plan.mappings
        return Ranks(
            sources=self._plan.words.sources.items,
            order=order,
            nearness=self._plan.nearness,
            lenders=["", *(mapping.indicator for mapping in mappings)],
        )

    def _layer(self, rows: Places | slice) -> Layer:
        via = self._scattered(rows, "via", np.uint16) if self._lent else None
        return Layer(
            value=self._scattered(rows, "value", np.float64, np.nan),
            status=self._scattered(rows, "status", np.uint8),
            source=self._scattered(rows, "source", np.int32),
            via=via,
        )

    def _scattered(
        self, rows: Places | slice, name: str, kind: type, nothing: float = 0
    ) -> NDArray[Any]:
        cells: NDArray[Any] = np.full(self._shape, nothing, kind)
        cells.reshape(-1)[self._columns[CELL][rows]] = self._columns[name][rows]
        return cells

    def _where(self, rows: Bools | slice) -> Bools:
        there = np.zeros(self._shape, np.bool_)
        there.reshape(-1)[self._columns[CELL][rows]] = True
        return there

    def _all_breaks(self) -> tuple[Breaks | None, Bools | None]:
        columns = self._columns
        rows = np.flatnonzero((columns["status"] == BREAK) & ~np.isnan(columns["value"]))
        if not len(rows):
            return None, None
        years, sources = self.over.years, len(self._plan.words.sources.items)
        cells = columns[CELL][rows]
        keys = (cells // years * sources + columns["source"][rows]) * years + cells % years
        broken = np.zeros(self._shape[:2], np.bool_)
        broken.reshape(-1)[cells // years] = True
        return Breaks(keys=np.sort(keys), sources=sources, years=years), broken
