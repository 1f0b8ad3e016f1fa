"""The goals of the scenario in Polars, as one would write them for these goals and nothing else.

Figures lie on a dense grid of area, goal and year; positions of the latest figure are carried
forward. The five rules are one expression each, in the order in which the rules compute.

    python benchmarks/by_hand.py GOALS.parquet AREAS.parquet OUT FIGURES.parquet …

reads, judges and writes files as a process of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

FIRST, SPAN = 2005, 20
RULES = ("threshold", "linear-path", "within-range", "zz-near", "zz-grew")
STATUSES = ("no-data", "not-applicable", "met", "not-met", "on-track", "behind", "off-track")
CODE = {word: pl.lit(code, pl.UInt8) for code, word in enumerate(STATUSES)}
CELLS = (
    *("area", "goal", "year", "status", "value", "value_year", "baseline", "baseline_year"),
    *("previous", "previous_year", "gap", "score"),
)


def judge(figures: pl.DataFrame, goals: pl.DataFrame, cities: np.ndarray) -> pl.DataFrame:
    """What CELLS names, by area, goal and year; a status is its place in STATUSES.

    `figures` has the numbers of area and indicator; `goals` is two rows a goal, for areas that are
    no cities and for cities; `cities` says which areas are.
    """
    areas, count = len(cities), goals.height // 2
    lazy = pl.DataFrame({"dense": on_grid(figures, goals, areas)}).lazy().with_row_index("row")
    row, value = pl.col("row").cast(pl.Int64), pl.col("dense")
    lazy = lazy.with_columns(
        row=row,
        kind=(row // SPAN % count * 2 + pl.lit(pl.Series(cities)).gather(row // SPAN // count)),
        year=(row % SPAN + FIRST).cast(pl.Float64),
        last=pl.when(value.is_not_nan()).then(row).forward_fill(),
    )
    lazy = lazy.join(
        goals.lazy().with_row_index("kind").with_columns(pl.col("kind").cast(pl.Int64)),
        on="kind",
        how="left",
        maintain_order="left",
    )
    lazy = lazy.with_columns(before=pl.col("last").shift(1).gather(pl.col("last")))
    start, row = pl.col("row") // SPAN * SPAN, pl.col("row")
    fresh = (pl.col("last") >= start) & (row - pl.col("last") <= pl.col("max_age"))
    earlier = fresh & (pl.col("before") >= start)
    base = (start + pl.col("from").cast(pl.Int64) - FIRST).fill_null(0)
    lazy = lazy.with_columns(
        value=pl.when(fresh).then(value.gather(pl.col("last"))),
        value_year=pl.when(fresh).then((pl.col("last") % SPAN + FIRST).cast(pl.Float64)),
        previous=pl.when(earlier).then(value.gather(pl.col("before"))),
        previous_year=pl.when(earlier).then((pl.col("before") % SPAN + FIRST).cast(pl.Float64)),
        baseline=pl.when(fresh & (pl.col("year") >= pl.col("from")))
        .then(value.gather(base))
        .fill_nan(None),
    )
    keys = (
        (row // SPAN // count).cast(pl.Int32).alias("area"),
        (row // SPAN % count).cast(pl.UInt16).alias("goal"),
        pl.col("year").cast(pl.Int16),
    )
    return lazy.select(*keys, *answers()).collect()


def on_grid(figures: pl.DataFrame, goals: pl.DataFrame, areas: int) -> np.ndarray:
    """The figures by area, goal and year; NaN where there is none."""
    of_goal = goals["indicator"].gather_every(2).to_numpy()
    size = max(int(of_goal.max()), figures["indicator"].max()) + 1
    place = (pl.col("area").cast(pl.Int64) * size + pl.col("indicator")) * SPAN
    at = figures.select(place + pl.col("year") - FIRST).to_series().to_numpy()
    dense = np.full(areas * size * SPAN, np.nan)
    dense[at] = figures["value"].to_numpy()
    return dense.reshape(areas, size, SPAN)[:, of_goal].reshape(-1)


def answers() -> list[pl.Expr]:
    value, bound, sign = pl.col("value"), pl.col("bound"), pl.col("sign")
    base, low, rule = pl.col("baseline"), pl.col("low"), pl.col("rule")
    inside = (value >= low) & (value <= bound)
    ranged = low.is_not_null()
    reached = sign * (value - bound) >= 0
    status = (
        pl.when(pl.col("declined")).then(CODE["not-applicable"])
        .when(value.is_null()).then(CODE["no-data"])
        .when(rule == 1).then(linear_path())
        .when(rule == 4).then(grew())
        .when(pl.when(rule == 0).then(reached).when(rule == 2).then(inside)
              .otherwise(value / bound >= 0.9)).then(CODE["met"])
        .otherwise(CODE["not-met"])
    )  # fmt: skip
    aim = pl.when(ranged & (value < low)).then(low).otherwise(bound)
    done = pl.when(ranged).then(inside).otherwise(reached)
    limit = pl.when(ranged & (value > bound)).then(pl.col("highest")).otherwise(pl.col("worst"))
    begin = pl.coalesce(base, limit)
    stuck = (begin == aim) | ((begin < aim) != (value < aim))
    share = ((value - begin) / (aim - begin)).clip(0.0, 1.0)
    score = pl.when(done).then(100.0).when(stuck).then(0.0).otherwise(100.0 * share)
    gap = pl.when(done).then(0.0).otherwise((aim - value).abs())
    shown = ~pl.col("declined")
    found = shown & value.is_not_null()
    began = pl.col("from").cast(pl.Int16)
    return [
        status.alias("status"),
        pl.when(shown).then(value).alias("value"),
        pl.when(shown).then(pl.col("value_year").cast(pl.Int16)).alias("value_year"),
        pl.when(shown).then(base).alias("baseline"),
        pl.when(shown & base.is_not_null()).then(began).alias("baseline_year"),
        pl.when(shown).then(pl.col("previous")).alias("previous"),
        pl.when(shown).then(pl.col("previous_year").cast(pl.Int16)).alias("previous_year"),
        pl.when(found).then(gap).alias("gap"),
        pl.when(found).then(score).alias("score"),
    ]


def linear_path() -> pl.Expr:
    value, bound, sign = pl.col("value"), pl.col("bound"), pl.col("sign")
    base, start = pl.col("baseline"), pl.col("from")
    year, due = pl.col("value_year"), pl.col("due")
    previous, before = pl.col("previous"), pl.col("previous_year")
    path = base + (bound - base) * ((year - start) / (due - start))
    pace = (value - previous) / (year - before) - (bound - value) / (due - year)
    return (
        pl.when(sign * (value - bound) >= 0).then(CODE["met"])
        .when(year >= due).then(CODE["not-met"])
        .when(base.is_not_null() & (start < year)).then(
            pl.when(sign * (value - path) >= 0).then(CODE["on-track"])
            .when(sign * (value - base) > 0).then(CODE["behind"]).otherwise(CODE["off-track"]))
        .when(previous.is_not_null()).then(
            pl.when(sign * pace >= 0).then(CODE["on-track"])
            .when(sign * (value - previous) > 0).then(CODE["behind"]).otherwise(CODE["off-track"]))
        .otherwise(CODE["not-met"])
    )  # fmt: skip


def grew() -> pl.Expr:
    value, previous = pl.col("value"), pl.col("previous")
    return (
        pl.when(previous.is_null()).then(CODE["not-met"])
        .when(value > previous).then(CODE["on-track"])
        .otherwise(CODE["behind"])
    )  # fmt: skip


def main(goals: str, areas: str, out: str, *paths: str) -> None:
    table, known = pl.read_parquet(goals), pl.read_parquet(areas)
    indicators = table.select("name", "indicator").unique()
    codes: Mapping[str, int] = dict(indicators.rows())
    places = {name: place for place, name in enumerate(known["id"])}
    figures = (
        pl.scan_parquet(list(paths))
        .select(
            pl.col("area").replace_strict(places, return_dtype=pl.Int32),
            pl.col("indicator").replace_strict(codes, default=None, return_dtype=pl.Int32),
            pl.col("year").cast(pl.Int32),
            "value",
        )
        .drop_nulls("indicator")
        .collect(engine="streaming")
    )
    judged = judge(figures, table.drop("name"), known["city"].to_numpy())
    folder = Path(out)
    folder.mkdir(parents=True)
    judged.write_parquet(folder / "assessments.parquet", compression="lz4")


if __name__ == "__main__":
    main(*sys.argv[1:])
