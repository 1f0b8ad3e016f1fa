"""Monte Carlo, leave-one-out and benefit of the doubt on a large index: seconds of one run.

    python benchmarks/robustness.py

200 areas, 80 indicators in 8 groups with gaps and outliers, 10,000 draws over weights,
normalisation, aggregation and imputation. Exit code 1 when a run takes longer than its goal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

from citygoals.core.results.score import Frame, index_of, score
from citygoals.core.results.score.favourable import favourable
from citygoals.core.results.score.robustness import leave_one_out, simulate
from citygoals.core.results.score.variants import VARIED

AREAS, GROUPS, EACH, DRAWS, REGIONS = 200, 8, 10, 10_000, 6
DOCUMENT = {
    "$schema": "https://schemas.citygoals.example/1/index.schema.json",
    "id": "large",
    "title": "Large",
    "indicators": {
        "impute": {"statistic": "mean", "group": "region"},
        "treat": {"winsorise": 5},
        "normalise": "min-max",
    },
    "index": {
        "id": "large",
        "children": [
            {"id": f"g{group}", "children": [f"x{group}-{at}" for at in range(EACH)]}
            for group in range(GROUPS)
        ],
    },
}


def figures(names: list[str]) -> Frame:
    """Log-normal figures, of which one in twenty is missing."""
    rng = np.random.default_rng(0)
    areas = [f"a{at}" for at in range(AREAS)]
    values = {
        name: np.where(rng.random(AREAS) < 0.05, np.nan, rng.lognormal(size=AREAS))
        for name in names
    }
    regions = [f"r{at % REGIONS}" for at in range(AREAS)]
    return Frame(
        file="large",
        areas=areas,
        names=areas,
        years=[None] * AREAS,
        figures=values,
        words={"region": regions},
    )


def seconds(work: Callable[[], object]) -> float:
    """The time that work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def main() -> int:
    """Print what each analysis takes and its goal; 1 when one is missed."""
    index = index_of(DOCUMENT, "large")
    frame = figures([leaf.indicator for leaf in index.root.leaves()])
    scores = score(index, frame)
    children = [scores.nodes[child.id].score for child in index.root.children]
    stated = np.full(len(children), 1 / len(children))
    runs: list[tuple[str, float, Callable[[], object]]] = [
        ("score once", 2, lambda: score(index, frame)),
        ("weights", 10, lambda: simulate(index, frame, draws=DRAWS, vary=frozenset({"weights"}))),
        ("all choices", 10, lambda: simulate(index, frame, draws=DRAWS, vary=frozenset(VARIED))),
        ("leave one out", 5, lambda: leave_one_out(index, frame)),
        ("favourable weights", 10, lambda: favourable(np.column_stack(children), stated, 0.5)),
    ]
    missed = 0
    for name, goal, work in runs:
        taken = seconds(work)
        missed += taken > goal
        print(f"{name:20} {taken:6.2f} s   goal {goal} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
