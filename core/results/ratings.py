"""Ratings: the tier an area reaches by how many of a standard's indicators, by each reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from citygoals.core.base.model import Area, IndicatorId, MappingKind, Rating, Reading, Tier
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Profile
from citygoals.core.judging.bind import Binder
from citygoals.core.judging.evaluate import assess
from citygoals.core.judging.select import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One reading of a rating for one area: what counts and the tier, None below the lowest."""

    area: Area
    rating: Rating
    reading: Reading
    counted: frozenset[IndicatorId]
    of: int
    tier: Tier | None


def rate(forum: Forum, binder: Binder, profile: Profile, area: Area, year: int) -> Iterator[Rated]:
    """Every rating of a profile for one area, under every reading its source allows."""
    reported = _reported(forum, binder, profile, area, year)
    met = _met(forum, binder, profile, area, year)
    for rating in profile.ratings:
        standard = _standard_indicators(forum, profile, rating)
        for reading in rating.readings:
            counted = (met if reading.counts == "met" else reported) & standard
            tier = _tier(rating, reading, counted)
            yield Rated(
                area=area,
                rating=rating,
                reading=reading,
                counted=frozenset(counted),
                of=len(standard),
                tier=tier,
            )


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


def _reported(
    forum: Forum, binder: Binder, profile: Profile, area: Area, year: int
) -> frozenset[IndicatorId]:
    choice = Choice(max_age=profile.max_age, sources=profile.sources)
    found = (
        (name, binder.figures.select(area.id, name, year, choice).value)
        for name in forum.indicators
    )
    return frozenset(
        name
        for name, value in found
        if value is not None and not (value.via and value.via.kind is MappingKind.PROXY)
    )


def _met(
    forum: Forum, binder: Binder, profile: Profile, area: Area, year: int
) -> frozenset[IndicatorId]:
    """Indicators of which some goal under the profile has its target met by no proxy."""
    met: set[IndicatorId] = set()
    for standing in forum.goals_under(profile.id):
        said = assess(forum, binder.bind(standing, area, year))
        if said.met and "proxy" not in said.marks:
            met.update(standing.goal.indicators)
    return frozenset(met)


def _tier(rating: Rating, reading: Reading, counted: Collection[IndicatorId]) -> Tier | None:
    reached = [tier for tier in rating.tiers if _reaches(rating, reading, tier, counted)]
    return max(reached, key=lambda tier: tier.count, default=None)


def _reaches(
    rating: Rating, reading: Reading, tier: Tier, counted: Collection[IndicatorId]
) -> bool:
    if reading.set == "any":
        return len(counted) >= tier.count
    needed: Iterable[IndicatorId] = rating.listed[: tier.count]
    return len(rating.listed) >= tier.count and all(name in counted for name in needed)
