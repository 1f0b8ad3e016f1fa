"""Rows of a data file in, observations and rejected rows out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from citygoals.core.base.model import (
    Area,
    AreaId,
    Indicator,
    IndicatorId,
    Observation,
    ObservationStatus,
)
from citygoals.core.base.units import InconvertibleUnits, Unit, UnitTable
from citygoals.core.figures.cells import (
    RejectCode,
    Rejected,
    is_missing,
    read_confidence,
    read_number,
    read_status,
    read_year,
)
from citygoals.core.figures.header import Columns
from citygoals.core.figures.lookup import area_finder, indicator_finder, unit_finder

if TYPE_CHECKING:
    import polars as pl

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One row as a file has it: its first line, its cells by column; `fault` spoils it whole."""

    line: int
    cells: Mapping[str, str]
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBlock:
    """Rows of a large file by columns, which are named by their fields.

    The cells are text, all but the values and notes as categories; null is an empty one. `rows`
    gives rows at places of the frame as the file has them, without blank ones.
    """

    frame: pl.DataFrame
    rows: Callable[[Iterable[int]], Iterator[RawRow]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A data file before anything is made of it: where it is, its columns and its rows.

    Rows of a large file may stand in a block; `rows` are the others.
    """

    file: str
    sha256: str
    columns: Columns
    rows: Iterable[RawRow]
    block: RawBlock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that was not taken in: where it stands, why, and what it said."""

    file: str
    line: int
    code: str
    message: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationColumns:
    """Observations by columns: area, indicator, year, source, value, status, confidence, note.

    Areas, indicators and sources are places in the lists, which name only those that are there;
    statuses and confidences are enumerations.
    """

    frame: pl.DataFrame
    areas: Sequence[AreaId]
    indicators: Sequence[IndicatorId]
    sources: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intaken:
    """What came of a file. `duplicates` and `unfilled` count rows that say nothing new.

    `columns` are the observations of a large file that are not among `observations`.
    """

    observations: Sequence[Observation]
    rejects: Sequence[Reject]
    duplicates: int = 0
    unfilled: int = 0
    notes: Sequence[str] = ()
    columns: ObservationColumns | None = None

    @property
    def count(self) -> int:
        """How many observations there are."""
        return len(self.observations) + (self.columns.frame.height if self.columns else 0)

    def areas(self) -> Iterable[AreaId]:
        """The areas that are spoken of."""
        yield from dict.fromkeys(one.area for one in self.observations)
        yield from self.columns.areas if self.columns else ()

    def indicators(self) -> Iterable[IndicatorId]:
        """The indicators that are spoken of."""
        yield from dict.fromkeys(one.indicator for one in self.observations)
        yield from self.columns.indicators if self.columns else ()


class Intake:
    """Turns raw tables into observations in the indicators' own units.

    `decimal` is the decimal sign of the numbers. With `assume_indicator_units` a figure without a
    unit counts as given in the indicator's; otherwise its row is rejected.
    """

    def __init__(
        self,
        indicators: Mapping[IndicatorId, Indicator],
        areas: Mapping[AreaId, Area],
        units: UnitTable,
        *,
        decimal: str = ".",
        assume_indicator_units: bool = False,
    ) -> None:
        self.area, self.indicator = area_finder(areas), indicator_finder(indicators)
        self.unit, self.units = unit_finder(units), units
        self.decimal = decimal
        self.assume_indicator_units = assume_indicator_units

    def read(self, table: RawTable) -> Intaken:
        """Every row of the table as an observation, a reject, or a duplicate of another row."""
        reading = Reading(self, table)
        reading.add(table.rows)
        return reading.settled()


class Reading:
    """The rows of one table on their way in."""

    def __init__(self, intake: Intake, table: RawTable) -> None:
        self.reader = RowReader(intake, table)
        self.taken: list[tuple[RawRow, Observation]] = []
        self._table = table
        self._refused: list[tuple[RawRow, Rejected]] = []
        self._unfilled = 0

    def add(self, rows: Iterable[RawRow]) -> None:
        """Read rows, each by itself."""
        for row in rows:
            if self.reader.is_unfilled(row):
                self._unfilled += 1
                continue
            try:
                self.taken.append((row, self.reader.observation(row)))
            except Rejected as fault:
                self._refused.append((row, fault.with_traceback(None)))

    def settled(self, columns: ObservationColumns | None = None) -> Intaken:
        """One observation a key; rows of one key that say different things are rejected.

        `columns` are observations of other keys.
        """
        if columns is not None:
            self.taken.sort(key=lambda item: item[0].line)
        groups: dict[tuple[AreaId, IndicatorId, int, str], list[tuple[RawRow, Observation]]] = {}
        for row, observation in self.taken:
            groups.setdefault(_key(observation), []).append((row, observation))
        kept: list[Observation] = []
        refused = list(self._refused)
        for group in groups.values():
            if len({observation for _, observation in group}) == 1:
                kept.append(group[0][1])
            else:
                refused.extend((row, _two_values(said, group)) for row, said in group)
        refused.sort(key=lambda item: item[0].line)
        return Intaken(
            observations=kept,
            rejects=[_reject(self._table.file, row, fault) for row, fault in refused],
            duplicates=len(self.taken) + len(self._refused) - len(kept) - len(refused),
            unfilled=self._unfilled,
            notes=self.reader.notes(),
            columns=columns,
        )


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, intake: Intake, table: RawTable) -> None:
        self._intake, self._columns = intake, table.columns
        self._stem = PurePath(table.file).stem
        self._fields: Mapping[str, Callable[[Mapping[str, str]], Any]] = {
            "area": lambda cells: intake.area(self._needed(cells, "area")).id,
            "indicator": self._indicator,
            "year": lambda cells: read_year(self._needed(cells, "year")),
            "status": lambda cells: read_status(self._cell(cells, "status")),
            "number": self._number,
            "source": self._source,
            "confidence": lambda cells: read_confidence(self._cell(cells, "confidence")),
        }

    def _cell(self, cells: Mapping[str, str], name: str) -> str:
        return self._columns.cell(cells, name)

    def field(self, name: str, cell: str) -> Any:
        """What a cell of one field says. Raises Rejected."""
        return self._fields[name]({self._columns.of.get(name, name): cell})

    def notes(self) -> list[str]:
        """What to say once about the file."""
        notes = []
        if "source" not in self._columns.of:
            notes.append(f"no column source; the source is {self._stem!r}, the file's name")
        if self._columns.unread:
            notes.append(f"columns not read: {', '.join(self._columns.unread)}")
        return notes

    def is_unfilled(self, row: RawRow) -> bool:
        """Whether the row is one of a form that nobody filled in."""
        names = ("year", "value", "status")
        return not row.fault and not any(self._cell(row.cells, name) for name in names)

    def observation(self, row: RawRow) -> Observation:
        """What the row says. Raises Rejected with every fault of its cells."""
        if row.fault:
            raise Rejected(RejectCode.WRONG_NUMBER_OF_CELLS, row.fault)
        found, faults = self._read_fields(row.cells)
        if faults:
            raise Rejected(faults[0].code, "; also: ".join(fault.message for fault in faults))
        indicator, number, status = (found.pop(name) for name in ("indicator", "number", "status"))
        missing = number is None or status.is_missing
        if missing and not status.is_missing:
            status = ObservationStatus.MISSING
        return Observation(
            **found,
            indicator=indicator.id,
            status=status,
            value=None if missing else self._value(row.cells, indicator, number),
            note=self._cell(row.cells, "note") or None,
        )

    def _read_fields(self, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Rejected]]:
        found: dict[str, Any] = {}
        faults: list[Rejected] = []
        for name, read in self._fields.items():
            try:
                found[name] = read(cells)
            except Rejected as fault:
                faults.append(fault)
        return found, faults

    def _needed(self, cells: Mapping[str, str], name: str) -> str:
        cell = self._cell(cells, name)
        if not cell:
            column = self._columns.of[name]
            message = f"the cell {column!r} is empty; fill it in"
            raise Rejected(RejectCode.EMPTY_CELL, message)
        return cell

    def _source(self, cells: Mapping[str, str]) -> str:
        return self._needed(cells, "source") if "source" in self._columns.of else self._stem

    def _indicator(self, cells: Mapping[str, str]) -> Indicator:
        indicator = self._intake.indicator(self._needed(cells, "indicator"))
        if indicator.unit is None:
            message = f"the unit of indicator {indicator.id!r} is not known; state it in a profile"
            raise Rejected(RejectCode.INDICATOR_WITHOUT_UNIT, message)
        return indicator

    def _number(self, cells: Mapping[str, str], name: str = "value") -> str | None:
        cell = self._cell(cells, name)
        return None if is_missing(cell) else read_number(cell, self._intake.decimal)

    def _value(self, cells: Mapping[str, str], indicator: Indicator, number: str) -> float:
        """The number in the indicator's unit and inside its natural limits."""
        target = self._intake.units.find(indicator.unit or "")
        try:
            value = self._converted(cells, target, number)
        except InconvertibleUnits as error:
            raise Rejected(RejectCode.INCONVERTIBLE_UNIT, str(error)) from None
        return _within_limits(value, indicator, target)

    def _converted(self, cells: Mapping[str, str], target: Unit, number: str) -> float:
        units = self._intake.units
        unit = self._unit(cells, target, "unit")
        if unit.id == target.id:
            return float(number)
        per = self._number(cells, "denominator")
        if per is None or unit.dimension == target.dimension:
            return units.convert(Fraction(number), unit.id, target.id)
        per_unit = self._unit(cells, target, "denominator_unit")
        return units.rate(Fraction(number), unit.id, Fraction(per), per_unit.id, target.id)

    def _unit(self, cells: Mapping[str, str], target: Unit, name: str) -> Unit:
        cell = self._cell(cells, name)
        if not cell and name == "unit" and self._intake.assume_indicator_units:
            return target
        if not cell:
            raise Rejected(RejectCode.NO_UNIT, _no_unit(name, target))
        return self._intake.unit(cell)


def _no_unit(name: str, target: Unit) -> str:
    if name == "unit":
        mend = f"write the unit, e.g. {target.label}, or import with --assume-indicator-units"
        return f"the figure has no unit; {mend}"
    return f"the denominator has no unit; write it in the column {name}"


def _within_limits(value: float, indicator: Indicator, unit: Unit) -> float:
    low, high = indicator.minimum, indicator.maximum
    if (low is None or value >= low) and (high is None or value <= high):
        return value
    limits = " and ".join(
        f"{word} {limit:g}"
        for word, limit in (("at least", low), ("at most", high))
        if limit is not None
    )
    message = f"{value:g} {unit.label} cannot be: {indicator.id!r} is {limits}"
    raise Rejected(RejectCode.OUTSIDE_LIMITS, f"{message}; check the figure and its unit")


def _key(observation: Observation) -> tuple[AreaId, IndicatorId, int, str]:
    return observation.area, observation.indicator, observation.year, observation.source


def _two_values(said: Observation, group: Sequence[tuple[RawRow, Observation]]) -> Rejected:
    others = [(row.line, other) for row, other in group if other != said]
    what = ", ".join(f"line {line} says {_figure(other)}" for line, other in others[:_SHOWN])
    more = f" and {len(others) - _SHOWN} more do" if len(others) > _SHOWN else ""
    message = f"{what}{more} for the same area, indicator, year and source; keep one of them"
    return Rejected(RejectCode.TWO_VALUES, message)


def _figure(observation: Observation) -> str:
    figure = "no figure" if observation.value is None else f"{observation.value:.12g}"
    return f"{figure} ({observation.status.value}, {observation.confidence})"


def _reject(file: str, row: RawRow, fault: Rejected) -> Reject:
    return Reject(
        file=file, line=row.line, code=fault.code.value, message=fault.message, cells=row.cells
    )
