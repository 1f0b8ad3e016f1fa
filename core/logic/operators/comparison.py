"""Comparison: JavaScript's coercions in plain rules, one type on both sides in a goal's."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from jsonlogic.json_schema.types import BooleanType, JSONSchemaType

from citygoals.core.logic.javascript import strictly_equal
from citygoals.core.logic.nodes import Closure, Facts, Literal, Node, Operator, Value
from citygoals.core.logic.rows import Rows

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.core.logic.checking import Types
    from citygoals.core.logic.columns import Columns

Relation = Callable[[Any, Any], bool]
_NUMBERS = frozenset((int, float))


def operators() -> Sequence[type[Operator]]:
    """The operators of this family."""
    return (Equal, StrictlyEqual, Unequal, StrictlyUnequal, Less, AtMost, Greater, AtLeast)


class ComparisonOperator(Operator):
    """Neighbours are compared from left to right; all operands are evaluated first."""

    boolean: ClassVar[bool] = True
    total: ClassVar[bool] = True
    of_floats: ClassVar[Relation]
    """The relation where both sides are floats."""

    @abstractmethod
    def relation(self, c: Rows) -> Relation:
        """The relation of any two values."""

    def row(self, c: Rows) -> Closure:
        relation = self.relation(c)
        if len(self.arguments) > 2:
            return _chain(c.rows(self.arguments), relation)
        left, right = self.arguments
        pair = _pair(c.row(left), c.row(right), type(self).of_floats, relation)
        first, second = c.variable(left), c.variable(right)
        if first is None or second is None:
            return pair
        return _of_variables(first, second, type(self).of_floats, pair)

    @property
    def uses(self) -> int:  # type: ignore[override]
        """Between two neighbours an argument is written out twice."""
        return 1 if len(self.arguments) == 2 else 2

    def column(self, c: Columns) -> Expr:
        compare: Callable[[Expr, Expr], Expr] = type(self).of_floats  # type: ignore[assignment]
        return reduce(operator.and_, (compare(*pair) for pair in pairwise(self.values(c))))

    @abstractmethod
    def values(self, c: Columns) -> Sequence[Expr]:
        """The columns that are compared."""

    def type_of(self, t: Types) -> JSONSchemaType:
        t.comparable(self, ordered=True)
        return BooleanType()


def _pair(left: Closure, right: Closure, of_floats: Relation, relation: Relation) -> Closure:
    def compare(data: Any) -> bool:
        first = left(data)
        second = right(data)
        if type(first) is float and type(second) is float:
            return of_floats(first, second)
        return relation(first, second)

    return compare


def _of_variables(left: str, right: str, of_floats: Relation, general: Closure) -> Closure:
    def compare(data: Any) -> Value:
        try:
            first = data[left]
            second = data[right]
            if type(first) is float and type(second) is float:
                return of_floats(first, second)
            if type(first) in _NUMBERS and type(second) in _NUMBERS:
                return of_floats(float(first), float(second))
        except (KeyError, TypeError, OverflowError):
            return general(data)
        return general(data)

    return compare


def _chain(operands: Sequence[Closure], relation: Relation) -> Closure:
    def compare(data: Any) -> bool:
        values = [operand(data) for operand in operands]
        return all(relation(first, second) for first, second in pairwise(values))

    return compare


class Ordering(ComparisonOperator):
    """`<` and its kin: two texts by their UTF-16 units, anything else as numbers."""

    def relation(self, c: Rows) -> Relation:
        ordered, of_floats = c.coerce.ordered, type(self).of_floats
        return lambda left, right: ordered(left, right, of_floats)

    def values(self, c: Columns) -> Sequence[Expr]:
        if any(c.kind(argument) == "string" for argument in self.arguments):
            c.refuse(self, "engines order texts differently")
        return [c.value(argument) for argument in self.arguments]


class Less(Ordering, name="<", arity=(2, None)):
    """Whether each argument is less than the next."""

    of_floats = operator.lt


class AtMost(Ordering, name="<=", arity=(2, None)):
    """Whether each argument is at most the next."""

    of_floats = operator.le


class Greater(Ordering, name=">", arity=(2, None)):
    """Whether each argument is greater than the next."""

    of_floats = operator.gt


class AtLeast(Ordering, name=">=", arity=(2, None)):
    """Whether each argument is at least the next."""

    of_floats = operator.ge


class Equality(ComparisonOperator):
    """Equality of neighbours; against a literal null it is a test for presence."""

    equal_when: ClassVar[bool] = True

    def tested(self) -> Node | None:
        """The argument that is held against a literal null."""
        if len(self.arguments) != 2:
            return None
        left, right = self.arguments
        if isinstance(right, Literal) and right.value is None:
            return left
        return right if isinstance(left, Literal) and left.value is None else None

    def column(self, c: Columns) -> Expr:
        tested = self.tested()
        if tested is None:
            return super().column(c)
        name = _bare_variable(tested)
        if name is not None:
            return ~c.present(name) if self.equal_when else c.present(name)
        c.value(tested)
        return c.truth(not self.equal_when)

    def defined(self, c: Columns) -> Expr | None:
        tested = self.tested()
        if tested is None:
            return super().defined(c)
        return None if _bare_variable(tested) else c.defined(tested)

    def values(self, c: Columns) -> Sequence[Expr]:
        return [c.value(argument) for argument in self.arguments]

    def type_of(self, t: Types) -> JSONSchemaType:
        tested = self.tested()
        if tested is None:
            t.comparable(self, ordered=False)
        else:
            t.tested(tested)
        return BooleanType()

    def facts(self, t: Types) -> Facts:  # noqa: ARG002
        name = _bare_variable(self.tested())
        names = frozenset((name,) if name else ())
        return Facts(false=names) if self.equal_when else Facts(true=names)

    def truth(self, t: Types) -> bool | None:
        name = _bare_variable(self.tested())
        if name is None or not t.is_present(name):
            return None
        return not self.equal_when


def _bare_variable(node: Node | None) -> str | None:
    return None if node is None else node.bare_variable()


class Equal(Equality, name="==", arity=(2, None)):
    """Whether neighbours are equal after JavaScript's coercion: 1 == "1"."""

    of_floats = operator.eq

    def relation(self, c: Rows) -> Relation:
        return c.coerce.equal


class StrictlyEqual(Equality, name="===", arity=(2, None)):
    """Whether neighbours are of the same type and equal."""

    of_floats = operator.eq

    def relation(self, c: Rows) -> Relation:  # noqa: ARG002
        return strictly_equal


class Unequal(Equality, name="!=", arity=2):
    """Whether two arguments are not equal after JavaScript's coercion."""

    of_floats = operator.ne
    equal_when = False

    def relation(self, c: Rows) -> Relation:
        equal = c.coerce.equal
        return lambda left, right: not equal(left, right)


class StrictlyUnequal(Equality, name="!==", arity=2):
    """Whether two arguments differ in type or value."""

    of_floats = operator.ne
    equal_when = False

    def relation(self, c: Rows) -> Relation:  # noqa: ARG002
        return lambda left, right: not strictly_equal(left, right)
