"""Rows of a data file in, one at a time: an observation, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from citygoals.core.base.model import Indicator, Observation, ObservationStatus
from citygoals.core.base.units import InconvertibleUnits, Unit
from citygoals.core.figures.cells import (
    RejectCode,
    Rejected,
    is_missing,
    read_confidence,
    read_number,
    read_status,
    read_year,
)
from citygoals.core.figures.formats import RawRow, RawTable
from citygoals.core.figures.lookup import Lookups


class RowsRead:
    """The rows of one table that were read: taken, refused, and how many nobody filled in."""

    def __init__(self, lookups: Lookups, table: RawTable) -> None:
        self.reader = RowReader(lookups, table)
        self.taken: list[tuple[RawRow, Observation]] = []
        self.refused: list[tuple[RawRow, Rejected]] = []
        self.unfilled = 0

    def add(self, rows: Iterable[RawRow]) -> None:
        """Read rows, each by itself."""
        for row in rows:
            if self.reader.is_unfilled(row):
                self.unfilled += 1
                continue
            try:
                self.taken.append((row, self.reader.observation(row)))
            except Rejected as fault:
                self.refused.append((row, fault.with_traceback(None)))


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, lookups: Lookups, table: RawTable) -> None:
        self._lookups, self._columns = lookups, table.columns
        self._cell = table.columns.cell
        self._stem = PurePath(table.file).stem
        self._fields: Mapping[str, Callable[[Mapping[str, str]], Any]] = {
            "area": lambda cells: lookups.area(self._needed(cells, "area")).id,
            "indicator": self._indicator,
            "year": lambda cells: read_year(self._needed(cells, "year")),
            "status": lambda cells: read_status(self._cell(cells, "status")),
            "number": self._number,
            "source": self._source,
            "confidence": lambda cells: read_confidence(self._cell(cells, "confidence")),
        }

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
        fields, faults = self._read_fields(row.cells)
        if faults:
            raise Rejected(faults[0].code, "; also: ".join(fault.message for fault in faults))
        indicator, number, status = (fields.pop(name) for name in ("indicator", "number", "status"))
        missing = number is None or status.is_missing
        if missing and not status.is_missing:
            status = ObservationStatus.MISSING
        return Observation(
            **fields,
            indicator=indicator.id,
            status=status,
            value=None if missing else self._value(row.cells, indicator, number),
            note=self._cell(row.cells, "note") or None,
        )

    def _read_fields(self, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Rejected]]:
        fields: dict[str, Any] = {}
        faults: list[Rejected] = []
        for name, read in self._fields.items():
            try:
                fields[name] = read(cells)
            except Rejected as fault:
                faults.append(fault)
        return fields, faults

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
        indicator = self._lookups.indicator(self._needed(cells, "indicator"))
        if indicator.unit is None:
            message = f"the unit of indicator {indicator.id!r} is not known; state it in a profile"
            raise Rejected(RejectCode.INDICATOR_WITHOUT_UNIT, message)
        return indicator

    def _number(self, cells: Mapping[str, str], name: str = "value") -> str | None:
        cell = self._cell(cells, name)
        return None if is_missing(cell) else read_number(cell, self._lookups.decimal)

    def _value(self, cells: Mapping[str, str], indicator: Indicator, number: str) -> float:
        """The number in the indicator's unit and inside its natural limits."""
        target = self._lookups.units.find(indicator.unit or "")
        try:
            value = self._converted(cells, target, number)
        except InconvertibleUnits as error:
            raise Rejected(RejectCode.INCONVERTIBLE_UNIT, str(error)) from None
        return _within_limits(value, indicator, target)

    def _converted(self, cells: Mapping[str, str], target: Unit, number: str) -> float:
        units = self._lookups.units
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
        if not cell and name == "unit" and self._lookups.assume_indicator_units:
            return target
        if not cell:
            raise Rejected(RejectCode.NO_UNIT, _no_unit(name, target))
        return self._lookups.unit(cell)


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
