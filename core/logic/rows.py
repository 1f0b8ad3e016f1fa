"""The compiler to closures: one per node, made once, then no dispatch while running."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import isfinite
from typing import Any

from citygoals.core.logic.failures import Undefined, Unrepresentable
from citygoals.core.logic.javascript import Coercion, double, truthy
from citygoals.core.logic.limits import Budget, Limits, weight
from citygoals.core.logic.nodes import Closure, Literal, Node, Operator, Value

Numeric = Callable[[Any], float]


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled rule."""

    root: Node
    closure: Closure
    rows: Rows

    def run(self, data: Any) -> Value:
        """The value on `data`, as it is inside a rule: numbers as floats, NaN possible."""
        if self.rows.metered:
            self.rows.budget.reset()
        return self.closure(data)

    def answer(self, data: Any) -> Value:
        """The value on `data` as JSON: whole numbers as integers, lists and objects copied."""
        value = self.run(data)
        kind = type(value)
        if kind is bool or kind is str or value is None:
            return value
        if isinstance(value, list | dict):
            self.rows.spend(value)
            return _copy(value)
        return _json_number(value)

    def answering(self) -> Closure:
        """`answer`, or the closure itself where it needs no budget and gives true or false."""
        return self.answer if self.rows.metered or not self.root.boolean else self.closure


def compile_rows(root: Node, limits: Limits | None = None, *, checked: bool = False) -> Program:
    """Compile a tree; `checked` makes arithmetic that is not finite raise Undefined."""
    rows = Rows(limits or Limits(), checked=checked)
    return Program(root, rows.row(root), rows)


class Rows:
    """What operators are given to compile their children with."""

    def __init__(self, limits: Limits, *, checked: bool) -> None:
        self.limits, self.checked = limits, checked
        self.budget = Budget(limits)
        self.metered = False
        self.coerce = Coercion(self.spend)

    def spend(self, value: Any) -> None:
        """Charge a list or object that is written out, where a loop can have multiplied it."""
        if self.metered:
            self.budget.bytes(weight(value))

    def meter(self) -> Budget:
        """The budget, for an operator that loops or builds; it begins anew with each run."""
        self.metered = True
        return self.budget

    def row(self, node: Node) -> Closure:
        """The closure of a child."""
        return node.row(self)

    def rows(self, nodes: Sequence[Node]) -> Sequence[Closure]:
        """The closures of several children."""
        return tuple(self.row(node) for node in nodes)

    def literal(self, node: Node) -> Literal | None:
        """The child itself where it is a literal that needs no closure."""
        return node if type(node) is Literal else None

    def variable(self, node: Node) -> str | None:
        """The name where the child only reads one variable of the data, without a path."""
        name = node.variable()
        return None if name is None or "." in name else name

    def number(self, node: Node) -> Numeric:
        """The closure of a child, its value converted as by JavaScript's Number()."""
        return self._converted(node, self.coerce.number)

    def parsed(self, node: Node) -> Numeric:
        """The closure of a child, its value converted as by JavaScript's parseFloat()."""
        return self._converted(node, self.coerce.parsed)

    def _converted(self, node: Node, convert: Callable[[Any], float]) -> Numeric:
        literal = self.literal(node)
        if literal is not None:
            return Constant(convert(literal.value))
        closure = self.row(node)
        if node.numeric:
            return closure
        name = self.variable(node)
        if name is not None:
            return Reader(name, closure, convert)

        def converted(data: Any) -> float:
            value = closure(data)
            return value if type(value) is float else convert(value)

        return converted

    def test(self, node: Node) -> Callable[[Any], bool]:
        """The closure of a child as a condition."""
        closure = self.row(node)
        if node.boolean:
            return closure
        return lambda data: truthy(closure(data))

    def arithmetic(
        self, node: Operator, function: Callable[..., float], operands: Sequence[Numeric]
    ) -> Numeric:
        """Apply `function` to one or two operands, or to any number of them from the left."""
        beyond = _refusal(node) if self.checked else _acceptance
        if len(operands) == 1:
            return _unary(function, operands[0], beyond)
        if len(operands) == 2:
            return _binary(function, operands[0], operands[1], beyond)
        return _fold(function, operands, beyond)


@dataclass(frozen=True, slots=True)
class Constant:
    """The closure of a number that stands in the rule."""

    value: float

    def __call__(self, _: Any) -> float:
        return self.value


@dataclass(frozen=True, slots=True)
class Reader:
    """The closure of a variable as a number; arithmetic reads `data[name]` itself, for speed."""

    name: str
    read: Closure
    convert: Callable[[Any], float]

    def __call__(self, data: Any) -> float:
        value = self.read(data)
        return value if type(value) is float else self.convert(value)


Beyond = Callable[..., float]
"""What becomes of a result that is not finite: given the result and the inputs."""


def _acceptance(result: float, *_: float) -> float:
    return result


def _refusal(node: Operator) -> Beyond:
    def refuse(_: float, *inputs: float) -> float:
        raise Undefined(node.pointer, node.operator, inputs)

    return refuse


def _unary(function: Callable[[float], float], operand: Numeric, beyond: Beyond) -> Numeric:
    def unary(data: Any) -> float:
        value = operand(data)
        result = function(value)
        return result if result - result == 0.0 else beyond(result, value)

    return unary


def _binary(
    function: Callable[[float, float], float], left: Numeric, right: Numeric, beyond: Beyond
) -> Numeric:
    if isinstance(left, Reader) and isinstance(right, Reader):
        return _of_variables(function, left, right, beyond)
    if isinstance(left, Constant) and isinstance(right, Reader):
        return _of_constant(function, left.value, right, beyond)

    def binary(data: Any) -> float:
        first = left(data)
        second = right(data)
        result = function(first, second)
        return result if result - result == 0.0 else beyond(result, first, second)

    return binary


def _of_variables(
    function: Callable[[float, float], float], left: Reader, right: Reader, beyond: Beyond
) -> Numeric:
    left_name, right_name = left.name, right.name

    def binary(data: Any) -> float:
        try:
            first = data[left_name]
            second = data[right_name]
        except (KeyError, TypeError):
            first, second = left(data), right(data)
        if type(first) is not float:
            first = left.convert(first)
        if type(second) is not float:
            second = right.convert(second)
        result = function(first, second)
        return result if result - result == 0.0 else beyond(result, first, second)

    return binary


def _of_constant(
    function: Callable[[float, float], float], first: float, right: Reader, beyond: Beyond
) -> Numeric:
    name, convert = right.name, right.convert

    def binary(data: Any) -> float:
        try:
            second = data[name]
        except (KeyError, TypeError):
            second = right(data)
        if type(second) is not float:
            second = convert(second)
        result = function(first, second)
        return result if result - result == 0.0 else beyond(result, first, second)

    return binary


def _fold(
    function: Callable[[float, float], float], operands: Sequence[Numeric], beyond: Beyond
) -> Numeric:
    def fold(data: Any) -> float:
        values = [operand(data) for operand in operands]
        result = reduce(function, values)
        return result if result - result == 0.0 else beyond(result, *values)

    return fold


def _json_number(value: float | int) -> float | int:
    number = double(value)
    if not isfinite(number):
        raise Unrepresentable(number)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _copy(value: Any) -> Any:
    """A copy without recursion: the data it came from may nest as deep as it likes."""
    root: list[Any] = [None]
    todo: list[tuple[Any, Any, Any]] = [(value, root, 0)]
    while todo:
        source, target, key = todo.pop()
        if isinstance(source, list):
            target[key] = [None] * len(source)
            todo.extend((item, target[key], index) for index, item in enumerate(source))
        elif isinstance(source, dict):
            target[key] = dict.fromkeys(source)
            todo.extend((item, target[key], name) for name, item in source.items())
        elif isinstance(source, int | float) and not isinstance(source, bool):
            target[key] = _json_number(source)
        else:
            target[key] = source
    return root[0]
