"""Absent data never decides, tested on the traces of drawn rules that pass the check.

An absent variable is input only to `missing`, `missing_some`, `exists`, a null test, or `??`,
which is a null test with an answer.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citygoals.core.base.errors import InvalidDocuments
from citygoals.core.logic import Decision, NamedRule, Reason, Rule, Trace, goal_variables

OPTIONAL = ("previous", "baseline", "upper")
NEEDED = ("value", "lower")
READERS = ("var", "val", "indicator")
NULL_TESTS = ("==", "===", "!=", "!==")


def var(name: str) -> dict[str, Any]:
    return {"var": name}


def reading(name: str) -> st.SearchStrategy[Any]:
    if name == "indicators.pm25.value":
        return st.just({"indicator": "pm25"})
    return st.sampled_from([{"var": name}, {"val": name}])


NAMES = st.sampled_from([*OPTIONAL, "indicators.pm25.value"])
READS = st.one_of(
    st.sampled_from([var(name) for name in NEEDED]), NAMES.flatmap(reading), st.integers(-3, 3)
)


def guard(name: str) -> st.SearchStrategy[Any]:
    ways = [{"!": {"missing": [name]}}, {"!": {"missing_some": [2, [name, "value"]]}}]
    if "." not in name:
        ways.append({"exists": name})
    nulls = [{"!=": [read, None]} for read in ({"var": name}, {"val": name}) if "." not in name]
    return st.sampled_from([*ways, *nulls])


def numbers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    operator = st.sampled_from(["+", "-", "*", "/", "max", "min"])
    plain = st.tuples(operator, inner, inner).map(lambda drawn: {drawn[0]: list(drawn[1:])})
    guarded = NAMES.flatmap(
        lambda name: st.tuples(guard(name), reading(name), inner).map(
            lambda drawn: {"if": [drawn[0], {"+": [drawn[1], drawn[2]]}, drawn[2]]}
        )
    )
    inverse = NAMES.flatmap(
        lambda name: st.tuples(guard(name), inner, reading(name)).map(
            lambda drawn: {"if": [{"!": drawn[0]}, drawn[1], drawn[2]]}
        )
    )
    fallback = inner.map(lambda other: {"??": [var("upper"), other]})
    return st.one_of(plain, guarded, guarded, inverse, fallback)


def conditions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    relation = st.sampled_from(["<", ">=", "==", "!="])
    compared = st.tuples(relation, inner, inner).map(lambda drawn: {drawn[0]: list(drawn[1:])})
    chained = NAMES.flatmap(
        lambda name: st.tuples(guard(name), reading(name), inner).map(
            lambda drawn: {"and": [drawn[0], {">": [drawn[1], drawn[2]]}]}
        )
    )
    either = NAMES.flatmap(
        lambda name: st.tuples(guard(name), reading(name), inner).map(
            lambda drawn: {"or": [{"!": drawn[0]}, {"<": [drawn[1], drawn[2]]}]}
        )
    )
    return st.one_of(compared, chained, either)


NUMBERS = st.recursive(READS, numbers, max_leaves=5)
LOGIC = st.builds(
    lambda test, other: {"if": [test, "met", other, "behind", "not-met"]},
    conditions(NUMBERS),
    conditions(NUMBERS),
)
FIGURE = st.one_of(st.none(), st.integers(-3, 3).map(float))
GIVEN = st.fixed_dictionaries(
    {"value": st.integers(-3, 3), "lower": st.integers(-3, 3)},
    optional={
        **dict.fromkeys(OPTIONAL, FIGURE),
        "indicators": st.fixed_dictionaries({"pm25": st.fixed_dictionaries({"value": FIGURE})}),
    },
)


def rule(logic: Any) -> NamedRule | None:
    document = {"id": "r", "title": "r", "scale": "s", "needs": list(NEEDED), "logic": logic}
    try:
        return NamedRule.load(document, statuses=("met", "behind", "not-met"))
    except InvalidDocuments:
        return None


def offences(trace: Trace) -> list[str]:
    """The absent variables that were input to something else than a test for absence."""
    return [
        child.pointer
        for step in trace.walk()
        for child in step.children
        if child.operator in READERS and child.result is None and not is_for_absence(step)
    ]


def is_for_absence(step: Trace) -> bool:
    if step.operator in NULL_TESTS:
        return any(child.operator == "literal" and child.result is None for child in step.children)
    return step.operator in ("missing", "missing_some", "exists", "??")


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(logic=LOGIC, given=GIVEN)
def test_absent_data_never_decides(logic: Any, given: dict[str, Any]) -> None:
    loaded = rule(logic)
    if loaded is None:
        return
    decision, trace = loaded.explain(given)
    assert trace is not None
    assert offences(trace) == []
    assert decision == loaded.decide(given)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(logic=LOGIC, given=GIVEN)
def test_what_offends_is_refused(logic: Any, given: dict[str, Any]) -> None:
    """The other way round: a rule that lets an absent variable decide does not load."""
    given = {name: value for name, value in given.items() if value is not None}
    trace = Rule.parse(logic).explain(given).trace
    if offences(trace):
        assert rule(logic) is None
        assert Rule.parse(logic).check(goal_variables(), NEEDED).errors


def test_enough_drawn_rules_pass_and_meet_absence() -> None:
    """The two laws above would hold of nothing at all; so count what they were tested on."""
    seen: Counter[str] = Counter()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(logic=LOGIC, given=GIVEN)
    def draw(logic: Any, given: dict[str, Any]) -> None:
        loaded = rule(logic)
        seen["refused" if loaded is None else "loaded"] += 1
        if loaded is None:
            return
        _, trace = loaded.explain(given)
        readers = [step for step in trace.walk() if step.operator in READERS] if trace else []
        seen["absent"] += any(step.result is None for step in readers)

    draw()
    assert seen["loaded"] > 40
    assert seen["refused"] > 40
    assert seen["absent"] > 5


def test_the_law_catches_an_offence() -> None:
    logic = {"if": [{">": [{"var": "previous"}, 1]}, "met", "not-met"]}
    assert offences(Rule.parse(logic).explain({"value": 1}).trace) == ["/if/0/>/0"]


def test_a_need_that_is_absent_never_reaches_the_rule() -> None:
    loaded = rule({"if": [{"<": [{"var": "value"}, 15]}, "met", "not-met"]})
    assert loaded is not None
    expected = Decision(reason=Reason("missing", ("value",)))
    assert loaded.decide({"lower": 1}) == expected
