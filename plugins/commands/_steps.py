"""The steps of a rule as lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citygoals.core.logic import Trace


def step_lines(trace: Trace, indent: int = 0) -> Iterator[str]:
    """A line for each step, outermost first, indented by its depth below `indent` columns."""
    yield f"{' ' * indent}{_step(trace)}"
    for child in trace.children:
        yield from step_lines(child, indent + 2)


def _step(step: Trace) -> str:
    if step.operator in ("literal", "var"):
        name = f"{step.inputs[0]} = " if step.operator == "var" and step.inputs else ""
        return f"{name}{_plain(step.result)}"
    taken = f" by {step.branch}" if step.branch else ""
    outcome = step.failure or _plain(step.result)
    return f"{step.operator} → {outcome}{taken}"


def _plain(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
