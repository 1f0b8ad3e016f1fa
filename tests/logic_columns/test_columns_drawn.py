"""The law of both forms: rows, Polars and DuckDB give the same answer on drawn, checked rules."""

from __future__ import annotations

import json
import math
import os
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citygoals.core.judging.spark import RULE_PARTS, InSpark
from citygoals.core.logic import Operator, Rule, RuleFailure, Trace, standard_operators
from citygoals.core.logic.tracing import explain

LONG = bool(os.environ.get("CITYGOALS_LONG"))
PARTS = 4
EXAMPLES = 600 if LONG else 46
TOLERANCE = 1e-12


def given_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as a goal's rule is given it: what is null or not finite is absent."""
    there = {
        name: value
        for name, value in row.items()
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    }
    air = there.pop("indicators.air.value", None)
    return there if air is None else {**there, "indicators": {"air": {"value": air}}}


def by_rows(rule: Rule, table: Sequence[Mapping[str, Any]], needs: Sequence[str]) -> list[Any]:
    program, answers = rule.program(checked=True), []
    for row in table:
        data = given_of(row)
        try:
            absent = any(need not in data for need in needs)
            answers.append(None if absent else program.run(data))
        except RuleFailure as failure:
            assert failure.code == "undefined"  # noqa: PT017
            answers.append(None)
    return answers


def frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    words = {"flag": pl.Boolean, "grade": pl.String, "note": pl.String}
    schema = {name: words.get(name, pl.Float64) for name in rows[0]}
    return pl.DataFrame(rows, schema=schema)


def by_columns(
    expressions: Mapping[str, nw.Expr], rows: Sequence[Mapping[str, Any]]
) -> dict[str, Mapping[str, list[Any]]]:
    data = frame(rows)
    named = [expression.alias(name) for name, expression in expressions.items()]
    with duckdb.connect() as connection:
        relation = nw.from_native(connection.from_arrow(data.to_arrow())).select(*named).to_native()
        asked = dict(zip(relation.columns, zip(*relation.fetchall(), strict=True), strict=True))
    lazy = nw.from_native(data.lazy()).with_columns(*named).to_native()
    return {
        "polars": lazy.collect().to_dict(as_series=False),
        "polars streaming": lazy.collect(engine="streaming").to_dict(as_series=False),
        "duckdb": {name: list(values) for name, values in asked.items()},
    }


def bits(value: Any) -> Any:
    """A value with its bits; a zero has no sign."""
    return struct.pack(">d", value + 0.0) if type(value) is float else value


def close(left: Any, right: Any) -> bool:
    if type(left) is not float or type(right) is not float:
        return left == right
    return math.isclose(left, right, rel_tol=TOLERANCE, abs_tol=1e-307)


def near_threshold(rule: Rule, row: Mapping[str, Any]) -> bool:
    """Whether a comparison that was made has sides within the tolerance of each other."""
    program = rule.program(checked=True, traced=True)
    return any(map(_is_near, explain(program, given_of(row), inner=True).trace.walk()))


def _is_near(step: Trace) -> bool:
    if step.operator not in ("<", ">="):
        return False
    left, right = step.inputs
    return math.isclose(left, right, rel_tol=TOLERANCE)


def operators_of(rule: Rule) -> set[str]:
    return {node.name for node in rule.root.walk() if isinstance(node, Operator)}


class Tally:
    """What was drawn, for the summary."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.operators: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()

    def note(self, rule: Rule, logic: Any, answers: Sequence[Any]) -> None:
        self.seen.add(json.dumps(logic))
        self.operators.update(operators_of(rule))
        self.answers.update("undefined" if a is None else "defined" for a in answers)

    def __str__(self) -> str:
        used = ", ".join(f"{name} {count}" for name, count in sorted(self.operators.items()))
        told = ", ".join(f"{count:,} {name}" for name, count in sorted(self.answers.items()))
        return f"{len(self.seen):,} distinct rules; {told}; rules per operator: {used}"


def compare(drawn: Any, logics: Sequence[Any], seed: int, tally: Tally, near: Counter[str]) -> None:
    rows = drawn.table(seed)
    parsed = {f"rule{index}": Rule.parse(logic) for index, logic in enumerate(logics)}
    for rule in parsed.values():
        assert not rule.check(drawn.kinds, drawn.needs).errors
    expressions = {name: rule.to_expr(drawn.kinds, drawn.needs) for name, rule in parsed.items()}
    got = by_columns(expressions, rows)
    for (name, rule), logic in zip(parsed.items(), logics, strict=True):
        expected = by_rows(rule, rows, drawn.needs)
        tally.note(rule, logic, expected)
        for engine, columns in got.items():
            for row, want, have in zip(rows, expected, columns[name], strict=True):
                same = bits(want) == bits(have) if rule.exact else close(want, have)
                if not same and not rule.exact and want is not None and near_threshold(rule, row):
                    near[engine] += 1
                else:
                    assert same, f"{engine}: {have!r}, by rows {want!r}: {logic} of {row}"


@pytest.mark.parametrize(
    "part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, PARTS))]
)
@pytest.mark.parametrize("kind", ["exact", "inexact"])
def test_rows_polars_and_duckdb_agree(
    drawn: Any, kind: str, part: int, record_property: Callable[[str, object], None]
) -> None:
    tally, near = Tally(), Counter[str]()
    examples = EXAMPLES if kind == "exact" else EXAMPLES // 5

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(part << 48, (part + 1) << 48), size=st.integers(3, 14))
    def agree(seed: int, size: int) -> None:
        compare(drawn, drawn.rules(kind, seed, size), seed, tally, near)

    agree()
    record_property("summary", f"{kind} {part + 1}: {tally}; near a threshold: {dict(near)}")
    columnar = {
        operator.name for operator in standard_operators().classes() if hasattr(operator, "column")
    }
    if kind == "exact":
        assert set(tally.operators) == columnar - {"pow"}
        assert len(tally.seen) >= 1_000 / PARTS
    else:
        assert tally.operators["pow"]


SPARK_DRAWS = 200 if LONG else 6
"""How often a set of rules is drawn for Spark, by seeds of its own."""


def sized(drawn: Any, kind: str, most: int) -> Iterator[tuple[Rule, Any]]:
    """Drawn rules that Spark computes: larger ones are left to the workers."""
    for seed in range(SPARK_DRAWS):
        for logic in drawn.rules(kind, seed, 3 + seed % 10):
            rule = Rule.parse(logic)
            if InSpark().of(rule.root).parts <= most:
                yield rule, logic


@pytest.mark.parametrize("kind", ["exact", "inexact"])
def test_spark_agrees_with_rows(
    drawn: Any, kind: str, in_spark: Any, record_property: Callable[[str, object], None]
) -> None:
    tally, near = Tally(), 0
    rows = [row for seed in range(4) for row in drawn.table(seed)]
    columns = {"indicators.air.value": "air"}
    rules = list(sized(drawn, kind, RULE_PARTS if LONG else 1_500))
    asked = {
        f"rule{place}": (rule, rule.to_expr(drawn.kinds, drawn.needs, columns=columns))
        for place, (rule, _) in enumerate(rules)
    }
    found = in_spark(frame(rows).rename(columns).to_arrow(), asked)
    for (rule, logic), answers in zip(rules, found.values(), strict=True):
        expected = by_rows(rule, rows, drawn.needs)
        tally.note(rule, logic, expected)
        for row, want, have in zip(rows, expected, answers, strict=True):
            same = bits(want) == bits(have) if rule.exact else close(want, have)
            if not same and not rule.exact and want is not None and near_threshold(rule, row):
                near += 1
            else:
                assert same, f"Spark: {have!r}, by rows {want!r}: {logic} of {row}"
    record_property("summary", f"Spark, {kind}: {tally}; near a threshold: {near}")
    assert len(tally.seen) > SPARK_DRAWS * 4
