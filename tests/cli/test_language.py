"""Titles and names in the language that is asked for, in English where there is none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
TABLE = Path(__file__).parents[1] / "cases" / "cli" / "languages.json"
CASES: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
SHOW = ("show", "--area", "KR-sejong", "--profile", "kr", "--goal", "clean-air")


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYGOALS_LANG", raising=False)


def rows(text: str) -> list[dict[str, Any]]:
    """What a command wrote, JSON or CSV."""
    if text.startswith("["):
        found: list[dict[str, Any]] = json.loads(text)
        return found
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_language(
    case: dict[str, Any], example: Path, citygoals: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "variable" in case:
        monkeypatch.setenv("CITYGOALS_LANG", case["variable"])
    said = citygoals(*(str(example) if word == "DB" else word for word in case["arguments"]))
    if "fails" in case:
        assert (said.code, case["fails"] in said.err) == (2, True), said.err
        return
    assert said.code == 0, said.err
    assert case["warns"] in said.err if "warns" in case else not said.err
    [found] = [row for row in rows(said.out) if case["rows"].items() <= row.items()]
    assert {key: found[key] for key in case["say"]} == case["say"]


def test_tables_name_goals_by_title_in_another_language(example: Path, citygoals: Run) -> None:
    english = citygoals("profiles", "kr").out
    assert "kr-led-public-lighting" in english
    korean = citygoals("profiles", "kr", "--lang", "ko").out
    assert "공공조명" in korean
    assert "kr-led-public-lighting" not in korean
    shown = citygoals(*SHOW, "--db", example, "--lang", "ko").out
    assert "미달성" in shown
    assert "clean-air" not in shown


def test_csv_keeps_the_ids_in_another_language(example: Path, citygoals: Run) -> None:
    for command in (SHOW, ("profiles", "kr"), ("compare", "--profile", "kr")):
        db = () if command[0] == "profiles" else ("--db", str(example))
        found = rows(citygoals(*command, *db, "--lang", "ko", "--format", "csv").out)
        assert "clean-air" in {row["goal"] for row in found}, command


def test_explains_in_the_language_of_goal_and_area(example: Path, citygoals: Run) -> None:
    told = citygoals("explain", "KR-sejong", "clean-air", "--db", example, "--lang", "ko").out
    assert told.startswith("WHO 기준의 깨끗한 공기: 세종특별자치시, 2025, under common\n")


def test_compares_in_the_language(example: Path, citygoals: Run) -> None:
    found = citygoals("compare", "--db", example, "--lang", "ko", "--format", "json").json
    assert {"clean-air": "WHO 기준의 깨끗한 공기"}.items() <= {
        row["goal"]: row["title"] for row in found["goals"]
    }.items()


def test_ids_are_the_same_in_every_language(example: Path, citygoals: Run) -> None:
    words = {"title", "area_name", "status_label"}
    english, korean = (
        citygoals("show", "--db", example, "--lang", code, "--format", "json").json
        for code in ("en", "ko")
    )
    assert [{k: v for k, v in row.items() if k not in words} for row in english] == [
        {k: v for k, v in row.items() if k not in words} for row in korean
    ]
    assert english != korean
