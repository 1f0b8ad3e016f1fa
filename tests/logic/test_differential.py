"""Drawn rules against `datalogic-py`, and every known difference with its reason.

The drawn rules keep to what both sides promise; where they are known to part ways, a case below
says so, and fails when that is no longer true.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datalogic_py
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citygoals.core.logic import Rule, RuleFailure

DIFFERENCES = json.loads(
    (Path(__file__).parent / "datalogic_differences.json").read_text(encoding="utf-8")
)
FAILED = "an error"

NUMBERS = st.one_of(
    st.integers(-100, 100),
    st.sampled_from([0.1, 0.5, 2.5, -0.25, 1e6, 1e-3, -1.5]),
    st.floats(-1e6, 1e6, allow_nan=False, allow_subnormal=False).map(lambda x: round(x, 3)),
)
WORDS = st.sampled_from(["", "a", "b", "ab", "tree", "é", "0"])
PRESENT = ("x", "y", "deep.z")
DATA = st.fixed_dictionaries(
    {
        "x": NUMBERS,
        "y": NUMBERS,
        "deep": st.fixed_dictionaries({"z": NUMBERS}),
        "s": WORDS,
        "list": st.lists(NUMBERS, max_size=4),
        "words": st.lists(WORDS, max_size=3),
        "items": st.lists(st.fixed_dictionaries({"n": NUMBERS, "w": WORDS}), max_size=3),
        "flag": st.booleans(),
    },
    optional={"maybe": NUMBERS},
)


def op(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(*arguments).map(lambda drawn: {name: list(drawn)})


def ops(names: list[str], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(names).flatmap(lambda name: op(name, *arguments))


def var(name: str) -> dict[str, Any]:
    return {"var": name}


NONZERO = NUMBERS.filter(lambda number: abs(number) > 1e-6)
ITEM_TEST = ops([">", "<=", "==", "!="], st.just(var("")), NUMBERS)
LISTS = st.one_of(st.just(var("list")), st.lists(NUMBERS, max_size=4))
SCALAR_TESTS = st.one_of(st.booleans(), st.sampled_from([{"var": "flag"}, {"missing": ["maybe"]}]))


def number(inner: st.SearchStrategy[Any], test: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fold = {"+": [var("current"), var("accumulator")]}
    return st.one_of(
        ops(["+", "-", "*", "max", "min"], inner, inner),
        ops(["+", "*", "max", "min"], inner, inner, inner),
        op("/", inner, NONZERO),
        ops(["abs", "ceil", "floor", "-"], inner),
        op("if", test, inner, inner),
        op("??", st.just(var("maybe")), inner),
        op("var", st.just("maybe"), inner),
        op("reduce", LISTS, st.just(fold), NUMBERS),
        op("length", st.sampled_from([var("list"), var("words"), var("s"), "tree"])),
    )


def truth(inner: st.SearchStrategy[Any], numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        ops(["<", "<=", ">", ">=", "==", "===", "!=", "!=="], numbers, numbers),
        ops(["<", "<=", ">", ">="], numbers, numbers, numbers),
        ops(["and", "or"], inner, inner),
        ops(["!", "!!"], inner),
        ops(["all", "some", "none"], LISTS, ITEM_TEST),
        op("in", WORDS, st.sampled_from([var("words"), ["a", "b"]])),
        op("in", WORDS.filter(bool), st.just("a tree")),
        op("missing_some", st.integers(1, 2), st.just(["maybe", "x"])).map(
            lambda rule: {"!": rule}
        ),
        st.sampled_from([{"exists": "maybe"}, {"exists": ["deep", "z"]}, {"!!": {"var": "words"}}]),
    )


def level(depth: int) -> tuple[st.SearchStrategy[Any], st.SearchStrategy[Any]]:
    numbers = st.one_of(NUMBERS, st.sampled_from([var(name) for name in PRESENT]))
    tests: st.SearchStrategy[Any] = SCALAR_TESTS
    for _ in range(depth):
        numbers, tests = (
            st.one_of(numbers, number(numbers, tests)),
            st.one_of(tests, truth(tests, numbers)),
        )
    return numbers, tests


LEAF_NUMBERS, LEAF_TESTS = level(2)
TEXTS = st.one_of(
    op("cat", WORDS, st.just(var("s")), st.integers(-99, 99)),
    op("substr", st.just("jsonlogic"), st.integers(-9, 9)),
    op("substr", st.just("jsonlogic"), st.integers(-9, 9), st.integers(-9, 9)),
    op("if", LEAF_TESTS, WORDS, st.just("else")),
)
LISTED = st.one_of(
    op("map", LISTS, op("*", st.just(var("")), NUMBERS)),
    op("map", st.just(var("items")), st.sampled_from([var("n"), var("w")])),
    op("filter", LISTS, ITEM_TEST),
    op("merge", LISTS, LEAF_NUMBERS, LISTS),
    op("missing", st.sampled_from(["maybe", "x", "deep.q"]), st.just("y")),
    op("sort", LISTS, st.booleans()),
    op("slice", LISTS, st.integers(-4, 4), st.integers(-4, 4)),
    st.lists(LEAF_NUMBERS, max_size=3),
)
RULES = st.one_of(LEAF_NUMBERS, LEAF_TESTS, TEXTS, LISTED)


def doubles(value: Any) -> Any:
    """Numbers as doubles; -0 is 0, as JavaScript writes it."""
    text = json.dumps(value)
    return json.loads(text, parse_int=float, parse_float=lambda digits: float(digits) + 0.0)


def ours(logic: Any, data: Any) -> Any:
    try:
        return doubles(Rule.parse(logic).apply(data))
    except RuleFailure:
        return FAILED


def theirs(logic: Any, data: Any) -> Any:
    engine = datalogic_py.Engine()
    try:
        return doubles(json.loads(engine.eval_str(json.dumps(logic), json.dumps(data))))
    except datalogic_py.DataLogicError:
        return FAILED


@settings(max_examples=1000, deadline=None)
@given(logic=RULES, data=DATA)
def test_same_answer(logic: Any, data: Any) -> None:
    assert repr(ours(logic, data)) == repr(theirs(logic, data))


@settings(max_examples=300, deadline=None)
@given(logic=RULES, data=DATA)
def test_explaining_and_checked_arithmetic_give_the_same_answer(logic: Any, data: Any) -> None:
    rule = Rule.parse(logic)
    answer = rule.apply(data)
    assert repr(rule.explain(data).result) == repr(answer)
    assert repr(rule.explain(data).trace.result) == repr(rule.program().run(data))
    assert repr(rule.program(checked=True).answer(data)) == repr(answer)


@pytest.mark.parametrize("case", DIFFERENCES, ids=lambda case: case["reason"])
def test_known_difference(case: dict[str, Any]) -> None:
    assert ours(case["logic"], case["data"]) == doubles(case["ours"])
    assert theirs(case["logic"], case["data"]) == doubles(case["theirs"])
    assert repr(doubles(case["ours"])) != repr(doubles(case["theirs"]))
