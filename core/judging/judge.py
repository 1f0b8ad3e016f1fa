"""Judges the goals of a chunk of areas in columns; goals that share a rule are decided together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citygoals.core.base.coded import FIGURES, YEARS
from citygoals.core.judging.answers import Answers, answers
from citygoals.core.judging.cases import Case, cases
from citygoals.core.judging.gaps import Aimed, away
from citygoals.core.judging.grids import Bools, Grids, Horizon
from citygoals.core.judging.groups import Group
from citygoals.core.judging.marks import mark_codes
from citygoals.core.judging.plan import Floats, Plan
from citygoals.core.logic.engines import Compute

Block = dict[str, NDArray[Any]]
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
NOT_APPLICABLE_CODE = 1
"""The code of a status that needs no figure; that of no-data is 0."""


def judge(
    plan: Plan,
    groups: Sequence[Group],
    grids: Grids,
    areas: range,
    over: Horizon,
    compute: Compute | None,
) -> Iterator[Block]:
    """Blocks of columns of all that is asked of a chunk of areas."""
    yield from refused(plan, areas)
    for group in groups:
        for case in cases(plan, group, grids, areas, over):
            yield block(plan, case, answers(plan, case, asked(case), compute))


def asked(case: Case) -> Bools:
    """Where the rule is asked: a target binds the area, and there is a figure."""
    is_asked: Bools = case.chosen.there & _kept(case)
    return is_asked


def _kept(case: Case) -> Bools:
    """Where no stand and no level keeps the goal from the area."""
    return case.group.aims.refusal[case.aims][:, None] < 0


def block(plan: Plan, case: Case, answer: Answers) -> Block:
    """The assessments of a case with the rule's answers."""
    group, chosen, kept = case.group, case.chosen, _kept(case)
    refusal = group.aims.refusal[case.aims][:, None]
    far = away(chosen.value, _aimed(case))
    figures = {
        "value": chosen.value,
        "value_year": chosen.year,
        "baseline": case.start.figure,
        "baseline_year": case.start.year,
        "previous": chosen.previous,
        "previous_year": chosen.previous_year,
        "gap": far.gap,
        "score": far.score,
    }
    whole = bool(kept.all())
    return _flat(
        case.shape,
        profile=np.array([goal.profile for goal in group.goals], np.uint8)[case.goals][:, None],
        goal=np.array([goal.goal for goal in group.goals], np.uint16)[case.goals][:, None],
        area=case.areas[:, None],
        year=case.years.astype(np.int16),
        status=np.where(kept, answer.status, np.uint8(NOT_APPLICABLE_CODE)),
        reason=np.where(kept, np.where(chosen.there, answer.reason, chosen.reason), refusal),
        aim=case.aim("row"),
        marks=np.where(kept, mark_codes(plan, case), 0),
        source=np.where(asked(case), chosen.source, -1),
        **{
            name: column if whole else np.where(kept, column, np.nan)
            for name, column in figures.items()
        },
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
    nothing: Floats = np.array(np.nan)
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
            status=np.array(NOT_APPLICABLE_CODE, np.uint8),
            reason=goal.aims.refusal[classes[here]][:, None],
            aim=goal.aims.row[classes[here]],
            marks=np.array(0, np.int32),
            source=np.array(-1, np.int32),
            **dict.fromkeys((*FIGURES, *YEARS), nothing),
        )


def _flat(shape: tuple[int, int], **columns: NDArray[Any]) -> Block:
    return {
        name: np.ascontiguousarray(np.broadcast_to(column, shape)).reshape(-1)
        for name, column in columns.items()
    }
