"""What an evaluation costs as it grows: 0.5, 5, 50 and 500 million assessments on every engine.

    python benchmarks/cost.py [--areas 100 1000 10000 100000] [--engines polars duckdb spark]
                              [--folder DIR]

Each point is `citygoals evaluate` over Parquet files as a process of its own, once (the small sizes
three times, the median counts): seconds, and the peak bytes of the process and its children, with
--memory as it is by default. Points are added to benchmarks/results/cost.json one by one; an
evaluation by another engine has to give the same counts of statuses. 500 million assessments
take some 20 GB in the folder. `python benchmarks/chart.py` draws docs/images/cost.svg.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import files
import polars as pl
import scenario
from harness import RESULTS, machine, process, same

ENGINES = ("polars", "duckdb", "spark")
RESULT = RESULTS / "cost.json"
SMALL = 5_000_000


def points() -> list[dict[str, Any]]:
    """What was measured so far."""
    if not RESULT.exists():
        return []
    found: list[dict[str, Any]] = json.loads(RESULT.read_text(encoding="utf-8"))["points"]
    return found


def keep(point: dict[str, Any]) -> None:
    """Add a point; an earlier one of the same engine and size goes."""
    key = point["engine"], point["assessments"]
    others = [one for one in points() if (one["engine"], one["assessments"]) != key]
    kept = sorted([*others, point], key=lambda one: (one["assessments"], one["engine"]))
    text = json.dumps({"machine": machine(), "points": kept}, indent=2)
    RESULT.write_text(f"{text}\n", encoding="utf-8")
    print(json.dumps(point))


def statuses(out: Path) -> dict[str, int]:
    """How many assessments of the run have which status."""
    run = next(out.glob("run-*"))
    words = json.loads((run / "words.json").read_text(encoding="utf-8"))["statuses"]
    counts = pl.scan_parquet(run / "**/*.parquet").group_by("status").len().collect()
    return {words[status]: count for status, count in counts.sort("status").rows()}


def measure(folder: Path, areas: int, engines: Iterable[str]) -> None:
    """The points of one size."""
    files.lay(folder, areas)
    env, out = scenario.environment(folder / "plugin"), folder / "out"
    first: dict[str, int] = {}
    for engine in engines:
        taken = []
        total = sum(first.values())
        for _ in range(3 if not first or total <= SMALL else 1):
            shutil.rmtree(out, ignore_errors=True)
            taken.append(process(files.command(folder, out, engine), env))
            counts = statuses(out)
            first = first or counts
            same(f"statuses by {engine}", counts != first, len(first))
            total = sum(counts.values())
            if total > SMALL:
                break
        shutil.rmtree(out)
        keep(
            {
                "engine": engine,
                "assessments": total,
                "runs": len(taken),
                "seconds": round(statistics.median(one for one, _ in taken), 2),
                "peak_bytes": max(peak for _, peak in taken),
            }
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, nargs="+", default=[100, 1000, 10_000, 100_000])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--folder", type=Path, help="where files go; default: a temporary folder")
    asked = parser.parse_args()
    for areas in asked.areas:
        with TemporaryDirectory(dir=asked.folder) as temporary:
            folder = Path(temporary)
            (folder / "plugin").mkdir()
            measure(folder, areas, asked.engines)


if __name__ == "__main__":
    main()
