"""Processes killed at every stage of a write: what was finished stays, the rest never was."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from citygoals.core.store import open_database

CHILD = """
import os, signal, sys
from datetime import UTC, datetime
import polars as pl
from citygoals.core.base.coded import Aim, Words
from citygoals.core.figures.intake import Intaken
from citygoals.core.figures.observation_columns import in_columns
from citygoals.core.base.model import *
from citygoals.core.store import ImportFile, Run, open_database
from citygoals.core.store.run_frames import SCHEMA

path, what, when = sys.argv[1], sys.argv[2], int(sys.argv[3])
now = datetime(2026, 1, 9, tzinfo=UTC)
area = Area(id="KR", name=Text({"en": "Korea"}), level=Level.COUNTRY, country="KR")
meters = Indicator(id="meters", title=Text({"en": "Meters"}), theme="energy", unit="percent",
                   direction=Direction.HIGHER)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

words = Words(areas=["KR"], aims=[Aim.of(None, None)])
codes = {"profile": words.profiles.code("common"), "goal": words.goals.code("goal"),
         "status": words.statuses.code("met"), "area": 0, "year": 2024, "aim": 0, "marks": 0}

def frames():
    for number in range(450):
        if number == when:
            die()
        reason = words.reasons.code(Reason("rule", (number,)))
        yield pl.DataFrame([{**codes, "reason": reason, "value": number / 7}], schema=SCHEMA)

def clock():
    if what == "at-the-end":
        die()
    return now

database = open_database(path, create=True)
database._db.execute("PRAGMA cache_size = 10")
if what == "in-sqlite":
    steps = iter(range(when))
    database._db.conn.set_progress_handler(lambda: die() if next(steps, None) is None else 0, 100)
if what == "import":
    said = [Observation(area="KR", indicator="meters", year=1900 + at % 300, source=str(at),
                        value=at / 7) for at in range(2_000)]
    steps = iter(range(when))
    database._db.conn.set_progress_handler(lambda: die() if next(steps, None) is None else 0, 100)
    taken = Intaken(columns=in_columns(said), rejects=[])
    file = ImportFile(file="b.csv", sha256="b", intaken=taken)
    database.record_imports([file], areas={"KR": area}, indicators={"meters": meters}, at=now)
else:
    run = Run(started_at=now, as_of=None, parameters={}, engine="rows", citygoals_version="0",
              observations_hash="", rules_hash="")
    goals = {"goal": "Goal"}
    database.write_frames(run, frames(), words, areas=[area], goals=goals, clock=clock)
    print("finished", flush=True)
    if what == "after":
        die()
"""

MOMENTS = [
    ("in-rows", 0),
    ("in-rows", 1),
    ("in-rows", 200),
    ("in-rows", 449),
    ("at-the-end", -1),
    ("in-sqlite", 5),
    ("in-sqlite", 60),
    ("in-sqlite", 150),
    ("import", 3),
    ("import", 100),
    ("import", 400),
]


def killed(path: Path, what: str, when: int) -> str:
    command = [sys.executable, "-c", CHILD, str(path), what, str(when)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout


def check(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


@pytest.mark.slow
@pytest.mark.parametrize(("what", "when"), MOMENTS)
def test_killed_before_it_is_finished(
    what: str, when: int, tmp_path: Path, stored: SimpleNamespace
) -> None:
    path = tmp_path / "forum.db"
    kept = [stored.assessment(value=0.1 + 0.2)]
    with open_database(path, create=True) as database:
        stored.take_in(database, stored.figures(1.0, None))
        stored.write(database, kept)
        before = (database.observations(), database.imports(), database.runs())
    assert killed(path, what, when) == ""
    with open_database(path, read_only=True) as database:
        assert (database.observations(), database.imports(), database.runs()) == before
        assert database.assessments() == kept
    check(path)
    with open_database(path) as database:
        assert stored.write(database, kept) == 2
        assert database._db.table("assessment_figures").count == 2
    check(path)


@pytest.mark.slow
def test_killed_once_it_is_finished(tmp_path: Path, stored: SimpleNamespace) -> None:
    path = tmp_path / "forum.db"
    assert killed(path, "after", -1) == "finished\n"
    assert (tmp_path / "forum.db-wal").exists()
    with open_database(path, read_only=True) as database:
        assert [run.assessments for run in database.runs()] == [450]
        assert [one.value for one in database.assessments()] == [at / 7 for at in range(450)]
    check(path)


@pytest.mark.slow
def test_killed_while_the_file_is_made(tmp_path: Path) -> None:
    path = tmp_path / "forum.db"
    code = (
        "import os, signal, sys\n"
        "from citygoals.core.store import files, open_database\n"
        "steps = files.steps\n"
        "def dying():\n"
        "    made = steps()\n"
        "    made(name='die')(lambda db: os.kill(os.getpid(), signal.SIGKILL))\n"
        "    return made\n"
        "files.steps = dying\n"
        "open_database(sys.argv[1], create=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    with open_database(path, create=True) as database:
        assert database.runs() == []
    check(path)


def test_two_processes_make_the_same_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "forum.db"
    code = (
        "import sys\n"
        "from citygoals.core.store import open_database\n"
        "sys.stdin.readline()\n"
        "print(open_database(sys.argv[1], create=True, timeout=20).areas())\n"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ},
        )
        for _ in range(3)
    ]
    said = [child.communicate("go\n") for child in children]
    assert said == [("[]\n", "")] * 3
    check(path)
