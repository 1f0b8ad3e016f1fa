"""A rule document: a rule with a name, its needs, its scale and its examples."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from jsonlogic.json_schema.types import ArrayType, IntegerType, JSONSchemaType, NumberType

from citygoals.core.base.errors import Finding, InvalidDocuments, Place, Severity, suggestion
from citygoals.core.base.model import NO_DATA, Example, Reason, is_decided
from citygoals.core.logic.failures import LimitExceeded, RuleFailure, Undefined
from citygoals.core.logic.kinds import families
from citygoals.core.logic.limits import Limits
from citygoals.core.logic.nodes import Literal, Operator
from citygoals.core.logic.obstacles import NotColumnar, Obstacle
from citygoals.core.logic.paths import ABSENT, descend, is_indicator
from citygoals.core.logic.registry import OperatorRegistry
from citygoals.core.logic.rows import Program
from citygoals.core.logic.rule import Rule
from citygoals.core.logic.tracing import Trace, explain, failed

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.core.logic.columns import Compiled

NEEDED_WHEN_READ = ("direction", "year", "target", "target_year", "count", "expected")
TOLERANCE = 1e-12
"""How far, relatively, an example's number may be off where a rule uses an inexact operator."""


_LARGEST = sys.float_info.max
Text = str | Mapping[str, str]
"""English, or texts by language."""


def goal_variables() -> dict[str, JSONSchemaType]:
    """The variables of a goal's rule, with their types."""
    numbers = ("value", "baseline", "previous", "target", "lower", "upper")
    years = ("year", "baseline_year", "previous_year", "target_year")
    return {
        **dict.fromkeys(numbers, NumberType()),
        **dict.fromkeys((*years, "direction", "count", "expected"), IntegerType()),
        "values": ArrayType(NumberType()),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A status, or a number where the rule has no scale, or neither; and the reason.

    Codes of the reason: `rule`, the rule decided; `missing` with the names that are absent;
    `undefined` with pointer, operator and inputs; `limit` with what ran out and its figure;
    `failed` with a message.
    """

    status: str | None = None
    number: float | None = None
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class NamedRule:
    """What a rule document says, checked. A rule without a scale gives numbers."""

    id: str
    title: Text
    description: Text
    scale: str | None
    needs: tuple[str, ...]
    optional: tuple[str, ...]
    logic: Rule
    examples: tuple[Example, ...] = field(default=())

    @classmethod
    def load(
        cls,
        document: Mapping[str, Any],
        *,
        statuses: Collection[str] | None,
        registry: OperatorRegistry | None = None,
        limits: Limits | None = None,
        at: Place | None = None,
    ) -> Self:
        """The rule of a document whose shape was checked; InvalidDocuments holds every fault.

        `statuses` are those of its scale, None where that is not known. Types, absence and status
        words are checked, and the examples are run.
        """
        at = at or Place()
        inside = at.within("/logic")
        logic = Rule.parse(document["logic"], registry=registry, limits=limits, at=inside)
        rule = cls(
            id=document["id"],
            title=document["title"],
            description=document.get("description") or "",
            scale=document.get("scale"),
            needs=_needs(document, logic),
            optional=tuple(document.get("optional") or ()),
            logic=logic,
            examples=tuple(Example(**example) for example in document.get("examples") or ()),
        )
        findings = [*rule.findings(statuses, at)] or [*rule._failing_examples(at)]
        if findings:
            raise InvalidDocuments(findings)
        return rule

    def __getstate__(self) -> Mapping[str, Any]:
        """What another process needs: what is compiled is compiled there again."""
        return {attribute.name: getattr(self, attribute.name) for attribute in fields(self)}

    def decide(self, given: Mapping[str, Any]) -> Decision:
        """What the rule decides; null and absent are one thing, and so is a number not finite."""
        data = _present(given)
        absent = self._absent(data)
        if absent:
            return Decision(reason=Reason("missing", absent))
        try:
            return self._decision(self._program.run(data))
        except RuleFailure as failure:
            return Decision(reason=_reason(failure))

    def failure(self, data: Mapping[str, Any]) -> Reason:
        """Why the rule has no answer on data that has all its needs, and only finite numbers."""
        try:
            return self._decision(self._program.run(data)).reason
        except RuleFailure as failure:
            return _reason(failure)

    def explain(self, given: Mapping[str, Any]) -> tuple[Decision, Trace | None]:
        """The same decision with its trace; there is none where a need is absent."""
        data = _present(given)
        absent = self._absent(data)
        if absent:
            return Decision(reason=Reason("missing", absent)), None
        try:
            explanation = explain(self._tracing, data, inner=True)
        except RuleFailure as failure:
            return Decision(reason=_reason(failure)), failed(self._tracing)
        return self._decision(explanation.result), explanation.trace

    def findings(self, statuses: Collection[str] | None, at: Place) -> Iterator[Finding]:
        """The errors of types, absence, names, result and status words."""
        variables = goal_variables()
        yield from _unknown(self.needs, variables, at.within("/needs"))
        yield from _unknown(self.optional, variables, at.within("/optional"))
        for name in set(self.needs) & set(self.optional):
            message = f"{name!r} is both needed and optional"
            yield Finding(code="needed-and-optional", message=message, at=at.within("/optional"))
        for index, example in enumerate(self.examples):
            where = at.within(f"/examples/{index}/given")
            yield from _unknown(example.given, {**variables, "indicators": None}, where)
        check = self.logic.check(variables, self.needs)
        yield from check.errors
        if self.scale is None:
            yield from self._not_a_number(check.type)
        else:
            yield from self._strange_statuses(check.type, statuses)

    @property
    def warnings(self) -> Sequence[Finding]:
        """What does not stop the rule: branches never reached, conditions always true."""
        findings = self.logic.check(goal_variables(), self.needs).findings
        return [finding for finding in findings if finding.severity is Severity.WARNING]

    def _not_a_number(self, kind: JSONSchemaType) -> Iterator[Finding]:
        if families(kind) != {"number"}:
            named = " or ".join(sorted(families(kind)))
            message = f"a rule without a scale gives a number, this gives {named}"
            yield Finding(code="result-type", message=message, at=self.logic.at)

    def _strange_statuses(
        self, kind: JSONSchemaType, statuses: Collection[str] | None
    ) -> Iterator[Finding]:
        other = families(kind) - {"string"}
        if other:
            named = " or ".join(sorted(other))
            message = f"a rule with a scale gives one of its statuses, this may give {named}"
            mend = "end every `if` with an else" if "null" in other else ""
            yield Finding(code="result-type", message=message, at=self.logic.at, mend=mend)
        for node in self.logic.root.outcomes():
            where = self.logic.at.within(node.pointer)
            if not isinstance(node, Literal):
                message = "a status is written as text, not computed"
                yield Finding(code="computed-status", message=message, at=where)
            elif isinstance(node.value, str) and not is_decided(node.value):
                message = f"{node.value!r} is for the engine to say, not for a rule"
                mend = "give a status of the scale; absent data is `no-data` without the rule"
                yield Finding(code="engine-status", message=message, at=where, mend=mend)
            elif isinstance(node.value, str) and node.value not in (statuses or {node.value}):
                message = f"scale {self.scale!r} has no status {node.value!r}"
                near = suggestion(node.value, sorted(statuses or ())).removeprefix("; ")
                yield Finding(code="unknown-status", message=message, at=where, mend=near)

    def _failing_examples(self, at: Place) -> Iterator[Finding]:
        for index, example in enumerate(self.examples):
            decision = self.decide(example.given)
            if not self._agrees(decision, example.expect):
                got = decision.status if decision.number is None else decision.number
                message = f"expected {example.expect!r}, got {got or NO_DATA!r}"
                if decision.reason.code != "rule":
                    message += f" ({decision.reason.code} {list(decision.reason.args)})"
                where = at.within(f"/examples/{index}")
                mend = "correct the example or the rule"
                yield Finding(code="example", message=message, at=where, mend=mend)

    def _agrees(self, decision: Decision, expect: str | float) -> bool:
        if decision.number is None or isinstance(expect, str):
            return (decision.status or NO_DATA) == expect and decision.number is None
        tolerance = 0.0 if self.logic.exact else TOLERANCE
        return math.isclose(decision.number, expect, rel_tol=tolerance, abs_tol=0.0)

    @cached_property
    def compiled(self) -> Compiled:
        """The rule by columns, a status as its place in `statuses`. Raises NotColumnar."""
        reading = self.logic.reading(goal_variables(), self.needs)
        return self.logic.compiled(reading, self.statuses or None)

    @cached_property
    def obstacles(self) -> Sequence[Obstacle]:
        """What keeps the rule from running by columns: where, which operator, and why."""
        try:
            self.compiled  # noqa: B018
        except NotColumnar as error:
            return error.obstacles
        return ()

    @cached_property
    def undefined_by(self) -> Collection[str] | None:
        """The variables that say of what a result becomes undefined, where one operator can.

        None where several can, or one in a loop.
        """
        nodes = (node for node in self.logic.root.walk() if isinstance(node, Operator))
        fallible = [node for node in nodes if node.numeric and not node.total]
        if len(fallible) != 1 or fallible[0] not in self.logic.root.reads():
            return None
        names = (node.variable() for node in fallible[0].walk())
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def over(self, count: int) -> Compiled | None:
        """The rule by columns over a list of so many values, each a column `values.<place>`.

        None where it has no such form.
        """
        if count not in self._over:
            reading = self.logic.reading(goal_variables(), self.needs, lists={"values": count})
            try:
                self._over[count] = self.logic.compiled(reading, self.statuses or None)
            except NotColumnar:
                self._over[count] = None
        return self._over[count]

    @cached_property
    def _over(self) -> dict[int, Compiled | None]:
        return {}

    @property
    def columnar(self) -> bool:
        """Whether the rule can run by columns."""
        return not self.obstacles

    def to_expr(
        self,
        *,
        columns: Mapping[str, str] | None = None,
        statuses: Sequence[str] | None = None,
    ) -> Expr:
        """The rule as a narwhals expression over the columns of a goal's variables.

        A status is a text, or with `statuses` its place in them, an Int16; without a scale the
        rule gives a double. Null is undefined, or a need that is absent: `needs_expr` tells them
        apart. `columns` names the column of a variable where that is not the variable's name;
        that of another indicator is `indicators.<id>.value`. Raises NotColumnar.
        """
        return self.logic.to_expr(goal_variables(), self.needs, columns=columns, statuses=statuses)

    def needs_expr(self, *, columns: Mapping[str, str] | None = None) -> Expr:
        """Where every need is there: not null, not NaN, not infinite."""
        from citygoals.core.logic.columns import needs_column

        return needs_column(self.logic.reading(goal_variables(), self.needs, columns=columns))

    @cached_property
    def statuses(self) -> Sequence[str]:
        """The status words that the rule can give, sorted; none where it gives numbers."""
        outcomes = self.logic.root.outcomes()
        words = {node.value for node in outcomes if isinstance(node, Literal)}
        return sorted(words) if self.scale is not None else ()

    def _absent(self, data: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(name for name in self.needs if not _is_there(data, name))

    def _decision(self, result: Any) -> Decision:
        if self.scale is None:
            return Decision(number=result + 0.0, reason=Reason("rule"))
        return Decision(status=result, reason=Reason("rule"))

    @cached_property
    def _program(self) -> Program:
        return self.logic.program(checked=True)

    @cached_property
    def _tracing(self) -> Program:
        return self.logic.program(checked=True, traced=True)


def goal_needs(logic: Rule) -> tuple[str, ...]:
    """What a rule needs where nothing says so: the value, and what it reads of the target."""
    return _needs({}, logic)


def _needs(document: Mapping[str, Any], logic: Rule) -> tuple[str, ...]:
    optional = document.get("optional") or ()
    implied = [n for n in NEEDED_WHEN_READ if n in logic.reads and n not in optional]
    return tuple(dict.fromkeys((*(document.get("needs") or ("value",)), *implied)))


def _unknown(names: Iterable[str], known: Collection[str], at: Place) -> Iterator[Finding]:
    for name in names:
        if name not in known and not is_indicator(name):
            near = suggestion(name, sorted(known)).removeprefix("; ")
            message = f"no variable {name!r}"
            yield Finding(code="unknown-variable", message=message, at=at, mend=near)


def _present(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, without what counts as absent, in lists and `indicators` too."""
    data = {name: value for name, value in given.items() if _counts(value)}
    for name, value in data.items():
        if isinstance(value, list | tuple):
            data[name] = [item for item in value if _counts(item)]
        elif isinstance(value, Mapping):
            data[name] = _present(value)
    return data


def _counts(value: Any) -> bool:
    if type(value) is float:
        return value - value == 0.0
    return value is not None and not (type(value) is int and abs(value) > _LARGEST)


def _is_there(data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name, ABSENT) if "." not in name else descend(data, name.split("."))
    return value is not ABSENT and value != []


def _reason(failure: RuleFailure) -> Reason:
    if isinstance(failure, Undefined):
        return Reason("undefined", (failure.pointer, failure.operator, *failure.inputs))
    if isinstance(failure, LimitExceeded):
        return Reason("limit", (failure.limit, failure.figure))
    return Reason("failed", (str(failure),))
