"""The command that counts indicators towards the tiers of a rating."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import IndicatorId, Rating
from citygoals.core.forum.profiles import Profile
from citygoals.core.judging.request import Request
from citygoals.core.results.names import chosen_areas
from citygoals.core.store import open_database
from citygoals.plugins.commands._forum import load_assembly, need_figures
from citygoals.plugins.commands._language import in_words, lang_option
from citygoals.plugins.commands._options import YEAR, as_of_option, db_option, moment
from citygoals.plugins.commands._render import (
    Column,
    emit,
    format_option,
    needed,
    numbers,
    plain_columns,
)

if TYPE_CHECKING:
    from citygoals.core.results.ratings import Rated


class NoRating(CitygoalsError):  # noqa: N818
    """A profile without ratings."""


@click.command(epilog="Example: citygoals rate --profile my --area MY-kuala-lumpur")
@db_option
@click.option("--profile", required=True, help="The profile whose ratings count.")
@click.option("--area", "areas", multiple=True, help="Area id; default: every area.")
@click.option("--year", type=YEAR, help="The year; default: the latest.")
@as_of_option
@lang_option
@format_option
def rate(
    db: Path,
    profile: str,
    areas: tuple[str, ...],
    year: int | None,
    as_of: str | None,
    format_: str,
) -> None:
    """Count indicators towards the tiers of a profile's ratings.

    Where the source leaves open whether an indicator counts when it is reported or when its goal
    is met, or which indicators count, every reading is shown with its confidence. Proxies never
    count.
    """
    from citygoals.core.results.ratings import rate as rate_areas

    assembly = load_assembly()
    assembly.need_profiles([profile])
    forum = assembly.forum
    rated_by = forum.profile(profile)
    if not rated_by.ratings:
        rating_profiles = [name for name, other in forum.profiles.items() if other.ratings]
        known = ", ".join(rating_profiles) or "none"
        raise NoRating(f"the profile {profile!r} has no ratings; profiles with some: {known}")
    with open_database(db, read_only=True) as database:
        figures = database.stored(moment(as_of), indicators=forum.indicators)
        chosen = chosen_areas(forum, database, areas)
        need_figures(assembly, figures, chosen)
        (judged,) = Request(years=(year,) if year else ()).judged(figures.latest)
        rows = [
            _row(rated_by, rated, judged)
            for rated in rate_areas(forum, figures, rated_by, chosen, judged)
        ]
    emit(rows, needed(_COLUMNS, rows, ("numbers",)), format_)
    if format_ == "table":
        click.echo("\n".join(line for rating in rated_by.ratings for line in _notes(rating)))


_COLUMNS = [
    Column(key="area_name", header="area", style="bold"),
    *plain_columns("rating", "tier"),
    *numbers("counted", "of"),
    *plain_columns("reading", "confidence"),
    Column(key="numbers", header="no."),
]


def _notes(rating: Rating) -> Iterator[str]:
    """What a rating asks for beside the count, and why it is read as it is."""
    yield f"{in_words(rating.title)} ({rating.standard}):"
    yield from (f"  {condition}" for condition in rating.conditions)
    for reading in rating.readings:
        words = f"{reading.counts}, {reading.set} ({reading.confidence})"
        yield f"  {words}{': ' + reading.note if reading.note else ''}"


def _row(profile: Profile, rated: Rated, year: int) -> dict[str, Any]:
    return {
        "area": rated.area.id,
        "area_name": in_words(rated.area.name),
        "year": year,
        "rating": in_words(rated.rating.title),
        "standard": rated.rating.standard,
        "tier": in_words(rated.tier.label) if rated.tier else None,
        "counted": len(rated.counted),
        "of": rated.of,
        "reading": f"{rated.reading.counts}, {rated.reading.set}",
        "confidence": rated.reading.confidence,
        "note": rated.reading.note,
        "conditions": list(rated.rating.conditions),
        "numbers": _numbers(profile, rated),
        "indicators": sorted(rated.counted),
    }


def _numbers(profile: Profile, rated: Rated) -> list[str]:
    """What the profile's own numbering calls the indicators that count, in its order."""
    named: dict[IndicatorId, str] = {}
    for numbering in profile.numberings:
        named |= numbering.numbers
    return [number for name, number in named.items() if name in rated.counted]
