"""The long CSV format by columns: the same table as rows give."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from citygoals.core.base.errors import UnusableFile
from citygoals.core.figures.formats import RawBlock, RawRow, RawTable
from citygoals.core.figures.header import FieldColumns, match_columns
from citygoals.plugins.formats.csv_block import CsvBlock, find_block
from citygoals.plugins.formats.csv_rows import raw_row, refuse_decimal_commas, values

_WORDS = ("area", "indicator", "year", "unit", "status", "source", "confidence")
_TEXTS = ("value", "note")


def read_by_columns(
    data: bytes, path: Path, delimiter: str, decimal: str, required: Sequence[str]
) -> RawTable | None:
    """The table of a file that was loaded, its rows in a block; None where only rows can say it.

    Raises UnusableFile for a file that has only decimal commas.
    """
    table = _table(data, path, delimiter, required)
    if table is not None and table.block is not None and decimal == ".":
        refuse_decimal_commas(_doubtful(table, table.block), path)
    return table


def _table(data: bytes, path: Path, delimiter: str, required: Sequence[str]) -> RawTable | None:
    try:
        text = find_block(data, delimiter)
        if text is None:
            return None
        columns = match_columns(text.names, str(path), required)
        with ThreadPoolExecutor(1) as beside:
            sha256 = beside.submit(text.sha256)
            frame = _frame(text, columns)
            rows = list(_rows(text, text.irregular))
    except (csv.Error, pl.exceptions.PolarsError, UnusableFile):
        return None  # by rows, which say what is wrong with the file, and where
    if frame.is_empty() or not any(cell and cell.strip() for cell in frame.row(0)):
        return None
    return RawTable(
        file=str(path),
        sha256=sha256.result(),
        columns=columns,
        rows=rows,
        block=RawBlock(frame=frame, rows=lambda places: _rows(text, text.numbers(places))),
    )


def _frame(text: CsvBlock, columns: FieldColumns) -> pl.DataFrame:
    """The cells of the fields that the file has."""
    kinds: Mapping[str, Any] = {
        **{field: pl.Categorical(pl.Categories.random(field)) for field in _WORDS},
        **dict.fromkeys(_TEXTS, pl.String),
    }
    here = {columns.of[field]: field for field in kinds if field in columns.of}
    return text.frame({name: kinds[field] for name, field in here.items()}).rename(here)


def _rows(text: CsvBlock, lines: Iterable[int]) -> Iterator[RawRow]:
    return (raw_row(line, text.names, cells) for line, cells in text.rows(lines))


def _doubtful(table: RawTable, block: RawBlock) -> list[tuple[int, str]]:
    """The values that can tell what the decimal sign is; none where none has a comma."""
    apart = values(table.rows, table.columns)
    cells = block.frame["value"].str
    commas = cells.contains(",", literal=True).any() or any("," in cell for _, cell in apart)
    if not commas or cells.contains(r"^[+-]?[0-9]*\.[0-9]+$").any():
        return []
    places = cells.contains("[.,]").arg_true()
    return sorted([*apart, *values(block.rows(places), table.columns)])
