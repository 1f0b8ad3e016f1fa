"""What files say and what becomes of it, as tables: tests/cases/intake/*.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import UnusableFile
from citygoals.core.base.model import Observation
from citygoals.core.base.units import UnitTable, decode_unit
from citygoals.core.figures.formats import ReadOptions
from citygoals.core.figures.intake import Intake, Intaken, Reject
from citygoals.core.forum import decode
from citygoals.plugins.formats.long_csv import read_long_csv

CASES = Path(__file__).parents[1] / "cases" / "intake"
TABLES = ("observations", "years", "units", "numbers", "names", "columns")
Case = Mapping[str, Any]


def table(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


def cases(name: str) -> list[Any]:
    content = table(name)
    default = {"header": content.get("header")}
    return [pytest.param({**default, **case}, id=case["id"]) for case in content["cases"]]


def shipped_units() -> UnitTable:
    path = Path(str(files("citygoals"))) / "profiles" / "common" / "units.json"
    return UnitTable(map(decode_unit, json.loads(path.read_text(encoding="utf-8"))["units"]))


@pytest.fixture(scope="module")
def known() -> Mapping[str, Any]:
    forum = table("forum")
    indicators = [decode.indicator(content) for content in forum["indicators"]]
    areas = [decode.area(content) for content in forum["areas"]]
    return {
        "indicators": {one.id: one for one in indicators},
        "areas": {one.id: one for one in areas},
        "units": shipped_units(),
    }


def read(case: Case, folder: Path, known: Mapping[str, Any]) -> Intaken:
    path = folder / "figures.csv"
    newline = case.get("newline", "\n")
    text = "".join(f"{line}{newline}" for line in (case["header"], *case["rows"]))
    path.write_text(text, encoding="utf-8", newline="")
    options = dict(case.get("options", {}))
    raw = read_long_csv(path, ReadOptions(**options))
    options.pop("delimiter", None)
    return Intake(**known, **options).read(raw)


def said(one: Observation) -> list[Any]:
    return [
        one.area,
        one.indicator,
        one.year,
        one.value,
        one.status.value,
        one.source,
        one.confidence,
        one.note,
    ]


@pytest.mark.parametrize("case", [case for name in TABLES for case in cases(name)])
def test_rows(case: Case, tmp_path: Path, known: Mapping[str, Any]) -> None:
    taken = read(case, tmp_path, known)
    observations = [said(one) for one in taken.observations]
    assert sorted(observations, key=repr) == sorted(case.get("observations", []), key=repr)
    expected = case.get("rejects", [])
    assert [(one.line, one.code) for one in taken.rejects] == [
        (one["line"], one["code"]) for one in expected
    ]
    for reject, wanted in zip(taken.rejects, expected, strict=True):
        check_reject(reject, wanted)
    assert taken.duplicates == case.get("duplicates", 0)
    assert taken.unfilled == case.get("unfilled", 0)
    if "notes" in case:
        assert list(taken.notes) == case["notes"]


def check_reject(reject: Reject, wanted: Case) -> None:
    assert reject.file.endswith("figures.csv")
    for words in wanted.get("says", ()):
        assert words in reject.message
    if "cells" in wanted:
        assert dict(reject.cells) == wanted["cells"]


@pytest.mark.parametrize("name", TABLES)
def test_every_line_of_the_design_has_a_case(name: str) -> None:
    content = table(name)
    used = {line for case in content["cases"] for line in case["lines"]}
    assert used == set(content["lines"])


@pytest.mark.parametrize("case", cases("files"))
def test_unusable_files(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    text = case.get("text", "")
    if "repeat" in case:
        text += case["repeat"]["text"] * case["repeat"]["times"]
    encoded = text.encode(case.get("encoding", "utf-8"))
    path.write_bytes(bytes.fromhex(case["hex"]) if "hex" in case else encoded)
    with pytest.raises(UnusableFile) as caught:
        read_long_csv(path, ReadOptions(**case.get("options", {})))
    message = str(caught.value)
    assert message.startswith(str(path))
    for words in case["says"]:
        assert words in message


@pytest.mark.parametrize(("name", "words"), [("missing.csv", "no such file"), (".", "is a folder")])
def test_no_file(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=words):
        read_long_csv(tmp_path / name)


def test_a_byte_order_mark_is_no_part_of_the_first_column(
    tmp_path: Path, known: Mapping[str, Any]
) -> None:
    path = tmp_path / "figures.csv"
    text = "area,indicator,year,value,unit,source\nKR,smart-meters,2022,41,%,S\n"
    path.write_text(text, encoding="utf-8-sig")
    taken = Intake(**known).read(read_long_csv(path))
    assert [said(one)[:4] for one in taken.observations] == [["KR", "smart-meters", 2022, 41.0]]
