"""Breaks operators, the judge's choices and results in turn; the suite must notice every time.

`python tests/mutation [text …]` runs the mutants whose name contains a text, all without one; with
`--jobs 1` one after the other. Each runs in a pytest of its own. Exit code 1 if one lives.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mutant_operators import broken_operators
from mutant_source import edits

HERE = Path(__file__).parent
TESTS = HERE.parent
PYTEST = Path(sys.executable).with_name("pytest")
TABLES = ("logic/test_operator_cases.py",)
COLUMN_TABLES = (
    "logic_columns/test_columns_contract.py",
    "logic_columns/test_columns_cases.py",
    "logic_columns/test_engines.py",
)
OF_OPERATORS = ("logic_columns", "logic")
OF_JUDGING = (
    "evaluation/test_evaluation_tables.py",
    "comparison",
    "results",
    "store/test_runs.py",
    "evaluation",
)


@dataclass(frozen=True)
class Asked:
    """The tests that are asked: paths, and a text of their names where not all are meant."""

    paths: Sequence[str]
    among: str = ""


def mutants() -> Mapping[str, tuple[Asked, Asked]]:
    """Every mutant by name, with the quick tests and all that may notice it."""
    operators = {
        name: (Asked(TABLES if form == "row" else COLUMN_TABLES), Asked(OF_OPERATORS))
        for name, (_, form, _) in broken_operators().items()
    }
    every = Asked(OF_JUDGING)
    sources = {name: (Asked(edit.tests, edit.among), every) for name, edit in edits().items()}
    return {**operators, **sources}


def verdict(mutant: str) -> tuple[str, str]:
    """Which test noticed a mutant first, the quick ones asked before all; empty where none did."""
    quick, every = mutants()[mutant]
    return mutant, noticed(mutant, quick) or noticed(mutant, every)


def noticed(mutant: str, asked: Asked) -> str:
    """Which of these tests noticed a mutant first; empty where none did."""
    settings = {"CITYGOALS_MUTANT": mutant, "PYTHONPATH": str(HERE), "POLARS_MAX_THREADS": "1"}
    paths = [str(TESTS / path) for path in asked.paths]
    done = subprocess.run(
        [PYTEST, "-x", "-q", "-p", "mutant_plugin", "-k", asked.among, *paths],
        env={**os.environ, **settings},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (?:tests/)?(.+?)(?: - |$)", done.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"{mutant}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return found[1]


def main() -> int:
    """Run what was asked for, a line each."""
    parser = argparse.ArgumentParser(description="Breaks the code; the suite must notice.")
    parser.add_argument("texts", nargs="*", default=[""], help="part of a mutant's name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="so many at once")
    asked = parser.parse_args()
    names = [name for name in mutants() if any(text in name for text in asked.texts or [""])]
    width, alive = max(map(len, names), default=0), 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        for mutant, test in pool.map(verdict, names):
            alive += not test
            sys.stdout.write(f"{mutant:<{width}}  {test or 'LIVES'}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(names) - alive} of {len(names)} mutants noticed\n")
    return 1 if alive or not names else 0


if __name__ == "__main__":
    sys.exit(main())
