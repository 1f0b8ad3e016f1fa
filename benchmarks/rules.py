"""Rules on one record at a time: medians of one run, and ratios to other implementations.

    python benchmarks/rules.py

Each rule is parsed once wherever the peer allows it. Exit code 1 when a ratio is below its goal.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import timeit
from collections.abc import Callable, Iterator
from typing import Any

import datalogic_py
import json_logic
from jsonlogic import JSONLogicExpression
from jsonlogic.evaluation import EvaluationContext
from jsonlogic.operators import operator_registry

from citygoals.core.logic import Rule

ROUNDS = 9
Run = Callable[[], Any]


def var(name: str) -> dict[str, Any]:
    return {"var": name}


PROGRESS = {"/": [{"-": [var("value"), var("baseline")]}, {"-": [var("target"), var("baseline")]}]}
SIMPLE = {">=": [var("value"), var("target")]}
LADDER = {
    "if": [
        SIMPLE,
        "met",
        {">=": [PROGRESS, 0.95]},
        "on-track",
        {">=": [PROGRESS, 0.6]},
        "behind",
        {">=": [PROGRESS, 0]},
        "limited",
        "off-track",
    ]
}
WEIGHTED = {"+": [{"*": [0.1 * term, var(f"x{term}")]} for term in range(1, 11)]}
RECORD = {
    "value": 41.2,
    "target": 80.0,
    "baseline": 30.0,
    **{f"x{term}": 1.5 * term for term in range(1, 11)},
}


def simple_by_hand(record: dict[str, float]) -> bool:
    return record["value"] >= record["target"]


def ladder_by_hand(record: dict[str, float]) -> str:
    if record["value"] >= record["target"]:
        return "met"
    done = (record["value"] - record["baseline"]) / (record["target"] - record["baseline"])
    if done >= 0.95:
        return "on-track"
    if done >= 0.6:
        return "behind"
    return "limited" if done >= 0 else "off-track"


def weighted_by_hand(record: dict[str, float]) -> float:
    total = 0.0
    for term in range(1, 11):
        total += 0.1 * term * record[f"x{term}"]
    return total


RULES: dict[str, tuple[Any, Callable[[dict[str, float]], Any]]] = {
    "simple": (SIMPLE, simple_by_hand),
    "ladder": (LADDER, ladder_by_hand),
    "weighted sum": (WEIGHTED, weighted_by_hand),
}
GOALS = {
    ("simple", "json-logic-qubit"): 15.0,
    ("ladder", "json-logic-qubit"): 8.0,
    ("weighted sum", "json-logic-qubit"): 8.0,
    ("ladder", "python-jsonlogic"): 8.0,
}
GOAL_EXPLAINED = 1.5


def microseconds(run: Run) -> float:
    """The median time of a call over several rounds of about 20 ms."""
    loops = max(1, int(0.02 / max(timeit.timeit(run, number=20) / 20, 1e-7)))
    return statistics.median(timeit.repeat(run, number=loops, repeat=ROUNDS)) / loops * 1e6


def nested_if(logic: Any) -> Any:
    """`if` with three arguments each, the only ones that python-jsonlogic has."""
    test, result, *rest = logic["if"]
    return {"if": [test, result, nested_if({"if": rest}) if len(rest) > 1 else rest[0]]}


def pointed(logic: Any) -> Any:
    """Names as JSON Pointers, as python-jsonlogic wants them."""
    if isinstance(logic, dict):
        ((name, arguments),) = logic.items()
        if name == "var":
            return {"var": f"/{arguments}"}
        return {name: [pointed(argument) for argument in arguments]}
    return logic


def python_jsonlogic(logic: Any) -> Run:
    plain = nested_if(logic) if "if" in logic else logic
    tree = JSONLogicExpression.from_json(pointed(plain)).as_operator_tree(operator_registry)
    return lambda: tree.evaluate(EvaluationContext(RECORD))


def datalogic(logic: Any) -> Run:
    engine = datalogic_py.Engine()
    rule, handle = engine.compile(logic), datalogic_py.DataHandle(json.dumps(RECORD))
    return lambda: rule.evaluate_data(handle)


def peers(name: str) -> Iterator[tuple[str, Run]]:
    logic, by_hand = RULES[name]
    yield "json-logic-qubit", lambda: json_logic.jsonLogic(logic, RECORD)
    yield "python-jsonlogic", python_jsonlogic(logic)
    yield "datalogic-py, handle", datalogic(logic)
    yield "Python by hand", lambda: by_hand(RECORD)


def same(one: Any, other: Any) -> bool:
    """Whether two answers agree; sums may differ in the last bits."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12)
    return one == other


def report(name: str) -> Iterator[str]:
    """Print one rule's figures; what falls short of its goal is given back."""
    rule = Rule.parse(RULES[name][0])
    plain = microseconds(lambda: rule.apply(RECORD))
    explained = microseconds(lambda: rule.explain(RECORD))
    print(f"\n{name}: {plain:.2f} us, with explain {explained:.2f} us")
    for peer, run in peers(name):
        if not same(run(), rule.apply(RECORD)):
            yield f"{name}: {peer} gives another answer"
        theirs = microseconds(run)
        ratios = f"{theirs / plain:6.1f}x  explain {theirs / explained:5.1f}x"
        print(f"  {peer:22}{theirs:9.2f} us  {ratios}")
        goal = GOALS.get((name, peer))
        if goal is not None and theirs / plain < goal:
            yield f"{name} against {peer}: {theirs / plain:.1f}x, goal {goal:g}x"
        if peer == "json-logic-qubit" and theirs / explained < GOAL_EXPLAINED:
            yield f"{name} explained: {theirs / explained:.1f}x, goal {GOAL_EXPLAINED:g}x"


def main() -> int:
    short = [line for name in RULES for line in report(name)]
    print("\n" + ("\n".join(["below the goal:", *short]) if short else "every goal is reached"))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
