"""A check looks at each place of a rule about once, however its loops and chains nest."""

from __future__ import annotations

from typing import Any

import pytest
from jsonlogic.json_schema.types import BooleanType, NumberType

from citygoals.core.logic import Limits, Rule, goal_variables
from citygoals.core.logic.kinds import families

VALUE = {"var": "value"}


def chain(depth: int) -> Any:
    logic: Any = {">": [VALUE, 1]}
    for index in range(depth):
        logic = {("and", "or")[index % 2]: [logic, {"<": [VALUE, index]}]}
    return logic


def filters(depth: int) -> Any:
    logic: Any = {"var": "values"}
    for index in range(depth):
        logic = {"filter": [logic, {">": [{"var": ""}, index]}]}
    return {"some": [logic, {">": [{"var": ""}, 0]}]}


def reduces(depth: int) -> Any:
    logic: Any = {"var": "current"}
    for _ in range(depth):
        logic = {"reduce": [[1, 2], {"+": [logic, 1]}, 0]}
    return logic


@pytest.mark.parametrize(
    ("logic", "family"),
    [(chain(60), "boolean"), (filters(60), "boolean"), (reduces(60), "number")],
    ids=["chain", "filters", "reduces"],
)
def test_nested_rules_are_checked_in_straight_time(logic: Any, family: str) -> None:
    variables = {**goal_variables(), "current": NumberType(), "flag": BooleanType()}
    check = Rule.parse(logic, limits=Limits(depth=400)).check(variables)
    assert not check.errors
    assert families(check.type) == {family}


def test_a_default_says_nothing_of_the_variable() -> None:
    tested = {"==": [{"var": ["upper", 5]}, None]}
    logic = {"if": [tested, 1, {"+": [{"var": "upper"}, 1]}]}
    errors = Rule.parse(logic).check(goal_variables(), ["value"]).errors
    assert [(found.code, found.at.pointer) for found in errors] == [("unguarded", "/if/2/+/0")]
