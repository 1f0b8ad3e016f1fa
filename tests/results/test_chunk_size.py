"""How many areas are judged at once is bound by memory, by hand and by what grids really take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from citygoals import Observation, Request
from citygoals.core.base.model import AreaId, IndicatorId, ObservationStatus
from citygoals.core.judging.grids import CELL_BYTES, Grids, horizon
from citygoals.core.judging.observations import Listed
from citygoals.core.judging.plan import Plan, make_plan
from citygoals.core.judging.run import chunk_size, threads

GOAL = {
    "title": "Goal",
    "rule": "threshold",
    "reason": "It is a test.",
    "targets": [
        {"value": 8, "status": "official", "source": {"title": "Law"}, "confidence": "high"}
    ],
}
GOALS = [
    {**GOAL, "id": "a", "indicator": "share"},
    {**GOAL, "id": "b", "indicator": "share"},
    {**GOAL, "id": "c", "indicator": "loss"},
]
PlanOf = Callable[..., Plan]


@pytest.fixture
def plan_of(forums: Any) -> PlanOf:
    """A plan of so many of the goals, for all areas."""

    def plan(goals: int, years: Sequence[int]) -> Plan:
        forum = forums({"common": {"goals": GOALS[:goals]}})
        return make_plan(forum, list(forum.areas.values()), Request(), years)

    return plan


EACH: list[tuple[int, Sequence[int], int, int]] = [
    (1, (2024,), 2024, 1 * 1 * (13 + 60) + 1 * 120),
    (1, (2024,), 2020, 1 * 5 * (13 + 60) + 1 * 120),
    (1, (2019, 2024), 2020, 1 * 6 * (13 + 60) + 2 * 120),
    (2, (2024,), 2020, 1 * 5 * (13 + 60) + 2 * 120),
    (3, (2022, 2024), 2020, 2 * 5 * (13 + 60) + 6 * 120),
]
"""Goals, years, first year of figures, and the bytes of an area: cells and assessments."""


@pytest.mark.parametrize(("goals", "years", "first", "each"), EACH)
def test_chunks_fit_in_memory(
    goals: int, years: Sequence[int], first: int, each: int, plan_of: PlanOf
) -> None:
    """As many areas as fit for each thread and a chunk given out; one is the least."""
    plan = plan_of(goals, years)
    for areas in (2, 7, 100):
        memory = areas * each * (threads() + 1)
        assert chunk_size(plan, first, memory) == areas
        assert chunk_size(plan, first, memory - 1) == areas - 1
    assert chunk_size(plan, first, 0) == 1


def test_chunks_have_a_million_assessments_at_most(plan_of: PlanOf) -> None:
    assert chunk_size(plan_of(1, (2024,)), 2024, 1 << 60) == 1_000_000
    assert chunk_size(plan_of(3, (2022, 2024)), 2024, 1 << 60) == 166_666


def test_a_cell_takes_what_is_reckoned(plan_of: PlanOf) -> None:
    plan = plan_of(3, (2024,))
    figures = Listed.of(
        [
            Observation(
                area=AreaId("KR-sejong"),
                indicator=IndicatorId("share"),
                year=2020,
                source="A",
                value=1.0,
                status=ObservationStatus("A"),
            )
        ]
    )
    areas, over = range(len(plan.areas)), horizon(2020, plan.years, plan.words.reasons)
    layer = Grids(plan, figures.load(plan)(areas), areas, over)[(), False].firm
    cells = len(plan.indicators) * len(areas) * 5
    assert layer.value.nbytes + layer.status.nbytes + layer.source.nbytes == cells * CELL_BYTES
