"""Types and absence: what can be said about a rule before it sees data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jsonlogic.json_schema.types import (
    AnyType,
    ArrayType,
    JSONSchemaType,
    NullType,
    NumberType,
)

from citygoals.core.base.errors import Finding, Place, Severity, suggestion
from citygoals.core.logic import kinds
from citygoals.core.logic.failures import RuleFailure
from citygoals.core.logic.javascript import truthy
from citygoals.core.logic.kinds import ANY, families, union
from citygoals.core.logic.nodes import Facts, Literal, Node, Operator
from citygoals.core.logic.paths import is_indicator
from citygoals.core.logic.rows import compile_rows

OBSERVED = frozenset({"value", "previous", "baseline"})
"""What comes from observations, beside other indicators: no figure may be made up for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check found: the type of the rule's value, and every diagnostic."""

    type: JSONSchemaType
    findings: Sequence[Finding]

    @property
    def errors(self) -> Sequence[Finding]:
        """The findings for which a goal's rule is refused."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What `var` sees: named variables, all of it at once, and whether other names may be there."""

    variables: Mapping[str, JSONSchemaType]
    whole: JSONSchemaType | None = None
    root: bool = False

    @property
    def open(self) -> bool:
        """Whether nothing is known of the names."""
        return not self.root and isinstance(self.whole, AnyType)


class Types:
    """What operators are given to find their type, and to say what is wrong.

    Facts flow in written order: inside `assuming(names)` these variables are present.
    """

    def __init__(
        self,
        variables: Mapping[str, JSONSchemaType],
        present: Collection[str],
        observed: Collection[str],
        at: Place,
    ) -> None:
        self.findings: list[Finding] = []
        self.quiet = False
        self._found: dict[int, JSONSchemaType] = {}
        self._scope = _Scope(variables=variables, root=True)
        self._present = frozenset(present)
        self._observed, self._at = observed, at

    def report(
        self,
        code: str,
        node: Node,
        message: str,
        mend: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a finding at the node's place."""
        at = self._at.within(node.pointer)
        finding = Finding(code=code, message=message, at=at, mend=mend, severity=severity)
        if finding not in self.findings:
            self.findings.append(finding)

    def type(self, node: Node) -> JSONSchemaType:
        """The type of a child."""
        kind = self._found[id(node)] = node.type_of(self)
        return kind

    def types(self, nodes: Iterable[Node]) -> Sequence[JSONSchemaType]:
        """The types of several children."""
        return [self.type(node) for node in nodes]

    def again(self, node: Node) -> JSONSchemaType:
        """The type of a child that was looked at already, as it was found then."""
        return self._found[id(node)]

    def of_value(self, value: Any) -> JSONSchemaType:
        """The type of a literal."""
        return kinds.of_value(value)

    def list_of(self, items: Iterable[JSONSchemaType]) -> JSONSchemaType:
        """The type of a list of such items."""
        return ArrayType(union(items))

    # Variables

    def is_present(self, name: str) -> bool:
        """Whether the variable is known to be there, at this point of the rule."""
        return self._scope.root and name in self._present

    def known(self, node: Node, name: str) -> JSONSchemaType | None:
        """The variable's type; a name that nothing carries is reported."""
        scope = self._scope
        if name in scope.variables:
            return scope.variables[name]
        if scope.root and is_indicator(name):
            return NumberType()
        first = name.split(".")[0]
        if scope.open or isinstance(scope.variables.get(first), AnyType):
            return AnyType()
        where = "" if scope.root else " inside this loop, which sees one item at a time"
        near = suggestion(name, sorted(scope.variables)).removeprefix("; ")
        self.report("unknown-variable", node, f"no variable {name!r}{where}", near)
        return None

    def variable(self, node: Node, name: str) -> JSONSchemaType:
        """The type of a variable that is read; one that may be absent is reported."""
        kind = self.known(node, name)
        if kind is None:
            return AnyType()
        if not self._scope.root:
            return kind
        if not self.is_present(name):
            self.report("unguarded", node, f"{name!r} may be absent here", _guard(name))
        return kinds.without_null(kind) or NullType()

    def maybe(self, node: Node, name: str) -> JSONSchemaType:
        """The type of a variable where absence is provided for."""
        kind = self.known(node, name) or AnyType()
        present = self.is_present(name)
        return (kinds.without_null(kind) or kind) if present else union([kind, NullType()])

    def tested(self, node: Node) -> JSONSchemaType:
        """The type of what is tested for null: a variable may be absent there."""
        name = node.bare_variable()
        return self.type(node) if name is None else self.maybe(node, name)

    def whole(self, node: Node) -> JSONSchemaType:
        """The type of all the data: in a loop, of the item."""
        if self._scope.root:
            self.report("computed-name", node, "reads all variables at once", "name the variable")
        return self._scope.whole or AnyType()

    def computed_name(self, node: Operator) -> JSONSchemaType:
        """A name that is computed, so that nobody can tell what is read: reported."""
        self.types(node.arguments)
        if not self._scope.open:
            message = f"`{node.operator}` computes which variable it reads"
            self.report("computed-name", node, message, "write the variable's name as text")
        return AnyType()

    def refuse_made_up(self, node: Node) -> None:
        """Report a default for what comes from observations."""
        for reader in node.reads():
            name = reader.variable()
            if self._scope.root and name and self._is_observed(name):
                message = f"a default for {name!r} would be a made-up figure that decides"
                self.report("made-up", node, message, "guard it by `missing`, or need it")

    def _is_observed(self, name: str) -> bool:
        return name in self._observed or is_indicator(name)

    # Kinds of operands

    def operand(self, node: Node, argument: Node, wanted: Collection[str]) -> JSONSchemaType:
        """The type of an argument; one outside the wanted families is reported."""
        kind = self.type(argument)
        if families(kind) - set(wanted) - {ANY}:
            needed = " or ".join(sorted(wanted))
            where = f"`{node.operator}`" if isinstance(node, Operator) else "this"
            message = f"{where} takes {needed}, this is {_named(kind)}"
            self.report("operand-type", argument, message)
        return kind

    def numbers(self, node: Operator) -> None:
        """All arguments are numbers."""
        for argument in node.arguments:
            self.operand(node, argument, {"number"})

    def listed(self, argument: Node) -> JSONSchemaType:
        """The type of an argument that is a list."""
        return self.operand(argument, argument, {"array"})

    def comparable(self, node: Operator, *, ordered: bool) -> None:
        """All arguments are of one family; to be ordered they are numbers or texts."""
        kinds = list(self.types(node.arguments))
        wanted = {"number", "string"} if ordered else {"number", "string", "boolean"}
        seen = set().union(*map(families, kinds)) - {ANY}
        if len(seen) > 1 or seen - wanted:
            self.mixed(node, kinds)

    def contained(self, node: Operator) -> None:
        """The first argument may be in the second: an item of a list, or a text in a text."""
        needle, container = self.types(node.arguments)
        within = families(container)
        if within - {"array", "string", ANY}:
            message = f"`{node.operator}` looks into a list or a text, not {_named(container)}"
            self.report("operand-type", node.arguments[1], message)
            return
        items = kinds.element(container) if "array" in within else container
        if not {ANY} & (families(needle) | families(items)) and not families(needle) & families(
            items
        ):
            self.mixed(node, [needle, items])

    def mixed(self, node: Operator, kinds: Iterable[JSONSchemaType]) -> None:
        """Report that values of different kinds meet."""
        named = " with ".join(map(_named, kinds))
        self.report("mixed-types", node, f"`{node.operator}` compares {named}")

    # Flow

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What is assumed within ends with it."""
        before = self._present
        try:
            yield
        finally:
            self._present = before

    def assume(self, names: Iterable[str]) -> None:
        """From here on these variables are present."""
        self._present = self._present.union(names)

    @contextmanager
    def assuming(self, names: Iterable[str]) -> Iterator[None]:
        """Within, these variables are present."""
        with self.keeping():
            self.assume(names)
            yield

    @contextmanager
    def inside(self, item: JSONSchemaType) -> Iterator[None]:
        """Within, `var` sees an item of this type."""
        with self._scoped(_Scope(variables={}, whole=item)):
            yield

    @contextmanager
    def inside_reduce(self, current: JSONSchemaType, so_far: JSONSchemaType) -> Iterator[None]:
        """Within, `var` sees `current` and `accumulator`."""
        variables = {"current": current, "accumulator": so_far}
        with self._scoped(_Scope(variables=variables)):
            yield

    @contextmanager
    def _scoped(self, scope: _Scope) -> Iterator[None]:
        before = self._scope
        self._scope = scope
        try:
            yield
        finally:
            self._scope = before

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Within, nothing is reported."""
        before = self.findings, self.quiet
        self.findings, self.quiet = [], True
        try:
            yield
        finally:
            self.findings, self.quiet = before

    def condition(self, node: Node, depends: str) -> Facts:
        """Look at a condition: its type, its facts, and a warning where its truth is known."""
        self.type(node)
        truth = self.truth(node)
        if truth is not None:
            code = "always-true" if truth else "never-true"
            says = "always true" if truth else "never true"
            message = f"this condition is {says}, so {depends}"
            self.report(code, node, message, "leave it out", Severity.WARNING)
        return node.facts(self)

    def truth(self, node: Node) -> bool | None:
        """Whether a condition is truthy or falsy whatever the data; None where that depends."""
        if any(not inner.fixed for inner in node.walk()):
            return node.truth(self)
        if isinstance(node, Literal):
            return truthy(node.value)
        try:
            return truthy(compile_rows(node).run(None))
        except RuleFailure:
            return None


def _named(kind: JSONSchemaType) -> str:
    return " or ".join(sorted(families(kind)))


def _guard(name: str) -> str:
    return f'name it in `needs`, or guard it by {{"missing": ["{name}"]}}'
