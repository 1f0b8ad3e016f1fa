"""Reading a profile's folder: what is in it, what is missing, what its hash says."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citygoals.core.base.errors import InvalidDocuments, UnusableFile
from citygoals.core.base.model import StandKind
from citygoals.core.forum.profiles import Origin, Profile, load_profile

ORIGIN = Origin(plugin="korea", distribution="tests", version="0")
HEAD = {
    "id": "kr",
    "version": "1.2.3",
    "title": {"en": "Korea", "ko": "대한민국"},
    "country": "KR",
    "extends": "common",
    "max_age": 3,
    "sources": ["office", "survey"],
    "priorities": [{"theme": "energy", "weight": 1, "reason": "first"}],
}
TARGET = {"value": 80, "year": 2030, "status": "illustrative", "reason": "w"}
INDICATORS = [
    {"id": f"kr-{n}", "title": str(n), "theme": "energy", "unit": "percent", "direction": "higher"}
    for n in range(4)
]
GOALS = [
    {
        "id": f"kr-goal-{n}",
        "title": f"목표 {n}",
        "indicator": f"kr-{n}",
        "rule": "threshold",
        "reason": "w",
        "targets": [TARGET],
    }
    for n in range(4)
]
PIN = {"profile": "common", "version": "1.0.0", "hash": "a" * 64}
STANDS = [
    {"goal": "a", "stand": "adopted"},
    {"goal": "b", "stand": "declined", "reason": "no"},
    {"goal": "c", "stand": "adapted", "targets": [TARGET]},
]


def write(folder: Path, name: str, kind: str, content: Mapping[str, Any], **how: Any) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"$schema": f"{kind}.schema.json", **content}
    path.write_text(json.dumps(whole, **how), encoding="utf-8")


def write_all(folder: Path, *, pin: Mapping[str, Any] = PIN) -> Path:
    write(folder, "profile.json", "profile", HEAD)
    write(folder, "indicators.json", "indicators", {"indicators": INDICATORS})
    write(folder, "goals.json", "goals", {"goals": GOALS})
    write(folder, "stands.json", "stands", {"on": pin, "stands": STANDS})
    return folder


def test_a_profile_says_what_its_documents_say(tmp_path: Path) -> None:
    profile = load_profile(write_all(tmp_path / "kr"), ORIGIN)
    assert (profile.id, profile.version, profile.country) == ("kr", "1.2.3", "KR")
    assert profile.title.in_language("ko") == "대한민국"
    assert (profile.extends, profile.max_age) == ("common", 3)
    assert profile.sources == ("office", "survey")
    assert [(p.theme, p.weight, p.reason) for p in profile.priorities] == [("energy", 1, "first")]
    assert {name: stand.kind for name, stand in profile.stands.items()} == {
        "a": StandKind.ADOPTED,
        "b": StandKind.DECLINED,
        "c": StandKind.ADAPTED,
    }
    assert profile.pin is not None
    assert (profile.pin.profile, profile.pin.version, profile.pin.hash) == tuple(PIN.values())
    assert profile.origin == ORIGIN
    assert [part.pointer for part in profile.parts["goals"]] == [f"/goals/{n}" for n in range(4)]


def test_defaults(tmp_path: Path) -> None:
    write(tmp_path, "profile.json", "profile", {"id": "x", "version": "1.0.0", "title": "X"})
    profile = load_profile(tmp_path, ORIGIN)
    assert (profile.max_age, profile.sources, profile.priorities) == (5, (), ())
    assert (profile.country, profile.extends, profile.pin) == (None, None, None)


def test_max_age_of_zero_is_one(tmp_path: Path) -> None:
    head = {"id": "x", "version": "1.0.0", "title": "X", "max_age": 0}
    write(tmp_path, "profile.json", "profile", head)
    assert load_profile(tmp_path, ORIGIN).max_age == 0


def test_no_profile_document(tmp_path: Path) -> None:
    write(tmp_path, "goals.json", "goals", {"goals": GOALS})
    with pytest.raises(InvalidDocuments) as raised:
        load_profile(tmp_path, ORIGIN)
    (finding,) = raised.value.findings
    assert finding.code == "profile-head"
    assert finding.at.file == str(tmp_path)
    assert "no profile document" in finding.message
    assert "add a profile.json" in finding.mend


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocuments, match="no profile document in this folder; add"):
        load_profile(tmp_path, ORIGIN)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="no such folder; name the folder"):
        load_profile(tmp_path / "kr", ORIGIN)


def test_two_profile_documents(tmp_path: Path) -> None:
    write(tmp_path, "profile.json", "profile", HEAD)
    write(tmp_path, "my/profile.json", "profile", {**HEAD, "id": "my"})
    with pytest.raises(InvalidDocuments) as raised:
        load_profile(tmp_path, ORIGIN)
    files = {finding.at.file for finding in raised.value.findings}
    assert files == {str(tmp_path / "profile.json"), str(tmp_path / "my" / "profile.json")}
    for finding in raised.value.findings:
        assert finding.code == "profile-head"
        assert (finding.at.line, finding.at.column) == (1, 1)
        assert "2 profile documents" in finding.message
        assert "keep one" in finding.mend


def split(rng: random.Random, items: Sequence[Any], folder: Path, kind: str) -> None:
    """The items in a random order over a random number of files in random folders."""
    shuffled = rng.sample(items, len(items))
    while shuffled:
        left = len(shuffled)
        count = rng.randint(1, len(shuffled))
        taken, shuffled = shuffled[:count], shuffled[count:]
        name = f"{'deep/' * rng.randint(0, 2)}{kind}-{left}"
        content: dict[str, Any] = {kind: [reordered(rng, item) for item in taken]}
        if kind == "stands":
            content["on"] = {**PIN, "hash": rng.choice("0123456789abcdef") * 64}
        indent = rng.choice([None, 1, 4])
        ascii_only = rng.random() < 0.5
        write(folder, f"{name}.json", kind, content, indent=indent, ensure_ascii=ascii_only)


def reordered(rng: random.Random, item: Mapping[str, Any]) -> dict[str, Any]:
    return dict(rng.sample(list(item.items()), len(item)))


@given(rng=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_hash_does_not_depend_on_the_layout(
    rng: random.Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("layout")
    write(folder, "deep/down/profile.json", "profile", reordered(rng, HEAD), indent=3)
    split(rng, INDICATORS, folder, "indicators")
    split(rng, GOALS, folder, "goals")
    split(rng, STANDS, folder, "stands")
    plain = write_all(tmp_path_factory.mktemp("plain"))
    assert load_profile(folder, ORIGIN).hash == load_profile(plain, ORIGIN).hash


def hash_with(folder: Path, **changes: Any) -> str:
    """The hash of the profile with one thing changed."""
    write_all(folder)
    for kind, content in changes.items():
        write(folder, f"{kind}.json", kind, content)
    profile: Profile = load_profile(folder, ORIGIN)
    return profile.hash


def test_hash_changes_with_what_is_said(tmp_path: Path) -> None:
    stands = {"on": PIN, "stands": STANDS[:2]}
    goals = [*GOALS[:3], {**GOALS[3], "targets": [{**TARGET, "value": 80.5}]}]
    hashes = [
        hash_with(tmp_path / "a"),
        hash_with(tmp_path / "b", profile={**HEAD, "version": "1.2.4"}),
        hash_with(tmp_path / "c", goals={"goals": goals}),
        hash_with(tmp_path / "d", indicators={"indicators": INDICATORS[:3]}),
        hash_with(tmp_path / "e", stands=stands),
        hash_with(tmp_path / "f", goals={"goals": GOALS[:3]}),
    ]
    assert len(set(hashes)) == len(hashes)
    assert all(len(one) == 64 for one in hashes)


def test_hash_does_not_depend_on_the_pin(tmp_path: Path) -> None:
    other = {"on": {**PIN, "hash": "b" * 64, "version": "9.9.9"}, "stands": STANDS}
    assert hash_with(tmp_path / "a") == hash_with(tmp_path / "b", stands=other)
