"""How an answer came about: the same closures, each wrapped to note what it gave."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from citygoals.core.logic.failures import RuleFailure
from citygoals.core.logic.limits import Limits
from citygoals.core.logic.nodes import Closure, Literal, Node, Operator, Value
from citygoals.core.logic.rows import Program, Rows

Step = tuple[Node, Value, int, RuleFailure | None]
"""A node, what it gave, how many steps were noted before it began, and why it gave nothing."""


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
    """The steps of a run, each after those it took; every thread has its own."""

    def __init__(self) -> None:
        self.steps: list[Step] = []


class Tracing(Rows):
    """A compiler whose closures note their steps; no child is passed over for speed."""

    def __init__(self, limits: Limits, *, checked: bool) -> None:
        super().__init__(limits, checked=checked)
        self.recorder = Recorder()

    def literal(self, node: Node) -> Literal | None:  # noqa: ARG002
        return None

    def variable(self, node: Node) -> str | None:  # noqa: ARG002
        return None

    def row(self, node: Node) -> Closure:
        closure, recorder, most = node.row(self), self.recorder, self.limits.nodes

        def traced(data: Any) -> Value:
            steps = recorder.steps
            before = len(steps)
            try:
                result = closure(data)
            except RuleFailure as failure:
                steps.append((node, None, before, failure))
                raise
            if before < most:
                steps.append((node, result, before, None))
            return result

        return traced


class TracedResult:
    """An answer, as `apply` gives it, and the trace that led to it."""

    __slots__ = ("_most", "_steps", "result")

    def __init__(self, result: Value, steps: list[Step], most: int) -> None:
        self.result, self._steps, self._most = result, steps, most

    @property
    def complete(self) -> bool:
        """Whether no step was left out: a trace notes as many as the limit of nodes."""
        return len(self._steps) < self._most

    @property
    def trace(self) -> Trace:
        """The tree of the steps, made when it is asked for."""
        return trace_of(self._steps)


def explain(program: Program, data: Any, *, inner: bool = False) -> TracedResult:
    """Run a program compiled by Tracing; `inner` keeps the value as it is inside the rule."""
    rows = _tracing(program)
    steps: list[Step] = []
    rows.recorder.steps = steps
    result = program.run(data) if inner else program.answer(data)
    return TracedResult(result, steps, rows.limits.nodes)


def failed(program: Program) -> Trace:
    """The trace of the run that failed just now in this thread."""
    return trace_of(_tracing(program).recorder.steps)


def _tracing(program: Program) -> Tracing:
    assert isinstance(program.rows, Tracing)  # noqa: S101
    return program.rows


def trace_of(steps: Sequence[Step]) -> Trace:
    """The tree of a run's steps; the last one is its root."""
    open_: list[tuple[int, Trace]] = []
    for index, (node, result, before, failure) in enumerate(steps):
        children: list[Trace] = []
        while open_ and open_[-1][0] >= before:
            children.append(open_.pop()[1])
        children.reverse()
        open_.append((index, _trace(node, result, failure, children)))
    return open_[-1][1]


def _trace(
    node: Node, result: Value, failure: RuleFailure | None, children: Sequence[Trace]
) -> Trace:
    return Trace(
        pointer=node.pointer,
        operator=_operator(node),
        inputs=_inputs(node, children),
        result=result,
        branch=None if failure else node.branch([child.pointer for child in children]),
        failure=str(failure) if failure else None,
        children=tuple(children),
    )


def _operator(node: Node) -> str:
    if isinstance(node, Operator):
        return node.operator
    return "literal" if isinstance(node, Literal) else "list"


def _inputs(node: Node, children: Sequence[Trace]) -> tuple[Value, ...]:
    values = {child.pointer: child.result for child in children}
    if isinstance(node, Operator) and node.named_inputs:
        names = [literal for literal in node.arguments if isinstance(literal, Literal)]
        values = {literal.pointer: literal.value for literal in names} | values
    order = [argument.pointer for argument in node.outer_arguments()]
    return tuple(values[pointer] for pointer in order if pointer in values)
