"""Why an area has its status on a goal: in words, as the rule's trace, and by other sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from citygoals.core.base.model import (
    Area,
    Assessment,
    IndicatorMapping,
    StandKind,
    StatusId,
    Target,
)
from citygoals.core.base.reasons import sentence
from citygoals.core.forum.forum import Forum, StandingGoal
from citygoals.core.judging.answers import Answers, answers, reason_of, records
from citygoals.core.judging.cases import Case, CaseRows, make_case
from citygoals.core.judging.choice import Forced, series, trail
from citygoals.core.judging.grids import FORECAST, Grids, Horizon, horizon
from citygoals.core.judging.groups import groups_of
from citygoals.core.judging.judge import asked, block, refused
from citygoals.core.judging.lending import PROXY
from citygoals.core.judging.observations import Observations
from citygoals.core.judging.outlook import course_of, outlook
from citygoals.core.judging.plan import Plan, make_plan
from citygoals.core.judging.request import Request
from citygoals.core.judging.run import to_frame
from citygoals.core.judging.sources import CELL
from citygoals.core.judging.worded import in_words
from citygoals.core.logic import Trace

WHOLE = ("direction", "year", "previous_year", "baseline_year", "target_year", "count", "expected")
"""Variables of rules that are whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A figure of the same year that was not chosen, and the status that it would have given.

    It takes the place of the figure that was chosen, with the figures before it that go with it.
    """

    source: str
    value: float
    status: StatusId
    changes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An assessment with its reasons. `trace` is None where no rule ran.

    `series` has the years and values that lead to the figure and compare with it, oldest first.
    """

    assessment: Assessment
    sentences: tuple[str, ...]
    given: Mapping[str, Any]
    trace: Trace | None
    alternatives: tuple[Alternative, ...]
    series: Sequence[tuple[int, float]] = ()


def explain(
    forum: Forum, figures: Observations, standing: StandingGoal, area: Area, year: int
) -> Explanation:
    """Judge a goal for one area and year, telling every step. Raises UnusableFile."""
    request = Request(profiles=(standing.profile,))
    plan = make_plan(forum, [area], request, (year,), only=standing.goal.id)
    telling = _Telling(plan, figures)
    return telling.refusal() if plan.goals[0].refused else telling.explanation()


class _Telling:
    """A plan of one goal, area and year, and its figures."""

    def __init__(self, plan: Plan, figures: Observations) -> None:
        self.plan, self.standing = plan, plan.goals[0].standing
        self.over: Horizon = horizon(figures.first, plan.years, plan.words.reasons)
        self.grids = Grids(plan, figures.load(plan)(range(1)), range(1), self.over)
        self.target = plan.words.aims[int(plan.goals[0].aims.row[0, 0])].target

    def refusal(self) -> Explanation:
        """Where no figure is looked at."""
        assessment = self._worded(to_frame(list(refused(self.plan, range(1)))))
        return Explanation(
            assessment=assessment,
            sentences=tuple(self._sentences(assessment, None)),
            given={},
            trace=None,
            alternatives=(),
        )

    def explanation(self) -> Explanation:
        """Where the rule, or the want of a figure, decides."""
        case = self._case()
        given = self._given(case)
        answer, trace = self._decided(case, given)
        assessment = self._worded(to_frame([block(self.plan, case, answer)]))
        return Explanation(
            assessment=assessment,
            sentences=tuple(self._sentences(assessment, case)),
            given=given,
            trace=trace,
            alternatives=tuple(self._alternatives(case, assessment.status)),
            series=self._series(case),
        )

    def _case(self, forced: Forced | None = None) -> Case:
        (group,) = groups_of(self.plan.goals)
        nothing = np.zeros(1, np.int32)
        rows = CaseRows(group, nothing, nothing, nothing, nothing)
        grid = self.grids[group.sources, group.forecasts]
        return make_case(rows, grid, self.over, np.array(self.plan.years, np.int32), forced)

    def _worded(self, frame: pl.DataFrame) -> Assessment:
        return next(in_words(frame, self.plan.words.tables()))

    def _given(self, case: Case) -> Mapping[str, Any]:
        """The rule's variables, whole numbers as such."""
        record = next(records(case, np.ones(case.shape, np.bool_)))
        return {
            name: int(value) if name in WHOLE and value == value else value
            for name, value in record.items()
        }

    def _decided(self, case: Case, given: Mapping[str, Any]) -> tuple[Answers, Trace | None]:
        """What the rule says of exactly these variables, with its steps."""
        status, reason = np.zeros(case.shape, np.uint8), np.zeros(case.shape, np.int32)
        if not asked(case).all():
            return Answers(status, reason), None
        decision, trace = case.group.rule.explain(given)
        lost = [name for name, gone in case.lost().items() if np.all(gone)]
        if decision.status is not None:
            status[:] = self.plan.words.statuses.code(StatusId(decision.status))
        reason[:] = self.plan.words.reasons.code(reason_of(decision, lost))
        return Answers(status, reason), trace

    def _alternatives(self, case: Case, status: StatusId) -> Iterator[Alternative]:
        for place, chosen in zip(case.group.indicators[0], (*case.own, *case.others), strict=True):
            stands = chosen.there.all()
            year = float(chosen.year[0, 0]) if stands else self._conflict(chosen.reason)
            if year == year:
                for forced in self._others(int(place), int(year), chosen):
                    yield self._instead(forced, status)

    def _conflict(self, reason: Any) -> float:
        """The year of a conflict, NaN where the reason is another one."""
        code = int(reason[0, 0])
        is_conflict = code in self.over.conflict
        return float(self.over.year_of[code]) if is_conflict else np.nan

    def _others(self, indicator: int, year: int, chosen: Any) -> Iterator[Forced]:
        """The figures of a year that were not chosen, by what they were reported as and source."""
        step = year - self.over.first
        cell = indicator * self.over.years + step
        figures = self.grids.frame.filter(pl.col(CELL) == cell, pl.col("value").is_not_nan())
        if not self.standing.goal.forecasts_count:
            figures = figures.filter(pl.col("status") != FORECAST)
        taken = (int(chosen.source[0, 0]), int(chosen.via[0, 0])) if chosen.there.all() else None
        nearness = self.plan.nearness
        for row in sorted(figures.iter_rows(named=True), key=self._reported_as):
            if (row["source"], row["via"]) != taken:
                yield Forced(
                    indicator=indicator,
                    step=step,
                    is_proxy=nearness[row["via"]] == PROXY,
                    **{name: row[name] for name in ("value", "status", "source", "via")},
                )

    def _reported_as(self, row: Mapping[str, Any]) -> tuple[str, str]:
        via = row["via"]
        own = self.plan.indicators[row["indicator"]]
        reported = self.plan.mappings[via - 1].indicator if via else own
        return reported, self.plan.words.sources.items[row["source"]]

    def _instead(self, forced: Forced, status: StatusId) -> Alternative:
        case = self._case(forced)
        answer = answers(self.plan, case, asked(case), None)
        other = self._worded(to_frame([block(self.plan, case, answer)])).status
        return Alternative(
            source=self.plan.words.sources.items[forced.source],
            value=forced.value,
            status=other,
            changes=other != status,
        )

    def _series(self, case: Case) -> Sequence[tuple[int, float]]:
        group = case.group
        if case.is_several or not case.chosen.there.all():
            return ()
        grid = self.grids[group.sources, group.forecasts]
        nothing = np.zeros(1, np.int32)
        its = series(grid, group.indicators[:, 0], nothing, self.over, forecasts=group.forecasts)
        return trail(its, case.chosen)

    # Words

    @property
    def _unit(self) -> str:
        units, unit = self.plan.forum.units.units, self.plan.goals[0].indicator.unit
        return units[unit].label if unit else ""

    def _sentences(self, assessment: Assessment, case: Case | None) -> Iterator[str]:
        if assessment.value is not None:
            yield self._value_sentence(assessment, None if case is None else self._loan(case))
        if self.target is not None and case is not None:
            yield _target_sentence(self.target, self._unit)
        yield from self._pace(assessment)
        lost = {} if case is None else case.lost()
        if np.any(lost.get("previous", False)):
            yield "no trend across a break: earlier figures are not comparable"
        if any(np.any(gone) for name, gone in lost.items() if name.endswith("baseline")):
            yield "the baseline lies before a break in the series and does not count"
        if assessment.stand is not None:
            yield _stand_sentence(self.standing, assessment, assessment.stand)
        yield from (f"marked: {mark}" for mark in assessment.marks)
        yield f"{assessment.status}: {sentence(assessment.reason)}"

    def _loan(self, case: Case) -> IndicatorMapping | None:
        number = int(np.broadcast_to(case.chosen.via, case.shape)[0, 0])
        return self.plan.mappings[number - 1] if number else None

    def _value_sentence(self, assessment: Assessment, via: IndicatorMapping | None) -> str:
        title = self.plan.goals[0].indicator.title
        figure = amount(assessment.value or 0.0, self._unit)
        age = f", {assessment.age} years old" if assessment.age else ""
        text = f"{title}: {figure} in {assessment.value_year}{age} ({assessment.source})"
        if via is None:
            return text
        why = f": {via.reason}" if via.reason else ""
        return f"{text}; reported as {via.indicator}, {via.kind}{why}"

    def _pace(self, assessment: Assessment) -> Iterator[str]:
        course = course_of(assessment, self.plan.goals[0].indicator.direction.sign)
        return iter(()) if course is None else outlook(course, self._unit)


def amount(figure: float, unit: str) -> str:
    """A figure with its unit, with no more digits than it has."""
    return f"{figure:.10g} {unit}".rstrip()


def _target_sentence(target: Target, unit: str) -> str:
    by = f" by {target.year}" if target.year is not None else ""
    if target.is_range:
        goal = f"{target.minimum:.10g} to {amount(target.maximum or 0.0, unit)}"
    else:
        goal = amount(target.value or 0.0, unit)
    source = f" ({target.source.title})" if target.source else ""
    kind = ", illustrative" if target.illustrative else ""
    return f"target {goal}{by}{kind}{source}"


def _stand_sentence(standing: StandingGoal, assessment: Assessment, stand: StandKind) -> str:
    ambition = f" ({assessment.ambition})" if assessment.ambition else ""
    reason = f": {standing.stand_reason}" if standing.stand_reason else ""
    return f"common goal, {stand}{ambition} by {standing.profile}{reason}"
