"""CSV files by columns: the same cells as `csv_text` reads, or the word that only rows can.

Lines that have the right number of cells, and quotes only around whole cells, are read by Polars.
Any other line is read by itself, as `csv_text` would; a file that has cells of several lines is not
read by columns.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from citygoals.core.figures.csv_text import column_names

Places = NDArray[np.int64]
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_WINDOW = 1 << 16
_BLOCK = 1 << 22
_DELIMITERS = ",;\t|"


def find_block(data: bytes, delimiter: str) -> CsvBlock | None:
    """The lines of a file, unless it has something that only rows can say. Raises csv.Error."""
    if delimiter not in _DELIMITERS or not _is_plain(data):
        return None
    return CsvBlock(data, delimiter)


def _is_plain(data: bytes) -> bool:
    """Whether this is text in UTF-8 with lines that end alike and none too long for a cell."""
    unlike = data.find(b"\r") >= 0 and data.count(b"\r") != data.count(b"\r\n")
    again = data.find(codecs.BOM_UTF8, 1, _WINDOW) >= 0
    return not (unlike or again or b"\0" in data) and _is_utf8(data) and _has_lines(data)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _BLOCK):
            decoder.decode(data[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _has_lines(data: bytes) -> bool:
    """Whether a line ends in every window that a cell as long as `csv` takes would fill."""
    windows = range(0, len(data) - _WINDOW + 1, _WINDOW)
    return all(data.find(b"\n", at, at + _WINDOW) >= 0 for at in windows)


class CsvBlock:
    """The lines of a CSV file; `irregular` are those that the frame, once read, does not have."""

    def __init__(self, data: bytes, delimiter: str) -> None:
        self._data, self._delimiter = data, delimiter
        self._bytes = np.frombuffer(data, np.uint8)
        self._quoted = b'"' in data
        self._header, self.names = self._first()
        self.irregular: Sequence[int] = ()
        self._looked = False
        self._found: tuple[int, Places] = -1, np.empty(0, np.int64)

    def sha256(self) -> str:
        """The hash of the file."""
        return hashlib.sha256(self._data).hexdigest()

    def frame(self, columns: Mapping[str, Any]) -> pl.DataFrame:
        """The cells of those columns on the lines that are not irregular. Raises PolarsError."""
        if self._quoted or not self._is_even():
            self._look()
        try:
            return self._read(columns)
        except pl.exceptions.ComputeError:
            if self._looked:
                raise
        self._look()
        return self._read(columns)

    def _read(self, columns: Mapping[str, Any]) -> pl.DataFrame:
        kinds = [columns.get(name, pl.String) for name in self.names]
        return pl.read_csv(
            self._regular(),
            has_header=False,
            skip_lines=self._header,
            schema=dict(zip(self.names, kinds, strict=True)),
            columns=sorted(self.names.index(name) for name in columns),
            separator=self._delimiter,
            quote_char='"' if self._quoted else None,
        )

    def _regular(self) -> bytes:
        """The file without its irregular lines."""
        if not self.irregular:
            return self._data
        data = memoryview(self._data)
        cuts = [0]
        for number in self.irregular:
            cuts += self._span(number)
        cuts.append(len(data))
        return b"".join(data[start:end] for start, end in zip(cuts[::2], cuts[1::2], strict=True))

    def rows(self, numbers: Iterable[int]) -> Iterator[tuple[int, list[str]]]:
        """The rows on those lines that are not blank. Raises csv.Error."""
        for number in numbers:
            cells = self._split(number)
            if any(cell.strip() for cell in cells):
                yield number, cells

    def numbers(self, places: Iterable[int]) -> Iterator[int]:
        """The lines of rows of the frame."""
        if not self.irregular:
            return (self._header + 1 + place for place in places)
        return (int(self._regular_lines[place]) for place in places)

    @cached_property
    def _regular_lines(self) -> Places:
        every = np.arange(self._header + 1, len(self._ends) + 1)
        return np.delete(every, np.array(self.irregular) - self._header - 1)

    def _split(self, number: int) -> list[str]:
        """The cells of a line. Raises csv.Error where they do not end there."""
        return self._cells(*self._span(number))

    def _cells(self, start: int, end: int) -> list[str]:
        text = self._data[start:end].decode("utf-8" if start else "utf-8-sig")
        return next(csv.reader([text], delimiter=self._delimiter, strict=True), [])

    def _first(self) -> tuple[int, list[str]]:
        """The first line that is not blank: its number and cells."""
        number, start, cells = 0, 0, [""]
        while start < len(self._data) and not any(cell.strip() for cell in cells):
            end = self._data.find(b"\n", start) + 1 or len(self._data)
            number, start, cells = number + 1, end, self._cells(start, end)
        return number, column_names(cells)

    def _span(self, number: int) -> tuple[int, int]:
        """Where a line starts, and where the next one does."""
        return self._after(number - 1), self._after(number)

    def _after(self, newlines: int) -> int:
        """Where so many lines have ended."""
        window = int(np.searchsorted(self._counted, newlines))
        if newlines == 0 or window == len(self._counted):
            return 0 if newlines == 0 else len(self._data)
        if self._found[0] != window:
            start = window * _WINDOW
            places = np.flatnonzero(self._bytes[start : start + _WINDOW] == _NEWLINE) + start
            self._found = window, places
        last = int(self._counted[window]) - newlines
        return int(self._found[1][-1 - last]) + 1

    @cached_property
    def _counted(self) -> Places:
        """How many lines have ended at the end of each window."""
        return np.cumsum(self._count(_NEWLINE))

    def _count(self, kind: int) -> list[int]:
        """How often a byte is in each window."""
        starts = range(0, len(self._bytes), _WINDOW)
        return [
            int(np.count_nonzero(self._bytes[start : start + _WINDOW] == kind)) for start in starts
        ]

    @cached_property
    def _ends(self) -> Places:
        """Where the line after each line starts."""
        starts = range(0, len(self._bytes), _BLOCK)
        ended = [np.flatnonzero(self._bytes[at : at + _BLOCK] == _NEWLINE) + at for at in starts]
        ends = np.concatenate(ended) + 1
        return ends if self._data.endswith(b"\n") else np.append(ends, len(self._data))

    def _is_even(self) -> bool:
        """Whether there are as many delimiters as lines with the right number of cells have.

        Then no line has too few cells unless another has too many, which Polars refuses.
        """
        lines = int(self._counted[-1]) + (not self._data.endswith(b"\n"))
        return sum(self._count(ord(self._delimiter))) == (len(self.names) - 1) * lines

    def _look(self) -> None:
        """Find the irregular lines."""
        self._looked = True
        irregular: list[int] = []
        first, ends = self._header, self._ends
        while first < len(ends):
            start = int(ends[first - 1])
            last = max(first + 1, int(np.searchsorted(ends, start + _BLOCK)))
            block = self._bytes[start : int(ends[last - 1])]
            wrong = _irregular(block, ord(self._delimiter), len(self.names), last - first)
            irregular += (np.flatnonzero(wrong) + first + 1).tolist()
            first = last
        self.irregular = irregular


def _irregular(
    block: NDArray[np.uint8], delimiter: int, width: int, lines: int
) -> NDArray[np.bool_]:
    """Which lines have another number of cells, or quotes that are not just around cells.

    Delimiters between quotes are text.
    """
    marks = np.flatnonzero((block == delimiter) | (block == _NEWLINE) | (block == _QUOTE))
    kind = block[marks]
    ended, quote = kind == _NEWLINE, kind == _QUOTE
    line = np.cumsum(ended) - ended
    count = np.bincount(line[quote], minlength=lines)
    earlier = np.cumsum(quote) - quote - (np.cumsum(count) - count)[line]
    counts = (kind != delimiter) | (earlier % 2 == 0)
    marks, kind, line, earlier = (each[counts] for each in (marks, kind, line, earlier))
    wrong: NDArray[np.bool_] = np.bincount(line[kind == delimiter], minlength=lines) != width - 1
    quotes = np.flatnonzero(kind == _QUOTE)
    if not len(quotes):
        return wrong
    padded = np.pad(block, 1, constant_values=_NEWLINE)
    before, after = padded[marks[quotes]], padded[marks[quotes] + 2]
    following = np.append(kind, _NEWLINE)[quotes + 1]
    opens = np.isin(before, (delimiter, _NEWLINE)) & (following == _QUOTE)
    closes = np.isin(after, (delimiter, _NEWLINE, _RETURN))
    odd = line[quotes][~np.where(earlier[quotes] % 2 == 0, opens, closes)]
    wrong |= (count % 2 == 1) | (np.bincount(odd, minlength=lines) > 0)
    return wrong
