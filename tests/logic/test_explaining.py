"""Traces: pointer, operator, inputs, result, the branch taken; and the same answer."""

from __future__ import annotations

from typing import Any

import pytest

from citygoals.core.logic import Rule, Trace, Undefined

DATA = {"a": 1, "b": None, "l": [1, 2], "deep": {"x": 4}}


def shown(trace: Trace) -> list[Any]:
    return [trace.pointer, trace.operator, list(trace.inputs), trace.result, trace.branch]


def steps(logic: Any) -> list[list[Any]]:
    return [shown(step) for step in Rule.parse(logic).explain(DATA).trace.walk()]


def test_an_operator_with_its_inputs() -> None:
    assert steps({"+": [{"var": "a"}, 2]}) == [
        ["", "+", [1.0, 2.0], 3.0, None],
        ["/+/0", "var", ["a"], 1.0, None],
        ["/+/1", "literal", [], 2.0, None],
    ]


def test_the_branch_that_was_taken() -> None:
    logic = {"if": [{"var": "b"}, "x", {"<": [1, {"var": "a"}]}, "y", "z"]}
    top, *below = steps(logic)
    assert top == ["", "if", [None, False, "z"], "z", "/if/4"]
    assert [step[0] for step in below] == ["/if/0", "/if/2", "/if/2/</0", "/if/2/</1", "/if/4"]


def test_no_branch_was_taken() -> None:
    assert steps({"if": [False, 1]})[0] == ["", "if", [False], None, None]


@pytest.mark.parametrize(
    ("logic", "inputs", "result", "branch"),
    [
        ({"and": [1, 0, 2]}, [1.0, 0.0], 0.0, "/and/1"),
        ({"or": [0, 3, 2]}, [0.0, 3.0], 3.0, "/or/1"),
        ({"??": [None, {"var": "a"}, 2]}, [None, 1.0], 1.0, "/??/1"),
        ({"?:": [True, 5, 6]}, [True, 5.0], 5.0, "/?:/1"),
    ],
)
def test_what_was_not_evaluated_is_no_input(
    logic: Any, inputs: list[Any], result: Any, branch: str
) -> None:
    assert steps(logic)[0][2:] == [inputs, result, branch]


def test_names_are_inputs_of_what_reads_data() -> None:
    assert steps({"missing": ["a", "b"]}) == [["", "missing", ["a", "b"], ["b"], None]]
    assert steps({"var": ["deep.x", 9]}) == [["", "var", ["deep.x", 9.0], 4.0, None]]
    assert steps({"exists": ["deep", "x"]}) == [["", "exists", ["deep", "x"], True, None]]


def test_a_computed_name_is_a_step() -> None:
    top, name = steps({"var": {"cat": "a"}})[:2]
    assert top[2:4] == [["a"], 1.0]
    assert name[:4] == ["/var", "cat", ["a"], "a"]


def test_a_loop_shows_each_pass() -> None:
    top, *below = steps({"map": [{"var": "l"}, {"*": [{"var": ""}, 3]}]})
    assert top == ["", "map", [[1, 2]], [3.0, 6.0], None]
    passes = [step[2:4] for step in below if step[1] == "*"]
    assert passes == [[[1.0, 3.0], 3.0], [[2.0, 3.0], 6.0]]


def test_a_list_with_logic() -> None:
    assert steps([1, {"var": "a"}])[0] == ["", "list", [1.0, 1.0], [1.0, 1.0], None]


def test_the_answer_is_json_and_the_trace_is_what_the_rule_saw() -> None:
    explanation = Rule.parse({"+": [1, 1]}).explain(None)
    assert isinstance(explanation.result, int)
    assert isinstance(explanation.trace.result, float)
    assert explanation.complete


def test_a_failure_is_in_the_trace() -> None:
    program = Rule.parse({"+": [1, {"/": [{"var": "a"}, 0]}]}).program(checked=True, traced=True)
    with pytest.raises(Undefined) as raised:
        program.run(DATA)
    assert (raised.value.pointer, raised.value.operator) == ("/+/1", "/")
    assert raised.value.inputs == (1.0, 0.0)


def test_explaining_twice_starts_anew() -> None:
    rule = Rule.parse({"if": [{"var": "a"}, 1, 2]})
    first, second = rule.explain({"a": True}), rule.explain({"a": False})
    assert (first.trace.branch, second.trace.branch) == ("/if/1", "/if/2")


def test_a_literal_root() -> None:
    assert steps("text") == [["", "literal", [], "text", None]]
