"""Scores of a run by themes and priorities, and what each of them rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan
from typing import Any

import pytest

from citygoals.core.base.model import (
    NO_DATA,
    AreaId,
    Assessment,
    IndicatorId,
    Observation,
    ObservationStatus,
    ProfileId,
)
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.evaluate import evaluate
from citygoals.core.judging.request import Request
from citygoals.core.results.score import index_of, score
from citygoals.core.results.score.goal_scores import NOTHING, GoalScores, NothingToScore
from citygoals.core.results.score.robustness import under_priorities
from citygoals.core.results.score.themes import default_index, priorities_of

OFFICIAL = {"status": "official", "source": {"title": "Law"}, "confidence": "high"}
ILLUSTRATIVE = {"status": "illustrative", "reason": "It is a test."}
GOALS = [
    {"id": "shared", "indicator": "share", "targets": [{"value": 80, **OFFICIAL}]},
    {"id": "lost", "indicator": "loss", "targets": [{"value": 10, **ILLUSTRATIVE}]},
    {"id": "rated", "indicator": "rate", "targets": [{"value": 5, **OFFICIAL}]},
    {"id": "produced", "indicator": "other-share", "targets": [{"value": 50, **OFFICIAL}]},
]
PRIORITIES = [
    {"theme": "energy", "weight": 0.5, "reason": "It is a test."},
    {"theme": "water", "weight": 0.3, "reason": "It is a test."},
    {"theme": "safety", "weight": 0.2, "reason": "It is a test."},
]
FIGURES = [
    ("KR-sejong", "share", 2022, 40, "E"),
    ("KR-sejong", "loss", 2024, 55, "A"),
    ("KR-sejong", "rate", 2024, 3, "A"),
    ("KR-seoul", "share", 2024, 80, "A"),
    ("KR-seoul", "loss", 2024, 28, "A"),
    ("KR-seoul", "rate", 2024, 8, "A"),
    ("KR-seoul", "third-share", 2024, 50, "A"),
    ("MY-melaka", "share", 2024, 20, "A"),
    ("MY-melaka", "loss", 2024, 10, "A"),
]
PROXY = {"indicator": "third-share", "common": "other-share", "kind": "proxy", "reason": "A test."}


@pytest.fixture
def forum(forums: Callable[..., Forum]) -> Forum:
    goals = [{"title": "Goal", "rule": "threshold", "reason": "A test.", **goal} for goal in GOALS]
    adopted = [{"goal": goal["id"], "stand": "adopted"} for goal in goals]
    kr = {"profile": {"priorities": PRIORITIES}, "stands": adopted}
    weights = zip(PRIORITIES, (0.1, 0.8, 0.1), strict=True)
    others = [{**one, "weight": weight} for one, weight in weights]
    my = {"profile": {"priorities": others}, "stands": adopted}
    return forums({"common": {"goals": goals, "mappings": [PROXY]}, "kr": kr, "my": my})


def observed() -> list[Observation]:
    return [
        Observation(
            area=AreaId(area),
            indicator=IndicatorId(indicator),
            year=year,
            value=value,
            status=ObservationStatus(status),
            source="survey",
        )
        for area, indicator, year, value, status in FIGURES
    ]


def judged(forum: Forum, profile: str = "kr") -> list[Assessment]:
    names = ("KR-sejong", "KR-seoul", "MY-melaka")
    areas = [forum.areas[AreaId(name)] for name in names]
    return list(evaluate(forum, observed(), areas, Request(profiles=(ProfileId(profile),))))


Scored = Callable[[Sequence[Assessment]], GoalScores]


@pytest.fixture
def scored(forum: Forum, as_frames: Callable[..., Any]) -> Scored:
    """The goal scores of these assessments, stored as a run."""
    return lambda assessments: GoalScores(forum, *as_frames(assessments), forum.areas)


def test_goals_by_theme_weighed_by_priorities(forum: Forum, scored: Scored) -> None:
    """Sejong: share 40 of 80 is 50, loss (55 - 100) / (10 - 100) is 50; Seoul: 100 and 80.

    The rate has neither a worst limit nor a baseline, so it has no score, met or missed.
    """
    index = index_of(default_index(forum, "kr"), "default")
    said = judged(forum)
    assert {one.area: one.score for one in said if one.goal == "rated"} == {
        "KR-sejong": 100,
        "KR-seoul": None,
        "MY-melaka": None,
    }
    scores = score(index, scored(said).frame(index), priorities_of(forum))
    assert scores.frame.areas == ["KR-sejong", "KR-seoul", "MY-melaka"]
    assert scores.nodes["theme:energy"].score == pytest.approx([50, 100, 25])
    assert scores.nodes["theme:water"].score == pytest.approx([50, 80, 100])
    wanted = [50, (0.5 * 100 + 0.3 * 80) / 0.8, (0.5 * 25 + 0.3 * 100) / 0.8]
    assert scores.top.score == pytest.approx(wanted)
    assert scores.top.coverage == pytest.approx([0.5, 0.5, 0.5])
    assert scores.top.rank.tolist() == [3, 1, 2]
    assert scores.top.imputed.tolist() == [0, 0, 0]


def test_a_score_says_what_it_rests_on(forum: Forum, scored: Scored) -> None:
    index = index_of(default_index(forum, "kr"), "default")
    goal_scores = scored(judged(forum))
    nodes = [index.root, *index.root.children]
    by_area = goal_scores.bases(nodes, [area for area, _ in goal_scores.rows])
    basis = by_area[index.root.id, "KR-sejong", 2024]
    assert (basis.counted, basis.age, basis.oldest) == (2, 1.0, 2)
    assert (basis.estimates, basis.illustrative) == (0.5, 0.5)
    assert (basis.proxies, basis.unscored) == (0, 1)
    basis = by_area[index.root.id, "KR-seoul", 2024]
    assert (basis.counted, basis.age, basis.oldest) == (2, 0.0, 0)
    assert (basis.estimates, basis.proxies, basis.unscored) == (0.0, 1, 1)
    by_country = goal_scores.bases(nodes, [area[:2] for area, _ in goal_scores.rows])
    both = by_country[index.root.id, "KR", 2024]
    assert (both.counted, both.age, both.estimates) == (4, 0.5, 0.25)
    safety = next(node for node in index.root.children if node.theme == "safety")
    assert by_area[safety.id, "KR-sejong", 2024] == replace(NOTHING, unscored=1)


def test_a_score_rests_on_what_is_decided(forum: Forum, scored: Scored) -> None:
    index = index_of(default_index(forum, "kr"), "default")
    undecided = [replace(one, status=NO_DATA) for one in judged(forum)]
    goal_scores = scored(undecided)
    assert goal_scores.frame(index).figures["shared"].tolist() == [50, 100, 25]
    by_area = goal_scores.bases([index.root], [area for area, _ in goal_scores.rows])
    assert set(by_area.values()) == {NOTHING}


def test_a_baseline_is_a_scale_too(forum: Forum, scored: Scored) -> None:
    index = index_of(default_index(forum, "kr"), "default")
    said = [replace(one, baseline=9.0) if one.goal == "rated" else one for one in judged(forum)]
    scores = score(index, scored(said).frame(index), priorities_of(forum))
    assert scores.nodes["theme:safety"].score == pytest.approx([100, nan, nan], nan_ok=True)


def test_ranks_under_the_priorities_of_each_country(forum: Forum, scored: Scored) -> None:
    """Where water is eight times energy: Seoul 74 / 0.9, Melaka 82.5 / 0.9, Sejong 50."""
    index = index_of(default_index(forum, "kr"), "default")
    frame = scored(judged(forum)).frame(index)
    found = under_priorities(index, frame, priorities_of(forum), ["kr", "my"])
    assert {name: ranks.tolist() for name, ranks in found.items()} == {
        "kr": [3, 1, 2],
        "my": [3, 2, 1],
    }


def test_without_priorities_themes_are_equal(forum: Forum) -> None:
    document = default_index(forum, "common", least_coverage=0.9)
    assert document["index"]["weights"] == "equal"
    assert document["rank"] == {"coverage": 0.9}
    index = index_of(document, "default")
    themes = [node.theme for node in index.root.children]
    assert sorted(themes) == ["energy", "safety", "water"]
    assert [str(title) for title in index.levels] == ["Index", "Theme", "Goal"]


def test_nothing_was_judged_under_the_profile(scored: Scored) -> None:
    with pytest.raises(NothingToScore, match="evaluate with --profile"):
        scored([])
