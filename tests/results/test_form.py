"""The form that is sent out, by its table: the last figure of each area and the target due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from citygoals import Observation
from citygoals.core.base.model import AreaId, ObservationStatus, ProfileId
from citygoals.core.judging.observations import Listed
from citygoals.core.results.form import form_rows

TABLE = json.loads(
    (Path(__file__).parent.parent / "cases" / "results" / "form.json").read_text(encoding="utf-8")
)
OFFICIAL = {"status": "official", "source": {"title": "Law"}, "confidence": "high"}
GOAL = {
    "id": "goal",
    "title": "Goal",
    "indicator": "share",
    "rule": "threshold",
    "reason": "It is a test.",
    "targets": [{**OFFICIAL, **target} for target in TABLE["targets"]],
}


def figure(row: Mapping[str, Any]) -> Observation:
    whole = {"area": "KR-sejong", "indicator": "share", "source": "A", "status": "A", **row}
    return Observation(**{**whole, "status": ObservationStatus(whole["status"])})


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["id"])
def test_form(case: Mapping[str, Any], forums: Any) -> None:
    forum = forums({"common": {"goals": [GOAL]}})
    figures = Listed.of([figure(row) for row in case["figures"]])
    areas = [forum.areas[AreaId("KR-sejong")]]
    (row,) = form_rows(forum, ProfileId("common"), areas, figures)
    assert {name: row[name] for name in case["expect"]} == case["expect"], case["why"]


def test_a_declined_goal_is_not_asked(forums: Any) -> None:
    other = {**GOAL, "id": "other", "indicator": "loss", "targets": GOAL["targets"][:1]}
    stands = [{"goal": "goal", "stand": "declined", "reason": "Not ours."}]
    forum = forums({"common": {"goals": [GOAL, other]}, "kr": {"stands": stands}})
    areas = [forum.areas[AreaId("KR-sejong")]]
    asked = {
        profile: [row["indicator"] for row in form_rows(forum, ProfileId(profile), areas, None)]
        for profile in ("common", "kr")
    }
    assert asked == {"common": ["share", "loss"], "kr": ["loss"]}
