"""Columns and rows give the same assessments, cell by cell."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from citygoals.core.base.model import (
    AreaId,
    Assessment,
    IndicatorId,
    Observation,
    ObservationStatus,
    Reason,
)
from citygoals.core.figures.intake import Intaken
from citygoals.core.figures.observation_columns import in_columns
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.choice import horizon, make_grids
from citygoals.core.judging.evaluate import Request, evaluate
from citygoals.core.judging.judge import by_columns
from citygoals.core.judging.observations import in_memory
from citygoals.core.judging.plan import make_plan
from citygoals.core.judging.run import chunk_size, evaluate_bulk
from citygoals.core.judging.worded import assessments
from citygoals.core.store import Database, ImportFile, hash_observations, open_database

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


@st.composite
def crowds(draw: st.DrawFn) -> list[Observation]:
    """Several observations a cell, the same source twice among them."""
    status = st.sampled_from(draw(st.sampled_from(["A", "AE", "AEO", "AEFOB"])))
    figure = st.sampled_from([40.0, 60.0])
    return [
        Observation(
            area=AreaId(draw(st.sampled_from(AREAS[:2]))),
            indicator=IndicatorId("share"),
            year=draw(st.integers(2018, 2021)),
            value=None if (said := ObservationStatus(draw(status))).is_missing else draw(figure),
            status=said,
            source=draw(st.sampled_from("ABC")),
            confidence=draw(st.sampled_from(["high", "medium", "low"])),
            released=draw(st.integers(1, 4)),
        )
        for _ in range(draw(st.integers(2, 12)))
    ]


def said(
    source: str, value: float, confidence: Any = "high", *, year: int = 2020, status: str = "A"
) -> Observation:
    return Observation(
        area=AreaId("KR"),
        indicator=IndicatorId("loss"),
        year=year,
        value=value,
        status=ObservationStatus(status),
        source=source,
        confidence=confidence,
    )


@given(figures=crowds())
@example(figures=[said("B", 60.0), said("A", 60.0)])
@example(
    figures=[
        said("A", 30.0, year=2018),
        said("B", 30.0, "low", year=2018, status="B"),
        said("B", 20.0, "high", year=2017),
        said("A", 20.0, "low", year=2017),
    ]
)
@settings(max_examples=60, deadline=None)
def test_crowded_years_agree(forum: Forum, columns: Any, figures: list[Observation]) -> None:
    check(forum, columns, figures)


def test_sources_that_rank_are_chosen_in_columns(forum: Forum) -> None:
    """What rows would do for hundreds of seconds at scale; only a tie that differs is left."""
    ranked = [said("A", 60.0, "high"), said("B", 10.0, "low")]
    tie = [said("A", 60.0, "high", year=2021), said("B", 10.0, "high", year=2021)]
    assert in_columns_of(forum, ranked)["common"]
    assert not in_columns_of(forum, [*ranked, *tie])["common"]
    assert in_columns_of(forum, [*ranked, *tie])["kr"]


def in_columns_of(forum: Forum, figures: list[Observation]) -> dict[str, bool]:
    """Whether columns take the goal `less` of Korea, by profile."""
    request = Request(profiles=tuple(forum.profiles), years=(2024,))
    plan = make_plan(forum, [forum.areas[AreaId("KR")]], request, request.years)
    over = horizon(2020, request.years, plan.words.reasons)
    grids = make_grids(plan, in_memory(plan, figures), range(1), over)
    profiles = plan.words.profiles.items
    return {
        profiles[goal.profile]: bool(by_columns(plan, grids, range(1), goal)[0])
        for goal in plan.goals
        if goal.standing.goal.id == "less"
    }


@given(figures=observations(sources="A", lent=False, size=40))
@settings(max_examples=15, deadline=None)
def test_duckdb_agrees(forum: Forum, columns: Any, figures: list[Observation]) -> None:
    pytest.importorskip("duckdb")
    check(forum, columns, figures, "duckdb")


ROWS, FILES = 1 << 40, 0


@given(
    figures=observations(sources="AB", lent=True, size=30),
    cuts=st.lists(st.tuples(st.integers(0, 30), st.sampled_from([ROWS, FILES])), max_size=2),
    last=st.sampled_from([ROWS, FILES]),
    spilled=st.booleans(),
    as_of=st.none() | st.integers(1, 3),
)
@settings(max_examples=50, deadline=None)
def test_what_a_database_holds_is_judged_alike(
    forum: Forum,
    tmp_path_factory: pytest.TempPathFactory,
    figures: list[Observation],
    cuts: list[tuple[int, int]],
    last: int,
    *,
    spilled: bool,
    as_of: int | None,
) -> None:
    folder = tmp_path_factory.mktemp("judged")
    until = None if as_of is None else datetime(2026, 1, as_of, tzinfo=UTC)
    areas = [forum.areas[AreaId(name)] for name in AREAS]
    years = (2014, 2018, 2021, 2024)
    profiles = tuple(forum.profiles)
    with open_database(folder / "forum.db", create=True) as database:
        fill(database, forum, figures, [*sorted(cuts), (30, last)])
        state = database.observations(until)
        found = database.stored(until, indicators=forum.indicators)
        assert found.hash() == hash_observations(state)
        assert found.rows == len(state)
        assert not state or found.last == max(one.year for one in state)
        plan = make_plan(forum, areas, Request(profiles=profiles, years=years), years)
        memory = 1 if spilled else 1 << 30
        size = chunk_size(plan, found.first, memory)
        fetch = found.spill(plan, folder / "chunks", size) if spilled else found.load(plan)
        said = [
            one
            for frame in evaluate_bulk(plan, fetch, found.first, engine="polars", memory=memory)
            for one in assessments(frame, plan.words.tables())
        ]
    rows = by_rows(forum, state, Request(profiles=profiles, years=years, engine="rows"))
    keyed = {(one.year, one.area, one.profile, one.goal): one for one in said}
    assert len(keyed) == len(said) == len(rows)
    for one in rows:
        assert cells(keyed[one.year, one.area, one.profile, one.goal]) == cells(one)


def fill(
    database: Database,
    forum: Forum,
    figures: list[Observation],
    cuts: list[tuple[int, int]],
) -> None:
    """Import the figures in pieces, a day each; every piece says the first figure again."""
    start = 0
    for day, (end, files_from) in enumerate(cuts, start=1):
        said = {replace(one, released=0) for one in (*figures[:1], *figures[start:end])}
        taken = Intaken(columns=in_columns(said), rejects=[])
        file = ImportFile(file=f"{day}.csv", sha256=str(day), intaken=taken)
        database.record_imports(
            [file],
            areas=forum.areas,
            indicators=forum.indicators,
            at=datetime(2026, 1, day, tzinfo=UTC),
            files_from=files_from,
        )
        start = end
