"""Line and column of every JSON Pointer in a JSON text, and the faults that `json` lets pass."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from citygoals.core.base.errors import Place

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|-?(?:\d[\d.eE+-]*|Infinity)|NaN|true|false|null|[\[\]{},:]', re.DOTALL
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TextFault:
    """A fault of the text itself, which is valid for `json` all the same."""

    code: str
    message: str
    mend: str
    pointer: str
    line: int
    column: int

    def place(self, file: str) -> Place:
        """Where it stands in `file`."""
        return Place(file=file, line=self.line, column=self.column, pointer=self.pointer)


@dataclass(frozen=True, slots=True)
class Positions:
    """Offsets of values by JSON Pointer."""

    offsets: Mapping[str, int]
    lines: Sequence[int]
    faults: Sequence[TextFault]

    def place(self, file: str, pointer: str) -> Place:
        """The place of `pointer`, or of the nearest thing above it that is there."""
        known = pointer
        while known and known not in self.offsets:
            known = known.rpartition("/")[0]
        line, column = self.line_column(self.offsets.get(known, 0))
        return Place(file=file, line=line, column=column, pointer=pointer)

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1


@dataclass(slots=True)
class _Container:
    """An open array or object while the text is read."""

    pointer: str
    is_object: bool
    index: int = 0
    key: str | None = None
    keys: set[str] = field(default_factory=set)

    def child(self) -> str:
        step = self.key if self.key is not None else str(self.index)
        return f"{self.pointer}/{escape(step)}"


def escape(step: str) -> str:
    """One step of a JSON Pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")


class _Walker:
    """Walks the tokens of a JSON text once, without recursion."""

    def __init__(self, text: str) -> None:
        starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.positions = Positions({}, starts, [])
        self.offsets: dict[str, int] = {}
        self.faults: list[TextFault] = []
        self.open: list[_Container] = []
        for match in _TOKEN.finditer(text):
            self.take(match.group(), match.start())

    def take(self, token: str, offset: int) -> None:
        if token in "]}":
            self.open.pop()
        elif token == ",":
            self.open[-1].index += 1
            self.open[-1].key = None
        elif token != ":":
            self.value_or_key(token, offset)

    def value_or_key(self, token: str, offset: int) -> None:
        frame = self.open[-1] if self.open else None
        if frame is not None and frame.is_object and frame.key is None:
            self.key(frame, json.loads(token), offset)
            return
        pointer = frame.child() if frame else ""
        self.offsets.setdefault(pointer, offset)
        if token in "[{":
            self.open.append(_Container(pointer, token == "{"))
        else:
            self.scalar(token, pointer, offset)

    def key(self, frame: _Container, key: str, offset: int) -> None:
        if key in frame.keys:
            message = f"the key {key!r} stands twice in one object"
            pointer = f"{frame.pointer}/{escape(key)}"
            self.fault("json-duplicate-key", message, "keep one of them", pointer, offset)
        self.check_text(key, frame.pointer, offset)
        frame.keys.add(key)
        frame.key = key

    def scalar(self, token: str, pointer: str, offset: int) -> None:
        if token.startswith('"'):
            self.check_text(json.loads(token), pointer, offset)
        elif token in ("NaN", "Infinity", "-Infinity") or not _is_finite(token):
            message = f"{token[:40]} is not a number in JSON"
            self.fault("json-number", message, "write a finite number or null", pointer, offset)

    def check_text(self, text: str, pointer: str, offset: int) -> None:
        if _SURROGATE.search(text):
            message = "half of a surrogate pair is no character"
            self.fault("json-surrogate", message, "write the character", pointer, offset)

    def fault(self, code: str, message: str, mend: str, pointer: str, offset: int) -> None:
        line, column = self.positions.line_column(offset)
        self.faults.append(TextFault(code, message, mend, pointer, line, column))


def _is_finite(token: str) -> bool:
    if token in ("true", "false", "null"):
        return True
    return abs(float(token)) != float("inf")


def locate(text: str) -> Positions:
    """Positions in a text that `json` could read."""
    walker = _Walker(text)
    return Positions(walker.offsets, walker.positions.lines, walker.faults)
