"""What columns promise: undefined as by rows, obstacles by place, statuses, any column names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest
from jsonlogic.json_schema.types import BooleanType, JSONSchemaType

from citygoals.core.logic import (
    Limits,
    NamedRule,
    NotColumnar,
    Operator,
    Rule,
    RuleFailure,
    goal_variables,
    standard_operators,
)

CASES = Path(__file__).parent.parent / "cases" / "columns"
VALUE, TARGET = {"var": "value"}, {"var": "target"}
QUOTIENT = {"/": [VALUE, TARGET]}


def table(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


UNDEFINED, OBSTACLES = table("undefined"), table("obstacles")


def answers(expression: nw.Expr, frame: pl.DataFrame) -> dict[str, list[Any]]:
    """What every engine gives for the rows of a frame."""
    lazy = nw.from_native(frame.lazy()).with_columns(answer=expression).to_native()
    with duckdb.connect() as connection:
        relation = nw.from_native(connection.from_arrow(frame.to_arrow()))
        rows = relation.select(answer=expression).to_native().fetchall()
    return {
        "polars": lazy.collect()["answer"].to_list(),
        "polars streaming": lazy.collect(engine="streaming")["answer"].to_list(),
        "duckdb": [row[0] for row in rows],
    }


def doubles(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64))


def by_rows(rule: Rule, given: Mapping[str, Any], needs: Sequence[str]) -> Any:
    data = {name: value for name, value in given.items() if value not in (None, float("inf"))}
    try:
        return rule.program(checked=True).run(data) if {*needs} <= {*data} else None
    except RuleFailure:
        return None


@pytest.mark.parametrize("case", UNDEFINED["cases"], ids=lambda case: json.dumps(case["logic"]))
def test_undefined(case: dict[str, Any]) -> None:
    needs = UNDEFINED["needs"]
    condition = case.get("as") == "condition"
    rule = Rule.parse({"!!": case["logic"]} if condition else case["logic"])
    given = {"value": 1, "target": 0, "lower": None, "upper": None, **case.get("given", {})}
    found = answers(rule.to_expr(goal_variables(), needs), doubles([given] * 3))
    assert by_rows(rule, given, needs) == case["expect"]
    for engine, values in found.items():
        assert [repr(value) for value in values] == [written(case["expect"])] * 3, engine


def written(value: Any) -> str:
    return repr(float(value)) if type(value) in (int, float) else repr(value)


@pytest.mark.parametrize("case", OBSTACLES["cases"], ids=lambda case: json.dumps(case["logic"]))
def test_obstacles(case: dict[str, Any]) -> None:
    rule = Rule.parse(case["logic"])
    needs = case.get("needs", OBSTACLES["needs"])
    found = rule.obstacles(goal_variables(), needs)
    assert [[one.pointer, one.operator, one.reason] for one in found] == case["obstacles"]
    with pytest.raises(NotColumnar, match="`"):
        rule.to_expr(goal_variables(), needs)


def ladder(branches: int) -> Any:
    parts: list[Any] = []
    for index in range(branches):
        parts += [{">": [QUOTIENT, branches - index]}, index]
    return {"if": [*parts, -1]}


def nested(depth: int, place: int) -> Any:
    """Conditions inside one another, at that argument of `if`."""
    logic: Any = {">": [QUOTIENT, 1]}
    for index in range(depth):
        branches = [{">": [QUOTIENT, index]}, {"<": [QUOTIENT, index]}, {"<": [1, QUOTIENT]}]
        branches[place] = logic
        logic = {"if": branches}
    return logic


def chained(depth: int) -> Any:
    logic: Any = {">": [QUOTIENT, 1]}
    for index in range(depth):
        logic = {("and", "or")[index % 2]: [logic, {"<": [QUOTIENT, index]}]}
    return logic


GROWN = {
    "ladder of 64": ladder(64),
    "if in the condition, 15 deep": nested(15, 0),
    "if in the branch, 40 deep": nested(40, 1),
    "if in the else, 40 deep": nested(40, 2),
    "chain, 25 deep": chained(25),
    "sum of 190": {"+": [VALUE] * 190},
}


@pytest.mark.parametrize("logic", GROWN.values(), ids=GROWN)
def test_nothing_doubles_with_depth(logic: Any) -> None:
    rule = Rule.parse(logic, limits=Limits(depth=400))
    rows = [{"value": v, "target": t} for v, t in ((9.0, 2.0), (-1.0, 4.0), (1.0, 0.0), (1.5, 1.0))]
    expected = [by_rows(rule, row, ["value", "target"]) for row in rows]
    for values in answers(rule.to_expr(), doubles(rows)).values():
        assert values == expected


@pytest.mark.parametrize(
    ("logic", "what"),
    [
        ({"+": [VALUE] * 200}, "203 deep"),
        (ladder(100), "deep"),
        (nested(40, 0), "large"),
        ({"and": [{"or": [{"<": [n, QUOTIENT]} for n in range(30)]}] * 30}, "large"),
    ],
)
def test_what_is_too_large_runs_by_rows(logic: Any, what: str) -> None:
    found = Rule.parse(logic, limits=Limits(depth=400)).obstacles()
    assert what in " ".join(one.reason for one in found)


def rule_document(logic: Any, **rest: Any) -> dict[str, Any]:
    return {"id": "drawn", "title": {"en": "Drawn"}, "logic": logic, **rest}


def test_statuses_travel_as_numbers() -> None:
    logic = {"if": [{">": [VALUE, TARGET]}, "met", {"==": ["a", "b"]}, "behind", "not-met"]}
    scale = ["behind", "met", "not-met"]
    rule = NamedRule.load(rule_document(logic, scale="three"), statuses=scale)
    frame = doubles([{"value": 2, "target": 1}, {"value": 1, "target": 1}, {"value": None}])
    lazy = nw.from_native(frame).with_columns(answer=rule.to_expr(statuses=scale))
    assert lazy.collect_schema()["answer"] == nw.Int16()
    for values in answers(rule.to_expr(statuses=scale), frame).values():
        assert values == [1, 2, None]
    for values in answers(rule.to_expr(), frame).values():
        assert values == ["met", "not-met", None]
    assert rule.statuses == scale
    with pytest.raises(NotColumnar, match="'behind' is none of the statuses"):
        rule.to_expr(statuses=["met", "not-met"])


def test_columns_may_have_other_names_and_other_types() -> None:
    logic = {"-": [VALUE, {"indicator": "air"}]}
    needs = ["value", "indicators.air.value"]
    rule = NamedRule.load(rule_document(logic, needs=needs), statuses=None)
    names = {"value": "obs", "indicators.air.value": "pm"}
    frame = pl.DataFrame(
        {"obs": [9007199254740993, 3, None], "pm": pl.Series([1, 2, 3], dtype=pl.Int8)}
    )
    for values in answers(rule.to_expr(columns=names), frame).values():
        assert values == [9007199254740991.0, 1.0, None]
    for values in answers(rule.needs_expr(columns=names), frame).values():
        assert values == [True, True, False]


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
def test_a_division_does_not_depend_on_how_many_rows_there_are(rows: int) -> None:
    rule = Rule.parse({"/": [{"/": [VALUE, 100]}, 3]})
    scalar = doubles([{"value": 47}] * rows)
    for values in answers(rule.to_expr(), scalar).values():
        assert values == [47 / 100 / 3] * rows
    divisor = scalar.with_columns(target=pl.lit(100.0))
    for values in answers(Rule.parse(QUOTIENT).to_expr(), divisor).values():
        assert values == [47 / 100] * rows


class Within(Operator, name="within", arity=3):
    """Whether two numbers are no further apart than a third says; a plugin's operator."""

    def row(self, c: Any) -> Any:
        left, right, most = (c.number(argument) for argument in self.arguments)
        return lambda data: abs(left(data) - right(data)) <= most(data)

    def column(self, c: Any) -> nw.Expr:
        left, right, most = c.numbers(self.arguments)
        return (left - right).abs() <= most

    def type_of(self, t: Any) -> JSONSchemaType:
        t.numbers(self)
        return BooleanType()


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        ({"within": [VALUE, TARGET, 1]}, True),
        ({"within": [VALUE, {"+": [TARGET, 5]}, 1]}, False),
        ({"within": [VALUE, TARGET, {"/": [1, 0]}]}, None),
        ({"and": [{"within": [{"/": [0, 0]}, TARGET, 1]}, False]}, None),
        ({"if": [{"within": [VALUE, {"/": [1, 0]}, 1]}, True, False]}, None),
        ({"if": [True, True, {"within": [VALUE, {"/": [1, 0]}, 1]}]}, True),
    ],
)
def test_an_operator_of_a_plugin_thinks_of_no_null(logic: Any, expected: bool | None) -> None:
    registry = standard_operators().copy(extend={"within": Within})
    rule = Rule.parse(logic, registry=registry)
    given = {"value": 3.0, "target": 4.0}
    assert by_rows(rule, given, ["value"]) is expected
    for values in answers(
        rule.to_expr(goal_variables(), ["value", "target"]), doubles([given])
    ).values():
        assert values == [expected]


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_a_product_is_rounded_before_it_is_added(rows: int) -> None:
    given = {"value": 0.1, "target": 0.1, "lower": -(0.1 * 0.1)}
    rule = Rule.parse({"+": [{"*": [VALUE, TARGET]}, {"var": "lower"}]})
    for values in answers(rule.to_expr(), doubles([given] * rows)).values():
        assert values == [0.0] * rows
