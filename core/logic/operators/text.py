"""Text."""

from __future__ import annotations

import logging
import math
import reprlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from jsonlogic.json_schema.types import JSONSchemaType, StringType

from citygoals.core.logic.javascript import is_number
from citygoals.core.logic.nodes import Closure, Node, Operator
from citygoals.core.logic.operators.lists import whole_number
from citygoals.core.logic.rows import Rows

if TYPE_CHECKING:
    from citygoals.core.logic.checking import Types


def operators() -> Sequence[type[Operator]]:
    """The operators of this family."""
    return (Cat, Substr, Log)


class Cat(Operator, name="cat", arity=(0, None), rows_only="engines write numbers differently"):
    """All arguments as one text; null is nothing."""

    def row(self, c: Rows) -> Closure:
        arguments, budget, text = c.rows(self.arguments), c.meter(), c.coerce.text

        def cat(data: Any) -> str:
            values = [argument(data) for argument in arguments]
            parts = [text(value) for value in values if value is not None]
            budget.bytes(sum(map(len, parts)))
            return "".join(parts)

        return cat

    def type_of(self, t: Types) -> JSONSchemaType:
        t.types(self.arguments)
        return StringType()


class Substr(Operator, name="substr", arity=(2, 3), rows_only="positions may be computed"):
    """Part of a text: from a position on, so many characters; negatives count from the end.

    A negative length given as text leaves nothing, since JavaScript joins it to another text.
    """

    def row(self, c: Rows) -> Closure:
        source, start = c.row(self.arguments[0]), c.number(self.arguments[1])
        length = c.row(self.arguments[2]) if len(self.arguments) > 2 else None
        budget, text, number = c.meter(), c.coerce.text, c.coerce.number

        def substr(data: Any) -> str:
            whole = text(source(data))
            first = whole_number(start(data))
            rest = whole[first if first >= 0 else max(len(whole) + first, 0) :]
            budget.bytes(len(rest))
            if length is None:
                return rest
            given = length(data)
            count = number(given)
            if count < 0:
                count = len(rest) + count if is_number(given) else math.nan
            return rest[: max(whole_number(count), 0)]

        return substr

    def type_of(self, t: Types) -> JSONSchemaType:
        t.types(self.arguments[:1])
        for position in self.arguments[1:]:
            t.operand(self, position, {"number"})
        return StringType()


class Log(Operator, name="log", arity=1, rows_only="a column has no moment to log at"):
    """The argument unchanged, written to the logger `citygoals.rules`."""

    fixed: ClassVar[bool] = False

    def row(self, c: Rows) -> Closure:
        argument, logger = c.row(self.arguments[0]), logging.getLogger("citygoals.rules")

        def log(data: Any) -> Any:
            value = argument(data)
            logger.info("%s: %s", self.pointer, reprlib.repr(value))
            return value

        return log

    def type_of(self, t: Types) -> JSONSchemaType:
        return t.type(self.arguments[0])

    def outcomes(self) -> Iterable[Node]:
        return self.arguments[0].outcomes()
