"""A country's own numbering of a standard, as its outputs show it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
NUMBERS = {
    "unified-health-file": "46",
    "smart-meters": "21",
    "camera-coverage": "5",
    "my-fire-certificates": "26",
    "clean-air": None,
    "basic-services": None,
}
"""Numbers of MS ISO 37122 as its table of indicators prints them; air and services have none."""


@pytest.fixture
def malaysia(example: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The command for its capital, on a terminal that has room for a table."""
    monkeypatch.setenv("COLUMNS", "120")
    return ("show", "--db", str(example), "--area", "MY-kuala-lumpur")


def numbers(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["goal"]: row["number"] for row in rows if row["goal"] in NUMBERS}


def test_assessments_under_the_profile_have_its_numbers(
    malaysia: tuple[str, ...], citygoals: Run
) -> None:
    found = citygoals(*malaysia, "--profile", "my", "--format", "json").json
    assert numbers(found) == NUMBERS
    text = citygoals(*malaysia, "--profile", "my", "--format", "csv").out
    in_csv = numbers(list(csv.DictReader(io.StringIO(text))))
    assert in_csv == {goal: number or "" for goal, number in NUMBERS.items()}


def test_no_numbers_under_another_profile(malaysia: tuple[str, ...], citygoals: Run) -> None:
    found = citygoals(*malaysia, "--profile", "common", "--format", "json").json
    assert {row["number"] for row in found} == {None}
    assert "no." not in citygoals(*malaysia, "--profile", "common").out.splitlines()[2]


def test_table_has_a_column_of_numbers(malaysia: tuple[str, ...], citygoals: Run) -> None:
    lines = citygoals(*malaysia, "--profile", "my").out.splitlines()
    [line] = [line for line in lines if "unified-health-file" in line]
    assert line.split()[:2] == ["46", "unified-health-file"]


def test_profile_lists_its_goals_with_numbers(citygoals: Run) -> None:
    found = citygoals("profiles", "my", "--format", "json").json
    assert numbers(found) == NUMBERS
    assert "no. by MS ISO 37122:2019 with National Annex 2023" in citygoals("profiles", "my").out
    assert "no." not in citygoals("profiles", "kr").out


def test_explanation_names_the_number(example: Path, citygoals: Run) -> None:
    command = ("explain", "KR-sejong", "unified-health-file", "--db", example)
    title = "People have one health file that every provider can read"
    under_my = citygoals(*command, "--profile", "my").out
    assert under_my.startswith(f"{title} (no. 46): Sejong, 2025, under my\n")
    assert citygoals(*command).out.startswith(f"{title}: Sejong, 2025, under common\n")


def test_form_has_the_numbers_and_is_taken_back(db: Path, citygoals: Run, tmp_path: Path) -> None:
    form = citygoals("template", "--profile", "my", "--area", "MY-kuala-lumpur", "--db", db).out
    rows = list(csv.DictReader(io.StringIO(form)))
    by_indicator = {row["indicator"]: row["number"] for row in rows}
    assert by_indicator["online-unified-health-file"] == "46"
    assert by_indicator["pm2-5-annual-mean"] == ""
    filled = [{**row, "year": "2025", "value": "12", "source": "City hall"} for row in rows[:1]]
    with (tmp_path / "filled.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(filled)
    taken = citygoals("import", "filled.csv", "--db", db, "--format", "json")
    assert taken.code == 0, taken.err


def test_rating_lists_the_numbers_that_count(db: Path, citygoals: Run, tmp_path: Path) -> None:
    indicators = ("electronic-payments", "services-requested-online", "my-volunteer-patrol")
    lines = ["area,indicator,year,value,unit,source"]
    lines += [f"MY-perlis,{name},2025,50,%,City hall" for name in indicators]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    taken = citygoals("import", "new.csv", "--db", db)
    assert taken.code == 0, taken.out
    command = ("rate", "--db", db, "--profile", "my", "--area", "MY-perlis")
    found = citygoals(*command, "--format", "json").json
    by_reading = {row["reading"]: (row["counted"], row["numbers"]) for row in found}
    assert by_reading["reported, any"] == (3, ["1", "3", "59"])
    assert by_reading["met, any"] == (0, [])
    assert "MS ISO 37122 sets no target for an indicator" in citygoals(*command).out
