"""Parquet in, Parquet out: the command as a whole process against a script of Polars by hand.

    python benchmarks/files.py [--areas 10000] [--rounds 5]

10,000 areas are 50 million assessments (benchmarks/scenario.py). The script is
benchmarks/by_hand.py: it reads the same files, judges and writes every column but reason, marks,
source and target. Both answers are read back and compared cell by cell before anything is timed;
start-up, reading, hashing and fsync are in the figures. Results go to
benchmarks/results/files-<assessments>.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import by_hand
import polars as pl
import scenario
from evaluate import check, cities, goals_table
from harness import PROGRAM, process, record, same

from citygoals.core.judging.plan import Plan
from citygoals.core.store import open_database


def command(folder: Path, out: Path, engine: str) -> list[str]:
    """`citygoals evaluate` over the figures of the folder."""
    db, years = folder / "ministry.db", [f"--year={year}" for year in scenario.YEARS]
    said = ["--db", str(db), "--profile", scenario.PROFILE, "--out", str(out), "--engine", engine]
    return [PROGRAM, "evaluate", *said, "--observations", str(folder / "in" / "*.parquet"), *years]


def script(folder: Path, out: Path) -> list[str]:
    """The process of `by_hand`."""
    paths = sorted(map(str, (folder / "in").glob("*.parquet")))
    tables = [str(folder / "goals.parquet"), str(folder / "areas.parquet")]
    return [sys.executable, by_hand.__file__, *tables, str(out), *paths]


def lay(folder: Path, areas: int) -> Plan:
    """Figures, areas and goals as files; the database with its areas."""
    plan = scenario.plan_of(scenario.load(folder / "plugin"), areas)
    scenario.write_parquet(plan, areas, folder / "in")
    goals_table(plan).write_parquet(folder / "goals.parquet")
    known = pl.DataFrame({"id": [str(area.id) for area in plan.areas], "city": cities(plan)})
    known.write_parquet(folder / "areas.parquet")
    with open_database(folder / "ministry.db", create=True) as database:
        database.add_areas(plan.areas)
    return plan


def judged(folder: Path) -> pl.DataFrame:
    """What the command wrote, all parts."""
    return pl.read_parquet(sorted(folder.glob("run-*/*.parquet")))


def agree(plan: Plan, out: Path) -> None:
    """Stop where the files say different things."""
    words = json.loads(next((out / "ours").glob("run-*/words.json")).read_text(encoding="utf-8"))
    mine = judged(out / "ours")
    order = [words["goals"].index(goal.standing.goal.id) for goal in plan.goals]
    same("words", (order != sorted(order)) + (words["areas"] != list(plan.words.areas)), 2)
    theirs = pl.read_parquet(out / "hand" / "assessments.parquet")
    check(words["statuses"], mine, theirs)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", default="polars")
    asked = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "plugin").mkdir()
        plan = lay(folder, asked.areas)
        env, out = scenario.environment(folder / "plugin"), folder / "out"
        commands: dict[str, Sequence[str]] = {
            "citygoals": command(folder, out / "ours", asked.engine),
            "polars by hand": script(folder, out / "hand"),
        }
        rounds = []
        for number in range(asked.rounds + 1):
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            taken = {name: process(said, env) for name, said in commands.items()}
            if number == 0:
                agree(plan, out)
                continue
            rounds.append(taken)
    total = asked.areas * len(plan.goals) * len(plan.years)
    record(
        f"files-{total}",
        ["polars", "narwhals", "numpy"],
        assessments=total,
        rounds=asked.rounds,
        engine=asked.engine,
        seconds={name: statistics.median(r[name][0] for r in rounds) for name in commands},
        peak_bytes={name: max(r[name][1] for r in rounds) for name in commands},
        ratios={
            "polars by hand": statistics.median(
                one["citygoals"][0] / one["polars by hand"][0] for one in rounds
            )
        },
    )


if __name__ == "__main__":
    main()
