"""Observations x profiles -> assessments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import (
    NO_DATA,
    Area,
    Assessment,
    GoalId,
    Observation,
    ObservationStatus,
    ProfileId,
    Reason,
    StatusId,
)
from citygoals.core.forum.forum import COMMON, Forum, StandingGoal
from citygoals.core.judging.bind import Binder, Bound
from citygoals.core.judging.select import Figures
from citygoals.core.judging.targets import UNKNOWN, compare_ambition, distance
from citygoals.core.logic import Decision, Obstacle
from citygoals.core.logic.engines import DEFAULT, decide_each, engine_named

CHUNK = 10_000
"""How many goals are bound before they are decided together."""


class NothingToEvaluate(CitygoalsError):  # noqa: N818
    """No areas or no observations, so that no year can be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to evaluate: no profiles mean common and each area's own, no years the latest.

    `engine` is polars, duckdb or rows; it decides where rules run, never what they say.
    """

    profiles: tuple[ProfileId, ...] = ()
    years: tuple[int, ...] = ()
    engine: str = DEFAULT


def evaluate(
    forum: Forum,
    observations: Iterable[Observation],
    areas: Sequence[Area],
    request: Request,
) -> Iterator[Assessment]:
    """Every area under every profile asked for, for every year, goal by goal.

    Raises NothingToEvaluate, UnknownName for a profile or an engine, EngineUnavailable,
    InvalidDocuments for a profile with faults.
    """
    engine_named(request.engine)
    bound = _bound(forum, observations, areas, request)
    while chunk := list(islice(bound, CHUNK)):
        yield from _assess_all(forum, chunk, request.engine)


def _bound(
    forum: Forum, observations: Iterable[Observation], areas: Sequence[Area], request: Request
) -> Iterator[Bound]:
    figures = Figures(observations, forum.mappings)
    years = request.years or (_latest_year(figures),)
    standing = _standing(forum, areas, request)
    binder = Binder(forum, figures)
    for year in years:
        for area in areas:
            for profile in profiles_of(forum, area, request):
                for goal in standing[profile]:
                    yield binder.bind(goal, area, year)


def _standing(
    forum: Forum, areas: Sequence[Area], request: Request
) -> Mapping[ProfileId, Sequence[StandingGoal]]:
    return {profile: forum.goals_under(profile) for profile in _profiles(forum, areas, request)}


def planned(forum: Forum, areas: Sequence[Area], request: Request) -> int:
    """How many assessments a request makes."""
    standing = _standing(forum, areas, request)
    profiles = (profile for area in areas for profile in profiles_of(forum, area, request))
    return sum(len(standing[profile]) for profile in profiles) * max(1, len(request.years))


def goals_by_rows(
    forum: Forum, areas: Sequence[Area], request: Request
) -> Mapping[GoalId, Sequence[Obstacle]]:
    """The goals whose rules have no columnar form, and why; they run by rows on every engine."""
    standing = (goal.goal for goals in _standing(forum, areas, request).values() for goal in goals)
    found = {goal.id: forum.rules[goal.rule].obstacles for goal in standing}
    return {goal: obstacles for goal, obstacles in found.items() if obstacles}


def _latest_year(figures: Figures) -> int:
    latest = figures.latest_year()
    if latest is None:
        raise NothingToEvaluate("no observations yet; import a file, or name a --year")
    return latest


def profiles_of(forum: Forum, area: Area, request: Request) -> Sequence[ProfileId]:
    """The profiles that an area is assessed under."""
    if request.profiles:
        return request.profiles
    own = forum.profile_of_country(area.country)
    return (COMMON, own.id) if own else (COMMON,)


def _profiles(forum: Forum, areas: Sequence[Area], request: Request) -> Sequence[ProfileId]:
    if not areas:
        raise NothingToEvaluate("no areas to evaluate; register some with `areas add`")
    named = (profile for area in areas for profile in profiles_of(forum, area, request))
    return list(dict.fromkeys(named))


def _assess_all(forum: Forum, bound: Sequence[Bound], engine: str) -> Iterator[Assessment]:
    """The assessments in order; goals that share a rule are decided together."""
    asked = [(forum.rules[b.standing.goal.rule], b.given) for b in bound if b.verdict is None]
    decisions = iter(decide_each(asked, engine))
    for one in bound:
        if one.verdict is None:
            yield assessment(forum, one, *outcome(one, next(decisions)))
        else:
            yield assess(forum, one)


def assess(forum: Forum, bound: Bound) -> Assessment:
    """The assessment of one bound goal, its rule run by rows."""
    if bound.verdict is not None:
        return assessment(forum, bound, bound.verdict.status, bound.verdict.reason)
    rule = forum.rules[bound.standing.goal.rule]
    return assessment(forum, bound, *outcome(bound, rule.decide(bound.given)))


def outcome(bound: Bound, decision: Decision) -> tuple[StatusId, Reason]:
    """Status and reason of a rule's decision; without a status it is no-data."""
    if decision.status is not None:
        return StatusId(decision.status), decision.reason
    reason = decision.reason
    if reason.code == "missing" and set(reason.args) <= set(bound.lost):
        return NO_DATA, Reason("break", reason.args)
    return NO_DATA, reason


def assessment(forum: Forum, bound: Bound, status: StatusId, reason: Reason) -> Assessment:
    """The assessment that says `status` for a bound goal, with gap, score and marks."""
    indicator = forum.indicators[bound.standing.goal.indicators[0]]
    value, previous, target = bound.selection.value, bound.selection.previous, bound.target
    figure = value.value if value else None
    single = len(bound.selections) == 1
    away = distance(figure, target, indicator, bound.baseline) if single else UNKNOWN
    years = [s.value.year for s in bound.selections if s.value is not None]
    return Assessment(
        profile=bound.standing.profile,
        area=bound.area.id,
        goal=bound.standing.goal.id,
        year=bound.year,
        status=status,
        reason=reason,
        stand=bound.standing.stand,
        ambition=_ambition(forum, bound),
        value=figure,
        value_year=min(years, default=None),
        baseline=bound.baseline,
        baseline_year=bound.baseline_year,
        previous=previous.value if previous else None,
        previous_year=previous.year if previous else None,
        target=target.value if target else None,
        target_min=target.minimum if target else None,
        target_max=target.maximum if target else None,
        target_year=target.year if target else None,
        met=away.met,
        gap=away.gap,
        score=away.score,
        source=value.source if value else None,
        marks=marks(bound),
    )


def _ambition(forum: Forum, bound: Bound) -> str | None:
    if bound.target is None or bound.common_target is None:
        return None
    direction = forum.indicators[bound.standing.goal.indicators[0]].direction
    return compare_ambition(bound.target, bound.common_target, direction)


_STATUS_MARKS = {
    ObservationStatus.ESTIMATED: "estimated",
    ObservationStatus.IMPUTED: "imputed",
    ObservationStatus.PROVISIONAL: "provisional",
    ObservationStatus.FORECAST: "forecast",
}


def marks(bound: Bound) -> tuple[str, ...]:
    """What every output must say of an assessment: how its figures and target came about."""
    return tuple(dict.fromkeys(_marks(bound)))


def _marks(bound: Bound) -> Iterator[str]:
    for value in (selection.value for selection in (*bound.selections, *bound.read)):
        if value is not None and value.status in _STATUS_MARKS:
            yield _STATUS_MARKS[value.status]
        if value is not None and value.via is not None:
            yield value.via.kind.value
    if bound.lost:
        yield "break"
    if bound.target is not None and bound.target.illustrative:
        yield "illustrative"
