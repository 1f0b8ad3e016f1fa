"""The rating of the common profile: WCCD's levels by ISO 37120:2014."""

from __future__ import annotations

import csv
import os
from importlib.resources import files
from pathlib import Path

import pytest

from citygoals.core.base.model import Area, AreaId, Level, Observation, ProfileId, Rating, Text
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Origin, load_profile
from citygoals.core.judging.observations import Listed
from citygoals.core.results.ratings import Rated, rate

COMMON = Path(str(files("citygoals"))) / "profiles" / "common"
CITY = Area(id=AreaId("XX-city"), name=Text({"en": "City"}), level=Level.CITY, country="XX")
LEVELS = {"aspirational": 30, "bronze": 46, "silver": 60, "gold": 76, "platinum": 91}


@pytest.fixture(scope="module")
def forum() -> Forum:
    origin = Origin(plugin="test", distribution="citygoals", version="0")
    return assemble([load_profile(COMMON, origin)])


@pytest.fixture(scope="module")
def rating(forum: Forum) -> Rating:
    [found] = forum.profile("common").ratings
    return found


def rated(forum: Forum, count: int, *, year: int = 2024) -> Rated:
    """The city that reports the first `count` of the rating's indicators in `year`."""
    [rating] = forum.profile("common").ratings
    said = [
        Observation(area=CITY.id, indicator=name, year=year, value=1.0, source="A")
        for name in rating.indicators[:count]
    ]
    figures = Listed.of(said)
    [found] = rate(forum, figures, forum.profiles[ProfileId("common")], [CITY], 2024)
    return found


def test_levels(rating: Rating) -> None:
    assert {tier.id: tier.count for tier in rating.tiers} == LEVELS


@pytest.mark.parametrize(
    ("count", "tier"),
    [
        (0, None),
        (29, None),
        (30, "aspirational"),
        (45, "aspirational"),
        (46, "bronze"),
        (59, "bronze"),
        (60, "silver"),
    ],
)
def test_level_by_number_reported(forum: Forum, count: int, tier: str | None) -> None:
    found = rated(forum, count)
    assert (len(found.counted), found.of) == (count, 60)
    assert (found.tier.id if found.tier else None) == tier


def test_old_figures_do_not_count(forum: Forum) -> None:
    assert rated(forum, 46, year=2018).tier is None


def test_other_indicators_do_not_count(forum: Forum, rating: Rating) -> None:
    others = [name for name in forum.indicators if name not in rating.indicators]
    said = [
        Observation(area=CITY.id, indicator=name, year=2024, value=1.0, source="A")
        for name in others
    ]
    figures = Listed.of(said)
    [found] = rate(forum, figures, forum.profiles[ProfileId("common")], [CITY], 2024)
    assert (len(others) > 100, len(found.counted)) == (True, 0)


def test_says_that_it_is_not_for_the_edition_of_2018(rating: Rating) -> None:
    said = " ".join(rating.conditions)
    assert rating.standard == "ISO 37120:2014"
    assert "60 of the standard's 100 indicators" in said
    assert "Not to be applied to the 104 indicators of ISO 37120:2018" in said
    assert {reading.confidence for reading in rating.readings} <= {"medium", "low"}


def test_counts_what_the_list_traces_to_2014(forum: Forum, rating: Rating) -> None:
    folder = os.environ.get("CITYGOALS_DATA")
    if not folder:
        pytest.skip("CITYGOALS_DATA is not set: the seed data are not at hand")
    with (Path(folder) / "indicators.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    traced = {row["clause"] for row in rows if "ISO 37120:2014" in row["cross_refs"]}
    codes = {
        reference.code
        for name in rating.indicators
        for reference in forum.indicators[name].references
        if reference.standard == "ISO 37120:2018"
    }
    assert codes == traced
    assert len(traced) == len(rating.indicators)
