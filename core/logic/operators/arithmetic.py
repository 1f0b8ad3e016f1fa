"""Arithmetic on IEEE doubles. What is not finite is undefined in a goal's rule."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from jsonlogic.json_schema.types import BooleanType, JSONSchemaType, NumberType

from citygoals.core.logic.nodes import Closure, Operator
from citygoals.core.logic.rows import Numeric, Rows

if TYPE_CHECKING:
    from citygoals.core.logic.checking import Types

WHOLE = 2.0**53
"""From here on every double is whole: rounding passes it through, infinities too."""


def operators() -> Sequence[type[Operator]]:
    """The operators of this family."""
    return (
        Add, Subtract, Multiply, Divide, Remainder, Smallest, Largest,
        Absolute, Round, Ceiling, Floor, Power, Between,
    )  # fmt: skip


class Arithmetic(Operator):
    """Numbers in, a number out; operands convert as by JavaScript's Number()."""

    numeric: ClassVar[bool] = True
    function: ClassVar[Callable[..., float]]

    def operands(self, c: Rows) -> Sequence[Numeric]:
        """The closures of the arguments as numbers."""
        return tuple(c.number(argument) for argument in self.arguments)

    def row(self, c: Rows) -> Closure:
        return c.arithmetic(self, type(self).function, self.operands(c))

    def type_of(self, t: Types) -> JSONSchemaType:
        t.numbers(self)
        return NumberType()


class Accumulating(Arithmetic):
    """`+` and `*` read their operands as parseFloat does: "3 km" is 3, null is NaN."""

    def operands(self, c: Rows) -> Sequence[Numeric]:
        return tuple(c.parsed(argument) for argument in self.arguments)


class Add(Accumulating, name="+", arity=(0, None)):
    """The sum, from the left; of nothing 0. With one argument it turns text into a number."""

    function = operator.add

    def row(self, c: Rows) -> Closure:
        if not self.arguments:
            return lambda _: 0.0
        if len(self.arguments) == 1:
            return c.arithmetic(self, operator.pos, self.operands(c))
        return super().row(c)


class Subtract(Arithmetic, name="-", arity=(1, 2)):
    """The difference of two numbers; of one, its negative."""

    function = operator.sub

    def row(self, c: Rows) -> Closure:
        if len(self.arguments) == 1:
            return c.arithmetic(self, operator.neg, self.operands(c))
        return super().row(c)


class Multiply(Accumulating, name="*", arity=(1, None)):
    """The product, from the left. A single argument stays as it is, as in json-logic-js."""

    numeric: ClassVar[bool] = False
    function = operator.mul

    def row(self, c: Rows) -> Closure:
        return super().row(c) if len(self.arguments) > 1 else c.row(self.arguments[0])


def quotient(left: float, right: float) -> float:
    """IEEE division: 1/0 is infinite, 0/0 is NaN."""
    try:
        return left / right
    except ZeroDivisionError:
        return (
            math.nan
            if left == 0 or left != left
            else math.copysign(math.inf, left) * (math.copysign(1.0, right))
        )


class Divide(Arithmetic, name="/", arity=2):
    """The quotient of two numbers."""

    function = quotient


def remainder(left: float, right: float) -> float:
    """IEEE remainder with the sign of the dividend: -7 % 3 is -1."""
    try:
        return math.fmod(left, right)
    except ValueError:
        return math.nan


class Remainder(
    Arithmetic, name="%", arity=2, rows_only="engines differ on the remainder of floats"
):
    """The remainder of a division, with the sign of the dividend."""

    function = remainder


def smaller(left: float, right: float) -> float:
    """The smaller number; NaN when one is NaN."""
    return left if left < right or left != left else right


def larger(left: float, right: float) -> float:
    """The larger number; NaN when one is NaN."""
    return left if left > right or left != left else right


class Smallest(Arithmetic, name="min", arity=(1, None)):
    """The smallest of the arguments."""

    function = smaller

    def row(self, c: Rows) -> Closure:
        unary = len(self.arguments) == 1
        return c.arithmetic(self, operator.pos if unary else smaller, self.operands(c))


class Largest(Arithmetic, name="max", arity=(1, None)):
    """The largest of the arguments."""

    function = larger

    def row(self, c: Rows) -> Closure:
        unary = len(self.arguments) == 1
        return c.arithmetic(self, operator.pos if unary else larger, self.operands(c))


class Absolute(Arithmetic, name="abs", arity=1):
    """The number without its sign."""

    function = abs


def floor(number: float) -> float:
    """The next whole number down, of the same sign also for zero; beyond 2**53 the number."""
    return math.copysign(math.floor(number), number) if abs(number) < WHOLE else number


def ceiling(number: float) -> float:
    """The next whole number up, of the same sign also for zero; beyond 2**53 the number."""
    return math.copysign(math.ceil(number), number) if abs(number) < WHOLE else number


def half_up(number: float) -> float:
    """The nearest whole number, halves up: 2.5 gives 3, -2.5 gives -2."""
    below = floor(number)
    return below + (1.0 if number - below >= 0.5 else 0.0)


class Round(Arithmetic, name="round", arity=1):
    """The nearest whole number, halves up: floor(x), and one more from a half on."""

    function = half_up


class Ceiling(Arithmetic, name="ceil", arity=1):
    """The next whole number up."""

    function = ceiling


class Floor(Arithmetic, name="floor", arity=1):
    """The next whole number down."""

    function = floor


def power(base: float, exponent: float) -> float:
    """JavaScript's **: NaN for a root of a negative number and for 1 to the infinite."""
    if abs(base) == 1.0 and math.isinf(exponent):
        return math.nan
    try:
        return math.pow(base, exponent) if exponent == exponent else math.nan
    except OverflowError:
        odd = exponent % 2.0 == 1.0
        return -math.inf if base < 0 and odd else math.inf
    except ValueError:
        return _power_of_zero(base, exponent) if base == 0 else math.nan


def _power_of_zero(base: float, exponent: float) -> float:
    odd = exponent % 2.0 == 1.0
    return math.copysign(math.inf, base) if odd else math.inf


class Power(Arithmetic, name="pow", arity=2, exact=False):
    """The first number to the power of the second. Inexact: engines call their own C library."""

    function = power


class Between(Operator, name="between", arity=3, exact=True):
    """Whether low <= x <= high. Numbers only; either bound may be an expression."""

    boolean: ClassVar[bool] = True

    def row(self, c: Rows) -> Closure:
        number, low, high = (c.number(argument) for argument in self.arguments)

        def between(data: object) -> bool:
            value, least, most = number(data), low(data), high(data)
            return least <= value <= most

        return between

    def type_of(self, t: Types) -> JSONSchemaType:
        t.numbers(self)
        return BooleanType()
