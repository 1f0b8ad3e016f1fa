"""Assessments into the database: their figures in rows of numbers, what many share stored once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from citygoals.core.base.coded import FIGURES, YEARS, Aim
from citygoals.core.base.model import Reason, StatusId, Target
from citygoals.core.store.keys import WordKeys, keys
from citygoals.core.store.sqlite import Database

BATCH = 5_000
SEPARATOR = ", "
"""Stands between the marks of an assessment."""
STORED = (*FIGURES, *YEARS)
"""The fields of an assessment that are stored with its own row."""
_COLUMNS = ("aim", "verdict", *STORED)
_TOGETHER = 40
"""Rows of one statement: each statement costs about as much as binding five rows."""
_AIM = ("goal", "stand", "ambition", "target", "target_min", "target_max", "target_year")
_VERDICT = ("status", "reason", "reason_args", "met", "source", "marks")
_BLOCK = (
    "INSERT INTO assessment_blocks (key, last, run, profile, area, year) VALUES (?, ?, ?, ?, ?, ?)"
)
_encode = json.JSONEncoder().encode

Head = tuple[int, int, int, int]
"""Keys of profile and area, the year, and how many assessments they are in common to."""


class AssessmentRows:
    """Takes the assessments of one run."""

    def __init__(self, db: Database, run: int) -> None:
        self._db, self._run = db, run
        self.areas, self._goals, self.words = keys(db, "areas"), keys(db, "goals"), WordKeys(db)
        self._aims, self._verdicts = _Shared(db, "aims", _AIM), _Shared(db, "verdicts", _VERDICT)
        (last,) = db.execute("SELECT coalesce(max(key), 0) FROM assessment_figures").fetchone()
        self._first = self._next = int(last) + 1

    @property
    def count(self) -> int:
        """How many assessments were taken."""
        return self._next - self._first

    def aim(self, goal: str, aim: Aim) -> int:
        """The key of what a goal asks."""
        target = aim.target or Target()
        bounds = (target.value, target.minimum, target.maximum, target.year)
        return self._aims[
            self._goals[goal], self._word(aim.stand), self._word(aim.ambition), *bounds
        ]

    def verdict(
        self,
        status: StatusId,
        reason: Reason,
        met: bool | None,
        source: str | None,
        marks: Sequence[str],
    ) -> int:
        """The key of how an assessment came out."""
        args = _encode(reason.args) if reason.args else None
        row = (self.words[status], self.words[reason.code], args, met)
        return self._verdicts[*row, self._word(source), self._word(SEPARATOR.join(marks) or None)]

    def _word(self, word: str | None) -> int | None:
        return None if word is None else self.words[word]

    def add(self, heads: Iterable[Head], columns: Sequence[Sequence[Any]]) -> None:
        """Assessments by columns: keys of aims and verdicts, then the figures; `heads` in order."""
        blocks = []
        for profile, area, year, count in heads:
            blocks.append((self._next, self._next + count - 1, self._run, profile, area, year))
            self._next += count
        self._db.conn.executemany(_BLOCK, blocks)
        self._insert(columns)

    def _insert(self, columns: Sequence[Sequence[Any]]) -> None:
        width = len(columns)
        cells: list[Any] = [None] * (width * len(columns[0]))
        for place, column in enumerate(columns):
            cells[place::width] = column
        step = width * _TOGETHER
        whole = len(cells) // step * step
        for start, end, rows in ((0, whole, _TOGETHER), (whole, len(cells), 1)):
            size = width * rows
            each = (cells[at : at + size] for at in range(start, end, size))
            self._db.conn.executemany(_statement(rows), each)


class _Shared:
    """The keys of rows that many assessments share; a row that is not there yet is added."""

    def __init__(self, db: Database, table: str, columns: Sequence[str]) -> None:
        self._db = db
        same = " AND ".join(f"{name} IS ?" for name in columns)
        places = ", ".join("?" * len(columns))
        self._find = f"SELECT key FROM {table} WHERE {same}"  # noqa: S608
        self._add = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
        self._known: dict[tuple[Any, ...], int] = {}

    def __getitem__(self, row: tuple[Any, ...]) -> int:
        key = self._known.get(row)
        if key is None:
            stored = self._db.conn.execute(self._find, row).fetchone()
            number = stored[0] if stored else self._db.conn.execute(self._add, row).lastrowid
            key = self._known[row] = int(number or 0)
        return key


def _statement(rows: int) -> str:
    places = f"({', '.join('?' * len(_COLUMNS))})"
    head = f"INSERT INTO assessment_figures ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608
    return head + ", ".join([places] * rows)
