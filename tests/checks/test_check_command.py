"""What `citygoals check` finds beyond loading, and how it tells it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import Finding, Severity
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.checks import check_profile, error_findings
from citygoals.core.forum.profiles import LOCAL
from citygoals.core.plugin.failures import PluginFailed

TABLE = json.loads(
    (Path(__file__).parents[1] / "cases" / "checks" / "further.json").read_text(encoding="utf-8")
)
Forums = Any


@pytest.fixture(scope="module")
def found(forums: Forums) -> Callable[[Mapping[str, Any]], list[Finding]]:
    """What is found in the profile kr of a case, as of its year."""

    def find(case: Mapping[str, Any]) -> list[Finding]:
        common = {"goals": [TABLE["goal"]]}
        profiles = forums.profiles({"common": common, "kr": {**TABLE["kr"], **case["kr"]}})
        forum = assemble(profiles)
        assert "common" in forum.profiles
        assert case.get("fails", False) == bool(forum.failures)
        return check_profile(profiles[-1], forum, case.get("year", TABLE["year"]))

    return find


@pytest.mark.parametrize("case", [pytest.param(one, id=one["id"]) for one in TABLE["cases"]])
def test_further(case: Mapping[str, Any], found: Callable[..., list[Finding]]) -> None:
    told = found(case)
    assert [one.code for one in told] == [one["code"] for one in case["expect"]], told
    for one, expected in zip(told, case["expect"], strict=True):
        assert one.severity == expected.get("severity", "warning")
        assert (one.at.file or "").endswith(f"kr/{expected['file']}")
        assert one.at.pointer == expected["pointer"]
        assert one.at.line
        assert one.at.column
        assert one.mend
        for words in expected.get("says", ()):
            assert words in one.message


def test_errors_come_first_and_then_by_place(found: Callable[..., list[Finding]]) -> None:
    (case,) = [one for one in TABLE["cases"] if one["id"] == "several"]
    told = found(case)
    assert [one.severity for one in told] == sorted(one.severity for one in told)
    warned = [one for one in told if one.severity is Severity.WARNING]
    places = [(one.at.file, one.at.line) for one in warned]
    assert places == sorted(places)


def test_a_plugin_that_failed_is_a_finding() -> None:
    failure = PluginFailed(LOCAL, "import", ValueError("gone"))
    (finding,) = error_findings(failure)
    assert finding.code == "plugin-failed"
    assert finding.message == "plugin local (none 0) failed in import: ValueError: gone"
    assert "citygoals --debug plugins" in finding.mend
