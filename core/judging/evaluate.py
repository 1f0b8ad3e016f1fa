"""Observations x profiles -> assessments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from citygoals.core.base.model import Area, Assessment, Observation
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.observations import Listed
from citygoals.core.judging.plan import make_plan
from citygoals.core.judging.request import Request
from citygoals.core.judging.run import judge_all
from citygoals.core.judging.worded import in_plan_order, in_words


def evaluate(
    forum: Forum,
    observations: Iterable[Observation],
    areas: Sequence[Area],
    request: Request,
) -> Iterator[Assessment]:
    """Every area under every profile asked for, for every year, goal by goal.

    What is given twice counts once. Raises NothingToEvaluate, UnknownName for a profile or an
    engine, EngineUnavailable, InvalidDocuments for a profile with faults.
    """
    figures = Listed.of(observations)
    plan = make_plan(forum, areas, request, request.judged(figures.latest))
    frames = judge_all(plan, figures.load(plan), figures.first, engine=request.engine)
    return in_words(in_plan_order(plan, pl.concat(frames)), plan.words.tables())
