"""A forum and drawn observations that are judged chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from citygoals.core.base.model import Area, Assessment, Observation
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.observations import Listed
from citygoals.core.judging.plan import make_plan
from citygoals.core.judging.request import Request
from citygoals.core.judging.run import judge_all
from citygoals.core.judging.worded import assessments

OFFICIAL = {"status": "official", "source": {"title": "Law"}, "confidence": "high"}


def goal(name: str, rule: str, targets: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    whole = [{**OFFICIAL, **target} for target in targets]
    said = {"id": name, "title": name, "rule": rule, "reason": "A test.", "targets": whole, **more}
    return said if "indicators" in said else {"indicator": "share", **said}


BALANCE = {
    "id": "balance",
    "title": "More than is lost since the start",
    "scale": "attainment",
    "needs": ["value", "indicators.loss.value", "indicators.loss.baseline"],
    "logic": {
        "if": [
            {">=": [{"var": "value"}, {"indicator": ["loss", "baseline"]}]},
            "met",
            "not-met",
        ]
    },
    "examples": [
        {
            "given": {"value": 2, "indicators": {"loss": {"value": 1, "baseline": 1}}},
            "expect": "met",
        }
    ],
}
TREND = {
    "id": "trend",
    "title": "By how many times it grew",
    "scale": "attainment",
    "needs": ["value", "previous", "baseline"],
    "logic": {
        "if": [
            {
                ">=": [
                    {"/": [{"var": "value"}, {"-": [{"var": "previous"}, {"var": "baseline"}]}]},
                    1,
                ]
            },
            "met",
            "not-met",
        ]
    },
    "examples": [{"given": {"value": 3, "previous": 2, "baseline": 1}, "expect": "met"}],
}
PACE = {
    "id": "pace",
    "title": "Not below the figure before, if there is one",
    "scale": "attainment",
    "logic": {
        "if": [
            {"missing": ["previous"]},
            "not-met",
            {">=": [{"var": "value"}, {"var": "previous"}]},
            "met",
            "not-met",
        ]
    },
    "examples": [{"given": {"value": 3, "previous": 2}, "expect": "met"}],
}
COMMON = {
    "rule": [BALANCE, TREND, PACE],
    "goals": [
        goal("above", "threshold", [{"value": 60}]),
        goal("path", "linear-path", [{"value": 80, "year": 2030, "baseline_year": 2015}]),
        goal("stated", "linear-path", [{"value": 80, "year": 2020, "baseline": 20}]),
        goal("steps", "linear-path", [{"value": 40, "year": 2018}, {"value": 80, "year": 2024}]),
        goal("inside", "within-range", [{"min": 20, "max": 40, "level": "city"}]),
        goal(
            "named",
            "threshold",
            [
                {"value": 30, "areas": ["KR-sejong"]},
                {"value": 50, "level": "city", "status": "illustrative", "reason": "A test."},
                {"value": 70},
            ],
        ),
        goal("less", "linear-path", [{"value": 15, "year": 2030}], indicator="loss"),
        goal("forecast", "threshold", [{"value": 60}], forecasts_count=True, max_age=1),
        goal("balance", "balance", [{"value": 60, "baseline_year": 2015}]),
        goal("trend", "trend", [{"value": 60, "baseline_year": 2014}], max_age=9),
        goal("pace", "pace", [{"value": 60}], max_age=9),
        goal(
            "all",
            "all-reached",
            [{"value": 50}],
            indicators=["share", "other-share"],
            theme="energy",
        ),
    ],
}
KR = {
    "profile": {"sources": ["B", "A"], "max_age": 3},
    "indicators": [
        {"id": name, "title": name, "theme": "energy", "unit": "fraction", "direction": "higher"}
        for name in ("kr-share", "kr-near")
    ],
    "mappings": [
        {"indicator": "kr-share", "common": "share", "kind": "converted", "reason": "x 100"},
        {"indicator": "kr-near", "common": "share", "kind": "proxy", "reason": "nearly"},
    ],
    "stands": [
        {"goal": "above", "stand": "adopted"},
        {"goal": "path", "stand": "adapted", "targets": [{**OFFICIAL, "value": 90, "year": 2028}]},
        {"goal": "steps", "stand": "declined", "reason": "no"},
        {"goal": "less", "stand": "adopted"},
        {"goal": "balance", "stand": "adopted"},
        {"goal": "all", "stand": "adopted"},
    ],
}


@pytest.fixture(scope="session")
def forum(forums: Any) -> Forum:
    """A forum with goals of every kind and stands of every kind."""
    built: Forum = forums({"common": COMMON, "kr": KR})
    assert not built.failures
    return built


def in_columns(
    forum: Forum,
    observations: Sequence[Observation],
    areas: Sequence[Area],
    request: Request,
    *,
    memory: int = 1 << 30,
) -> list[Assessment]:
    """The assessments, in chunks that `memory` bytes allow."""
    plan = make_plan(forum, areas, request, request.years)
    fetch = Listed.of(observations).load(plan)
    first = min((one.year for one in observations), default=request.years[0])
    frames = judge_all(plan, fetch, first, engine=request.engine, memory=memory)
    return [one for frame in frames for one in assessments(frame, plan.words.tables())]


@pytest.fixture(scope="session")
def columns() -> Any:
    """Judges chunk by chunk."""
    return in_columns
