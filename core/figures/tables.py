"""Tables of areas or observations: CSV, Parquet and Excel in and out, every cell with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citygoals.core.base.disk import Flaw, NotUtf8, decode, opening, replacing
from citygoals.core.base.errors import Finding, InvalidDocuments, Place, UnknownName, UnusableFile
from citygoals.core.figures.cells import MISSING, Rejected, read_number
from citygoals.core.figures.csv_text import AS_UTF8, NO_CELLS, NO_ROWS, split_rows

if TYPE_CHECKING:
    import polars as pl

ABSENT = MISSING | {"na", "#n/a", "null"}
"""What stands in a cell without a figure, in lower case; `NA` is what R writes."""

MOST_FINDINGS = 20
_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".xls", ".xlsb", ".ods")
_EXCEL_ROWS = 1_048_575


class UnusableTable(InvalidDocuments):
    """A table that says nothing certain; `findings` holds its faults, twenty at most."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read: `lines` is the line of each row in the file, from 1 with the header."""

    file: str
    frame: pl.DataFrame
    lines: Sequence[int]

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in their order."""
        return self.frame.columns

    def place(self, row: int) -> Place:
        """Where a row, counted from 0, stands in the file."""
        return Place(file=self.file, line=self.lines[row])

    def texts(self, column: str) -> list[str | None]:
        """The cells of a column as trimmed text, None where empty. Raises UnknownName."""
        return [_text(cell) for cell in self._column(column).to_list()]

    def numbers(self, columns: Iterable[str], decimal: str = ".") -> dict[str, pl.Series]:
        """Columns as doubles, null where there is no figure.

        Raises UnusableTable for text and infinite numbers, UnknownName.
        """
        findings: list[Finding] = []
        read = {name: self._numbers(name, decimal, findings) for name in columns}
        if findings:
            raise UnusableTable(findings[:MOST_FINDINGS])
        return read

    def _column(self, name: str) -> pl.Series:
        if name not in self.frame.columns:
            raise UnknownName("column", name, self.frame.columns, Place(file=self.file))
        return self.frame.get_column(name)

    def _numbers(self, name: str, decimal: str, findings: list[Finding]) -> pl.Series:
        import polars as pl

        cells = self._column(name)
        if cells.dtype.is_numeric() or cells.dtype == pl.Boolean:
            figures = cells.cast(pl.Float64).fill_nan(None)
        else:
            figures = self._parsed(cells, decimal, findings)
        infinite = figures.is_infinite().fill_null(value=False).arg_true().to_list()
        findings += [self._finding(row, name, _INFINITE, _MEND_INFINITE) for row in infinite]
        return figures

    def _parsed(self, cells: pl.Series, decimal: str, findings: list[Finding]) -> pl.Series:
        import polars as pl

        figures: list[float | None] = []
        for row, cell in enumerate(cells.to_list()):
            figure, fault = _number(cell, decimal)
            figures.append(figure)
            if fault:
                findings.append(self._finding(row, cells.name, *fault))
        return pl.Series(cells.name, figures, dtype=pl.Float64)

    def _finding(self, row: int, column: str, problem: str, mend: str = "") -> Finding:
        message = f"column {column!r}: {problem}"
        return Finding(code="table-number", message=message, at=self.place(row), mend=mend)


_INFINITE = "an infinite number"
_MEND_INFINITE = "correct the figure, or leave the cell empty"


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if whole else cell).strip() or None


def _number(cell: Any, decimal: str) -> tuple[float | None, tuple[str, ...]]:
    """The number of a cell and what is wrong with it."""
    text = "" if cell is None else str(cell).strip()
    if text.casefold() in ABSENT:
        return None, ()
    if re.fullmatch(r"[+-]?inf(inity)?", text, re.IGNORECASE):
        return None, (_INFINITE, _MEND_INFINITE)
    try:
        return float(read_number(text, decimal)), ()
    except Rejected as error:
        return None, (error.message,)


def read_table(path: Path, *, delimiter: str | None = None, sheet: str | None = None) -> Table:
    """The table in a file, its kind told by the suffix; CSV without `delimiter` finds its own.

    The first row names the columns. Raises UnusableFile, UnusableTable.
    """
    import polars as pl

    suffix = path.suffix.casefold()
    if suffix not in _SUFFIXES:
        raise UnusableFile(path, f"is no table that can be read: {suffix or 'no suffix'}", _MEND)
    if not path.is_file():
        raise UnusableFile(path, "is a folder" if path.is_dir() else "no such file", _MEND)
    if suffix == ".parquet":
        return _from_frame(path, _guarded(path, pl.read_parquet), first=1)
    if suffix in (".csv", ".tsv", ".txt"):
        return _read_csv(path, delimiter)
    return _from_frame(path, _guarded(path, lambda name: _read_excel(name, sheet)), first=2)


_MEND = f"name a file that ends with one of {', '.join(_SUFFIXES)}"


def _guarded(path: Path, read: Callable[[Path], pl.DataFrame]) -> pl.DataFrame:
    """What `read` makes of the file; whatever a reader says against it is UnusableFile."""
    import fastexcel
    from polars.exceptions import PolarsError

    try:
        return read(path)
    except (PolarsError, fastexcel.FastExcelError, OSError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise UnusableFile(path, f"cannot be read: {lines[0]}", "save the table again") from error


def _read_excel(path: Path, sheet: str | None) -> pl.DataFrame:
    import fastexcel
    import polars as pl

    names = fastexcel.read_excel(str(path)).sheet_names
    if sheet is not None and sheet not in names:
        raise UnusableFile(path, f"has no sheet {sheet!r}", f"its sheets: {', '.join(names)}")
    return pl.read_excel(
        path,
        sheet_name=sheet or names[0],
        infer_schema_length=None,
        drop_empty_rows=False,
        drop_empty_cols=False,
    )


def _from_frame(path: Path, frame: pl.DataFrame, first: int) -> Table:
    if frame.is_empty():
        raise UnusableFile(path, "has no rows", "add the rows below the header")
    return Table(str(path), frame, range(first, first + frame.height))


def _read_csv(path: Path, delimiter: str | None) -> Table:
    import polars as pl

    with opening(path):
        text = _decode(path.read_bytes(), path)
    if not text.strip():
        raise UnusableFile(path, *NO_CELLS)
    rows = list(split_rows(text, delimiter or _delimiter(text), path, "close its quotes"))
    names = [name.strip() for name in rows[0][1]]
    _check_cells(path, names, rows)
    if len(rows) == 1:
        raise UnusableFile(path, *NO_ROWS)
    cells = zip(*(row for _, row in rows[1:]), strict=True)
    data = [
        pl.Series(name, column, dtype=pl.String)
        for name, column in zip(names, cells, strict=True)
        if name
    ]
    return Table(str(path), pl.DataFrame(data), [line for line, _ in rows[1:]])


def _decode(data: bytes, path: Path) -> str:
    try:
        return decode(data).removeprefix("\ufeff")
    except NotUtf8 as error:
        if error.flaw is Flaw.BYTE:
            raise UnusableFile(f"{path}:{error.line}", str(error), AS_UTF8) from None
        raise UnusableFile(path, "is no text in UTF-8", AS_UTF8) from None


def _delimiter(text: str) -> str:
    """The sign that the header holds most often: comma, semicolon, tab or bar."""
    header = text.lstrip().partition("\n")[0]
    return max(",;\t|", key=header.count)


def _check_cells(path: Path, names: list[str], rows: list[tuple[int, list[str]]]) -> None:
    findings = [
        Finding(
            code="table-columns",
            message=f"two columns are named {name!r}",
            at=Place(file=str(path), line=rows[0][0]),
            mend="rename or remove one of them",
        )
        for name in dict.fromkeys(names)
        if name and names.count(name) > 1
    ]
    findings += [
        Finding(
            code="table-cells",
            message=f"the row has {len(cells)} cells, the header {len(names)}",
            at=Place(file=str(path), line=line),
            mend="put quotes around cells that hold the delimiter",
        )
        for line, cells in rows
        if len(cells) != len(names)
    ]
    if findings:
        raise UnusableTable(findings[:MOST_FINDINGS])


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as CSV, Parquet or Excel by the file's suffix, whole or not at all.

    Lists and mappings become text. Raises UnusableFile.
    """
    import polars as pl

    suffix = path.suffix.casefold()
    if suffix not in _WRITERS:
        problem = f"is no table that can be written: {suffix or 'no suffix'}"
        raise UnusableFile(path, problem, f"end its name with one of {', '.join(_WRITERS)}")
    if suffix == ".xlsx" and len(rows) > _EXCEL_ROWS:
        raise UnusableFile(path, f"Excel holds {_EXCEL_ROWS:,} rows", "write .parquet or .csv")
    data = {name: [_cell(row.get(name)) for row in rows] for name in columns}
    frame = pl.DataFrame(data, infer_schema_length=None, strict=False)
    with replacing(path) as partial:
        write, options = _WRITERS[suffix]
        getattr(frame, write)(partial, **options)


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return str(value) if isinstance(value, dict) else value


_WRITERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    ".csv": ("write_csv", {}),
    ".parquet": ("write_parquet", {}),
    ".xlsx": ("write_excel", {"float_precision": 15, "autofilter": False}),
}
"""The method of a frame that writes a kind of file, and what it is told."""
