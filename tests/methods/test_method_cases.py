"""Every method's cases, worked out by hand from its formula: by rows, explained, and by columns."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from batch import decide_batch

from citygoals.core.logic import Decision, NamedRule
from citygoals.core.logic.engines import COMPUTING

CASES = Path(__file__).parent.parent / "cases" / "methods" / "rules"
ROWS_ONLY = {"all-reached", "oecd-distance", "sdg-index-goal-colour", "u4ssc-category-score"}
Rules = Mapping[str, NamedRule]


def tables() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.json")):
        yield pytest.param(json.loads(path.read_text(encoding="utf-8")), id=path.stem)


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        for case in table["cases"]:
            given = {**table.get("given", {}), **case["given"]}
            yield pytest.param(table["rule"], {**case, "given": given}, id=case["id"])


def agrees(decision: Decision, expect: str | float) -> bool:
    if isinstance(expect, str):
        return decision.number is None and (decision.status or "no-data") == expect
    return decision.number is not None and math.isclose(decision.number, expect, rel_tol=1e-9)


@pytest.mark.parametrize(("name", "case"), list(cases()))
def test_case(rules: Rules, name: str, case: dict[str, Any]) -> None:
    given = {key: value for key, value in case["given"].items() if value is not None}
    decision = rules[name].decide(given)
    assert agrees(decision, case["expect"]), decision
    assert decision.reason.code == case.get("reason", "rule")
    assert list(decision.reason.args) == case.get("absent", list(decision.reason.args))
    explained, _ = rules[name].explain(given)
    assert explained == decision


def asked(rule: NamedRule) -> Sequence[tuple[Mapping[str, Any], str | float]]:
    """The rule's own examples and the cases of its table."""
    found = [(example.given, example.expect) for example in rule.examples]
    for path in CASES.glob("*.json"):
        table = json.loads(path.read_text(encoding="utf-8"))
        if table["rule"] == rule.id:
            shared = table.get("given", {})
            found += [({**shared, **case["given"]}, case["expect"]) for case in table["cases"]]
    return found


@pytest.mark.parametrize("engine", COMPUTING)
def test_by_columns(rules: Rules, engine: str) -> None:
    columnar = {name for name, rule in rules.items() if rule.columnar}
    assert columnar == set(rules) - ROWS_ONLY
    for name in sorted(columnar):
        given, expected = zip(*asked(rules[name]), strict=True)
        decided = decide_batch(rules[name], given, engine)
        for one, decision, expect in zip(given, decided, expected, strict=True):
            assert agrees(decision, expect), (name, one, decision)


@pytest.mark.parametrize("table", list(tables()))
def test_every_status_is_given_by_a_case(rules: Rules, table: dict[str, Any]) -> None:
    expected = {case["expect"] for case in table["cases"]}
    expected |= {example.expect for example in rules[table["rule"]].examples}
    assert set(rules[table["rule"]].statuses) <= expected
    assert "no-data" in expected
