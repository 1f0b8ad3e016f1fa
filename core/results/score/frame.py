"""The figures of an index: rows of areas and years, taken from a wide or a long table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from citygoals.core.base.errors import Finding, Place, UnusableFile, suggestion
from citygoals.core.figures.cells import Rejected, read_year
from citygoals.core.figures.header import SYNONYMS, plain
from citygoals.core.figures.tables import MOST_FINDINGS, Table, UnusableTable
from citygoals.core.results.score.index import Condition, Index, Over, Where

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
T = TypeVar("T")

AREA_COLUMNS = (
    *SYNONYMS["area"][:5],
    "iso3",
    "iso2",
    "iso",
    "iso_code",
    "country_code",
    "ucode",
    "id",
)
"""What the column of areas may be called, in lower case, first come first served."""

_PLACES = ("city", "country", "location", "area_name", "name")
_NAMES = ("name", "area_name", "city", "country", "location")
_YES, _NO = frozenset({"true", "yes", "1", "y"}), frozenset({"false", "no", "0", "n", ""})


@dataclass(frozen=True)
class Frame:
    """Rows of areas and years with figures by column and words by column; NaN where missing.

    `layout` says how the table was read; `years` are None where it has no years.
    """

    file: str
    areas: Sequence[str]
    names: Sequence[str]
    years: Sequence[int | None]
    figures: Mapping[str, Floats]
    words: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    layout: str = "wide"

    def __len__(self) -> int:
        return len(self.areas)

    @cached_property
    def by_year(self) -> Mapping[int | None, Rows]:
        """The rows of each year, in the order of years."""
        years = sorted(set(self.years), key=lambda year: -1 if year is None else year)
        numbers = np.array([-1 if year is None else year for year in self.years])
        return {year: np.flatnonzero(numbers == (-1 if year is None else year)) for year in years}

    def scopes(self, over: Over) -> list[Rows]:
        """The rows that are looked at together: all of a panel, or each year's."""
        return [np.arange(len(self))] if over == "panel" else list(self.by_year.values())

    def where(self, conditions: Where) -> Mask:
        """Which rows fulfil every condition."""
        mask = np.ones(len(self), dtype=bool)
        for condition in conditions:
            cells = self.words[condition.column]
            mask &= np.array([_fulfils(cell, condition) for cell in cells], dtype=bool)
        return mask

    @cached_property
    def _codes(self) -> Mapping[str, Rows]:
        """For each column of words the number of each row's word, -1 where there is none."""
        return {column: _numbered(cells) for column, cells in self.words.items()}

    def group(self, column: str, rows: Rows) -> Iterator[tuple[str, Rows]]:
        """The rows of each group that a column names; those without a word are in none."""
        codes = self._codes[column][rows]
        for code in dict.fromkeys(codes[codes >= 0].tolist()):
            members = rows[codes == code]
            yield str(self.words[column][members[0]]), members


def _numbered(cells: Sequence[str | None]) -> Rows:
    numbers = {word: at for at, word in enumerate(dict.fromkeys(cells)) if word is not None}
    return np.array([-1 if cell is None else numbers[cell] for cell in cells], dtype=np.intp)


def _fulfils(cell: str | None, condition: Condition) -> bool:
    if not condition.texts:
        number = _as_number(cell)
        low = -np.inf if condition.minimum is None else condition.minimum
        high = np.inf if condition.maximum is None else condition.maximum
        return number is not None and low <= number <= high
    return any(_same(cell or "", wanted) for wanted in condition.texts)


def _same(cell: str, wanted: str) -> bool:
    cell, wanted = cell.casefold(), wanted.casefold()
    if wanted in ("true", "false"):
        return cell in (_YES if wanted == "true" else _NO)
    number = _as_number(wanted)
    return cell == wanted or (number is not None and _as_number(cell) == number)


def _as_number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def frame_from(table: Table, index: Index, *, decimal: str = ".") -> Frame:
    """The rows that an index needs of a table, wide or long by its columns.

    Raises UnusableTable for missing columns, doubled rows, text and infinity among the figures;
    UnusableFile where no column names the areas.
    """
    return _FrameReader(table, index, decimal).frame()


def figures_of(index: Index) -> list[str]:
    """The columns that an index reads as numbers: indicators, denominators, weights of areas."""
    leaves = index.root.leaves()
    wanted = [leaf.indicator for leaf in leaves]
    wanted += [leaf.denominator for leaf in leaves if leaf.denominator is not None]
    if index.roll_up is not None and index.roll_up.weight is not None:
        wanted.append(index.roll_up.weight)
    return list(dict.fromkeys(wanted))


def words_of(index: Index) -> list[str]:
    """The columns that an index reads as words: groups and conditions."""
    ways = [way for _, node in index.root.walk() for way in node.impute]
    wanted = [way.group for way in ways if way.group is not None]
    wheres = [index.reference, index.ranking.among, *(way.reference or () for way in ways)]
    wanted += [condition.column for where in wheres for condition in where]
    if index.roll_up is not None:
        wanted.append(index.roll_up.group)
    return list(dict.fromkeys(wanted))


class _FrameReader:
    """Reads one table for one index."""

    def __init__(self, table: Table, index: Index, decimal: str) -> None:
        self.table, self.index, self.decimal = table, index, decimal
        self.wanted, self.words = figures_of(index), words_of(index)
        named = index.columns
        self.year = named.year or self._column(SYNONYMS["year"])
        self.indicator = named.indicator or self._column(SYNONYMS["indicator"])
        self.value = named.value or self._column(SYNONYMS["value"])
        self.area = named.area or self._area_column()
        self.name = named.name or self._name_column()

    def frame(self) -> Frame:
        """The figures, by the layout that the columns show."""
        headers = set(self.table.columns)
        leaves = {leaf.indicator for leaf in self.index.root.leaves()}
        is_long = {self.indicator, self.value} <= headers and not leaves & headers
        return self._long() if is_long else self._wide()

    def _column(self, synonyms: Iterable[str]) -> str | None:
        free = (name for name in self.table.columns if name not in self.wanted)
        by_name = {plain(name): name for name in free}
        return next((by_name[name] for name in synonyms if name in by_name), None)

    def _area_column(self) -> str:
        column = self._column((*AREA_COLUMNS, *_PLACES))
        if column is None:
            mend = 'name it in the index: "table": {"area": "…"}, or with --area'
            shown = ", ".join(self.table.columns[:8])
            raise UnusableFile(self.table.file, f"has no column of areas among {shown}", mend)
        return column

    def _name_column(self) -> str:
        taken = {self.area, *self.wanted}
        others = [name for name in self.table.columns if name not in taken]
        by_name = {plain(name): name for name in others}
        return next((by_name[name] for name in _NAMES if name in by_name), self.area)

    def _need(self, columns: Iterable[str], known: Sequence[str], kind: str) -> None:
        findings = [
            Finding(
                code="table-unknown-column",
                message=f"no {kind} {name!r}, which the index reads",
                at=Place(file=self.table.file),
                mend=suggestion(name, known).removeprefix("; ") or "add it, or mend the index",
            )
            for name in columns
            if name not in known
        ]
        if findings:
            raise UnusableTable(findings[:MOST_FINDINGS])

    def _keys(self) -> list[tuple[str, int | None]]:
        """The area and year of every row. Raises UnusableTable."""
        areas = self.table.texts(self.area)
        years = self.table.texts(self.year) if self.year else [None] * len(areas)
        findings: list[Finding] = []
        keys = [
            self._key(row, *pair, findings)
            for row, pair in enumerate(zip(areas, years, strict=True))
        ]
        if findings:
            raise UnusableTable(findings[:MOST_FINDINGS])
        return keys

    def _key(
        self, row: int, area: str | None, year: str | None, findings: list[Finding]
    ) -> tuple[str, int | None]:
        at, read = self.table.place(row), None
        if area is None:
            message, mend = f"column {self.area!r}: no area", "name the area of the row"
            findings.append(Finding(code="table-area", message=message, at=at, mend=mend))
        try:
            read = read_year((year or "").removesuffix(".0")) if self.year else None
        except Rejected as error:
            message = f"column {self.year!r}: {error.message}"
            findings.append(Finding(code="table-year", message=message, at=at))
        return area or "", read

    def _wide(self) -> Frame:
        self._need([*self.wanted, *self.words], self.table.columns, "column")
        keys = self._keys()
        self._refuse_doubled(keys, [str(area) for area, _ in keys])
        numbers = self.table.numbers(self.wanted, self.decimal)
        names = self.table.texts(self.name)
        return Frame(
            file=self.table.file,
            areas=[area for area, _ in keys],
            names=[name or area for name, (area, _) in zip(names, keys, strict=True)],
            years=[year for _, year in keys],
            figures={name: _array(column.to_list()) for name, column in numbers.items()},
            words={name: self.table.texts(name) for name in self.words},
        )

    def _refuse_doubled(self, keys: Sequence[tuple[object, ...]], shown: Sequence[str]) -> None:
        first: dict[tuple[object, ...], int] = {}
        findings = []
        for row, key in enumerate(keys):
            if (before := first.setdefault(key, row)) != row:
                year = f" in {key[1]}" if key[1] is not None else ""
                line = self.table.lines[before]
                message = f"{shown[row]}{year} stands here and in line {line}"
                mend = "keep one of the rows" if self.year else "keep one, or add a column of years"
                at = self.table.place(row)
                findings.append(Finding(code="table-doubled", message=message, at=at, mend=mend))
        if findings:
            raise UnusableTable(findings[:MOST_FINDINGS])

    def _long(self) -> Frame:
        indicator, value = str(self.indicator), str(self.value)
        keys = self._keys()
        named = [name or "" for name in self.table.texts(indicator)]
        shown = [f"{name!r} of {area}" for name, (area, _) in zip(named, keys, strict=True)]
        self._refuse_doubled([(*key, name) for key, name in zip(keys, named, strict=True)], shown)
        present = dict.fromkeys(named)
        extra = [name for name in self.wanted if name not in present]
        self._need(extra, [*self.table.columns, *present], "indicator")
        self._need(self.words, self.table.columns, "column")
        rows = {key: at for at, key in enumerate(dict.fromkeys(keys))}
        at = [rows[key] for key in keys]
        values = _array(self.table.numbers([value], self.decimal)[value].to_list())
        figures = {name: np.full(len(rows), np.nan) for name in self.wanted}
        for row, name, figure in zip(at, named, values, strict=True):
            if name in figures:
                figures[name][row] = figure
        for name, column in self.table.numbers(extra, self.decimal).items():
            figures[name] = _array(self._constant(name, column.to_list(), at, len(rows)))
        return Frame(
            file=self.table.file,
            areas=[area for area, _ in rows],
            names=self._long_names(at, list(rows)),
            years=[year for _, year in rows],
            figures=figures,
            words={
                name: self._constant(name, self.table.texts(name), at, len(rows))
                for name in self.words
            },
            layout="long",
        )

    def _long_names(self, at: Sequence[int], rows: Sequence[tuple[str, int | None]]) -> list[str]:
        names = self._constant(self.name, self.table.texts(self.name), at, len(rows))
        return [name or area for name, (area, _) in zip(names, rows, strict=True)]

    def _constant(
        self, column: str, cells: Sequence[T | None], at: Sequence[int], count: int
    ) -> list[T | None]:
        """What a column says of each area and year. Raises UnusableTable where it says two."""
        constants: list[T | None] = [None] * count
        for row, (target, cell) in enumerate(zip(at, cells, strict=True)):
            if cell is None or constants[target] == cell:
                continue
            if constants[target] is not None:
                message = f"column {column!r} says {cell!r} here and {constants[target]!r} before"
                mend = "say one thing of an area and year"
                place = self.table.place(row)
                finding = Finding(code="table-two-values", message=message, at=place, mend=mend)
                raise UnusableTable([finding])
            constants[target] = cell
        return constants


def _array(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
