"""Many areas in columns: medians of one run, ratios to Polars written by hand.

    python benchmarks/bulk.py [--areas 1000] [--rounds 5]

250 goals over five rules, 20 years, 10 % of figures missing, values that lie on thresholds. The
answers of both sides are compared cell by cell before anything is timed. Results go to
benchmarks/results/bulk-<assessments>.json with a description of the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from citygoals.core.bulk.plan import Plan, make_plan
from citygoals.core.bulk.run import evaluate_bulk
from citygoals.core.bulk.sources import Sorted
from citygoals.core.evaluate import Request
from citygoals.core.forum import COMMON, Forum
from citygoals.core.logic import NamedRule
from citygoals.core.model import (
    Area,
    AreaId,
    Direction,
    Goal,
    GoalId,
    IndicatorId,
    Level,
    ProfileId,
    RuleId,
    Target,
    Text,
)
from citygoals.core.plugin.assembly import assemble_plugins
from citygoals.core.plugin.manager import Plugins

GOALS, FIRST, LAST, MAX_AGE, BASE = 250, 2005, 2024, 5, 2008
YEARS = tuple(range(FIRST, LAST + 1))
SPAN = len(YEARS)
VALUE, TARGET = {"var": "value"}, {"var": "target"}
OWN_RULES: dict[str, Any] = {
    "near": {"if": [{">=": [{"/": [VALUE, TARGET]}, 0.9]}, "met", "not-met"]},
    "grew": {
        "if": [
            {"missing": ["previous"]},
            "not-met",
            {">": [VALUE, {"var": "previous"}]},
            "on-track",
            "behind",
        ]
    },
}
RULES = ("threshold", "linear-path", "within-range", "near", "grew")
CELLS = ("status", "value", "value_year", "gap", "score")


def make_forum() -> Forum:
    """The common forum with 250 goals over 250 indicators and five rules."""
    forum = assemble_plugins(Plugins()).forum
    model = next(i for i in forum.indicators.values() if i.unit == "percent")
    goal = next(g for g in forum.goals.values() if len(g.indicators) == 1)
    indicators, goals = {}, {}
    for number in range(GOALS):
        name = IndicatorId(f"indicator-{number}")
        indicators[name] = replace(
            model, id=name, direction=Direction.HIGHER, minimum=0.0, maximum=100.0
        )
        goals[GoalId(f"goal-{number}")] = make_goal(goal, number, name)
    rules = dict(forum.rules)
    words = ["met", "not-met", "on-track", "behind", "off-track"]
    for name, logic in OWN_RULES.items():
        document = {"id": name, "title": name, "scale": "attainment", "logic": logic}
        rules[RuleId(name)] = NamedRule.load(document, statuses=words)
    return replace(forum, indicators=indicators, goals=goals, rules=rules, mappings=[])


def make_goal(model: Goal, number: int, indicator: IndicatorId) -> Goal:
    rule = RULES[number % len(RULES)]
    target = Target(value=float(40 + number % 50), year=2030, baseline_year=BASE)
    if rule == "within-range":
        target = Target(minimum=20.0, maximum=float(40 + number % 50))
    return replace(
        model,
        id=GoalId(f"goal-{number}"),
        profile=ProfileId("common"),
        indicators=(indicator,),
        rule=RuleId(rule),
        targets=(target,),
        max_age=MAX_AGE,
        forecasts_count=False,
        examples=(),
    )


def make_plan_and_figures(forum: Forum, areas: int) -> tuple[Plan, pl.DataFrame]:
    """The plan, and whole numbers from 0 to 100 as figures, so that many lie on thresholds."""
    cities = [
        Area(id=AreaId(f"XX-{n}"), name=Text({"en": "City"}), level=Level.CITY, country="XX")
        for n in range(areas)
    ]
    plan = make_plan(forum, cities, Request(profiles=(COMMON,), years=YEARS), YEARS)
    plan.words.sources.code("Office")
    rng = np.random.default_rng(2024)
    at = np.flatnonzero(rng.random(areas * GOALS * SPAN) > 0.1)
    frame = pl.DataFrame(
        {
            "area": (at // (GOALS * SPAN)).astype(np.int32),
            "indicator": (at // SPAN % GOALS).astype(np.int32),
            "year": (at % SPAN + FIRST).astype(np.int32),
            "value": rng.integers(0, 101, len(at)).astype(np.float64),
            "status": np.ones(len(at), np.uint8),
            "source": np.zeros(len(at), np.int32),
            "confidence": np.zeros(len(at), np.uint8),
            "released": np.zeros(len(at), np.int32),
        }
    )
    return plan, frame.with_columns(pl.col("area").set_sorted())


def ours(plan: Plan, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    return evaluate_bulk(plan, Sorted(frame), FIRST, engine="polars")


def by_hand(plan: Plan, frame: pl.DataFrame, areas: int) -> pl.DataFrame:
    """The same goals in Polars as one would write them for nothing else.

    Positions in a dense grid carry the latest figure forward; no join but that of the targets.
    """
    size = areas * GOALS * SPAN
    place = (pl.col("area").cast(pl.Int64) * GOALS + pl.col("indicator")) * SPAN
    at = frame.select(place + pl.col("year") - FIRST).to_series().to_numpy()
    dense = np.full(size, np.nan)
    dense[at] = frame["value"].to_numpy()
    row, value = pl.col("row"), pl.col("dense")
    lazy = pl.DataFrame({"dense": dense}).lazy().with_row_index("row")
    lazy = lazy.with_columns(
        row.cast(pl.Int64),
        goal=(row // SPAN % GOALS).cast(pl.Int32),
        year=(row % SPAN + FIRST).cast(pl.Int32),
    )
    lazy = lazy.with_columns(
        last=pl.when(value.is_not_nan()).then(row.cast(pl.Int64)).forward_fill()
    )
    lazy = lazy.with_columns(before=pl.col("last").shift(1).gather(pl.col("last")))
    start = row.cast(pl.Int64) // SPAN * SPAN
    fresh = (pl.col("last") >= start) & (row.cast(pl.Int64) - pl.col("last") <= MAX_AGE)
    base = start + (BASE - FIRST)
    lazy = lazy.with_columns(
        value=pl.when(fresh).then(value.gather(pl.col("last"))),
        value_year=pl.when(fresh).then(pl.col("last") % SPAN + FIRST),
        previous=pl.when(fresh & (pl.col("before") >= start)).then(value.gather(pl.col("before"))),
        previous_year=pl.when(fresh & (pl.col("before") >= start)).then(
            pl.col("before") % SPAN + FIRST
        ),
        baseline=pl.when(fresh & (pl.col("year") >= BASE)).then(value.gather(base)).fill_nan(None),
    )
    return (
        lazy.join(goals_table(), on="goal", how="left", maintain_order="left")
        .select(*answers(plan))
        .collect()
    )


def goals_table() -> pl.LazyFrame:
    numbers = np.arange(GOALS, dtype=np.int32)
    ranged = numbers % len(RULES) == RULES.index("within-range")
    bound = (40 + numbers % 50).astype(np.float64)
    return pl.LazyFrame(
        {
            "goal": numbers,
            "rule": numbers % len(RULES),
            "bound": bound,
            "ranged": ranged,
            "due": np.full(GOALS, 2030.0),
            "from": np.full(GOALS, float(BASE)),
        }
    )


def answers(plan: Plan) -> list[pl.Expr]:
    """Status, value, its year, gap and score, in the numbers of the plan."""
    words = {word: code for code, word in enumerate(plan.words.statuses.items)}
    code = {word: pl.lit(number, pl.UInt8) for word, number in words.items()}
    value, bound, year = pl.col("value"), pl.col("bound"), pl.col("value_year")
    base, previous, before = pl.col("baseline"), pl.col("previous"), pl.col("previous_year")

    def word(name: str) -> pl.Expr:
        return code[name]  # type: ignore[index]

    path = base + (bound - base) * ((year - pl.col("from")) / (pl.col("due") - pl.col("from")))
    pace = (value - previous) / (year - before) - (bound - value) / (2030 - year)
    linear = (
        pl.when(value - bound >= 0).then(word("met"))
        .when(base.is_not_null() & (year > BASE))
        .then(
            pl.when(value - path >= 0).then(word("on-track"))
            .when(value - base > 0).then(word("behind")).otherwise(word("off-track"))
        )
        .when(previous.is_not_null())
        .then(
            pl.when(pace >= 0).then(word("on-track"))
            .when(value - previous > 0).then(word("behind")).otherwise(word("off-track"))
        )
        .otherwise(word("not-met"))
    )  # fmt: skip
    rule = pl.col("rule")
    inside = (value >= 20.0) & (value <= bound)
    met = pl.when(rule == 0).then(value >= bound).when(rule == 2).then(inside)
    grew = pl.when(previous.is_null()).then(word("not-met")).when(value > previous)
    status = (
        pl.when(value.is_null()).then(word("no-data"))
        .when(rule == 1).then(linear)
        .when(rule == 4).then(grew.then(word("on-track")).otherwise(word("behind")))
        .when(met.otherwise(value / bound >= 0.9)).then(word("met"))
        .otherwise(word("not-met"))
    )  # fmt: skip
    aim = pl.when(pl.col("ranged") & (value < 20.0)).then(20.0).otherwise(bound)
    done = pl.when(pl.col("ranged")).then(inside).otherwise(value >= bound)
    limit = pl.when(pl.col("ranged") & (value > bound)).then(100.0).otherwise(0.0)
    begin = pl.when(pl.col("ranged")).then(limit).otherwise(base.fill_null(0.0))
    stuck = (begin == aim) | ((begin < aim) != (value < aim))
    share = ((value - begin) / (aim - begin)).clip(0.0, 1.0)
    score = pl.when(done).then(100.0).when(stuck).then(0.0).otherwise(100.0 * share)
    return [
        status.alias("status"),
        value,
        year.cast(pl.Int16),
        pl.when(done).then(0.0).otherwise((aim - value).abs()).alias("gap"),
        pl.when(value.is_not_null()).then(score).alias("score"),
    ]


def check(plan: Plan, frame: pl.DataFrame, areas: int) -> None:
    """Stop where one cell differs."""
    mine = pl.concat(ours(plan, frame)).sort("area", "goal", "year").select(CELLS)
    theirs = by_hand(plan, frame, areas)
    for name in CELLS:
        differ = (~mine[name].eq_missing(theirs[name])).sum()
        if differ:
            at = (~mine[name].eq_missing(theirs[name])).arg_true()[0]
            print(mine[at], theirs[at], at)
            sys.exit(f"{name}: {differ} of {mine.height} cells differ; no ratio is printed")


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    plan, frame = make_plan_and_figures(make_forum(), asked.areas)
    check(plan, frame, asked.areas)
    total = asked.areas * GOALS * SPAN
    pairs = [
        (
            seconds(lambda: sum(chunk.height for chunk in ours(plan, frame))),
            seconds(lambda: by_hand(plan, frame, asked.areas)),
        )
        for _ in range(asked.rounds)
    ]
    mine, hand = (statistics.median(column) for column in zip(*pairs, strict=True))
    result = {
        "assessments": total,
        "rounds": asked.rounds,
        "seconds": {"citygoals": mine, "polars by hand": hand},
        "ratio": statistics.median(one / other for one, other in pairs),
        "load": os.getloadavg(),
        "machine": {
            "cpu": platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.system(),
        },
        "versions": {"python": platform.python_version(), "polars": pl.__version__},
        "peak_megabytes_of_both": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }
    path = Path(__file__).parent / "results" / f"bulk-{total}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
