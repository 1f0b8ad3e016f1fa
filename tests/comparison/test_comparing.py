"""Goals by columns, by the table of cases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citygoals.core.base.model import (
    AreaId,
    Assessment,
    Direction,
    GoalId,
    ProfileId,
    Reason,
    StatusId,
)
from citygoals.core.results.comparison import Comparison, compare
from citygoals.core.store import Asked

CASES = Path(__file__).parent.parent / "cases" / "comparison" / "compare.json"
FIELDS = ("goal", "median", "best", "best_area", "columns_decided")


def assessment(
    goal: str,
    area: str,
    status: str,
    value: float | None,
    marks: Sequence[str] = (),
    year: int = 2024,
) -> Assessment:
    return Assessment(
        profile=ProfileId("common"),
        area=AreaId(area),
        goal=GoalId(goal),
        year=year,
        status=StatusId(status),
        reason=Reason("rule"),
        value=value,
        marks=tuple(marks),
    )


Compared = Callable[..., Comparison]


@pytest.fixture(scope="session")
def compared(as_frames: Callable[..., Any]) -> Compared:
    """Compares the last year of a run of these rows."""

    def by_country(rows: Sequence[Sequence[Any]], direction: str = "higher") -> Comparison:
        frame, tables = as_frames([assessment(*row) for row in rows], Asked(latest=True))
        column_of = {AreaId(area): area[:2] for area in tables.areas}
        return compare(frame, tables, column_of, lambda _: Direction(direction))

    return by_country


def cases() -> Iterator[Any]:
    for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]:
        yield pytest.param(case, id=case["id"])


def check_row(row: Any, wanted: Mapping[str, Any], why: str) -> None:
    for name in set(wanted) & set(FIELDS):
        assert getattr(row, name) == wanted[name], f"{name}: {why}"
    for column, cell in wanted.get("cells", {}).items():
        got = row.cells[column]
        assert {
            "median": got.median,
            "decided": got.decided,
            "areas": got.areas,
            "statuses": dict(got.statuses),
        } == cell, why


@pytest.mark.parametrize("case", list(cases()))
def test_comparison(case: dict[str, Any], compared: Compared) -> None:
    found = compared(case["rows"], case.get("direction", "higher"))
    assert list(found.columns) == case.get("columns", list(found.columns))
    if "expect" in case:
        assert len(found.rows) == len(case["expect"])
        for row, wanted in zip(found.rows, case["expect"], strict=True):
            check_row(row, wanted, case["why"])
    gaps = [
        {"column": gap.column, "goal": gap.goal, "measured_by": list(gap.measured_by)}
        for gap in found.gaps
    ]
    assert gaps == case.get("gaps", gaps), case["why"]


ROWS = st.lists(
    st.tuples(
        st.just("g"),
        st.sampled_from(["KR", "KR-a", "MY", "MY-a", "ID", "JP"]),
        st.sampled_from(["met", "not-met", "no-data", "not-applicable"]),
        st.integers(0, 9),
        st.sampled_from([(), ("proxy",), ("estimated",)]),
    ),
    unique_by=lambda row: row[1],
    max_size=6,
)


@settings(deadline=None)
@given(rows=ROWS, data=st.data(), direction=st.sampled_from(["higher", "lower", "none"]))
def test_order_says_nothing(
    rows: list[tuple[Any, ...]], data: st.DataObject, direction: str, compared: Compared
) -> None:
    shuffled = data.draw(st.permutations(rows))
    assert compared(rows, direction) == compared(shuffled, direction)


@settings(deadline=None)
@given(rows=ROWS)
def test_every_area_is_counted_once(rows: list[tuple[Any, ...]], compared: Compared) -> None:
    found = compared(rows)
    assert sum(cell.areas for row in found.rows for cell in row.cells.values()) == len(rows)
    for row in found.rows:
        decided = [one for one in rows if one[2] in ("met", "not-met")]
        ranked = [one[3] for one in decided if "proxy" not in one[4]]
        assert sum(cell.decided for cell in row.cells.values()) == len(decided)
        assert row.best == max(ranked, default=None)
        assert (row.median is None) == (not ranked)
