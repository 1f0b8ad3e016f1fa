"""The long CSV format: one row an observation, columns matched by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path

from citygoals.core.base.errors import UnusableFile
from citygoals.core.figures.formats import Format
from citygoals.core.figures.header import REJECT_COLUMNS, REQUIRED, Columns, match_columns
from citygoals.core.figures.intake import RawRow, RawTable
from citygoals.core.figures.csv_text import read_csv

COLUMNS_FROM = 1 << 20
"""Bytes from which on reading by columns is worth loading what it needs."""
_COMMA = re.compile(r"[+-]?\d+,\d+")
_POINT = re.compile(r"[+-]?\d*\.\d+")
_MAYBE_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")


def long_csv() -> Format:
    """The format as `citygoals import` finds it."""
    return Format(
        id="long-csv",
        description="CSV, one row an observation, columns matched by name",
        suffixes=(".csv", ".tsv", ".txt"),
        read=lambda path, options: read_long_csv(
            path,
            delimiter=options.delimiter,
            decimal=options.decimal,
            assume_indicator_units=options.assume_indicator_units,
        ),
    )


def read_long_csv(
    path: Path,
    *,
    delimiter: str = ",",
    decimal: str = ".",
    assume_indicator_units: bool = False,
    columns_from: int = COLUMNS_FROM,
) -> RawTable:
    """The rows of a long CSV file, as they are. Raises UnusableFile for the file as a whole.

    A row with too many or too few cells is kept with its fault, so that it alone is rejected. Files
    of `columns_from` bytes and more are read by columns where that says the same.
    """
    required = REQUIRED if assume_indicator_units else (*REQUIRED, "unit")
    if path.is_file() and path.stat().st_size >= columns_from:
        from citygoals.plugins.formats.large_csv import read_large_csv

        table = read_large_csv(path, delimiter, decimal, required)
        if table is not None:
            return table
    text = read_csv(path, delimiter)
    columns = match_columns(text.columns, text.file, required)
    rows = [raw_row(line, text.columns, cells) for line, cells in text.rows]
    if decimal == ".":
        refuse_decimal_commas(values(rows, columns), path)
    return RawTable(file=text.file, sha256=text.sha256, columns=columns, rows=rows)


def raw_row(line: int, names: Sequence[str], cells: Sequence[str]) -> RawRow:
    """The row with its cells by column, and with its fault where they are too many or too few."""
    by_name = {
        name or f"column {at}": cell
        for at, (name, cell) in enumerate(zip_longest(names, cells, fillvalue=""), start=1)
        if name not in REJECT_COLUMNS
    }
    fault = ""
    if len(cells) != len(names):
        mend = "put quotes around cells that hold the delimiter"
        fault = f"the row has {len(cells)} cells, the header {len(names)}; {mend}"
    return RawRow(line=line, cells=by_name, fault=fault)


def values(rows: Iterable[RawRow], columns: Columns) -> list[tuple[int, str]]:
    """The values of rows, with their lines."""
    return [(row.line, columns.cell(row.cells, "value")) for row in rows if not row.fault]


def refuse_decimal_commas(values: Sequence[tuple[int, str]], path: Path) -> None:
    """A file whose only decimal sign is a comma is refused whole; single cells are rejects."""
    if any(_POINT.fullmatch(cell) for _, cell in values):
        return
    for line, cell in values:
        if _COMMA.fullmatch(cell) and not _MAYBE_THOUSANDS.fullmatch(cell):
            problem = f"its numbers are written with a decimal comma ({cell!r})"
            raise UnusableFile(f"{path}:{line}", problem, "import with --decimal ','")
