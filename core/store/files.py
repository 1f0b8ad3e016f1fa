"""Opens the file of a database and says in words what SQLite has against it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from citygoals.core.base.errors import UnusableDatabase
from citygoals.core.store.migrations import steps, version
from citygoals.core.store.sqlite import Database

APPLICATION_ID = 0x4347_4F4C
"""`CGOL`: tells a database of citygoals from any other."""

_TROUBLES = {
    sqlite3.SQLITE_BUSY: ("is locked by another program", "wait until that one is done"),
    sqlite3.SQLITE_LOCKED: ("is locked by another program", "wait until that one is done"),
    sqlite3.SQLITE_NOTADB: ("is not an SQLite database", "name the file that import made"),
    sqlite3.SQLITE_READONLY: ("cannot be written", "allow writing to the file and its folder"),
    sqlite3.SQLITE_PERM: ("cannot be opened", "allow access to the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "allow access to the file and its folder"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "restore a copy of it"),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "make room"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk reports an error", "check it"),
}


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """Turns what SQLite raises about the file into UnusableDatabase."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        trouble = None if code is None else _TROUBLES.get(code & 0xFF)
        if trouble is None:
            raise
        raise UnusableDatabase(path, *trouble) from error


def open_file(path: Path, *, create: bool, read_only: bool, timeout: float) -> Database:
    """A connection to an up-to-date database of citygoals. Raises UnusableDatabase."""
    _check_path(path, create=create)
    with speaking(path):
        if read_only:
            return _open_to_read(path, timeout)
        return _open_to_write(path, create, timeout)


def _check_path(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise UnusableDatabase(path, "is a folder", "name a file in it, such as forum.db")
    if path.exists() and not path.is_file():
        raise UnusableDatabase(path, "is not a file", "name a file")
    if path.exists() or (create and path.parent.is_dir()):
        return
    if create:
        raise UnusableDatabase(path, f"the folder {path.parent} does not exist", "make it first")
    mend = f"make it with: citygoals import FILE --db {path}"
    raise UnusableDatabase(path, "does not exist", mend)


def _connect(path: Path, options: str, timeout: float) -> Database:
    uri = f"{path.absolute().as_uri()}?{options}"
    connection = sqlite3.connect(uri, uri=True, timeout=timeout)
    return Database(connection, execute_plugins=False)


def _open_to_read(path: Path, timeout: float) -> Database:
    """Without any right to write: first as usual, then as a file that nobody changes.

    SQLite keeps lock files beside a database that it reads; in a folder that cannot be written
    there are none, and no program that could change the database either.
    """

    def prepare(db: Database) -> None:
        db.execute("PRAGMA query_only = ON")
        _check_contents(path, db, may_be_older=False)

    try:
        return _prepared(_connect(path, "mode=rw", timeout), prepare)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
    return _prepared(_connect(path, "mode=ro&immutable=1", timeout), prepare)


def _open_to_write(path: Path, create: bool, timeout: float) -> Database:
    def prepare(db: Database) -> None:
        _check_contents(path, db, may_be_older=True)
        db.enable_wal()
        db.execute("PRAGMA foreign_keys = ON")
        if _pragma(db, "user_version") < version():
            _migrate(db)

    return _prepared(_connect(path, "mode=rwc" if create else "mode=rw", timeout), prepare)


def _prepared(db: Database, prepare: Callable[[Database], None]) -> Database:
    try:
        prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _check_contents(path: Path, db: Database, *, may_be_older: bool) -> None:
    tables, known = _pragma(db, "user_version"), version()
    if _pragma(db, "application_id") != APPLICATION_ID:
        if may_be_older and not db.table_names():
            return
        mend = "name another file, or move this one away"
        raise UnusableDatabase(path, "is not a database of citygoals", mend)
    if tables > known:
        problem = f"was made by a newer citygoals (tables {tables}, this one knows {known})"
        raise UnusableDatabase(path, problem, "upgrade: pip install --upgrade citygoals")
    if tables < known and not may_be_older:
        problem = f"was made by an older citygoals (tables {tables}, this one needs {known})"
        raise UnusableDatabase(path, problem, "any import into it brings it up to date")


def _pragma(db: Database, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _migrate(db: Database) -> None:
    with transaction(db):
        steps().apply(db)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {version()}")


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All or nothing; the lock is taken at once. Inside another transaction it is part of that."""
    if db.conn.in_transaction:
        yield
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.commit()
    except BaseException:
        db.rollback()
        raise
