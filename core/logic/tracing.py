"""How an answer came about: the same closures, each wrapped to note what it gave."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from citygoals.core.logic.failures import RuleFailure
from citygoals.core.logic.limits import Limits
from citygoals.core.logic.nodes import Closure, Literal, Node, Operator, Value
from citygoals.core.logic.rows import Program, Rows

Step = tuple[Node, Value, "list[Step]", RuleFailure | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One node of a rule as it ran.

    `operator` is the operator's name, `literal` or `list`. `inputs` are the values of the
    arguments that were evaluated on the node's own data. `branch` is the pointer of the argument
    whose value was taken over. `failure` says why there is no result.
    """

    pointer: str
    operator: str
    inputs: tuple[Value, ...]
    result: Value
    branch: str | None = None
    failure: str | None = None
    children: tuple[Trace, ...] = ()

    def walk(self) -> Iterator[Trace]:
        """This node and all below it, outermost first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Recorder(threading.local):
    """The steps of the node that runs now; each thread has its own."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.begin()

    def begin(self) -> list[Step]:
        """A new list of steps, for a run that begins."""
        self.steps: list[Step] = []
        self.room = self.most
        return self.steps


class Tracing(Rows):
    """A compiler whose closures note their steps; no child is passed over for speed."""

    def __init__(self, limits: Limits, *, checked: bool) -> None:
        super().__init__(limits, checked=checked)
        self.recorder = Recorder(limits.nodes)

    def literal(self, node: Node) -> Literal | None:  # noqa: ARG002
        return None

    def variable(self, node: Node) -> str | None:  # noqa: ARG002
        return None

    def row(self, node: Node) -> Closure:
        closure, recorder = node.row(self), self.recorder
        if isinstance(node, Literal):
            return _noted(node, closure, recorder)

        def traced(data: Any) -> Value:
            outer, mine = recorder.steps, []  # type: ignore[var-annotated]
            recorder.steps = mine
            result, failure = None, None
            try:
                result = closure(data)
            except RuleFailure as error:
                failure = error
                raise
            finally:
                recorder.steps = outer
                if recorder.room > 0:
                    recorder.room -= 1
                    outer.append((node, result, mine, failure))
            return result

        return traced


def _noted(node: Literal, closure: Closure, recorder: Recorder) -> Closure:
    step: Step = (node, node.value, [], None)

    def noted(data: Any) -> Value:
        if recorder.room > 0:
            recorder.room -= 1
            recorder.steps.append(step)
        return closure(data)

    return noted


def trace_of(step: Step) -> Trace:
    """The trace of a step and of all below it."""
    node, result, below, failure = step
    taken = node.branch([child[0] for child in below]) if failure is None else None
    return Trace(
        pointer=node.pointer,
        operator=_operator(node),
        inputs=_inputs(node, below),
        result=result,
        branch=None if taken is None else taken.pointer,
        failure=None if failure is None else str(failure),
        children=tuple(map(trace_of, below)),
    )


def _operator(node: Node) -> str:
    if isinstance(node, Operator):
        return node.operator
    return "literal" if isinstance(node, Literal) else "list"


def _inputs(node: Node, below: Sequence[Step]) -> tuple[Value, ...]:
    values = {id(child): value for child, value, _, _ in below}
    if isinstance(node, Operator) and node.named_inputs:
        names = [one for one in node.arguments if isinstance(one, Literal)]
        values = {id(one): one.value for one in names} | values
    order = [id(argument) for argument in node.outer_arguments()]
    return tuple(values[key] for key in order if key in values)


@dataclass(frozen=True)
class Explanation:
    """An answer, as `apply` gives it, and the steps that led to it.

    `complete` is False where a loop made more steps than the limit of nodes; the answer stands.
    """

    result: Value
    step: Step
    complete: bool = True

    @cached_property
    def trace(self) -> Trace:
        """The tree of the steps, built when it is asked for."""
        return trace_of(self.step)


def explain(program: Program, data: Any, *, inner: bool = False) -> Explanation:
    """Run a program compiled by Tracing; `inner` keeps the value as it is inside the rule."""
    recorder = _recorder(program)
    steps = recorder.begin()
    result = program.run(data) if inner else program.answer(data)
    return Explanation(result, steps[0], recorder.room > 0)


def failed(program: Program) -> Trace | None:
    """The trace of the run that failed just now in this thread."""
    steps = _recorder(program).steps
    return trace_of(steps[0]) if steps else None


def _recorder(program: Program) -> Recorder:
    rows = program.rows
    assert isinstance(rows, Tracing)  # noqa: S101
    return rows.recorder
