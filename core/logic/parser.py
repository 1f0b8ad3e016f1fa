"""JSON into a tree of operators: no recursion, a pointer for each node, all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite
from typing import Any, NamedTuple

from citygoals.core.base.errors import Finding, InvalidDocuments, Place, suggestion
from citygoals.core.logic.javascript import double
from citygoals.core.logic.limits import Limits
from citygoals.core.logic.nodes import Literal, Node, Sequenced
from citygoals.core.logic.registry import OperatorRegistry

_SHOWN = 40


def parse(logic: Any, registry: OperatorRegistry, limits: Limits, at: Place) -> Node:
    """The tree of `logic`, or InvalidDocuments with every fault, each with its JSON Pointer."""
    parser = _Parser(registry, limits, at)
    drafts = parser.drafts(logic)
    if not parser.findings:
        root = parser.build(drafts)
    if parser.findings:
        raise InvalidDocuments(parser.findings)
    return root


Make = Callable[[Sequence[Node]], Node]
"""Makes a node of its children."""


class _Draft(NamedTuple):
    """A place that was visited, not built yet; its children stand later in the list of drafts."""

    make: Make
    children: list[int]


class _Visit(NamedTuple):
    """A place to visit, and the list of its parent's children, which it joins."""

    value: Any
    pointer: str
    depth: int
    siblings: list[int]


class _Stop(Exception):  # noqa: N818
    """The rule is too large to be looked at further."""


class _Parser:
    def __init__(self, registry: OperatorRegistry, limits: Limits, at: Place) -> None:
        self.registry, self.limits, self.at = registry, limits, at
        self.findings: list[Finding] = []
        self._kinds = dict(zip(registry.names(), registry.classes(), strict=True))
        self._nodes = 0
        self._items = 0

    def drafts(self, logic: Any) -> list[_Draft]:
        """Visit every place, parents before children; faults go to `findings`."""
        drafts: list[_Draft] = []
        visits = [_Visit(logic, "", 0, [])]
        try:
            while visits:
                visit = visits.pop()
                self._count()
                visit.siblings.append(len(drafts))
                children: list[int] = []
                make, below = self._visit(visit, children)
                drafts.append(_Draft(make, children))
                visits.extend(reversed(below))
        except _Stop:
            return []
        return drafts

    def build(self, drafts: list[_Draft]) -> Node:
        """Make the nodes, children before parents; operators then judge their arguments."""
        nodes: list[Node] = [Literal(None)] * len(drafts)
        for index in range(len(drafts) - 1, -1, -1):
            make, children = drafts[index]
            nodes[index] = make([nodes[child] for child in children])
        for node in nodes:
            for fault in node.faults():
                self._report(fault.code, node.pointer, fault.message, fault.mend)
        return nodes[0]

    def _visit(self, visit: _Visit, children: list[int]) -> tuple[Make, list[_Visit]]:
        """How the place is made, and what is to be visited below it."""
        value, pointer = visit.value, visit.pointer
        if not isinstance(value, dict | list):
            return _literal(self._scalar(value, pointer), pointer), []
        if not self._enter(visit.depth + 1, pointer):
            return _literal(None, pointer), []
        if isinstance(value, dict):
            return self._object(visit, children)
        if not self._holds_logic(value, pointer):
            return _literal(self._plain(visit), pointer), []
        self._room(len(value))
        return partial(Sequenced, pointer=pointer), [
            _Visit(item, f"{pointer}/{index}", visit.depth + 1, children)
            for index, item in enumerate(value)
        ]

    def _object(self, visit: _Visit, children: list[int]) -> tuple[Make, list[_Visit]]:
        count = len(visit.value)
        if count != 1:
            message = f"an object names one operator, this one has {count} keys"
            self._report("not-one-operator", visit.pointer, message, "one object per operator")
            self._room(count)
        make, below = _literal(None, visit.pointer), list[_Visit]()
        for name, given in visit.value.items():
            arguments = len(given) if isinstance(given, list) else 1
            make = self._operator(name, arguments, visit.pointer)
            below += self._arguments(name, given, visit, children)
        return make, below

    def _arguments(self, name: Any, given: Any, visit: _Visit, children: list[int]) -> list[_Visit]:
        pointer = f"{visit.pointer}/{_escape(name)}"
        if not isinstance(given, list):
            return [_Visit(given, pointer, visit.depth + 1, children)]
        if not self._enter(visit.depth + 2, pointer):
            return []
        self._room(len(given))
        return [
            _Visit(argument, f"{pointer}/{index}", visit.depth + 2, children)
            for index, argument in enumerate(given)
        ]

    def _operator(self, name: Any, count: int, pointer: str) -> Make:
        kind = self._kinds.get(name)
        if kind is None:
            shown = str(name) if len(str(name)) <= _SHOWN else f"{str(name)[:_SHOWN]}…"
            near = suggestion(shown, list(self._kinds)).removeprefix("; ")
            self._report("unknown-operator", pointer, f"unknown operator {shown!r}", near)
            return _literal(None, pointer)
        if not kind.arity.allows(count):
            message = f"`{name}` takes {kind.arity}, not {count}"
            self._report("wrong-arity", pointer, message)
        return partial(kind, name, pointer=pointer)

    def _enter(self, depth: int, pointer: str) -> bool:
        if depth <= self.limits.depth:
            return True
        if not any(finding.code == "too-deep" for finding in self.findings):
            message = f"nested deeper than the limit of {self.limits.depth} levels"
            self._report("too-deep", pointer, message, "nest less: `if`, `and`, `or` take many")
        return False

    def _count(self) -> None:
        self._nodes += 1
        self._room(0)

    def _room(self, count: int) -> None:
        if self._nodes + count > self.limits.nodes:
            message = f"more than the limit of {self.limits.nodes:,} nodes"
            self._report("too-many-nodes", "", message, "divide the rule")
            raise _Stop

    def _add_items(self, count: int, pointer: str) -> None:
        self._items += count
        if self._items > self.limits.list_items:
            message = f"the lists hold more than the limit of {self.limits.list_items:,} items"
            self._report("list-too-long", pointer, message, "pass the list as data")
            raise _Stop

    def _holds_logic(self, items: list[Any], pointer: str) -> bool:
        """Whether an object stands anywhere within; past the limits it does not matter."""
        level = [items]
        for _ in range(self.limits.depth):
            if sum(map(len, level)) > self.limits.list_items:
                self._add_items(sum(map(len, level)), pointer)
            if any(isinstance(item, dict) for items in level for item in items):
                return True
            level = [item for items in level for item in items if isinstance(item, list)]
        return False

    def _plain(self, visit: _Visit) -> list[Any]:
        """A copy of a list without logic, its numbers as floats."""
        root: list[Any] = []
        todo = [(visit.value, root, visit.pointer, visit.depth + 1)]
        while todo:
            source, copy, pointer, depth = todo.pop()
            self._add_items(len(source), pointer)
            for index, item in enumerate(source):
                if not isinstance(item, list):
                    copy.append(self._item(item, pointer, index))
                    continue
                copy.append([])
                self._count()
                if self._enter(depth + 1, pointer):
                    todo.append((item, copy[-1], f"{pointer}/{index}", depth + 1))
        return root

    def _item(self, item: Any, pointer: str, index: int) -> Any:
        if type(item) is float and isfinite(item):
            return item
        return self._scalar(item, f"{pointer}/{index}")

    def _scalar(self, value: Any, pointer: str) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            number = double(value)
            if not isfinite(number):
                self._report("not-finite", pointer, "a number beyond the largest double")
            return number
        if not isinstance(value, str):
            self._report("not-json", pointer, f"{type(value).__name__} is not a kind of JSON")
        elif self._too_long(value):
            message = f"a text longer than the limit of {self.limits.string_bytes:,} bytes"
            self._report("text-too-long", pointer, message, "pass the text as data")
        return value

    def _too_long(self, text: str) -> bool:
        limit = self.limits.string_bytes
        return len(text) > limit or (
            4 * len(text) > limit and len(text.encode("utf-8", "surrogatepass")) > limit
        )

    def _report(self, code: str, pointer: str, message: str, mend: str = "") -> None:
        at = self.at.within(pointer)
        self.findings.append(Finding(code=code, message=message, at=at, mend=mend))


def _escape(name: Any) -> str:
    return str(name)[:_SHOWN].replace("~", "~0").replace("/", "~1")


def _literal(value: Any, pointer: str) -> Make:
    return lambda _: Literal(value, pointer)
