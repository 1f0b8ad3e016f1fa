"""Imports whose observations are in files: the same state as in rows, whole or not there at all."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import chdir, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from citygoals.cli import main
from citygoals.core.base.errors import UnusableFile
from citygoals.core.base.model import Observation, ObservationStatus
from citygoals.core.figures.intake import Intaken
from citygoals.core.figures.observation_columns import in_columns
from citygoals.core.store import Database, ImportFile, ImportSummary, open_database

ROWS, FILES = 1 << 40, 0


def observation(stored: SimpleNamespace, key: Sequence[Any], says: Sequence[Any]) -> Observation:
    return stored.saying(*key, *says)


keys = st.tuples(
    st.sampled_from(["KR", "KR-sejong"]),
    st.sampled_from(["meters", "records"]),
    st.sampled_from([2020, 2021]),
    st.sampled_from(["S", "T"]),
)
sayings = st.sampled_from(
    [
        *((1.0, "A"), (2.0, "A"), (-0.0, "A"), (0.0, "A"), (0.1 + 0.2, "P"), (None, "M")),
        *((1.0, "A", "low"), (1.0, "A", "high", "a note"), (1.0, "A", "high", "another")),
    ]
)
imports = st.tuples(
    st.dictionaries(keys, sayings, min_size=1, max_size=6),
    st.sampled_from([ROWS, FILES]),
    st.sampled_from(["a.csv", "b.csv", "c.csv"]),
)
steps = st.lists(imports | st.integers(1, 6), min_size=1, max_size=7)


THE_SAME = {("KR", "meters", 2020, "S"): (1.0, "A")}


def take_in(
    database: Database, said: Sequence[Observation], stored: SimpleNamespace, **how: Any
) -> ImportSummary:
    """Import observations on a day, into rows or files."""
    at, file = how["at"], how["file"]
    intaken = Intaken(columns=in_columns(said), rejects=[])
    ready = ImportFile(file=file, sha256=f"hash of {file}", intaken=intaken)
    (summary,) = database.record_imports(
        [ready],
        areas=stored.areas,
        indicators=stored.indicators,
        at=stored.day(at),
        files_from=how["files_from"],
    )
    return summary


def follow(database: Database, step: Any, at: int, stored: SimpleNamespace, **plain: Any) -> Any:
    """Take a file in or withdraw an import; what came of it."""
    if isinstance(step, int):
        standing = [one.number for one in database.imports() if one.withdrawn_at is None]
        if not standing:
            return None
        return database.withdraw(standing[step % len(standing)], at=stored.day(at))
    said, files_from, file = step
    how = {"files_from": files_from, **plain}
    observations = [observation(stored, key, says) for key, says in said.items()]
    return take_in(database, observations, stored, at=at, file=file, **how)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
@example(steps=[*((THE_SAME, FILES, f"{name}.csv") for name in "abc"), 3])
@example(steps=[*((THE_SAME, kept, f"{kept}.csv") for kept in (ROWS, FILES, 1)), 3])
def test_files_and_rows_give_the_same_state(
    steps: Sequence[Any], tmp_path_factory: pytest.TempPathFactory, stored: SimpleNamespace
) -> None:
    folder = tmp_path_factory.mktemp("states")
    mixed = open_database(folder / "mixed.db", create=True)
    plain = open_database(folder / "plain.db", create=True)
    with mixed, plain:
        for at, step in enumerate(steps, start=1):
            came = follow(mixed, step, at, stored)
            assert came == follow(plain, step, at, stored, files_from=ROWS)
        for day in range(len(steps) + 1):
            moment: datetime = stored.day(day)
            assert mixed.observations(moment) == plain.observations(moment)
        assert mixed.observations() == plain.observations() == in_the_view(plain)
        assert mixed.imports() == plain.imports()
        assert mixed.areas() == plain.areas()


def in_the_view(database: Database) -> list[Observation]:
    """The state now as SQLite itself works it out."""
    names = "area, indicator, year, value, status, source, confidence, note, released"
    rows = database._db.query(
        f"SELECT {names} FROM current_observations ORDER BY area, indicator, year, source"  # noqa: S608
    )
    return [Observation(**{**row, "status": ObservationStatus(row["status"])}) for row in rows]


HEADER = "area,indicator,year,value,unit,source\n"
INDICATOR = "pm2-5-annual-mean"
COUNT = 30_000


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is large enough to go in by columns; two of its rows cannot be taken."""
    path = tmp_path_factory.mktemp("figures") / "figures.csv"
    rows = [
        f"KR,{INDICATOR},{1950 + at % 75},{at / 7},ug/m3,Office {at // 75}\n" for at in range(COUNT)
    ]
    bad = [f"KR,{INDICATOR},2020,many,ug/m3,S\n", f"Nowhere,{INDICATOR},2020,1,ug/m3,S\n"]
    path.write_text(HEADER + "".join([*rows[:100], *bad, *rows[100:]]))
    return path


def cli(
    folder: Path, *arguments: str, limit: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `citygoals` as a process of its own, that may write files of so many bytes."""

    def bound() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "citygoals", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, preexec_fn=bound
    )


def command(folder: Path, *arguments: str) -> int:
    """The exit code of `citygoals` in this process."""
    with chdir(folder), pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


def test_a_large_import_by_the_command(tmp_path: Path, figures: Path) -> None:
    for name, more in (("files", ("--files-from", "30000")), ("rows", ())):
        done = cli(tmp_path, "import", str(figures), "--db", f"{name}.db", *more)
        assert done.returncode == 1, done.stderr
        assert f"{figures}:102: 'many' is not a number" in done.stderr
        assert f"{figures}:103: unknown area 'Nowhere'" in done.stderr
    assert len(list(tmp_path.glob("files.db.imports/import-*/part-00000.parquet"))) == 1
    assert not (tmp_path / "rows.db.imports").exists()
    with (
        open_database(tmp_path / "files.db", read_only=True) as files,
        open_database(tmp_path / "rows.db", read_only=True) as rows,
    ):
        state = files.observations()
        assert state == rows.observations()
        assert [(one.new, one.rejected) for one in files.imports()] == [(COUNT, 2)]
        assert files.rejects() == rows.rejects()
    assert {(one.source, one.year): one.value for one in state} == {
        (f"Office {at // 75}", 1950 + at % 75): at / 7 for at in range(COUNT)
    }
    again = cli(tmp_path, "import", str(figures), "--db", "files.db", "--files-from", "0")
    assert "was taken in before; nothing changed" in again.stderr
    assert len(list(tmp_path.glob("files.db.imports/*"))) == 1


def test_a_disk_that_takes_no_more_leaves_nothing(tmp_path: Path, figures: Path) -> None:
    with open_database(tmp_path / "forum.db", create=True):
        pass
    files = ("--files-from", "0")
    done = cli(tmp_path, "import", str(figures), *files, limit=60_000)
    assert done.returncode == 2
    assert "forum.db.imports" in done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("forum.db.imports/*"))
    with open_database(tmp_path / "forum.db") as database:
        assert (database.imports(), database.observations()) == ([], [])
    assert cli(tmp_path, "import", str(figures), *files).returncode == 1


def test_a_link_to_the_database_will_do(tmp_path: Path, stored: SimpleNamespace) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    link = tmp_path / "there" / "link.db"
    link.symlink_to(tmp_path / "here" / "forum.db")
    how = {"files_from": FILES}
    with open_database(tmp_path / "here" / "forum.db", create=True) as database:
        take_in(database, stored.figures(1.0), stored, file="a.csv", at=1, **how)
    with open_database(link) as database:
        take_in(database, stored.figures(2.0), stored, file="b.csv", at=2, **how)
        assert [one.value for one in database.observations()] == [2.0]
        assert [one.value for one in database.observations(stored.day(1))] == [1.0]
        assert database.prune([]) == []
    with open_database(tmp_path / "here" / "forum.db") as database:
        assert [one.value for one in database.observations()] == [2.0]


EARLIER_ORDER = pl.Enum(list("ABEFIPMLOQ"))
"""The statuses of files as the first citygoals wrote them."""


def test_files_in_the_earlier_order_of_statuses_say_what_they_said(
    tmp_path: Path, stored: SimpleNamespace
) -> None:
    observations = [
        stored.saying("KR", "meters", 2000 + at, "S", None if letter in "MLOQ" else 1.0, letter)
        for at, letter in enumerate("ABEFIPMLOQ")
    ]
    with open_database(tmp_path / "forum.db", create=True) as database:
        how = {"shape": "columns", "files_from": FILES, "file": "a.csv", "at": 1}
        take_in(database, observations, stored, **how)
        before = database.stored(None, indicators=stored.indicators).hash()
        (path,) = tmp_path.glob("forum.db.imports/*/*.parquet")
        earlier = pl.read_parquet(path).with_columns(
            pl.col("status").cast(pl.String).cast(EARLIER_ORDER)
        )
        earlier.write_parquet(path)
        database._db.execute("UPDATE import_files SET bytes = ?", [path.stat().st_size])
        database._db.commit()
        assert pl.read_parquet_schema(path)["status"] == EARLIER_ORDER
        assert [one.status.value for one in database.observations()] == list("ABEFIPMLOQ")
        assert database.stored(None, indicators=stored.indicators).hash() == before
        later = take_in(database, observations, stored, **{**how, "file": "b.csv", "at": 2})
        assert (later.new, later.revised, later.unchanged) == (0, 0, 10)


def missing(path: Path) -> None:
    path.unlink()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("spoil", [missing, cut_short, damaged])
@pytest.mark.parametrize("more", [[], ["again.csv"]], ids=["one import", "two imports"])
def test_a_spoilt_file_is_named(
    spoil: Callable[[Path], None], more: list[str], tmp_path: Path, stored: SimpleNamespace
) -> None:
    said = stored.figures(*map(float, range(300)))
    with open_database(tmp_path / "forum.db", create=True) as database:
        how = {"files_from": FILES, "at": 1}
        for file in ["a.csv", *more]:
            take_in(database, [replace(one, source=file) for one in said], stored, file=file, **how)
        path = sorted(tmp_path.glob("forum.db.imports/*/*.parquet"))[-1]
        spoil(path)
        calls: list[Callable[[], Any]] = [
            database.observations,
            lambda: database.stored(None, indicators=stored.indicators).hash(),
            lambda: take_in(database, said, stored, file="b.csv", **how),
        ]
        for call in calls:
            with pytest.raises(UnusableFile) as caught:
                call()
            assert str(path) in str(caught.value)
            assert "withdraw its import" in str(caught.value)
        assert len(database.imports()) == 1 + len(more)
        for number in range(1, 2 + len(more)):
            database.withdraw(number, at=stored.day(2))
        assert database.observations() == []


CHILD = """
import os, signal, sys
from citygoals.cli import main

inside, left = False, int(sys.argv[2])

def watch(event, arguments):
    global inside, left
    here = event in ("open", "os.mkdir", "os.remove") and "forum.db.imports/" in str(arguments[0])
    inside = inside or here
    if here or (inside and event == "fcntl.flock"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
main(["import", sys.argv[1], "--db", "forum.db", "--files-from", "0"])
"""


@pytest.mark.slow
def test_killed_imports_are_whole_or_pruned(tmp_path: Path, figures: Path) -> None:
    """Killed at every step of what is done to the folder, one after the other."""
    outcomes: list[bool] = []
    code = -signal.SIGKILL
    while code == -signal.SIGKILL:
        folder = tmp_path / str(len(outcomes))
        folder.mkdir()
        with open_database(folder / "forum.db", create=True):
            pass
        child = [sys.executable, "-c", CHILD, str(figures), str(len(outcomes))]
        code = subprocess.run(child, cwd=folder, capture_output=True, check=False).returncode
        outcomes.append(check_what_is_left(folder, figures))
    assert code == 1
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) >= 5
    assert outcomes[-2:] == [True, True]


@pytest.mark.parametrize("part", range(1, 12))
def test_killed_at_any_moment(tmp_path: Path, figures: Path, part: int) -> None:
    with open_database(tmp_path / "forum.db", create=True):
        pass
    command = [sys.executable, "-m", "citygoals", "import", str(figures), "--files-from", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as running:
        with suppress(subprocess.TimeoutExpired):
            running.wait(part / 8)
        running.kill()
    check_what_is_left(tmp_path, figures)


def check_what_is_left(folder: Path, figures: Path) -> bool:
    """The import is whole or not there, and can be made again; whether it is there."""
    with open_database(folder / "forum.db") as database:
        assert database._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        counts = [one.new for one in database.imports()]
        assert counts in ([], [COUNT])
        assert len(database.observations()) == sum(counts)
    assert command(folder, "runs", "prune") == 0
    left = [path.relative_to(path.parents[1]) for path in folder.glob("forum.db.imports/**/*")]
    assert [path.name for path in left if path.suffix] == ["part-00000.parquet"] * len(counts)
    assert len(left) == 2 * len(counts)
    assert command(folder, "import", str(figures)) == 1
    return bool(counts)
