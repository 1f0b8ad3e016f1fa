"""Decides many records of one rule at once, by columns: what runs of engines are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from citygoals.core.base.model import Reason
from citygoals.core.logic import Decision, NamedRule
from citygoals.core.logic.engines.names import DEFAULT, Compute, computing
from citygoals.core.logic.javascript import double

Given = Mapping[str, Any]
"""The variables of a rule: numbers; null, not finite and absent are one thing."""


def decide_batch(
    rule: NamedRule, given: Sequence[Given], engine: str = DEFAULT
) -> Sequence[Decision]:
    """What `rule.decide` says of each; by rows where the rule has no columnar form.

    Raises UnknownName and EngineUnavailable.
    """
    compute = computing(engine)
    if compute is None or not rule.columnar or not given:
        return [rule.decide(record) for record in given]
    return _by_columns(rule, given, compute)


def _by_columns(rule: NamedRule, given: Sequence[Given], compute: Compute) -> Sequence[Decision]:
    """Rows without an answer are decided once more by rows, which tells why."""
    compiled = rule.compiled
    names = compiled.names or ["value"]
    cells = {
        name: np.array([_cell(record, name) for record in given], np.float64) for name in names
    }
    answers = compute(cells, compiled.expression).to_list()
    by_status = [Decision(status=word, reason=Reason("rule")) for word in rule.statuses]
    return [
        rule.decide(record)
        if answer is None
        else by_status[answer]
        if by_status
        else Decision(number=answer, reason=Reason("rule"))
        for record, answer in zip(given, answers, strict=True)
    ]


def _cell(given: Given, name: str) -> float | None:
    value: Any = given
    for key in name.split("."):
        value = None if value is None else value.get(key)
    return None if value is None else double(value)
