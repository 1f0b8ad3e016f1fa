"""The one reader of stored runs: assessments in numbers, with the words that their codes stand for.

A frame has the columns of `SCHEMA`, null where absent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from citygoals.core.base.coded import FIGURES, YEARS, Aim, Codes, Tables, Words
from citygoals.core.base.model import AreaId, GoalId, ProfileId, Reason, StatusId
from citygoals.core.figures.parquet import reading
from citygoals.core.judging.worded import IN_ORDER
from citygoals.core.store.asked import Asked
from citygoals.core.store.assessments import SEPARATOR, STORED
from citygoals.core.store.folders import MEND, FilePart, alike, read_tables, scan
from citygoals.core.store.sqlite import Database

SCHEMA: Mapping[str, pl.DataType] = {
    "profile": pl.UInt8(),
    "goal": pl.UInt16(),
    "area": pl.Int32(),
    "year": pl.Int16(),
    "status": pl.UInt8(),
    **dict.fromkeys(("reason", "aim", "marks", "source"), pl.Int32()),
    **dict.fromkeys(FIGURES, pl.Float64()),
    **dict.fromkeys(YEARS, pl.Int16()),
}
_BATCH = 50_000
Codings = tuple[int | None, ...]
"""The codes of what a key stands for, a column each."""
_KEYS = ("profile_key", "area_key", "aim_key", "verdict_key")
_ROW = {**dict.fromkeys(_KEYS, pl.Int64()), **{name: SCHEMA[name] for name in ("year", *STORED)}}
_ROWS = f"""
SELECT b.profile, b.area, a.aim, a.verdict, b.year, {", ".join(STORED)}
FROM assessment_blocks AS b
CROSS JOIN assessment_figures AS a ON a.key BETWEEN b.key AND b.last
WHERE {{}} ORDER BY b.key, a.key LIMIT ?
"""  # noqa: S608
_PROFILES = "SELECT key, word FROM words"
_AREAS = "SELECT key, id FROM areas"
_AIMS = """
SELECT aims.key AS key, goals.id, stands.word, ambitions.word, target, target_min, target_max,
  target_year
FROM aims
JOIN goals ON goals.key = goal
LEFT JOIN words AS stands ON stands.key = stand
LEFT JOIN words AS ambitions ON ambitions.key = ambition
"""
_VERDICTS = """
SELECT verdicts.key AS key, statuses.word, reasons.word, reason_args, sources.word, shown.word
FROM verdicts
JOIN words AS statuses ON statuses.key = status
JOIN words AS reasons ON reasons.key = reason
LEFT JOIN words AS sources ON sources.key = source
LEFT JOIN words AS shown ON shown.key = marks
"""


def from_tables(db: Database, run: int, asked: Asked) -> tuple[pl.LazyFrame, Tables]:
    """The assessments of a run in the database, in the order they were written.

    The codes of goals are in the order in which these rows come to them.
    """
    rows, words = _KeyedRows(db, _rows(db, run, asked)), _RowWords()
    rows.code("profile_key", _PROFILES, ("profile",), words.profile)
    rows.code("area_key", _AREAS, ("area",), words.area)
    rows.code("aim_key", _AIMS, ("aim", "goal"), words.aim)
    rows.code("verdict_key", _VERDICTS, ("status", "reason", "source", "marks"), words.verdict)
    return rows.frame.select(*SCHEMA).lazy(), words.tables()


def _rows(db: Database, run: int, asked: Asked) -> pl.DataFrame:
    condition, values = asked.in_tables(run)
    limit = -1 if asked.limit is None else asked.limit
    cursor = db.execute(_ROWS.format(condition), [*values, limit])
    frames = [pl.DataFrame(schema=_ROW)]
    while batch := cursor.fetchmany(_BATCH):
        frames.append(pl.DataFrame(batch, schema=_ROW, orient="row"))
    return pl.concat(frames)


class _KeyedRows:
    """Rows whose keys get the codes of what they stand for."""

    def __init__(self, db: Database, frame: pl.DataFrame) -> None:
        self._db, self.frame = db, frame

    def code(
        self, key: str, sql: str, columns: Sequence[str], code: Callable[..., Codings]
    ) -> None:
        """Columns of codes beside a key; `sql` says what it stands for, `code` is asked once."""
        keys = self.frame[key].unique(maintain_order=True).to_list()
        only = f"SELECT * FROM ({sql}) WHERE key IN (SELECT value FROM json_each(?))"  # noqa: S608
        named = {number: words for number, *words in self._db.execute(only, [json.dumps(keys)])}
        codes = [(number, *code(*named[number])) for number in keys]
        schema = {key: _ROW[key], **{name: SCHEMA[name] for name in columns}}
        coded = pl.DataFrame(codes, schema=schema, orient="row")
        self.frame = self.frame.join(coded, on=key, how="left", maintain_order="left")


class _RowWords:
    """The codes that words get as rows come to them.

    Reasons are told apart by the text of their arguments: in Python 1 equals 1.0 and True.
    """

    def __init__(self) -> None:
        self._areas: Codes[str] = Codes()
        self._reasons: Codes[tuple[str, str | None]] = Codes([("rule", None)])
        self._words = Words(areas=())

    def profile(self, name: str) -> Codings:
        return (self._words.profiles.code(ProfileId(name)),)

    def area(self, name: str) -> Codings:
        return (self._areas.code(name),)

    def aim(self, goal: str, stand: str | None, ambition: str | None, *bounds: Any) -> Codings:
        self._words.aims.append(Aim.of(stand, ambition, *bounds))
        return len(self._words.aims) - 1, self._words.goals.code(GoalId(goal))

    def verdict(
        self, status: str, reason: str, args: str | None, source: str | None, marks: str | None
    ) -> Codings:
        words = self._words
        return (
            words.statuses.code(StatusId(status)),
            self._reasons.code((reason, args)),
            None if source is None else words.sources.code(source),
            words.marks.code(tuple(marks.split(SEPARATOR)) if marks else ()),
        )

    def tables(self) -> Tables:
        reasons = {
            code: Reason(word, tuple(json.loads(args or "[]")))
            for code, (word, args) in self._reasons.by_code.items()
        }
        return replace(self._words.tables(), areas=self._areas.items, reasons=reasons)


@contextmanager
def from_files(
    folder: Path,
    parts: Sequence[FilePart],
    asked: Asked,
    country_of: Mapping[AreaId, str],
    *,
    in_order: bool,
) -> Iterator[tuple[pl.LazyFrame, Tables]]:
    """The assessments of a run in files; in order, or with a limit, by `IN_ORDER`.

    Raises UnusableFile, also for a file that turns out to be damaged inside the block.
    """
    with reading([folder / part.file for part in parts if part.rows], mend=MEND):
        tables = read_tables(folder)
        frame = asked.in_frame(alike(scan(folder, parts)), tables, country_of)
        if in_order or asked.limit is not None:
            frame = frame.sort(IN_ORDER)
        yield frame if asked.limit is None else frame.head(asked.limit), tables
