"""Types and absence, as a table: each guard of design 4, and what is no guard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonlogic.json_schema.types import NumberType

from citygoals.core.base.errors import Finding, Place, Severity
from citygoals.core.logic import Rule, goal_variables

CHECKS = json.loads((Path(__file__).parent / "checks.json").read_text(encoding="utf-8"))
NEEDS = ("value", "values")


def listed(findings: list[Finding]) -> list[list[str]]:
    return sorted([finding.code, finding.at.pointer or ""] for finding in findings)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case["title"])
def test_check(case: dict[str, Any]) -> None:
    check = Rule.parse(case["logic"]).check(goal_variables(), NEEDS)
    warnings = [found for found in check.findings if found.severity is Severity.WARNING]
    assert listed(list(check.errors)) == sorted(case.get("findings", []))
    assert listed(warnings) == sorted(case.get("warnings", []))
    if "type" in case:
        names = sorted(check.type.name.removeprefix("union(").removesuffix(")").split(", "))
        shown = check.type.name if check.type.name.startswith("array") else " or ".join(names)
        assert shown == case["type"]


def test_without_needs_every_variable_is_present() -> None:
    rule = Rule.parse({">": [{"var": "previous"}, 1]})
    assert not rule.check(goal_variables()).findings
    assert rule.check(goal_variables(), ()).findings


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"type": "number"}, "number"),
        ({"type": "integer"}, "integer"),
        ({"type": "string"}, "string"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "array", "items": {"type": "string"}}, "array(string)"),
        ({"type": "array"}, "array(any)"),
        ({"type": "object"}, "any"),
        ({}, "any"),
        (NumberType(), "number"),
        ({"type": ["number", "null"]}, "number"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number"),
    ],
    ids=str,
)
def test_variables_by_json_schema(schema: Any, name: str) -> None:
    assert Rule.parse({"var": "x"}).check({"x": schema}).type.name == name


def test_a_nullable_variable_that_is_not_needed_is_narrowed() -> None:
    schema = {"x": {"type": ["number", "null"]}}
    guarded = Rule.parse({"if": [{"==": [{"var": "x"}, None]}, 0, {"+": [{"var": "x"}, 1]}]})
    assert not guarded.check(schema, ()).findings
    assert Rule.parse({"+": [{"var": "x"}, 1]}).check(schema, ()).errors


def test_what_counts_as_observed_can_be_told() -> None:
    rule = Rule.parse({"var": ["reading", 0]})
    assert not rule.check({"reading": {"type": "number"}}).findings
    (found,) = rule.check({"reading": {"type": "number"}}, observed={"reading"}).findings
    assert found.code == "made-up"


def test_findings_say_place_and_mend() -> None:
    rule = Rule.parse({"+": [{"var": "previos"}, {"var": "previous"}]}, at=Place(file="r.json"))
    unknown, unguarded = rule.check(goal_variables(), ("value",)).findings
    assert (str(unknown.at), unknown.mend) == ("r.json /+/0", "did you mean 'previous'?")
    assert '{"missing": ["previous"]}' in unguarded.mend


def test_reads_and_indicators() -> None:
    rule = Rule.parse(
        {
            "if": [
                {"missing": ["lower"]},
                {"indicator": "pm25"},
                {
                    "and": [
                        {"val": "upper"},
                        {"var": ["target", {"indicator": ["no2", "baseline"]}]},
                    ]
                },
                {"map": [{"var": "values"}, {"var": "inner"}]},
                {"var": {"cat": ["a", {"var": "deep.x"}]}},
            ]
        }
    )
    assert rule.reads == {"upper", "target", "values", "deep.x"}
    assert rule.indicators == {"pm25", "no2"}


def test_exactness() -> None:
    assert Rule.parse({"+": [1, {"round": 2.5}]}).exact
    assert not Rule.parse({"+": [1, {"if": [True, {"pow": [2, 0.5]}]}]}).exact
