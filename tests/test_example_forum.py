"""The example forum: its figures are the published ones, and its README is true."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from citygoals.core.base.model import (
    NO_DATA,
    NOT_APPLICABLE,
    Area,
    AreaId,
    Assessment,
    GoalId,
    ProfileId,
    Reason,
)
from citygoals.core.figures.intake import Intake, Intaken
from citygoals.core.forum import decode
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.documents.reading import read_document
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Origin, load_profile
from citygoals.core.judging.evaluate import evaluate
from citygoals.core.judging.request import Request
from citygoals.plugins.formats.long_csv import read_long_csv

ROOT = Path(str(files("citygoals")))
FORUM = ROOT / "examples" / "forum"
FILES = sorted((FORUM / "observations").glob("*.csv"))
MEMBERS = ("kr", "my", "id", "jp", "cn", "sg", "sa", "vn")
PROFILES = ("common", *MEMBERS)
Row = Mapping[str, str]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Example:
    """The example forum as the product reads it."""

    forum: Forum
    areas: Mapping[AreaId, Area]
    taken: Mapping[str, Intaken]

    def assessments(self, *profiles: str) -> dict[tuple[str, str, str], Assessment]:
        """Assessments of the latest year by profile, area and goal."""
        request = Request(profiles=tuple(map(ProfileId, profiles)))
        observations = [each for taken in self.taken.values() for each in taken.observations]
        found = evaluate(self.forum, observations, list(self.areas.values()), request)
        return {(a.profile, a.area, a.goal): a for a in found}


@pytest.fixture(scope="module")
def example() -> Example:
    origin = Origin(plugin="test", distribution="citygoals", version="0")
    profiles = [load_profile(ROOT / "profiles" / name, origin) for name in PROFILES]
    forum = assemble(profiles)
    document = read_document(FORUM / "areas.json")
    registered = [decode.area(item) for item in document.content["areas"]]
    areas = {**forum.areas, **{area.id: area for area in registered}}
    intake = Intake(forum.indicators, areas, forum.units)
    taken = {path.stem: intake.read(read_long_csv(path)) for path in FILES}
    return Example(forum, areas, taken)


@pytest.fixture(scope="module")
def common(example: Example) -> dict[tuple[str, str, str], Assessment]:
    return example.assessments("common")


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


README = tables(FORUM / "README.md")
TEXT = (FORUM / "README.md").read_text(encoding="utf-8")


def published() -> list[Row]:
    """The published figures of the seed data; skips where they are not at hand."""
    named = os.environ.get("CITYGOALS_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("CITYGOALS_DATA is not set: the seed data are not at hand")
    with (folder / "cities" / "observations.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def filed() -> list[Row]:
    """Every row of the example's files."""
    rows: list[Row] = []
    for path in FILES:
        with path.open(encoding="utf-8", newline="") as stream:
            rows.extend(csv.DictReader(stream))
    return rows


def test_every_row_is_taken_in(example: Example) -> None:
    for name, taken in example.taken.items():
        assert [reject.message for reject in taken.rejects] == [], name
        assert (taken.duplicates, taken.unfilled) == (0, 0), name
    assert sum(len(taken.observations) for taken in example.taken.values()) == len(filed())


def test_every_area_has_figures(example: Example) -> None:
    seen = {each.area for taken in example.taken.values() for each in taken.observations}
    assert seen == set(example.areas)


def test_areas_without_profile_are_registered_apart(example: Example) -> None:
    countries = {area.country for area in example.areas.values()}
    assert countries - {member.upper() for member in MEMBERS} == {"TH", "AE", "IR"}
    listed = {item["id"] for item in read_document(FORUM / "areas.json").content["areas"]}
    assert not listed & set(example.forum.areas)


def mapped() -> Iterator[tuple[str, str, str, str]]:
    """What the README says was mapped: collected name, country, indicator, how."""
    for row in README["What was mapped"]:
        for country in row["Countries"].split():
            yield row["Collected as"], country, row["Filed under"], row["How"]


def test_every_published_figure_is_mapped_or_left_out() -> None:
    left = {
        (row["Collected as"], country)
        for row in README["What was left out"]
        for country in row["Countries"].split()
    }
    taken = {(name, country) for name, country, _, _ in mapped()}
    assert not left & taken
    rows = published()
    assert left | taken == {(row["indicator_hint"], row["country_iso2"]) for row in rows}
    count = sum((row["indicator_hint"], row["country_iso2"]) in left for row in rows)
    assert f"\n{count} figures are not filed:\n" in (FORUM / "README.md").read_text(
        encoding="utf-8"
    )


def test_published_figures_stand_as_published() -> None:
    indicators = defaultdict(set)
    for name, country, indicator, how in mapped():
        if how != "computed":
            indicators[name, country].add(indicator)
    wanted = Counter[tuple[str, ...]]()
    found = Counter[tuple[str, ...]]()
    rows, sources = filed(), published()
    for row in sources:
        names = indicators[row["indicator_hint"], row["country_iso2"]]
        matches = [each for each in rows if each["indicator"] in names and is_of(each, row)]
        assert len(matches) == (1 if names else 0), row
        wanted.update([row_key(row)] if names else [])
        found.update(row_key(each) for each in matches)
    assert found == wanted
    assert len(rows) == wanted.total() + len(computed(sources))


def is_of(row: Row, source: Row) -> bool:
    """Whether a row says what a published figure says, by the same source."""
    title = source["source_title"]
    named = row["source"] == title or row["note"].startswith(title)
    return named and source["note"] in row["note"] and row_key(row) == row_key(source)


def row_key(row: Row) -> tuple[str, ...]:
    """What must be letter for letter the same in a published figure and its row."""
    names = ("area", "year", "value", "unit", "confidence", "source_url")
    return tuple(row[name] for name in names)


def computed(rows: Sequence[Row]) -> dict[Key, tuple[str, str]]:
    """Value and denominator of every computed row, worked out from the published counts."""
    at = {(row["area"], row["indicator_hint"], row["year"]): row["value"] for row in rows}
    found: dict[Key, tuple[str, str]] = {}
    for (area, hint, year), text in at.items():
        if hint == "public_chargers_fast":
            fast, slow = Decimal(text), Decimal(at[area, "public_chargers_slow", year])
            share = (100 * fast / (fast + slow)).quantize(Decimal("0.01"))
            found[area, "fast-share-of-public-charging", year] = (str(share), "")
            own = at.get((area, "ev_cars_registered", year))
            cars = at.get((area, "bev_stock_cars", year)) or own
            if cars:
                points = (str(fast + slow), cars)
                found[area, "public-charging-points-per-electric-car", year] = points
    chargers = (at["KR", "public_chargers_total", "2023"], at["KR", "bev_registered", "2023"])
    found["KR", "kr-public-chargers-per-electric-vehicle", "2023"] = chargers
    remaining = 1_100_000  # households, in the note of the published figure
    meters = Decimal(at["SG", "smart_meters_installed", "2019"])
    share = (100 * meters / (meters + remaining)).quantize(Decimal("0.01"))
    found["SG", "households-with-smart-energy-meters", "2019"] = (str(share), "")
    return found


def test_computed_figures_come_from_published_counts() -> None:
    names = {indicator for _, _, indicator, how in mapped() if how == "computed"}
    rows = [row for row in filed() if row["indicator"] in names]
    said = {
        (row["area"], row["indicator"], row["year"]): (row["value"], row["denominator"])
        for row in rows
    }
    assert said == computed(published())


def test_readme_counts_the_files(example: Example) -> None:
    for row in README["The example forum"]:
        name = Path(row["File"]).stem
        observations = example.taken[name].observations
        areas = {each.area for each in observations}
        assert (int(row["Figures"]), int(row["Areas"])) == (len(observations), len(areas)), name
        assert row["Profile"] == (name if name in example.forum.profiles else "areas only")
    assert len(README["The example forum"]) == len(FILES)
    total = sum(len(taken.observations) for taken in example.taken.values())
    assert f": {total} figures of {len(example.areas)} areas." in TEXT


def test_readme_lists_the_mappings(example: Example) -> None:
    said = [tuple(row.values()) for row in README["What stands for what"]]
    mappings = [mapping for mapping, _ in example.forum.mappings]
    assert said == [(m.indicator, m.common, m.kind.value, m.reason) for m in mappings]


Decided = dict[str, tuple[set[str], int, int]]


def decided(assessments: Mapping[tuple[str, str, str], Assessment]) -> Decided:
    """By goal: countries and number of areas decided, and how many more by proxy."""
    areas: dict[str, set[str]] = defaultdict(set)
    proxies: Counter[str] = Counter()
    for (_, area, goal), found in assessments.items():
        if found.status in (NO_DATA, NOT_APPLICABLE):
            continue
        if "proxy" in found.marks:
            proxies[goal] += 1
        else:
            areas[goal].add(area)
    goals = {goal for _, _, goal in assessments}
    return {
        goal: ({area[:2] for area in areas[goal]}, len(areas[goal]), proxies[goal])
        for goal in goals
    }


def test_eight_common_goals_are_decided_for_four_countries(
    common: dict[tuple[str, str, str], Assessment],
) -> None:
    assert sum(len(countries) >= 4 for countries, _, _ in decided(common).values()) >= 8


def test_readme_tells_what_is_decided(common: dict[tuple[str, str, str], Assessment]) -> None:
    said = {
        row["Common goal"]: (
            set(row["Which"].split()),
            int(row["Areas"]),
            int(row["Areas by proxy"]),
        )
        for row in README["What comes out decided"]
    }
    found = decided(common)
    assert said == found
    four = sum(len(countries) >= 4 for countries, _, _ in found.values())
    nobody = sum(not areas and not proxies for _, areas, proxies in found.values())
    assert f"{four} of {len(found)} common goals are decided" in TEXT
    assert f"{nobody} are decided for nobody" in TEXT
    assert {found.year for found in common.values()} == {2025}


def test_sejong_is_honest_about_what_it_lacks(example: Example) -> None:
    found = example.assessments("kr", "my")
    for goal in ("building-energy", "low-emission-vehicles"):
        cell = found["kr", "KR-sejong", goal]
        assert (cell.status, cell.reason) == (NO_DATA, Reason("not-reported")), goal
    assert found["my", "KR-sejong", "clean-air"].value == 20
    assert found["my", "KR-sejong", "my-crime-index"].status == NO_DATA


def test_no_trend_across_koreas_hospital_surveys(example: Example) -> None:
    cell = example.assessments("kr")["kr", "KR", GoalId("electronic-medical-records")]
    assert (cell.value, cell.value_year, cell.previous) == (90.5, 2020, None)
    assert cell.status == "not-met"


def test_without_the_break_it_would_be_a_fall(example: Example) -> None:
    wrong = [
        replace(each, status=type(each.status).NORMAL)
        for taken in example.taken.values()
        for each in taken.observations
    ]
    korea = [example.areas[AreaId("KR")]]
    found = evaluate(example.forum, wrong, korea, Request(profiles=(ProfileId("kr"),)))
    status = {each.goal: each.status for each in found}
    assert status[GoalId("electronic-medical-records")] == "off-track"


def test_the_later_count_of_koreas_electric_vehicles_is_chosen(example: Example) -> None:
    cell = example.assessments("kr")["kr", "KR", GoalId("kr-electric-vehicles")]
    assert (cell.value, cell.source) == (543530, "Korea Transport Institute, KAS chapter 4")
