"""The plugins that ship with citygoals, found and loaded as any other: by their entry points."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points, version
from importlib.resources import files
from pathlib import Path

import pytest

from citygoals.core.base.model import AreaId, IndicatorId, Observation, ProfileId, StandKind
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.evaluate import evaluate
from citygoals.core.judging.request import Request
from citygoals.core.plugin.manager import Plugins

NATIONAL = {"korea": "kr", "malaysia": "my", "indonesia": "id"}
PROFILES = {"common": "common", **NATIONAL}


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """Every installed plugin."""
    return Plugins()


@pytest.fixture(scope="module")
def forum(plugins: Plugins) -> Forum:
    """The forum that the installed plugins make."""
    return assemble(plugins.profiles(), registry=plugins.registry())


def test_entry_points_are_installed() -> None:
    installed = entry_points(group="citygoals")
    ours = {entry.name: entry.value for entry in installed if entry.dist is not None}
    assert {name: ours.get(name) for name in PROFILES} == {
        name: f"citygoals.plugins.{name}" for name in PROFILES
    }


def test_all_load(plugins: Plugins) -> None:
    plugins.profiles()
    assert [str(failure) for failure in plugins.failures] == []
    loaded = {plugin.origin.plugin: plugin.origin for plugin in plugins.loaded}
    assert set(PROFILES) <= set(loaded)
    for name in PROFILES:
        assert loaded[name].distribution == "citygoals"
        assert loaded[name].version == version("citygoals")


def test_each_provides_its_profile(plugins: Plugins) -> None:
    found = {profile.origin.plugin: profile for profile in plugins.profiles()}
    assert {name: found[name].id for name in PROFILES} == PROFILES
    assert plugins.profiles()[0].id == "common"
    for plugin, code in NATIONAL.items():
        assert found[plugin].country == code.upper()
        assert found[plugin].extends == "common"
    shipped = Path(str(files("citygoals"))).resolve() / "profiles"
    for plugin, code in PROFILES.items():
        assert Path(found[plugin].head.document.file).resolve().parent == shipped / code


def test_they_make_a_forum_without_faults(forum: Forum) -> None:
    assert {name: str(fault) for name, fault in forum.failures.items()} == {}
    assert set(PROFILES.values()) <= set(forum.profiles)


@pytest.mark.parametrize("code", NATIONAL.values())
def test_each_country_takes_a_stand_on_every_common_goal(forum: Forum, code: str) -> None:
    standing = forum.goals_under(ProfileId(code))
    common = [goal for goal in standing if goal.goal.profile == "common"]
    assert len(common) == len(forum.goals_under(ProfileId("common"))) >= 24
    assert StandKind.UNDECIDED not in {goal.stand for goal in common}
    assert len(standing) - len(common) >= 5


def test_sejong_under_every_profile(forum: Forum) -> None:
    sejong = forum.areas[AreaId("KR-sejong")]
    figure = Observation(
        area=sejong.id,
        indicator=IndicatorId("pm2-5-annual-mean"),
        year=2023,
        value=18,
        source="test",
    )
    asked = tuple(ProfileId(code) for code in PROFILES.values())
    said = list(evaluate(forum, [figure], [sejong], Request(profiles=asked)))
    assert {item.year for item in said} == {2023}
    for profile in asked:
        judged = [item for item in said if item.profile == profile]
        assert [item.goal for item in judged] == [
            goal.goal.id for goal in forum.goals_under(profile)
        ]
    assert {item.profile for item in said if item.value == 18} >= {"common"}


def test_importing_them_is_light() -> None:
    heavy = ["polars", "narwhals", "sqlite_utils", "jsonschema", "pint", "rich"]
    modules = ", ".join(f"citygoals.plugins.{name}" for name in PROFILES)
    code = f"import sys, {modules}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
