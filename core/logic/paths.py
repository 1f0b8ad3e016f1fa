"""Reading data: what a key finds, as a property access does in JavaScript."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from citygoals.core.logic.javascript import double

INDICATORS = "indicators"
INDICATOR_FIELDS = ("value", "baseline")


def is_indicator(name: str) -> bool:
    """Whether a dotted name is another indicator's: `indicators.<id>.value` or `.baseline`."""
    parts = name.split(".")
    return len(parts) == 3 and parts[0] == INDICATORS and parts[2] in INDICATOR_FIELDS


class Absent(Enum):
    """What a path finds where there is nothing; null is a value."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


def member(data: Any, key: str) -> Any:
    """One step down: a key of an object, an index or `length` of a list or text."""
    if isinstance(data, dict):
        return data.get(key, ABSENT)
    if not isinstance(data, list | str):
        return ABSENT
    if key == "length":
        return float(len(data))
    canonical = key.isascii() and key.isdigit() and (key == "0" or key[0] != "0")
    return data[int(key)] if canonical and len(key) < 16 and int(key) < len(data) else ABSENT


def descend(data: Any, keys: Iterable[str]) -> Any:
    """The value at the end of a path, its number as a double, or ABSENT."""
    for key in keys:
        data = member(data, key)
        if data is ABSENT:
            return ABSENT
    return inner(data)


def inner(value: Any) -> Any:
    """A value as it is inside a rule: an integer of the data is a double."""
    return double(value) if type(value) is int else value
