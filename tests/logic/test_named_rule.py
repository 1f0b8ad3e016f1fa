"""Rule documents: what refuses to load, and what a loaded rule decides."""

from __future__ import annotations

import math
from typing import Any

import pytest

from citygoals.core.base.errors import InvalidDocuments, Place
from citygoals.core.logic import Decision, NamedRule, Reason

STATUSES = ("met", "behind", "not-met")
REACHED = {"if": [{">=": [{"var": "value"}, {"var": "target"}]}, "met", "not-met"]}
PACE = {
    "/": [{"-": [{"var": "value"}, {"var": "lower"}]}, {"-": [{"var": "upper"}, {"var": "lower"}]}]
}


def document(logic: Any, **more: Any) -> dict[str, Any]:
    return {"id": "r", "title": "A rule", "scale": "attainment", "logic": logic, **more}


def load(logic: Any, **more: Any) -> NamedRule:
    return NamedRule.load(document(logic, **more), statuses=STATUSES, at=Place(file="r.json"))


def load_number(logic: Any, **more: Any) -> NamedRule:
    return NamedRule.load(document(logic, **more) | {"scale": None}, statuses=None)


def refused(logic: Any, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocuments) as raised:
        load(logic, **more)
    assert all(finding.at.file == "r.json" for finding in raised.value.findings)
    return [(finding.code, finding.at.pointer or "") for finding in raised.value.findings]


def test_a_rule_says_what_its_document_says() -> None:
    rule = load(REACHED, description={"en": "Reached", "ms": "Tercapai"}, optional=["previous"])
    assert (rule.id, rule.title, rule.scale) == ("r", "A rule", "attainment")
    assert rule.description == {"en": "Reached", "ms": "Tercapai"}
    assert rule.optional == ("previous",)
    assert rule.warnings == []


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ({}, {"value", "target"}),
        ({"needs": ["value"]}, {"value", "target"}),
        ({"needs": ["value", "target", "year"]}, {"value", "target", "year"}),
    ],
)
def test_needs(more: dict[str, Any], needs: set[str]) -> None:
    assert set(load(REACHED, **more).needs) == needs


def test_a_target_listed_as_optional_is_not_needed() -> None:
    logic = {"if": [{"missing": ["target"]}, "behind", REACHED]}
    rule = load(logic, optional=["target"])
    assert rule.needs == ("value",)
    assert rule.decide({"value": 1}).status == "behind"
    assert rule.decide({"value": 1, "target": 1}).status == "met"
    assert refused(REACHED, optional=["target"]) == [("unguarded", "/logic/if/0/>=/1")]


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, 10**400])
def test_null_absent_and_not_finite_are_one_thing(value: Any) -> None:
    rule = load(REACHED)
    expected = Decision(reason=Reason("missing", ("value",)))
    assert rule.decide({"target": 2}) == expected
    assert rule.decide({"target": 2, "value": value}) == expected
    assert rule.explain({"target": 2, "value": value}) == (expected, None)


def test_missing_lists_every_need_in_order() -> None:
    rule = load(REACHED, needs=["year", "value"])
    assert rule.decide({}).reason.args[:2] == ("year", "value")
    assert set(rule.decide({}).reason.args) == {"year", "value", "target"}


def test_nulls_in_lists_are_left_out_and_an_empty_list_is_absent() -> None:
    largest = {
        "max": [
            {
                "reduce": [
                    {"var": "values"},
                    {"max": [{"var": "current"}, {"var": "accumulator"}]},
                    -99,
                ]
            },
            -99,
        ]
    }
    rule = load_number(largest, needs=["values"])
    assert rule.decide({"values": [-3, None, -2, math.nan]}).number == -2
    assert rule.decide({"values": (-3.0, -5.0)}).number == -3
    assert rule.decide({"values": [None]}).reason == Reason("missing", ("values",))


def test_a_number_rule() -> None:
    rule = load_number({"+": [{"var": "value"}, 1]})
    decision = rule.decide({"value": 2**53})
    assert (decision.status, decision.number, decision.reason) == (None, 2.0**53, Reason("rule"))
    assert isinstance(rule.decide({"value": 1}).number, float)


@pytest.mark.parametrize(
    ("logic", "given", "args"),
    [
        ({"/": [1, {"var": "value"}]}, 0, ("", "/", 1.0, 0.0)),
        ({"/": [{"var": "value"}, {"var": "value"}]}, 0, ("", "/", 0.0, 0.0)),
        ({"%": [{"var": "value"}, 0]}, 5, ("", "%", 5.0, 0.0)),
        ({"+": [{"*": [{"var": "value"}, 10]}, 1]}, 1e308, ("/+/0", "*", 1e308, 10.0)),
        ({"-": [-1e308, {"var": "value"}]}, 1e308, ("", "-", -1e308, 1e308)),
        ({"+": [1e308, 1, {"var": "value"}]}, 1e308, ("", "+", 1e308, 1.0, 1e308)),
        ({"pow": [{"var": "value"}, 0.5]}, -2, ("", "pow", -2.0, 0.5)),
        ({"pow": [{"var": "value"}, -1]}, 0, ("", "pow", 0.0, -1.0)),
        ({"pow": [10, {"var": "value"}]}, 400, ("", "pow", 10.0, 400.0)),
        ({"max": [{"/": [1, {"var": "value"}]}, 1]}, 0, ("/max/0", "/", 1.0, 0.0)),
        ({"abs": {"/": [-1, {"var": "value"}]}}, 0, ("/abs", "/", -1.0, 0.0)),
        (
            {
                "reduce": [
                    [1, 0],
                    {"/": [{"var": "accumulator"}, {"var": "current"}]},
                    {"var": "value"},
                ]
            },
            6,
            ("/reduce/1", "/", 6.0, 0.0),
        ),
    ],
    ids=str,
)
def test_undefined_arithmetic(logic: Any, given: float, args: tuple[Any, ...]) -> None:
    rule = load_number(logic)
    expected = Decision(reason=Reason("undefined", args))
    assert rule.decide({"value": given}) == expected
    decision, trace = rule.explain({"value": given})
    assert decision == expected
    assert trace is not None
    failed = [step for step in trace.walk() if step.failure]
    assert failed[-1].pointer == args[0]
    assert failed[-1].inputs == args[2:]


UNDEFINED = {"/": [1, 0]}
WORSE = {">": [UNDEFINED, 1]}


@pytest.mark.parametrize(
    ("logic", "status"),
    [
        ({"if": [True, "met", WORSE, "behind", "not-met"]}, "met"),
        ({"if": [False, "met", WORSE, "behind", "not-met"]}, None),
        ({"if": [WORSE, "met", "not-met"]}, None),
        ({"if": [False, {"if": [WORSE, "met", "met"]}, "not-met"]}, "not-met"),
        ({"if": [{"and": [False, WORSE]}, "met", "not-met"]}, "not-met"),
        ({"if": [{"and": [WORSE, False]}, "met", "not-met"]}, None),
        ({"if": [{"or": [True, WORSE]}, "met", "not-met"]}, "met"),
        ({"if": [{"or": [WORSE, True]}, "met", "not-met"]}, None),
        ({"if": [{"!": WORSE}, "met", "not-met"]}, None),
        ({"if": [{"<": [1, 2, UNDEFINED]}, "met", "not-met"]}, None),
        ({"if": [{"<": [2, 1, UNDEFINED]}, "met", "not-met"]}, None),
        ({"if": [{"between": [5, 6, UNDEFINED]}, "met", "not-met"]}, None),
    ],
    ids=str,
)
def test_undefined_matters_only_where_it_is_evaluated(logic: Any, status: str | None) -> None:
    decision = load(logic).decide({"value": 1})
    assert decision.status == status
    assert decision.reason.code == ("rule" if status else "undefined")


@pytest.mark.parametrize(
    ("logic", "code", "pointer"),
    [
        ({"if": [{"var": "value"}, "mett", "not-met"]}, "unknown-status", "/logic/if/1"),
        (
            {"if": [True, "met", {"if": [True, "good", "met"]}]},
            "unknown-status",
            "/logic/if/2/if/1",
        ),
        ({"??": [None, "bad"]}, "unknown-status", "/logic/??/1"),
        ({"log": "bad"}, "unknown-status", "/logic/log"),
        ("bad", "unknown-status", "/logic"),
        ({"cat": ["m", "et"]}, "computed-status", "/logic"),
        ({"if": [True, "met", "no-data"]}, "engine-status", "/logic/if/2"),
        ({"if": [True, "not-applicable", "met"]}, "engine-status", "/logic/if/1"),
        ({"if": [True, "met"]}, "result-type", "/logic"),
        ({"if": [True, "met", 0]}, "result-type", "/logic"),
        ({"and": [{">": [{"var": "value"}, 1]}, "met"]}, "result-type", "/logic"),
        ({"frobnicate": 1}, "unknown-operator", "/logic"),
        (
            {"if": [{">": [{"var": "previous"}, 1]}, "met", "not-met"]},
            "unguarded",
            "/logic/if/0/>/0",
        ),
    ],
    ids=str,
)
def test_what_does_not_load(logic: Any, code: str, pointer: str) -> None:
    assert (code, pointer) in refused(logic)


def test_a_scale_suggests_its_nearest_status() -> None:
    with pytest.raises(InvalidDocuments, match="did you mean 'behind'"):
        load({"if": [True, "behnd", "met"]})


def test_number_rules_must_give_numbers() -> None:
    for logic in ("met", {"if": [True, 1]}, {">": [{"var": "value"}, 1]}, {"val": ["a", "b"]}):
        with pytest.raises(InvalidDocuments):
            load_number(logic)


def test_names_are_checked_everywhere() -> None:
    found = refused(
        "met",
        needs=["value", "valu"],
        optional=["value", "prev"],
        examples=[{"given": {"value": 1, "vaule": 2}, "expect": "met"}],
    )
    assert sorted(found) == [
        ("needed-and-optional", "/optional"),
        ("unknown-variable", "/examples/0/given"),
        ("unknown-variable", "/needs"),
        ("unknown-variable", "/optional"),
    ]


def test_failing_examples_are_all_told() -> None:
    examples = [
        {"given": {"value": 3, "target": 2}, "expect": "met"},
        {"given": {"value": 1, "target": 2}, "expect": "met", "note": "wrong on purpose"},
        {"given": {"target": 2}, "expect": "no-data"},
        {"given": {"target": 2}, "expect": "not-met"},
        {"given": {"value": 3, "target": 2}, "expect": 1},
    ]
    assert refused(REACHED, examples=examples) == [
        ("example", "/examples/1"),
        ("example", "/examples/3"),
        ("example", "/examples/4"),
    ]


def test_examples_of_number_rules_are_exact_unless_the_rule_is_not() -> None:
    third = {"/": [{"var": "value"}, 3]}
    load_number(third, examples=[{"given": {"value": 1}, "expect": 1 / 3}])
    with pytest.raises(InvalidDocuments, match="expected"):
        load_number(third, examples=[{"given": {"value": 1}, "expect": 0.333333333333333}])
    root = {"pow": [{"var": "value"}, 0.5]}
    load_number(
        root, examples=[{"given": {"value": 2}, "expect": 1.4142135623730951 * (1 + 1e-13)}]
    )
    with pytest.raises(InvalidDocuments, match="expected"):
        load_number(root, examples=[{"given": {"value": 2}, "expect": 1.41421356}])


def test_another_indicator_can_be_needed() -> None:
    logic = {"if": [{">": [{"indicator": "pm25"}, {"var": "value"}]}, "met", "not-met"]}
    rule = load(logic, needs=["value", "indicators.pm25.value"])
    assert rule.decide({"value": 1, "indicators": {"pm25": {"value": 2}}}).status == "met"
    reason = Reason("missing", ("indicators.pm25.value",))
    assert rule.decide({"value": 1}).reason == reason
    assert rule.decide({"value": 1, "indicators": {"pm25": {"value": None}}}).reason == reason


def test_warnings_do_not_stop_a_rule() -> None:
    rule = load({"if": [{"missing": ["value"]}, "behind", "met"]})
    assert [finding.code for finding in rule.warnings] == ["never-true"]
    assert rule.decide({"value": 1}).status == "met"


def test_a_division_that_nobody_reaches() -> None:
    logic = {
        "if": [
            {"==": [{"var": "upper"}, {"var": "lower"}]},
            "behind",
            {">": [PACE, 0.5]},
            "met",
            "not-met",
        ]
    }
    rule = load(logic, needs=["value", "lower", "upper"])
    assert rule.decide({"value": 5, "lower": 1, "upper": 1}).status == "behind"
    assert rule.decide({"value": 5, "lower": 1, "upper": 6}).status == "met"
