"""The operator `clamp`: a number kept within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jsonlogic.json_schema.types import JSONSchemaType, NumberType

from citygoals.operators import Operator

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.operators import Closure, Columns, Rows, Types


class Clamp(Operator, name="clamp", arity=3, exact=True):
    """The number, or the bound that it lies beyond: `[x, low, high]`. Of crossed bounds, `high`."""

    numeric: ClassVar[bool] = True
    total: ClassVar[bool] = True

    def row(self, c: Rows) -> Closure:
        number, low, high = (c.number(argument) for argument in self.arguments)

        def clamp(data: object) -> float:
            value, least, most = number(data), low(data), high(data)
            raised = least if least > value else value
            return most if most < raised else raised

        return clamp

    def column(self, c: Columns) -> Expr:
        number, low, high = c.numbers(self.arguments)
        return c.least([c.greatest([number, low]), high])

    def type_of(self, t: Types) -> JSONSchemaType:
        t.numbers(self)
        return NumberType()
