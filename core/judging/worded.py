"""Assessments in numbers back into assessments in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from citygoals.core.base.coded import Tables
from citygoals.core.base.model import AreaId, Assessment

IN_ORDER = ("year", "area", "profile", "goal")


def assessments(frame: pl.DataFrame, tables: Tables) -> Iterator[Assessment]:
    """The rows as assessments, by year, area, profile and goal."""
    return in_words(frame.sort(IN_ORDER), tables)


def in_words(frame: pl.DataFrame, tables: Tables) -> Iterator[Assessment]:
    """The rows as assessments, in their order."""
    for row in frame.iter_rows(named=True):
        yield _assessment(row, tables)


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
        value=row["value"],
        value_year=row["value_year"],
        baseline=row["baseline"],
        baseline_year=row["baseline_year"],
        previous=row["previous"],
        previous_year=row["previous_year"],
        target=target.value if target else None,
        target_min=target.minimum if target else None,
        target_max=target.maximum if target else None,
        target_year=target.year if target else None,
        met=None if gap is None else gap == 0,
        gap=gap,
        score=row["score"],
        source=None if row["source"] is None else tables.sources[row["source"]],
        marks=tables.marks[row["marks"]],
    )
