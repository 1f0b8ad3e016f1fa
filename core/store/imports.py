"""The list of imports: their counts, rejects and files, and which of them count at a moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from citygoals.core.base.errors import CitygoalsError, UnknownName
from citygoals.core.figures.intake import Reject
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
from citygoals.core.store.sqlite import Database

END_OF_TIME = "9999-12-31T23:59:59.999999Z"
COUNTING = "imported_at <= :moment AND (withdrawn_at IS NULL OR withdrawn_at > :moment)"
"""Which imports count at a moment."""

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
    known = {imported.number: imported for imported in imports(db)}
    if number not in known:
        raise UnknownName("import", str(number), map(str, known))
    imported = known[number]
    if imported.withdrawn_at is not None:
        when = imported.withdrawn_at.date().isoformat()
        raise CitygoalsError(f"import {number} ({imported.file}) was withdrawn on {when} already")
    db.execute("UPDATE imports SET withdrawn_at = ? WHERE key = ?", [stamp(at), number])
    return replace(imported, withdrawn_at=unstamp(stamp(at)))


def rejects(db: Database, number: int | None) -> list[StoredReject]:
    """The rejected rows of one import, or of all that are not withdrawn."""
    sql = (
        "SELECT import AS number, file, line, code, message, cells FROM rejects "
        "JOIN imports ON imports.key = import "
        "WHERE CASE WHEN :number IS NULL THEN withdrawn_at IS NULL ELSE import = :number END "
        "ORDER BY rejects.key"
    )
    listed = []
    for row in db.query(sql, {"number": number}):
        number, cells = row.pop("number"), json.loads(row.pop("cells"))
        listed.append(StoredReject(number=number, reject=Reject(cells=cells, **row)))
    return listed


def files(db: Database, as_of: datetime | None) -> list[tuple[int, str, str, int, int]]:
    """Import, folder, name, rows and bytes of every file that counts at a moment."""
    return cast(
        "list[tuple[int, str, str, int, int]]", db.execute(_FILES, moment(as_of)).fetchall()
    )


def moment(as_of: datetime | None) -> dict[str, str]:
    """What a query is told of a moment, without one of now."""
    return {"moment": END_OF_TIME if as_of is None else stamp(as_of)}
