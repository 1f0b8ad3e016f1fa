"""The forum's catalogue and common profile, against the standards' lists and published figures."""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citygoals.core.assemble import assemble
from citygoals.core.errors import CitygoalsError
from citygoals.core.evaluate import Request, evaluate
from citygoals.core.forum import Forum
from citygoals.core.model import (
    NO_DATA,
    Area,
    AreaId,
    Indicator,
    IndicatorId,
    Level,
    Observation,
    Reference,
    Text,
)
from citygoals.core.profiles import Origin, Profile, load_profile

CASES = Path(__file__).parent / "cases" / "catalogue"
U4SSC = "U4SSC KPIs / ITU-T Y.4903"
CODES = {"ISO 37122:2019": 80, "ISO 37120:2018": 104, "ISO 37123:2019": 68, U4SSC: 91}
BUNDLES = {
    "EC: I: T: 4A": 5,
    "EC: I: UP: 2A": 5,
    "EC: ICT: ICT: 4C": 2,
    "EC: ICT: PS: 1A": 2,
    "EN: EN: AQ: 1C": 5,
    "EN: EN: WA: 1C": 6,
    "EN: EN: WS: 4C": 3,
}
"""Codes of U4SSC that hold several figures, and how many."""
WITHOUT_UNIT = {
    "household-disposable-income",
    "planning-strategy-compact",
    "planning-strategy-connected",
    "planning-strategy-inclusive",
    "planning-strategy-integrated",
    "planning-strategy-resilient",
    "resilience-plans",
}
UNITS_LEFT_OUT = {"", "currency", "units"}
THEMES = [
    "economy",
    "education",
    "energy",
    "environment-and-climate-change",
    "finance",
    "governance",
    "health",
    "housing",
    "population-and-social-conditions",
    "recreation",
    "safety",
    "solid-waste",
    "sport-and-culture",
    "telecommunication",
    "transportation",
    "urban-agriculture-and-food-security",
    "urban-planning",
    "wastewater",
    "water",
]
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
Code = tuple[str, str]


def read_case(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((CASES / name).read_text(encoding="utf-8"))
    return case


UNIT_CASES = read_case("units.json")


@pytest.fixture(scope="module")
def profile() -> Profile:
    folder = Path(str(files("citygoals"))) / "profiles" / "common"
    return load_profile(folder, Origin(plugin="test", distribution="citygoals", version="0"))


@pytest.fixture(scope="module")
def forum(profile: Profile) -> Forum:
    return assemble([profile])


@pytest.fixture(scope="module")
def by_code(forum: Forum) -> Mapping[Code, list[tuple[Indicator, Reference]]]:
    found: dict[Code, list[tuple[Indicator, Reference]]] = defaultdict(list)
    for indicator in forum.indicators.values():
        for reference in indicator.references:
            found[reference.standard, reference.code].append((indicator, reference))
    return found


def seed_rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of CITYGOALS_DATA; skips where the variable is not set."""
    folder = os.environ.get("CITYGOALS_DATA")
    if not folder:
        pytest.skip("CITYGOALS_DATA is not set: the seed data are not at hand")
    with (Path(folder) / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_profile_fits_without_a_warning(forum: Forum) -> None:
    assert not forum.failures
    assert [str(finding) for finding in forum.warnings] == []


def test_themes_are_those_of_iso_in_order(forum: Forum) -> None:
    assert list(forum.themes) == THEMES


def test_every_code_is_there_as_often_as_it_has_figures(
    by_code: Mapping[Code, list[tuple[Indicator, Reference]]],
) -> None:
    standards = Counter(standard for standard, _ in by_code)
    assert {standard: standards[standard] for standard in CODES} == CODES
    several = {code: len(found) for (_, code), found in by_code.items() if len(found) > 1}
    assert several == BUNDLES


def test_catalogue_says_what_the_list_of_indicators_says(
    by_code: Mapping[Code, list[tuple[Indicator, Reference]]],
) -> None:
    listed = [row for row in seed_rows("indicators.csv") if row["standard"] in CODES]
    assert len(listed) == sum(CODES.values())
    for row in listed:
        for indicator, reference in by_code[row["standard"], row["clause"]]:
            assert (reference.title or str(indicator.title)) == row["title"]
            assert reference.title_confidence == row["title_confidence"].split()[0]
            assert reference.code_confidence == row["clause_confidence"].split()[0]
            assert (reference.level or "") == row["level"]


def test_directions_are_those_of_the_list(
    by_code: Mapping[Code, list[tuple[Indicator, Reference]]],
) -> None:
    spelled = {"up": "higher", "down": "lower", "none": "none"}
    for row in seed_rows("indicators.csv"):
        found = by_code.get((row["standard"], row["clause"]), [])
        for indicator, _ in found:
            if row["clause"] not in BUNDLES:
                assert indicator.direction == spelled[row["direction"]], indicator.id


def test_units_of_indicators_are_those_of_the_list(
    forum: Forum, by_code: Mapping[Code, list[tuple[Indicator, Reference]]]
) -> None:
    per_births = "under-five-mortality"
    for row in seed_rows("indicators.csv"):
        if row["unit"] in UNITS_LEFT_OUT:
            continue
        for indicator, _ in by_code.get((row["standard"], row["clause"]), []):
            if indicator.id != per_births:
                assert indicator.unit == forum.units.find(row["unit"]).id, indicator.id
    assert forum.indicators[IndicatorId(per_births)].unit == "per-1000-live-births"


def test_only_what_has_no_unit_goes_without(forum: Forum) -> None:
    assert {name for name, one in forum.indicators.items() if one.unit is None} == WITHOUT_UNIT


def test_shares_keep_to_their_limits(forum: Forum) -> None:
    for indicator in forum.indicators.values():
        if indicator.unit == "percent":
            assert indicator.minimum is not None, indicator.id
            assert indicator.maximum in (None, 100), indicator.id


def pairs(profile: Profile) -> list[tuple[Code, Code, str]]:
    return [
        (_code(item["a"]), _code(item["b"]), item["relation"])
        for item in (part.content for part in profile.parts["crosswalk"])
    ]


def _code(side: Mapping[str, str]) -> Code:
    return side["standard"], side["code"]


def test_cross_walk_names_known_codes_once(
    profile: Profile, by_code: Mapping[Code, list[tuple[Indicator, Reference]]]
) -> None:
    named = pairs(profile)
    assert [code for a, b, _ in named for code in (a, b) if code not in by_code] == []
    assert max(Counter(frozenset((a, b)) for a, b, _ in named).values()) == 1


def test_equal_pairs_are_the_merged_indicators(profile: Profile, forum: Forum) -> None:
    merged = {
        frozenset(((a.standard, a.code), (b.standard, b.code)))
        for indicator in forum.indicators.values()
        for a, b in combinations(indicator.references, 2)
    }
    equal = {frozenset((a, b)) for a, b, relation in pairs(profile) if relation == "equal"}
    assert equal == merged


def test_pairs_that_are_not_equal_say_what_differs(profile: Profile) -> None:
    for part in profile.parts["crosswalk"]:
        assert part.content["relation"] == "equal" or part.content.get("note")


@pytest.mark.parametrize(("spelling", "unit"), UNIT_CASES["spellings"])
def test_spelling_names_one_unit(forum: Forum, spelling: str, unit: str) -> None:
    assert forum.units.find(spelling).id == unit


@pytest.mark.parametrize(("value", "source", "target", "result"), UNIT_CASES["conversions"])
def test_units_convert(forum: Forum, value: float, source: str, target: str, result: float) -> None:
    assert forum.units.convert(value, source, target) == result


@pytest.mark.parametrize(
    ("top", "top_unit", "base", "base_unit", "unit", "result"), UNIT_CASES["rates"]
)
def test_counts_become_rates(
    forum: Forum, top: float, top_unit: str, base: float, base_unit: str, unit: str, result: float
) -> None:
    assert forum.units.rate(top, top_unit, base, base_unit, unit) == result


@pytest.mark.parametrize(("one", "other"), UNIT_CASES["apart"])
def test_things_counted_stay_apart(forum: Forum, one: str, other: str) -> None:
    assert forum.units.find(one).dimension != forum.units.find(other).dimension
    with pytest.raises(CitygoalsError):
        forum.units.convert(1, one, other)


def test_no_spelling_belongs_to_two_units(profile: Profile) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for unit in (part.content for part in profile.parts["units"]):
        for text in (unit["id"], unit["label"], *unit.get("synonyms", ())):
            owners[" ".join(text.casefold().split())].add(unit["id"])
    assert {text: ids for text, ids in owners.items() if len(ids) > 1} == {}


def test_pint_knows_every_physical_unit(forum: Forum) -> None:
    assert list(forum.units.pint_findings()) == []


def test_only_counts_are_absolute(forum: Forum) -> None:
    for unit in forum.units.units.values():
        counted = unit.dimension == unit.id and unit.factor == "1" and unit.denominator is None
        assert unit.absolute == (counted and unit.id != "ratio"), unit.id


@pytest.mark.parametrize(
    "name", ["indicators.csv", "cities/observations.csv", "cities/targets.csv"]
)
def test_units_of_the_seed_files_are_in_the_table(forum: Forum, name: str) -> None:
    spelled = {row["unit"] for row in seed_rows(name)} - UNITS_LEFT_OUT
    assert spelled
    for text in spelled:
        forum.units.find(text)
    for text in UNITS_LEFT_OUT:
        with pytest.raises(CitygoalsError):
            forum.units.find(text)


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
    for status in statuses:
        assert 1.05 / (_luminance(status.colour) + 0.05) >= 4.5, status.id


def _luminance(colour: str) -> float:
    """Relative luminance of sRGB (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_rules_have_five_examples_or_more(forum: Forum) -> None:
    assert set(forum.rules) == {"threshold", "within-range", "linear-path", "all-reached"}
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


def test_docs_count_right(profile: Profile, forum: Forum) -> None:
    text = (Path(__file__).parents[1] / "docs" / "catalogue.md").read_text(encoding="utf-8")
    equal = sum(relation == "equal" for *_, relation in pairs(profile))
    for words in (
        f"{len(forum.indicators)} indicators, one file",
        f"{len(pairs(profile))} pairs of codes",
        f"closed table of {len(forum.units.units)} units",
        f"the {len(forum.goals)} common goals",
        f"there are {equal} such merged references",
        f"{len(forum.goals)} goals over {len({g.theme for g in forum.goals.values()})} themes",
    ):
        assert words in text
    kinds = Counter(part.document.file for part in profile.parts["indicators"])
    rows = re.findall(
        r"^\| (?:ISO 3712\d:20\d\d|ISO 37120:2018|U4SSC.*?|none of them) \| \S+ \| (\d+)",
        text,
        re.M,
    )
    assert sorted(map(int, rows)) == sorted(kinds.values())
