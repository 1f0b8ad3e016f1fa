"""Faults of a rule's text, all at once with JSON Pointers, and the limits before it runs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import InvalidDocuments, Place
from citygoals.core.forum.documents.depth import check_depth
from citygoals.core.logic import Limits, Rule

FAULTS = json.loads((Path(__file__).parent / "parse_faults.json").read_text(encoding="utf-8"))


def faults(logic: Any, **options: Any) -> InvalidDocuments:
    with pytest.raises(InvalidDocuments) as raised:
        Rule.parse(logic, **options)
    return raised.value


def codes(error: InvalidDocuments) -> list[str]:
    return [finding.code for finding in error.findings]


def nested(levels: int, wrap: Any) -> Any:
    inner: Any = 1
    for _ in range(levels):
        inner = wrap(inner)
    return inner


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: json.dumps(case["logic"])[:40])
def test_faults(case: dict[str, Any]) -> None:
    error = faults(case["logic"])
    found = sorted([finding.code, finding.at.pointer or ""] for finding in error.findings)
    assert found == sorted(case["faults"])
    assert case.get("says", "") in str(error)


def test_pointers_stand_below_the_given_place() -> None:
    error = faults({"+": [{"!": []}]}, at=Place(file="r.json", pointer="/logic"))
    assert [str(finding.at) for finding in error.findings] == ["r.json /logic/+/0"]


@pytest.mark.parametrize("logic", [{1, 2}, object(), {"+": [b"x"]}, {"cat": (1, 2)}])
def test_what_is_not_json_is_refused(logic: Any) -> None:
    assert codes(faults(logic)) == ["not-json"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 10**400])
def test_numbers_beyond_doubles_are_refused(number: float) -> None:
    assert codes(faults({"+": [1, number]})) == ["not-finite"]
    assert codes(faults({"in": [1, [number]]})) == ["not-finite"]


@pytest.mark.parametrize(
    "wrap",
    [lambda x: {"!": [x]}, lambda x: {"!": x}, lambda x: [x], lambda x: [{"!": x}]],
    ids=["listed", "bare", "lists", "lists of logic"],
)
def test_a_rule_100_000_levels_deep_is_refused(wrap: Any) -> None:
    error = faults(nested(100_000, wrap))
    assert codes(error) == ["too-deep"]
    assert "64 levels" in str(error)


def test_depth_counts_levels_of_json() -> None:
    assert Rule.parse(nested(64, lambda x: [x])).apply(None) == nested(64, lambda x: [x])
    assert Rule.parse(nested(32, lambda x: {"+": [x]})).apply(None) == 1
    assert codes(faults(nested(65, lambda x: [x]))) == ["too-deep"]
    assert codes(faults(nested(3, lambda x: {"!": x}), limits=Limits(depth=2))) == ["too-deep"]


def test_a_cycle_is_refused() -> None:
    knot: list[Any] = []
    knot.append(knot)
    assert codes(faults(knot)) == ["too-deep"]
    assert codes(faults({"+": knot})) == ["too-deep"]


OVERSIZED: dict[str, tuple[Any, str, str]] = {
    "many arguments": ({"+": [1] * 10_000}, "too-many-nodes", "10,000"),
    "millions of arguments": ({"+": [1] * 5_000_000}, "too-many-nodes", "10,000"),
    "many lists": ({"merge": [[[1]] * 10_000]}, "too-many-nodes", "10,000"),
    "10 MB of text": ("x" * 10_000_000, "text-too-long", "65,536"),
    "long text": ({"cat": ["x" * 65_537]}, "text-too-long", "65,536"),
    "long text in bytes": ({"cat": ["é" * 32_769]}, "text-too-long", "65,536"),
    "long text in a list": ({"in": [1, ["x" * 65_537]]}, "text-too-long", "65,536"),
    "long list": ({"in": [1, [1] * 100_001]}, "list-too-long", "100,000"),
    "two lists": (
        {"+": [{"in": [1, [1] * 60_000]}, {"in": [1, [2] * 60_000]}]},
        "list-too-long",
        "100,000",
    ),
    "millions of items": ([[1] * 5_000_000], "list-too-long", "100,000"),
}


@pytest.mark.parametrize("name", OVERSIZED)
def test_limits_before_a_rule_runs(name: str) -> None:
    logic, code, figure = OVERSIZED[name]
    error = faults(logic)
    assert codes(error) == [code]
    assert figure in str(error)


def test_just_within_the_limits() -> None:
    assert Rule.parse({"+": [1] * 9_999}).apply(None) == 9_999
    assert Rule.parse({"cat": ["x" * 65_536]}).apply(None) == "x" * 65_536
    assert Rule.parse({"in": [3, [*range(100_000)]]}).apply(None) is True


def test_shared_lists_do_not_multiply() -> None:
    tangle: Any = [1]
    for _ in range(60):
        tangle = [tangle, tangle]
    assert codes(faults(tangle)) == ["list-too-long"]
    logic: Any = {"var": "x"}
    for _ in range(30):
        logic = {"+": [logic, logic]}
    assert codes(faults(logic)) == ["too-many-nodes"]


def test_an_object_with_a_million_keys_is_refused_once() -> None:
    error = faults({str(number): 1 for number in range(1_000_000)})
    assert codes(error) == ["not-one-operator", "too-many-nodes"]


def test_a_huge_operator_name_is_shown_short() -> None:
    error = faults({"x" * 10_000_000: 1})
    assert codes(error) == ["unknown-operator"]
    assert len(str(error)) < 500


def test_depth_of_text_is_checked_before_it_is_parsed() -> None:
    with pytest.raises(InvalidDocuments) as raised:
        check_depth('{"a":\n' + "[" * 100_000, 64, Place(file="r.json"))
    (finding,) = raised.value.findings
    assert (finding.code, finding.at.file, finding.at.line, finding.at.column) == (
        "too-deep",
        "r.json",
        2,
        64,
    )


@pytest.mark.parametrize(
    "text",
    [
        "[" * 64 + "]" * 64,
        '["[[[[", "\\"[[[[", "\\\\", "{"]',
        '"' + "[" * 1_000,
        '"' + '\\"[' * 1_000,
        "[]" * 1_000,
    ],
    ids=["64 levels", "brackets in text", "open text", "escapes", "side by side"],
)
def test_what_does_not_nest_deeper(text: str) -> None:
    check_depth(text, 64)
