"""Operators with a row form or a columnar form that is a little wrong."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from citygoals.core.logic import Operator, standard_operators

OPERATORS: Mapping[str, Any] = {op.name: op for op in standard_operators().classes()}
Form = Callable[[Any, Any], Any]


def spoilt(value: Any) -> Any:
    """A value that is a little wrong: the next double, the last item gone, the other truth."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return math.nextafter(value, math.inf)
    if isinstance(value, list | str):
        return value[:-1] or type(value)("?")
    return 0.0


def spoilt_row(cls: type[Operator]) -> Form:
    form = cls.row

    def row(self: Operator, c: Any) -> Any:
        closure = form(self, c)
        return lambda data: spoilt(closure(data))

    return row


def first_only(self: Operator, c: Any) -> Any:
    return c.value(self.arguments[0])


def last_only(self: Operator, c: Any) -> Any:
    return c.value(self.arguments[-1])


def last_test_only(self: Operator, c: Any) -> Any:
    return c.test(self.arguments[-1])


def folded(function: Callable[[Any, Any], Any], start: float) -> Form:
    """From the right, where the operator goes from the left."""
    return lambda self, c: reduce(function, reversed(c.numbers(self.arguments)), c.double(start))


def compared(function: Callable[[Any, Any], Any]) -> Form:
    """Another relation, or of the first two arguments only; tests for null stay as they are."""

    def column(self: Any, c: Any) -> Any:
        if getattr(self, "tested", lambda: None)() is not None:
            return super(type(self), self).column(c)
        return function(*[c.value(argument) for argument in self.arguments[:2]])

    return column


def binary(function: Callable[[Any, Any], Any]) -> Form:
    return lambda self, c: function(*c.numbers(self.arguments))


def strict(self: Operator, c: Any) -> Any:
    """As if every argument were always looked at."""
    return c.all_defined(self.arguments)


def careless(self: Operator, c: Any) -> None:
    """As if nothing were ever undefined."""


def kleene(self: Any, c: Any) -> Any:
    """As an engine's own logic has it: what is false decides, wherever it stands."""
    known = [(c.every(c.truth(True), c.defined(a)), c.test(a)) for a in self.arguments]
    decided = reduce(operator.or_, (defined & ~test for defined, test in known))
    return decided | reduce(operator.and_, (defined for defined, _ in known))


def half_even(self: Operator, c: Any) -> Any:
    return c.number(self.arguments[0]).round(0)


def one_above_floor(self: Operator, c: Any) -> Any:
    return c.number(self.arguments[0]).floor() + c.double(1.0)


def one_below_ceiling(self: Operator, c: Any) -> Any:
    return c.number(self.arguments[0]).ceil() - c.double(1.0)


def open_between(self: Operator, c: Any) -> Any:
    low, number, high = c.numbers(self.arguments)
    return (low < number) & (number <= high)


def last_branches_swapped(self: Any, c: Any) -> Any:
    first, *_, last = (c.value(result) for result in self._results())
    return c.choose(c.test(self.arguments[0]), last, first)


def unlike(self: Operator, c: Any) -> Any:
    return ~c.test(self.arguments[0])


def nan_is_there(self: Any, c: Any) -> Any:
    return ~c.variable(self.single_key()).is_null()


def all_missing(self: Any, c: Any) -> Any:
    return reduce(operator.and_, [~c.filled(name) for name in self.names()], c.truth(True))


def one_more_is_enough(self: Any, c: Any) -> Any:
    found = [c.count(c.filled(name)) for name in self.names()]
    return ~(reduce(operator.add, found, c.double(0.0)) > c.number(self.arguments[0]))


def without_last_item(self: Any, c: Any) -> Any:
    return c.value(self.arguments[0]).is_in([*self._items()[:-1], 0.125])


def without_default(self: Any, c: Any) -> Any:
    return c.variable(self.variable())


def other_field(self: Any, c: Any) -> Any:
    return c.variable(f"indicators.{self.indicator}.baseline")


def other_variable(self: Any, c: Any) -> Any:
    return c.variable("target" if self.variable() == "value" else self.variable())


COLUMNS: Mapping[str, Mapping[str, tuple[str, Form]]] = {
    "+": {"from the right": ("column", folded(operator.add, 0.0))},
    "*": {"from the right": ("column", folded(operator.mul, 1.0))},
    "-": {"the first argument": ("column", first_only)},
    "/": {
        "by the reciprocal": ("column", binary(lambda a, b: a * (b**-1.0))),
        "by a bare divisor": ("column", binary(operator.truediv)),
        "always defined": ("defined", strict),
    },
    "min": {"largest": ("column", lambda self, c: c.greatest(c.numbers(self.arguments)))},
    "max": {"smallest": ("column", lambda self, c: c.least(c.numbers(self.arguments)))},
    "abs": {"as it is": ("column", first_only)},
    "round": {"halves to even": ("column", half_even)},
    "ceil": {"floor + 1": ("column", one_above_floor)},
    "floor": {"ceil - 1": ("column", one_below_ceiling)},
    "pow": {
        "of the absolute": ("column", binary(lambda a, b: a.abs() ** b)),
        "always defined": ("defined", strict),
    },
    "between": {"open below": ("column", open_between)},
    "<": {"<=": ("column", compared(operator.le))},
    "<=": {"<": ("column", compared(operator.lt))},
    ">": {">=": ("column", compared(operator.ge))},
    ">=": {">": ("column", compared(operator.gt))},
    "==": {
        "two arguments only": ("column", compared(operator.eq)),
        "careless": ("defined", careless),
    },
    "===": {
        "two arguments only": ("column", compared(operator.eq)),
        "careless": ("defined", careless),
    },
    "!=": {
        "equal": ("column", compared(operator.eq)),
        "careless": ("defined", careless),
    },
    "!==": {
        "equal": ("column", compared(operator.eq)),
        "careless": ("defined", careless),
    },
    "if": {
        "last branches swapped": ("column", last_branches_swapped),
        "not lazy": ("defined", strict),
        "careless": ("defined", careless),
    },
    "?:": {
        "last branches swapped": ("column", last_branches_swapped),
        "not lazy": ("defined", strict),
    },
    "and": {
        "last only": ("column", last_test_only),
        "not lazy": ("defined", strict),
        "three-valued": ("defined", kleene),
    },
    "or": {
        "last only": ("column", last_test_only),
        "not lazy": ("defined", strict),
        "careless": ("defined", careless),
    },
    "!": {"not negated": ("column", lambda self, c: c.test(self.arguments[0]))},
    "!!": {"negated": ("column", unlike)},
    "??": {"last only": ("column", last_only), "not lazy": ("defined", strict)},
    "var": {"without default": ("column", without_default), "not lazy": ("defined", strict)},
    "val": {"target for value": ("column", other_variable)},
    "exists": {"NaN is there": ("column", nan_is_there)},
    "missing": {"all of them": ("column", all_missing)},
    "missing_some": {"one more": ("column", one_more_is_enough)},
    "indicator": {"the baseline": ("column", other_field)},
    "in": {"without the last item": ("column", without_last_item)},
}


def broken_operators() -> Mapping[str, tuple[str, str, Form]]:
    """Every mutant by name: the operator, the form that is replaced, and by what."""
    columnar = {name for name, cls in OPERATORS.items() if hasattr(cls, "column")}
    assert set(COLUMNS) == columnar, "every columnar operator has a mutant"
    rows = {f"{name} row": (name, "row", spoilt_row(cls)) for name, cls in OPERATORS.items()}
    columns = {
        f"{name} {form}: {what}": (name, form, function)
        for name, broken in COLUMNS.items()
        for what, (form, function) in broken.items()
    }
    return {**rows, **columns}


def break_operator(mutant: str) -> None:
    """Put the mutant in place."""
    name, form, function = broken_operators()[mutant]
    setattr(OPERATORS[name], form, function)
