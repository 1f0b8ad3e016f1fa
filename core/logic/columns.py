"""The compiler to columns: the same tree as one narwhals expression.

Each node has two expressions. `column` is its value where it is defined, and anything elsewhere;
`defined` says where that is. They meet at the root: there a row that is not defined is null. So no
operator has to think of null, conditions are not written out twice at every level, and what a
branch that is not taken gives cannot matter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import Any, Protocol, runtime_checkable

import narwhals as nw
from jsonlogic.json_schema.types import JSONSchemaType
from narwhals import Expr

from citygoals.core.base.errors import Place, Severity
from citygoals.core.logic.checking import Types
from citygoals.core.logic.kinds import families, family
from citygoals.core.logic.nodes import Literal, Node, Operator, Sequenced
from citygoals.core.logic.obstacles import NotColumnar, Obstacle
from citygoals.core.logic.paths import is_indicator
from citygoals.core.logic.sizes import PARTS, Sizes, Unrolled, listed

LEVELS = 200
"""How deep an expression may be: engines and narwhals walk it recursively."""
_SCALARS = frozenset(("number", "boolean", "string"))


@runtime_checkable
class HasColumn(Protocol):
    """A node with a columnar form."""

    def column(self, c: Columns) -> Expr:
        """The value where it is defined, and anything elsewhere."""


Part = tuple[Expr, Expr | None]
"""A value in columns and where it is defined, None for everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReading:
    """What is known of the data that a rule reads.

    `variables` have types; those in `needs` are present, or the rule is not asked; `observed` may
    have no default. `columns` names the column of a variable where that is not the variable's
    name; that of `{"indicator": "id"}` is `indicators.id.value`. `lists` has the lengths of lists
    that are known, at least 1; their items, all present, are the columns `<name>.<place>`.
    """

    variables: Mapping[str, JSONSchemaType]
    needs: Collection[str]
    observed: Collection[str]
    columns: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule as an expression, and the names of the variables whose columns it reads."""

    expression: Expr
    names: Sequence[str]


def compile_columns(
    root: Node, reading: RuleReading, statuses: Sequence[str] | None, at: Place
) -> Compiled:
    """The rule as an expression; null is undefined, or a need that is absent.

    With `statuses` a status word becomes its place in them, an Int16. Raises NotColumnar.
    """
    columns = _columns(root, reading, statuses, at)
    value = columns.root(root)
    if not columns.obstacles:
        columns.refuse_needs(root)
    if columns.obstacles:
        raise NotColumnar(columns.obstacles)
    test = columns.every(columns.needs(), columns.defined(root))
    expression = value if test is None else nw.when(test).then(value)
    return Compiled(expression, sorted(columns.names))


def needs_column(reading: RuleReading) -> Expr:
    """Where every need is present."""
    columns = Columns(reading, {}, frozenset(), None)
    needs = columns.needs()
    return columns.truth(True) if needs is None else needs


def _columns(
    root: Node, reading: RuleReading, statuses: Sequence[str] | None, at: Place
) -> Columns:
    kinds = Kinds(reading.variables, reading.needs, reading.observed, at)
    kinds.type(root)
    outcomes = frozenset(id(node) for node in root.outcomes())
    columns = Columns(reading, kinds.families, outcomes, statuses)
    errors = [finding for finding in kinds.findings if finding.severity is Severity.ERROR]
    by_pointer = {f"{at.pointer or ''}{node.pointer}": node for node in root.walk()}
    for error in errors:
        columns.refuse(by_pointer[error.at.pointer or ""], error.message)
    columns.refuse_size(root)
    if columns.obstacles:
        raise NotColumnar(columns.obstacles)
    return columns


class Kinds(Types):
    """A check that remembers of which families each node's value may be."""

    def __init__(self, *known: Any) -> None:
        super().__init__(*known)
        self.families: dict[int, set[str]] = {}

    def type(self, node: Node) -> JSONSchemaType:
        kind = super().type(node)
        self.families.setdefault(id(node), set()).update(families(kind))
        return kind


class Columns:
    """What operators are given to compile their children with.

    What cannot be compiled is noted as an obstacle, and the work goes on to find the others.
    """

    def __init__(
        self,
        reading: RuleReading,
        kinds: Mapping[int, Collection[str]],
        outcomes: Collection[int],
        statuses: Sequence[str] | None,
    ) -> None:
        self.obstacles: list[Obstacle] = []
        self.names: set[str] = set()
        self._reading, self._kinds, self._outcomes = reading, kinds, outcomes
        self._codes = None if statuses is None else {word: at for at, word in enumerate(statuses)}
        self._columns: dict[int, Expr] = {}
        self._defined: dict[int, Expr | None] = {}
        self._unrolled: dict[int, Part | None] = {}
        self._scope: Mapping[str, Expr] | None = None

    def inside(self, scope: Mapping[str, Expr]) -> Columns:
        """For the body of a loop, which sees these values by name and nothing else."""
        inner = Columns(self._reading, self._kinds, self._outcomes, None)
        inner.obstacles, inner.names, inner._codes = self.obstacles, self.names, self._codes
        inner._scope = scope
        return inner

    def refuse(self, node: Node, reason: str) -> None:
        """Note that this node has no columnar form here; of several reasons the first."""
        if all(obstacle.pointer != node.pointer for obstacle in self.obstacles):
            name = node.operator if isinstance(node, Operator) else "literal"
            name = "list" if isinstance(node, Sequenced) else name
            self.obstacles.append(Obstacle(node.pointer, name, reason))

    def refuse_size(self, root: Node) -> None:
        """Note what is too deep or too large for an engine to plan."""
        size = Sizes(self._reading.lists).of(root)
        for count, most, what in ((size.levels, LEVELS, "deep"), (size.parts, PARTS, "large")):
            if count > most:
                self.refuse(root, f"as an expression it is {count:,} {what}, at most {most:,} run")

    def refuse_needs(self, root: Node) -> None:
        """Note the needs that are lists: a row has no list to look at."""
        for name in self._flat_needs():
            kind = self._reading.variables.get(name)
            if kind is not None and family(kind) not in _SCALARS:
                self.refuse(root, f"it needs {name!r}, and lists have no column")

    # Expressions

    @staticmethod
    def double(value: float) -> Expr:
        """A double that stands in the rule."""
        return nw.lit(value, nw.Float64())

    @staticmethod
    def truth(value: bool) -> Expr:
        """A truth that stands in the rule."""
        return nw.lit(value, nw.Boolean())

    @staticmethod
    def choose(test: Expr, then: Expr, otherwise: Expr) -> Expr:
        """One column where the test is true, the other elsewhere."""
        return nw.when(test).then(then).otherwise(otherwise)

    @staticmethod
    def every(*tests: Expr | None) -> Expr | None:
        """Where all tests hold; None holds everywhere."""
        present = [test for test in tests if test is not None]
        return reduce(and_, present) if present else None

    @staticmethod
    def least(values: Sequence[Expr]) -> Expr:
        """The smallest of several columns; Spark takes two and more."""
        return nw.min_horizontal(*values) if len(values) > 1 else values[0]

    @staticmethod
    def greatest(values: Sequence[Expr]) -> Expr:
        """The largest of several columns; Spark takes two and more."""
        return nw.max_horizontal(*values) if len(values) > 1 else values[0]

    @classmethod
    def is_finite(cls, value: Expr) -> Expr:
        """Whether a double is finite: zero times anything else is NaN. Twice as fast as asking."""
        zero = cls.double(0.0)
        return value * zero == zero

    @staticmethod
    def count(test: Expr) -> Expr:
        """1 where the test is true, 0 elsewhere."""
        return nw.when(test).then(nw.lit(1.0)).otherwise(nw.lit(0.0))

    # Values

    def root(self, node: Node) -> Expr:
        """The value of the whole rule; a zero has no sign."""
        value = self.value(node)
        if self.kind(node) == "number":
            zero = self.double(0.0)
            return self.choose(value == zero, zero, value)
        if self.kind(node) == "string" and self._codes is not None:
            for outcome in node.outcomes():
                if not isinstance(outcome, Literal):
                    self.refuse(outcome, "a status is written as text, not computed")
        return value

    def value(self, node: Node) -> Expr:
        """The column of a child that is a number, a boolean or a text, and always the same."""
        column, kinds = self._column(node), set(self._kinds.get(id(node), ()))
        if len(kinds) != 1 or not kinds <= _SCALARS:
            self.refuse(node, f"its value may be {_named(kinds)}, a column is of one kind")
        elif kinds != {"boolean"} and isinstance(node, Operator) and node.truth_only:
            self.refuse(node, "only its truth has a column, not which operand it gives")
        return column

    def number(self, node: Node) -> Expr:
        """The column of a child that is a number."""
        value = self.value(node)
        if self.kind(node) != "number":
            self.refuse(node, f"its value is {self.kind(node)}, not a number")
        return value

    def numbers(self, nodes: Iterable[Node]) -> Sequence[Expr]:
        """The columns of several children that are numbers."""
        return [self.number(node) for node in nodes]

    def test(self, node: Node) -> Expr:
        """The column of a child as a condition."""
        if isinstance(node, Operator) and node.truth_only:
            return self._column(node)
        value = self.value(node)
        if self.kind(node) == "string":
            self.refuse(node, "a text as a condition")
        return value != self.double(0.0) if self.kind(node) == "number" else value

    def kind(self, node: Node) -> str:
        """number, boolean, string or another family, of a child that has one."""
        return next(iter(self._kinds.get(id(node), ("any",))))

    def literal(self, node: Literal) -> Expr:
        """The column of a literal: a double, a boolean, a text, or the number of a status."""
        value = node.value
        if isinstance(value, float):
            return self.double(value)
        if isinstance(value, str) and self._codes is not None and id(node) in self._outcomes:
            if value not in self._codes:
                self.refuse(node, f"{value!r} is none of the statuses")
            return nw.lit(self._codes.get(value, -1), nw.Int16())
        if not isinstance(value, bool | str):
            self.refuse(node, "null and lists have no column")
        return nw.lit(value if isinstance(value, bool | str) else None)

    def _column(self, node: Node) -> Expr:
        column = self._columns.get(id(node))
        if column is None:
            column = self._columns[id(node)] = self._compile(node)
        return column

    def _compile(self, node: Node) -> Expr:
        if self._scope is not None and isinstance(node, Operator) and node.named_inputs:
            return self._of_scope(node, self._scope)
        if (part := self._part(node)) is not None:
            return part[0]
        why = node.why_rows() if isinstance(node, Operator) else None
        if why is None and isinstance(node, HasColumn):
            return node.column(self)
        self.refuse(node, why or "lists have no column")
        return nw.lit(None)

    def _of_scope(self, node: Operator, scope: Mapping[str, Expr]) -> Expr:
        name = node.item_name()
        if name is None or name not in scope:
            self.refuse(node, "in a loop only its items have columns")
            return nw.lit(None)
        return scope[name]

    def _part(self, node: Node) -> Part | None:
        """What a loop over a list of known length gives; None for all other nodes."""
        if id(node) not in self._unrolled:
            items = self._items(node)
            part = node.unrolled(self, items) if items and isinstance(node, Unrolled) else None
            self._unrolled[id(node)] = part
        return self._unrolled[id(node)]

    def _items(self, node: Node) -> Sequence[Expr]:
        """The columns of the items that a node goes through, where their number is known."""
        name = listed(node) if self._scope is None else None
        count = self._reading.lists.get(name or "", 0)
        return [self.variable(f"{name}.{place}") for place in range(count)]

    # Variables

    def variable(self, name: str) -> Expr:
        """The column of a variable, its numbers as doubles."""
        self.names.add(name)
        column = nw.col(self._reading.columns.get(name, name))
        return column.cast(nw.Float64()) if self._is_number(name) else column

    def present(self, name: str) -> Expr:
        """Whether a variable is there; a number that is not finite is absent."""
        value = self.variable(name)
        there = ~value.is_null()
        return there & self.is_finite(value) if self._is_number(name) else there

    def filled(self, name: str) -> Expr:
        """Whether a variable is there and no empty text, as `missing` asks."""
        present = self.present(name)
        if self._is_number(name) or family(self._reading.variables[name]) != "string":
            return present
        return present & (self.variable(name) != nw.lit(""))

    def needs(self) -> Expr | None:
        """Whether every need is there."""
        return self.every(*(self.present(name) for name in self._flat_needs()))

    def _flat_needs(self) -> Sequence[str]:
        """The needs that may be absent: a list whose length is known is there."""
        return [name for name in self._reading.needs if name not in self._reading.lists]

    def _is_number(self, name: str) -> bool:
        kind = self._reading.variables.get(name)
        if kind is not None:
            return family(kind) == "number"
        return is_indicator(name) or name.partition(".")[0] in self._reading.lists

    # Where values are defined

    def defined(self, node: Node) -> Expr | None:
        """Where a child has a value; None for everywhere."""
        if id(node) not in self._defined:
            self._defined[id(node)] = self._where_defined(node)
        return self._defined[id(node)]

    def _where_defined(self, node: Node) -> Expr | None:
        if not isinstance(node, Operator) or (self._scope is not None and node.named_inputs):
            return None
        part = self._part(node)
        return node.defined(self) if part is None else part[1]

    def inputs_defined(self, node: Node) -> Expr | None:
        """As `defined`, without what a test for a finite value of the node would find too."""
        return node.inputs_defined(self) if isinstance(node, Operator) else None

    def all_defined(self, nodes: Iterable[Node]) -> Expr | None:
        """Where each of several children has a value."""
        return self.every(*(self.defined(node) for node in nodes))

    def finite(self, node: Operator) -> Expr:
        """Where the value that was computed is one: a finite number, or not null."""
        value = self._column(node)
        return self.is_finite(value) if self.kind(node) == "number" else ~value.is_null()


def _named(kinds: Iterable[str]) -> str:
    return " or ".join(sorted(kinds)) or "unknown"
