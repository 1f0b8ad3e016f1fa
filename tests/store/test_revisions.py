"""What files said, day by day: tests/cases/store/revisions.json, each on a real database."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citygoals.core.base.errors import CitygoalsError, UnknownName
from citygoals.core.figures.intake import Reject
from citygoals.core.store import (
    Database,
    UnitChanged,
    UntimelyChange,
    open_database,
)

TABLE = json.loads(
    (Path(__file__).parents[1] / "cases" / "store" / "revisions.json").read_text(encoding="utf-8")
)
Case = Mapping[str, Any]


def state(database: Database, as_of: Any = None) -> list[list[Any]]:
    return [
        [one.area, one.indicator, one.year, one.source, one.value, one.status.value, one.released]
        for one in database.observations(as_of)
    ]


def follow(database: Database, step: Case, stored: SimpleNamespace) -> None:
    """Take a file in or withdraw one, and compare the counts."""
    if "withdraw" in step:
        database.withdraw(step["withdraw"], at=stored.day(step["day"]))
        return
    said = [stored.saying(*one) for one in step["says"]]
    before = database.imports()
    summary = stored.take_in(database, said, at=step["day"], file=step["file"])
    assert [summary.new, summary.revised, summary.unchanged] == step["counts"]
    if step.get("leaves_no_trace"):
        assert summary.number is None
        assert database.imports() == before
    else:
        assert summary.number == len(before) + 1


@pytest.mark.parametrize("case", [pytest.param(one, id=one["id"]) for one in TABLE["cases"]])
def test_revisions(case: Case, tmp_path: Path, stored: SimpleNamespace) -> None:
    with open_database(tmp_path / "forum.db", create=True) as database:
        for step in case["steps"]:
            follow(database, step, stored)
        for moment, expected in case["states"].items():
            as_of = None if moment == "now" else stored.day(int(moment))
            assert state(database, as_of) == expected, moment
    words = "SELECT area, indicator, year, source, value, status, released "
    with open_database(tmp_path / "forum.db", read_only=True) as database:
        shown = database._db.execute(f"{words} FROM current_observations ORDER BY 1, 2, 3, 4")
        assert [list(row) for row in shown] == case["states"].get("now", state(database))


def test_every_line_of_the_design_has_a_case() -> None:
    assert {line for case in TABLE["cases"] for line in case["lines"]} == set(TABLE["lines"])


def test_a_file_that_is_known_writes_nothing(tmp_path: Path, stored: SimpleNamespace) -> None:
    path = tmp_path / "forum.db"
    reject = Reject(file="a.csv", line=3, code="no-unit", message="no unit", cells={"area": "KR"})
    with open_database(path, create=True) as database:
        stored.take_in(database, stored.figures(1.0), rejects=[reject])
    before = path.read_bytes()
    with open_database(path) as database:
        again = stored.take_in(database, stored.figures(1.0), at=5, rejects=[reject])
    assert (again.number, again.unchanged, again.rejected) == (None, 1, 1)
    assert path.read_bytes() == before


def test_imports_and_rejects_are_listed(tmp_path: Path, stored: SimpleNamespace) -> None:
    reject = Reject(
        file="b.csv", line=3, code="no-unit", message="no unit", cells={"area": "세종", "": "x"}
    )
    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.take_in(database, stored.figures(1.0))
        stored.take_in(database, stored.figures(2.0), at=2, file="b.csv", rejects=[reject])
        first, second = database.imports()
        assert (first.number, first.file, first.sha256) == (1, "a.csv", "hash of a.csv")
        assert (first.imported_at, first.withdrawn_at) == (stored.day(1), None)
        assert (second.new, second.revised, second.rejected) == (0, 1, 1)
        assert [(one.number, one.reject) for one in database.rejects()] == [(2, reject)]
        assert database.rejects(1) == []
        assert database.withdraw(2, at=stored.day(3)).withdrawn_at == stored.day(3)
        assert database.rejects() == []
        assert [one.reject for one in database.rejects(2)] == [reject]
        with pytest.raises(UnknownName, match="unknown import '7'"):
            database.rejects(7)


def test_what_cannot_be_withdrawn(tmp_path: Path, stored: SimpleNamespace) -> None:
    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.take_in(database, stored.figures(1.0))
        with pytest.raises(UnknownName, match="unknown import '2'; known: 1"):
            database.withdraw(2, at=stored.day(2))
        database.withdraw(1, at=stored.day(2))
        with pytest.raises(CitygoalsError, match="was withdrawn on 2026-01-02 already"):
            database.withdraw(1, at=stored.day(3))


def test_changes_are_dated_in_their_order(tmp_path: Path, stored: SimpleNamespace) -> None:
    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.take_in(database, stored.figures(1.0), at=5)
        with pytest.raises(UntimelyChange, match="2026-01-05"):
            stored.take_in(database, stored.figures(2.0), at=4, file="b.csv")
        with pytest.raises(UntimelyChange, match="2026-01-05"):
            database.withdraw(1, at=stored.day(4))
        database.withdraw(1, at=stored.day(6))
        with pytest.raises(UntimelyChange, match="2026-01-06"):
            stored.take_in(database, stored.figures(2.0), at=5, file="b.csv")
        assert len(database.imports()) == 1


def test_an_indicator_keeps_its_unit(tmp_path: Path, stored: SimpleNamespace) -> None:
    other = {key: replace(one, unit="fraction") for key, one in stored.indicators.items()}
    with open_database(tmp_path / "forum.db", create=True) as database:
        stored.take_in(database, stored.figures(1.0))
        assert database.observations(indicators=stored.indicators)
        with pytest.raises(UnitChanged, match=r"'meters' are stored in 'percent'.*'fraction'"):
            database.observations(indicators=other)
        with pytest.raises(UnitChanged, match=r"'meters' are stored in 'percent'.*'fraction'"):
            stored.take_in(database, stored.figures(2.0), at=2, file="b.csv", indicators=other)
        assert len(database.imports()) == 1


def test_areas_are_kept_as_they_are_said_last(tmp_path: Path, stored: SimpleNamespace) -> None:
    first, other = stored.areas["KR"], stored.areas["KR-sejong"]
    changed = replace(first, population=51.7e6, latitude=36.5, longitude=127.25)
    with open_database(tmp_path / "forum.db", create=True) as database:
        database.add_areas([other, first])
        assert database.areas() == [first, other]
        database.add_areas([changed])
        assert database.areas() == [changed, other]


doubles = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 2**64 - 1)
    .map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
    .filter(lambda value: value - value == 0),
)


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(st.one_of(st.none(), doubles), min_size=1, max_size=60))
def test_doubles_are_kept_as_they_are(
    values: list[float | None],
    tmp_path_factory: pytest.TempPathFactory,
    stored: SimpleNamespace,
    hash_observations: Callable[..., str],
) -> None:
    folder = tmp_path_factory.mktemp("doubles")
    with open_database(folder / "forum.db", create=True) as database:
        stored.take_in(database, stored.figures(*values))
        back = database.observations()
    assert [one.value for one in back] == values
    assert hash_observations(back) == hash_observations(back[::-1])


def test_the_hash_of_observations_tells_states_apart(
    stored: SimpleNamespace, hash_observations: Callable[..., str]
) -> None:
    hashes = {
        hash_observations(stored.figures(*values))
        for values in ((), (1.0,), (2.0,), (None,), (1.0, 2.0), (0.1 + 0.2,), (0.3,))
    }
    assert len(hashes) == 7
