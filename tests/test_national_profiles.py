"""The profiles of the eight members, against the documents' promises and sources."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.model import AreaId, GoalId, ProfileId, StandKind
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import Forum, StandingGoal
from citygoals.core.forum.profiles import Origin, Profile, load_profile
from citygoals.core.judging.plan import make_plan
from citygoals.core.judging.request import Request

ROOT = Path(str(files("citygoals")))
PAGES = Path(__file__).parents[1] / "docs" / "profiles"
LANGUAGES = {
    "cn": "zh",
    "id": "id",
    "jp": "ja",
    "kr": "ko",
    "my": "ms",
    "sa": "ar",
    "sg": "zh",
    "vn": "vi",
}
COUNTRIES = sorted(LANGUAGES)
CASES = Path(__file__).parent / "cases" / "national"
Row = Mapping[str, str]


@pytest.fixture(scope="module")
def forum() -> Forum:
    names = ("common", *COUNTRIES)
    origin = Origin(plugin="test", distribution="citygoals", version="0")
    return assemble([load_profile(ROOT / "profiles" / name, origin) for name in names])


def seed_rows(name: str) -> list[Row]:
    """The rows of a file of the seed data; skips where they are not at hand."""
    named = os.environ.get("CITYGOALS_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("CITYGOALS_DATA is not set: the seed data are not at hand")
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def tables(page: Path) -> dict[str, list[Row]]:
    """The tables of a Markdown page by the heading above them."""
    found: dict[str, list[Row]] = {}
    heading, head = "", list[str]()
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading, head = line.lstrip("# "), []
        elif line.startswith("|") and not line.startswith("|---"):
            cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
            if head:
                found.setdefault(heading, []).append(dict(zip(head, cells, strict=True)))
            head = head or cells
        elif not line.startswith("|"):
            head = []
    return found


def parts(profile: Profile, kind: str) -> list[dict[str, Any]]:
    """The items of one kind as the documents have them."""
    return [dict(part.content) for part in profile.parts[kind]]


def said_targets(profile: Profile) -> list[tuple[str, dict[str, Any]]]:
    """Every target that the profile states, with its goal."""
    own = [(goal["id"], target) for goal in parts(profile, "goals") for target in goal["targets"]]
    stands = parts(profile, "stands")
    return own + [(s["goal"], target) for s in stands for target in s.get("targets", ())]


def leading_number(text: str) -> float:
    """The number that a text begins with; its digits may stand in groups, such as 10 657."""
    found = re.match(r"\d[\d .]*(?<=\d)", text)
    assert found is not None, text
    return float(found[0].replace(" ", ""))


def test_profiles_fit_together(forum: Forum) -> None:
    assert not forum.failures, {name: str(fault) for name, fault in forum.failures.items()}
    assert set(forum.profiles) == {"common", *COUNTRIES}
    assert [str(finding) for finding in forum.warnings] == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_takes_a_stand_on_every_common_goal(forum: Forum, country: str) -> None:
    profile = forum.profile(country)
    common = {goal.id for goal in forum.goals.values() if goal.profile == "common"}
    assert set(profile.stands) == common
    kinds = {stand.kind for stand in profile.stands.values()}
    assert kinds == {StandKind.ADOPTED, StandKind.ADAPTED, StandKind.DECLINED}
    assert all(stand.reason for stand in profile.stands.values())


@pytest.mark.parametrize("country", COUNTRIES)
def test_priorities_add_up_exactly(forum: Forum, country: str) -> None:
    priorities = forum.profile(country).priorities
    assert sum(Decimal(str(priority.weight)) for priority in priorities) == 1
    weights = [priority.weight for priority in priorities]
    assert all(first >= second for first, second in pairwise(weights))
    themes = {goal.goal.theme for goal in forum.goals_under(ProfileId(country))}
    assert themes <= {priority.theme for priority in priorities}


@pytest.mark.parametrize(
    ("country", "first"),
    [
        ("kr", ["energy", "environment-and-climate-change"]),
        ("my", ["safety"]),
        ("id", ["water", "energy"]),
        ("jp", ["health", "energy"]),
        ("sa", ["energy", "urban-planning", "health", "safety"]),
        ("vn", ["water", "environment-and-climate-change", "transportation", "telecommunication"]),
        ("cn", ["transportation", "energy", "environment-and-climate-change"]),
        ("sg", ["transportation", "water", "urban-planning"]),
    ],
)
def test_first_priorities(forum: Forum, country: str, first: list[str]) -> None:
    priorities = forum.profile(country).priorities
    assert [priority.theme for priority in priorities[: len(first)]] == first


@pytest.mark.parametrize("country", COUNTRIES)
def test_own_goals(forum: Forum, country: str) -> None:
    goals = parts(forum.profile(country), "goals")
    assert len(goals) >= 5
    official = [g for g in goals if any(t["status"] == "official" for t in g["targets"])]
    assert len(official) >= 5
    assert all(goal["examples"] for goal in goals)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("kind", ["areas", "goals", "indicators"])
def test_titles_in_the_countrys_language(forum: Forum, country: str, kind: str) -> None:
    key = "name" if kind == "areas" else "title"
    for item in parts(forum.profile(country), kind):
        assert {"en", LANGUAGES[country]} <= set(item[key]), item["id"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_own_indicators_name_who_counts_them(forum: Forum, country: str) -> None:
    for item in parts(forum.profile(country), "indicators"):
        assert item["references"], item["id"]


def standing(forum: Forum, profile: str, goal: str) -> StandingGoal:
    under = forum.goals_under(ProfileId(profile))
    return next(item for item in under if item.goal.id == goal)


due_targets = json.loads((CASES / "due-targets.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", due_targets, ids=[case["what"] for case in due_targets])
def test_due_targets(forum: Forum, case: dict[str, Any]) -> None:
    area = forum.areas[AreaId(case["area"])]
    goal = standing(forum, case["profile"], case["goal"])
    request = Request(profiles=(ProfileId(case["profile"]),))
    plan = make_plan(forum, [area], request, (case["year"],), only=goal.goal.id)
    target = plan.words.aims[0].target
    if case["target"] is None:
        assert target is None
    else:
        assert target is not None
        assert (target.value, target.year) == (case["target"], case["by"])


def expected_target(row: Row) -> dict[str, Any]:
    """What a target must say when it takes up a row of published targets."""
    figures = {
        "year": row["target_year"],
        "value": row["target_value"],
        "baseline": row["baseline_value"],
        "baseline_year": row["baseline_year"],
    }
    return {
        **{name: float(text) for name, text in figures.items() if text},
        "source": {"title": row["source_title"], "url": row["source_url"]},
        "confidence": row["confidence"],
        "status": "official",
    }


def is_stated(row: Row, targets: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether a published target stands among `targets`, with source, start and area."""
    scopes = ({"areas": [row["area"]]}, {"level": row["scope"]})
    wanted = [{**expected_target(row), **scope} for scope in scopes]
    return any(
        {key: value for key, value in target.items() if key not in ("reason", "unit")} in wanted
        for _, target in targets
    )


@pytest.mark.parametrize("country", COUNTRIES)
def test_published_targets_keep_their_unit(forum: Forum, country: str) -> None:
    stated = said_targets(forum.profile(country))
    for row in seed_rows("cities/targets.csv"):
        if row["country_iso2"] != country.upper():
            continue
        for goal, target in [each for each in stated if is_stated(row, [each])]:
            indicator = forum.indicators[forum.goals[GoalId(goal)].indicators[0]]
            unit = target.get("unit", indicator.unit)
            assert forum.units.ratio(row["unit"], unit) == 1, (goal, row["unit"], unit)


def left_out(row: Row) -> tuple[float, str, str]:
    """Value, year and area of a row of a page's table of targets left out."""
    assert row["Why it is left out"]
    return leading_number(row["Target"]), row["By"], row["For"]


@pytest.mark.parametrize("country", COUNTRIES)
def test_published_targets_are_taken_up_or_listed(forum: Forum, country: str) -> None:
    targets = said_targets(forum.profile(country))
    page = tables(PAGES / f"{country}.md")
    listed = {left_out(row) for row in page.get("Targets left out", [])}
    every = seed_rows("cities/targets.csv")
    missing = {
        (float(row["target_value"]), row["target_year"], row["area"])
        for row in every
        if row["country_iso2"] == country.upper() and not is_stated(row, targets)
    }
    assert missing == listed


def annex_numbers(profile: Profile) -> Iterator[tuple[int, str]]:
    for item in parts(profile, "indicators"):
        for reference in item["references"]:
            if "National Annex" in reference["standard"]:
                yield int(reference["code"].removeprefix("no. ")), item["id"]


def test_malaysias_annex(forum: Forum) -> None:
    assert sorted(n for n, _ in annex_numbers(forum.profile("my"))) == [26, 27, 29, 59, 60]


def test_malaysias_numbers_cover_the_standard(forum: Forum) -> None:
    [numbering] = forum.profile("my").numberings
    by_number = {int(text): indicator for indicator, text in numbering.numbers.items()}
    assert sorted(by_number) == list(range(1, 86))
    own = dict(annex_numbers(forum.profile("my")))
    for row in seed_rows("indicators.csv"):
        referred = re.search(r"MS ISO 37122 no\. (\d+)", row["cross_refs"])
        if referred:
            references = forum.indicators[by_number[int(referred[1])]].references
            assert row["clause"] in {r.code for r in references if r.standard == row["standard"]}
        else:
            annex = re.fullmatch(r"my:(\d+)", row["id"])
            assert annex is None or by_number[int(annex[1])] == own[int(annex[1])]


def test_malaysias_rating(forum: Forum) -> None:
    [rating] = forum.profile("my").ratings
    [numbering] = forum.profile("my").numberings
    counts = {tier.id: tier.count for tier in rating.tiers}
    assert counts == {"bronze": 10, "silver": 34, "gold": 62, "platinum": 85}
    assert [int(numbering.numbers[name]) for name in rating.listed] == list(range(1, 86))
    readings = {(reading.counts, reading.set) for reading in rating.readings}
    assert readings == {(c, s) for c in ("reported", "met") for s in ("any", "listed")}
    for row in seed_rows("ms_iso37122/indicators_my.csv"):
        reached = [tier.id for tier in rating.tiers if int(row["my_no"]) <= tier.count]
        assert reached[0] == row["cumulative_tier_if_in_order"].lower()


@pytest.mark.parametrize("country", COUNTRIES)
def test_page_says_what_the_profile_says(forum: Forum, country: str) -> None:
    profile = forum.profile(country)
    page = tables(PAGES / f"{country}.md")
    weights = [(row["Theme"], float(row["Weight"]), row["Why"]) for row in page["Priorities"]]
    assert weights == [(p.theme, p.weight, p.reason) for p in profile.priorities]
    stands = [tuple(row.values()) for row in page["Stands on the common goals"]]
    assert stands == [(s.goal, s.kind.value, s.reason) for s in profile.stands.values()]
    said = [*page["Targets"], *page["Adapted targets"]]
    assert [page_target(row) for row in said] == [
        document_target(goal, target) for goal, target in said_targets(profile)
    ]
    own = [row["Indicator"] for row in page["Indicators of its own"]]
    assert own == [item["id"] for item in parts(profile, "indicators")]
    lent = [tuple(row.values()) for row in page["How they stand for common indicators"]]
    assert lent == [(m.indicator, m.common, m.kind.value, m.reason) for m in profile.mappings]


def page_target(row: Row) -> tuple[str, float, str, str]:
    """Goal, value, year and source of a row of a page's table of targets."""
    source = re.match(r"\[(.*?)\]\(|(illustrative)|(.*?), (?:high|medium|low)", row["Source"])
    assert source is not None
    named = next(group for group in source.groups() if group)
    return row["Goal"], leading_number(row["Target"]), row["By"], named


def document_target(goal: str, target: Mapping[str, Any]) -> tuple[str, float, str, str]:
    """The same of a target of a document."""
    named = target["source"]["title"] if target["status"] == "official" else "illustrative"
    return goal, float(target["value"]), str(target.get("year", "no year")), named


def test_sejong_has_targets_for_buildings_and_cars(forum: Forum) -> None:
    sejong = AreaId("KR-sejong")
    for goal in ("building-energy", "low-emission-vehicles"):
        targets = forum.profile("kr").stands[GoalId(goal)].targets
        assert any(sejong in target.areas for target in targets), goal
