"""Turns a case of the tables into a forum, observations and what is to be judged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.model import (
    Area,
    AreaId,
    Assessment,
    IndicatorId,
    Observation,
    ObservationStatus,
    ProfileId,
)
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.evaluate import evaluate
from citygoals.core.judging.explain import Explanation, explain
from citygoals.core.judging.observations import Listed
from citygoals.core.judging.request import Request

CASES = Path(__file__).parent.parent / "cases" / "evaluation"
OFFICIAL = {"status": "official", "source": {"title": "Law"}, "confidence": "high"}
GOAL: Mapping[str, Any] = {
    "id": "goal",
    "title": "Goal",
    "indicator": "share",
    "rule": "threshold",
    "reason": "It is a test.",
    "targets": [{"value": 80}],
}


def whole_target(target: Mapping[str, Any]) -> dict[str, Any]:
    """A target that is official where it does not say otherwise."""
    return {**(OFFICIAL if "status" not in target else {}), **target}


def whole_goal(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """A goal of several layers; null takes a key away."""
    layers = {key: value for part in (GOAL, *parts) for key, value in part.items()}
    goal = {key: value for key, value in layers.items() if value is not None}
    if "targets" in goal:
        goal["targets"] = [whole_target(target) for target in goal["targets"]]
    return goal


def whole_profile(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A national profile whose targets are official where they do not say otherwise."""
    whole = dict(spec)
    for kind in ("stands", "goals"):
        if kind in spec:
            whole[kind] = [
                {**item, "targets": [whole_target(target) for target in item["targets"]]}
                if "targets" in item
                else item
                for item in spec[kind]
            ]
    return whole


def observation(
    *,
    area: str = "KR-sejong",
    indicator: str = "share",
    source: str = "A",
    status: str = "A",
    **said: Any,
) -> Observation:
    """An observation as a case words it."""
    return Observation(
        area=AreaId(area),
        indicator=IndicatorId(indicator),
        source=source,
        status=ObservationStatus(status),
        **said,
    )


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A case, what it was judged on, and the assessments."""

    forum: Forum
    observations: Sequence[Observation]
    areas: Sequence[Area]
    request: Request
    assessments: Sequence[Assessment]

    def one(self, **wanted: Any) -> Assessment:
        """The only assessment with these fields."""
        found = self.all(**wanted)
        assert len(found) == 1, f"{len(found)} assessments with {wanted}"
        return found[0]

    def all(self, **wanted: Any) -> list[Assessment]:
        """The assessments with these fields."""
        return [
            item
            for item in self.assessments
            if all(getattr(item, name) == value for name, value in wanted.items())
        ]

    def explain(self, said: Assessment) -> Explanation:
        """The explanation of one of the assessments."""
        standing = next(
            goal for goal in self.forum.goals_under(said.profile) if goal.goal.id == said.goal
        )
        figures = Listed.of(self.observations)
        return explain(self.forum, figures, standing, self.forum.areas[said.area], said.year)


class Judge:
    """Judges cases."""

    def __init__(self, forums: Any) -> None:
        self._forums = forums

    def forum(self, case: Mapping[str, Any], table: Mapping[str, Any]) -> Forum:
        """The small forum with the goal, rules and profiles of a case."""
        goal = whole_goal(table.get("goal", {}), case.get("goal", {}))
        profiles = {name: whole_profile(spec) for name, spec in case.get("profiles", {}).items()}
        rules = [*table.get("rules", ()), *case.get("rules", ())]
        forum: Forum = self._forums({"common": {"goals": [goal], "rule": rules}, **profiles})
        return forum

    def __call__(
        self, case: Mapping[str, Any], table: Mapping[str, Any], engine: str = "rows"
    ) -> Judged:
        """Every area under every profile of the case, or under those that it names."""
        forum = self.forum(case, table)
        observations = [observation(**said) for said in case["observations"]]
        profiles = tuple(map(ProfileId, forum.profiles))
        if case.get("request") == "default":
            profiles = ()
        year = case["year"]
        years = () if year is None else tuple(year) if isinstance(year, list) else (year,)
        areas = list(forum.areas.values())
        request = Request(profiles=profiles, years=years, engine=engine)
        return Judged(
            forum=forum,
            observations=observations,
            areas=areas,
            request=request,
            assessments=list(evaluate(forum, observations, areas, request)),
        )


@pytest.fixture(scope="session")
def judge(forums: Any) -> Judge:
    """Judges cases of the tables."""
    return Judge(forums)


def tables() -> dict[str, Any]:
    """The tables by file name."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(CASES.glob("*.json"))
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case where a test takes `case` and `table`."""
    if "case" in metafunc.fixturenames:
        found = [
            pytest.param(case, table, id=f"{name}-{case['id']}")
            for name, table in tables().items()
            for case in table["cases"]
        ]
        metafunc.parametrize(("case", "table"), found)


@pytest.fixture(scope="session")
def evaluation_tables() -> dict[str, Any]:
    """The tables by file name."""
    return tables()
