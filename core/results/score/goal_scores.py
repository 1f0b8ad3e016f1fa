"""The goal scores of a stored run as the figures of an index, with what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np
import polars as pl

from citygoals.core.base.coded import Tables
from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import Area, AreaId, GoalId, MappingKind, ProfileId, is_decided
from citygoals.core.forum.forum import Forum
from citygoals.core.results.score.frame import Floats, Frame
from citygoals.core.results.score.index import Index, IndexNode
from citygoals.core.results.score.pipeline import Scores
from citygoals.core.results.score.rows import Row, node_cells, order, place_cells
from citygoals.core.store import Asked, Database

T = TypeVar("T")
ESTIMATES = frozenset({"estimated", "imputed", "provisional", "forecast"})


class NothingToScore(CitygoalsError):  # noqa: N818
    """A run without assessments under a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a score rests on.

    `age` and `oldest` are the mean and highest age of the figures in years, None without figures;
    `estimates` and `illustrative` the shares of the goals that count whose figure is an estimate or
    whose target is illustrative; `proxies` and `unscored` count the decided goals that do not
    count: for resting on a proxy, and for having no score on a scale.
    """

    counted: int = 0
    age: float | None = None
    oldest: int | None = None
    estimates: float | None = None
    illustrative: float | None = None
    proxies: int = 0
    unscored: int = 0


NOTHING = Basis()


class GoalScores:
    """The assessments of a run under one profile, as the rows of an index: areas and years."""

    def __init__(
        self, forum: Forum, frame: pl.LazyFrame, tables: Tables, areas: Mapping[AreaId, Area]
    ) -> None:
        """From a run in numbers, in its order; areas that are not in `areas` are left out.

        Raises NothingToScore where no assessment is left.
        """
        self._areas = areas
        self._goals = {goal: code for code, goal in enumerate(tables.goals)}
        places = [code for code, area in enumerate(tables.areas) if AreaId(area) in areas]
        judged = (
            frame.filter(pl.col("area").is_in(places))
            .select("area", "year", "goal", *_judged(forum, tables))
            .collect(engine="streaming")
        )
        rows = judged.select("area", "year").unique(maintain_order=True).with_row_index("row")
        if rows.is_empty():
            raise NothingToScore(
                "no assessments under this profile and level; evaluate with --profile first"
            )
        self.rows = [(AreaId(tables.areas[area]), year) for _, area, year in rows.rows()]
        self._judged = judged.join(rows, on=("area", "year"), how="left").drop("area")

    def frame(self, index: Index) -> Frame:
        """Goal scores by area and year, with country, level and population of the areas."""
        areas = [self._areas[area] for area, _ in self.rows]
        population = [np.nan if a.population is None else a.population for a in areas]
        return Frame(
            file="the run",
            areas=[area.id for area in areas],
            names=[str(area.name) for area in areas],
            years=[year for _, year in self.rows],
            figures={
                **self._scores([leaf.indicator for leaf in index.root.leaves()]),
                "population": np.array(population, dtype=np.float64),
            },
            words={
                "country": [area.country for area in areas],
                "level": [area.level.value for area in areas],
            },
            layout="run",
        )

    def _scores(self, goals: Iterable[str]) -> Mapping[str, Floats]:
        """The score of each goal by row, NaN where it does not count."""
        scores = np.full((len(self._goals) + 1, len(self.rows)), np.nan)
        there = self._judged.filter(pl.col("score").is_not_null())
        at = there["goal"].to_numpy(), there["row"].to_numpy()
        scores[at] = there["score"].to_numpy() + 0.0
        return {goal: scores[self._goals.get(GoalId(goal), -1)] for goal in goals}

    def bases(
        self, nodes: Sequence[IndexNode], owners: Sequence[str | None]
    ) -> Mapping[tuple[str, str | None, int], Basis]:
        """What the scores of nodes rest on, by node, owner and year.

        `owners` say to whom each of `rows` belongs. Where nothing was judged there is no entry.
        """
        leaves = [
            (node.id, self._goals[GoalId(leaf.indicator)])
            for node in nodes
            for leaf in node.leaves()
            if leaf.indicator in self._goals
        ]
        ids = pl.Enum([node.id for node in nodes])
        goals = pl.LazyFrame(leaves, schema={"node": ids, "goal": pl.UInt16}, orient="row")
        owned = pl.LazyFrame({"owner": owners}).with_row_index("row")
        judged = self._judged.lazy().join(goals, on="goal").join(owned, on="row")
        counts = judged.group_by("node", "owner", "year").agg(_COUNTS).collect(engine="streaming")
        return {(node, owner, year): _basis(*row) for node, owner, year, *row in counts.rows()}


def goal_scores_of(
    forum: Forum,
    database: Database,
    run: int | None,
    profile: str,
    *,
    years: Sequence[int] = (),
    level: str | None = None,
) -> GoalScores:
    """The assessments of a stored run under a profile, of areas of a level. Raises NothingToScore.

    Without a number the latest run counts, without years all, without a level all areas.
    """
    areas = {area.id: area for area in database.areas() if level in (None, area.level)}
    asked = Asked(profiles=[ProfileId(profile)], years=years)
    with database.frames(run, asked, in_order=True) as (frame, tables):
        return GoalScores(forum, frame, tables, areas)


def goal_rows(
    scores: Scores, goal_scores: GoalScores, owners: Sequence[str | None]
) -> Iterator[Row]:
    """Each score with what it rests on; `owners` name the row that each row of the run goes to."""
    root = scores.index.root
    bases = goal_scores.bases([root, *root.children], owners)
    for row in order(scores):
        place = place_cells(scores.frame, row)
        of = place["area"], place["year"]
        cells = {
            node.id: node_cells(scores, node.id, row) | asdict(bases.get((node.id, *of), NOTHING))
            for node in (root, *root.children)
        }
        themes = {theme.theme: cells[theme.id] for theme in root.children}
        yield {**place, **cells[root.id], "themes": themes}


def _judged(forum: Forum, tables: Tables) -> Iterable[pl.Expr]:
    """The score where it counts, and the flags and ages that a basis counts."""
    decided = _has("status", enumerate(tables.statuses), is_decided)
    proxy = _marked(tables, {MappingKind.PROXY.value})
    counts = pl.col("score").is_not_null() & ~proxy & _on_scale(forum, tables)
    counted = counts & decided
    return (
        pl.when(counts).then("score").alias("score"),
        decided.alias("decided"),
        counted.alias("counted"),
        (decided & proxy).alias("proxy"),
        (counted & _marked(tables, ESTIMATES)).alias("estimate"),
        (counted & _marked(tables, {"illustrative"})).alias("illustrative"),
        pl.when(counted).then(pl.col("year") - pl.col("value_year")).alias("age"),
    )


_COUNTS = (
    pl.col("decided", "counted", "proxy", "estimate", "illustrative").sum(),
    pl.col("age").cast(pl.Int64).sum().alias("ages"),
    pl.col("age").count().alias("aged"),
    pl.col("age").max().alias("oldest"),
)


def _basis(
    decided: int,
    counted: int,
    proxies: int,
    estimates: int,
    illustrative: int,
    ages: int,
    aged: int,
    oldest: int | None,
) -> Basis:
    return Basis(
        counted=counted,
        age=ages / aged if aged else None,
        oldest=oldest,
        estimates=estimates / counted if counted else None,
        illustrative=illustrative / counted if counted else None,
        proxies=proxies,
        unscored=decided - counted - proxies,
    )


def _has(column: str, words: Iterable[tuple[int, T]], keeps: Callable[[T], bool]) -> pl.Expr:
    """Whether a column has the code of a word that is meant."""
    return pl.col(column).is_in([code for code, word in words if keeps(word)])


def _marked(tables: Tables, marks: Collection[str]) -> pl.Expr:
    return _has("marks", tables.marks.items(), lambda its: any(mark in marks for mark in its))


def _on_scale(forum: Forum, tables: Tables) -> pl.Expr:
    """Whether a score would be there, met or missed: from a baseline or the worst limits."""
    indicators = [
        (code, forum.indicators[forum.goals[goal].indicators[0]])
        for code, goal in enumerate(tables.goals)
        if goal in forum.goals
    ]
    worst = _has("goal", indicators, lambda its: its.worst is not None)
    both = _has("goal", indicators, lambda its: None not in (its.minimum, its.maximum))
    ranges = _has("aim", enumerate(tables.aims), lambda aim: not aim.target or aim.target.is_range)
    return pl.col("baseline").is_not_null() | pl.when(ranges).then(both).otherwise(worst)
