"""The form that a forum sends out: what is asked of each area, what it said last, its target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from citygoals.core.base.model import (
    Area,
    AreaId,
    Indicator,
    IndicatorId,
    ProfileId,
    StandKind,
    Target,
)
from citygoals.core.forum.forum import COMMON, Forum, StandingGoal
from citygoals.core.forum.profiles import Profile
from citygoals.core.judging.observations import Observations
from citygoals.core.judging.plan import make_plan
from citygoals.core.judging.request import Request
from citygoals.core.judging.targets import binding_targets, due_target

COLUMNS = (
    "area",
    "indicator",
    "number",
    "title",
    "unit",
    "definition",
    "last_value",
    "last_year",
    "target",
    "year",
    "value",
    "source",
)
"""The form's columns; the last three are for filling in, an import reads them and the first."""

FormRow = dict[str, str | float | int | None]


def form_rows(
    forum: Forum,
    profile: ProfileId,
    areas: Sequence[Area],
    figures: Observations | None,
    language: str = "en",
) -> Iterator[FormRow]:
    """One row for each area and each indicator of a goal that stands under the profile.

    Targets are those due in the latest year observed, titles are in `language` where they are
    translated, numbers are the profile's own. Raises UnknownName for the profile, UnusableFile.
    """
    asked = _asked(forum, profile)
    year = (figures.latest if figures else None) or 0
    last = _latest(forum, areas, list(asked), figures) if figures and areas else {}
    for area in areas:
        for indicator, goals in asked.items():
            reported = last.get((area.id, indicator))
            row = _row(forum, area, forum.indicators[indicator], goals, reported, year)
            yield row | _words(forum.profile(profile), forum.indicators[indicator], language)


Reported = tuple[float, int]
"""A figure and its year."""


def _latest(
    forum: Forum, areas: Sequence[Area], indicators: Sequence[IndicatorId], figures: Observations
) -> dict[tuple[AreaId, IndicatorId], Reported]:
    """The latest figure that was reported, by area and indicator.

    Of a year it is that of the latest release, then of the source whose name comes last.
    """
    plan = make_plan(forum, areas, Request(profiles=(COMMON,)), (figures.last,), also=indicators)
    frame = figures.load(plan).frame.filter(pl.col("value").is_not_nan())
    sources = plan.words.sources.items
    place = {name: at for at, name in enumerate(sorted(sources))}
    names = pl.Series([place[name] for name in sources], dtype=pl.Int32)
    by_name = pl.lit(names).gather(pl.col("source"))
    last = frame.sort("year", "released", by_name, maintain_order=True).unique(
        ["area", "indicator"], keep="last", maintain_order=True
    )
    return {
        (plan.areas[area].id, plan.indicators[indicator]): (value, year)
        for area, indicator, value, year in last.select("area", "indicator", "value", "year").rows()
    }


def _asked(forum: Forum, profile: ProfileId) -> dict[IndicatorId, list[StandingGoal]]:
    """The indicators of the goals that the profile does not decline, with those goals."""
    asked: dict[IndicatorId, list[StandingGoal]] = {}
    for standing in forum.goals_under(profile):
        if standing.stand is not StandKind.DECLINED:
            for indicator in standing.goal.indicators:
                asked.setdefault(indicator, []).append(standing)
    return asked


def _row(
    forum: Forum,
    area: Area,
    indicator: Indicator,
    goals: Iterable[StandingGoal],
    last: Reported | None,
    year: int,
) -> FormRow:
    unit = forum.units.find(indicator.unit or "")
    due = (
        due_target(binding_targets(goal.targets, area, absolute=unit.absolute), year)
        for goal in goals
    )
    targets = dict.fromkeys(target_words(target) for target in due if target is not None)
    return {
        "area": area.id,
        "indicator": indicator.id,
        "unit": unit.label,
        "last_value": last[0] if last else None,
        "last_year": last[1] if last else None,
        "target": "; ".join(targets),
    }


def _words(profile: Profile, indicator: Indicator, language: str) -> FormRow:
    return {
        "number": profile.numbers_of([indicator.id]),
        "title": indicator.title.in_language(language),
        "definition": _definition(indicator, language),
    }


def target_words(target: Target) -> str:
    """A target's figure, year and mark, without its unit.

    >>> target_words(Target(value=80.0, year=2030, illustrative=True))
    '80 by 2030 (illustrative)'
    """
    figure = f"{target.minimum:g} to {target.maximum:g}" if target.is_range else f"{target.value:g}"
    by = f" by {target.year}" if target.year is not None else ""
    return f"{figure}{by}{' (illustrative)' if target.illustrative else ''}"


def _definition(indicator: Indicator, language: str) -> str:
    if indicator.definition is not None:
        return indicator.definition.in_language(language)
    if indicator.numerator and indicator.denominator:
        return f"{indicator.numerator}, divided by {indicator.denominator}"
    return indicator.numerator or ""
