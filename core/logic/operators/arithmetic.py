"""Arithmetic on IEEE doubles. What is not finite is undefined in a goal's rule."""

from __future__ import annotations

import math
import operator
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from jsonlogic.json_schema.types import BooleanType, JSONSchemaType, NumberType

from citygoals.core.logic.nodes import Closure, Operator
from citygoals.core.logic.rows import Numeric, Rows

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.core.logic.checking import Types
    from citygoals.core.logic.columns import Columns

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
    unary: ClassVar[Callable[[float], float] | None] = None
    """What a single argument becomes, where that is not `function` of it."""
    passes_on: ClassVar[int | None] = None
    """How many of the first arguments make the result not finite where they are not; None: all."""

    def operands(self, c: Rows) -> Sequence[Numeric]:
        """The closures of the arguments as numbers."""
        return tuple(c.number(argument) for argument in self.arguments)

    def row(self, c: Rows) -> Closure:
        function, unary = type(self).function, type(self).unary
        if unary is not None and len(self.arguments) == 1:
            function = unary
        return c.arithmetic(self, function, self.operands(c))

    def defined(self, c: Columns) -> Expr | None:
        if self.total:
            return c.all_defined(self.arguments)
        return c.every(self.inputs_defined(c), c.finite(self))

    def inputs_defined(self, c: Columns) -> Expr | None:
        seen = self.arguments[: self.passes_on]
        hidden = self.arguments[len(seen) :]
        return c.every(*map(c.inputs_defined, seen), c.all_defined(hidden))

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
    unary = operator.pos

    def row(self, c: Rows) -> Closure:
        return super().row(c) if self.arguments else lambda _: 0.0

    def column(self, c: Columns) -> Expr:
        return reduce(operator.add, c.numbers(self.arguments)) if self.arguments else c.double(0.0)


class Subtract(Arithmetic, name="-", arity=(1, 2)):
    """The difference of two numbers; of one, its negative."""

    function = operator.sub
    unary = operator.neg

    def column(self, c: Columns) -> Expr:
        numbers = c.numbers(self.arguments)
        return c.double(-1.0) * numbers[0] if len(numbers) == 1 else numbers[0] - numbers[1]


class Multiply(Accumulating, name="*", arity=(1, None)):
    """The product, from the left. A single argument stays as it is, as in json-logic-js."""

    numeric: ClassVar[bool] = False
    function = operator.mul

    def row(self, c: Rows) -> Closure:
        return super().row(c) if len(self.arguments) > 1 else c.row(self.arguments[0])

    def column(self, c: Columns) -> Expr:
        return reduce(operator.mul, c.numbers(self.arguments))


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
    """The quotient of two numbers.

    By columns the divisor is made as long as the dividend by adding zeros: Polars multiplies by
    the reciprocal of a divisor that is a single number, which is off by a bit (47 / 100).
    """

    function = quotient
    passes_on = 1
    uses = 2

    def column(self, c: Columns) -> Expr:
        dividend, divisor = c.numbers(self.arguments)
        return dividend / (divisor + dividend * c.double(0.0))


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


class Extreme(Arithmetic):
    """One of the arguments, the first or last by size."""

    unary = operator.pos
    passes_on = 0
    total = True


class Smallest(Extreme, name="min", arity=(1, None)):
    """The smallest of the arguments."""

    function = smaller

    def column(self, c: Columns) -> Expr:
        return c.least(c.numbers(self.arguments))


class Largest(Extreme, name="max", arity=(1, None)):
    """The largest of the arguments."""

    function = larger

    def column(self, c: Columns) -> Expr:
        return c.greatest(c.numbers(self.arguments))


class Absolute(Arithmetic, name="abs", arity=1):
    """The number without its sign."""

    function = abs
    total = True

    def column(self, c: Columns) -> Expr:
        return c.number(self.arguments[0]).abs()


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


class Rounding(Arithmetic):
    """A whole number. From 2**53 on a number is whole, and passes through: engines that round to
    integers overflow there.
    """

    total = True

    def column(self, c: Columns) -> Expr:
        number = c.number(self.arguments[0])
        return c.choose(number.abs() < c.double(WHOLE), self.rounded(c, number), number)

    @abstractmethod
    def rounded(self, c: Columns, number: Expr) -> Expr:
        """The column of whole numbers below 2**53."""


class Round(Rounding, name="round", arity=1):
    """The nearest whole number, halves up: floor(x), and one more from a half on."""

    function = half_up
    uses = 5

    def rounded(self, c: Columns, number: Expr) -> Expr:
        below = number.floor()
        return below + c.choose(number - below >= c.double(0.5), c.double(1.0), c.double(0.0))


class Ceiling(Rounding, name="ceil", arity=1):
    """The next whole number up."""

    function = ceiling
    uses = 3

    def rounded(self, c: Columns, number: Expr) -> Expr:  # noqa: ARG002
        return number.ceil()


class Floor(Rounding, name="floor", arity=1):
    """The next whole number down."""

    function = floor
    uses = 3

    def rounded(self, c: Columns, number: Expr) -> Expr:  # noqa: ARG002
        return number.floor()


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
    passes_on = 0

    def column(self, c: Columns) -> Expr:
        base, exponent = c.numbers(self.arguments)
        return base**exponent


class Between(Operator, name="between", arity=3, exact=True):
    """Whether low <= x <= high. Numbers only; either bound may be an expression."""

    boolean: ClassVar[bool] = True
    total: ClassVar[bool] = True
    uses: ClassVar[int] = 2

    def row(self, c: Rows) -> Closure:
        number, low, high = (c.number(argument) for argument in self.arguments)

        def between(data: object) -> bool:
            value, least, most = number(data), low(data), high(data)
            return least <= value <= most

        return between

    def column(self, c: Columns) -> Expr:
        number, low, high = c.numbers(self.arguments)
        return (low <= number) & (number <= high)

    def type_of(self, t: Types) -> JSONSchemaType:
        t.numbers(self)
        return BooleanType()
