"""Many areas in columns: medians of one run, ratios to Polars written by hand and to peers.

    python benchmarks/evaluate.py [--areas 10000] [--rounds 5]

10,000 areas are 50 million assessments (benchmarks/scenario.py). The answers of both sides are
compared cell by cell before anything is timed. Peers (benchmarks/peers.py) judge sampled records:
the rule alone, without choosing figures, gap, score and reason. Results go to
benchmarks/results/evaluate-<assessments>.json.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import by_hand
import numpy as np
import peers
import polars as pl
import scenario
from harness import in_turns, medians, peak_above, ratio, record, same

from citygoals.core.base.model import StandKind, Target
from citygoals.core.judging.observations import Sorted
from citygoals.core.judging.plan import Plan
from citygoals.core.judging.run import judge_all


def goals_table(plan: Plan) -> pl.DataFrame:
    """What Polars by hand has to know of the goals, for other areas and for cities."""
    rows = []
    for one in plan.goals:
        goal, indicator = one.standing.goal, one.indicator
        for city in (False, True):
            level = [t for t in one.standing.targets if city and t.level is not None]
            general = [t for t in one.standing.targets if t.level is None]
            aim = next(iter(level or general), Target())
            rows.append(
                {
                    "name": str(indicator.id),
                    "indicator": one.indicators[0],
                    "declined": one.standing.stand is StandKind.DECLINED,
                    "rule": by_hand.RULES.index(goal.rule) if goal.rule in by_hand.RULES else -1,
                    "bound": aim.maximum if aim.is_range else aim.value,
                    "low": aim.minimum,
                    "sign": float(indicator.direction.sign),
                    "worst": indicator.minimum if aim.is_range else indicator.worst,
                    "highest": indicator.maximum,
                    "due": aim.year,
                    "from": aim.baseline_year,
                    "max_age": one.standing.max_age,
                }
            )
    numbers = dict.fromkeys(("bound", "low", "worst", "highest", "due", "from"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=numbers, infer_schema_length=None)


def cities(plan: Plan) -> np.ndarray:
    return np.array([area.level.value == "city" for area in plan.areas])


def ours(plan: Plan, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    return judge_all(plan, Sorted(frame), scenario.FIRST, engine="polars")


def check(statuses: Sequence[str], mine: pl.DataFrame, theirs: pl.DataFrame) -> None:
    """Stop where one cell differs."""
    mine = mine.sort("area", "goal", "year").select(by_hand.CELLS)
    codes = [by_hand.STATUSES.index(word) for word in statuses]
    status = np.array(codes, np.uint8)[mine["status"].to_numpy()]
    mine = mine.with_columns(pl.Series("status", status))
    for name in by_hand.CELLS:
        same(name, (~mine[name].eq_missing(theirs[name])).sum(), mine.height)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        plan = scenario.plan_of(scenario.load(Path(folder)), asked.areas)
    frame = scenario.all_figures(plan, asked.areas)
    table, which = goals_table(plan), cities(plan)
    total = asked.areas * len(plan.goals) * len(plan.years)

    def hand() -> pl.DataFrame:
        return by_hand.judge(frame, table.drop("name"), which)

    peak = peak_above(lambda: sum(c.height for c in ours(plan, frame)))
    check(plan.words.statuses.items, pl.concat(ours(plan, frame)), hand())
    runs = {"citygoals": lambda: sum(c.height for c in ours(plan, frame)), "polars by hand": hand}
    taken = in_turns(runs, asked.rounds)
    mine = statistics.median(taken["citygoals"]) / total
    verdict = peers.seconds_per_verdict(peers.sample(plan, frame), asked.rounds)
    record(
        f"evaluate-{total}",
        ["polars", "narwhals", "numpy"],
        assessments=total,
        rounds=asked.rounds,
        seconds=medians(taken),
        microseconds_per_verdict={name: 1e6 * each for name, each in verdict.items()},
        peak_bytes_above_input=peak,
        ratios={
            "polars by hand": ratio(taken, "citygoals", "polars by hand"),
            **{f"{name}, slower per verdict": each / mine for name, each in verdict.items()},
        },
    )


if __name__ == "__main__":
    main()
