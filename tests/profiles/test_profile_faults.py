"""Profiles that do not fit together: each fault with its place, the others stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import Finding, InvalidDocuments, Severity, UnknownName
from citygoals.core.base.model import AreaId, IndicatorId, ProfileId
from citygoals.core.forum.assembling import assemble

TABLE = json.loads(
    (Path(__file__).parent.parent / "cases" / "profiles" / "faults.json").read_text("utf-8")
)
OFFICIAL = {"status": "official", "source": {"title": "Law"}, "confidence": "high"}
GOAL = {
    "id": "goal",
    "title": "Goal",
    "indicator": "share",
    "rule": "threshold",
    "reason": "A test.",
    "targets": [{**OFFICIAL, "value": 60}],
}
NATIONS = ("kr", "my", "vn")


def completed(item: Mapping[str, Any]) -> Any:
    """A goal or stand whose targets are official where they do not say otherwise."""
    if "targets" not in item:
        return item
    return {**item, "targets": [{**OFFICIAL, **target} for target in item["targets"]]}


def spec_of(said: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """A profile of the table, over the base; null takes a kind away."""
    whole = {kind: items for kind, items in {**base, **said}.items() if items is not None}
    for kind in ("goals", "stands"):
        if kind in whole:
            whole[kind] = [completed(item) for item in whole[kind]]
    return whole


def specs_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """The profiles of a case; kr is always there."""
    common = {**case.get("common", {})}
    goals = [completed(goal) for goal in common.pop("goals", [GOAL])]
    specs: dict[str, Any] = {"common": {"goals": goals, **common}}
    for name in NATIONS:
        if name == "kr" or name in case:
            base = TABLE["kr"] if name == "kr" else {"stands": []}
            specs[name] = spec_of(case.get(name, {}), base)
    return specs


def check(found: Sequence[Finding], expected: Sequence[Mapping[str, Any]]) -> None:
    """Every finding is of the expected kind, at the expected place, and says so."""
    told = "\n".join(map(str, found))
    assert len(found) == len(expected), told
    for finding, wanted in zip(found, expected, strict=True):
        assert wanted.get("code", finding.code) == finding.code, told
        file = finding.at.file or ""
        assert file.endswith(wanted.get("file", "")), told
        assert wanted.get("pointer", finding.at.pointer) == finding.at.pointer, told
        assert finding.at.line is not None, told
        line = Path(file).read_text(encoding="utf-8").splitlines()[finding.at.line - 1]
        assert wanted.get("line", "") in line, told
        assert line[(finding.at.column or 1) - 1 :].strip()
        for name in ("message", "mend"):
            for fragment in wanted.get(name, ()):
                assert fragment in getattr(finding, name), told
        assert finding.mend, f"says no mend: {finding}"


def cases() -> Iterator[Any]:
    for case in TABLE["cases"]:
        yield pytest.param(case, id=case["id"])


@pytest.mark.parametrize("case", list(cases()))
def test_faults(case: dict[str, Any], forums: Any) -> None:
    specs = specs_of(case)
    forum = assemble(forums.profiles(specs))
    expected = case.get("expect", [])
    for name in set(specs) - {"common"}:
        findings = forum.failures[name].findings if name in forum.failures else []
        assert all(finding.severity is Severity.ERROR for finding in findings)
        check(findings, [one for one in expected if one.get("profile", "kr") == name])
    standing = case.get("stand", ["common"] if expected else ["common", "kr"])
    assert list(forum.profiles) == standing
    warned = [item for item in forum.warnings if item.code != "goal-undecided" or "warn" in case]
    check(warned, case.get("warn", []))
    assert all(finding.severity is Severity.WARNING for finding in forum.warnings)


def test_cases_are_told_apart() -> None:
    ids = [case["id"] for case in TABLE["cases"]]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 70


def test_what_a_faulty_profile_says_is_left_out(forums: Any) -> None:
    specs = specs_of(
        {
            "kr": {
                "areas": [{"id": "KR-busan", "name": "Busan", "level": "city", "country": "KR"}],
                "mappings": [{"indicator": "kr-share", "common": "share", "kind": "equal"}],
                "profile": {"priorities": [{"theme": "energy", "weight": 0.5, "reason": "w"}]},
            },
            "my": {},
        }
    )
    forum = assemble(forums.profiles(specs))
    assert set(forum.failures) == {"kr"}
    assert AreaId("KR-busan") not in forum.areas
    assert IndicatorId("kr-share") not in forum.indicators
    assert "kr-goal" not in forum.goals
    assert list(forum.mappings) == []
    assert forum.profile("my").id == "my"
    assert forum.profile_of_country("KR") is None


def test_asking_for_a_faulty_profile_raises_its_faults(forums: Any) -> None:
    case = {"kr": {"profile": {"priorities": [{"theme": "energy", "weight": 0.5, "reason": "w"}]}}}
    forum = assemble(forums.profiles(specs_of(case)))
    with pytest.raises(InvalidDocuments, match=r"the weights add up to 0\.5"):
        forum.profile("kr")
    with pytest.raises(InvalidDocuments):
        forum.goals_under(ProfileId("kr"))


def test_asking_for_an_unknown_profile_names_the_nearest(forums: Any) -> None:
    forum = assemble(forums.profiles(specs_of({})))
    with pytest.raises(UnknownName, match=r"unknown profile 'comon'; did you mean 'common'\?"):
        forum.profile("comon")


def test_faults_of_common_stop_everything(forums: Any) -> None:
    goal = {**GOAL, "indicator": "shar"}
    with pytest.raises(InvalidDocuments) as raised:
        assemble(forums.profiles(specs_of({"common": {"goals": [goal]}})))
    (finding,) = raised.value.findings
    assert finding.code == "unknown-indicator"
    assert "did you mean 'share'?" in finding.message
    assert (finding.at.file or "").endswith("common/goals.json")


def test_without_common_the_others_cannot_stand(forums: Any) -> None:
    kr = [profile for profile in forums.profiles(specs_of({})) if profile.id == "kr"]
    forum = assemble(kr)
    assert list(forum.profiles) == []
    assert "'common'" in str(forum.failures["kr"])


def test_two_plugins_with_one_profile_are_both_named(forums: Any) -> None:
    from dataclasses import replace

    common, kr = forums.profiles(specs_of({}))
    other = replace(kr, origin=replace(kr.origin, plugin="corea"))
    forum = assemble([common, kr, other])
    assert list(forum.profiles) == ["common"]
    (finding,) = forum.failures["kr"].findings
    assert finding.code == "profile-duplicate"
    assert "'kr'" in finding.message
    assert "'corea'" in finding.message
    assert finding.mend


def test_faults_of_unreadable_profiles_are_kept(forums: Any) -> None:
    fault = InvalidDocuments([Finding(code="json-syntax", message="not JSON")])
    forum = assemble(forums.profiles(specs_of({})), failures={"my": fault})
    assert forum.failures["my"] is fault
    with pytest.raises(InvalidDocuments, match="not JSON"):
        forum.profile("my")


def test_order_of_plugins_says_nothing(forums: Any) -> None:
    profiles = forums.profiles(specs_of({"my": {}}))
    one, other = assemble(profiles), assemble(profiles[::-1])
    assert set(one.profiles) == set(other.profiles)
    assert not one.failures
    assert not other.failures
    assert set(one.goals) == set(other.goals)
