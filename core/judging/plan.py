"""What is asked of whom, worked out before any figure is read: goals, areas in classes, targets.

Areas that the same targets of a profile name, of one level, are a class: one target binds them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from citygoals.core.base.coded import Aim, Words
from citygoals.core.base.model import (
    Area,
    Indicator,
    IndicatorId,
    ProfileId,
    Reason,
    StandKind,
    Target,
)
from citygoals.core.forum.forum import Forum, StandingGoal
from citygoals.core.judging.evaluate import Request, profiles_of
from citygoals.core.judging.targets import binding_targets, compare_ambition, due_target
from citygoals.core.logic import NamedRule

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]
MOST_READ = 4
"""How many other indicators a rule may read in columns."""
STATUS_MARKS = ((), ("estimated",), ("imputed",), ("provisional",), ("forecast",))


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

    `indicators` are places in the plan's list: the goal's own, then those that its rule reads.
    `why_rows` says why it runs by rows, None where it runs in columns. `mark_codes` are the codes
    of marks by what `marks_of` says.
    """

    standing: StandingGoal
    goal: int
    profile: int
    rule: NamedRule
    indicator: Indicator
    indicators: tuple[int, ...]
    read: tuple[str, ...]
    aims: Aims
    why_rows: str | None
    status_codes: NDArray[np.uint8]
    mark_codes: Whole

    @property
    def refused(self) -> bool:
        """Whether nobody is judged on it, whatever the figures say."""
        return bool((self.aims.refusal >= 0).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole evaluation. `classes` is each area's class by profile, -1 where it is not judged."""

    forum: Forum
    areas: Sequence[Area]
    years: Sequence[int]
    goals: Sequence[GoalPlan]
    indicators: Sequence[IndicatorId]
    lent: Sequence[tuple[int, int]]
    classes: Mapping[int, Whole]
    words: Words


def make_plan(forum: Forum, areas: Sequence[Area], request: Request, years: Sequence[int]) -> Plan:
    """The plan for the areas in their order. Raises UnknownName, InvalidDocuments."""
    words = Words(areas=[area.id for area in areas])
    by_profile = _areas_by_profile(forum, areas, request)
    places: dict[IndicatorId, int] = {}
    goals: list[GoalPlan] = []
    classes: dict[int, Whole] = {}
    for profile, members in by_profile.items():
        standing = forum.goals_under(profile)
        numbers, examples = _classes(standing, areas, members)
        code = words.profiles.code(profile)
        classes[code] = numbers
        maker = _Maker(forum, words, places, years, examples, code)
        goals.extend(maker.goal(one) for one in standing)
    lent = _lent(forum, places)
    return Plan(
        forum=forum,
        areas=areas,
        years=years,
        goals=goals,
        indicators=list(places),
        lent=lent,
        classes=classes,
        words=words,
    )


def _lent(forum: Forum, places: dict[IndicatorId, int]) -> list[tuple[int, int]]:
    """Which indicators lend their figures to which of those that are used."""
    return [
        (places.setdefault(mapping.indicator, len(places)), places[mapping.common])
        for mapping, _ in forum.mappings
        if mapping.common in places
    ]


def _areas_by_profile(
    forum: Forum, areas: Sequence[Area], request: Request
) -> Mapping[ProfileId, Sequence[int]]:
    found: dict[ProfileId, list[int]] = {}
    by_country: dict[str, Sequence[ProfileId]] = {}
    for place, area in enumerate(areas):
        if area.country not in by_country:
            by_country[area.country] = profiles_of(forum, area, request)
        for profile in by_country[area.country]:
            found.setdefault(profile, []).append(place)
    return found


def _classes(
    standing: Iterable[StandingGoal], areas: Sequence[Area], members: Sequence[int]
) -> tuple[Whole, Sequence[Area]]:
    """The class of every area, and an area of each class."""
    naming: dict[str, list[int]] = {}
    targets = [t for one in standing for t in (*one.targets, *one.goal.targets)]
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
        why = None if (aims.refusal >= 0).all() else _why_rows(standing, rule)
        statuses = () if why else rule.statuses
        codes = [self.words.statuses.code(word) for word in statuses]  # type: ignore[arg-type]
        return GoalPlan(
            standing=standing,
            goal=self.words.goals.code(goal.id),
            profile=self.profile,
            rule=rule,
            indicator=forum.indicators[goal.indicators[0]],
            indicators=tuple(self.places.setdefault(name, len(self.places)) for name in used),
            read=read,
            aims=aims,
            why_rows=why,
            status_codes=np.array([*codes, 0], np.uint8),
            mark_codes=self._marks(0 if why else 1 + len(read)),
        )

    def _marks(self, selections: int) -> Whole:
        """The codes of marks: a digit of base 5 for each selection, then break, illustrative."""
        codes = []
        for *said, broken, shown in product(*[STATUS_MARKS] * selections, (0, 1), (0, 1)):
            marks = [mark for marks in said for mark in marks]  # type: ignore[attr-defined]
            marks += ["break"] * broken + ["illustrative"] * shown  # type: ignore[operator]
            codes.append(self.words.marks.code(tuple(dict.fromkeys(marks))))
        return np.array(codes, np.int32)

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


def _why_rows(standing: StandingGoal, rule: NamedRule) -> str | None:
    """Why a goal is judged by rows, or None."""
    if len(standing.goal.indicators) > 1:
        return "it is over several indicators"
    if rule.scale is None:
        return "its rule gives a number"
    if len(rule.logic.indicators) > MOST_READ:
        return f"its rule reads more than {MOST_READ} other indicators"
    if not rule.columnar:
        return f"its rule has no columnar form: {rule.obstacles[0].reason}"
    return None
