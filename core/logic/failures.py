"""What stops a rule while it runs. Faults of its text are findings, see the parser."""

from __future__ import annotations

from typing import Any, ClassVar

from citygoals.core.base.errors import CitygoalsError


class RuleFailure(CitygoalsError):  # noqa: N818
    """A rule that was parsed and cannot be run to an answer on this data."""

    code: ClassVar[str]


class Undefined(RuleFailure):
    """Arithmetic without a finite answer: 1/0, overflow, NaN, a root of a negative number."""

    code = "undefined"

    def __init__(self, pointer: str, operator: str, inputs: tuple[Any, ...]) -> None:
        self.pointer, self.operator, self.inputs = pointer, operator, inputs
        shown = ", ".join(map(repr, inputs))
        super().__init__(f"{pointer or '/'}: {operator} of ({shown}) is undefined")


class Unrepresentable(RuleFailure):
    """The answer is NaN or infinite, which JSON cannot hold."""

    code = "unrepresentable"

    def __init__(self, value: float) -> None:
        self.value = value
        super().__init__(f"the answer is {value}, which JSON cannot hold; guard the division")


class WrongOperand(RuleFailure):
    """An operator met a kind of value that it has no meaning for."""

    code = "operand"

    def __init__(self, pointer: str, operator: str, wanted: str, value: object) -> None:
        self.pointer, self.operator, self.value = pointer, operator, value
        kind = type(value).__name__
        super().__init__(f"{pointer or '/'}: {operator} needs {wanted}, not {kind}")


class LimitExceeded(RuleFailure):
    """A rule used up what it may spend while running."""

    code = "limit"

    def __init__(self, limit: str, figure: int) -> None:
        self.limit, self.figure = limit, figure
        super().__init__(f"the rule needs more than the limit of {figure:,} {limit} while running")
