"""What a data format is, and what it makes of a file: rows of text, or a block of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citygoals.core.base.errors import UnknownName
from citygoals.core.figures.header import REQUIRED, FieldColumns, match_columns

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One row as a file has it: its first line, its cells by column; `fault` spoils it whole."""

    line: int
    cells: Mapping[str, str]
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBlock:
    """Rows by columns, which are named by their fields.

    The cells are text, all but the values and notes as categories; null is an empty one. `rows`
    gives rows at places of the frame as the file has them, without blank ones.
    """

    frame: pl.DataFrame
    rows: Callable[[Iterable[int]], Iterator[RawRow]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A data file: where it is, its columns and its rows.

    Rows that a format could read by columns stand in a block; `rows` are the others.
    """

    file: str
    sha256: str
    columns: FieldColumns
    rows: Iterable[RawRow]
    block: RawBlock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What the user says about a file: the delimiter of cells, the decimal sign of numbers.

    With `assume_indicator_units` the unit may be left out.
    """

    delimiter: str = ","
    decimal: str = "."
    assume_indicator_units: bool = False

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that every table must have."""
        return REQUIRED if self.assume_indicator_units else (*REQUIRED, "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A data format. `suffixes` are the endings of its files in small letters, such as `.csv`.

    `read` gives the rows of a file as they are, every cell as text, and raises UnusableFile for
    what is wrong with the file as a whole. What is wrong with one row is for the intake to find.
    """

    id: str
    description: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, ReadOptions], RawTable]


def raw_table(path: Path, rows: Iterable[RawRow], options: ReadOptions) -> RawTable:
    """The table of a file whose rows were read; the cells' keys are the columns' names.

    A row's line is where it stands in the file, for messages. Raises UnusableFile where a column
    that every table must have is missing.
    """
    given = list(rows)
    names = list(dict.fromkeys(name for row in given for name in row.cells))
    return RawTable(
        file=str(path),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        columns=match_columns(names, str(path), options.required),
        rows=given,
    )


def choose_format(formats: Mapping[str, Format], path: Path, named: str | None) -> Format:
    """The format of that name, else that of the longest ending that the file has, else the first.

    Raises UnknownName.
    """
    if named is not None:
        if named not in formats:
            raise UnknownName("format", named, formats)
        return formats[named]
    name = path.name.casefold()
    endings = [
        (len(suffix), known)
        for known in formats.values()
        for suffix in known.suffixes
        if name.endswith(suffix)
    ]
    longest = max(endings, key=lambda ending: ending[0], default=None)
    return longest[1] if longest else next(iter(formats.values()))
