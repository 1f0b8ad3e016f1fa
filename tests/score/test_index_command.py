"""`citygoals index` and `citygoals robustness` on files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from citygoals.core.base.errors import UnknownName, UnusableFile
from citygoals.core.figures.tables import UnusableTable, read_table
from citygoals.core.results.score.aggregate import NegativeValue
from citygoals.core.results.score.rows import NoSuchYear
from citygoals.plugins.commands.index import index as index_command
from citygoals.plugins.commands.robustness import robustness as robustness_command

Maker = Callable[[Mapping[str, Any]], dict[str, Any]]
Writer = Callable[[Path, Mapping[str, Any]], Path]
CASE = {
    "indicators": {"normalise": "min-max"},
    "levels": [{"title": "Index"}, {"title": "Pillar"}, {"title": "Indicator"}],
    "children": [
        {"id": "g", "title": "Green", "weight": 3, "children": ["x", "y"]},
        {"id": "z", "weight": 1, "direction": "lower"},
    ],
    "table": {
        "area": ["KR-a", "KR-b", "MY-c"],
        "name": ["Ah", "Bee", "Sea"],
        "country": ["KR", "KR", "MY"],
        "people": [3, 1, 5],
        "x": [0, 50, 100],
        "y": [10, "", 20],
        "z": [1, 2, 3],
    },
}
"""x is 0, 50, 100; y 0, -, 100; z 100, 50, 0; g 0, 50, 100; the index 25, 50, 75."""


@pytest.fixture
def folder(tmp_path: Path, document_of: Maker, csv_writer: Writer) -> Path:
    (tmp_path / "index.json").write_text(json.dumps(document_of(CASE)), encoding="utf-8")
    csv_writer(tmp_path / "table.csv", CASE["table"])
    return tmp_path


def run(folder: Path, *arguments: str, command: Any = index_command) -> Result:
    files = [str(folder / "index.json"), str(folder / "table.csv")]
    return CliRunner().invoke(command, [*files, *arguments])


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_json_has_every_node(folder: Path) -> None:
    result = run(folder, "--format", "json")
    first, second, third = rows(result)
    assert [one["area"] for one in (first, second, third)] == ["MY-c", "KR-b", "KR-a"]
    assert second == {
        "area": "KR-b",
        "name": "Bee",
        "year": None,
        "score": 50,
        "rank": 2,
        "coverage": pytest.approx(2 / 3),
        "imputed": 0,
        "nodes": {
            "g": {"score": 50, "rank": 2, "coverage": 0.5, "imputed": 0},
            "x": {"score": 50, "rank": 2, "coverage": 1, "imputed": 0},
            "y": {"score": None, "rank": None, "coverage": 0, "imputed": 0},
            "z": {"score": 50, "rank": 2, "coverage": 1, "imputed": 0},
        },
    }
    assert "table.csv: wide table, 3 areas, 3 indicators" in result.stderr


def test_csv_has_one_row_an_area(folder: Path) -> None:
    found = list(csv.DictReader(io.StringIO(run(folder, "--format", "csv").stdout)))
    assert list(found[0])[:10] == [
        *("area", "name", "score", "rank", "coverage", "imputed"),
        *("g", "g rank", "g coverage", "g imputed"),
    ]
    assert [(one["area"], one["score"], one["rank"], one["g"]) for one in found] == [
        ("MY-c", "75.0", "1", "100.0"),
        ("KR-b", "50.0", "2", "50.0"),
        ("KR-a", "25.0", "3", "0.0"),
    ]
    assert found[1]["y"] == ""


def test_long_layout_has_one_row_a_node(folder: Path) -> None:
    found = rows(run(folder, "--layout", "long", "--format", "json"))
    assert len(found) == 3 * 5
    assert found[0]["node"] == "index"
    assert found[3] == {
        "area": "MY-c",
        "name": "Sea",
        "year": None,
        "level": "Indicator",
        "node": "y",
        "title": "y",
        "parent": "g",
        "score": 100,
        "rank": 1,
        "coverage": 1,
        "imputed": 0,
    }


def test_a_table_for_people(folder: Path) -> None:
    text = run(folder).stdout
    assert "Green" in text
    assert [line.split()[:3] for line in text.splitlines() if "%" in line] == [
        ["1", "Sea", "75.00"],
        ["2", "Bee", "50.00"],
        ["3", "Ah", "25.00"],
    ]


@pytest.mark.parametrize(
    ("stage", "of_c"),
    [
        ("denominate", {"x": 100, "y": 20, "z": 3}),
        ("normalise", {"x": 100, "y": 100, "z": 0, "g": 100, "index": 75}),
        ("aggregate", {"g": 100, "index": 75}),
    ],
)
def test_a_stage_on_its_own(stage: str, of_c: dict[str, float], folder: Path) -> None:
    first = rows(run(folder, "--stage", stage, "--format", "json"))[0]
    assert first == {"area": "MY-c", "name": "Sea", "year": None, **of_c}


def test_the_weights(folder: Path) -> None:
    found = {one["node"]: one for one in rows(run(folder, "--stage", "weight", "--format", "json"))}
    assert {name: (one["weight"], one["weight_in_index"]) for name, one in found.items()} == {
        "index": (1, 1),
        "g": (0.75, 0.75),
        "x": (0.5, 0.375),
        "y": (0.5, 0.375),
        "z": (0.25, 0.25),
    }


def test_countries_from_cities(folder: Path) -> None:
    plain = rows(run(folder, "--by", "country", "--format", "json"))
    assert [(one["area"], one["score"], one["rank"]) for one in plain] == [
        ("MY", 75, 1),
        ("KR", 37.5, 2),
    ]
    arguments = ("--by", "country", "--by-weight", "people", "--format", "json")
    assert [one["score"] for one in rows(run(folder, *arguments))] == [75, 31.25]
    assert "--by-weight goes with --by" in run(folder, "--by-weight", "people").output


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx", ".json"])
def test_scores_go_to_files(suffix: str, folder: Path) -> None:
    out = folder / f"scores{suffix}"
    result = run(folder, "--out", str(out), "--format", "json")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "3 rows" in result.stderr
    if suffix == ".json":
        scores = [one["score"] for one in json.loads(out.read_text(encoding="utf-8"))]
    else:
        scores = read_table(out).numbers(["score"])["score"].to_list()
    assert scores == [75, 50, 25]


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_tables_of_other_kinds_give_the_same(suffix: str, folder: Path) -> None:
    import polars as pl

    frame = pl.read_csv(folder / "table.csv")
    path = folder / f"table{suffix}"
    frame.write_parquet(path) if suffix == ".parquet" else frame.write_excel(path)
    arguments = [str(folder / "index.json"), str(path), "--format", "json"]
    found = rows(CliRunner().invoke(index_command, arguments))
    assert [(one["area"], one["score"], one["rank"]) for one in found] == [
        ("MY-c", 75, 1),
        ("KR-b", 50, 2),
        ("KR-a", 25, 3),
    ]


def test_years_of_a_panel(tmp_path: Path, document_of: Maker, csv_writer: Writer) -> None:
    case = {"indicators": {"normalise": "min-max"}, "children": ["x"]}
    (tmp_path / "index.json").write_text(json.dumps(document_of(case)), encoding="utf-8")
    table = {"area": ["a", "b", "a", "b"], "year": [2021, 2021, 2020, 2020], "x": [4, 8, 0, 2]}
    csv_writer(tmp_path / "table.csv", table)
    both = rows(run(tmp_path, "--format", "json"))
    assert [(one["year"], one["area"], one["score"], one["rank"]) for one in both] == [
        (2020, "b", 25, 1),
        (2020, "a", 0, 2),
        (2021, "b", 100, 1),
        (2021, "a", 50, 2),
    ]
    assert [one["score"] for one in rows(run(tmp_path, "--year", "2021", "--format", "json"))] == [
        100,
        50,
    ]
    result = run(tmp_path, "--year", "2019")
    assert isinstance(result.exception, NoSuchYear)
    assert "no figures of the year 2019; it has: 2020, 2021" in str(result.exception)
    last = rows(run(tmp_path, "--draws", "20", "--format", "json", command=robustness_command))
    assert [(one["area"], one["year"], one["nominal"]) for one in last] == [
        ("b", 2021, 1),
        ("a", 2021, 2),
    ]


def test_what_was_imputed_and_treated_is_said(folder: Path, document_of: Maker) -> None:
    case = {**CASE, "indicators": {"impute": "mean", "treat": {}, "normalise": "min-max"}}
    (folder / "index.json").write_text(json.dumps(document_of(case)), encoding="utf-8")
    assert "note: impute y: 1 filled (mean): KR-b" in run(folder).stderr
    found = rows(run(folder, "--notes", "--format", "json"))
    assert found == [{"stage": "impute", "node": "y", "note": "1 filled (mean): KR-b"}]
    assert rows(run(folder, "--format", "json"))[1]["nodes"]["y"]["imputed"] == 1


def test_the_priorities_of_a_profile(
    tmp_path: Path, document_of: Maker, csv_writer: Writer
) -> None:
    """Korea's priorities weigh energy 0.22 and safety 0.1, so energy has 0.22 / 0.32."""
    case = {"children": ["energy", {"id": "x", "theme": "safety"}]}
    (tmp_path / "index.json").write_text(json.dumps(document_of(case)), encoding="utf-8")
    csv_writer(tmp_path / "table.csv", {"area": ["a", "b"], "energy": [100, 0], "x": [0, 100]})
    first, second = rows(run(tmp_path, "--priorities", "kr", "--format", "json"))
    assert (first["area"], first["score"]) == ("a", pytest.approx(68.75))
    assert (second["area"], second["score"]) == ("b", pytest.approx(31.25))
    arguments = ("--show", "priorities", "--format", "json")
    ranks = rows(run(tmp_path, *arguments, command=robustness_command))
    assert {"common", "id", "kr", "my"} <= ranks[0].keys()
    assert [one["kr"] for one in ranks] == [1, 2]
    result = run(tmp_path, "--priorities", "xx")
    assert isinstance(result.exception, UnknownName)
    assert "unknown profile with priorities 'xx'" in str(result.exception)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"x": [1, "abc", 2]}, UnusableTable, "table.csv:3: column 'x': 'abc' is not a number"),
        ({"x": [1, "inf", 2]}, UnusableTable, "table.csv:3: column 'x': an infinite number"),
        ({"area": ["a", "b", "a"]}, UnusableTable, "table.csv:4: a stands here and in line 2"),
        ({"x": None}, UnusableTable, "no column 'x', which the index reads"),
    ],
)
def test_bad_tables_are_one_clear_error(
    change: dict[str, Any], kind: type[Exception], words: str, folder: Path, csv_writer: Writer
) -> None:
    table = {**CASE["table"], **change}  # type: ignore[dict-item]
    csv_writer(folder / "table.csv", {key: value for key, value in table.items() if value})
    result = run(folder)
    assert isinstance(result.exception, kind)
    assert words in str(result.exception)


def test_a_negative_value_has_no_geometric_mean(folder: Path, document_of: Maker) -> None:
    case = {**CASE, "indicators": {"normalise": "z-score"}, "groups": {"aggregate": "geometric"}}
    (folder / "index.json").write_text(json.dumps(document_of(case)), encoding="utf-8")
    result = run(folder)
    assert isinstance(result.exception, NegativeValue)
    words = "'g' is a geometric mean, which has no value for 'x' = -1 of KR-a; choose a range"
    assert words in str(result.exception)


def test_files_that_are_not_there(folder: Path) -> None:
    missing = str(folder / "missing.csv")
    result = CliRunner().invoke(index_command, [str(folder / "index.json"), missing])
    assert isinstance(result.exception, UnusableFile)
    result = CliRunner().invoke(index_command, [missing, missing])
    assert isinstance(result.exception, UnusableFile)


def test_the_column_of_areas_can_be_named(folder: Path, csv_writer: Writer) -> None:
    table = {**CASE["table"], "code": ["p", "q", "r"]}  # type: ignore[dict-item]
    csv_writer(folder / "table.csv", table)
    found = rows(run(folder, "--area-column", "code", "--format", "json"))
    assert [one["area"] for one in found] == ["r", "q", "p"]


def test_every_listing_of_robustness(folder: Path) -> None:
    def listed(*arguments: str) -> list[dict[str, Any]]:
        return rows(run(folder, *arguments, "--format", "json", command=robustness_command))

    ranks = listed("--draws", "50", "--seed", "3", "--vary", "weights")
    assert [(one["area"], one["nominal"]) for one in ranks] == [
        ("MY-c", 1),
        ("KR-b", 2),
        ("KR-a", 3),
    ]
    assert all(one["best"] <= one["low"] <= one["high"] <= one["worst"] for one in ranks)
    assert {one["draws"] for one in ranks} == {50}
    choices = listed("--show", "choices", "--draws", "50")
    assert {one["choice"] for one in choices} == {"normalise", "aggregate"}
    without = {one["indicator"]: one for one in listed("--show", "indicators")}
    assert without.keys() == {"x", "y", "z"}
    assert without["z"]["shifts"] == {"MY-c": 0, "KR-b": 0, "KR-a": 0}
    table = run(folder, "--show", "indicators", "--format", "csv", command=robustness_command)
    of_z = next(one for one in csv.DictReader(io.StringIO(table.stdout)) if one["indicator"] == "z")
    assert [of_z[f"shift {area}"] for area in ("MY-c", "KR-b", "KR-a")] == ["0", "0", "0"]
    favourable = {one["area"]: one for one in listed("--show", "favourable")}
    assert favourable["KR-a"]["best_rank"] == 1
    assert favourable["KR-a"]["weight z"] == pytest.approx(1)
    near = {one["area"]: one for one in listed("--show", "favourable", "--freedom", "0")}
    assert near["KR-a"]["best_score"] == pytest.approx(25 / 75)
    assert near["KR-a"]["best_rank"] == 3


def test_concentration_narrows_the_intervals(folder: Path) -> None:
    def spread(concentration: str) -> float:
        said = ("--vary", "weights", "--concentration", concentration, "--draws", "300")
        found = rows(run(folder, *said, "--format", "json", command=robustness_command))
        return sum(float(one["worst"] - one["best"]) for one in found)

    assert spread("100000") == 0
    assert spread("1") > 0


def test_who_gains_and_loses_without_an_indicator(
    tmp_path: Path, document_of: Maker, csv_writer: Writer
) -> None:
    """By x a, b, c are in this order, by y c, a, b; x decides, with weight 9.

    Without x the ranks of a, b and c go from 1, 2, 3 to 2, 3, 1; without y they stay.
    """
    case = {
        "children": [{"id": "x", "weight": 9}, {"id": "y", "weight": 1}],
        "table": {
            "area": ["a", "b", "c", "d"],
            "name": ["Ah", "Bee", "Sea", "Dee"],
            "x": [90, 60, 30, 0],
            "y": [20, 10, 40, 0],
        },
    }
    (tmp_path / "index.json").write_text(json.dumps(document_of(case)), encoding="utf-8")
    csv_writer(tmp_path / "table.csv", case["table"])
    arguments = ("--show", "indicators", "--format", "json")
    first, second = rows(run(tmp_path, *arguments, command=robustness_command))
    assert first == {
        "indicator": "x",
        "title": "x",
        "moved": 3,
        "mean_shift": 1.0,
        "gains_most": "Sea",
        "gain": 2,
        "loses_most": "Ah",
        "loss": 1,
        "shifts": {"a": 1, "b": 1, "c": -2, "d": 0},
    }
    assert second["shifts"] == {"a": 0, "b": 0, "c": 0, "d": 0}
    assert (second["indicator"], second["gains_most"], second["loses_most"]) == ("y", None, None)
