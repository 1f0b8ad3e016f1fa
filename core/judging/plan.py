"""What is asked of whom, worked out before any figure is read: goals, areas in classes, targets.

Areas that the same targets of a profile name, of one level, are a class: one target binds them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citygoals.core.base.coded import Aim, Words
from citygoals.core.base.model import (
    Area,
    GoalId,
    Indicator,
    IndicatorId,
    IndicatorMapping,
    ProfileId,
    Reason,
    StandKind,
    StatusId,
    Target,
)
from citygoals.core.forum.forum import Forum, StandingGoal
from citygoals.core.judging.lending import NEARNESS, Loan
from citygoals.core.judging.request import NothingToEvaluate, Request, profiles_of
from citygoals.core.judging.targets import binding_targets, compare_ambition, due_target
from citygoals.core.logic import NamedRule

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]
Order = tuple[str, ...]
"""A profile's order of sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aims:
    """A goal's targets by class of areas (rows) and judged year (columns); NaN is absent.

    `row` is the place among the run's aims; `refusal` the code of the reason by class, else -1.
    """

    row: Whole
    refusal: Whole
    value: Floats
    minimum: Floats
    maximum: Floats
    year: Floats
    baseline: Floats
    baseline_year: Floats
    illustrative: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalPlan:
    """A goal under a profile with all that does not depend on figures.

    `indicators` are places in the plan's list: the goal's own, `own` of them, then those that its
    rule reads, named in `read`. `status_codes` are those of the rule's words.
    """

    standing: StandingGoal
    goal: int
    profile: int
    rule: NamedRule
    indicator: Indicator
    indicators: tuple[int, ...]
    own: int
    read: tuple[str, ...]
    aims: Aims
    status_codes: NDArray[np.uint8]

    @property
    def grid(self) -> tuple[Order, bool]:
        """By which order of sources figures are chosen, and whether forecasts count."""
        return self.standing.sources, self.standing.goal.forecasts_count

    @property
    def refused(self) -> bool:
        """Whether nobody is judged on it, whatever the figures say."""
        return bool((self.aims.refusal >= 0).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole evaluation. `classes` is each area's class by profile, -1 where it is not judged.

    `loans` are numbered by their mappings and 1, `nearness` says of each number how near it is.
    """

    forum: Forum
    areas: Sequence[Area]
    years: Sequence[int]
    goals: Sequence[GoalPlan]
    indicators: Sequence[IndicatorId]
    loans: Sequence[Loan]
    classes: Mapping[int, Whole]
    words: Words

    @property
    def mappings(self) -> Sequence[IndicatorMapping]:
        """The mappings of all loans that there may be, by number less 1."""
        return [mapping for mapping, _ in self.forum.mappings]

    @property
    def nearness(self) -> Sequence[int]:
        """How near a figure is by the number of its loan."""
        return [NEARNESS[None], *(NEARNESS[mapping.kind] for mapping in self.mappings)]

    def one_by_one(self) -> Mapping[GoalId, str]:
        """The goals whose rule has no form by columns, and why."""
        return {
            goal.standing.goal.id: _obstacle(goal.rule)
            for goal in self.goals
            if not goal.refused and not is_columnar(goal.rule, goal.own)
        }

    @property
    def assessments(self) -> int:
        """How many assessments the plan makes."""
        members = {code: int((classes >= 0).sum()) for code, classes in self.classes.items()}
        return sum(members[goal.profile] for goal in self.goals) * len(self.years)


def make_plan(
    forum: Forum,
    areas: Sequence[Area],
    request: Request,
    years: Sequence[int],
    *,
    only: GoalId | None = None,
    also: Iterable[IndicatorId] = (),
) -> Plan:
    """The plan for the areas in their order, each once; of one goal with `only`.

    The figures of the indicators in `also` are looked at too.

    Raises NothingToEvaluate, UnknownName, InvalidDocuments.
    """
    areas = list({area.id: area for area in areas}.values())
    if not areas:
        raise NothingToEvaluate("no areas to evaluate; register some with `areas add`")
    words = Words(areas=[area.id for area in areas])
    by_profile = _areas_by_profile(forum, areas, request)
    places: dict[IndicatorId, int] = {}
    goals: list[GoalPlan] = []
    classes: dict[int, Whole] = {}
    for profile, members in by_profile.items():
        standing = [goal for goal in forum.goals_under(profile) if only in (None, goal.goal.id)]
        numbers, examples = _classes(standing, areas, members)
        code = words.profiles.code(profile)
        classes[code] = numbers
        maker = _Maker(forum, words, places, years, examples, code)
        goals.extend(maker.goal(goal) for goal in standing)
    for name in also:
        places.setdefault(name, len(places))
    loans = _loans(forum, places)
    return Plan(
        forum=forum,
        areas=areas,
        years=years,
        goals=goals,
        indicators=list(places),
        loans=loans,
        classes=classes,
        words=words,
    )


def _loans(forum: Forum, places: dict[IndicatorId, int]) -> list[Loan]:
    """The indicators that lend their figures to those that are used."""
    return [
        Loan(
            number=number,
            mapping=mapping,
            factor=factor,
            lender=places.setdefault(mapping.indicator, len(places)),
            common=places[mapping.common],
        )
        for number, (mapping, factor) in enumerate(forum.mappings, start=1)
        if mapping.common in places
    ]


def _areas_by_profile(
    forum: Forum, areas: Sequence[Area], request: Request
) -> Mapping[ProfileId, Sequence[int]]:
    members: dict[ProfileId, list[int]] = {}
    by_country: dict[str, Sequence[ProfileId]] = {}
    for place, area in enumerate(areas):
        if area.country not in by_country:
            by_country[area.country] = profiles_of(forum, area, request)
        for profile in by_country[area.country]:
            members.setdefault(profile, []).append(place)
    return members


def _classes(
    standing: Iterable[StandingGoal], areas: Sequence[Area], members: Sequence[int]
) -> tuple[Whole, Sequence[Area]]:
    """The class of every area, and an area of each class."""
    naming: dict[str, list[int]] = {}
    targets = [t for goal in standing for t in (*goal.targets, *goal.goal.targets)]
    for number, target in enumerate(targets):
        for name in target.areas:
            naming.setdefault(name, []).append(number)
    numbers = np.full(len(areas), -1, np.int32)
    known: dict[tuple[object, ...], int] = {}
    examples: list[Area] = []
    for place in members:
        area = areas[place]
        signature = (area.level, *naming.get(area.id, ()))
        number = known.setdefault(signature, len(known))
        if number == len(examples):
            examples.append(area)
        numbers[place] = number
    return numbers, examples


@dataclass(frozen=True, slots=True)
class _Maker:
    """Plans the goals of one profile."""

    forum: Forum
    words: Words
    places: dict[IndicatorId, int]
    years: Sequence[int]
    examples: Sequence[Area]
    profile: int

    def goal(self, standing: StandingGoal) -> GoalPlan:
        goal, forum = standing.goal, self.forum
        rule = forum.rules[goal.rule]
        read = tuple(sorted(rule.logic.indicators))
        used = [*goal.indicators, *(IndicatorId(name) for name in read)]
        aims = self._aims(standing)
        codes = [self.words.statuses.code(StatusId(word)) for word in rule.statuses]
        return GoalPlan(
            standing=standing,
            goal=self.words.goals.code(goal.id),
            profile=self.profile,
            rule=rule,
            indicator=forum.indicators[goal.indicators[0]],
            indicators=tuple(self.places.setdefault(name, len(self.places)) for name in used),
            own=len(goal.indicators),
            read=read,
            aims=aims,
            status_codes=np.array(codes, np.uint8),
        )

    def _aims(self, standing: StandingGoal) -> Aims:
        rows = [[self._aim(standing, area, year) for year in self.years] for area in self.examples]
        refusals = [self._refusal(standing, area) for area in self.examples]
        targets = [[aim.target if aim else None for aim in row] for row in rows]
        return Aims(
            row=np.array([[self._row(aim) for aim in row] for row in rows], np.int32),
            refusal=np.array(refusals, np.int32),
            value=_table(targets, "value"),
            minimum=_table(targets, "minimum"),
            maximum=_table(targets, "maximum"),
            year=_table(targets, "year"),
            baseline=_table(targets, "baseline"),
            baseline_year=_table(targets, "baseline_year"),
            illustrative=np.array(
                [[t is not None and t.illustrative for t in row] for row in targets], np.bool_
            ),
        )

    def _row(self, aim: Aim) -> int:
        aims = self.words.aims
        if not aims or aims[-1] != aim:
            aims.append(aim)
        return len(aims) - 1

    def _refusal(self, standing: StandingGoal, area: Area) -> int:
        if standing.stand is StandKind.DECLINED:
            return self.words.reasons.code(Reason("declined", (standing.stand_reason,)))
        if standing.stand is StandKind.UNDECIDED:
            return self.words.reasons.code(Reason("undecided"))
        if standing.targets and self._due(standing.targets, standing, area, 0) is None:
            return self.words.reasons.code(Reason("no-target-at-this-level", (area.level.value,)))
        return -1

    def _aim(self, standing: StandingGoal, area: Area, year: int) -> Aim:
        if standing.stand in (StandKind.DECLINED, StandKind.UNDECIDED):
            return Aim(target=None, stand=standing.stand, ambition=None)
        target = self._due(standing.targets, standing, area, year)
        common = None
        if target is not None and standing.stand is StandKind.ADAPTED:
            common = self._due(standing.goal.targets, standing, area, year)
        direction = self.forum.indicators[standing.goal.indicators[0]].direction
        ambition = compare_ambition(target, common, direction) if target and common else None
        return Aim(target=target, stand=standing.stand, ambition=ambition)

    def _due(
        self, targets: Sequence[Target], standing: StandingGoal, area: Area, year: int
    ) -> Target | None:
        unit = self.forum.indicators[standing.goal.indicators[0]].unit
        absolute = unit is not None and self.forum.units.units[unit].absolute
        return due_target(binding_targets(targets, area, absolute=absolute), year)


def _table(targets: Sequence[Sequence[Target | None]], name: str) -> Floats:
    """One field of the targets by class and year, NaN where it is absent."""
    figures = [[None if t is None else getattr(t, name) for t in row] for row in targets]
    return np.array([[np.nan if f is None else f for f in row] for row in figures], np.float64)


def is_columnar(rule: NamedRule, indicators: int) -> bool:
    """Whether a rule of goals over so many indicators runs in columns."""
    if indicators == 1:
        return rule.columnar
    return all(rule.over(count) is not None for count in range(1, indicators + 1))


def _obstacle(rule: NamedRule) -> str:
    return f"its rule has no columnar form: {rule.obstacles[0].reason}"
