"""The tree: literals, lists that hold logic, and operators."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from jsonlogic import Operator as BaseOperator
from jsonlogic.json_schema.types import JSONSchemaType

if TYPE_CHECKING:
    from jsonlogic.evaluation import EvaluationContext
    from narwhals import Expr

    from citygoals.core.logic.checking import Types
    from citygoals.core.logic.columns import Columns
    from citygoals.core.logic.rows import Rows

Value = Any
"""JSON as Python has it; inside a running rule every number that was read is a float."""
Closure = Callable[[Any], Value]
"""What a node compiles to by rows: data in, value out."""


@dataclass(frozen=True, slots=True)
class Arity:
    """How many arguments an operator takes; `most` None is any number."""

    least: int
    most: int | None

    def allows(self, count: int) -> bool:
        """Whether `count` arguments are right."""
        return self.least <= count and (self.most is None or count <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least} argument{'s' * (self.least != 1)}"
        if self.least == self.most:
            return f"{self.least} argument{'s' * (self.least != 1)}"
        return f"{self.least} to {self.most} arguments"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names that are surely present when a node is truthy, and when it is falsy."""

    true: frozenset[str] = frozenset()
    false: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an operator's arguments beyond their number."""

    code: str
    message: str
    mend: str = ""


class Node(ABC):
    """One place of a rule, known by its JSON Pointer."""

    pointer: str
    arguments: Sequence[Node]
    boolean: ClassVar[bool] = False
    """Whether the row form gives true or false and nothing else."""
    numeric: ClassVar[bool] = False
    """Whether the row form gives a float and nothing else."""
    exact: ClassVar[bool] = True
    """Whether both forms give the same bits on every engine."""
    fixed: ClassVar[bool] = True
    """Whether the value follows from the arguments alone, and nothing else happens."""

    @abstractmethod
    def row(self, c: Rows) -> Closure:
        """The row form, made once; children are reached through the compiler only."""

    @abstractmethod
    def type_of(self, t: Types) -> JSONSchemaType:
        """The type of the result; what is wrong is reported to `t`."""

    def facts(self, t: Types) -> Facts:  # noqa: ARG002
        """What this node, as a condition, says about the presence of variables."""
        return Facts()

    def truth(self, t: Types) -> bool | None:  # noqa: ARG002
        """Whether this node is known to be truthy or falsy before any data is seen."""
        return None

    def faults(self) -> Iterable[Fault]:
        """What is wrong with the arguments beyond their number, found when the rule is parsed."""
        return ()

    def variable(self) -> str | None:
        """The dotted name of the variable that this node reads, where it stands in the rule."""
        return None

    def default(self) -> Node | None:
        """What this node gives in the place of a variable that is absent."""
        return None

    def bare_variable(self) -> str | None:
        """The name of the variable that this node reads, where it has no default."""
        return None if self.default() else self.variable()

    def outcomes(self) -> Iterable[Node]:
        """The nodes whose value may become this node's value unchanged."""
        return (self,)

    def branch(self, evaluated: Sequence[str]) -> str | None:  # noqa: ARG002
        """Of the children that ran, by pointer and in order, the one whose value was taken."""
        return None

    def walk(self) -> Iterator[Node]:
        """This node and all below it, outermost first."""
        todo: list[Node] = [self]
        while todo:
            node = todo.pop()
            yield node
            todo.extend(reversed(node.arguments))

    def reads(self) -> Iterator[Node]:
        """This node and those below that see the same data: bodies of loops are left out."""
        todo: list[Node] = [self]
        while todo:
            node = todo.pop()
            yield node
            todo.extend(reversed(node.outer_arguments()))

    def outer_arguments(self) -> Sequence[Node]:
        """The arguments that are evaluated on the same data as this node."""
        return self.arguments


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value that stands in the rule; its numbers are floats."""

    value: Value
    pointer: str = ""
    arguments: Sequence[Node] = ()

    def row(self, c: Rows) -> Closure:  # noqa: ARG002
        value = self.value
        return lambda _: value

    def column(self, c: Columns) -> Expr:
        """The columnar form."""
        return c.literal(self)

    def type_of(self, t: Types) -> JSONSchemaType:
        return t.of_value(self.value)


@dataclass(frozen=True, slots=True)
class Sequenced(Node):
    """A list with logic in it: the list of its items' values."""

    arguments: Sequence[Node]
    pointer: str = ""

    def row(self, c: Rows) -> Closure:
        items = tuple(c.row(item) for item in self.arguments)
        return lambda data: [item(data) for item in items]

    def type_of(self, t: Types) -> JSONSchemaType:
        return t.list_of(t.type(item) for item in self.arguments)


@dataclass(eq=False)
class Operator(BaseOperator, Node):
    """The base of every operator: `class Between(Operator, name="between", arity=3, exact=True)`.

    `arity` is a number or (least, most), most None for any number. `exact` says that both forms
    give the same bits on every engine. A subclass defines `row` and `type_of`.

    An operator with a columnar form also defines `column(self, c)`, an expression that is right
    where all arguments are defined; the compiler sees to the rest. One that does not always look
    at all its arguments also overrides `defined`. One without a columnar form does not define
    `column`, and says why in `rows_only`; where it depends on the arguments, `why_rows` is
    overridden.
    """

    arguments: Sequence[Node] = ()
    pointer: str = ""

    name: ClassVar[str]
    slug: ClassVar[str]
    """The operator's name in file names: its page of the docs, its table of cases."""
    arity: ClassVar[Arity]
    rows_only: ClassVar[str] = "no columnar form is known"
    total: ClassVar[bool] = False
    """Whether the columnar form has a value wherever its arguments have one."""
    uses: ClassVar[int] = 1
    """How often the columnar form writes out an argument; expressions have no names for parts."""
    truth_only: ClassVar[bool] = False
    """Whether the columnar form is the truth of the value, where that is not a boolean."""
    named_inputs: ClassVar[bool] = False
    """Whether literal arguments are names of data: they are no steps of their own in a trace."""

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        arity: int | tuple[int, int | None] | None = None,
        exact: bool = True,
        rows_only: str | None = None,
        **rest: Any,
    ) -> None:
        super().__init_subclass__(**rest)
        if rows_only is not None:
            cls.rows_only = rows_only
        if name is None:
            return
        least, most = arity if isinstance(arity, tuple) else (arity or 0, arity)
        cls.name, cls.arity, cls.exact = name, Arity(least, most), exact
        cls.slug = name.replace("_", "-") if name[0].isalpha() else _kebab(cls.__name__)

    @classmethod
    def from_expression(cls, operator: str, arguments: list[Any]) -> Self:
        """python-jsonlogic's way to make an operator; plain values become literals."""
        nodes = [item if isinstance(item, Node) else Literal(item) for item in arguments]
        return cls(operator, nodes)

    def evaluate(self, context: EvaluationContext) -> Value:
        """python-jsonlogic's way to run an operator: by rows, on the context's data."""
        from citygoals.core.logic.rows import compile_rows

        return compile_rows(self).run(context.data_stack.get(0)[0])

    def item_name(self) -> str | None:
        """As `bare_variable`, and empty where the node reads all of its data."""
        return self.bare_variable()

    def defined(self, c: Columns) -> Expr | None:
        """Where the columnar form has a value, None for everywhere; all arguments must have one.

        A value that was computed has to be finite too, and not null, unless the operator is total.
        """
        inputs = c.all_defined(self.arguments)
        return inputs if self.total else c.every(inputs, c.finite(self))

    def inputs_defined(self, c: Columns) -> Expr | None:
        """As `defined`, without what a test for a finite value of this node would find too."""
        return c.defined(self)

    def written_out(self) -> Iterable[Node]:
        """The nodes whose values `defined` writes out once more; it decides how large it gets."""
        return () if self.total else (self,)

    def why_rows(self) -> str | None:
        """Why this node runs by rows only, or None where it has a columnar form."""
        return None if hasattr(self, "column") else self.rows_only


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
