"""Judges the goals of a chunk of areas in columns; goals that share a rule are decided together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citygoals.core.base.model import Reason
from citygoals.core.judging.choice import (
    NOT_STATED,
    Bools,
    Chosen,
    Grid,
    Grids,
    Horizon,
    Start,
    choose,
    series,
    start,
)
from citygoals.core.judging.distance import Aimed, away
from citygoals.core.judging.groups import Group
from citygoals.core.judging.plan import Floats, GoalPlan, Plan, Whole
from citygoals.core.logic.engines.deciders import Decide

BATCH = 200_000
"""About how many rows a rule decides at once."""
Block = dict[str, NDArray[Any]]

FIGURES = ("value", "baseline", "previous", "gap", "score")
YEARS = ("value_year", "baseline_year", "previous_year")
TYPES = {
    "profile": np.uint8,
    "goal": np.uint16,
    "area": np.int32,
    "year": np.int16,
    "status": np.uint8,
    "reason": np.int32,
    "aim": np.int32,
    "marks": np.int32,
    "source": np.int32,
    **dict.fromkeys((*FIGURES, *YEARS), np.float64),
}
"""The columns of assessments in numbers, in their order; NaN and a source of -1 are absent."""


@dataclass(frozen=True, slots=True)
class Case:
    """Goals of a group over areas: a row for each pair of them, a column for each judged year.

    `goals` and `aims` are the rows' places in the group, `areas` those in the plan.
    """

    group: Group
    goals: Whole
    areas: Whole
    aims: Whole
    years: Whole
    chosen: Chosen
    others: Sequence[Chosen]
    start: Start
    starts: Sequence[Start]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and years."""
        return len(self.areas), len(self.years)

    def aim(self, name: str) -> NDArray[Any]:
        """A field of the targets, by row and year."""
        found: NDArray[Any] = getattr(self.group.aims, name)[self.aims]
        return found

    def by_row(self, name: str) -> NDArray[Any]:
        """What the group has for a goal, by row."""
        found: NDArray[Any] = getattr(self.group, name)[self.goals][:, None]
        return found

    def variables(self) -> Mapping[str, Floats]:
        """The variables that the rule reads, each in one column."""
        names = self.group.rule.compiled.names or ["value"]
        return {name: self.variable(name).reshape(-1) for name in names}

    def variable(self, name: str) -> Floats:
        """A variable of the rule; NaN is absent."""
        found = self._figure(name) if "." not in name else self._other(name)
        return np.broadcast_to(found, self.shape)

    def _figure(self, name: str) -> Floats:
        if name in _AIMS:
            return self.aim(_AIMS[name])
        if name in ("value", "previous", "previous_year"):
            figure: Floats = getattr(self.chosen, name)
            return figure
        if name == "year":
            due = self.aim("year")
            return np.where(self.years > due, np.maximum(self.chosen.year, due), self.chosen.year)
        if name == "baseline":
            return self.start.figure
        if name == "baseline_year":
            return self.start.year
        return self.by_row("sign") if name == "direction" else np.array(np.nan)

    def _other(self, name: str) -> Floats:
        _, indicator, field = name.split(".")
        place = self.group.read.index(indicator)
        return self.others[place].value if field == "value" else self.starts[place].figure

    def lost(self) -> Mapping[str, Bools]:
        """Where a break took a variable."""
        found = dict.fromkeys(("previous", "previous_year"), self.chosen.lost)
        found |= dict.fromkeys(("baseline", "baseline_year"), self.start.lost)
        starts = zip(self.group.read, self.starts, strict=True)
        return found | {f"indicators.{name}.baseline": its.lost for name, its in starts}


_AIMS = {"target": "value", "target_year": "year", "lower": "minimum", "upper": "maximum"}


def judge(
    plan: Plan, groups: Sequence[Group], grids: Grids, areas: range, over: Horizon, decide: Decide
) -> Iterator[Block]:
    """Blocks of columns of all that is judged in columns."""
    yield from refused(plan, areas)
    for group in groups:
        for case in cases(plan, group, grids, areas, over):
            answers = decide(group.rule.compiled.expression, case.variables())
            yield block(plan, case, answers.reshape(case.shape))


def by_columns(plan: Plan, grids: Grids, areas: range, goal: GoalPlan) -> Bools:
    """Which areas of the chunk are judged on a goal in columns."""
    judged = plan.classes[goal.profile][areas.start : areas.stop] >= 0
    if goal.refused:
        return judged
    return judged & ~grids[goal.standing.sources].crowded[list(goal.indicators)].any(axis=0)


def cases(plan: Plan, group: Group, grids: Grids, areas: range, over: Horizon) -> Iterator[Case]:
    """The cases of a chunk of areas, each of about `BATCH` assessments."""
    masks = [by_columns(plan, grids, areas, goal) for goal in group.goals]
    classes = [plan.classes[goal.profile][areas.start : areas.stop] for goal in group.goals]
    goals, here = (places.astype(np.int32) for places in np.nonzero(masks))
    aims = group.first_class[goals] + np.array(classes)[goals, here]
    years = np.array(plan.years, np.int32)
    step = max(1, BATCH // len(years))
    for at in range(0, len(goals), step):
        some = slice(at, at + step)
        rows = _Rows(group, goals[some], here[some], here[some] + areas.start, aims[some])
        yield _case(rows, grids[group.sources], over, years)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which goal, area of the chunk, area of the plan and aim each row of a case has."""

    group: Group
    goals: Whole
    here: Whole
    areas: Whole
    aims: Whole


def _case(rows: _Rows, grid: Grid, over: Horizon, years: Whole) -> Case:
    group = rows.group
    own, *read = (
        series(grid, places[rows.goals], rows.here, over, forecasts=group.forecasts)
        for places in group.indicators.T
    )
    max_age = group.max_age[rows.goals][:, None]
    chosen, *others = (choose(its, years, max_age) for its in (own, *read))
    at = group.aims.baseline_year[rows.aims]
    stated = group.aims.baseline[rows.aims]
    return Case(
        group=group,
        goals=rows.goals,
        areas=rows.areas,
        aims=rows.aims,
        years=years,
        chosen=chosen,
        others=others,
        start=start(own, chosen, at, stated, years),
        starts=[start(*both, at, NOT_STATED, years) for both in zip(read, others, strict=True)],
    )


def block(plan: Plan, case: Case, answers: NDArray[np.int16]) -> Block:
    """The assessments of a case; `answers` are the places of the statuses, -1 for undefined."""
    group, chosen = case.group, case.chosen
    refusal = group.aims.refusal[case.aims][:, None]
    kept = refusal < 0
    asked = chosen.there & kept
    status = np.where(asked, group.status_codes[answers], ~kept).astype(np.uint8)
    reason = np.where(kept, chosen.reason, refusal)
    unanswered = asked & (answers < 0)
    if unanswered.any():
        reason[unanswered] = _why_not(plan, case, unanswered)
    far = away(chosen.value, _aimed(case))
    return _flat(
        case.shape,
        profile=np.array([goal.profile for goal in group.goals], np.uint8)[case.goals][:, None],
        goal=np.array([goal.goal for goal in group.goals], np.uint16)[case.goals][:, None],
        area=case.areas[:, None],
        year=case.years.astype(np.int16),
        status=status,
        reason=reason,
        aim=case.aim("row"),
        marks=np.where(kept, group.mark_codes[_marks(case)], 0),
        source=np.where(asked, chosen.source, -1),
        value=_kept(chosen.value, kept),
        value_year=_kept(chosen.year, kept),
        baseline=_kept(case.start.figure, kept),
        baseline_year=_kept(case.start.year, kept),
        previous=_kept(chosen.previous, kept),
        previous_year=_kept(chosen.previous_year, kept),
        gap=_kept(far.gap, kept),
        score=_kept(far.score, kept),
    )


def _aimed(case: Case) -> Aimed:
    return Aimed(
        target=case.aim("value"),
        lower=case.aim("minimum"),
        upper=case.aim("maximum"),
        baseline=case.start.figure,
        sign=case.by_row("sign"),
        worst=case.by_row("worst"),
        minimum=case.by_row("minimum"),
        maximum=case.by_row("maximum"),
    )


def refused(plan: Plan, areas: range) -> Iterator[Block]:
    """The areas of goals on which nobody is judged: no figure is looked at."""
    years = np.array(plan.years, np.int16)
    for goal in plan.goals:
        classes = plan.classes[goal.profile][areas.start : areas.stop]
        here = np.flatnonzero(classes >= 0).astype(np.int32)
        if not goal.refused or not len(here):
            continue
        yield _flat(
            (len(here), len(years)),
            profile=np.array(goal.profile, np.uint8),
            goal=np.array(goal.goal, np.uint16),
            area=(here + areas.start)[:, None],
            year=years,
            status=np.array(1, np.uint8),
            reason=goal.aims.refusal[classes[here]][:, None],
            aim=goal.aims.row[classes[here]],
            marks=np.array(0, np.int32),
            source=np.array(-1, np.int32),
            **dict.fromkeys((*FIGURES, *YEARS), np.array(np.nan)),
        )


def _kept(figures: Floats, kept: Bools) -> Floats:
    return figures if kept.all() else np.where(kept, figures, np.nan)


def _flat(shape: tuple[int, int], **columns: NDArray[Any]) -> Block:
    return {
        name: np.ascontiguousarray(np.broadcast_to(column, shape)).reshape(-1)
        for name, column in columns.items()
    }


def _marks(case: Case) -> Whole:
    """A digit of base 5 for the status of each figure, then two bits: break, illustrative."""
    code = np.zeros(case.shape, np.int32)
    for one in (case.chosen, *case.others):
        marked = (one.status >= 2) & (one.status <= 5)
        code = code * 5 + np.where(marked, one.status - np.uint8(1), 0)
    broken = case.chosen.lost | case.start.lost
    for its in case.starts:
        broken = broken | its.lost
    found: Whole = code * 4 + broken * 2 + case.aim("illustrative")
    return found


def _why_not(plan: Plan, case: Case, where: Bools) -> Whole:
    """The codes of the reasons where the rule gave nothing: needs that are absent, or undefined.

    Where breaks took all that is absent, the reason is the break.
    """
    needs, lost = case.group.rule.needs, case.lost()
    absent = np.array([~np.isfinite(case.variable(name)[where]) for name in needs], np.bool_)
    lacking = absent.any(axis=0)
    codes = np.zeros(lacking.shape, np.int32)
    if not lacking.all():
        codes[~lacking] = plan.words.reasons.code(Reason("undefined"))
    if lacking.any():
        nothing = np.array(False)
        taken = [np.broadcast_to(lost.get(name, nothing), case.shape)[where] for name in needs]
        kinds = np.concatenate([absent, taken])[:, lacking].T
        patterns, which = np.unique(kinds, axis=0, return_inverse=True)
        found = [plan.words.reasons.code(_pattern_reason(needs, one)) for one in patterns]
        codes[lacking] = np.array(found, np.int32)[which.reshape(-1)]
    return codes


def _pattern_reason(needs: Sequence[str], pattern: NDArray[np.bool_]) -> Reason:
    absent, taken = pattern[: len(needs)], pattern[len(needs) :]
    names = tuple(name for name, gone in zip(needs, absent, strict=True) if gone)
    if not names:
        return Reason("undefined")
    return Reason("break" if taken[absent].all() else "missing", names)
