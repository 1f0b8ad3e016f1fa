"""What is not plain: goals over several indicators, lent figures, two sources that tie.

    python benchmarks/crowded.py [--areas 1500] [--rounds 5]

Of the scenario's indicators 23 lend their figures to common ones, every other one as a proxy; 60
goals are over three indicators each. Every figure is reported by two offices that nothing ranks; a
tenth of theirs differ, so that the year is a conflict. Beside it stands the plain scenario of as
many assessments, judged in the same round. Results go to
benchmarks/results/crowded-<assessments>.json.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import scenario
from harness import in_turns, medians, ratio, record

from citygoals.core.judging.observations import Sorted
from citygoals.core.judging.plan import Plan
from citygoals.core.judging.run import judge_all

SEVERAL, DIFFERING = 60, 0.1
COMMON = (
    *("hospitals-with-electronic-medical-records", "online-unified-health-file"),
    *("households-with-smart-energy-meters", "autonomous-vehicles"),
    *("electric-share-of-car-sales", "fast-share-of-public-charging", "area-covered-by-cameras"),
    *("street-lights-managed", "renewable-share-of-electricity", "renewable-share-of-energy"),
    *("wastewater-secondary-treatment", "individuals-using-internet", "solid-waste-recycled"),
    *("household-internet-access", "fast-broadband-access", "services-requested-online"),
    *("population-near-public-transport", "early-warning-coverage"),
    *("population-with-potable-water", "population-with-improved-sanitation"),
    *("population-with-electricity", "population-with-waste-collection"),
    "low-emission-vehicles",
)


def documents() -> Mapping[str, Any]:
    """The scenario's profile with goals over several indicators, and mappings."""
    plain = scenario.documents()
    goals = [over_three(number) for number in range(SEVERAL)]
    kinds = ("converted", "proxy")
    mappings = [
        {
            "indicator": f"zz-indicator-{4 * number}",
            "common": common,
            "kind": kinds[number % 2],
            "reason": "A benchmark.",
        }
        for number, common in enumerate(COMMON)
    ]
    return {**plain, "goals": {"goals": goals}, "mappings": {"mappings": mappings}}


def over_three(number: int) -> dict[str, Any]:
    aim = {"status": "illustrative", "reason": "A benchmark.", "value": 20 + number, "year": 2030}
    return {
        "id": f"zz-goal-{number}",
        "title": f"Goal {number}",
        "indicators": [f"zz-indicator-{4 * (3 * number + at) % scenario.OWN}" for at in range(3)],
        "theme": "energy",
        "rule": "all-reached",
        "targets": [aim],
        "reason": "A benchmark.",
    }


def figures(plan: Plan, areas: int) -> pl.DataFrame:
    """Figures of all own indicators from two offices."""
    rng = np.random.default_rng(2024)
    own = [at for at, name in enumerate(plan.indicators) if name.startswith("zz-")]
    cells = areas * len(own) * scenario.SPAN
    at = np.flatnonzero(rng.random(cells) > 0.1)
    first = rng.integers(0, 101, len(at)).astype(np.float64)
    second = np.where(rng.random(len(at)) < DIFFERING, 100 - first, first)
    columns = {
        "area": (at // (len(own) * scenario.SPAN)).astype(np.int32),
        "indicator": np.array(own, np.int32)[at // scenario.SPAN % len(own)],
        "year": (at % scenario.SPAN + scenario.FIRST).astype(np.int32),
        "status": np.ones(len(at), np.uint8),
        "confidence": np.zeros(len(at), np.uint8),
        "released": np.zeros(len(at), np.int32),
    }
    offices = [
        pl.DataFrame({**columns, "value": value, "source": np.full(len(at), source, np.int32)})
        for source, value in enumerate((first, second))
    ]
    return pl.concat(offices).sort("area").with_columns(pl.col("area").set_sorted())


def total(plan: Plan, frame: pl.DataFrame) -> int:
    chunks = judge_all(plan, Sorted(frame), scenario.FIRST, engine="polars")
    return sum(chunk.height for chunk in chunks)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        crowded = scenario.plan_of(scenario.load(Path(folder), documents()), asked.areas)
    crowded.words.sources.code("Bureau")
    with TemporaryDirectory() as folder:
        plain_areas = round(asked.areas * len(crowded.goals) / (scenario.OWN + 31))
        plain = scenario.plan_of(scenario.load(Path(folder)), plain_areas)
    frames = figures(crowded, asked.areas), scenario.all_figures(plain, plain_areas)
    counts = {"crowded": crowded.assessments, "plain": plain.assessments}
    runs = {
        "crowded": lambda: total(crowded, frames[0]),
        "plain": lambda: total(plain, frames[1]),
    }
    taken = in_turns(runs, asked.rounds)
    record(
        f"crowded-{counts['crowded']}",
        ["polars", "narwhals", "numpy"],
        assessments=counts["crowded"],
        rounds=asked.rounds,
        seconds=medians(taken),
        per_second={name: count / statistics.median(taken[name]) for name, count in counts.items()},
        ratios={"plain": ratio(taken, "crowded", "plain")},
    )


if __name__ == "__main__":
    main()
