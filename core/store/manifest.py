"""Which files of a folder beside the database are a run, or the observations of an import."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from citygoals.core.store.folders import FilePart, Folder
from citygoals.core.store.sqlite import Database

Owner = Literal["run", "import"]


def write(db: Database, owner: Owner, number: int, folder: Folder, database: Path) -> None:
    """Note the files of a folder as those of a run or an import."""
    place = os.path.relpath(folder.path.resolve(), database.resolve().parent)
    db.conn.executemany(
        f"INSERT INTO {owner}_files ({owner}, folder, file, rows, bytes) "  # noqa: S608
        "VALUES (?, ?, ?, ?, ?)",
        [(number, place, part.file, part.rows, part.bytes) for part in folder.parts],
    )


def read(db: Database, owner: Owner, number: int) -> tuple[str, Sequence[FilePart]] | None:
    """The folder and the files of a run or an import; None where it is in the database."""
    sql = f"SELECT folder, file, rows, bytes FROM {owner}_files WHERE {owner} = ? ORDER BY key"  # noqa: S608
    files = db.execute(sql, [number]).fetchall()
    parts = [FilePart(file=file, rows=rows, bytes=size) for _, file, rows, size in files]
    return (files[0][0], parts) if files else None


def folders(db: Database) -> list[str]:
    """The folders of all runs and imports that are in files."""
    sql = "SELECT DISTINCT folder FROM run_files UNION SELECT DISTINCT folder FROM import_files"
    return [row[0] for row in db.execute(sql)]
