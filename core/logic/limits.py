"""What a rule may cost: its text before it runs, and a budget while it runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from citygoals.core.logic.failures import LimitExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one rule; each figure stands in the message that it causes.

    `depth` counts levels of JSON, `nodes` operators, arguments and lists, `string_bytes` UTF-8,
    `list_items` the items of all literal lists together. `steps` and `bytes_built` bound one run:
    a loop costs its items times the size of its body, a built list 8 bytes an item.
    """

    depth: int = 64
    nodes: int = 10_000
    string_bytes: int = 64 * 1024
    list_items: int = 100_000
    steps: int = 1_000_000
    bytes_built: int = 32 * 1024 * 1024


class Budget(threading.local):
    """What is left of one run's steps and bytes; each thread spends its own."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.reset()

    def reset(self) -> None:
        """Begin a run."""
        self._steps = self.limits.steps
        self._bytes = self.limits.bytes_built

    def steps(self, count: int) -> None:
        """Spend `count` steps, before they are taken."""
        self._steps -= count
        if self._steps < 0:
            raise LimitExceeded("steps", self.limits.steps)

    def bytes(self, count: int) -> None:
        """Spend `count` bytes, before they are built."""
        self._bytes -= count
        if self._bytes < 0:
            raise LimitExceeded("bytes", self.limits.bytes_built)

    def items(self, count: int) -> None:
        """Spend what a list of `count` items takes."""
        self.bytes(8 * count)


def weight(value: Any) -> int:
    """The bytes of a list or object written out: what it holds twice counts twice.

    A loop can build a small tangle of shared lists that is enormous when it is copied or turned
    into text; this finds its size without walking it more than once.
    """
    weights: dict[int, int] = {}
    todo = [value]
    while todo:
        parts = _parts(todo[-1])
        nested = [part for part in parts if isinstance(part, list | dict)]
        unknown = [part for part in nested if id(part) not in weights]
        if unknown:
            todo.extend(unknown)
            continue
        text = sum(len(part) for part in parts if isinstance(part, str))
        inner = sum(weights[id(part)] for part in nested)
        weights[id(todo.pop())] = 8 * len(parts) + text + inner
    return weights[id(value)]


def _parts(value: Any) -> list[Any]:
    return [*value.keys(), *value.values()] if isinstance(value, dict) else value
