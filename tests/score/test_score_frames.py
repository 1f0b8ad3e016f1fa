"""What is read of a table, and what is wrong with it: tests/cases/score/frames.json."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import UnknownName, UnusableFile
from citygoals.core.figures.tables import UnusableTable, read_table, write_table
from citygoals.core.results.score import Frame, frame_from, index_of

CASES = Path(__file__).parent.parent / "cases" / "score"
FRAMES = json.loads((CASES / "frames.json").read_text(encoding="utf-8"))["cases"]
Maker = Callable[[Mapping[str, Any]], dict[str, Any]]
ROWS = [
    {"area": "KR-seoul", "year": 2020, "x": 0.1, "y": None, "ranked": True},
    {"area": "KR-busan", "year": 2020, "x": 1 / 3, "y": 7, "ranked": False},
]


def frame_of(case: Mapping[str, Any], path: Path, document_of: Maker) -> Frame:
    settings: dict[str, Any] = {"children": ["x", "y"]}
    if "impute" in case:
        settings["indicators"] = {"impute": {"statistic": "mean", "group": case["impute"]}}
    index = index_of(document_of(settings), "index.json")
    return frame_from(read_table(path), index, decimal=case.get("decimal", "."))


def figures(values: Any) -> list[float | None]:
    return [None if math.isnan(value) else float(value) for value in values]


@pytest.mark.parametrize("case", FRAMES, ids=lambda case: case["name"])
def test_frame(case: dict[str, Any], tmp_path: Path, document_of: Maker) -> None:
    path = tmp_path / "table.csv"
    path.write_text(case["text"], encoding="utf-8")
    if "unusable" in case:
        with pytest.raises(UnusableFile) as unusable:
            frame_of(case, path, document_of)
        assert case["unusable"] in str(unusable.value)
    elif "faults" in case:
        with pytest.raises(UnusableTable) as faulty:
            frame_of(case, path, document_of)
        found = faulty.value.findings
        assert [one.at.line for one in found] == [line for line, _ in case["faults"]]
        for finding, (_, words) in zip(found, case["faults"], strict=True):
            assert words in str(finding)
    else:
        frame = frame_of(case, path, document_of)
        assert (frame.layout, frame.areas, frame.names) == (
            case["layout"],
            case["areas"],
            case["names"],
        )
        assert list(frame.years) == case["years"]
        assert {key: figures(values) for key, values in frame.figures.items()} == case["figures"]
        assert {key: list(cells) for key, cells in frame.words.items()} == case.get("words", {})


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_table_comes_back_as_it_was_written(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"table{suffix}"
    write_table(path, ROWS, list(ROWS[0]))
    table = read_table(path)
    assert table.columns == list(ROWS[0])
    assert table.texts("area") == ["KR-seoul", "KR-busan"]
    assert [cell and cell.casefold() for cell in table.texts("ranked")] == ["true", "false"]
    assert {key: found.to_list() for key, found in table.numbers(["x", "y", "year"]).items()} == {
        "x": [0.1, 1 / 3],
        "y": [None, 7.0],
        "year": [2020.0, 2020.0],
    }
    assert [path.name for path in tmp_path.iterdir()] == [f"table{suffix}"]


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    import polars as pl
    import xlsxwriter

    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        pl.DataFrame({"area": ["a"], "x": [1]}).write_excel(book, "First")
        pl.DataFrame({"area": ["b"], "x": ["abc"]}).write_excel(book, "Second")
    assert read_table(path).texts("area") == ["a"]
    second = read_table(path, sheet="Second")
    assert second.texts("area") == ["b"]
    with pytest.raises(UnusableTable, match=r"book.xlsx:2: column 'x': 'abc' is not a number"):
        second.numbers(["x"])
    with pytest.raises(UnusableFile, match="has no sheet 'Third'; its sheets: First, Second"):
        read_table(path, sheet="Third")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("table.pdf", b"x", "is no table that can be read: .pdf"),
        ("table", b"x", "no suffix"),
        ("table.csv", b"area,x\n\xff\xfe,1\n", "2: is not UTF-8 here"),
        ("table.csv", "area,x\na,1\n".encode("utf-16"), "is no text in UTF-8"),
        ("table.xlsx", b"area,x\na,1\n", "cannot be read"),
        ("table.parquet", b"area,x\na,1\n", "cannot be read"),
    ],
)
def test_a_file_that_is_no_table(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableFile) as raised:
        read_table(tmp_path / name)
    assert words in str(raised.value)


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="no such file"):
        read_table(tmp_path / "table.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UnusableFile, match="is a folder"):
        read_table(tmp_path / "folder.csv")
    with pytest.raises(UnusableFile, match=r"is no table that can be written: \.pdf"):
        write_table(tmp_path / "table.pdf", ROWS, ["area"])
    with pytest.raises(UnusableFile, match="No such file"):
        write_table(tmp_path / "missing" / "table.csv", ROWS, ["area"])


def test_a_column_that_a_table_does_not_have(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv", ROWS, ["area", "x"])
    with pytest.raises(UnknownName, match="unknown column 'aera'; did you mean 'area'"):
        read_table(tmp_path / "table.csv").texts("aera")


def test_no_more_than_twenty_faults_are_told(tmp_path: Path) -> None:
    rows = [{"area": f"a{at}", "x": "?"} for at in range(50)]
    write_table(tmp_path / "table.csv", rows, ["area", "x"])
    with pytest.raises(UnusableTable) as raised:
        read_table(tmp_path / "table.csv").numbers(["x"])
    assert len(raised.value.findings) == 20
