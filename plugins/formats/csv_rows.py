"""The long CSV format by rows: what a row of cells is, and what spoils a file of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path

from citygoals.core.base.errors import UnusableFile
from citygoals.core.figures.csv_text import parse_csv
from citygoals.core.figures.formats import RawRow, RawTable
from citygoals.core.figures.header import REJECT_COLUMNS, FieldColumns, match_columns

_COMMA = re.compile(r"[+-]?\d+,\d+")
_POINT = re.compile(r"[+-]?\d*\.\d+")
_MAYBE_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")


def read_by_rows(
    data: bytes, path: Path, delimiter: str, decimal: str, required: Sequence[str]
) -> RawTable:
    """The table of a file that was loaded. Raises UnusableFile for the file as a whole."""
    text = parse_csv(data, path, delimiter)
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


def values(rows: Iterable[RawRow], columns: FieldColumns) -> list[tuple[int, str]]:
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
