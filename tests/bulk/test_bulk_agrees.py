"""Columns and rows give the same assessments, cell by cell."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citygoals.core.evaluate import Request, evaluate
from citygoals.core.forum import Forum
from citygoals.core.model import (
    AreaId,
    Assessment,
    IndicatorId,
    Observation,
    ObservationStatus,
    Reason,
)

AREAS = ("KR", "KR-sejong", "MY-melaka")
DIRECT = ("share", "other-share", "loss")
BOUNDARY = (0.0, 20.0, 40.0, 60.0, 80.0, 15.0, 0.1 + 0.2, 59.99999999999999, 60.00000000000001)


@st.composite
def one_observation(draw: st.DrawFn, *, sources: str, lent: bool) -> Observation:
    status = draw(st.sampled_from(list(ObservationStatus)))
    indicator = draw(st.sampled_from((*DIRECT, "kr-share", "kr-near") if lent else DIRECT))
    figure = draw(st.sampled_from(BOUNDARY) | st.integers(0, 100).map(float))
    absent = status.is_missing or draw(st.integers(0, 9)) == 0
    return Observation(
        area=AreaId(draw(st.sampled_from(AREAS))),
        indicator=IndicatorId(indicator),
        year=draw(st.integers(2012, 2024)),
        value=None if absent else figure,
        status=status,
        source=draw(st.sampled_from(sources)),
        confidence=draw(st.sampled_from(["high", "low"])),
        released=draw(st.integers(1, 2)),
    )


def observations(*, sources: str, lent: bool, size: int) -> st.SearchStrategy[Any]:
    def key(one: Observation) -> tuple[str, ...]:
        return one.area, one.indicator, str(one.year), one.source

    return st.lists(one_observation(sources=sources, lent=lent), unique_by=key, max_size=size)


def by_rows(forum: Forum, figures: Any, request: Request) -> list[Assessment]:
    areas = [forum.areas[AreaId(name)] for name in AREAS]
    return [_without_inputs(one) for one in evaluate(forum, figures, areas, request)]


def _without_inputs(one: Assessment) -> Assessment:
    """In columns, where a result became undefined is left to `explain`."""
    return replace(one, reason=Reason("undefined")) if one.reason.code == "undefined" else one


def cells(one: Assessment) -> list[str]:
    """Every field as text, numbers as doubles with their sign."""
    found = [getattr(one, field.name) for field in fields(one)]
    return [repr(float(cell) if type(cell) is int else cell) for cell in found]


def check(forum: Forum, columns: Any, figures: Any, engine: str = "polars") -> None:
    areas = [forum.areas[AreaId(name)] for name in AREAS]
    years = (2014, 2018, 2021, 2024)
    request = Request(profiles=tuple(forum.profiles), years=years, engine=engine)
    rows = by_rows(forum, figures, Request(profiles=request.profiles, years=years, engine="rows"))
    found = columns(forum, figures, areas, request)
    assert len(found) == len(rows) == len(areas) * len(years) * 2 * len(forum.goals)
    keyed = {(one.year, one.area, one.profile, one.goal): one for one in found}
    for one in rows:
        other = keyed[one.year, one.area, one.profile, one.goal]
        assert cells(other) == cells(one)


@given(figures=observations(sources="A", lent=False, size=60))
@settings(max_examples=40, deadline=None)
def test_plain_series_agree(forum: Forum, columns: Any, figures: list[Observation]) -> None:
    check(forum, columns, figures)


@given(figures=observations(sources="AB", lent=True, size=30))
@settings(max_examples=30, deadline=None)
def test_several_sources_and_lent_figures_agree(
    forum: Forum, columns: Any, figures: list[Observation]
) -> None:
    check(forum, columns, figures)


@given(figures=observations(sources="A", lent=False, size=40))
@settings(max_examples=15, deadline=None)
def test_duckdb_agrees(forum: Forum, columns: Any, figures: list[Observation]) -> None:
    pytest.importorskip("duckdb")
    check(forum, columns, figures, "duckdb")
