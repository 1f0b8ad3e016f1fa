"""Decides many areas and goals at once: one expression over all that share a rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from citygoals.core.base.model import Reason
from citygoals.core.logic import Decision, NamedRule
from citygoals.core.logic.engines.names import DEFAULT, Engine, engine_named
from citygoals.core.logic.javascript import double

Given = Mapping[str, Any]
"""The variables of a rule: numbers; null, not finite and absent are one thing."""


def decide_each(
    asked: Sequence[tuple[NamedRule, Given]], engine: str = DEFAULT
) -> Sequence[Decision]:
    """The decisions in the order asked, those that share a rule made together."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, (rule, _) in enumerate(asked):
        places[id(rule)].append(place)
    decisions: dict[int, Decision] = {}
    for group in places.values():
        rule = asked[group[0]][0]
        decided = decide_batch(rule, [asked[place][1] for place in group], engine)
        decisions.update(zip(group, decided, strict=True))
    return [decisions[place] for place in range(len(asked))]


def decide_batch(
    rule: NamedRule, given: Sequence[Given], engine: str = DEFAULT
) -> Sequence[Decision]:
    """What `rule.decide` says of each; by rows where the rule has no columnar form.

    Raises UnknownName and EngineUnavailable.
    """
    compute = engine_named(engine)
    if compute is None or not rule.columnar or not given:
        return [rule.decide(one) for one in given]
    return _by_columns(rule, given, compute)


def _by_columns(rule: NamedRule, given: Sequence[Given], compute: Engine) -> Sequence[Decision]:
    """Rows without an answer are decided once more by rows, which tells why."""
    compiled = rule.compiled
    cells = {name: [_cell(one, name) for one in given] for name in compiled.names}
    answers = compute(cells, compiled.expression)
    by_status = [Decision(status=word, reason=Reason("rule")) for word in rule.statuses]
    return [
        rule.decide(one)
        if answer is None
        else by_status[answer]
        if by_status
        else Decision(number=answer, reason=Reason("rule"))
        for one, answer in zip(given, answers, strict=True)
    ]


def _cell(given: Given, name: str) -> float | None:
    value: Any = given
    for key in name.split("."):
        value = None if value is None else value.get(key)
    return None if value is None else double(value)
