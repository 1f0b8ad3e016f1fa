"""The worked examples of docs/concepts.md come out as the page says."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citygoals import evaluate
from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import (
    Area,
    AreaId,
    IndicatorId,
    Level,
    Observation,
    Target,
    Text,
)
from citygoals.core.base.units import UnitTable, decode_unit
from citygoals.core.forum.forum import COMMON as COMMON_ID
from citygoals.core.judging.gaps import Aimed, away
from citygoals.core.judging.request import Request
from citygoals.core.judging.targets import binding_targets, due_target

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
def test_years(forums: Any, years: str, year: str, max_age: str, used: str) -> None:
    aim = {"value": 80, "status": "illustrative", "reason": "It is a test."}
    goal = {"id": "goal", "title": "Goal", "indicator": "share", "rule": "threshold"}
    goal |= {"targets": [aim], "reason": "It is a test.", "max_age": int(max_age)}
    forum = forums({"common": {"goals": [goal]}})
    figures = [
        Observation(area=AREA, indicator=INDICATOR, year=int(one), value=1.0, source="one")
        for one in years.split(", ")
    ]
    request = Request(profiles=(COMMON_ID,), years=(int(year),))
    (said,) = evaluate(forum, figures, [forum.areas[AREA]], request)
    if used.startswith("none"):
        assert said.reason.code == "stale"
        assert str(said.reason.args[0]) in used
    else:
        assert said.value_year == number(used)


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
    sign = -1.0 if direction == "lower" else 1.0
    least, _, most = aim.partition("–")
    aimed = Aimed(
        target=array(None if most else number(aim)),
        lower=array(number(least) if most else None),
        upper=array(number(most)),
        baseline=array(number(baseline)),
        sign=array(sign),
        worst=array(number(low if sign > 0 else high)),
        minimum=array(number(low)),
        maximum=array(number(high)),
    )
    far = away(array(number(value)), aimed)
    assert far.gap == pytest.approx(array(number(gap)))
    assert far.score == pytest.approx(array(number(score)), abs=0.05, nan_ok=True)


def array(figure: float | None) -> np.ndarray:
    return np.array([np.nan if figure is None else figure])


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
