"""Figures in Parquet files, results in the database or in files: one answer, one way to read it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from citygoals.cli import main
from citygoals.core.store import open_database

AREAS = ("KR", "KR-seoul", "MY-melaka")
INDICATORS = ("pm2-5-annual-mean", "low-emission-vehicles", "households-with-smart-energy-meters")
YEARS = range(2012, 2024)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of observations; some figures are lacking, one is a forecast, one estimated."""
    folder = tmp_path_factory.mktemp("figures")
    rows = [
        (area, indicator, year, float(7 * place + year - 2000), "FEA"[min(year % 5, 2)], "Office")
        for place, area in enumerate(AREAS)
        for indicator in INDICATORS
        for year in YEARS
        if year % 3
    ]
    names = ("area", "indicator", "year", "value", "status", "source")
    frame = pl.DataFrame(rows, schema=names, orient="row")
    frame[:40].write_parquet(folder / "one.parquet")
    frame[40:].write_parquet(folder / "two.parquet")
    return folder


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


def run(folder: Path, *arguments: str) -> Outcome:
    """Run `citygoals` with these arguments in a folder."""
    out, err = StringIO(), StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as stopped:
            return Outcome(int(stopped.code or 0), out.getvalue(), err.getvalue())
    return Outcome(0, out.getvalue(), err.getvalue())


def arguments(figures: Path) -> list[str]:
    every = [part for area in AREAS for part in ("--area", area)]
    return ["evaluate", "--observations", f"{figures}/*.parquet", *every]


def evaluate(folder: Path, figures: Path, *more: str) -> Outcome:
    return run(folder, *arguments(figures), *more)


def shown(folder: Path, number: int) -> Sequence[Any]:
    result = run(folder, "show", "--run", str(number), "--format", "json")
    assert result.returncode == 0, result.stderr
    said: Sequence[Any] = json.loads(result.stdout)
    return said


def test_files_and_database_give_one_answer(tmp_path: Path, figures: Path) -> None:
    assert evaluate(tmp_path, figures).returncode == 0
    assert evaluate(tmp_path, figures, "--out", "runs", "--memory", "16").returncode == 0
    assert evaluate(tmp_path, figures, "--files-from", "1", "--engine", "duckdb").returncode == 0
    assert list(tmp_path.glob("runs/run-*/part-*.parquet"))
    assert list(tmp_path.glob("forum.db.runs/run-*/part-*.parquet"))
    first, second, third = (shown(tmp_path, number) for number in (1, 2, 3))
    assert first == second == third
    decided = [
        one for one in first if one["indicator"] == "pm2-5-annual-mean" and one["area"] == "KR"
    ]
    assert {one["value"] for one in decided} == {23.0}
    assert {one["value_year"] for one in decided} == {2023}


@pytest.mark.slow
def test_spark_gives_the_same_run(tmp_path: Path, figures: Path, spark: Any) -> None:
    for more in ([], ["--engine", "spark"], ["--engine", "spark", "--out", "runs"]):
        assert evaluate(tmp_path, figures, *more).returncode == 0
    first, second, third = (shown(tmp_path, number) for number in (1, 2, 3))
    assert first == second == third
    (folder,) = tmp_path.glob("runs/run-*")
    assert {path.name for path in folder.iterdir()} == {"part-00000.parquet", "words.json"}
    assert {path.name for path in tmp_path.iterdir()} == {"forum.db", "runs"}
    removed = run(tmp_path, "show", "--run", "3", "--status", "no-data", "--format", "json")
    absent = [one for one in first if one["status"] == "no-data"]
    assert json.loads(removed.stdout) == absent
    assert absent


def test_spark_is_for_files(tmp_path: Path) -> None:
    result = run(tmp_path, "evaluate", "--engine", "spark")
    assert result.returncode == 2
    assert "--engine spark is for --observations" in result.stderr


def test_a_damaged_run_is_refused(tmp_path: Path, figures: Path) -> None:
    evaluate(tmp_path, figures, "--out", "runs")
    part = next(tmp_path.glob("runs/run-*/part-*.parquet"))
    part.write_bytes(part.read_bytes()[:-10])
    result = run(tmp_path, "show")
    assert result.returncode == 2
    assert "not as it was written" in result.stderr


def spoil(folder: Path, figures: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    frame = pl.read_parquet(figures / "two.parquet")
    frame.write_parquet(folder / "0.parquet")
    change(frame).write_parquet(folder / "1.parquet")


BAD: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "no-column": (lambda frame: frame.drop("value"), "has no column value"),
    "other-columns": (lambda frame: frame.drop("status"), "files before it"),
    "text": (lambda frame: frame.with_columns(value=pl.lit("1")), "its values are String"),
    "area": (lambda frame: frame.with_columns(area=pl.lit("KR-seol")), "KR-seoul"),
    "status": (lambda frame: frame.with_columns(status=pl.lit("Z")), "'Z'"),
    "year": (lambda frame: frame.with_columns(year=pl.lit(12, pl.Int64)), "calendar year"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_named(tmp_path: Path, figures: Path, kind: str) -> None:
    change, message = BAD[kind]
    spoil(tmp_path, figures, change)
    result = evaluate(tmp_path, tmp_path, "--out", "runs")
    assert result.returncode == 2
    assert message in result.stderr
    assert not list(tmp_path.glob("runs/*"))


def test_a_corrupt_file_among_many_is_named(tmp_path: Path, figures: Path) -> None:
    for number in range(5):
        whole = (figures / "one.parquet").read_bytes()
        (tmp_path / f"{number}.parquet").write_bytes(whole)
    damaged = tmp_path / "3.parquet"
    content = bytearray(damaged.read_bytes())
    content[8:200] = bytes(192)
    damaged.write_bytes(bytes(content))
    result = evaluate(tmp_path, tmp_path, "--out", "runs")
    assert result.returncode == 2
    assert "3.parquet" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.glob("runs/*"))


def test_a_disk_that_takes_no_more_leaves_nothing(tmp_path: Path, figures: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))

    evaluate(tmp_path, figures)
    before = shown(tmp_path, 1)
    command = [sys.executable, "-m", "citygoals", *arguments(figures), "--out", "runs"]
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=limit
    )
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.glob("runs/*"))
    assert shown(tmp_path, 1) == before


def explained(folder: Path, *more: str) -> Any:
    goal = ("KR", "clean-air", "--format", "json")
    result = run(folder, "explain", *goal, *more)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_run_of_files_is_explained_on_its_files(tmp_path: Path, figures: Path) -> None:
    for path in figures.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    evaluate(tmp_path, tmp_path, "--out", "runs", "--year", "2018")
    (said,) = (
        one
        for one in shown(tmp_path, 1)
        if (one["area"], one["goal"], one["profile"]) == ("KR", "clean-air", "common")
    )
    assert said["value"] == 18.0
    for more in ((), ("--run", "1")):
        found = explained(tmp_path, *more)
        assert found["assessment"] == said
        assert found["trace"]
    assert explained(tmp_path, "--year", "2015")["assessment"]["value"] == 14.0
    (tmp_path / "figures.csv").write_text(FIGURE.format(5))
    assert run(tmp_path, "import", "figures.csv").returncode == 0
    assert explained(tmp_path)["assessment"]["value"] == 5.0
    assert explained(tmp_path, "--run", "1")["assessment"] == said
    pl.read_parquet(tmp_path / "two.parquet")[1:].write_parquet(tmp_path / "two.parquet")
    changed = run(tmp_path, "explain", "KR", "clean-air", "--run", "1")
    assert changed.returncode == 2
    assert "are not those that run 1 judged" in changed.stderr


THEME = "environment-and-climate-change"
FIGURE = "area,indicator,year,value,source,unit\nKR,pm2-5-annual-mean,2020,{},Office,ug/m3\n"


def test_a_run_of_the_database_is_explained_on_what_it_knew(tmp_path: Path) -> None:
    for value in (5, 50):
        (tmp_path / "figures.csv").write_text(FIGURE.format(value))
        assert run(tmp_path, "import", "figures.csv").returncode == 0
        assert run(tmp_path, "evaluate", "--area", "KR").returncode == 0
    values = [explained(tmp_path, "--run", run)["assessment"]["value"] for run in ("1", "2")]
    assert values == [5.0, 50.0]
    refused = run(tmp_path, "explain", "KR", "clean-air", "--run", "1", "--as-of", "2026-01-01")
    assert refused.returncode == 2
    assert "leave out --as-of" in refused.stderr


def test_what_is_listed_is_bounded(tmp_path: Path, figures: Path) -> None:
    evaluate(tmp_path, figures, "--out", "runs", "--year", "2018", "--year", "2020")
    every = shown(tmp_path, 1)
    result = run(tmp_path, "show", "--limit", "3", "--format", "json")
    assert json.loads(result.stdout) == every[:3]
    assert "the first 3 assessments; there are more" in result.stderr
    whole = run(tmp_path, "show", "--limit", str(len(every)), "--format", "json")
    assert (json.loads(whole.stdout), whole.stderr) == (every, "")
    filters = ("--year", "2020", "--country", "MY", "--theme", THEME, "--decided")
    kept = run(tmp_path, "show", *filters, "--format", "json")
    expected = [
        one
        for one in every
        if (one["year"], one["country"], one["theme"]) == (2020, "MY", THEME)
        and one["status"] not in ("no-data", "not-applicable")
    ]
    assert expected
    assert json.loads(kept.stdout) == expected
    none = run(tmp_path, "show", "--theme", "safety", "--goal", "clean-air", "--format", "json")
    assert json.loads(none.stdout or "[]") == []


CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import polars as pl
from citygoals.core.base.coded import Words
from citygoals.core.store import Run, open_database
from citygoals.core.store.folders import new_folder

when = int(sys.argv[1])
at = datetime(2026, 1, 9, tzinfo=UTC)
steps = iter(range(when))

def step():
    if next(steps, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)

run = Run(started_at=at, as_of=None, parameters={}, engine="polars", citygoals_version="0",
          observations_hash="", rules_hash="")

def clock():
    step()
    return at

with open_database("forum.db", create=True) as database:
    with new_folder(Path("forum.db.runs"), database.path, at) as folder:
        step()
        for number in range(3):
            folder.write(pl.DataFrame({"year": [number]}))
            step()
        database.write_parquet_run(run, folder, Words(areas=[]), areas=[], goals={}, clock=clock)
        step()
"""


@pytest.mark.parametrize("when", range(7))
def test_killed_runs_are_whole_or_pruned(tmp_path: Path, when: int) -> None:
    subprocess.run([sys.executable, "-c", CHILD, str(when)], cwd=tmp_path, check=False)
    with open_database(tmp_path / "forum.db") as database:
        stored = database.runs()
    assert len(stored) == (1 if when >= 5 else 0)
    pruned = run(tmp_path, "runs", "prune")
    assert pruned.returncode == 0, pruned.stderr
    folders = list(tmp_path.glob("forum.db.runs/run-*"))
    assert len(folders) == len(stored)
    for folder in folders:
        kept = {path.name for path in folder.iterdir()}
        assert kept == {
            "part-00000.parquet",
            "part-00001.parquet",
            "part-00002.parquet",
            "words.json",
        }


def test_long_counts_stand_whole_below_each_other(tmp_path: Path) -> None:
    """Side by side they would be broken into pieces on a terminal of 80 columns."""
    names = [f"KR-d{number:03}" for number in range(200)]
    lines = ["id,name,level,country", *(f"{name},District,city,KR" for name in names)]
    (tmp_path / "areas.csv").write_text("\n".join(lines), encoding="utf-8")
    assert run(tmp_path, "areas", "add", "areas.csv").returncode == 0
    figures = {"area": names, "indicator": "pm2-5-annual-mean", "year": 2020, "value": 4.0}
    pl.DataFrame(figures).write_parquet(tmp_path / "figures.parquet")
    years = [f"--year={year}" for year in range(2004, 2024)]
    said = run(
        tmp_path,
        *("evaluate", "--profile", "common", "--observations", "figures.parquet"),
        *("--out", "runs", *years, *(f"--area={name}" for name in names)),
    )
    assert said.returncode == 0, said.stderr
    cells = [line.split() for line in said.stdout.splitlines()]
    # Clean air and cleaner air by 2030, in the year of the figure and in the three after it.
    assert ["met", f"{200 * 2 * 4:,}"] in cells
    assert ["all", f"{200 * 31 * 20:,}"] in cells


UNITS = dict(zip(INDICATORS, ("ug/m3", "%", "%"), strict=True))


@pytest.fixture(scope="module")
def recorded(figures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the figures imported into rows.db, into files.db, and half of each."""
    folder = tmp_path_factory.mktemp("recorded")
    paths = sorted(figures.glob("*.parquet"))
    for path in paths:
        frame = pl.read_parquet(path)
        frame = frame.with_columns(unit=pl.col("indicator").replace_strict(UNITS))
        frame.with_columns(value=pl.col("value") / 7).write_csv(folder / f"{path.stem}.csv")
    kept = {"rows": ("9", "9"), "files": ("0", "0"), "mixed": ("9", "0"), "turned": ("0", "9")}
    for name, thresholds in kept.items():
        for day, (path, number) in enumerate(zip(paths, thresholds, strict=True), start=1):
            limit = number.replace("9", "999")
            done = run(
                folder,
                *("import", f"{path.stem}.csv", "--db", f"{name}.db"),
                *("--as-of", f"2026-01-0{day}", "--files-from", limit),
            )
            assert done.returncode == 0, done.stderr
    return folder


def judged(folder: Path, db: str, *more: str) -> tuple[Any, Any]:
    """The assessments of an evaluation of a database and the hash of its observations."""
    every = [part for area in AREAS for part in ("--area", area)]
    years = ("--year", "2015", "--year", "2023")
    done = run(folder, "evaluate", "--db", db, *every, *years, *more)
    assert done.returncode == 0, done.stderr
    said = json.loads(run(folder, "show", "--db", db, "--format", "json").stdout)
    with open_database(folder / db, read_only=True) as database:
        latest = database.run()
    return said, latest.observations_hash


@pytest.mark.parametrize("as_of", [(), ("--as-of", "2026-01-01")], ids=["now", "then"])
def test_a_database_is_judged_in_columns_as_in_rows(
    recorded: Path, tmp_path: Path, as_of: tuple[str, ...]
) -> None:
    wanted = judged(recorded, "rows.db", *as_of)
    assert {one["status"] for one in wanted[0]} > {"met", "no-data"}
    ways = [
        ("rows", "--out", str(tmp_path / "runs")),
        ("rows", "--files-from", "1"),
        ("files",),
        ("files", "--engine", "rows"),
        ("files", "--engine", "duckdb"),
        ("mixed", "--out", str(tmp_path / "runs")),
        ("turned",),
    ]
    for db, *more in ways:
        assert judged(recorded, f"{db}.db", *as_of, *more) == wanted, (db, more)
    assert len(list(tmp_path.glob("runs/run-*/words.json"))) == 2
    assert list(recorded.glob("rows.db.runs/run-*/words.json"))


def test_what_does_not_go_together(recorded: Path) -> None:
    done = run(recorded, "evaluate", "--db", "rows.db", "--out", "runs", "--engine", "rows")
    assert done.returncode == 2
    assert "--out is for columns" in done.stderr


def test_nothing_to_judge_in_columns(tmp_path: Path) -> None:
    with open_database(tmp_path / "forum.db", create=True):
        pass
    done = run(tmp_path, "evaluate", "--out", "runs")
    assert done.returncode == 2
    assert "no observations yet" in done.stderr
    assert run(tmp_path, "evaluate", "--out", "runs", "--year", "2020").returncode == 0
    assert {one["status"] for one in shown(tmp_path, 1)} <= {"no-data", "not-applicable"}
