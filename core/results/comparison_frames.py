"""Goals side by side from assessments in numbers: what `comparison` says, by columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import polars as pl

from citygoals.core.base.coded import Tables
from citygoals.core.base.model import AreaId, Direction, GoalId, ProfileId, StatusId
from citygoals.core.results.comparison import PROXY, Cell, Comparison, Row, comparison, is_decided


def compare_frames(
    frame: pl.LazyFrame,
    tables: Tables,
    profile: ProfileId,
    column_of: Mapping[AreaId, str],
    direction_of: Callable[[GoalId], Direction],
    keeps: Callable[[GoalId], bool] = lambda _: True,
) -> Comparison:
    """Set the goals of a run side by side; areas without a column are left out.

    A run judges all its areas for the same years; the last one is compared.
    """
    last = frame.select(pl.col("year").max()).collect(engine="streaming").item()
    places = [at for at, area in enumerate(tables.areas) if AreaId(area) in column_of]
    asked = [at for at, goal in enumerate(tables.goals) if keeps(goal)]
    profiles = [at for at, name in enumerate(tables.profiles) if name == profile]
    kept = frame.filter(pl.col("year") == last, pl.col("profile").is_in(profiles))
    if len(asked) < len(tables.goals):
        kept = kept.filter(pl.col("goal").is_in(asked))
    if len(places) < len(tables.areas):
        kept = kept.filter(pl.col("area").is_in(places))
    judged = kept.select("goal", "area", "status", _counted(tables)).collect(engine="streaming")
    names = sorted(set(column_of.values()))
    found = judged.with_columns(column=_coded(tables, column_of, names))
    cells = _cells(found, tables, names)
    return comparison(_rows(found, tables, cells, direction_of))


def _counted(tables: Tables) -> pl.Expr:
    """The value where it counts in a median or as the best."""
    decided = [at for at, status in enumerate(tables.statuses) if is_decided(status)]
    proxies = [at for at, marks in tables.marks.items() if PROXY in marks]
    counts = pl.col("status").is_in(decided) & ~pl.col("marks").is_in(proxies)
    return pl.when(counts).then("value").alias("value")


def _coded(tables: Tables, column_of: Mapping[AreaId, str], names: list[str]) -> pl.Expr:
    places = {name: at for at, name in enumerate(names)}
    codes = [places.get(column_of.get(AreaId(area), "")) for area in tables.areas]
    return pl.lit(pl.Series(codes, dtype=pl.UInt32)).gather("area")


def _middle() -> pl.Expr:
    """The median as `statistics.median` computes it, to the last bit."""
    low = pl.col("value").quantile(0.5, "lower")
    high = pl.col("value").quantile(0.5, "higher")
    return pl.when(low == high).then(low).otherwise((low + high) / 2).alias("median")


def _cells(
    found: pl.DataFrame, tables: Tables, names: list[str]
) -> Mapping[int, Mapping[str, Cell]]:
    keys = ("goal", "column")
    statuses: dict[tuple[int, int], dict[StatusId, int]] = defaultdict(dict)
    for goal, column, status, count in found.group_by(*keys, "status").len().sort(*keys).rows():
        statuses[goal, column][tables.statuses[status]] = count
    cells: dict[int, dict[str, Cell]] = defaultdict(dict)
    for goal, column, median in found.group_by(keys).agg(_middle()).sort(keys).rows():
        cells[goal][names[column]] = Cell(statuses=statuses[goal, column], median=median)
    return cells


def _rows(
    found: pl.DataFrame,
    tables: Tables,
    cells: Mapping[int, Mapping[str, Cell]],
    direction_of: Callable[[GoalId], Direction],
) -> list[Row]:
    value = pl.col("value")
    bests = {
        Direction.HIGHER: _best(found, value.max(), tables),
        Direction.LOWER: _best(found, value.min(), tables),
        Direction.NONE: {},
    }
    medians = found.group_by("goal").agg(_middle()).sort("goal")
    rows = []
    for goal, median in medians.rows():
        name = tables.goals[goal]
        best, area = bests[direction_of(name)].get(goal, (None, None))
        rows.append(Row(goal=name, cells=cells[goal], median=median, best=best, best_area=area))
    return rows


def _best(found: pl.DataFrame, best: pl.Expr, tables: Tables) -> Mapping[int, tuple[float, AreaId]]:
    """The best value of each goal, and who has it: the last by id where several have."""
    ids = sorted(range(len(tables.areas)), key=lambda at: tables.areas[at])
    rank = {at: rank for rank, at in enumerate(ids)}
    ranks = pl.lit(pl.Series([rank[at] for at in range(len(ids))], dtype=pl.UInt32))
    holders = (
        found.filter(pl.col("value") == best.over("goal"))
        .with_columns(rank=ranks.gather("area"))
        .group_by("goal")
        .agg(pl.col("value", "rank").sort_by("rank").last())
    )
    return {goal: (value, AreaId(tables.areas[ids[at]])) for goal, value, at in holders.rows()}
