"""What single cells of a data file say: numbers, years, statuses. A cell that cannot be read
raises Rejected, with a stable code, the text and the mend."""

from __future__ import annotations

import re
from enum import StrEnum

from citygoals.core.base.coded import CONFIDENCES
from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import Confidence, ObservationStatus

FIRST_YEAR, LAST_YEAR = 1900, 2200
MISSING = frozenset({"", "nan", ":", "..", "n/a"})
"""What stands in a value's cell where a figure is reported as missing, in lower case."""

LONGEST_NUMBER = 60
"""Characters that a number may have."""
_GROUPED = re.compile(r"[+-]?\d{1,3}([,. '\u00a0\u202f’]\d{3})+([.,]\d+)?", re.ASCII)


class RejectCode(StrEnum):
    """Why a row is rejected; the codes are stable and described in docs/importing.md."""

    WRONG_NUMBER_OF_CELLS = "wrong-number-of-cells"
    EMPTY_CELL = "empty-cell"
    UNKNOWN_AREA = "unknown-area"
    AMBIGUOUS_AREA = "ambiguous-area"
    UNKNOWN_INDICATOR = "unknown-indicator"
    AMBIGUOUS_INDICATOR = "ambiguous-indicator"
    INDICATOR_WITHOUT_UNIT = "indicator-without-unit"
    NOT_A_YEAR = "not-a-year"
    NOT_A_NUMBER = "not-a-number"
    UNKNOWN_STATUS = "unknown-status"
    UNKNOWN_CONFIDENCE = "unknown-confidence"
    NO_UNIT = "no-unit"
    UNKNOWN_UNIT = "unknown-unit"
    INCONVERTIBLE_UNIT = "inconvertible-unit"
    OUTSIDE_LIMITS = "outside-limits"
    TWO_VALUES = "two-values"


class Rejected(CitygoalsError):  # noqa: N818
    """A row or cell that cannot be taken in."""

    def __init__(self, code: RejectCode, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def is_missing(cell: str) -> bool:
    """Whether a value's cell reports that there is no figure.

    >>> [is_missing(cell) for cell in ("", "NaN", ":", "..", "n/a", "0")]
    [True, True, True, True, True, False]
    """
    return cell.casefold() in MISSING


def read_number(cell: str, decimal: str = ".") -> str:
    """The number of a cell as text that `float` and `Fraction` read alike.

    >>> read_number("12,5", decimal=",")
    '12.5'
    """
    pattern = r"[+-]?(\d+(D\d*)?|D\d+)([eE][+-]?\d{1,3})?".replace("D", re.escape(decimal))
    if len(cell) > LONGEST_NUMBER or not re.fullmatch(pattern, cell, re.ASCII):
        raise Rejected(RejectCode.NOT_A_NUMBER, _why_no_number(cell, decimal))
    number = cell.replace(decimal, ".")
    if abs(float(number)) == float("inf"):
        message = f"{cell!r} is too large for a number; check the figure"
        raise Rejected(RejectCode.NOT_A_NUMBER, message)
    return number


def _why_no_number(cell: str, decimal: str) -> str:
    other = "," if decimal == "." else "."
    shown = repr(cell[:LONGEST_NUMBER])
    if cell.endswith("%"):
        return f"{shown} carries its unit; write the number alone and % as the unit"
    if _GROUPED.fullmatch(cell):
        mend = f"write the digits without them, and {decimal!r} before decimals"
        return f"{shown} may have separators between thousands; {mend}"
    if re.fullmatch(r"[+-]?\d+[.,]\d+", cell):
        mend = f"write {cell.replace(other, decimal)}, or import with --decimal '{other}'"
        return f"{shown} is not written with the decimal sign {decimal!r}; {mend}"
    mend = "write digits, or leave the cell empty where there is no figure"
    return f"{shown} is not a number; {mend}"


def read_year(cell: str) -> int:
    """The calendar year of a cell; quarters, school years and the like are refused."""
    if re.fullmatch(r"[0-9]{4}", cell) and FIRST_YEAR <= int(cell) <= LAST_YEAR:
        return int(cell)
    mend = f"write the calendar year in four digits, {FIRST_YEAR} to {LAST_YEAR}"
    raise Rejected(RejectCode.NOT_A_YEAR, f"{cell[:40]!r} is not a calendar year; {mend}")


def read_status(cell: str) -> ObservationStatus:
    """The status by its SDMX letter; an empty cell is a normal value."""
    try:
        return ObservationStatus(cell.upper() or "A")
    except ValueError:
        known = ", ".join(sorted(status.value for status in ObservationStatus))
        message = f"unknown status {cell[:40]!r}; write one of {known}, or leave it empty"
        raise Rejected(RejectCode.UNKNOWN_STATUS, message) from None


def read_confidence(cell: str) -> Confidence:
    """How far the figure can be trusted; an empty cell is `high`."""
    word = cell.casefold() or "high"
    if word not in CONFIDENCES:
        message = f"unknown confidence {cell[:40]!r}; write {', '.join(CONFIDENCES)}"
        raise Rejected(RejectCode.UNKNOWN_CONFIDENCE, message)
    return word
