"""Results that others published, reached from their data through the shipped rules alone."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from batch import decide_batch

from citygoals.core.logic import NamedRule
from citygoals.core.logic.engines import LOCAL

Rules = Mapping[str, NamedRule]
Published = Callable[[str], Path]
GREY = "grey"
"""The dashboards' colour for a goal of which too little is known."""


def open_sdg_cases(published: Published) -> Sequence[tuple[dict[str, Any], str]]:
    """The variables of each case, and the status that Open SDG's progress rule gives."""
    with published("opensdg_progress/cases.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = {
        "value": "current_value",
        "year": "current_year",
        "baseline": "base_value",
        "baseline_year": "used_base_year",
        "target": "target",
        "target_year": "target_year",
    }
    cases = []
    for row in rows:
        given = {name: float(row[column]) for name, column in names.items() if row[column]}
        given["direction"] = {"positive": 1, "negative": -1}[row["direction"]]
        cases.append((given, row["expected_status"].replace("_", "-")))
    return cases


@pytest.mark.parametrize("engine", LOCAL)
def test_open_sdg_progress(rules: Rules, published: Published, engine: str) -> None:
    rule = rules["open-sdg-progress"]
    assert rule.columnar
    given, expected = zip(*open_sdg_cases(published), strict=True)
    decided = decide_batch(rule, given, engine)
    assert [decision.status for decision in decided] == list(expected)
    assert len(expected) == 142


def test_the_open_sdg_cases_have_every_status(published: Published) -> None:
    statuses = Counter(status for _, status in open_sdg_cases(published))
    assert statuses == {
        "limited-progress": 55,
        "deterioration": 30,
        "on-track": 23,
        "progress-needs-acceleration": 23,
        "target-achieved": 11,
    }


def thresholds(published: Published) -> dict[str, tuple[int, dict[str, float]]]:
    """The goal of each indicator, and its thresholds on the scale of scores, 0 to 100."""
    codebook = json.loads(published("sdr2025/sdr2025_codebook.json").read_text(encoding="utf-8"))
    found = {}
    for entry in codebook:
        bound, optimum = entry["Lower Bound (=0)"], entry["Optimum (= 100)"]
        red, green = (
            100 * (entry[f"{colour} threshold"] - bound) / (optimum - bound)
            for colour in ("Red", "Green")
        )
        marks = {"baseline": 0, "lower": red, "upper": green, "target": 100}
        found[entry["IndCode"]] = (entry["SDG"], marks)
    return found


def goal_colours(published: Published) -> Iterator[tuple[str, int, dict[str, float], str]]:
    """Country, goal, its indicators' scores, and the colour published, ranked and not OECD."""
    read = {
        name: json.loads(published(f"sdr2025/sdr2025_{name}.json").read_text(encoding="utf-8"))
        for name in ("indicator_scores", "overview")
    }
    overview = {row["Country"]: row for row in read["overview"]}
    goals = {name: goal for name, (goal, _) in thresholds(published).items()}
    for country in read["indicator_scores"]:
        row = overview[country["country"]]
        if country["region"] == "OECD" or not row.get("SDG_Index_Rank_2025"):
            continue
        for goal in range(1, 18):
            colour = row[f"Goal_{goal}_Dashboard"]
            scores = {
                name: score
                for name, score in country["indicators"].items()
                if goals[name] == goal and score is not None
            }
            if colour != GREY:
                yield country["iso3"], goal, scores, colour


def test_sdg_goal_colours(rules: Rules, published: Published) -> None:
    marks = {name: found for name, (_, found) in thresholds(published).items()}
    cases = list(goal_colours(published))
    asked = [(name, score) for _, _, scores, _ in cases for name, score in scores.items()]
    given = [{"value": score, **marks[name]} for name, score in asked]
    placed = iter(decide_batch(rules["sdg-index-rescale"], given, "polars"))
    wrong = []
    for country, goal, scores, colour in cases:
        values = [next(placed).number for _ in scores]
        decided = rules["sdg-index-goal-colour"].decide({"values": values})
        if decided.status != colour:
            wrong.append((country, goal, values, colour, decided.status))
    assert wrong == []
    assert len(cases) == 2_090
