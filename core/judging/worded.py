"""Assessments in numbers into assessments in words, and in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from citygoals.core.base.coded import FIGURES, YEARS, Tables
from citygoals.core.base.model import AreaId, Assessment
from citygoals.core.judging.plan import Plan

IN_ORDER = ("year", "area", "profile", "goal")


def in_plan_order(plan: Plan, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows by year, area, profile and goal, each in the order in which they were asked for."""
    goals = len(plan.words.goals.items)
    places = np.zeros(len(plan.words.profiles.items) * goals, np.int64)
    places[[goal.profile * goals + goal.goal for goal in plan.goals]] = range(len(plan.goals))
    years = np.zeros(max(plan.years) - min(plan.years) + 1, np.int64)
    years[np.array(plan.years) - min(plan.years)] = range(len(plan.years))
    at = frame["profile"].to_numpy().astype(np.int64) * goals + frame["goal"].to_numpy()
    year = years[frame["year"].to_numpy() - min(plan.years)]
    place = (year * len(plan.areas) + frame["area"].to_numpy()) * len(plan.goals) + places[at]
    return frame[np.argsort(place)]


def assessments(frame: pl.DataFrame, tables: Tables) -> Iterator[Assessment]:
    """The rows as assessments, by year, area, profile and goal."""
    return in_words(frame.sort(IN_ORDER), tables)


def in_words(frame: pl.DataFrame, tables: Tables) -> Iterator[Assessment]:
    """The rows as assessments, in their order."""
    return (_assessment(row, tables) for row in frame.iter_rows(named=True))


def _assessment(row: dict[str, Any], tables: Tables) -> Assessment:
    aim = tables.aims[row["aim"]]
    target, gap = aim.target, row["gap"]
    return Assessment(
        profile=tables.profiles[row["profile"]],
        area=AreaId(tables.areas[row["area"]]),
        goal=tables.goals[row["goal"]],
        year=row["year"],
        status=tables.statuses[row["status"]],
        reason=tables.reasons[row["reason"]],
        stand=aim.stand,
        ambition=aim.ambition,
        target=target.value if target else None,
        target_min=target.minimum if target else None,
        target_max=target.maximum if target else None,
        target_year=target.year if target else None,
        met=None if gap is None else gap == 0,
        source=None if row["source"] is None else tables.sources[row["source"]],
        marks=tables.marks[row["marks"]],
        **{name: row[name] for name in (*FIGURES, *YEARS)},
    )
