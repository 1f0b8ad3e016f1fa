"""Ratings: the tier an area reaches by how many of a standard's indicators, by each reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from citygoals.core.base.model import Area, IndicatorId, MappingKind, Rating, RatingReading, Tier
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Profile
from citygoals.core.judging.choice import choose, series
from citygoals.core.judging.grids import Bools, Grids, horizon
from citygoals.core.judging.groups import groups_of
from citygoals.core.judging.judge import judge
from citygoals.core.judging.lending import PROXY
from citygoals.core.judging.observations import Observations
from citygoals.core.judging.plan import Plan, make_plan
from citygoals.core.judging.request import Request
from citygoals.core.judging.run import MEMORY, chunk_size, chunks, to_frame
from citygoals.core.logic.engines import DEFAULT, computing

MARK = MappingKind.PROXY.value
"""The mark of an assessment by a proxy, which never counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One reading of a rating for one area: what counts and the tier, None below the lowest."""

    area: Area
    rating: Rating
    reading: RatingReading
    counted: frozenset[IndicatorId]
    of: int
    tier: Tier | None


def rate(
    forum: Forum, figures: Observations, profile: Profile, areas: Sequence[Area], year: int
) -> Iterator[Rated]:
    """Every rating of a profile for each area, under every reading its source allows.

    Raises NothingToEvaluate, UnusableFile.
    """
    request = Request(profiles=(profile.id,))
    plan = make_plan(forum, areas, request, (year,), also=forum.indicators)
    standards = {r.id: _standard_indicators(forum, profile, r) for r in profile.ratings}
    for area, reported, met in _counted(plan, figures, profile):
        for rating in profile.ratings:
            standard = standards[rating.id]
            for reading in rating.readings:
                counted = (met if reading.counts == "met" else reported) & standard
                yield Rated(
                    area=area,
                    rating=rating,
                    reading=reading,
                    counted=counted,
                    of=len(standard),
                    tier=_tier(rating, reading, counted),
                )


Names = frozenset[IndicatorId]


def _counted(
    plan: Plan, figures: Observations, profile: Profile
) -> Iterator[tuple[Area, Names, Names]]:
    """Each area with the indicators that it reports, and those of which a target is met."""
    over = horizon(figures.first, plan.years, plan.words.reasons)
    fetch, groups = figures.load(plan), groups_of(plan.goals)
    for areas in chunks(plan, chunk_size(plan, figures.first, MEMORY)):
        grids = Grids(plan, fetch(areas), areas, over)
        there = _reported(plan, grids, areas, profile)
        met = _met(plan, to_frame([*judge(plan, groups, grids, areas, over, computing(DEFAULT))]))
        for at, place in enumerate(areas):
            reported = (plan.indicators[row] for row in np.flatnonzero(there[:, at]).tolist())
            yield plan.areas[place], frozenset(reported), frozenset(met.get(place, ()))


def _reported(plan: Plan, grids: Grids, areas: range, profile: Profile) -> Bools:
    """Which indicators have a figure that is young enough and no proxy, by indicator and area."""
    pairs = np.arange(len(plan.indicators) * len(areas), dtype=np.int32)
    asked, here = np.divmod(pairs, len(areas))
    grid = grids[profile.sources, False]
    its = series(grid, asked, here, grids.over, forecasts=False)
    max_age = np.full((len(asked), 1), profile.max_age, np.int32)
    chosen = choose(its, np.array(plan.years, np.int32), max_age)
    is_proxy = np.array(plan.nearness)[chosen.via] == PROXY
    reported: Bools = (chosen.there & ~is_proxy)[:, 0].reshape(len(plan.indicators), len(areas))
    return reported


def _met(plan: Plan, frame: pl.DataFrame) -> Mapping[int, set[IndicatorId]]:
    """Indicators of which some goal under the profile has its target met by no proxy, by area."""
    proxies = [code for code, marks in plan.words.marks.by_code.items() if MARK in marks]
    reached = frame.filter(pl.col("gap") == 0, ~pl.col("marks").is_in(proxies))
    indicators = {goal.goal: goal.standing.goal.indicators for goal in plan.goals}
    met: dict[int, set[IndicatorId]] = {}
    for area, goal in reached.select("area", "goal").rows():
        met.setdefault(area, set()).update(indicators[goal])
    return met


def _standard_indicators(forum: Forum, profile: Profile, rating: Rating) -> frozenset[IndicatorId]:
    """The indicators of a rating's standard: its own list, a numbering, else by reference."""
    if rating.indicators:
        return frozenset(rating.indicators)
    for numbering in profile.numberings:
        if numbering.standard == rating.standard:
            return frozenset(numbering.numbers)
    return frozenset(
        indicator.id
        for indicator in forum.indicators.values()
        if any(reference.standard == rating.standard for reference in indicator.references)
    )


def _tier(rating: Rating, reading: RatingReading, counted: Collection[IndicatorId]) -> Tier | None:
    reached = [tier for tier in rating.tiers if _reaches(rating, reading, tier, counted)]
    return max(reached, key=lambda tier: tier.count, default=None)


def _reaches(
    rating: Rating, reading: RatingReading, tier: Tier, counted: Collection[IndicatorId]
) -> bool:
    if reading.set == "any":
        return len(counted) >= tier.count
    needed: Iterable[IndicatorId] = rating.listed[: tier.count]
    return len(rating.listed) >= tier.count and all(name in counted for name in needed)
