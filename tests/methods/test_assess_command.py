"""`citygoals assess`: a table in, the same table with status, score and reason out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.figures.tables import read_table
from citygoals.core.judging.table import assess_table, result_column
from citygoals.core.logic import NamedRule
from citygoals.plugins.commands.assess import assess

TABLE = Path(__file__).parent.parent / "cases" / "methods" / "assess.json"
CASES = json.loads(TABLE.read_text(encoding="utf-8"))["cases"]
RULE = {
    "$schema": "https://schemas.citygoals.example/1/rule.schema.json",
    "id": "twice",
    "title": "Twice the target",
    "scale": "attainment",
    "needs": ["value"],
    "logic": {"if": [{">=": [{"var": "value"}, {"*": [2, {"var": "target"}]}]}, "met", "not-met"]},
    "examples": [{"given": {"value": 8, "target": 4}, "expect": "met"}],
}


def run(table: Path, rule: str, *arguments: str) -> Result:
    return CliRunner().invoke(assess, [str(table), "--rule", rule, *arguments])


def written(folder: Path, lines: Sequence[str]) -> Path:
    path = folder / "table.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any], tmp_path: Path, rules: Mapping[str, NamedRule]) -> None:
    path, decimal = written(tmp_path, case["lines"]), case.get("decimal", ".")
    if "error" in case:
        with pytest.raises(CitygoalsError) as raised:
            list(assess_table(read_table(path), rules[case["rule"]], decimal))
        assert [text for text in case["error"] if text not in str(raised.value)] == []
        return
    table, answer = read_table(path), result_column(rules[case["rule"]])
    judged = assess_table(table, rules[case["rule"]], decimal)
    rows = [one.row(answer, typed=False) for one in judged]
    assert all([*row] == [*table.columns, answer, "score", "reason"] for row in rows)
    assert ("number" in case) == (answer == "number")
    for name in ("status", "reason", "number", "score"):
        if name in case:
            cells = [x if x is None or isinstance(x, str) else close(x) for x in case[name]]
            assert [row[name] for row in rows] == cells
    for name, cells in case.get("passes", {}).items():
        assert [row[name] for row in rows] == cells


def close(figure: float) -> Any:
    return pytest.approx(figure)


LINES = (
    "city,value,year,baseline,baseline_year,target,target_year,direction,note",
    "A,80,2020,60,2010,80,2030,higher,x",
    "B,104.70,2020,100,2010,110,2030,up,",
    "C,,2020,100,2010,,,down,z",
)


def test_formats_say_the_same(tmp_path: Path) -> None:
    table = written(tmp_path, LINES)
    shown = {name: run(table, "open-sdg-progress", "--format", name) for name in ("csv", "json")}
    assert all(result.exit_code == 0 for result in shown.values())
    assert shown["csv"].stdout.splitlines() == [
        f"{LINES[0]},status,score,reason",
        f"{LINES[1]},target-achieved,100.0,rule",
        f"{LINES[2]},on-track,{100 * (104.7 - 100) / 10},rule",
        f"{LINES[3]},no-data,,missing: value",
    ]
    rows = json.loads(shown["json"].stdout)
    assert [row["status"] for row in rows] == ["target-achieved", "on-track", "no-data"]
    assert rows[1] | {"score": None} == {
        "city": "B",
        "value": 104.7,
        "year": 2020,
        "baseline": 100.0,
        "baseline_year": 2010,
        "target": 110.0,
        "target_year": 2030,
        "direction": 1,
        "note": None,
        "status": "on-track",
        "score": None,
        "reason": "rule",
    }
    assert rows[2]["value"] is None
    table_text = run(table, "open-sdg-progress").stdout
    assert [word in table_text for word in ("target-achieved", "104.7", "baseline")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_every_kind_of_table_in_and_out(tmp_path: Path, suffix: str) -> None:
    first = tmp_path / f"first{suffix}"
    assert run(written(tmp_path, LINES), "threshold", "--out", str(first)).exception is None
    frame = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".xlsx": pl.read_excel}[suffix](
        first
    )
    assert frame["status"].to_list() == ["met", "not-met", "no-data"]
    assert frame["value"].to_list() == [80, 104.7, None]
    assert frame["note"].to_list() == ["x", None, "z"]
    again = tmp_path / f"again{suffix}"
    bare = frame.drop("status", "score", "reason")
    if suffix == ".xlsx":
        bare.write_excel(again)
    else:
        (bare.write_csv if suffix == ".csv" else bare.write_parquet)(again)
    result = run(again, "threshold", "--format", "json")
    assert [row["status"] for row in json.loads(result.stdout)] == frame["status"].to_list()


def test_parquet_keeps_lists_and_numbers(tmp_path: Path) -> None:
    table = tmp_path / "goals.parquet"
    columns = {"area": ["A", "B"], "values": [[0.2, 0.9, 3.0], [2.0, None, 2.5]]}
    pl.DataFrame(columns).write_parquet(table)
    result = run(table, "sdg-index-goal-colour", "--format", "json")
    rows = json.loads(result.stdout)
    assert [row["status"] for row in rows] == ["red", "green"]
    assert rows[1]["values"] == [2.0, 2.5]


def test_a_fault_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    result = run(
        written(tmp_path, ["value,target,direction", "x,4,1"]), "threshold", "--out", str(out)
    )
    assert isinstance(result.exception, CitygoalsError)
    assert (result.stdout, out.exists()) == ("", False)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("treshold", "unknown rule 'treshold'; did you mean 'threshold'?"),
        ("missing.json", "missing.json: no such file"),
    ],
)
def test_a_rule_that_is_not_there(tmp_path: Path, rule: str, says: str) -> None:
    result = run(written(tmp_path, ["value,target,direction", "5,4,1"]), rule)
    assert isinstance(result.exception, CitygoalsError)
    assert says in str(result.exception)


def test_an_infinite_figure_of_parquet_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "t.parquet"
    columns = {"value": [1.0, float("inf")], "target": [2.0, 2.0], "direction": [1, 1]}
    pl.DataFrame(columns).write_parquet(table)
    result = run(table, "threshold")
    assert "t.parquet:2: column 'value': an infinite number" in str(result.exception)


def test_a_rule_document(tmp_path: Path) -> None:
    document = tmp_path / "twice.json"
    document.write_text(json.dumps(RULE), encoding="utf-8")
    table = written(tmp_path, ["value,target", "8,4", "7,4", "7,"])
    result = run(table, str(document), "--format", "json")
    assert [row["status"] for row in json.loads(result.stdout)] == ["met", "not-met", "no-data"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"examples": [{"given": {"value": 7, "target": 4}, "expect": "met"}]}, "/examples/0"),
        ({"scale": "school-marks"}, "unknown scale 'school-marks'"),
        ({"logic": {"if": [True, "met"]}}, "end every `if` with an else"),
        ({"$schema": "goals.schema.json"}, "goals"),
    ],
)
def test_a_rule_document_with_faults(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    document = tmp_path / "twice.json"
    document.write_text(json.dumps({**RULE, **change}, indent=1), encoding="utf-8")
    result = run(written(tmp_path, ["value,target", "8,4"]), str(document))
    assert isinstance(result.exception, CitygoalsError)
    assert says in str(result.exception)
    assert "twice.json:" in str(result.exception)


def test_another_kind_of_document_is_no_rule(tmp_path: Path) -> None:
    document = tmp_path / "themes.json"
    theme = {"id": "t", "title": "T"}
    content = {"$schema": "themes.schema.json", "themes": [theme]}
    document.write_text(json.dumps(content), encoding="utf-8")
    result = run(written(tmp_path, ["value,target", "8,4"]), str(document))
    assert "this is a document of kind 'themes', not a rule" in str(result.exception)


def test_other_indicators_have_columns_of_their_own(tmp_path: Path) -> None:
    wanted = {"indicator": "population"}
    share = {"/": [{"var": "value"}, wanted]}
    rule = {
        **RULE,
        "needs": ["value", "indicators.population.value"],
        "logic": {"if": [{">=": [share, 2]}, "met", "not-met"]},
        "examples": [
            {
                "given": {"value": 8, "indicators": {"population": {"value": 4}}},
                "expect": "met",
            }
        ],
    }
    document = tmp_path / "twice.json"
    document.write_text(json.dumps(rule), encoding="utf-8")
    table = written(tmp_path, ["value,indicators.population.value", "8,4", "7,4", "7,"])
    result = run(table, str(document), "--format", "json")
    rows = json.loads(result.stdout)
    assert [row["status"] for row in rows] == ["met", "not-met", "no-data"]
    assert rows[2]["reason"] == "missing: indicators.population.value"
