"""Kills, full disks and damaged files: what was finished stays, and nothing else looks whole."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow.parquet
import pytest

from citygoals.cli import main
from citygoals.core.base.model import Area, AreaId, Level, Text
from citygoals.core.store import Database, open_database

AREAS = [
    Area(id=AreaId(f"XX-{n:03}"), name=Text({"en": "District"}), level=Level.CITY, country="XX")
    for n in range(520)
]
INDICATORS = (
    *("pm2-5-annual-mean", "low-emission-vehicles", "households-with-smart-energy-meters"),
    *("water-loss", "homicide-rate", "traffic-deaths", "green-area", "solid-waste-recycled"),
)
YEARS = [part for year in range(2021, 2024) for part in ("--year", str(year))]
SPILLING = ("--memory", "16")
"""Less than twice of what the figures take, so that they are laid aside."""


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five files with more figures than `SPILLING` keeps in memory."""
    folder = tmp_path_factory.mktemp("figures")
    drawn = random.Random(2024)  # noqa: S311
    rows = [
        (area.id, name, year, 100 * drawn.random())
        for area in AREAS
        for name in INDICATORS
        for year in range(1990, 2024)
    ]
    frame = pl.DataFrame(rows, schema=["area", "indicator", "year", "value"], orient="row")
    for number, part in enumerate(frame.iter_slices(30_000)):
        part.write_parquet(folder / f"{number}.parquet")
    return folder


def command(figures: Path, *more: str) -> list[str]:
    pattern = f"{figures}/*.parquet"
    return ["evaluate", "--observations", pattern, "--profile", "common", *YEARS, *more]


def register(path: Path) -> None:
    with open_database(path, create=True) as database:
        database.add_areas(AREAS)


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run `citygoals` in a folder; the exit code and what it said on stderr."""
    err = StringIO()
    with chdir(folder), redirect_stdout(StringIO()), redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as stopped:
            return int(stopped.code or 0), err.getvalue()
    return 0, err.getvalue()


def sums(database: Database, number: int) -> Sequence[Any]:
    """Count and sums over the assessments of a run."""
    with database.frames(number) as (frame, _):
        asked = (pl.len(), pl.col("value", "gap", "score").sum())
        return [round(one, 3) for one in frame.select(asked).collect().row(0)]


def check(path: Path) -> int:
    """How many runs there are; every one of them is whole, and the file too."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute("SELECT count(*) FROM assessment_figures").fetchone()[0]
    with open_database(path) as database:
        found = [(one.assessments, sums(database, one.number)) for one in database.runs()]
        stored = [n for one, (n, _) in enumerate(found) if not stored_in_files(database, one + 1)]
    assert all(count == said[0] > 0 for count, said in found)
    assert all(one == found[0] for one in found)
    assert rows == sum(stored)
    return len(found)


def stored_in_files(database: Database, number: int) -> bool:
    sql = "SELECT count(*) FROM run_files WHERE run = ?"
    return bool(database._db.execute(sql, [number]).fetchone()[0])


KILLER = """
import os, signal, sys, time
import polars
import citygoals.core.store.assessment_frames, citygoals.plugins.commands.evaluate
from citygoals.cli import main

for line in sys.stdin:
    seconds, *arguments = line.split()
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        main(arguments)
        os._exit(0)
    if float(seconds):
        time.sleep(float(seconds))
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status), time.monotonic() - started, flush=True)
"""


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Callable[..., tuple[int, float]]]:
    """Runs `citygoals` in processes of their own and kills them after some seconds (0: never)."""
    child = subprocess.Popen(
        [sys.executable, "-c", KILLER],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    given: IO[str] = child.stdin  # type: ignore[assignment]
    said: IO[str] = child.stdout  # type: ignore[assignment]

    def after(seconds: float, arguments: Sequence[str]) -> tuple[int, float]:
        print(seconds, *arguments, file=given, flush=True)
        code, taken = said.readline().split()
        return int(code), float(taken)

    yield after
    given.close()
    assert child.wait() == 0
    said.close()


@pytest.mark.slow
@pytest.mark.parametrize("out", [(), ("--out", "runs")], ids=["sqlite", "parquet"])
def test_killed_at_random_moments(
    out: Sequence[str], tmp_path: Path, figures: Path, killer: Callable[..., tuple[int, float]]
) -> None:
    path = tmp_path / "forum.db"
    register(path)
    arguments = command(figures, *SPILLING, *out)
    code, taken = killer(0, arguments)
    assert code == 0
    moments = random.Random(2024)  # noqa: S311
    unfinished, after = 0, check(path)
    for _ in range(20):
        before = after
        moment = moments.uniform(0.01, taken)
        code, _ = killer(moment, arguments)
        assert code in (0, -9)
        taken = moment if code == 0 else taken
        after = check(path)
        assert after in (before, before + 1)
        assert after == before + 1 or code == -9
        in_files = after if out else 0
        unfinished += len(list(tmp_path.glob("*runs/*"))) > in_files
        assert run(tmp_path, "runs", "prune", "--out", "runs") == (0, "")
        folders = list(tmp_path.glob("*runs/*"))
        assert len(folders) == in_files
        assert not [one for one in folders if (one / "aside").exists()]
    assert unfinished
    assert killer(0, arguments)[0] == 0
    assert check(path) == after + 1


def test_a_folder_that_was_only_made_is_pruned(tmp_path: Path) -> None:
    register(tmp_path / "forum.db")
    made = tmp_path / "forum.db.runs" / "run-20260101T000000000000-1"
    made.mkdir(parents=True)
    finished = made.with_name("run-20260101T000000000000-2")
    finished.mkdir()
    (finished / "part-00000.parquet").touch()
    assert run(tmp_path, "runs", "prune") == (0, "")
    assert list(made.parent.iterdir()) == [finished]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Gives a disk of its own of that size, and resizes it when asked again."""
    path = tmp_path / "disk"
    path.mkdir()

    def mount(size: str) -> Path:
        options = f"remount,size={size}" if path.is_mount() else f"size={size}"
        asked = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
        return path

    yield mount
    if path.is_mount():
        subprocess.run(["umount", str(path)], check=True)


FULL = {
    "sqlite": ("disk/forum.db", "2m", (), "the disk is full"),
    "parquet": ("forum.db", "300k", ("--out", "disk/runs"), "No space left"),
    "aside": ("forum.db", "700k", ("--out", "disk/runs", *SPILLING), "No space left"),
    "aside-of-sqlite": ("disk/forum.db", "1500k", SPILLING, "No space left"),
}


@pytest.mark.parametrize("kind", FULL)
def test_a_full_disk_is_one_error(
    kind: str, tmp_path: Path, figures: Path, small_disk: Callable[[str], Path]
) -> None:
    place, size, more, message = FULL[kind]
    disk = small_disk(size)
    path = tmp_path / place
    register(path)
    arguments = [*command(figures, *more), "--db", place]
    one_area = [*command(figures), "--db", place, "--area", "XX-001"]
    assert run(tmp_path, *one_area)[0] == 0
    process = [sys.executable, "-m", "citygoals", *arguments]
    full = subprocess.run(process, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert full.returncode == 2
    assert message in full.stderr
    assert "Traceback" not in full.stderr
    assert check(path) == 1
    assert not list(disk.glob("*runs/*"))
    small_disk("64m")
    assert run(tmp_path, *arguments)[0] == 0


@pytest.mark.parametrize("more", [(), ("--out", "runs"), SPILLING], ids=str)
def test_a_damaged_file_among_many_is_named(
    more: Sequence[str], tmp_path: Path, figures: Path
) -> None:
    """The values are damaged, which only shows once they are read."""
    register(tmp_path / "forum.db")
    for path in figures.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    damaged = tmp_path / "3.parquet"
    column = pyarrow.parquet.read_metadata(damaged).row_group(0).column(3)
    assert column.path_in_schema == "value"
    content = bytearray(damaged.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    content[start : start + 300] = bytes(300)
    damaged.write_bytes(bytes(content))
    code, said = run(tmp_path, *command(tmp_path, *more))
    assert code == 2
    assert "3.parquet: cannot be read as Parquet" in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("*runs/*"))
    with open_database(tmp_path / "forum.db") as database:
        assert database.runs() == []


@pytest.mark.parametrize("asked", [("show",), ("compare",), ("score",)], ids=str)
def test_a_damaged_file_of_a_run_is_named(
    asked: Sequence[str], tmp_path: Path, figures: Path
) -> None:
    register(tmp_path / "forum.db")
    assert run(tmp_path, *command(figures, "--out", "runs", *SPILLING))[0] == 0
    damaged = max(tmp_path.glob("runs/run-*/part-*.parquet"))
    content = bytearray(damaged.read_bytes())
    content[4:-5000] = bytes(len(content) - 5004)
    damaged.write_bytes(bytes(content))
    code, said = run(tmp_path, *asked)
    assert code == 2
    assert f"{damaged.name}: cannot be read as Parquet" in said
    assert "evaluate again" in said
    assert "Traceback" not in said
