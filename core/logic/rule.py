"""A rule: parsed once, compiled once, then run, explained or checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from jsonlogic.json_schema.types import JSONSchemaType, NumberType

from citygoals.core.base.errors import Place
from citygoals.core.logic.checking import OBSERVED, Check, Types
from citygoals.core.logic.kinds import Schema, of_schema
from citygoals.core.logic.limits import Limits
from citygoals.core.logic.nodes import Closure, Node, Value
from citygoals.core.logic.obstacles import NotColumnar, Obstacle
from citygoals.core.logic.parser import parse
from citygoals.core.logic.paths import is_indicator
from citygoals.core.logic.registry import OperatorRegistry, standard_operators
from citygoals.core.logic.rows import Program, compile_rows
from citygoals.core.logic.tracing import TracedResult, Tracing, explain

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.core.logic.columns import Compiled, RuleReading


@dataclass(frozen=True, eq=False)
class Rule:
    """JSONLogic as a tree. `Rule.parse(logic).apply(data)`."""

    root: Node
    limits: Limits = field(default_factory=Limits)
    at: Place = field(default_factory=Place)

    @classmethod
    def parse(
        cls,
        logic: Any,
        *,
        registry: OperatorRegistry | None = None,
        limits: Limits | None = None,
        at: Place | None = None,
    ) -> Self:
        """Parse JSON as Python has it; InvalidDocuments holds every fault, pointers below `at`."""
        limits, at = limits or Limits(), at or Place()
        return cls(parse(logic, registry or standard_operators(), limits, at), limits, at)

    def apply(self, data: Any) -> Value:
        """The answer on `data`, by JSONLogic with JavaScript's coercions.

        Raises RuleFailure: Unrepresentable where JSON cannot hold the answer (NaN, infinity),
        WrongOperand, or LimitExceeded.
        """
        return self._answer(data)

    def explain(self, data: Any) -> TracedResult:
        """The same answer with the tree of steps that led to it."""
        return explain(self._tracing, data)

    def __getstate__(self) -> Mapping[str, Any]:
        """What another process needs: what is compiled is compiled there again."""
        return {attribute.name: getattr(self, attribute.name) for attribute in fields(self)}

    def program(self, *, checked: bool = False, traced: bool = False) -> Program:
        """The rule by rows; `checked` arithmetic raises Undefined, `traced` notes its steps."""
        if traced:
            rows = Tracing(self.limits, checked=checked)
            return Program(self.root, rows.row(self.root), rows)
        return compile_rows(self.root, self.limits, checked=checked)

    @cached_property
    def _answer(self) -> Closure:
        return self.program().answering()

    @cached_property
    def _tracing(self) -> Program:
        return self.program(traced=True)

    def check(
        self,
        variables: Mapping[str, JSONSchemaType | Schema],
        needs: Iterable[str] | None = None,
        *,
        observed: Collection[str] = OBSERVED,
    ) -> Check:
        """The type of the answer and all diagnostics, by the terms of a goal's rule.

        `variables` gives each name its type or JSON Schema. Those in `needs` are present; without
        `needs` all are. `observed` names what may have no default.
        """
        named = {name: of_schema(kind) for name, kind in variables.items()}
        types = Types(named, named if needs is None else tuple(needs), observed, self.at)
        return Check(type=types.type(self.root), findings=types.findings)

    def to_expr(
        self,
        variables: Mapping[str, JSONSchemaType | Schema] | None = None,
        needs: Iterable[str] | None = None,
        *,
        observed: Collection[str] = OBSERVED,
        columns: Mapping[str, str] | None = None,
        statuses: Sequence[str] | None = None,
    ) -> Expr:
        """The rule as a narwhals expression over the columns of its variables.

        `variables`, `needs` and `observed` are as for `check`; without `variables` all that are
        read are numbers. `columns` names the column of a variable where that is not the
        variable's name. With `statuses` a status is its place in them, an Int16. Null is
        undefined, or a need that is absent. Raises NotColumnar.
        """
        reading = self.reading(variables, needs, observed=observed, columns=columns)
        return self.compiled(reading, statuses).expression

    def compiled(self, reading: RuleReading, statuses: Sequence[str] | None = None) -> Compiled:
        """The rule by columns, with the names that it reads. Raises NotColumnar."""
        from citygoals.core.logic.columns import compile_columns

        return compile_columns(self.root, reading, statuses, self.at)

    def reading(
        self,
        variables: Mapping[str, JSONSchemaType | Schema] | None = None,
        needs: Iterable[str] | None = None,
        *,
        observed: Collection[str] = OBSERVED,
        columns: Mapping[str, str] | None = None,
        lists: Mapping[str, int] | None = None,
    ) -> RuleReading:
        """What is known of the data, for the compiler to columns."""
        from citygoals.core.logic.columns import RuleReading

        kinds = dict.fromkeys(self.reads, NumberType()) if variables is None else variables
        return RuleReading(
            variables={name: of_schema(kind) for name, kind in kinds.items()},
            needs=tuple(dict.fromkeys(self._variables if needs is None else needs)),
            observed=observed,
            columns=columns or {},
            lists=lists or {},
        )

    def obstacles(
        self,
        variables: Mapping[str, JSONSchemaType | Schema] | None = None,
        needs: Iterable[str] | None = None,
        *,
        observed: Collection[str] = OBSERVED,
    ) -> Sequence[Obstacle]:
        """What keeps the rule from running by columns: where, which operator, and why."""
        try:
            self.to_expr(variables, needs, observed=observed)
        except NotColumnar as error:
            return error.obstacles
        return ()

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names of the variables that are read; a path counts as a whole."""
        return frozenset(name for name in self._variables if not is_indicator(name))

    @cached_property
    def indicators(self) -> frozenset[str]:
        """The ids of the other indicators that are read."""
        names = (name for name in self._variables if is_indicator(name))
        return frozenset(name.split(".")[1] for name in names)

    @cached_property
    def exact(self) -> bool:
        """Whether every engine gives the same bits."""
        return all(node.exact for node in self.root.walk())

    @cached_property
    def _variables(self) -> Sequence[str]:
        return tuple(filter(None, (node.variable() for node in self.root.reads())))
