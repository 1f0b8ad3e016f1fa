"""Lists: loops over them, and making new ones. By columns only over lists of known lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from jsonlogic.json_schema.types import ArrayType, BooleanType, JSONSchemaType, NumberType

from citygoals.core.logic.failures import WrongOperand
from citygoals.core.logic.javascript import double, is_number, strictly_equal, units
from citygoals.core.logic.kinds import element, families, union
from citygoals.core.logic.nodes import Closure, Literal, Node, Operator
from citygoals.core.logic.rows import Rows
from citygoals.core.logic.sizes import ACCUMULATOR

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.core.logic.checking import Types
    from citygoals.core.logic.columns import Columns
    from citygoals.core.logic.sizes import Part

ROWS_ONLY = "lists have no column"


def operators() -> Sequence[type[Operator]]:
    """The operators of this family."""
    return (Map, Filter, Reduce, All, Some, NoneOf, Merge, In, Length, Sort, Slice)


class Loop(Operator, rows_only=ROWS_ONLY):
    """A list, and a body that sees each item as its data. What is no list counts as empty."""

    def outer_arguments(self) -> Sequence[Node]:
        return (self.arguments[0], *self.arguments[2:])

    def items(self, c: Rows) -> Callable[[Any], list[Any]]:
        """What gives the list, with the whole loop charged to the budget when it starts."""
        source, budget = c.row(self.arguments[0]), c.meter()
        cost = 1 + sum(1 for _ in self.arguments[1].walk())

        def items(data: Any) -> list[Any]:
            values = source(data)
            if not isinstance(values, list):
                return []
            budget.steps(cost * len(values))
            budget.items(len(values))
            return values

        return items

    def body_type(self, t: Types) -> JSONSchemaType:
        """The type of the body's value."""
        with t.inside(element(t.listed(self.arguments[0]))):
            return t.type(self.arguments[1])


class Map(Loop, name="map", arity=2):
    """The list of the body's values."""

    def row(self, c: Rows) -> Closure:
        items, body = self.items(c), c.row(self.arguments[1])
        return lambda data: [body(item) for item in items(data)]

    def type_of(self, t: Types) -> JSONSchemaType:
        return ArrayType(self.body_type(t))


class Filter(Loop, name="filter", arity=2):
    """The items for which the body is truthy."""

    def row(self, c: Rows) -> Closure:
        items, test = self.items(c), c.test(self.arguments[1])
        return lambda data: [item for item in items(data) if test(item)]

    def type_of(self, t: Types) -> JSONSchemaType:
        self.body_type(t)
        return ArrayType(element(t.again(self.arguments[0])))


class Reduce(Loop, name="reduce", arity=(2, 3)):
    """One value out of a list: the body sees `current` and the `accumulator` so far."""

    def row(self, c: Rows) -> Closure:
        items, body = self.items(c), c.row(self.arguments[1])
        start = c.row(self.arguments[2]) if len(self.arguments) > 2 else lambda _: None

        def reduce(data: Any) -> Any:
            accumulator = start(data)
            for item in items(data):
                accumulator = body({"current": item, ACCUMULATOR: accumulator})
            return accumulator

        return reduce

    def unrolled(self, c: Columns, items: Sequence[Expr]) -> Part:
        """The body for each item, around what the one before gave."""
        body = self.arguments[1]
        start = self.arguments[2] if len(self.arguments) > 2 else Literal(None)
        value, defined = c.value(start), [c.defined(start)]
        for item in items:
            inner = c.inside({"current": item, ACCUMULATOR: value})
            value = inner.value(body)
            defined.append(inner.defined(body))
        return value, c.every(*defined)

    def type_of(self, t: Types) -> JSONSchemaType:
        current = element(t.listed(self.arguments[0]))
        rest = self.arguments[2:]
        start = t.type(rest[0]) if rest else t.of_value(None)
        accumulator = self._accumulator(t, current, start)
        with t.inside_reduce(current, accumulator):
            return union([start, t.type(self.arguments[1])])

    def _accumulator(
        self, t: Types, current: JSONSchemaType, start: JSONSchemaType
    ) -> JSONSchemaType:
        """The type of what the body sees: where it starts, or what the body gives.

        Inside the trial of another loop nothing is tried: nested loops would double the work.
        """
        if t.quiet:
            return start
        with t.quietly(), t.inside_reduce(current, start):
            return union([start, t.type(self.arguments[1])])


class Quantifier(Loop):
    """Whether the body holds for the items; it stops as soon as that is known."""

    boolean: ClassVar[bool] = True
    stops_at: ClassVar[bool]
    """The truth of a body that ends the loop."""
    stopped: ClassVar[bool]
    """The answer of a loop that stopped; one that ran out answers the opposite."""
    of_nothing: ClassVar[bool]

    def row(self, c: Rows) -> Closure:
        items, test = self.items(c), c.test(self.arguments[1])
        stops_at, stopped, of_nothing = self.stops_at, self.stopped, self.of_nothing

        def quantify(data: Any) -> bool:
            values = items(data)
            if not values:
                return of_nothing
            return stopped if any(test(item) is stops_at for item in values) else not stopped

        return quantify

    def unrolled(self, c: Columns, items: Sequence[Expr]) -> Part:
        """From the last item to the first: what comes after one that stops is not looked at."""
        value, defined = c.truth(not self.stopped), None
        for item in reversed(items):
            inner = c.inside({"": item})
            test = inner.test(self.arguments[1])
            stops = test if self.stops_at else ~test
            value = stops | value if self.stopped else ~stops & value
            rest = None if defined is None else stops | defined
            defined = c.every(inner.defined(self.arguments[1]), rest)
        return value, defined

    def type_of(self, t: Types) -> JSONSchemaType:
        self.body_type(t)
        return BooleanType()


class All(Quantifier, name="all", arity=2):
    """Whether the body is truthy for every item; of an empty list false."""

    stops_at, stopped, of_nothing = False, False, False


class Some(Quantifier, name="some", arity=2):
    """Whether the body is truthy for one item at least."""

    stops_at, stopped, of_nothing = True, True, False


class NoneOf(Quantifier, name="none", arity=2):
    """Whether the body is truthy for no item."""

    stops_at, stopped, of_nothing = True, False, True


class Merge(Operator, name="merge", arity=(0, None), rows_only=ROWS_ONLY):
    """One list of all the arguments; lists among them give their items."""

    def row(self, c: Rows) -> Closure:
        arguments, budget = c.rows(self.arguments), c.meter()

        def merge(data: Any) -> list[Any]:
            merged: list[Any] = []
            for argument in arguments:
                value = argument(data)
                items = value if isinstance(value, list) else [value]
                budget.items(len(items))
                merged.extend(items)
            return merged

        return merge

    def type_of(self, t: Types) -> JSONSchemaType:
        kinds = [t.type(argument) for argument in self.arguments]
        return t.list_of(element(k) if isinstance(k, ArrayType) else k for k in kinds)


class In(Operator, name="in", arity=2, rows_only=ROWS_ONLY):
    """Whether a list holds a value (as ===), or a text holds a text. By columns: a literal list."""

    boolean: ClassVar[bool] = True
    total: ClassVar[bool] = True

    def row(self, c: Rows) -> Closure:
        needle = c.row(self.arguments[0])
        literal = c.literal(self.arguments[1])
        if literal is not None and isinstance(literal.value, list):
            return _in_literal(needle, literal.value)
        haystack, budget, text = c.row(self.arguments[1]), c.meter(), c.coerce.text

        def contains(data: Any) -> bool:
            sought, within = needle(data), haystack(data)
            if isinstance(within, list):
                budget.steps(len(within))
                if isinstance(sought, str):
                    return sought in within
                return any(strictly_equal(sought, item) for item in within)
            return isinstance(within, str) and within != "" and text(sought) in within

        return contains

    def column(self, c: Columns) -> Expr:
        needle, items = self.arguments[0], self._items()
        sought = c.value(needle)
        kind = {"number": float, "boolean": bool}.get(c.kind(needle), str)
        alike = [item for item in items or () if type(item) is kind]
        return sought.is_in(alike) if alike else c.truth(False)

    def why_rows(self) -> str | None:
        return "it looks into what is no literal list" if self._items() is None else None

    def _items(self) -> list[Any] | None:
        within = self.arguments[1]
        return within.value if isinstance(within, Literal) and type(within.value) is list else None

    def type_of(self, t: Types) -> JSONSchemaType:
        t.contained(self)
        return BooleanType()


def _in_literal(needle: Closure, items: list[Any]) -> Closure:
    texts = frozenset(item for item in items if isinstance(item, str))
    numbers = frozenset(item for item in items if isinstance(item, float))
    words = [item for item in items if item is None or isinstance(item, bool)]

    def contains(data: Any) -> bool:
        sought = needle(data)
        if isinstance(sought, str):
            return sought in texts
        if is_number(sought):
            return double(sought) in numbers
        return any(sought is word for word in words)

    return contains


class Length(Operator, name="length", arity=1, rows_only=ROWS_ONLY):
    """How many items a list has, or characters a text."""

    numeric: ClassVar[bool] = True

    def row(self, c: Rows) -> Closure:
        argument = c.row(self.arguments[0])

        def length(data: Any) -> float:
            value = argument(data)
            if not isinstance(value, list | str):
                raise WrongOperand(self.pointer, self.operator, "a list or a text", value)
            return float(len(value))

        return length

    def unrolled(self, c: Columns, items: Sequence[Expr]) -> Part:
        """How many columns there are."""
        return c.double(float(len(items))), None

    def type_of(self, t: Types) -> JSONSchemaType:
        t.operand(self, self.arguments[0], {"array", "string"})
        return NumberType()


class Sort(Operator, name="sort", arity=(1, 2), rows_only=ROWS_ONLY):
    """A list of numbers or of texts in ascending order; descending where `false` follows."""

    def row(self, c: Rows) -> Closure:
        listed, budget = c.row(self.arguments[0]), c.meter()
        ascending = c.test(self.arguments[1]) if len(self.arguments) > 1 else lambda _: True

        def ordered(data: Any) -> list[Any]:
            items = listed(data)
            key = _sort_key(items)
            if key is None:
                wanted = "a list of numbers or of texts"
                raise WrongOperand(self.pointer, self.operator, wanted, items)
            budget.steps(len(items))
            return sorted(items, key=key, reverse=not ascending(data))

        return ordered

    def type_of(self, t: Types) -> JSONSchemaType:
        kind = t.listed(self.arguments[0])
        t.types(self.arguments[1:])
        if len(families(element(kind))) > 1:
            t.mixed(self, [element(kind)])
        return kind


def _sort_key(items: Any) -> Callable[[Any], Any] | None:
    if not isinstance(items, list):
        return None
    if all(map(is_number, items)):
        return double
    return units if all(isinstance(item, str) for item in items) else None


class Slice(Operator, name="slice", arity=(1, 3), rows_only=ROWS_ONLY):
    """The part of a list or text from `start` to before `end`; negatives count from the end."""

    def row(self, c: Rows) -> Closure:
        whole, budget = c.row(self.arguments[0]), c.meter()
        start, end = (self._bound(c, index) for index in (1, 2))

        def part(data: Any) -> Any:
            value = whole(data)
            if not isinstance(value, list | str):
                raise WrongOperand(self.pointer, self.operator, "a list or a text", value)
            budget.items(len(value))
            return value[start(data) : end(data)]

        return part

    def _bound(self, c: Rows, index: int) -> Callable[[Any], int | None]:
        if len(self.arguments) <= index:
            return lambda _: None
        bound, number = c.row(self.arguments[index]), c.coerce.number

        def position(data: Any) -> int | None:
            value = bound(data)
            return None if value is None else whole_number(number(value))

        return position

    def type_of(self, t: Types) -> JSONSchemaType:
        kind = t.operand(self, self.arguments[0], {"array", "string"})
        for bound in self.arguments[1:]:
            t.operand(self, bound, {"number", "null"})
        return kind


def whole_number(number: float) -> int:
    """ToIntegerOrInfinity: towards zero, NaN is 0; the infinite ends at 2**53."""
    if number != number:
        return 0
    return int(max(min(number, 2.0**53), -(2.0**53)))
