"""What columns leave to rows: crowded series, goals over several indicators, rules without a
columnar form. The answers are those of `core/judging/evaluate`, as rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from citygoals.core.base.coded import CONFIDENCES, STATUS_ORDER
from citygoals.core.base.model import Assessment, Observation, Reason
from citygoals.core.judging.bind import Binder
from citygoals.core.judging.choice import Grids
from citygoals.core.judging.evaluate import assess
from citygoals.core.judging.judge import FIGURES, TYPES, YEARS, Block, by_columns
from citygoals.core.judging.plan import GoalPlan, Plan, Whole
from citygoals.core.judging.select import Figures


def judge_rows(plan: Plan, grids: Grids, areas: range, frame: pl.DataFrame) -> Iterator[Block]:
    """Blocks of columns, one for each goal with areas that are judged by rows."""
    left = [(goal, _left(plan, grids, areas, goal)) for goal in plan.goals]
    left = [(goal, places) for goal, places in left if len(places)]
    if not left:
        return
    needed = np.unique(np.concatenate([places for _, places in left]))
    asked = {indicator for goal, _ in left for indicator in goal.indicators}
    asked |= {lender for lender, common in plan.lent if common in asked}
    ours = pl.col("area").is_in(needed.tolist()) & pl.col("indicator").is_in(asked)
    said = observations(plan, frame.filter(ours))
    binder = Binder(plan.forum, Figures(said, plan.forum.mappings))
    for goal, places in left:
        rows = [
            _row(plan, goal, int(place), at, binder)
            for place in places
            for at in range(len(plan.years))
        ]
        yield {
            name: np.array(column, kind)
            for (name, kind), column in zip(TYPES.items(), zip(*rows, strict=True), strict=True)
        }


def _left(plan: Plan, grids: Grids, areas: range, goal: GoalPlan) -> Whole:
    judged = plan.classes[goal.profile][areas.start : areas.stop] >= 0
    if goal.why_rows is None:
        judged &= ~by_columns(plan, grids, areas, goal)
    return np.flatnonzero(judged).astype(np.int32) + areas.start


def observations(plan: Plan, frame: pl.DataFrame) -> Iterator[Observation]:
    """Observations in numbers as observations in words."""
    sources = plan.words.sources.items
    for row in frame.iter_rows(named=True):
        value = row["value"]
        yield Observation(
            area=plan.areas[row["area"]].id,
            indicator=plan.indicators[row["indicator"]],
            year=row["year"],
            value=None if value != value else value,
            status=STATUS_ORDER[row["status"] - 1],
            source=sources[row["source"]],
            confidence=CONFIDENCES[row["confidence"]],
            released=row["released"],
        )


def _row(plan: Plan, goal: GoalPlan, place: int, at: int, binder: Binder) -> tuple[Any, ...]:
    year = plan.years[at]
    said = assess(plan.forum, binder.bind(goal.standing, plan.areas[place], year))
    words = plan.words
    aim = goal.aims.row[plan.classes[goal.profile][place], at]
    keys = (goal.profile, goal.goal, place, year, words.statuses.code(said.status))
    codes = (words.reasons.code(_reason(said)), aim, words.marks.code(said.marks))
    source = -1 if said.source is None else words.sources.code(said.source)
    figures = (getattr(said, name) for name in (*FIGURES, *YEARS))
    return (*keys, *codes, source, *(np.nan if one is None else one for one in figures))


def _reason(said: Assessment) -> Reason:
    """As columns have it: where an undefined result came from is told by `explain`."""
    return Reason("undefined") if said.reason.code == "undefined" else said.reason
