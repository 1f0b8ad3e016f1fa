"""The kit for tests of plugins: what its assertions say, what it collects, what it leaves alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import UnknownName
from citygoals.core.base.model import (
    AreaId,
    Assessment,
    GoalId,
    ProfileId,
    Reason,
    StandKind,
    StatusId,
)
from citygoals.testing import assert_assessment, assert_sound, assert_statuses

SAID = Assessment(
    profile=ProfileId("kr"),
    area=AreaId("KR-sejong"),
    goal=GoalId("clean-air"),
    year=2024,
    status=StatusId("met"),
    reason=Reason("rule"),
    stand=StandKind.ADOPTED,
    value=0.1 + 0.2,
    gap=0.0,
    met=True,
    marks=("estimated",),
)


def message(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(AssertionError) as failed:
        call(*arguments, **named)
    return str(failed.value)


def test_an_assessment_that_is_as_expected() -> None:
    assert_assessment(SAID, status="met", value=0.3, gap=0, met=True, reason="rule", score=None)
    assert_assessment(SAID, stand="adopted", marks=["estimated"])


def test_every_field_that_differs_is_told() -> None:
    expected = {"status": "behind", "value": 0.31, "marks": [], "met": False, "target": 5}
    assert message(assert_assessment, SAID, year=2024, **expected) == (
        "clean-air for KR-sejong in 2024 under kr is 'met' (decided by the rule):\n"
        "  status: expected 'behind', got 'met'\n"
        "  value: expected 0.31, got 0.3\n"
        "  marks: expected [], got ['estimated']\n"
        "  met: expected False, got True\n"
        "  target: expected 5, got None"
    )


def test_a_field_that_there_is_not() -> None:
    with pytest.raises(UnknownName, match=r"unknown field of an assessment 'statsu'; .*'status'"):
        assert_assessment(SAID, statsu="met")


def test_statuses_by_area_and_goal() -> None:
    assert_statuses([SAID], {"KR-sejong": {"clean-air": "met"}})
    expected = {"KR-sejong": {"clean-air": "behind", "smart-meters": "met"}, "KR": {}}
    assert message(assert_statuses, [SAID], expected) == (
        "2 of 2 statuses differ:\n"
        "  KR-sejong clean-air: expected 'behind', got 'met' (decided by the rule)\n"
        "  KR-sejong smart-meters: expected 'met', not assessed"
    )


@pytest.mark.parametrize("profile", ["kr", "my"], indirect=True)
def test_the_fixtures_judge_national_goals(profile, assess) -> None:
    code = profile.country
    said = assess("clean-air", {2024: 3.0}, year=2024, area=code)
    assert_assessment(said, profile=profile.id, area=code, status="met", value=3)
    assert said.stand is not None


@pytest.mark.parametrize("profile", ["kr"], indirect=True)
def test_figures_as_a_table_has_them(assess) -> None:
    percent = [{"year": 2024, "value": 12, "indicator": "water-loss"}]
    share = [{"year": 2024, "value": 0.12, "unit": "fraction"}]
    for given in (percent, share, {2024: 12.0}):
        assert_assessment(assess("water-loss", given, year=2024), value=12, area="KR")
    missing = assess("water-loss", [{"year": 2024, "value": None}], year=2024)
    assert_assessment(missing, status="no-data", reason="reported-missing")
    explained = assess.explain("water-loss", {2024: 12.0}, year=2024)
    assert explained.trace is not None
    for wrong in (
        {"goal": "water-lost", "given": {}},
        {"goal": "water-loss", "given": {}, "area": "KR-soul"},
        {"goal": "water-loss", "given": [{"indicator": "x", "year": 2024, "value": 1}]},
    ):
        with pytest.raises(UnknownName):
            assess(**{"year": 2024, **wrong})


@pytest.mark.parametrize("profile", ["kr"], indirect=True)
def test_a_file_of_figures(assess, tmp_path) -> None:
    path = tmp_path / "figures.csv"
    header = "area,indicator,year,value,unit\n"
    path.write_text(f"{header}KR-sejong,water-loss,2023,5,%\nKR,water-loss,2024,20,%\n", "utf-8")
    said = assess.file(path, year=2024)
    assert {one.area for one in said} == {"KR-sejong", "KR"}
    assert_statuses(said, {"KR-sejong": {"water-loss": "met"}})
    assert {one.year for one in assess.file(path)} == {2024}
    path.write_text(f"{header}KR,water-loss,2024,x,%\nXX,water-loss,2024,1,%\n", "utf-8")
    told = message(assess.file, path)
    assert told.startswith("2 rows are rejected:\n")
    assert f"{path}:2: " in told
    assert f"{path}:3: unknown area 'XX'" in told


def test_a_sound_profile(forum, monkeypatch) -> None:
    assert_sound(forum, "kr", warnings={"target-past", "pin-stale"}, year=2026)
    told = message(assert_sound, forum, "kr", warnings={"pin-stale"}, year=2100)
    assert re.match(r"\d+ findings in profile 'kr':\n  warning: ", told)
    assert "[target-past]" in told


CASES = {
    "$schema": "https://schemas.citygoals.example/1/cases.schema.json",
    "cases": [
        {
            "title": "Little is lost",
            "goal": "water-loss",
            "year": 2024,
            "observations": [{"year": 2024, "value": 5}],
            "expect": {"status": "met"},
        },
        {
            "title": "Much is lost",
            "goal": "water-loss",
            "year": 2024,
            "observations": [{"year": 2024, "value": 50}],
            "expect": {"status": "met", "gap": 35.5},
        },
    ],
}
SETTINGS = """
[tool.pytest.ini_options]
citygoals_profile = "kr"
citygoals_cases = ["tests/*.cases.json"]
filterwarnings = ["error"]
"""


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    env = {**os.environ, "CITYGOALS_PLUGINS": "korea", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def project(folder: Path, settings: str = SETTINGS, cases: Any = CASES) -> Path:
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    (folder / "tests").mkdir()
    (folder / "other").mkdir()
    text = cases if isinstance(cases, str) else json.dumps(cases, indent=1)
    for name in ("tests/kr.cases.json", "tests/kr.json", "other/kr.cases.json"):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_cases_are_collected_and_failures_say_why(tmp_path) -> None:
    done = run_pytest(project(tmp_path))
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    text = (tmp_path / "tests" / "kr.cases.json").read_text(encoding="utf-8")
    line = text[: text.index("Much is lost")].count("\n")
    assert f"{tmp_path}/tests/kr.cases.json:{line}: Much is lost\n" in done.stdout
    assert "  status: expected 'met', got 'not-met'\n" in done.stdout
    assert "  gap: expected 35.5, got 35\n" in done.stdout
    assert "  because: target 15 % by 2030" in done.stdout
    assert "Traceback" not in done.stdout
    one = run_pytest(tmp_path, "-k", "Little")
    assert "1 passed, 1 deselected" in one.stdout


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ({**CASES, "case": []}, "/case: unknown key 'case'"),
        ({**CASES, "$schema": "areas.schema.json", "areas": []}, "areas.json"),
        ("{", "kr.cases.json:1:2: not JSON"),
        ({**CASES, "profile": "koria"}, "unknown profile 'koria'"),
        (
            {**CASES, "cases": [{**CASES["cases"][0], "goal": "water-lost"}]},  # type: ignore[dict-item]
            "unknown goal under 'kr' 'water-lost'; did you mean 'water-loss'?",
        ),
    ],
)
def test_a_table_with_faults(tmp_path, cases, says) -> None:
    done = run_pytest(project(tmp_path, cases=cases))
    assert done.returncode in (1, 2)
    assert says.replace("areas.json", "unknown key 'cases'") in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("settings", ["", "[tool.pytest.ini_options]\ncitygoals_profile = 'kr'\n"])
def test_nothing_is_collected_unless_it_is_named(tmp_path, settings) -> None:
    done = run_pytest(project(tmp_path, settings, cases="no JSON at all"))
    assert done.returncode == 5
    assert "no tests ran" in done.stdout


def test_a_fixture_says_which_setting_is_missing(tmp_path) -> None:
    project(tmp_path, "")
    (tmp_path / "tests" / "test_x.py").write_text("def test_x(assess): pass\n", encoding="utf-8")
    done = run_pytest(tmp_path)
    assert "say which profile: citygoals_profile in pytest's settings" in done.stdout


def test_another_projects_tests_pay_nothing(tmp_path) -> None:
    text = (
        "import sys\n"
        "def test_x():\n"
        "    heavy = {'polars', 'narwhals', 'jsonschema', 'pint', 'pluggy_hooks', 'sqlite_utils'}\n"
        "    assert not heavy & set(sys.modules)\n"
        "    assert 'citygoals.core.forum.forum' not in sys.modules\n"
        "    assert 'citygoals.core.plugin.testing.plugin' in sys.modules\n"
    )
    (tmp_path / "test_x.py").write_text(text, encoding="utf-8")
    done = run_pytest(tmp_path, "-W", "error", "-p", "no:hypothesispytest")
    assert "1 passed" in done.stdout, done.stdout
