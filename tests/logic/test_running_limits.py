"""What a rule may cost while it runs: bombs are refused before they grow."""

from __future__ import annotations

import threading
import tracemalloc
from typing import Any

import pytest

from citygoals.core.logic import LimitExceeded, Limits, NamedRule, Rule, RuleFailure

ACC = {"var": "accumulator"}
MANY = [1] * 1000
DOUBLING_CAT = {"reduce": [MANY, {"cat": [ACC, ACC]}, "xxxxxxxx"]}
DOUBLING_MERGE = {"reduce": [MANY, {"merge": [ACC, ACC]}, [1, 2]]}
DOUBLING_LIST = {"reduce": [MANY, [ACC, ACC], [1, 2]]}
BOMBS = {
    "loop in loop in loop": ({"map": [MANY, {"map": [MANY, {"map": [MANY, 1]}]}]}, "steps"),
    "reduce in reduce": ({"reduce": [MANY, {"reduce": [MANY, {"+": [ACC, 1]}, 0]}, 0]}, "steps"),
    "any in loop": ({"map": [MANY, {"some": [MANY, {"==": [{"var": ""}, 2]}]}]}, "steps"),
    "seeking in a loop": ({"map": [{"var": "big"}, {"in": ["z", {"merge": [MANY]}]}]}, "steps"),
    "doubling cat": (DOUBLING_CAT, "bytes"),
    "doubling merge": (DOUBLING_MERGE, "bytes"),
    "doubling list": (DOUBLING_LIST, "bytes"),
    "doubling list as text": ({"cat": [DOUBLING_LIST]}, "bytes"),
    "doubling list compared": ({"==": [DOUBLING_LIST, "x"]}, "bytes"),
    "doubling list as number": ({"-": [DOUBLING_LIST, 1]}, "bytes"),
    "sorting in a loop": ({"map": [{"var": "big"}, {"sort": [MANY]}]}, "steps"),
    "slicing in a loop": ({"map": [{"var": "big"}, {"slice": ["x" * 60_000, 1]}]}, "bytes"),
    "cutting in a loop": ({"map": [{"var": "big"}, {"substr": ["x" * 60_000, 1]}]}, "bytes"),
}


FIGURES = {"steps": 1_000_000, "bytes": 32 * 1024 * 1024}
DATA = {"big": [*range(5_000)]}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    logic, limit = BOMBS[name]
    for run in (Rule.parse(logic).apply, Rule.parse(logic).explain):
        with pytest.raises(LimitExceeded) as raised:
            run(DATA)
        assert (raised.value.limit, raised.value.figure) == (limit, FIGURES[limit])
        assert f"{FIGURES[limit]:,}" in str(raised.value)


@pytest.mark.parametrize("name", [name for name in BOMBS if name.startswith("doubling")])
def test_memory_does_not_grow(name: str) -> None:
    rule = Rule.parse(BOMBS[name][0])
    tracemalloc.start()
    try:
        with pytest.raises(LimitExceeded):
            rule.apply(DATA)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 80 * 1024 * 1024


def test_each_run_has_the_whole_budget() -> None:
    rule = Rule.parse({"map": [{"var": "l"}, {"+": [{"var": ""}, 1]}]}, limits=Limits(steps=50))
    assert [rule.apply({"l": [1] * 10}) for _ in range(5)] == [[2] * 10] * 5
    with pytest.raises(LimitExceeded):
        rule.apply({"l": [1] * 11})
    assert rule.apply({"l": [1]}) == [2]


def test_each_thread_has_its_own_budget() -> None:
    rule = Rule.parse({"map": [{"var": "l"}, {"+": [{"var": ""}, 1]}]}, limits=Limits(steps=50))
    answers: list[Any] = []

    def work() -> None:
        answers.extend(rule.apply({"l": [1] * 10}) for _ in range(200))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[2] * 10] * 800


def test_deep_data_is_answered_without_recursion() -> None:
    deep: Any = 7
    for _ in range(100_000):
        deep = [deep]
    answer = Rule.parse({"var": "deep"}).apply({"deep": deep})
    for _ in range(100_000):
        (answer,) = answer
    assert answer == 7


@pytest.mark.parametrize("logic", [{"cat": [{"var": "d"}]}, {"==": [{"var": "d"}, 1]}])
def test_deep_data_is_not_written_out(logic: Any) -> None:
    deep: Any = 7
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RuleFailure, match="64"):
        Rule.parse(logic).apply({"d": deep})


def test_a_long_trace_is_cut_and_says_so() -> None:
    rule = Rule.parse({"map": [{"var": "l"}, {"+": [{"var": ""}, 1]}]}, limits=Limits(nodes=100))
    short, long = rule.explain({"l": [1] * 3}), rule.explain({"l": [1] * 300})
    assert short.complete
    assert not long.complete
    assert long.result == [2] * 300
    assert sum(1 for _ in long.trace.walk()) <= 110


def test_an_answer_does_not_share_lists_with_the_rule() -> None:
    rule = Rule.parse({"if": [True, [1, [2]]]})
    rule.apply(None)[1].append(3)
    assert rule.apply(None) == [1, [2]]


def test_a_goal_whose_rule_runs_out_has_a_reason() -> None:
    logic = {"if": [{"<": [{"reduce": [[1] * 99, {"cat": [ACC, ACC]}, "x"]}, "a"]}, "met", "met"]}
    document = {"id": "r", "title": "r", "scale": "s", "needs": ["value"], "logic": logic}
    rule = NamedRule.load(document, statuses=["met"])
    decision = rule.decide({"value": 1})
    assert (decision.status, decision.reason.code) == (None, "limit")
    assert decision.reason.args == ("bytes", 32 * 1024 * 1024)
