"""Runs: written as one, read back as they were, shown in words."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from citygoals.core.base.errors import UnknownName, UnusableDatabase
from citygoals.core.base.model import Assessment, Reason, StandKind
from citygoals.core.judging.worded import in_words
from citygoals.core.store import Asked, Database, open_database

doubles = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 2**64 - 1)
    .map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
    .filter(lambda value: value - value == 0),
)
years = st.none() | st.integers(1900, 2200)
figures = st.none() | doubles
words = st.none() | st.text(max_size=6)
args = st.tuples(st.one_of(st.none(), st.booleans(), st.integers(-9, 2**60), doubles, st.text()))
assessments = st.builds(
    Assessment,
    profile=st.sampled_from(["common", "kr"]),
    area=st.sampled_from(["KR", "KR-sejong"]),
    goal=st.sampled_from(["smart-meters", "records"]),
    year=st.integers(1900, 2200),
    status=st.sampled_from(["no-data", "not-applicable", "met", "on-track"]),
    reason=st.builds(Reason, st.sampled_from(["rule", "stale"]), st.just(()) | args),
    stand=st.none() | st.sampled_from(StandKind),
    ambition=st.none() | st.sampled_from(["stricter", "mixed"]),
    value=figures,
    value_year=years,
    baseline=figures,
    baseline_year=years,
    previous=figures,
    previous_year=years,
    target=figures,
    target_min=figures,
    target_max=figures,
    target_year=years,
    gap=figures,
    score=figures,
    source=words,
    marks=st.lists(st.sampled_from(["estimated", "proxy", "illustrative"]), unique=True).map(tuple),
).map(lambda one: replace(one, met=None if one.gap is None else one.gap == 0))


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=st.lists(assessments, max_size=12))
def test_assessments_are_read_as_they_were_written(
    said: list[Assessment], tmp_path_factory: pytest.TempPathFactory, stored: SimpleNamespace
) -> None:
    # In Python 1 equals 1.0 and True, and so do reasons with these.
    assume(len({one.reason for one in said}) == len({repr(one.reason) for one in said}))
    folder = tmp_path_factory.mktemp("runs")
    with open_database(folder / "forum.db", create=True) as database:
        stored.write(database, said)
    with open_database(folder / "forum.db", read_only=True) as database:
        back = database.assessments()
    assert back == said
    assert [[type(arg) for arg in one.reason.args] for one in back] == [
        [type(arg) for arg in one.reason.args] for one in said
    ]


def test_every_field_of_an_assessment_is_stored(tmp_path: Path, stored: SimpleNamespace) -> None:
    full = stored.assessment(
        stand=StandKind.ADAPTED,
        ambition="stricter",
        met=False,
        source="Yearbook",
        marks=("estimated", "proxy"),
        **{
            one.name: 7
            for one in fields(Assessment)
            if one.default is None and one.name not in ("stand", "ambition", "met", "source")
        },
    )
    assert None not in [getattr(full, one.name) for one in fields(Assessment)]
    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.write(database, [full])
        assert database.assessments() == [full]


def test_a_run_holds_what_is_needed_to_repeat_it(tmp_path: Path, stored: SimpleNamespace) -> None:
    with open_database(tmp_path / "forum.db", create=True) as database:
        number = stored.write(database, [stored.assessment()] * 3, as_of=stored.day(1))
        assert number == 1
        finished = {"number": 1, "finished_at": stored.day(2), "assessments": 3}
        assert database.runs() == [replace(stored.run(as_of=stored.day(1)), **finished)]
        assert database.run() == database.run(1) == database.runs()[0]
        assert stored.write(database, []) == 2
        assert database.run().number == 2
        assert database._db.table("profile_snapshots").count == 2


def test_the_same_profile_from_another_version_of_its_plugin(
    tmp_path: Path, stored: SimpleNamespace
) -> None:
    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.write(database, [])
        newer = tuple(replace(one, distribution_version="0.2.0") for one in stored.run().snapshots)
        stored.write(database, [], snapshots=newer)
        said = [{one.distribution_version for one in run.snapshots} for run in database.runs()]
        assert said == [{"0.1.0"}, {"0.2.0"}]
        assert database._db.table("profile_snapshots").count == 2


WORDS = {
    "area": ["KR-sejong", "KR"],
    "goal": ["smart-meters", "records"],
    "profile": ["common", "kr"],
    "status": ["no-data", "not-applicable", "met", "not-met"],
    "year": [2023, 2024],
}


def some(words: list[Any], unknown: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from([*words, unknown]), max_size=3)


asked_for = st.builds(
    Asked,
    areas=some(WORDS["area"], "KR-seoul"),
    countries=some(["KR"], "MY"),
    goals=some(WORDS["goal"], "gone"),
    profiles=some(WORDS["profile"], "my"),
    statuses=some(WORDS["status"], "on-track"),
    years=some(WORDS["year"], 2030),
    decided=st.booleans(),
    latest=st.booleans(),
    limit=st.none() | st.integers(1, 9),
)


@pytest.fixture
def two_runs(tmp_path: Path, stored: SimpleNamespace) -> Iterator[Database]:
    with open_database(tmp_path / "forum.db", create=True) as database:
        for status in ("met", "not-met"):
            rows = [
                stored.assessment(area=area, goal=goal, profile=profile, status=status)
                for area in stored.areas
                for goal in stored.goals
                for profile in ("common", "kr")
            ]
            stored.write(database, [*rows, stored.assessment(status="no-data")])
        yield database


FILTERS = [
    ({}, 13),
    ({"areas": ["KR-sejong"]}, 5),
    ({"areas": ["KR-sejong", "KR"]}, 9),
    ({"goals": ["records"]}, 6),
    ({"profiles": ["kr"]}, 6),
    ({"statuses": ["no-data"]}, 1),
    ({"statuses": ["not-met", "no-data"], "areas": ["KR-sejong"]}, 5),
    ({"statuses": ["met"]}, 0),
    ({"statuses": ["met"], "run": 1}, 12),
    ({"areas": ["KR-nowhere"]}, 0),
    ({"countries": ["KR"]}, 13),
    ({"countries": ["MY"]}, 0),
    ({"years": [2024]}, 13),
    ({"years": [2023]}, 0),
    ({"decided": True}, 12),
    ({"limit": 5}, 5),
]


@pytest.mark.parametrize(("filters", "count"), FILTERS)
def test_filters(filters: dict[str, Any], count: int, two_runs: Database) -> None:
    asked = Asked(**{name: value for name, value in filters.items() if name != "run"})
    assert len(two_runs.assessments(filters.get("run"), asked)) == count


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=asked_for)
def test_the_tables_keep_what_the_frame_keeps(asked: Asked, drawn_run: Database) -> None:
    countries = {area.id: area.country for area in drawn_run.areas()}
    with drawn_run.frames() as (frame, tables):
        kept = asked.in_frame(frame, tables, countries).head(asked.limit or 99).collect()
        assert drawn_run.assessments(None, asked) == list(in_words(kept, tables))


@pytest.fixture
def drawn_run(tmp_path: Path, stored: SimpleNamespace) -> Iterator[Database]:
    """A run of every pair of what is asked for, after one that judged later years."""
    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.write(database, [stored.assessment(year=2030)])
        every = product(*(WORDS[name] for name in ("area", "goal", "profile", "status", "year")))
        names = ("area", "goal", "profile", "status", "year")
        rows = [stored.assessment(**dict(zip(names, one, strict=True))) for one in every]
        stored.write(database, rows)
        yield database


def test_an_unknown_run_is_named(two_runs: Database) -> None:
    with pytest.raises(UnknownName, match="unknown run '3'; known: 1, 2"):
        two_runs.assessments(3)
    with pytest.raises(UnknownName, match="unknown run '0'"):
        two_runs.run(0)


def test_no_run_yet(tmp_path: Path) -> None:
    with open_database(tmp_path / "forum.db", create=True) as database:
        assert database.runs() == []
        with pytest.raises(UnusableDatabase, match="holds no run yet; make one with: citygoals"):
            database.assessments()


def test_the_view_has_the_words(tmp_path: Path, stored: SimpleNamespace) -> None:
    one = stored.assessment(
        status="on-track", reason=Reason("stale", (2019,)), value=41.2, marks=("proxy", "estimated")
    )
    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.write(database, [one])
        (row,) = database._db.query("SELECT * FROM assessments")
    expected = {
        "run": 1,
        "profile": "common",
        "area": "KR-sejong",
        "area_name": "Area KR-sejong",
        "country": "KR",
        "level": "city",
        "goal": "smart-meters",
        "goal_title": "Smart meters",
        "year": 2024,
        "status": "on-track",
        "reason": "stale",
        "reason_args": "[2019]",
        "value": 41.2,
        "marks": "proxy, estimated",
    }
    assert {key: row[key] for key in expected} == expected


def test_a_run_that_fails_leaves_nothing(tmp_path: Path, stored: SimpleNamespace) -> None:
    def failing() -> Iterator[Assessment]:
        yield from [stored.assessment()] * 25_000
        raise RuntimeError("the rule broke")

    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.write(database, [stored.assessment()])
        with pytest.raises(RuntimeError, match="the rule broke"):
            stored.write(database, failing())
        assert [run.number for run in database.runs()] == [1]
        tables = [name for name in database._db.table_names() if not name.startswith("sqlite")]
        counts = {name: database._db.table(name).count for name in tables}
        assert (counts["assessment_figures"], counts["runs"], counts["run_profiles"]) == (1, 1, 2)
        assert stored.write(database, []) == 2
