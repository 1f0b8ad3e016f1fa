"""Goals by countries or areas: how many reach what, the median, the best, what is not measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from citygoals.core.base.coded import Tables
from citygoals.core.base.model import NO_DATA, AreaId, Direction, GoalId, StatusId, is_decided
from citygoals.core.forum.forum import Forum
from citygoals.core.store import Asked, Database

PROXY = "proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One goal in one column: areas by status, and the median value of those that report one."""

    statuses: Mapping[StatusId, int]
    median: float | None

    @property
    def decided(self) -> int:
        """How many areas have a status of the rule's scale."""
        return sum(count for status, count in self.statuses.items() if is_decided(status))

    @property
    def areas(self) -> int:
        """How many areas were looked at, decided or not."""
        return sum(self.statuses.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One goal over all columns; proxies count neither in the median nor as the best."""

    goal: GoalId
    cells: Mapping[str, Cell]
    median: float | None
    best: float | None
    best_area: AreaId | None

    @property
    def columns_decided(self) -> int:
        """In how many columns at least one area is decided."""
        return sum(1 for cell in self.cells.values() if cell.decided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A goal that a column has no data for though more than half of the others are decided."""

    column: str
    goal: GoalId
    measured_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Goals by columns, and what columns could supplement."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]


def compare(
    frame: pl.LazyFrame,
    tables: Tables,
    column_of: Mapping[AreaId, str],
    direction_of: Callable[[GoalId], Direction],
    keeps: Callable[[GoalId], bool] = lambda _: True,
) -> Comparison:
    """Set the goals of a run side by side, in the order of their codes.

    The assessments are those of one profile and year; areas without a column are left out.
    """
    places = [at for at, area in enumerate(tables.areas) if AreaId(area) in column_of]
    asked = [at for at, goal in enumerate(tables.goals) if keeps(goal)]
    if len(asked) < len(tables.goals):
        frame = frame.filter(pl.col("goal").is_in(asked))
    if len(places) < len(tables.areas):
        frame = frame.filter(pl.col("area").is_in(places))
    names = sorted(set(column_of.values()))
    judged = (
        frame.select("goal", "area", "status", _counted(tables))
        .collect(engine="streaming")
        .with_columns(column=_coded(tables, column_of, names))
    )
    rows = tuple(_rows(judged, tables, _cells(judged, tables, names), direction_of))
    columns = tuple(sorted({column for row in rows for column in row.cells}))
    gaps = tuple(gap for row in rows for gap in _gaps(row, columns))
    return Comparison(columns=columns, rows=rows, gaps=gaps)


def compare_run(
    forum: Forum,
    database: Database,
    run: int | None,
    asked: Asked,
    column_of: Mapping[AreaId, str],
    themes: Sequence[str] = (),
) -> Comparison:
    """Set the goals of a stored run side by side, those of the themes if some are named."""

    def direction(goal: GoalId) -> Direction:
        known = forum.goals.get(goal)
        return forum.indicators[known.indicators[0]].direction if known else Direction.NONE

    def kept(goal: GoalId) -> bool:
        return not themes or (goal in forum.goals and forum.goals[goal].theme in themes)

    with database.frames(run, asked) as (frame, tables):
        return compare(frame, tables, column_of, direction, kept)


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
    judged: pl.DataFrame, tables: Tables, names: list[str]
) -> Mapping[int, Mapping[str, Cell]]:
    keys = ("goal", "column")
    statuses: dict[tuple[int, int], dict[StatusId, int]] = defaultdict(dict)
    for goal, column, status, count in judged.group_by(*keys, "status").len().sort(*keys).rows():
        statuses[goal, column][tables.statuses[status]] = count
    cells: dict[int, dict[str, Cell]] = defaultdict(dict)
    for goal, column, median in judged.group_by(keys).agg(_middle()).sort(keys).rows():
        cells[goal][names[column]] = Cell(statuses=statuses[goal, column], median=median)
    return cells


def _rows(
    judged: pl.DataFrame,
    tables: Tables,
    cells: Mapping[int, Mapping[str, Cell]],
    direction_of: Callable[[GoalId], Direction],
) -> list[Row]:
    value = pl.col("value")
    bests = {
        Direction.HIGHER: _best(judged, value.max(), tables),
        Direction.LOWER: _best(judged, value.min(), tables),
        Direction.NONE: {},
    }
    medians = judged.group_by("goal").agg(_middle()).sort("goal")
    rows = []
    for goal, median in medians.rows():
        name = tables.goals[goal]
        best, area = bests[direction_of(name)].get(goal, (None, None))
        rows.append(Row(goal=name, cells=cells[goal], median=median, best=best, best_area=area))
    return rows


def _best(
    judged: pl.DataFrame, best: pl.Expr, tables: Tables
) -> Mapping[int, tuple[float, AreaId]]:
    """The best value of each goal, and who has it: the last by id where several have."""
    ids = sorted(range(len(tables.areas)), key=lambda at: tables.areas[at])
    rank = {at: rank for rank, at in enumerate(ids)}
    ranks = pl.lit(pl.Series([rank[at] for at in range(len(ids))], dtype=pl.UInt32))
    holders = (
        judged.filter(pl.col("value") == best.over("goal"))
        .with_columns(rank=ranks.gather("area"))
        .group_by("goal")
        .agg(pl.col("value", "rank").sort_by("rank").last())
    )
    return {goal: (value, AreaId(tables.areas[ids[at]])) for goal, value, at in holders.rows()}


def _gaps(row: Row, columns: Sequence[str]) -> Iterable[Gap]:
    measured = tuple(name for name in columns if name in row.cells and row.cells[name].decided)
    if len(measured) * 2 <= len(columns) - 1:
        return
    for column in columns:
        if column not in measured and column in row.cells and NO_DATA in row.cells[column].statuses:
            yield Gap(column=column, goal=row.goal, measured_by=measured)
