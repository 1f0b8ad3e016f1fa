"""CSV files as text in cells: every way in which a file is not readable CSV is one clear error."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from citygoals.core.base.errors import UnusableFile

_OTHER_DELIMITERS = (";", "\t", "|", ",")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_AS_UTF8 = "save it as CSV UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvText:
    """A CSV file: its columns' names, and each row's first line (from 1) and cells."""

    file: str
    sha256: str
    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


def read_csv(path: Path, delimiter: str = ",") -> CsvText:
    """The cells of a UTF-8 CSV file, with or without a byte-order mark. Raises UnusableFile."""
    data = _load(path)
    rows = list(_split(_decode(data, path), delimiter, path))
    if not rows:
        raise UnusableFile(path, "is empty", "export the table again, with its header")
    header = rows[0][1]
    _check_delimiter(header, rows, delimiter, path)
    if len(rows) == 1:
        raise UnusableFile(path, "has a header and no rows", "add the rows below the header")
    sha256 = hashlib.sha256(data).hexdigest()
    return CsvText(file=str(path), sha256=sha256, columns=column_names(header), rows=rows[1:])


def _load(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UnusableFile(path, "no such file", "check the name") from None
    except IsADirectoryError:
        raise UnusableFile(path, "is a folder", "name the CSV files in it") from None
    except OSError as error:
        raise UnusableFile(path, error.strerror or str(error)) from None


def _decode(data: bytes, path: Path) -> str:
    if data.startswith(_WIDE_MARKS):
        raise UnusableFile(path, "is encoded in UTF-16 or UTF-32", _AS_UTF8)
    if (at := data.find(b"\0")) >= 0:
        problem = "holds NUL bytes: it is no text, or is encoded in UTF-16"
        raise UnusableFile(f"{path}:{_line(data, at)}", problem, _AS_UTF8)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"{path}:{_line(data, error.start)}"
        problem = f"is not UTF-8 here (byte 0x{data[error.start]:02x})"
        raise UnusableFile(place, problem, _AS_UTF8) from None


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _split(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row that has cells, with the physical line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"the row that starts here cannot be split into cells ({error})"
        mend = "close its quotes, and double each quote inside a quoted cell"
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
