"""The main job from end to end on the example forum: import, evaluate, compare, explain."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

Run = Callable[..., Any]
ENGINE = {"no-data", "not-applicable"}


@pytest.fixture(scope="module")
def evaluated(demo: Path) -> list[dict[str, Any]]:
    """`evaluate --format json` on a copy of the example, in a process of its own."""
    database = demo / "evaluated.db"
    database.write_bytes((demo / "citygoals-demo" / "forum.db").read_bytes())
    command = [sys.executable, "-m", "citygoals", "evaluate", "--format", "json", "--db"]
    done = subprocess.run([*command, database], capture_output=True, text=True, check=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


@pytest.fixture
def countries(citygoals: Run) -> dict[str, str]:
    """The national profiles by country, Korea's, Malaysia's and Indonesia's among them."""
    listed = citygoals("profiles", "--format", "json").json
    found = {row["country"]: row["id"] for row in listed if row["country"]}
    assert found | {"KR": "kr", "MY": "my", "ID": "id"} == found
    return found


def goals(citygoals: Run, profile: str) -> list[str]:
    return [row["goal"] for row in citygoals("profiles", profile, "--format", "json").json]


def test_every_area_under_common_and_its_own_profile(
    evaluated: list[dict[str, Any]], countries: dict[str, str], db: Path, citygoals: Run
) -> None:
    listed = citygoals("areas", "--db", db, "--format", "json").json
    standing = {profile: goals(citygoals, profile) for profile in ("common", *countries.values())}
    for country, own in countries.items():
        areas = [area["id"] for area in listed if area["country"] == country]
        assert areas
        expected = Counter(
            (profile, area, goal)
            for profile in ("common", own)
            for area in areas
            for goal in standing[profile]
        )
        said = Counter(
            (row["profile"], row["area"], row["goal"])
            for row in evaluated
            if row["country"] == country
        )
        assert said == expected


def test_areas_without_a_profile_are_judged_by_the_common_goals(
    evaluated: list[dict[str, Any]], countries: dict[str, str]
) -> None:
    others = [row for row in evaluated if row["country"] not in countries]
    assert {row["profile"] for row in others} == {"common"}
    assert {row["country"] for row in others} >= {"AE", "IR", "TH"}


def test_sejong_under_malaysias_goals(db: Path, citygoals: Run) -> None:
    command = ["evaluate", "--db", db, "--area", "KR-sejong", "--profile", "my"]
    rows = citygoals(*command, "--format", "json").json
    assert [row["goal"] for row in rows] == goals(citygoals, "my")
    by_goal = {row["goal"]: row for row in rows}
    air = by_goal["clean-air"]
    assert (air["value"], air["value_year"], air["age"]) == (20.0, 2020, 5)
    assert {row["status"] for row in rows if row["stand"] == "declined"} == {"not-applicable"}


def test_twice_the_same(evaluated: list[dict[str, Any]], db: Path, citygoals: Run) -> None:
    again = citygoals("evaluate", "--db", db, "--format", "json")
    assert again.json == evaluated
    assert {row["run"] for row in again.json} == {2}


def test_show_lists_what_evaluate_said(
    example: Path, evaluated: list[dict[str, Any]], citygoals: Run
) -> None:
    shown = citygoals("show", "--db", example, "--format", "json").json
    said = [{key: value for key, value in row.items() if key != "run"} for row in evaluated]
    assert [{key: row[key] for key in said[0]} for row in shown] == said


def test_csv_says_the_same_as_json(example: Path, citygoals: Run) -> None:
    command = ["show", "--db", example, "--area", "KR-seoul"]
    as_json = citygoals(*command, "--format", "json").json
    rows = list(csv.DictReader(io.StringIO(citygoals(*command, "--format", "csv").out)))
    assert [row["goal"] for row in rows] == [row["goal"] for row in as_json]
    written = [row["value"] for row in as_json]
    assert [float(row["value"]) if row["value"] else None for row in rows] == written


def test_compare_counts_what_evaluate_said(
    evaluated: list[dict[str, Any]], example: Path, citygoals: Run
) -> None:
    found = citygoals("compare", "--db", example, "--format", "json").json
    common = [row for row in evaluated if row["profile"] == "common"]
    assert found["columns"] == sorted({row["country"] for row in common})
    assert [row["goal"] for row in found["goals"]] == list(dict.fromkeys(r["goal"] for r in common))
    for row in found["goals"]:
        mine = [r for r in common if r["goal"] == row["goal"]]
        decided = [r for r in mine if r["status"] not in ENGINE]
        counted = [r["value"] for r in decided if "proxy" not in r["marks"]]
        figures = [value for value in counted if value is not None]
        assert (row["decided"], row["areas"]) == (len(decided), len(mine))
        assert row["columns_decided"] == len({r["country"] for r in decided})
        assert row["median"] == (median(figures) if figures else None)


def test_compare_has_every_country_of_the_national_profiles(
    example: Path, countries: dict[str, str], citygoals: Run
) -> None:
    found = citygoals("compare", "--db", example, "--format", "json").json
    for row in found["goals"]:
        assert set(countries) <= set(row["cells"])
    by_area = citygoals("compare", "--db", example, "--by", "area", "--format", "json").json
    assert {"KR-sejong", "MY-kuala-lumpur", "ID-jakarta"} <= set(by_area["columns"])


def test_no_trend_across_a_break(example: Path, citygoals: Run) -> None:
    command = ["explain", "KR", "electronic-medical-records", "--db", example]
    told = citygoals(*command)
    assert told.code == 0
    assert "no trend across a break" in told.out
    assert "deteriorat" not in told.out
    said = citygoals(*command, "--format", "json").json["assessment"]
    assert (said["value"], said["value_year"], said["previous"]) == (90.5, 2020, None)
    assert said["status"] == "not-met"


def test_explain_says_pace_target_and_rule(example: Path, citygoals: Run) -> None:
    told = citygoals("explain", "KR-sejong", "cleaner-air-by-2030", "--db", example).out
    assert "20 µg/m³ in 2020, 5 years old" in told
    assert "target 15 µg/m³ by 2030, illustrative" in told
    assert "needed from now on: -0.5 µg/m³ a year" in told
    assert "got: -0.75 µg/m³ a year since 2016" in told
    assert "rule linear-path:" in told


def test_the_demo_leaves_the_view(example: Path, evaluated: list[dict[str, Any]]) -> None:
    connection = sqlite3.connect(example)
    count = connection.execute("SELECT count(*) FROM assessments").fetchone()[0]
    words = connection.execute(
        "SELECT status, value, value_year FROM assessments"
        " WHERE profile = 'kr' AND area = 'KR-seoul' AND goal = 'cleaner-air-by-2030'"
    ).fetchall()
    connection.close()
    assert count == len(evaluated)
    said = next(
        row
        for row in evaluated
        if (row["profile"], row["area"], row["goal"]) == ("kr", "KR-seoul", "cleaner-air-by-2030")
    )
    assert words == [(said["status"], said["value"], said["value_year"])]


HEADER = "area,indicator,year,value,unit,source\n"


def figures(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_an_earlier_state_is_evaluated_as_of_its_day(tmp_path: Path, citygoals: Run) -> None:
    first = figures(tmp_path, "first.csv", "KR-seoul,pm2-5-annual-mean,2023,30,ug/m3,Seoul")
    later = figures(tmp_path, "later.csv", "KR-seoul,pm2-5-annual-mean,2023,4,ug/m3,Seoul")
    assert citygoals("import", first, "--as-of", "2024-03-01").code == 0
    assert citygoals("import", later, "--as-of", "2025-03-01").code == 0

    def said(*more: str) -> tuple[float, str]:
        command = ["evaluate", "--area", "KR-seoul", "--profile", "common", "--format", "json"]
        rows = citygoals(*command, *more).json
        return next((r["value"], r["status"]) for r in rows if r["goal"] == "clean-air")

    assert said() == (4.0, "met")
    assert said("--as-of", "2024-12-31") == (30.0, "not-met")
    assert said("--as-of", "2025-03-01") == (4.0, "met")
    runs = citygoals("runs", "--format", "json").json
    assert [run["as_of"] and run["as_of"][:10] for run in runs] == [
        None,
        "2024-12-31",
        "2025-03-01",
    ]


def test_rejects_are_listed_mended_and_taken_in(tmp_path: Path, citygoals: Run) -> None:
    mixed = figures(
        tmp_path,
        "mixed.csv",
        "KR-seoul,pm2-5-annual-mean,2023,18,ug/m3,Seoul",
        "KR-busan,pm2-5-annual-mean,2023,about 15,ug/m3,Busan",
    )
    done = citygoals("import", mixed, "--format", "json")
    assert done.code == 1
    assert [(row["new"], row["rejected"]) for row in done.json] == [(1, 1)]
    assert "mixed.csv:3: 'about 15' is not a number" in done.err.replace(str(tmp_path) + "/", "")
    listed = citygoals("rejects", "--format", "csv")
    assert listed.code == 0
    mended = tmp_path / "mended.csv"
    mended.write_text(listed.out.replace("about 15", "15"), encoding="utf-8")
    done = citygoals("import", mended, "--format", "json")
    assert done.code == 0
    assert [(row["new"], row["rejected"]) for row in done.json] == [(1, 0)]


def test_the_same_file_twice_changes_nothing(tmp_path: Path, citygoals: Run) -> None:
    path = figures(tmp_path, "same.csv", "KR-seoul,pm2-5-annual-mean,2023,18,ug/m3,Seoul")
    assert citygoals("import", path).code == 0
    done = citygoals("import", path)
    assert done.code == 0
    assert "was taken in before; nothing changed" in done.err
    assert len(citygoals("imports", "--format", "json").json) == 1


def test_an_import_is_taken_back(tmp_path: Path, citygoals: Run) -> None:
    first = figures(tmp_path, "first.csv", "KR-seoul,pm2-5-annual-mean,2023,30,ug/m3,Seoul")
    later = figures(tmp_path, "later.csv", "KR-seoul,pm2-5-annual-mean,2023,4,ug/m3,Seoul")
    assert citygoals("import", first, later).code == 0
    assert citygoals("imports", "withdraw", "2").code == 0
    again = citygoals("imports", "withdraw", "2")
    assert again.code == 2
    assert "was withdrawn on" in again.err
    told = citygoals("explain", "KR-seoul", "clean-air", "--format", "json").json
    assert told["assessment"]["value"] == 30.0


def test_check_is_fine_with_what_ships(citygoals: Run) -> None:
    assert citygoals("check").code == 0
    found = citygoals("check", "--format", "json")
    assert found.code == 0
    assert {row["severity"] for row in found.json} <= {"warning"}


SCHEMAS = "https://schemas.citygoals.example/1"


def profile(folder: Path, **documents: Any) -> None:
    """A national profile of Thailand with one faulty goal."""
    head = {"id": "th", "version": "0.1.0", "title": "Thailand", "country": "TH"}
    said = {"profile": {**head, "extends": "common"}, **documents}
    folder.mkdir()
    for kind, content in said.items():
        named = {"$schema": f"{SCHEMAS}/{kind}.schema.json", **content}
        (folder / f"{kind}.json").write_text(json.dumps(named, indent=2), encoding="utf-8")


GOAL = {
    "id": "th-clean-air",
    "title": "Clean air",
    "theme": "environment-and-climate-change",
    "indicator": "pm2-5-annual-mean",
    "rule": "threshold",
    "targets": [{"value": 15, "status": "illustrative", "reason": "a test"}],
    "reason": "a test",
}


def test_check_finds_an_unknown_indicator(tmp_path: Path, citygoals: Run) -> None:
    goal = {**GOAL, "indicator": "pm2-5-anual-mean"}
    profile(tmp_path / "th", goals={"goals": [goal]})
    found = citygoals("check", "th", "--format", "json")
    assert found.code == 1
    errors = [row for row in found.json if row["severity"] == "error"]
    assert [row["code"] for row in errors] == ["unknown-indicator"]
    assert errors[0]["file"] == str(Path("th", "goals.json"))
    assert (errors[0]["line"], errors[0]["pointer"]) == (8, "/goals/0/indicator")
    assert "did you mean 'pm2-5-annual-mean'?" in errors[0]["message"]
    assert errors[0]["mend"]


def test_check_finds_a_rule_that_reads_what_may_be_absent(tmp_path: Path, citygoals: Run) -> None:
    rule = {
        "id": "th-below-start",
        "title": "Below the start",
        "scale": "attainment",
        "logic": {"if": [{"<": [{"var": "value"}, {"var": "baseline"}]}, "met", "not-met"]},
        "examples": [{"given": {"value": 1, "baseline": 2}, "expect": "met"}],
    }
    profile(tmp_path / "th", rule=rule, goals={"goals": [{**GOAL, "rule": "th-below-start"}]})
    found = citygoals("check", "th", "--format", "json")
    assert found.code == 1
    unguarded = [row for row in found.json if row["code"] == "unguarded"]
    assert [row["pointer"] for row in unguarded] == ["/logic/if/0/</1"]
    assert unguarded[0]["line"] > 1
    assert "'baseline' may be absent here" in unguarded[0]["message"]
    assert '{"missing": ["baseline"]}' in unguarded[0]["mend"]
