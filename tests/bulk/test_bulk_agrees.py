"""However figures are kept and divided, their assessments are the same, cell by cell."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citygoals import evaluate
from citygoals.core.base.model import (
    AreaId,
    Assessment,
    IndicatorId,
    Observation,
    ObservationStatus,
)
from citygoals.core.figures.intake import Intaken
from citygoals.core.figures.observation_columns import in_columns
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.plan import make_plan
from citygoals.core.judging.request import Request
from citygoals.core.judging.run import chunk_size, judge_all
from citygoals.core.judging.worded import assessments
from citygoals.core.store import Database, ImportFile, open_database

FACTOR = 8 if os.environ.get("CITYGOALS_LONG") else 1
AREAS = ("KR", "KR-sejong", "MY-melaka")
YEARS = (2014, 2018, 2021, 2024)
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


def in_memory(forum: Forum, figures: Any, engine: str = "polars") -> dict[Any, Assessment]:
    """The assessments of figures in memory, all areas in one chunk, by what they are known by."""
    areas = [forum.areas[AreaId(name)] for name in AREAS]
    request = Request(profiles=tuple(forum.profiles), years=YEARS, engine=engine)
    return keyed(evaluate(forum, figures, areas, request))


def keyed(said: Any) -> dict[Any, Assessment]:
    return {(one.year, one.area, one.profile, one.goal): one for one in said}


def cells(one: Assessment) -> list[str]:
    """Every field as text, numbers as doubles with their sign."""
    found = [getattr(one, field.name) for field in fields(one)]
    return [repr(float(cell) if type(cell) is int else cell) for cell in found]


def check(found: dict[Any, Assessment], expected: dict[Any, Assessment]) -> None:
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        assert cells(found[key]) == cells(one)


@given(figures=observations(sources="AB", lent=True, size=60))
@settings(max_examples=10 * FACTOR, deadline=None)
def test_chunks_of_one_area_agree(forum: Forum, columns: Any, figures: list[Observation]) -> None:
    areas = [forum.areas[AreaId(name)] for name in AREAS]
    request = Request(profiles=tuple(forum.profiles), years=YEARS)
    found = keyed(columns(forum, figures, areas, request, memory=1))
    assert len(found) == len(areas) * len(YEARS) * 2 * len(forum.goals)
    check(found, in_memory(forum, figures))


@given(figures=observations(sources="AB", lent=True, size=40))
@settings(max_examples=4 * FACTOR, deadline=None)
def test_engines_agree(forum: Forum, figures: list[Observation]) -> None:
    for engine in ("duckdb", "rows"):
        check(in_memory(forum, figures, engine), in_memory(forum, figures))


ROWS, FILES = 1 << 40, 0


@given(
    figures=observations(sources="AB", lent=True, size=30),
    cuts=st.lists(st.tuples(st.integers(0, 30), st.sampled_from([ROWS, FILES])), max_size=2),
    last=st.sampled_from([ROWS, FILES]),
    spilled=st.booleans(),
    as_of=st.none() | st.integers(1, 3),
)
@settings(max_examples=15 * FACTOR, deadline=None)
def test_what_a_database_holds_is_judged_alike(
    forum: Forum,
    hash_observations: Callable[..., str],
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
    request = Request(profiles=tuple(forum.profiles), years=YEARS)
    with open_database(folder / "forum.db", create=True) as database:
        fill(database, forum, figures, [*sorted(cuts), (30, last)])
        state = database.observations(until)
        found = database.stored(until, indicators=forum.indicators)
        assert found.hash() == hash_observations(state)
        assert found.rows == len(state)
        assert not state or found.last == max(one.year for one in state)
        plan = make_plan(forum, areas, request, YEARS)
        memory = 1 if spilled else 1 << 30
        size = chunk_size(plan, found.first, memory)
        fetch = found.spill(plan, folder / "chunks", size) if spilled else found.load(plan)
        said = [
            one
            for frame in judge_all(plan, fetch, found.first, engine="polars", memory=memory)
            for one in assessments(frame, plan.words.tables())
        ]
    check(keyed(said), in_memory(forum, state))


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
