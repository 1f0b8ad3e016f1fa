"""The forum's catalogue and common profile, against the standards' lists and published figures."""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import (
    Indicator,
    IndicatorId,
    Reference,
)
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Origin, Profile, load_profile

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
    return dict(found)


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


def test_units_of_u4ssc_are_those_of_its_methodology(forum: Forum) -> None:
    """Shares, but for what its collection methodology (2017) gives in another unit."""
    others: dict[str, str] = read_case("u4ssc-units.json")["units"]
    found: dict[str, set[str | None]] = defaultdict(set)
    for indicator in forum.indicators.values():
        for reference in indicator.references:
            if reference.standard == U4SSC and indicator.references[0] is reference:
                found[reference.code].add(indicator.unit)
    stated = {code: {unit} for code, unit in others.items()}
    assert {code: units for code, units in found.items() if units != {"percent"}} == {
        **stated,
        "EC: ICT: PS: 1A": {"percent", "count"},
        "EC: I: UP: 2A": {None},
        "SC: SH: SA: 3A": {None},
    }


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
