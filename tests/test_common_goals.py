"""The common goals and their rules: what they promise, and what published figures decide."""

from __future__ import annotations

import csv
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citygoals.core.base.model import (
    NO_DATA,
    Area,
    AreaId,
    IndicatorId,
    Level,
    Observation,
    Text,
)
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Origin, Profile, load_profile
from citygoals.core.judging.evaluate import evaluate
from citygoals.core.judging.request import Request

CASES = Path(__file__).parent / "cases" / "catalogue"
NAMED_SUBJECTS = {
    "electronic-medical-records": "hospitals-with-electronic-medical-records",
    "smart-meters": "households-with-smart-energy-meters",
    "autonomous-vehicles": "autonomous-vehicles",
    "building-energy": "public-building-energy",
    "low-emission-vehicles": "low-emission-vehicles",
    "camera-coverage": "area-covered-by-cameras",
    "street-lights": "street-lights-managed",
    "renewable-electricity": "renewable-share-of-electricity",
    "clean-air": "pm2-5-annual-mean",
    "water-loss": "water-loss",
    "internet-access": "individuals-using-internet",
    "homicide": "homicide-rate",
}


def read_case(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((CASES / name).read_text(encoding="utf-8"))
    return case


@pytest.fixture(scope="module")
def profile() -> Profile:
    folder = Path(str(files("citygoals"))) / "profiles" / "common"
    return load_profile(folder, Origin(plugin="test", distribution="citygoals", version="0"))


@pytest.fixture(scope="module")
def forum(profile: Profile) -> Forum:
    return assemble([profile])


def seed_rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of CITYGOALS_DATA; skips where the variable is not set."""
    folder = os.environ.get("CITYGOALS_DATA")
    if not folder:
        pytest.skip("CITYGOALS_DATA is not set: the seed data are not at hand")
    with (Path(folder) / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_scale_reads_on_white(forum: Forum) -> None:
    statuses = forum.scales["attainment"].statuses
    assert [status.id for status in statuses] == [
        "met",
        "on-track",
        "behind",
        "not-met",
        "off-track",
    ]
    assert [status.rank for status in statuses] == [4, 3, 2, 1, 0]
    for scale in forum.scales.values():
        for status in scale.statuses:
            assert 1.05 / (_luminance(status.colour) + 0.05) >= 4.5, (scale.id, status.id)


def _luminance(colour: str) -> float:
    """Relative luminance of sRGB (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_rules_have_five_examples_or_more(forum: Forum) -> None:
    assert {"threshold", "within-range", "linear-path", "all-reached"} <= set(forum.rules)
    for rule in forum.rules.values():
        assert len(rule.examples) >= 5
        assert "no-data" in {example.expect for example in rule.examples}


figures = st.integers(-400, 400).map(lambda quarters: quarters / 4)
years = st.integers(2000, 2040)


@given(
    shape=st.fixed_dictionaries(
        {"value": figures, "year": years, "target": figures, "target_year": years},
        optional={
            "baseline": figures,
            "baseline_year": years,
            "previous": figures,
            "previous_year": years,
        },
    ),
    rule=st.sampled_from(["linear-path", "threshold"]),
)
def test_lower_is_better_mirrors_higher_is_better(
    forum: Forum, shape: dict[str, float], rule: str
) -> None:
    mirrored = {name: figure if "year" in name else -figure for name, figure in shape.items()}
    up = forum.rules[rule].decide({**shape, "direction": 1})
    down = forum.rules[rule].decide({**mirrored, "direction": -1})
    assert up.status == down.status
    assert up.status is not None


@given(value=figures, start=figures, span=st.integers(1, 30), past=st.integers(1, 29))
def test_on_track_means_at_the_line(
    forum: Forum, value: float, start: float, span: int, past: int
) -> None:
    target, year = start + 10, 2000 + past
    decision = forum.rules["linear-path"].decide(
        {
            "value": value,
            "year": year,
            "baseline": start,
            "baseline_year": 2000,
            "target": target,
            "target_year": 2000 + span,
            "direction": 1,
        }
    )
    line = Fraction(start) + Fraction(10 * past, span)
    if value >= target:
        assert decision.status == "met"
    elif past >= span:
        assert decision.status == "not-met"
    elif abs(Fraction(value) - line) > Fraction(1, 10**9):
        behind = "behind" if value > start else "off-track"
        assert decision.status == ("on-track" if value > line else behind)


def test_common_goals_are_enough_and_named(forum: Forum) -> None:
    assert len(forum.goals) >= 24
    assert len({goal.theme for goal in forum.goals.values()}) >= 8
    named = {goal.id: goal.indicators[0] for goal in forum.goals.values()}
    assert named.items() >= NAMED_SUBJECTS.items()


def test_every_goal_has_a_target_for_everybody(forum: Forum) -> None:
    for goal in forum.goals.values():
        assert goal.reason
        assert len(goal.title.by_language) >= 2
        assert [target for target in goal.targets if not target.areas and target.level is None]
        for target in goal.targets:
            assert target.year is not None or goal.rule == "threshold"
            assert target.is_range == (goal.rule == "within-range")
            assert target.reason


def test_no_goal_is_in_absolute_numbers(forum: Forum) -> None:
    for goal in forum.goals.values():
        for name in goal.indicators:
            unit = forum.indicators[name].unit
            assert unit is not None
            assert not forum.units.units[unit].absolute, goal.id


def test_goals_over_several_indicators_have_one_unit(forum: Forum) -> None:
    several = [goal for goal in forum.goals.values() if len(goal.indicators) > 1]
    assert several
    for goal in several:
        assert goal.rule == "all-reached"
        kinds = {
            (forum.indicators[name].unit, forum.indicators[name].direction)
            for name in goal.indicators
        }
        assert len(kinds) == 1


def test_older_figures_are_let_in_with_the_reason(forum: Forum) -> None:
    words = {6: "six", 8: "eight"}
    for goal in forum.goals.values():
        if goal.max_age is not None:
            assert f"of {words[goal.max_age]} years ago" in (goal.reason or ""), goal.id


def test_weights_add_up_to_one(profile: Profile, forum: Forum) -> None:
    weights = [Decimal(str(priority.weight)) for priority in profile.priorities]
    assert sum(weights) == 1
    themes = {priority.theme for priority in profile.priorities}
    assert themes == {goal.theme for goal in forum.goals.values()}


def published(forum: Forum, case: dict[str, Any]) -> Iterator[Observation]:
    """Figures of the seed that are of a common indicator, or computed from two counts."""
    counts: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for row in seed_rows("cities/observations.csv"):
        hint, year, value = row["indicator_hint"], int(row["year"]), float(row["value"])
        counts[row["area"], year][hint] = value
        if hint in case["equal"]:
            indicator = forum.indicators[case["equal"][hint]]
            assert indicator.unit is not None
            figure = forum.units.convert(value, row["unit"], indicator.unit)
            yield _observation(row["area"], indicator.id, year, figure, row["source_title"])
    for (area, year), counted in counts.items():
        for name, figure in _computed(forum, case, counted):
            yield _observation(area, name, year, figure, "computed")


def _computed(
    forum: Forum, case: dict[str, Any], counted: dict[str, float]
) -> Iterator[tuple[str, float]]:
    for rate in case["rates"]:
        bases = [counted[name] for name in rate["over"] if name in counted]
        if bases and all(name in counted for name in rate["sum"]):
            top, (top_unit, base_unit) = sum(counted[n] for n in rate["sum"]), rate["units"]
            unit = forum.indicators[rate["indicator"]].unit
            assert unit is not None
            figure = forum.units.rate(top, top_unit, bases[0], base_unit, unit)
            yield rate["indicator"], figure
    for share in case["shares"]:
        if share["part"] in counted and share["rest"] in counted:
            part, rest = counted[share["part"]], counted[share["rest"]]
            yield share["indicator"], 100 * part / (part + rest)


def _observation(area: str, name: str, year: int, value: float, source: str) -> Observation:
    return Observation(
        area=AreaId(area), indicator=IndicatorId(name), year=year, value=value, source=source
    )


def seed_areas() -> list[Area]:
    rows = {row["area"]: row for row in seed_rows("cities/observations.csv")}
    return [
        Area(
            id=AreaId(name),
            name=Text({"en": row["area_name"]}),
            level=Level(row["level"]),
            country=row["country_iso2"],
        )
        for name, row in rows.items()
    ]


def test_published_figures_decide_the_goals_that_we_say(forum: Forum) -> None:
    case = read_case("decided.json")
    proxies = {mapping.indicator for mapping, _ in forum.mappings}
    figures = [o for o in published(forum, case) if o.indicator not in proxies]
    areas = {area.id: area for area in seed_areas()}
    decided: dict[str, set[AreaId]] = defaultdict(set)
    for result in evaluate(forum, figures, list(areas.values()), Request(years=(2025,))):
        if result.status != NO_DATA:
            decided[result.goal].add(result.area)
    found = {
        goal: {"areas": len(names), "countries": sorted({areas[name].country for name in names})}
        for goal, names in decided.items()
    }
    assert found == case["decided"]
    assert sum(len(entry["countries"]) >= 4 for entry in found.values()) >= 8


def docs_table() -> Iterator[list[str]]:
    page = Path(__file__).parents[1] / "docs" / "catalogue.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("| goal |"))
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return
        yield [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]


def test_docs_list_the_common_goals(profile: Profile, forum: Forum) -> None:
    case = read_case("decided.json")["decided"]
    contents = {part.content["id"]: part.content for part in profile.parts["goals"]}
    rows = list(docs_table())
    assert [row[0] for row in rows] == list(forum.goals)
    for name, theme, indicators, rule, target, year, status, decided in rows:
        content = contents[name]
        goal = next(goal for goal in forum.goals.values() if goal.id == name)
        stated = content["targets"][0]
        unit = forum.units.find(stated.get("unit") or forum.indicators[goal.indicators[0]].unit)
        value = stated["value"] if "value" in stated else f"{stated['min']} to {stated['max']}"
        assert theme == str(forum.themes[goal.theme].title)
        assert indicators.split(", ") == list(goal.indicators)
        assert (rule, target) == (goal.rule, f"{value} {unit.label}")
        assert (year, status) == (str(stated.get("year", "–")), stated["status"])
        entry = case.get(name)
        count = f"{entry['areas']} in {len(entry['countries'])}" if entry else "none"
        assert decided == count
