"""Conditions and what follows from them, lazily, in written order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, ClassVar

from jsonlogic.json_schema.types import BooleanType, JSONSchemaType, NullType

from citygoals.core.logic.javascript import truthy
from citygoals.core.logic.kinds import union, without_null
from citygoals.core.logic.nodes import Closure, Facts, Node, Operator
from citygoals.core.logic.rows import Rows

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.core.logic.checking import Types
    from citygoals.core.logic.columns import Columns


def operators() -> Sequence[type[Operator]]:
    """The operators of this family."""
    return (If, Ternary, And, Or, Not, Truth, Coalesce)


class If(Operator, name="if", arity=(0, None)):
    """Pairs of condition and result, then what else; without an else, null."""

    def row(self, c: Rows) -> Closure:
        pairs = tuple((c.test(test), c.row(result)) for test, result in self._pairs())
        otherwise = c.row(self.arguments[-1]) if len(self.arguments) % 2 else None

        def choose(data: Any) -> Any:
            for test, result in pairs:
                if test(data):
                    return result(data)
            return otherwise(data) if otherwise else None

        return choose

    def column(self, c: Columns) -> Expr:
        *first, value = (c.value(result) for result in self._results())
        for (test, _), result in zip(reversed(self._pairs()), reversed(first), strict=True):
            value = c.choose(c.test(test), result, value)
        return value

    def defined(self, c: Columns) -> Expr | None:
        *first, rest = (c.defined(result) for result in self._results())
        for (test, _), result in zip(reversed(self._pairs()), reversed(first), strict=True):
            rest = c.every(c.defined(test), _chosen(c, c.test(test), result, rest))
        return rest

    def written_out(self) -> Iterable[Node]:
        return [test for test, _ in self._pairs()]

    def why_rows(self) -> str | None:
        return None if len(self.arguments) % 2 else "without an else it may give null"

    def _pairs(self) -> Sequence[tuple[Node, Node]]:
        return tuple(zip(self.arguments[::2], self.arguments[1::2], strict=False))

    def _results(self) -> Sequence[Node]:
        return (*self.arguments[1::2], *(self.arguments[-1:] if len(self.arguments) % 2 else ()))

    def type_of(self, t: Types) -> JSONSchemaType:
        results: list[JSONSchemaType] = []
        with t.keeping():
            for test, result in self._pairs():
                facts = t.condition(test, "one of the branches is never reached")
                with t.assuming(facts.true):
                    results.append(t.type(result))
                t.assume(facts.false)
            results.append(t.type(self.arguments[-1]) if len(self.arguments) % 2 else NullType())
        return union(results)

    def outcomes(self) -> Iterable[Node]:
        for result in self._results():
            yield from result.outcomes()

    def branch(self, evaluated: Sequence[str]) -> str | None:
        results = {node.pointer for node in self._results()}
        return evaluated[-1] if evaluated and evaluated[-1] in results else None


def _chosen(c: Columns, test: Expr, then: Expr | None, otherwise: Expr | None) -> Expr | None:
    """Where the branch that is taken has a value, None for everywhere."""
    if otherwise is None:
        return None if then is None else ~test | then
    return test | otherwise if then is None else c.choose(test, then, otherwise)


class Ternary(If, name="?:", arity=(0, None)):
    """Another way to write `if`."""


class Chain(Operator):
    """Operands from left to right until one decides; its value is the result."""

    truth_only: ClassVar[bool] = True
    decisive: ClassVar[bool]
    """The truth of an operand that ends the chain."""

    def row(self, c: Rows) -> Closure:
        *first, last = c.rows(self.arguments)
        decisive = self.decisive

        def chain(data: Any) -> Any:
            for operand in first:
                value = operand(data)
                if truthy(value) is decisive:
                    return value
            return last(data)

        return chain

    def column(self, c: Columns) -> Expr:
        tests = [c.test(operand) for operand in self.arguments]
        return reduce(or_ if self.decisive else and_, tests)

    def defined(self, c: Columns) -> Expr | None:
        *first, last = self.arguments
        rest = c.defined(last)
        for operand in reversed(first):
            test = c.test(operand)
            decided = test if self.decisive else ~test
            rest = c.every(c.defined(operand), None if rest is None else decided | rest)
        return rest

    def written_out(self) -> Iterable[Node]:
        return self.arguments[:-1]

    @property
    def boolean(self) -> bool:  # type: ignore[override]
        """Boolean where every operand is."""
        return all(argument.boolean for argument in self.arguments)

    def type_of(self, t: Types) -> JSONSchemaType:
        kinds: list[JSONSchemaType] = []
        with t.keeping():
            for operand in self.arguments[:-1]:
                facts = t.condition(operand, "it or what follows it is idle")
                kinds.append(t.again(operand))
                t.assume(facts.false if self.decisive else facts.true)
            kinds.append(t.type(self.arguments[-1]))
        return union(kinds)

    def _facts(self, t: Types) -> tuple[frozenset[str], frozenset[str]]:
        """What holds when the chain ran to its end, and whenever an operand decided."""
        passed: frozenset[str] = frozenset()
        decided: frozenset[str] | None = None
        for operand in self.arguments:
            facts = operand.facts(t)
            deciding = facts.true if self.decisive else facts.false
            decided = passed | deciding if decided is None else decided & (passed | deciding)
            passed |= facts.false if self.decisive else facts.true
        return passed, decided or frozenset()

    def outcomes(self) -> Iterable[Node]:
        for operand in self.arguments:
            yield from operand.outcomes()

    def branch(self, evaluated: Sequence[str]) -> str | None:
        return evaluated[-1] if evaluated else None


class And(Chain, name="and", arity=(1, None)):
    """The first falsy operand, else the last."""

    decisive = False

    def facts(self, t: Types) -> Facts:
        passed, decided = self._facts(t)
        return Facts(true=passed, false=decided)

    def truth(self, t: Types) -> bool | None:
        truths = [t.truth(operand) for operand in self.arguments]
        return False if False in truths else None if None in truths else True


class Or(Chain, name="or", arity=(1, None)):
    """The first truthy operand, else the last."""

    decisive = True

    def facts(self, t: Types) -> Facts:
        passed, decided = self._facts(t)
        return Facts(true=decided, false=passed)

    def truth(self, t: Types) -> bool | None:
        truths = [t.truth(operand) for operand in self.arguments]
        return True if True in truths else None if None in truths else False


class ConditionOperator(Operator):
    """One argument as a condition."""

    boolean: ClassVar[bool] = True
    total: ClassVar[bool] = True

    def type_of(self, t: Types) -> JSONSchemaType:
        t.type(self.arguments[0])
        return BooleanType()


class Not(ConditionOperator, name="!", arity=1):
    """Whether the argument is falsy."""

    def row(self, c: Rows) -> Closure:
        test = c.test(self.arguments[0])
        return lambda data: not test(data)

    def column(self, c: Columns) -> Expr:
        return ~c.test(self.arguments[0])

    def facts(self, t: Types) -> Facts:
        inner = self.arguments[0].facts(t)
        return Facts(true=inner.false, false=inner.true)

    def truth(self, t: Types) -> bool | None:
        inner = t.truth(self.arguments[0])
        return None if inner is None else not inner


class Truth(ConditionOperator, name="!!", arity=1):
    """Whether the argument is truthy."""

    def row(self, c: Rows) -> Closure:
        return c.test(self.arguments[0])

    def column(self, c: Columns) -> Expr:
        return c.test(self.arguments[0])

    def facts(self, t: Types) -> Facts:
        return self.arguments[0].facts(t)

    def truth(self, t: Types) -> bool | None:
        return t.truth(self.arguments[0])


class Coalesce(Operator, name="??", arity=(1, None)):
    """The first operand that is not null, else null; a null test with an answer.

    By columns only an operand that reads a variable can be null.
    """

    def row(self, c: Rows) -> Closure:
        *first, last = c.rows(self.arguments)

        def coalesce(data: Any) -> Any:
            for operand in first:
                value = operand(data)
                if value is not None:
                    return value
            return last(data)

        return coalesce

    def column(self, c: Columns) -> Expr:
        *first, last = self.arguments
        value = c.value(last)
        for operand in reversed(first):
            name = operand.bare_variable()
            if name is None:
                value = c.value(operand)
            else:
                value = c.choose(c.present(name), c.variable(name), value)
        return value

    def defined(self, c: Columns) -> Expr | None:
        *first, last = self.arguments
        rest = c.defined(last)
        for operand in reversed(first):
            name = operand.bare_variable()
            if name is None:
                rest = c.defined(operand)
            elif rest is not None:
                rest = c.present(name) | rest
        return rest

    def written_out(self) -> Iterable[Node]:
        return ()

    def type_of(self, t: Types) -> JSONSchemaType:
        *first, last = self.arguments
        kinds = []
        for operand in first:
            t.refuse_made_up(operand)
            kinds.append(without_null(t.tested(operand)))
        kinds.append(t.type(last))
        return union(kind for kind in kinds if kind is not None)

    def outcomes(self) -> Iterable[Node]:
        for operand in self.arguments:
            yield from operand.outcomes()

    def branch(self, evaluated: Sequence[str]) -> str | None:
        return evaluated[-1] if evaluated else None
