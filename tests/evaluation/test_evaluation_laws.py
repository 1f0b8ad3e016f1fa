"""Laws of the evaluation that hold for any observations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citygoals.core.base.model import (
    AreaId,
    Assessment,
    Confidence,
    Direction,
    IndicatorId,
    Observation,
    ObservationStatus,
    Target,
)
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.evaluate import evaluate
from citygoals.core.judging.gaps import Aimed, away
from citygoals.core.judging.request import Request

FACTOR = 8 if os.environ.get("CITYGOALS_LONG") else 1
DECIDED = {"met", "not-met", "on-track", "behind", "off-track"}
AREAS = ("KR", "KR-sejong", "MY-melaka")
DIRECT = ("share", "other-share", "loss")
LENT = ("kr-share", "kr-near")
YEARS = st.integers(2012, 2026)
OFFICIAL = {"status": "official", "source": {"title": "Law"}, "confidence": "high"}


def goal(name: str, rule: str, targets: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    whole = [{**OFFICIAL, **target} for target in targets]
    said = {"id": name, "title": name, "rule": rule, "reason": "A test.", "targets": whole, **more}
    return said if "indicators" in said else {"indicator": "share", **said}


BALANCE = {
    "id": "balance",
    "title": "More than is lost",
    "scale": "attainment",
    "needs": ["value", "indicators.loss.value"],
    "logic": {"if": [{">=": [{"var": "value"}, {"indicator": "loss"}]}, "met", "not-met"]},
    "examples": [{"given": {"value": 2, "indicators": {"loss": {"value": 1}}}, "expect": "met"}],
}
COMMON = {
    "rule": [BALANCE],
    "goals": [
        goal("above", "threshold", [{"value": 60}]),
        goal("path", "linear-path", [{"value": 80, "year": 2030, "baseline_year": 2015}]),
        goal("steps", "linear-path", [{"value": 40, "year": 2018}, {"value": 80, "year": 2024}]),
        goal("inside", "within-range", [{"min": 20, "max": 40, "level": "city"}]),
        goal("less", "linear-path", [{"value": 15, "year": 2030}], indicator="loss"),
        goal("forecast", "threshold", [{"value": 60}], forecasts_count=True, max_age=1),
        goal("balance", "balance", [{"value": 60, "baseline_year": 2015}]),
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
        {
            "id": name,
            "title": name,
            "theme": "energy",
            "unit": "fraction",
            "direction": "higher",
        }
        for name in LENT
    ],
    "mappings": [
        {"indicator": "kr-share", "common": "share", "kind": "converted", "reason": "x 100"},
        {"indicator": "kr-near", "common": "share", "kind": "proxy", "reason": "nearly"},
    ],
    "stands": [
        {"goal": "above", "stand": "adopted"},
        {"goal": "path", "stand": "adapted", "targets": [{**OFFICIAL, "value": 90, "year": 2028}]},
        {"goal": "steps", "stand": "declined", "reason": "no"},
        {"goal": "inside", "stand": "undecided"},
        {"goal": "less", "stand": "adopted"},
        {"goal": "forecast", "stand": "adopted"},
        {"goal": "balance", "stand": "adopted"},
        {"goal": "all", "stand": "adopted"},
    ],
}


@pytest.fixture(scope="module")
def forum(forums: Any) -> Forum:
    """A forum with a goal of every kind and a stand of every kind."""
    built: Forum = forums({"common": COMMON, "kr": KR})
    return built


@st.composite
def one_observation(draw: st.DrawFn, indicators: Sequence[str] = (*DIRECT, *LENT)) -> Observation:
    indicator = draw(st.sampled_from(indicators))
    status = draw(st.sampled_from(list(ObservationStatus)))
    figure = draw(st.integers(0, 100)) / (100 if indicator in LENT else 1)
    confidences: list[Confidence] = ["high", "medium"]
    return Observation(
        area=AreaId(draw(st.sampled_from(AREAS))),
        indicator=IndicatorId(indicator),
        year=draw(YEARS),
        value=None if status.is_missing else figure,
        status=status,
        source=draw(st.sampled_from("ABC")),
        confidence=draw(st.sampled_from(confidences)),
        released=draw(st.integers(1, 2)),
    )


def key(observation: Observation) -> tuple[str, str, int, str]:
    return observation.area, observation.indicator, observation.year, observation.source


def observations(indicators: Sequence[str] = (*DIRECT, *LENT)) -> st.SearchStrategy[Any]:
    return st.lists(one_observation(indicators), unique_by=key, max_size=25)


def run(
    forum: Forum, figures: Sequence[Observation], year: int, areas: Sequence[str] = AREAS
) -> list[Assessment]:
    """Every assessment of `areas` under both profiles."""
    chosen = [forum.areas[AreaId(name)] for name in areas]
    request = Request(profiles=tuple(forum.profiles), years=(year,), engine="polars")
    return list(evaluate(forum, figures, chosen, request))


@given(figures=observations(), year=YEARS, data=st.data())
@settings(max_examples=20 * FACTOR, deadline=None)
def test_order_of_observations_says_nothing(
    forum: Forum, figures: list[Observation], year: int, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(figures))
    assert run(forum, shuffled, year) == run(forum, figures, year)


@given(figures=observations(), year=YEARS)
@settings(max_examples=20 * FACTOR, deadline=None)
def test_nothing_later_than_the_year_counts(
    forum: Forum, figures: list[Observation], year: int
) -> None:
    past = [item for item in figures if item.year <= year]
    said = run(forum, figures, year)
    assert said == run(forum, past, year)
    for item in said:
        assert item.value_year is None or item.value_year <= year
        assert item.baseline_year is None or item.baseline_year <= year
        assert item.previous_year is None or item.previous_year < (item.value_year or 0)


@given(figures=observations(DIRECT), older=one_observation(DIRECT), year=YEARS)
@settings(max_examples=30 * FACTOR, deadline=None)
def test_an_older_observation_changes_no_decided_value(
    forum: Forum, figures: list[Observation], older: Observation, year: int
) -> None:
    before = run(forum, figures, year)
    if key(older) in set(map(key, figures)):
        return
    for one, other in zip(before, run(forum, [*figures, older], year), strict=True):
        if one.value is not None and one.value_year is not None and older.year < one.value_year:
            assert (other.value, other.value_year, other.source) == (
                one.value,
                one.value_year,
                one.source,
            )


@given(figures=observations(), year=YEARS)
@settings(max_examples=20 * FACTOR, deadline=None)
def test_more_areas_change_no_area(forum: Forum, figures: list[Observation], year: int) -> None:
    alone = [item for area in AREAS for item in run(forum, figures, year, [area])]
    together = run(forum, figures, year)
    assert sorted(alone, key=str) == sorted(together, key=str)


@given(figures=observations(), year=YEARS, other=st.sampled_from(AREAS))
@settings(max_examples=20 * FACTOR, deadline=None)
def test_other_areas_figures_change_nothing(
    forum: Forum, figures: list[Observation], year: int, other: str
) -> None:
    mine = [item for item in figures if item.area == other]
    assert run(forum, figures, year, [other]) == run(forum, mine, year, [other])


@given(figures=observations(), year=YEARS)
@settings(max_examples=20 * FACTOR, deadline=None)
def test_a_value_was_reported_just_so(forum: Forum, figures: list[Observation], year: int) -> None:
    said = [one for one in run(forum, figures, year) if one.goal != "all" and one.value is not None]
    reported = {
        (one.area, name, one.year, one.value * factor, one.source)
        for one in figures
        if one.value is not None
        for name, factor in ([("share", 100)] if one.indicator in LENT else [(one.indicator, 1)])
    }
    for item in said:
        (name,) = forum.goals[item.goal].indicators
        found = [row for row in reported if row[:3] == (item.area, name, item.value_year)]
        assert any(row[3] == pytest.approx(item.value) and row[4] == item.source for row in found)
        if item.previous is not None:
            earlier = [
                row[3] for row in reported if row[:3] == (item.area, name, item.previous_year)
            ]
            assert any(figure == pytest.approx(item.previous) for figure in earlier)


@given(figures=observations(), year=YEARS)
@settings(max_examples=20 * FACTOR, deadline=None)
def test_absent_data_never_decides(forum: Forum, figures: list[Observation], year: int) -> None:
    for item in run(forum, figures, year):
        if item.status in DECIDED:
            assert item.value_year is not None
            assert item.reason.code == "rule"
            assert item.stand not in ("declined", "undecided")
        else:
            assert item.reason.code != "rule"


@given(figures=observations(), year=YEARS)
@settings(max_examples=20 * FACTOR, deadline=None)
def test_figures_of_forecasts_and_breaks_are_marked(
    forum: Forum, figures: list[Observation], year: int
) -> None:
    for item in run(forum, figures, year):
        assert ("forecast" in item.marks) <= forum.goals[item.goal].forecasts_count
        assert (item.previous is None) or item.goal == "all" or item.value is not None
        assert len(item.marks) == len(set(item.marks))


FIGURES = st.integers(-10_000, 10_000).map(lambda number: number / 100)


@st.composite
def targets(draw: st.DrawFn) -> Target:
    low, high = sorted((draw(FIGURES), draw(FIGURES)))
    if draw(st.booleans()):
        return Target(minimum=low, maximum=high)
    return Target(value=low)


@given(
    value=FIGURES,
    target=targets(),
    baseline=st.none() | FIGURES,
    direction=st.sampled_from([Direction.HIGHER, Direction.LOWER]),
    limits=st.tuples(st.none() | st.just(-100.0), st.none() | st.just(100.0)),
)
@settings(max_examples=300, deadline=None)
def test_score_and_gap(
    value: float,
    target: Target,
    baseline: float | None,
    direction: Direction,
    limits: tuple[float | None, float | None],
) -> None:
    sign = float(direction.sign)
    worst = limits[0] if direction is Direction.HIGHER else limits[1]
    aimed = Aimed(
        target=array(target.value),
        lower=array(target.minimum),
        upper=array(target.maximum),
        baseline=array(baseline),
        sign=array(sign),
        worst=array(worst),
        minimum=array(limits[0]),
        maximum=array(limits[1]),
    )
    far = away(array(value), aimed)
    (gap,), (score,) = far.gap.tolist(), far.score.tolist()
    met = reached(value, target, direction)
    assert gap >= 0
    assert (gap == 0) == met
    if score != score:
        assert baseline is None
        assert not met
    else:
        assert 0 <= score <= 100
        assert (score == 100) == met


def array(figure: float | None) -> np.ndarray:
    return np.array([np.nan if figure is None else figure])


def reached(value: float, target: Target, direction: Direction) -> bool:
    """Whether a value is at the target or beyond it, or inside its range."""
    if target.value is None:
        assert target.minimum is not None
        assert target.maximum is not None
        return target.minimum <= value <= target.maximum
    return value >= target.value if direction is Direction.HIGHER else value <= target.value
