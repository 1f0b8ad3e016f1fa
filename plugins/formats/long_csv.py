"""The long CSV format: one row an observation, columns matched by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from citygoals.core.columns import REJECT_COLUMNS, REQUIRED, Columns, match_columns
from citygoals.core.errors import UnusableFile
from citygoals.core.formats import Format
from citygoals.core.intake import RawRow, RawTable
from citygoals.plugins.formats.csv_text import read_csv

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
) -> RawTable:
    """The rows of a long CSV file, as they are. Raises UnusableFile for the file as a whole.

    A row with too many or too few cells is kept with its fault, so that it alone is rejected.
    """
    text = read_csv(path, delimiter)
    required = REQUIRED if assume_indicator_units else (*REQUIRED, "unit")
    columns = match_columns(text.columns, text.file, required)
    rows = [_row(line, text.columns, cells) for line, cells in text.rows]
    if decimal == ".":
        _refuse_decimal_commas(rows, columns, path)
    return RawTable(file=text.file, sha256=text.sha256, columns=columns, rows=rows)


def _row(line: int, names: Sequence[str], cells: Sequence[str]) -> RawRow:
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


def _refuse_decimal_commas(rows: Sequence[RawRow], columns: Columns, path: Path) -> None:
    """A file whose only decimal sign is a comma is refused whole; single cells are rejects."""
    values = [(row.line, columns.cell(row.cells, "value")) for row in rows if not row.fault]
    if any(_POINT.fullmatch(cell) for _, cell in values):
        return
    for line, cell in values:
        if _COMMA.fullmatch(cell) and not _MAYBE_THOUSANDS.fullmatch(cell):
            problem = f"its numbers are written with a decimal comma ({cell!r})"
            raise UnusableFile(f"{path}:{line}", problem, "import with --decimal ','")
