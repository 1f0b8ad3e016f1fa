"""A mutation check: breaking any one operator's row form is seen by its table of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import InvalidDocuments
from citygoals.core.logic import Operator, Rule, RuleFailure, standard_operators

CASES = Path(__file__).parent.parent / "cases" / "operators"
OPERATORS = list(standard_operators().classes())
SYNONYMS = {("if", "?:"), ("?:", "if")}


def broken(operator: type[Operator]) -> type[Operator]:
    """The operator with a row form that is right except for one kind of answer."""

    def row(self: Any, c: Any) -> Any:
        closure = operator.row(self, c)

        def wrong(data: Any) -> Any:
            return spoilt(closure(data))

        return wrong

    return type(f"Broken{operator.__name__}", (operator,), {"row": row})


def spoilt(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return value + 1.0
    return [*value, 0.0] if isinstance(value, list) else 77.0


def answers(name: str, operator: type[Operator], cases: list[dict[str, Any]]) -> list[Any]:
    registry = standard_operators()
    registry.register(name, operator, force=True)
    return [answer(registry, case) for case in cases]


def answer(registry: Any, case: dict[str, Any]) -> Any:
    try:
        return repr(Rule.parse(case["logic"], registry=registry).apply(case["data"]))
    except (RuleFailure, InvalidDocuments) as error:
        return type(error).__name__


def cases_of(operator: type[Operator]) -> list[dict[str, Any]]:
    text = (CASES / f"{operator.slug}.json").read_text(encoding="utf-8")
    cases: list[dict[str, Any]] = json.loads(text)["cases"]
    return cases


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.slug)
def test_a_broken_operator_is_seen(operator: type[Operator]) -> None:
    cases = cases_of(operator)
    right = answers(operator.name, operator, cases)
    wrong = answers(operator.name, broken(operator), cases)
    assert sum(one != other for one, other in zip(right, wrong, strict=True)) >= 3


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.slug)
def test_an_operator_is_not_taken_for_its_like(operator: type[Operator]) -> None:
    """A table tells its operator from every other of its family that takes as many arguments."""
    cases = cases_of(operator)
    right = answers(operator.name, operator, cases)
    alike = [
        other.name
        for other in OPERATORS
        if other is not operator
        and (other.__module__, other.arity) == (operator.__module__, operator.arity)
        and (other.name, operator.name) not in SYNONYMS
        and answers(operator.name, other, cases) == right
    ]
    assert alike == []
