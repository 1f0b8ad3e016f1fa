"""Imports: what files said, revision by revision, and the state of any moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlite_utils import Database

from citygoals.core.base.errors import CitygoalsError, UnknownName
from citygoals.core.base.model import (
    AreaId,
    Confidence,
    IndicatorId,
    Observation,
    ObservationStatus,
)
from citygoals.core.figures.intake import Intaken, Reject
from citygoals.core.store.keys import Words, keys
from citygoals.core.store.records import (
    Import,
    ImportFile,
    ImportSummary,
    StoredReject,
    UntimelyChange,
    stamp,
    unstamp,
    unstamp_optional,
)

END_OF_TIME = "9999-12-31T23:59:59.999999Z"
COUNTING = "imported_at <= :moment AND (withdrawn_at IS NULL OR withdrawn_at > :moment)"
"""Which imports count at a moment."""

_INCOMING = """
CREATE TEMP TABLE IF NOT EXISTS incoming (
  area INTEGER, indicator INTEGER, year INTEGER, source INTEGER,
  value REAL, status TEXT, confidence TEXT, note TEXT
)
"""
# Of bare columns beside one max(), SQLite takes the row that has the maximum.
_STATED = """
CREATE TEMP TABLE stated AS
SELECT i.rowid AS row, o.first_import, max(o.import) AS last,
  i.value IS o.value AND i.status = o.status AND i.confidence = o.confidence
    AND i.note IS o.note AS same
FROM incoming AS i
CROSS JOIN observations AS o ON o.area = i.area AND o.indicator = i.indicator
  AND o.year = i.year AND o.source = i.source
JOIN imports ON imports.key = o.import AND imports.withdrawn_at IS NULL
GROUP BY i.rowid
"""
_STORE = """
INSERT INTO observations (import, first_import, area, indicator, year, source,
  value, status, confidence, note)
SELECT :number, CASE WHEN same THEN first_import ELSE :number END, area, indicator, year, source,
  value, status, confidence, note
FROM incoming LEFT JOIN stated ON stated.row = incoming.rowid
ORDER BY incoming.rowid
"""
_COUNT = """
SELECT count(*) - count(row), count(*) FILTER (WHERE NOT same), count(*) FILTER (WHERE same)
FROM incoming LEFT JOIN stated ON stated.row = incoming.rowid
"""
_STATE = f"""
SELECT areas.id AS area, indicators.id AS indicator, year, value, status, words.word AS source,
  confidence, note, released
FROM (
  SELECT area, indicator, year, source, value, status, confidence, note, released,
    max(last) AS last
  FROM (
    SELECT area, indicator, year, source, value, status, confidence, note,
      min(import) AS released, max(import) AS last
    FROM observations JOIN imports ON imports.key = import AND {COUNTING}
    GROUP BY area, indicator, year, source, first_import
  )
  GROUP BY area, indicator, year, source
) AS state
JOIN areas ON areas.key = state.area
JOIN indicators ON indicators.key = state.indicator
JOIN words ON words.key = state.source
ORDER BY areas.id, indicators.id, year, words.word
"""  # noqa: S608


_FILES = f"""
SELECT import, folder, import_files.file, rows, bytes
FROM import_files JOIN imports ON imports.key = import AND {COUNTING}
ORDER BY import, import_files.key
"""  # noqa: S608


def check_timely(db: Database, at: datetime) -> None:
    """Raises UntimelyChange when the database holds a later change than `at`."""
    row = db.execute("SELECT max(imported_at), max(withdrawn_at) FROM imports").fetchone()
    latest = max(filter(None, row), default=None)
    if latest is not None and stamp(at) < latest:
        message = (
            f"the database holds a change of {latest}, so nothing can be dated {stamp(at)}; "
            "changes are dated in their order"
        )
        raise UntimelyChange(message)


def record(db: Database, file: ImportFile, at: datetime) -> ImportSummary:
    """Store what a file says; nothing is written when a file known already says nothing else."""
    _load(db, file.intaken)
    summary = insert(db, file, at, *db.execute(_COUNT).fetchone())
    if summary.number is not None:
        db.execute(_STORE, {"number": summary.number})
    db.execute("DROP TABLE temp.stated")
    return summary


def insert(
    db: Database, file: ImportFile, at: datetime, new: int, revised: int, unchanged: int
) -> ImportSummary:
    """Note an import with its counts and rejects, unless it is known and says nothing else."""
    rejected = len(file.intaken.rejects)
    counts = {"new": new, "revised": revised, "unchanged": unchanged, "rejected": rejected}
    number = None
    if new or revised or not _is_known(db, file.sha256):
        number = _insert_import(db, file, at, counts)
        _insert_rejects(db, number, file.intaken.rejects)
    return ImportSummary(number=number, file=file.file, **counts)


def _load(db: Database, intaken: Intaken) -> None:
    areas, indicators, sources = keys(db, "areas"), keys(db, "indicators"), Words(db)
    db.execute(_INCOMING)
    db.execute("DELETE FROM temp.incoming")
    db.conn.executemany(
        "INSERT INTO temp.incoming VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                areas[said.area],
                indicators[said.indicator],
                said.year,
                sources[said.source],
                said.value,
                said.status.value,
                said.confidence,
                said.note,
            )
            for said in intaken.observations
        ],
    )
    db.execute(_STATED)


def _is_known(db: Database, sha256: str) -> bool:
    sql = "SELECT 1 FROM imports WHERE sha256 = ? AND withdrawn_at IS NULL"
    return db.execute(sql, [sha256]).fetchone() is not None


def _insert_import(db: Database, file: ImportFile, at: datetime, counts: Mapping[str, int]) -> int:
    row = {"file": file.file, "sha256": file.sha256, "imported_at": stamp(at), **counts}
    return int(db.table("imports").insert(row).last_pk or 0)


def _insert_rejects(db: Database, number: int, rejects: Iterable[Reject]) -> None:
    db.conn.executemany(
        "INSERT INTO rejects (import, line, code, message, cells) VALUES (?, ?, ?, ?, ?)",
        [
            (number, r.line, r.code, r.message, json.dumps(dict(r.cells), ensure_ascii=False))
            for r in rejects
        ],
    )


def imports(db: Database) -> list[Import]:
    """Every import in its order, withdrawn ones too."""
    return [_import(row) for row in db.query("SELECT * FROM imports ORDER BY key")]


def _import(row: dict[str, Any]) -> Import:
    number, at, withdrawn = (row.pop(name) for name in ("key", "imported_at", "withdrawn_at"))
    return Import(
        number=number, imported_at=unstamp(at), withdrawn_at=unstamp_optional(withdrawn), **row
    )


def withdraw(db: Database, number: int, at: datetime) -> Import:
    """Take an import back as a revision. Raises UnknownName, and when it is taken back already."""
    found = next((one for one in imports(db) if one.number == number), None)
    if found is None:
        raise UnknownName("import", str(number), [str(one.number) for one in imports(db)])
    if found.withdrawn_at is not None:
        when = found.withdrawn_at.date().isoformat()
        raise CitygoalsError(f"import {number} ({found.file}) was withdrawn on {when} already")
    db.execute("UPDATE imports SET withdrawn_at = ? WHERE key = ?", [stamp(at), number])
    return next(one for one in imports(db) if one.number == number)


def rejects(db: Database, number: int | None) -> list[StoredReject]:
    """The rejected rows of one import, or of all that are not withdrawn."""
    sql = (
        "SELECT import AS number, file, line, code, message, cells FROM rejects "
        "JOIN imports ON imports.key = import "
        "WHERE CASE WHEN :number IS NULL THEN withdrawn_at IS NULL ELSE import = :number END "
        "ORDER BY rejects.key"
    )
    found = []
    for row in db.query(sql, {"number": number}):
        number, cells = row.pop("number"), json.loads(row.pop("cells"))
        found.append(StoredReject(number=number, reject=Reject(cells=cells, **row)))
    return found


def observations(db: Database, as_of: datetime | None) -> list[Observation]:
    """The state as of a moment: for each area, indicator, year and source the latest word.

    Counted are imports made by then and not withdrawn by then; without a moment, the state now.
    `released` is the first of them that said so without a change since.
    """
    return [observation(row) for row in db.query(_STATE, moment(as_of))]


def files(db: Database, as_of: datetime | None) -> list[tuple[int, str, str, int, int]]:
    """Import, folder, name, rows and bytes of every file that counts at a moment."""
    return cast(
        "list[tuple[int, str, str, int, int]]", db.execute(_FILES, moment(as_of)).fetchall()
    )


def has_files(db: Database, as_of: datetime | None = None) -> bool:
    """Whether an import that counts at a moment is in files."""
    return bool(files(db, as_of))


def moment(as_of: datetime | None) -> dict[str, str]:
    """What a query is told of a moment, without one of now."""
    return {"moment": END_OF_TIME if as_of is None else stamp(as_of)}


def observation(row: Mapping[str, Any]) -> Observation:
    """The observation in a row of words."""
    return Observation(
        area=AreaId(row["area"]),
        indicator=IndicatorId(row["indicator"]),
        year=row["year"],
        value=row["value"],
        status=ObservationStatus(row["status"]),
        source=row["source"],
        confidence=cast("Confidence", row["confidence"]),
        released=row["released"],
        note=row["note"],
    )
