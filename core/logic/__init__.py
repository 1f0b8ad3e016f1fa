"""The rule language: JSONLogic with types, traces, limits, and a form by rows."""

from citygoals.core.base.model import Example, Reason
from citygoals.core.logic.checking import OBSERVED, Check
from citygoals.core.logic.failures import (
    LimitExceeded,
    RuleFailure,
    Undefined,
    Unrepresentable,
    WrongOperand,
)
from citygoals.core.logic.limits import Limits
from citygoals.core.logic.named import Decision, NamedRule, goal_needs, goal_variables
from citygoals.core.logic.nodes import Literal, Node, Operator
from citygoals.core.logic.obstacles import NotColumnar, Obstacle
from citygoals.core.logic.registry import OperatorRegistry, standard_operators
from citygoals.core.logic.rule import Rule
from citygoals.core.logic.tracing import Trace, TracedResult

__all__ = [
    "OBSERVED",
    "Check",
    "Decision",
    "Example",
    "LimitExceeded",
    "Limits",
    "Literal",
    "NamedRule",
    "Node",
    "NotColumnar",
    "Obstacle",
    "Operator",
    "OperatorRegistry",
    "Reason",
    "Rule",
    "RuleFailure",
    "Trace",
    "TracedResult",
    "Undefined",
    "Unrepresentable",
    "WrongOperand",
    "goal_needs",
    "goal_variables",
    "standard_operators",
]
