"""JavaScript's coercions, as ECMAScript defines them, on JSON values.

Numbers are IEEE doubles. A Python int that comes from data counts as its nearest double.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from citygoals.core.logic.failures import LimitExceeded

TEXT_DEPTH = 64
_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_DECIMAL = r"[+-]?(?:Infinity|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_NUMBER = re.compile(_DECIMAL)
_RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_BASES = {"x": 16, "o": 8, "b": 2}


def double(value: int | float) -> float:
    """The nearest double; an integer beyond them all is infinite, as in JavaScript."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number_of_text(text: str) -> float:
    """Number(text): white space around is allowed, nothing is 0, anything else is NaN."""
    stripped = text.strip(_SPACE)
    if not stripped:
        return 0.0
    if _NUMBER.fullmatch(stripped):
        return float(stripped)
    if _RADIX.fullmatch(stripped):
        return double(int(stripped[2:], _BASES[stripped[1].lower()]))
    return math.nan


def number_prefix(text: str) -> float:
    """parseFloat(text): the longest decimal number that it starts with, else NaN."""
    match = _NUMBER.match(text.lstrip(_SPACE))
    return float(match.group()) if match else math.nan


def text_of_number(value: int | float) -> str:
    """Number.prototype.toString: 1e21, 1e-7, 0 for -0, 1 for 1.0."""
    number = double(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    return ("-" if number < 0 else "") + _digits(abs(number))


def _digits(number: float) -> str:
    parts = Decimal(repr(number)).as_tuple()
    digits = "".join(map(str, parts.digits))
    point = len(digits) + int(parts.exponent)
    digits = digits.rstrip("0")
    size = len(digits)
    if size <= point <= 21:
        return digits + "0" * (point - size)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if size > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def truthy(value: Any) -> bool:
    """JSONLogic's truth: false, 0, NaN, "", null and [] are false; "0" and {} are true."""
    if value is True or value is False:
        return bool(value)
    if isinstance(value, float):
        return value != 0.0 and value == value
    return True if isinstance(value, dict) else bool(value)


def is_number(value: Any) -> bool:
    """Whether JavaScript's typeof is 'number'; a boolean is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def strictly_equal(left: Any, right: Any) -> bool:
    """===: same type and value; lists and objects equal only themselves."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left) and is_number(right):
        return double(left) == double(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return left is right


def units(text: str) -> bytes:
    """The UTF-16 units of a text, in the order that JavaScript compares them."""
    return text.encode("utf-16-be", "surrogatepass")


class Coercion:
    """The coercions that may have to write out a list; `spend` is told of it before."""

    def __init__(self, spend: Callable[[Any], None]) -> None:
        self._spend = spend

    def text(self, value: Any, depth: int = 0) -> str:
        """String(value)."""
        if isinstance(value, str):
            return value
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return text_of_number(value)
        return self._list_text(value, depth) if isinstance(value, list) else "[object Object]"

    def _list_text(self, items: list[Any], depth: int) -> str:
        if depth >= TEXT_DEPTH:
            raise LimitExceeded("levels of nested lists written as text", TEXT_DEPTH)
        if depth == 0:
            self._spend(items)
        return ",".join("" if item is None else self.text(item, depth + 1) for item in items)

    def number(self, value: Any) -> float:
        """Number(value)."""
        if type(value) is int or isinstance(value, float | bool):
            return double(value)
        if value is None:
            return 0.0
        if isinstance(value, str):
            return number_of_text(value)
        return number_of_text(self.text(value)) if isinstance(value, list) else math.nan

    def parsed(self, value: Any) -> float:
        """parseFloat(value): as JSONLogic's + and * read their operands; true and null are NaN."""
        if type(value) is int or isinstance(value, float):
            return double(value)
        if isinstance(value, str | list):
            return number_prefix(self.text(value))
        return math.nan

    def _primitive(self, value: Any) -> Any:
        return self.text(value) if isinstance(value, list | dict) else value

    def equal(self, left: Any, right: Any) -> bool:
        """==: null equals only null; a list or object meets a scalar as its text."""
        if left is None or right is None:
            return left is right
        if isinstance(left, list | dict) and isinstance(right, list | dict):
            return left is right
        left, right = self._primitive(left), self._primitive(right)
        if isinstance(left, str) and isinstance(right, str):
            return left == right
        return self.number(left) == self.number(right)

    def ordered(self, left: Any, right: Any, relation: Callable[[Any, Any], bool]) -> bool:
        """`left < right` and the like: two texts by UTF-16 units, anything else as numbers."""
        left, right = self._primitive(left), self._primitive(right)
        if isinstance(left, str) and isinstance(right, str):
            return relation(units(left), units(right))
        return relation(self.number(left), self.number(right))
