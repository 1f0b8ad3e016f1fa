"""A block of rows in by columns: the same observations and rejects as its rows give.

Words are read once each, by what reads them in rows. A row that is not plainly fine goes by rows,
so that whatever can be wrong with one, or special, is known in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from math import inf, prod
from operator import attrgetter
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from citygoals.core.base.coded import CONFIDENCES, STATUS_LETTERS
from citygoals.core.base.model import Indicator, Observation, ObservationStatus
from citygoals.core.figures.cells import LONGEST_NUMBER, Rejected, is_missing
from citygoals.core.figures.formats import RawBlock
from citygoals.core.figures.lookup import Lookups
from citygoals.core.figures.observation_columns import (
    KEY,
    NAMED,
    SCHEMA,
    ObservationColumns,
)
from citygoals.core.figures.row_reader import RowsRead

_MISSING = STATUS_LETTERS.index(ObservationStatus.MISSING.value)
_FIELDS = (*KEY, "unit", "status", "confidence")
_ROOM = 1 << 62
_is_missing = attrgetter("is_missing")
_DENSE = 8
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


def read_block(lookups: Lookups, rows: RowsRead, block: RawBlock) -> ObservationColumns:
    """The observations of the rows that are plainly fine; the others of the block go to `rows`.

    No key of the observations is among those that `rows` took.
    """
    fields = _Fields(lookups, rows, block.frame)
    fine, keys = fields.fine(), fields.keys()
    fine &= ~_among(keys, _doubled(keys[fine], fields.room))
    rows.add(block.rows(np.flatnonzero(~fine).tolist()))
    taken = [fields.key(observation) for _, observation in rows.taken]
    again = fine & _among(keys, np.unique(np.array(taken, np.int64)))
    rows.add(block.rows(np.flatnonzero(again).tolist()))
    return fields.columns(fine & ~again)


def _doubled(keys: Whole, room: int) -> Whole:
    """The keys, of so many that there can be, that are there more than once, in order."""
    if room <= _DENSE * len(keys):
        seen = np.zeros(room, np.bool_)
        seen[keys] = True
        if np.count_nonzero(seen) == len(keys):
            return keys[:0]
    ordered = np.sort(keys)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _among(keys: Whole, wanted: Whole) -> Flags:
    """Which keys are among the wanted ones, which are in order."""
    if not len(wanted):
        return np.zeros(len(keys), np.bool_)
    places = np.searchsorted(wanted, keys)
    among: Flags = wanted[np.minimum(places, len(wanted) - 1)] == keys
    return among


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column as codes of what its words say; -1 where they say nothing plain."""

    codes: NDArray[np.int32]
    of: Mapping[Hashable, int]

    def mapped(self, of: Callable[[Any], Any], kind: type[np.generic]) -> NDArray[Any]:
        """`of` each row's thing; anything where there is none."""
        values = [of(thing) for thing in self.of]
        if len(set(values)) == 1:
            return np.broadcast_to(np.array(values[0], kind), self.codes.shape)
        return np.array([*values, *(values or [0])[:1]], kind)[self.codes]


def _coded(frame: pl.DataFrame, name: str, read: Callable[[str], Hashable]) -> _Coded:
    """The column coded by what `read` makes of each distinct word; a column not there is empty."""
    empty = pl.Series(name, [None], dtype=pl.Categorical)
    column = frame[name] if name in frame.columns else empty
    places = column.to_physical()
    count = 1 + int(places.max()) if places.null_count() < len(places) else 0  # type: ignore[arg-type]
    words = pl.Series(range(count), dtype=places.dtype).cat.to(column.dtype)
    codes = np.full(count + 1, -1, np.int32)
    things: dict[Hashable, int] = {}
    for place, word in enumerate([*words, ""]):
        try:
            codes[place] = things.setdefault(read(word), len(things))
        except Rejected:
            continue
    if count + bool(places.null_count()) == 1:
        return _Coded(np.broadcast_to(codes[0], frame.height), things)
    return _Coded(codes[places.fill_null(count).to_numpy()], things)


class _Fields:
    """What the rows of a block say, field by field."""

    def __init__(self, lookups: Lookups, rows: RowsRead, frame: pl.DataFrame) -> None:
        self._lookups, self._reader, self._frame = lookups, rows.reader, frame
        self._indicators: dict[str, Indicator] = {}
        special = {"indicator": self._known, "unit": self._unit}
        coded = {
            name: _coded(frame, name, special.get(name, partial(self._reader.field, name)))
            for name in _FIELDS
        }
        self._key = {name: coded[name] for name in KEY}
        self._units, self._status = coded["unit"], coded["status"]
        self._confidence = coded["confidence"]

    def _known(self, cell: str) -> str:
        indicator: Indicator = self._reader.field("indicator", cell)
        self._indicators[indicator.id] = indicator
        return indicator.id

    def _unit(self, cell: str) -> str | None:
        """The unit's id; None where the indicator's own is meant."""
        if not cell.strip() and self._lookups.assume_indicator_units:
            return None
        return self._lookups.unit(cell.strip()).id

    @cached_property
    def room(self) -> int:
        """How many keys there can be."""
        return prod(len(column.of) for column in self._key.values())

    def fine(self) -> Flags:
        """Which rows say something plain, each by itself."""
        if self.room >= _ROOM:
            return np.zeros(self._frame.height, np.bool_)
        fine: Flags = self._number | self._blank
        for column in (*self._key.values(), self._status, self._confidence):
            fine &= column.codes >= 0
        fine &= self._absent | (self._own_unit() & self._within_limits())
        if "note" in self._frame.columns:
            # Python counts these separators as spaces around a cell, Polars does not.
            strange = self._frame["note"].str.contains("[\x1c-\x1f]").fill_null(value=False)
            fine &= ~strange.to_numpy()
        return fine

    @cached_property
    def _cells(self) -> pl.Series:
        """The values with a decimal point; null where they have another sign beside it."""
        cells = self._frame["value"]
        if self._lookups.decimal == ".":
            return cells
        pointed = pl.when(~pl.col("value").str.contains(".", literal=True)).then("value")
        sign = self._lookups.decimal
        return self._frame.select(pointed.str.replace_all(sign, ".", literal=True)).to_series()

    @cached_property
    def _figures(self) -> pl.Series:
        return self._parsed["figure"]

    @cached_property
    def _number(self) -> Flags:
        """Which values are numbers; one with an exponent is left to rows."""
        return self._parsed["plain"].to_numpy()

    @cached_property
    def _parsed(self) -> pl.DataFrame:
        figure = pl.col("value").cast(pl.Float64, strict=False)
        short = pl.col("value").str.len_bytes() <= LONGEST_NUMBER
        plain = figure.is_finite() & short & ~pl.col("value").str.contains("[eE]")
        cells = self._cells.rename("value").to_frame()
        return cells.select(figure=figure, plain=plain.fill_null(value=False))

    @cached_property
    def _blank(self) -> Flags:
        """Which values say that there is no figure."""
        places = np.flatnonzero(~self._number)
        rest = self._frame["value"].gather(places)
        words = [word for word in rest.unique().drop_nulls() if is_missing(word.strip())]
        blank: Flags = np.zeros(self._frame.height, np.bool_)
        blank[places] = (rest.is_null() | rest.is_in(words)).to_numpy()
        return blank

    @cached_property
    def _absent(self) -> Flags:
        absent: Flags = self._blank | self._status.mapped(_is_missing, np.bool_)
        return absent

    def _own_unit(self) -> Flags:
        """Which rows are in the unit of their indicator."""
        meant, find = self._units.of, self._lookups.units.find
        wanted = self._key["indicator"].mapped(
            lambda name: meant.get(find(self._indicators[name].unit or "").id, -1), np.int32
        )
        codes = self._units.codes
        own: Flags = (codes >= 0) & ((codes == wanted) | (codes == meant.get(None, -1)))
        return own

    def _within_limits(self) -> Flags:
        figures, indicator, known = self._figures, self._key["indicator"], self._indicators.items()
        fine = np.ones(len(figures), np.bool_)
        lows = {key: -inf if of.minimum is None else float(of.minimum) for key, of in known}
        highs = {key: inf if of.maximum is None else float(of.maximum) for key, of in known}
        # Most files keep to the narrowest limits of all.
        if not _at_least(figures.min(), max(lows.values(), default=-inf)):
            fine &= figures.to_numpy() >= indicator.mapped(lows.__getitem__, np.float64)
        if not _at_least(min(highs.values(), default=inf), figures.max()):
            fine &= figures.to_numpy() <= indicator.mapped(highs.__getitem__, np.float64)
        return fine

    def keys(self) -> Whole:
        """Area, indicator, year and source of each row in one number."""
        keys = np.zeros(self._frame.height, np.int64)
        for column in self._key.values():
            keys *= len(column.of)
            keys += column.codes
        return keys

    def key(self, observation: Observation) -> int:
        """The key that a row in the block would have; -1 where none can have it."""
        key = 0
        for name, column in self._key.items():
            code = column.of.get(getattr(observation, name))
            if code is None:
                return -1
            key = key * len(column.of) + code
        return key

    def columns(self, chosen: Flags) -> ObservationColumns:
        """The observations of those rows."""
        status = self._status.mapped(lambda letter: STATUS_LETTERS.index(letter.value), np.uint8)
        reported = self._blank & ~self._status.mapped(_is_missing, np.bool_)
        used = {name: _used(self._key[name], chosen) for name in NAMED}
        frame = pl.DataFrame(
            {
                "area": used["area"].codes,
                "indicator": used["indicator"].codes,
                "year": self._key["year"].mapped(int, np.int16),
                "source": used["source"].codes,
                "value": self._figures,
                "status": np.where(reported, np.uint8(_MISSING), status),
                "confidence": self._confidence.mapped(CONFIDENCES.index, np.uint8),
                "note": self._notes(),
                "absent": self._absent,
            }
        )
        if not chosen.all():
            frame = frame.filter(pl.Series(chosen))
        kinds = [pl.col(name).cat.to(SCHEMA[name]) for name in ("status", "confidence")]
        value = pl.when(~pl.col("absent")).then("value")
        return ObservationColumns(
            frame=frame.with_columns(value.alias("value"), *kinds).drop("absent"),
            names={name: [str(word) for word in column.of] for name, column in used.items()},
        )

    def _notes(self) -> pl.Series:
        if "note" not in self._frame.columns:
            return pl.repeat(None, self._frame.height, dtype=pl.String, eager=True)
        return self._frame["note"].str.strip_chars().replace("", None)


def _used(coded: _Coded, chosen: Flags) -> _Coded:
    """The column with codes of only those things that chosen rows have; wrong in other rows."""
    used = np.zeros(len(coded.of) + 1, np.bool_)
    used[np.where(chosen, coded.codes, -1)] = True
    used = used[:-1]
    if used.all():
        return coded
    codes = np.cumsum(used, dtype=np.int32) - 1
    kept = [thing for thing, here in zip(coded.of, used, strict=True) if here]
    return _Coded(
        np.append(codes, 0).astype(np.int32)[coded.codes],
        {thing: place for place, thing in enumerate(kept)},
    )


def _at_least(figure: Any, limit: Any) -> bool:
    """Whether a figure is known to reach a limit."""
    return figure is not None and limit is not None and figure >= limit
