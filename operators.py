"""What operators of plugins are written with: `from citygoals.operators import Operator, quotient`.

`Columns`, which narwhals comes with, is imported when it is first asked for: every command imports
the operators of all plugins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from citygoals.core.logic import (
    LimitExceeded,
    Literal,
    Node,
    NotColumnar,
    Obstacle,
    Operator,
    RuleFailure,
    Undefined,
    Unrepresentable,
    WrongOperand,
)
from citygoals.core.logic.checking import Types
from citygoals.core.logic.nodes import Closure, Facts, Fault
from citygoals.core.logic.operators.arithmetic import quotient
from citygoals.core.logic.rows import Rows

if TYPE_CHECKING:
    from citygoals.core.logic.columns import Columns

__all__ = [
    "Closure",
    "Columns",
    "Facts",
    "Fault",
    "LimitExceeded",
    "Literal",
    "Node",
    "NotColumnar",
    "Obstacle",
    "Operator",
    "Rows",
    "RuleFailure",
    "Types",
    "Undefined",
    "Unrepresentable",
    "WrongOperand",
    "quotient",
]


def __getattr__(name: str) -> Any:
    if name != "Columns":
        raise AttributeError(f"module 'citygoals.operators' has no attribute {name!r}")
    from citygoals.core.logic.columns import Columns

    return Columns
