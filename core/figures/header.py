"""Which column of a data file is which, by name and common synonyms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from citygoals.core.base.errors import UnusableFile

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "area": ("area", "ref_area", "area_id", "area_code", "geo", "location", "city", "country"),
    "indicator": (
        "indicator",
        "indicator_id",
        "indicator_code",
        "kpi",
        "kpi_id",
        "series",
        "series_code",
        "code",
    ),
    "year": ("year", "time_period", "time", "period", "ref_year", "date"),
    "value": ("value", "obs_value", "figure", "measurement"),
    "unit": ("unit", "unit_measure", "unit_of_measure", "units", "uom"),
    "status": ("status", "obs_status", "obs_flag", "flag"),
    "source": ("source", "source_title", "data_source", "publisher"),
    "confidence": ("confidence",),
    "note": ("note", "notes", "comment", "obs_comment", "comments", "remark"),
    "denominator": ("denominator", "denominator_value"),
    "denominator_unit": ("denominator_unit",),
}
"""Each field and the column names that carry it; where several are there the first one does."""

REQUIRED = ("area", "indicator", "year", "value")
REJECT_COLUMNS = ("reject_file", "reject_line", "reject_code", "reject_message")
"""The columns that a listing of rejects adds; an import leaves them aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldColumns:
    """The column of each field that the file has, and the columns that no field reads."""

    of: Mapping[str, str]
    unread: tuple[str, ...]

    def cell(self, cells: Mapping[str, str], field: str) -> str:
        """The field's text in a row without spaces around it, empty where there is no column."""
        column = self.of.get(field)
        return "" if column is None else cells.get(column, "").strip()


def match_columns(
    names: Sequence[str], file: str, required: Iterable[str] = REQUIRED
) -> FieldColumns:
    """Which column is which. Raises UnusableFile for missing and doubled columns."""
    by_name: dict[str, str] = {}
    for name in names:
        if (other := by_name.setdefault(plain(name), name)) is not name:
            message = f"columns {other!r} and {name!r} have the same name"
            raise UnusableFile(file, message, "rename or remove one of them")
    of = dict(_matches(by_name))
    if missing := [field for field in required if field not in of]:
        raise UnusableFile(file, _missing(missing), f"it has: {', '.join(names)}")
    known = {*of.values(), *REJECT_COLUMNS}
    return FieldColumns(of=of, unread=tuple(name for name in names if name not in known))


def plain(name: str) -> str:
    """A column's name in lower case with single underscores.

    >>> plain(" Ref. Area ")
    'ref_area'
    """
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def _matches(by_name: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for field, synonyms in SYNONYMS.items():
        for synonym in synonyms:
            if synonym in by_name:
                yield field, by_name[synonym]
                break


def _missing(fields: Iterable[str]) -> str:
    wanted = (f"{field} (or {', '.join(SYNONYMS[field][1:4])} …)" for field in fields)
    return f"has no column named {'; '.join(wanted)}"
