"""docs/importing.md says what the code does: codes, columns, statuses."""

from __future__ import annotations

import re
from pathlib import Path

from citygoals.core.base.model import ObservationStatus
from citygoals.core.figures.cells import FIRST_YEAR, LAST_YEAR, MISSING, RejectCode
from citygoals.core.figures.header import REJECT_COLUMNS, REQUIRED, SYNONYMS

PAGE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")


def table(head: str) -> list[list[str]]:
    """The cells of the table whose header row starts with `head`."""
    _, _, rest = PAGE.partition(f"| {head} |")
    block = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in block]


def test_every_reject_code_is_described() -> None:
    assert [row[0].strip("`") for row in table("code")] == [code.value for code in RejectCode]
    assert all(all(row) for row in table("code"))


def test_every_field_lists_its_columns() -> None:
    assert {row[0]: tuple(row[1].split(", ")) for row in table("field")} == dict(SYNONYMS)
    needed = {row[0] for row in table("field") if row[2].startswith("yes")}
    assert needed == {*REQUIRED, "unit"}


def test_statuses_marks_and_years_are_those_of_the_code() -> None:
    letters = PAGE.partition("\nStatuses\n")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([A-Z])`", letters)) == {one.value for one in ObservationStatus}
    marks = PAGE.partition("\nValues\n")[2].partition("\n\n")[0]
    assert {mark for mark in MISSING if mark} <= set(re.findall(r"`([^`]+)`", marks.lower()))
    assert f"from {FIRST_YEAR} to {LAST_YEAR}" in PAGE
    assert all(f"`{name}`" in PAGE for name in REJECT_COLUMNS)
