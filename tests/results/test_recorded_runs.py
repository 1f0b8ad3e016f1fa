"""A run keeps what is needed to repeat it: each hash changes with what it stands for, alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.results.running import Keeping

CASES = Path(__file__).parent.parent / "cases" / "results" / "hashes.json"
Keep = Callable[..., Any]


def cases() -> Iterator[Any]:
    for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]:
        yield pytest.param(case, id=case["id"])


def put(world: dict[str, Any], pointer: str, content: Any) -> None:
    """Put something in the place that a pointer names."""
    *parents, last = pointer.removeprefix("/").split("/")
    place: Any = world
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[int(last) if isinstance(place, list) else last] = content


@pytest.mark.parametrize("case", list(cases()))
def test_a_hash_changes_with_what_it_stands_for(
    case: Mapping[str, Any], world: dict[str, Any], keep: Keep
) -> None:
    before = keep(world).hashes
    if "at" in case:
        put(world, case["at"], case["put"])
    after = keep(world).hashes
    assert set(after) == set(before)
    assert {name for name in before if before[name] != after[name]} == set(case["changes"]), case[
        "why"
    ]


def test_who_judged_or_lent_is_kept_whole(world: dict[str, Any], keep: Keep) -> None:
    """common and kr judge, my lends its figures; id does neither."""
    snapshots = {one.profile: json.loads(one.content) for one in keep(world).run.snapshots}
    assert set(snapshots) == {"common", "kr", "my"}
    assert snapshots["my"]["mappings"] == world["profiles"]["my"]["mappings"]
    assert snapshots["kr"]["stands"] == world["profiles"]["kr"]["stands"]
    (rule,) = [one for one in snapshots["common"]["rule"] if one["id"] == "reach"]
    assert rule["logic"] == world["profiles"]["common"]["rule"][0]["logic"]


def test_a_run_is_of_its_moment(world: dict[str, Any], keep: Keep) -> None:
    """What is imported after the moment changes nothing, what is imported by then does."""
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    both = keep(world)
    early = keep(world, as_of=moment)
    del world["files"][1]
    assert early.hashes == keep(world).hashes
    assert early.hashes["observations"] != both.hashes["observations"]
    assert (early.run.as_of, both.run.as_of) == (moment, None)


KEEPINGS = {
    "in the database": Keeping(),
    "an area at a time": Keeping(memory=1),
    "in files": Keeping(files_from=0),
    "in files, an area at a time": Keeping(files_from=0, memory=1),
    "in files as many as there are": Keeping(files_from=12),
    "in the database, one too few": Keeping(files_from=13),
}


@pytest.mark.parametrize("name", KEEPINGS)
def test_what_is_recorded_is_read_back(name: str, world: dict[str, Any], keep: Keep) -> None:
    """The counts are those of all chunks together; where a run is kept changes nothing else."""
    kept, plain = keep(world, KEEPINGS[name]), keep(world)
    assert kept.recorded.counts == kept.counts
    assert kept.counts == {
        "common": {"met": 2, "no-data": 3, "not-met": 1},
        "kr": {"no-data": 3, "not-met": 2, "met": 1},
    }
    assert kept.recorded.assessments == kept.run.assessments == len(kept.assessments) == 12
    assert list(kept.recorded.years) == [2020, 2021]
    assert (kept.recorded.folder is not None) == name.startswith("in files")
    assert set(kept.assessments) == set(plain.assessments)
    assert kept.hashes == plain.hashes
    assert kept.run.parameters["of"] == "a test"


def test_assessments_come_in_the_order_that_was_asked(world: dict[str, Any], keep: Keep) -> None:
    world["areas"] = ["MY-melaka", "KR-sejong"]
    order = [(one.year, one.area, one.profile) for one in keep(world).assessments]
    assert order == [
        (year, area, profile)
        for year in (2020, 2021)
        for area in ("MY-melaka", "KR-sejong")
        for profile in ("common", "kr")
    ]
