"""How large a rule is going to be by columns, where loops are rolled out over their items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from citygoals.core.logic.nodes import Node, Operator

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.core.logic.columns import Columns, Part

ACCUMULATOR = "accumulator"
"""What the body of a `reduce` calls the value so far."""
PARTS = 10_000
"""How many operations an expression may have: an engine takes 0.1 ms and more to plan each."""


@runtime_checkable
class Unrolled(Protocol):
    """A node with a columnar form over a list whose length is known."""

    def unrolled(self, c: Columns, items: Sequence[Expr]) -> Part:
        """The value over the columns of the items, all present, and where it is defined."""


def listed(node: Node) -> str | None:
    """The name of the list that a loop goes through."""
    source = node.arguments[0] if isinstance(node, Unrolled) and node.arguments else None
    return source.bare_variable() if isinstance(source, Operator) else None


@dataclass(frozen=True, slots=True)
class Size:
    """Of an expression: how deep, operations of the value, and where it is defined."""

    levels: int = 1
    value: int = 1
    defined: int = 0

    @property
    def parts(self) -> int:
        """All operations."""
        return self.value + self.defined


class Sizes:
    """How large expressions are going to be, before any is made."""

    def __init__(self, lists: Mapping[str, int] | None = None) -> None:
        self._lists = lists or {}
        self._found: dict[int, Size] = {}

    def of(self, node: Node) -> Size:
        """The size of a node's expressions."""
        if id(node) not in self._found:
            self._found[id(node)] = self._size(node) if isinstance(node, Operator) else Size()
        return self._found[id(node)]

    def uses(self, node: Operator) -> int:
        """How often an operator writes out its arguments."""
        return node.uses

    def _size(self, node: Operator) -> Size:
        count = self._lists.get(listed(node) or "", 0)
        return self._rolled_out(node, count) if count else self._once(node)

    def _rolled_out(self, node: Operator, count: int) -> Size:
        """Of a loop: its body is written for each item, around what the items before it gave."""
        once, value, defined = self._once(node), 0, 0
        again = max(1, self._written(node.arguments[min(1, len(node.arguments) - 1)], ACCUMULATOR))
        for _ in range(count):
            value = once.value + again * value
            defined += once.parts + again * value
            if value + defined > PARTS:
                break
        return Size(levels=once.levels * count, value=value, defined=defined)

    def _written(self, node: Node, name: str) -> int:
        """How often a variable is written out in a value."""
        if not isinstance(node, Operator) or node.item_name() == name:
            return int(isinstance(node, Operator))
        return self.uses(node) * sum(self._written(argument, name) for argument in node.arguments)

    def _once(self, node: Operator) -> Size:
        inner = [self.of(argument) for argument in node.arguments]
        value = 1 + self.uses(node) * sum(size.value for size in inner)
        out = sum(value if inner is node else self.of(inner).value for inner in node.written_out())
        return Size(
            levels=max(len(inner), 2) + max((size.levels for size in inner), default=0),
            value=value,
            defined=out + sum(size.defined for size in inner) + len(inner),
        )
