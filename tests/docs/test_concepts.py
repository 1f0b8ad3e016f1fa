"""The worked examples of docs/concepts.md come out as the page says."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import (
    Area,
    AreaId,
    Direction,
    Indicator,
    IndicatorId,
    Level,
    Observation,
    Target,
    Text,
    ThemeId,
    UnitId,
)
from citygoals.core.base.units import UnitTable, decode_unit
from citygoals.core.judging.select import Choice, Figures
from citygoals.core.judging.targets import binding_targets, distance, due_target

PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts.md"
COMMON = Path(str(files("citygoals"))) / "profiles" / "common"
AREA, INDICATOR = AreaId("KR-sejong"), IndicatorId("share")


def table(first: str, *, section: str) -> list[list[str]]:
    """The rows of a section's table whose first column is called so."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = re.search(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert rows is not None
    return [[c.strip() for c in row.strip("| ").split("|")] for row in rows[1].splitlines()]


def number(cell: str) -> float | None:
    """The first number of a cell; thin spaces between thousands are left out."""
    found = re.match(r"[\d.]+", cell.replace(" ", ""))
    return float(found[0]) if found else None


def area(name: str) -> Area:
    level = Level.CITY if "-" in name else Level.COUNTRY
    return Area(id=AreaId(name), name=Text({"en": name}), level=level, country="KR")


@pytest.mark.parametrize(
    ("years", "year", "max_age", "used"), table("figures", section="Years"), ids=str
)
def test_years(years: str, year: str, max_age: str, used: str) -> None:
    figures = Figures(
        Observation(area=AREA, indicator=INDICATOR, year=int(one), value=1.0, source="one")
        for one in years.split(", ")
    )
    chosen = figures.select(AREA, INDICATOR, int(year), Choice(max_age=int(max_age)))
    if used.startswith("none"):
        assert chosen.reason is not None
        assert chosen.reason.code == "stale"
        assert str(chosen.reason.args[0]) in used
    else:
        assert chosen.value is not None
        assert chosen.value.year == number(used)


def target(binds: str, value: str, year: str) -> Target:
    named = re.search(r'"areas": \["(.*)"\]', binds)
    level = re.search(r'"level": "(.*)"', binds)
    return Target(
        areas=(AreaId(named[1]),) if named else (),
        level=Level(level[1]) if level else None,
        value=number(value),
        year=int(year),
    )


@pytest.mark.parametrize(("name", "year", "due"), table("area", section="Targets"), ids=str)
def test_targets(name: str, year: str, due: str) -> None:
    listed = [target(*row[1:]) for row in table("#", section="Targets")]
    binding = binding_targets(listed, area(name), absolute=False)
    assert due_target(binding, int(year)) == listed[int(due[0]) - 1]


@pytest.mark.parametrize("row", table("direction", section="Gap and score"), ids=str)
def test_gap_and_score(row: list[str]) -> None:
    direction, value, baseline, aim, limits, gap, score, _ = row
    low, _, high = limits.partition("–")
    indicator = Indicator(
        id=INDICATOR,
        title=Text({"en": "Share"}),
        theme=ThemeId("energy"),
        unit=UnitId("percent"),
        direction=Direction(direction) if direction in ("higher", "lower") else Direction.HIGHER,
        minimum=number(low),
        maximum=number(high),
    )
    least, _, most = aim.partition("–")
    reached = (
        Target(minimum=number(least), maximum=number(most)) if most else Target(value=number(aim))
    )
    away = distance(number(value), reached, indicator, number(baseline))
    assert away.gap == pytest.approx(number(gap))
    assert away.score == pytest.approx(number(score), abs=0.05)


@pytest.fixture(scope="module")
def units() -> UnitTable:
    items = json.loads((COMMON / "units.json").read_text(encoding="utf-8"))["units"]
    return UnitTable(map(decode_unit, items))


@pytest.mark.parametrize("row", table("value", section="Units"), ids=str)
def test_units(row: list[str], units: UnitTable) -> None:
    value, unit, per, per_unit, wanted, becomes = row
    given, divisor = number(value), number(per)
    assert given is not None
    if becomes.startswith("rejected"):
        with pytest.raises(CitygoalsError):
            units.convert(given, unit, wanted)
    elif divisor is None:
        assert units.convert(given, unit, wanted) == number(becomes)
    else:
        assert units.rate(given, unit, divisor, per_unit, wanted) == number(becomes)
