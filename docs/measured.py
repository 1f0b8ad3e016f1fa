"""The page of benchmark results, from benchmarks/results/*.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results"


@dataclass(frozen=True)
class Work:
    """A line of the table: the benchmark, what is compared, where its figure stands, the goal."""

    benchmark: str
    work: str
    against: str
    figure: tuple[str, ...]
    goal: str


WORKS = (
    *(
        Work(
            "door",
            f"`citygoals {name}` on the example forum",
            "the same at 706f77b, user seconds",
            ("ratios", name),
            f"at most {goal} times the time",
        )
        for name, goal in {"profiles": 0.7, "show": 0.7, "explain": 0.7, "evaluate": 0.8}.items()
    ),
    Work(
        "evaluate",
        "evaluate in memory",
        "Polars by hand",
        ("ratios", "polars by hand"),
        "at most 1.1 times the time",
    ),
    Work(
        "evaluate",
        "a whole assessment",
        "a verdict of datalogic-py",
        ("ratios", "datalogic-py, slower per verdict"),
        "at least 60 times faster",
    ),
    Work(
        "evaluate",
        "a whole assessment",
        "a verdict of json-logic-qubit",
        ("ratios", "json-logic-qubit, slower per verdict"),
        "at least 1,800 times faster",
    ),
    Work(
        "evaluate",
        "peak memory above the input, GB",
        "",
        ("peak_bytes_above_input",),
        "under 1.5",
    ),
    Work(
        "files",
        "Parquet in, Parquet out, as a process",
        "a script of Polars by hand",
        ("ratios", "polars by hand"),
        "at most 1.3 times the time",
    ),
    Work(
        "sqlite",
        "assessments into SQLite, durable",
        "sqlite-utils `insert_all`",
        ("times_faster", "words"),
        "at least 10 times faster",
    ),
    Work(
        "import",
        "import CSV with validation, as a process",
        "`polars.read_csv` alone",
        ("ratios", "polars.read_csv"),
        "at most 4 times the time",
    ),
    Work(
        "compare",
        "compare a run in files",
        "DuckDB SQL by hand",
        ("ratios", "duckdb by hand"),
        "at most 2 times the time",
    ),
    Work(
        "spark",
        "evaluate on Spark `local[2]`",
        "Spark SQL by hand",
        ("ratios", "spark sql by hand"),
        "at most 1.5 times the time",
    ),
)


def measured_page(made: str) -> str:
    """Every line of the table, the cost of growth, and the machine."""
    lines = ["| work | rows | against | goal | seen |", "|---|---:|---|---|---:|"]
    lines += [_line(work, *largest(work.benchmark)) for work in WORKS]
    growth = ["| assessments | engine | seconds | peak memory, GB |", "|---:|---|---:|---:|"]
    growth += _growth()
    return "\n\n".join(
        [
            "# Measured",
            made,
            "What `make bench` wrote to `benchmarks/results/`, the largest size of each. Before"
            " anything is timed, the answers of both sides are compared cell by cell. Ratios are"
            " medians of ratios inside a round. [Many areas](../scale.md#measured) says what bounds"
            " the figures that miss their goal.",
            "\n".join(lines),
            "What `citygoals evaluate` over Parquet files costs as a process of its own"
            " (`benchmarks/cost.py`), memory with all its children:",
            "\n".join(growth),
            _machine(),
        ]
    )


def largest(benchmark: str) -> tuple[int, Mapping[str, Any]]:
    """The result of a benchmark with most rows, and how many."""
    found = {
        int(path.stem.rpartition("-")[2]): path for path in RESULTS.glob(f"{benchmark}-*.json")
    }
    if not found:
        return 0, {}
    rows = max(found)
    result: Mapping[str, Any] = json.loads(found[rows].read_text(encoding="utf-8"))
    return rows, result


def _line(work: Work, rows: int, result: Any) -> str:
    for key in work.figure:
        result = result.get(key, {}) if result else {}
    seen = "not measured"
    if result:
        seen = (
            f"{result / 1e9:.2f}" if work.figure[0] == "peak_bytes_above_input" else _short(result)
        )
    return f"| {work.work} | {rows:,} | {work.against} | {work.goal} | {seen} |"


def _short(figure: float) -> str:
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.2g}" if figure < 10 else f"{figure:.1f}"


def _growth() -> Iterator[str]:
    content = json.loads((RESULTS / "cost.json").read_text(encoding="utf-8"))
    for one in content["points"]:
        cells = f"{one['seconds']:,.1f} | {one['peak_bytes'] / 1e9:.2f}"
        yield f"| {one['assessments']:,} | {one['engine']} | {cells} |"


def _machine() -> str:
    machine = json.loads((RESULTS / "cost.json").read_text(encoding="utf-8"))["machine"]
    return (
        f"The machine: {machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']} GB,"
        f" {machine['system']}. Every result names the load and the versions it was taken with.\n"
    )
