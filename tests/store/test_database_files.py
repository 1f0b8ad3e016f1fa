"""Opening databases: what is none, whose it is, what stands in the way; reading leaves no trace."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from citygoals.core.base.errors import UnusableDatabase
from citygoals.core.store import open_database


@pytest.fixture
def path(tmp_path: Path, stored: SimpleNamespace) -> Path:
    """A database with an import and a run."""
    path = tmp_path / "forum.db"
    with open_database(path, create=True) as database:
        stored.take_in(database, stored.figures(1.0, 2.0))
        stored.write(database, [stored.assessment()])
    return path


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def nothing(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def text(path: Path) -> None:
    path.write_text("area,indicator\n" * 100)


def somebody_elses(path: Path) -> None:
    path.unlink()
    change(path, "CREATE TABLE figures (value)")


def of_another_program(path: Path) -> None:
    change(path, "PRAGMA application_id = 7")


def newer(path: Path) -> None:
    change(path, "PRAGMA user_version = 99")


def damaged(path: Path) -> None:
    change(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096:] = b"\x5a" * (len(data) - 4096)
    path.write_bytes(data)


SPOILT: list[tuple[Callable[[Path], None], str, str]] = [
    (nothing, "does not exist", "citygoals import FILE --db"),
    (folder, "is a folder", "name a file in it"),
    (pipe, "is not a file", "name a file"),
    (text, "is not an SQLite database", "name the file that import made"),
    (somebody_elses, "is not a database of citygoals", "name another file"),
    (of_another_program, "is not a database of citygoals", "name another file"),
    (newer, "was made by a newer citygoals", "pip install --upgrade citygoals"),
    (damaged, "is damaged", "restore a copy"),
]


def read(path: Path, *, read_only: bool) -> None:
    with open_database(path, read_only=read_only) as database:
        database.observations()


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(("spoil", "problem", "mend"), SPOILT, ids=lambda one: str(one)[:20])
def test_spoilt(
    spoil: Callable[[Path], None], problem: str, mend: str, path: Path, *, read_only: bool
) -> None:
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UnusableDatabase) as caught:
        read(path, read_only=read_only)
    assert str(caught.value).startswith(f"{path}: {problem}")
    assert mend in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert {one.name for one in path.parent.iterdir()} <= {path.name}


@pytest.mark.parametrize("spoil", [folder, text, somebody_elses, of_another_program, newer])
def test_spoilt_is_not_made_anew(spoil: Callable[[Path], None], path: Path) -> None:
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UnusableDatabase):
        open_database(path, create=True)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusableDatabase, match=r"the folder .*/no does not exist; make it first"):
        open_database(tmp_path / "no" / "forum.db", create=True)
    assert not list(tmp_path.iterdir())


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "forum.db"
    path.touch()
    with pytest.raises(UnusableDatabase, match="is not a database of citygoals"):
        open_database(path, read_only=True)
    with open_database(path, create=True) as database:
        assert database.areas() == []


def test_an_older_database_is_brought_up_to_date_by_writing(path: Path) -> None:
    change(path, "PRAGMA user_version = 1")
    with pytest.raises(UnusableDatabase, match=r"an older citygoals .*; any import into it"):
        open_database(path, read_only=True)
    with open_database(path) as database:
        assert len(database.observations()) == 2
    with open_database(path, read_only=True) as database:
        assert len(database.observations()) == 2


@pytest.mark.parametrize("name", ["a b.db", "a?b#c%20.db", "세종.db"])
def test_names_that_a_uri_would_mistake(name: str, tmp_path: Path) -> None:
    with open_database(tmp_path / name, create=True) as database:
        assert database.areas() == []
    with open_database(tmp_path / name, read_only=True) as database:
        assert database.areas() == []
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_reading_leaves_no_trace(path: Path) -> None:
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    with open_database(path, read_only=True) as database:
        assert database.observations()
        assert database.assessments()
        assert database.imports()
        assert database.runs()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_what_is_opened_to_read_cannot_be_written(path: Path, stored: SimpleNamespace) -> None:
    database = open_database(path, read_only=True)
    with database, pytest.raises(UnusableDatabase, match="cannot be written"):
        database.add_areas(stored.areas.values())


def test_a_lock_is_waited_for_and_then_named(path: Path, stored: SimpleNamespace) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_database(path, timeout=0.1) as database:
        assert len(database.observations()) == 2
        with pytest.raises(UnusableDatabase, match="is locked by another program; wait"):
            database.withdraw(1, at=stored.day(3))
        other.execute("ROLLBACK")
        other.close()
        assert database.withdraw(1, at=stored.day(3)).number == 1


def test_a_transaction_keeps_other_writers_out_from_its_start(
    path: Path, stored: SimpleNamespace
) -> None:
    with open_database(path) as one, open_database(path, timeout=0.1) as other:
        with one.transaction():
            assert len(one.observations()) == 2
            with pytest.raises(UnusableDatabase, match="is locked by another program"):
                other.add_areas(stored.areas.values())
        other.add_areas(stored.areas.values())
        assert len(one.areas()) == 3


def test_a_reader_sees_the_state_before_an_open_write(path: Path, stored: SimpleNamespace) -> None:
    with open_database(path) as writing, open_database(path, read_only=True) as reading:
        with writing.transaction():
            stored.take_in(writing, stored.figures(5.0), at=3, file="b.csv")
            assert [one.value for one in reading.observations()] == [1.0, 2.0]
        assert [one.value for one in reading.observations()] == [5.0, 2.0]


def test_foreign_keys_and_write_ahead_log_are_on(path: Path) -> None:
    with open_database(path) as database:
        assert database._db.journal_mode == "wal"
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            database._db.execute("DELETE FROM areas")
        assert list(database._db.query("PRAGMA foreign_key_check")) == []


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder that the user `nobody` may read but not write, outside the folders of root."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Path(name).chmod(0o755)


_IMPORTS = "from citygoals.core.store import *\nimport citygoals.core.store.standing\n"


def as_nobody(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a child that permissions bind: as nobody where this process is root.

    It imports what the code needs as the user who may read Python's own folder.
    """
    script = "import os, sys\n" + ("os.setuid(65534)\n" if os.geteuid() == 0 else "") + code
    command = [sys.executable, "-c", f"{_IMPORTS}{script}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_folder_that_cannot_be_written(locked_folder: Path, stored: SimpleNamespace) -> None:
    path = locked_folder / "forum.db"
    with open_database(path, create=True) as database:
        stored.take_in(database, stored.figures(1.0, 2.0))
    path.chmod(0o444)
    locked_folder.chmod(0o555)
    read = "print(len(open_database(sys.argv[1], read_only=True).observations()))"
    done = as_nobody(read, path)
    assert (done.stdout, done.stderr) == ("2\n", "")
    write = (
        "try: open_database(sys.argv[1], create=True).add_areas([])\n"
        "except Exception as error: print(error)\n"
    )
    assert f"{path}: cannot be" in as_nobody(write, path).stdout
    assert (
        f"{path.with_name('new.db')}: cannot be"
        in as_nobody(write, path.with_name("new.db")).stdout
    )
    assert [one.name for one in locked_folder.iterdir()] == ["forum.db"]
