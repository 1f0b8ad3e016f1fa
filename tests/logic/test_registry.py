"""The registry: plugins add operators to a copy; python-jsonlogic can use ours."""

from __future__ import annotations

from typing import Any

import pytest
from jsonlogic import JSONLogicExpression
from jsonlogic.evaluation import EvaluationContext
from jsonlogic.json_schema.types import BooleanType
from jsonlogic.registry import AlreadyRegistered

from citygoals.core.base.errors import InvalidDocuments
from citygoals.core.logic import Limits, Operator, OperatorRegistry, Rule, standard_operators


class Within(Operator, name="within", arity=(2, 3), exact=False, rows_only="it is only a test"):
    """Whether a number is within a tolerance of another; the tolerance is 1 if it is not given."""

    boolean = True

    def row(self, c: Any) -> Any:
        left, right, *rest = (c.number(argument) for argument in self.arguments)
        tolerance = rest[0] if rest else lambda _: 1.0
        return lambda data: abs(left(data) - right(data)) <= tolerance(data)

    def type_of(self, t: Any) -> Any:
        t.numbers(self)
        return BooleanType()


def extended() -> OperatorRegistry:
    return standard_operators().copy(extend={"within": Within})


def test_a_plugin_adds_to_a_copy() -> None:
    rule = Rule.parse({"within": [{"var": "x"}, 10]}, registry=extended())
    assert [rule.apply({"x": x}) for x in (9, 11.5)] == [True, False]
    assert rule.explain({"x": 9}).trace.inputs == (9.0, 10.0)
    assert not rule.exact
    with pytest.raises(InvalidDocuments, match="unknown operator 'within'"):
        Rule.parse({"within": [1, 2]})


def test_its_arity_and_types_are_checked() -> None:
    with pytest.raises(InvalidDocuments, match="`within` takes 2 to 3 arguments, not 1"):
        Rule.parse({"within": [1]}, registry=extended())
    rule = Rule.parse({"within": [1, "a"]}, registry=extended())
    assert [finding.code for finding in rule.check({}).errors] == ["operand-type"]


def test_a_name_is_registered_once() -> None:
    with pytest.raises(AlreadyRegistered):
        standard_operators().copy(extend={"between": Within})


def test_an_operator_without_a_columnar_form_says_why() -> None:
    rule = Rule.parse({"within": [1, 2]}, registry=extended())
    assert isinstance(rule.root, Operator)
    assert rule.root.why_rows() == "it is only a test"


def test_every_operator_says_what_it_is() -> None:
    for operator in standard_operators().classes():
        assert operator.__doc__, operator.name
        assert operator.rows_only


def test_registries_are_not_shared() -> None:
    one, other = standard_operators(), standard_operators()
    one.remove("+")
    assert "+" in other.names()


def test_python_jsonlogic_builds_and_runs_our_operators() -> None:
    expression = JSONLogicExpression.from_json({"+": [1, {"var": "x"}, {"between": [2, 1, 3]}]})
    operator = expression.as_operator_tree(standard_operators())
    assert isinstance(operator, Operator)
    plain = JSONLogicExpression.from_json({"+": [1, {"var": "x"}]})
    tree = plain.as_operator_tree(standard_operators())
    assert tree.evaluate(EvaluationContext({"x": 2})) == 3


def test_limits_are_configurable_and_named() -> None:
    with pytest.raises(InvalidDocuments, match="limit of 2 nodes"):
        Rule.parse({"+": [1, 2]}, limits=Limits(nodes=2))
    with pytest.raises(InvalidDocuments, match="limit of 3 bytes"):
        Rule.parse("four", limits=Limits(string_bytes=3))
    with pytest.raises(InvalidDocuments, match="limit of 1 items"):
        Rule.parse([1, 2], limits=Limits(list_items=1))
