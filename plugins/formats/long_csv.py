"""The long CSV format: one row an observation, columns matched by name."""

from __future__ import annotations

from pathlib import Path

from citygoals.core.figures.csv_text import load_csv
from citygoals.core.figures.formats import Format, RawTable, ReadOptions

_PLAIN = ReadOptions()


def long_csv() -> Format:
    """The format as `citygoals import` finds it."""
    return Format(
        id="long-csv",
        description="CSV, one row an observation, columns matched by name",
        suffixes=(".csv", ".tsv", ".txt"),
        read=read_long_csv,
    )


def read_long_csv(path: Path, options: ReadOptions = _PLAIN) -> RawTable:
    """The rows of a long CSV file, as they are. Raises UnusableFile for the file as a whole.

    They stand in a block where the file can be read by columns. A row with too many or too few
    cells is kept with its fault, so that it alone is rejected.
    """
    from citygoals.plugins.formats.csv_columns import read_by_columns
    from citygoals.plugins.formats.csv_rows import read_by_rows

    how = (load_csv(path), path, options.delimiter, options.decimal, options.required)
    return read_by_columns(*how) or read_by_rows(*how)
