"""CSV files as text in cells: every way in which a file is not readable CSV is one clear error."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from citygoals.core.base.disk import Flaw, NotUtf8, decode, opening
from citygoals.core.base.errors import UnusableFile

AS_UTF8 = "save it as CSV UTF-8"
NO_CELLS = ("is empty", "export the table again, with its header")
NO_ROWS = ("has a header and no rows", "add the rows below the header")
_OTHER_DELIMITERS = (";", "\t", "|", ",")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvText:
    """A CSV file: its columns' names, and each row's first line (from 1) and cells."""

    file: str
    sha256: str
    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


def read_csv(path: Path, delimiter: str = ",") -> CsvText:
    """The cells of a UTF-8 CSV file, with or without a byte-order mark. Raises UnusableFile."""
    return parse_csv(load_csv(path), path, delimiter)


def load_csv(path: Path) -> bytes:
    """The bytes of a CSV file. Raises UnusableFile."""
    with opening(path):
        if path.is_dir():
            raise UnusableFile(path, "is a folder", "name the CSV files in it")
        return path.read_bytes()


def parse_csv(data: bytes, path: Path, delimiter: str) -> CsvText:
    """The cells of a CSV file that was loaded. Raises UnusableFile."""
    mend = "close its quotes, and double each quote inside a quoted cell"
    rows = list(split_rows(_decode(data, path), delimiter, path, mend))
    if not rows:
        raise UnusableFile(path, *NO_CELLS)
    header = rows[0][1]
    _check_delimiter(header, rows, delimiter, path)
    if len(rows) == 1:
        raise UnusableFile(path, *NO_ROWS)
    sha256 = hashlib.sha256(data).hexdigest()
    return CsvText(file=str(path), sha256=sha256, columns=column_names(header), rows=rows[1:])


def _decode(data: bytes, path: Path) -> str:
    try:
        return decode(data).removeprefix("\ufeff")
    except NotUtf8 as error:
        place = path if error.flaw is Flaw.WIDE else f"{path}:{error.line}"
        byte = f" (byte 0x{error.byte:02x})" if error.flaw is Flaw.BYTE else ""
        raise UnusableFile(place, f"{error}{byte}", AS_UTF8) from None


def split_rows(text: str, delimiter: str, path: Path, mend: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that has cells, with the physical line on which it starts.

    Raises UnusableFile with the `mend` for a row that cannot be split into cells.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"the row that starts here cannot be split into cells ({error})"
        raise UnusableFile(f"{path}:{line}", problem, mend) from None


def _check_delimiter(
    header: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
    delimiter: str,
    path: Path,
) -> None:
    if len(header) > 1:
        return
    for other in _OTHER_DELIMITERS:
        if other != delimiter and other in header[0]:
            shown = "tab" if other == "\t" else other
            mend = f"import with --delimiter '{shown}'"
            if delimiter == "," and any(len(cells) > 1 for _, cells in rows[1:]):
                mend += " (and --decimal ',' where numbers have a decimal comma)"
            problem = f"its cells are separated by {shown!r}, not by {delimiter!r}"
            raise UnusableFile(path, problem, mend)


def column_names(header: Sequence[str]) -> list[str]:
    """The columns' names; those without one are named by their place."""
    return [name.strip() or f"column {at}" for at, name in enumerate(header, start=1)]
