"""The tables of the design: each case's forum and figures, and what must come of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from citygoals.core.base.model import Assessment
from citygoals.core.judging.explain import Explanation
from citygoals.core.logic.engines import COMPUTING

SELECTORS = ("profile", "area", "goal", "year")
NAMES = {field.name for field in fields(Assessment)} | {"age"}


def expectations(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a case expects, each with the assessment it speaks of."""
    expected = case["expect"] if isinstance(case["expect"], list) else [case["expect"]]
    chosen = {
        "profile": case.get("profile", "common"),
        "area": case.get("area", "KR-sejong"),
        "goal": case.get("of_goal", "goal"),
    }
    return [{**chosen, **one} for one in expected]


def first_one(case: Mapping[str, Any], judged: Any) -> Assessment:
    """The assessment that the case's words speak of."""
    wanted = expectations(case)[0]
    found: Assessment = judged.one(**{name: wanted[name] for name in SELECTORS if name in wanted})
    return found


def plain(said: Assessment, name: str) -> Any:
    """A field as JSON has it."""
    value = getattr(said, name)
    if name == "reason":
        return [value.code, *value.args]
    return list(value) if name == "marks" else value


def check(said: Assessment, wanted: Mapping[str, Any], why: str) -> None:
    for name, expected in wanted.items():
        if name == "reason_code":
            assert said.reason.code == expected, why
            continue
        assert name in NAMES, f"no field {name!r}"
        got = plain(said, name)
        if isinstance(expected, float):
            assert got == pytest.approx(expected, rel=1e-12, abs=0), f"{name}: {why}"
        else:
            assert got == expected, f"{name}: {why}"


def test_assessment(judge: Any, case: dict[str, Any], table: dict[str, Any]) -> None:
    judged = judge(case, table)
    for wanted in expectations(case):
        said = judged.one(**{name: wanted[name] for name in SELECTORS if name in wanted})
        check(said, wanted, case["why"])
    for unwanted in case.get("absent", ()):
        assert judged.all(**unwanted) == []
    for said in judged.assessments:
        check_distance(said)
    silent = [spec for spec in case.get("profiles", {}).values() if "stands" not in spec]
    expected = case.get("warns", ["goal-undecided" for _ in silent])
    assert [finding.code for finding in judged.forum.warnings] == expected


@pytest.mark.parametrize("engine", COMPUTING)
def test_engines_agree(
    judge: Any, case: dict[str, Any], table: dict[str, Any], engine: str
) -> None:
    assert judge(case, table, engine).assessments == judge(case, table).assessments


def test_explanation(judge: Any, case: dict[str, Any], table: dict[str, Any]) -> None:
    judged = judge(case, table)
    for wanted in expectations(case):
        said = judged.one(**{name: wanted[name] for name in SELECTORS if name in wanted})
        assert judged.explain(said).assessment == said
    told = judged.explain(first_one(case, judged))
    text = "\n".join(told.sentences)
    for fragment in case.get("says", ()):
        assert fragment in text
    for fragment in case.get("never_says", ()):
        assert fragment not in text
    if told.assessment.reason.code == "rule":
        assert told.trace is not None
        assert told.trace.result == told.assessment.status
    elif told.assessment.reason.code != "undefined":
        assert told.trace is None
    for name, expected in case.get("given", {}).items():
        assert told.given[name] == expected, case["why"]
    if "alternatives" in case:
        assert not_chosen(told) == sorted(case["alternatives"], key=str), case["why"]


def not_chosen(told: Explanation) -> list[dict[str, Any]]:
    """The figures that were not chosen and what they would do, as the tables have them."""
    rows = [
        {
            "source": other.source,
            "value": other.value,
            "status": other.status,
            "changes": other.changes,
        }
        for other in told.alternatives
    ]
    return sorted(rows, key=str)


def check_distance(said: Assessment) -> None:
    """Gap and score say of every assessment whether the target is met."""
    if said.met is None:
        assert said.gap is None
        assert said.score is None
        return
    assert said.gap is not None
    assert said.gap >= 0
    assert (said.gap == 0) == said.met
    assert str(said.gap) != "-0.0"
    if said.score is not None:
        assert 0 <= said.score <= 100
        assert (said.score == 100) == said.met


def test_every_line_has_its_case(evaluation_tables: dict[str, Any]) -> None:
    for name, table in evaluation_tables.items():
        shown = {line for case in table["cases"] for line in case["lines"]}
        assert set(table["lines"]) <= shown, name


def test_cases_are_told_apart_and_say_why(evaluation_tables: dict[str, Any]) -> None:
    for name, table in evaluation_tables.items():
        ids = [case["id"] for case in table["cases"]]
        assert len(ids) == len(set(ids)), name
        assert all(case["why"] for case in table["cases"])
    assert sum(len(table["cases"]) for table in evaluation_tables.values()) >= 150
