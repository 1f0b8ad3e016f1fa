"""Projection: what linear and compound trends say, in figures and in words, and when they can't."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from citygoals.core.base.model import AreaId, Assessment, GoalId, ProfileId, Reason, StatusId
from citygoals.core.judging.outlook import course_of, outlook
from citygoals.core.judging.trends import REASONS, Course, Why, compound, linear, project
from citygoals.core.plugin.manager import Plugins

TABLE = Path(__file__).parent.parent / "cases" / "methods" / "projection.json"
CASES = json.loads(TABLE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    course = Course(**case["course"])
    for projection in project(course):
        for name, expected in (case.get(projection.trend.value) or {}).items():
            answer = getattr(projection, name)
            if isinstance(expected, str):
                assert answer.why == expected, (projection.trend, name, answer)
                assert (answer.figure is None) == (expected != "met" or name != "reached")
            else:
                assert answer.figure == pytest.approx(expected, rel=1e-8), (name, answer)
    if "says" in case:
        said = list(outlook(course, case["unit"]))
        assert [text for text in case["says"] if text not in said] == [], said
        assert not [text for text in case.get("never_says", ()) if text in "\n".join(said)]


def test_every_reason_has_its_words_and_its_case() -> None:
    given_reasons = {
        expected
        for case in CASES
        for trend in ("linear", "compound")
        for expected in (case.get(trend) or {}).values()
        if isinstance(expected, str)
    }
    assert set(REASONS) == set(Why)
    assert given_reasons == {why.value for why in Why}


figures = st.floats(min_value=0.001, max_value=1e6)


@given(
    value=figures,
    start=figures,
    target=figures,
    direction=st.sampled_from((1, -1)),
    years=st.integers(1, 30),
)
def test_the_target_is_met_in_that_year_and_not_the_year_before(
    value: float, start: float, target: float, direction: int, years: int
) -> None:
    course = Course(
        value=value,
        year=2020,
        direction=direction,
        start=start,
        start_year=2020 - years,
        target=target,
        target_year=2040,
    )
    assume(not course.met)
    series = [(2020 - years, start), (2020, value)]
    for projection, extrapolate in zip(project(course), (linear, compound), strict=True):
        year = projection.reached.figure
        if year is None:
            assert direction * (value - start) <= 0 or projection.reached.why is Why.TOO_FAR
            continue
        margin = 1e-6 * max(target, value)
        then, before = extrapolate(series, int(year)), extrapolate(series, int(year) - 1)
        assert then is not None
        assert before is not None
        assert direction * (then - target) >= -margin
        assert direction * (before - target) < margin


@given(value=figures, target=figures, years=st.integers(1, 40))
def test_the_pace_needed_leads_to_the_target(value: float, target: float, years: int) -> None:
    direction = 1 if target > value else -1
    assume(value != target)
    course = Course(
        value=value, year=2020, direction=direction, target=target, target_year=2020 + years
    )
    straight, growing = project(course)
    assert straight.needed.figure is not None
    assert growing.needed.figure is not None
    assert value + years * straight.needed.figure == pytest.approx(target, rel=1e-6, abs=1e-6)
    assert value * (1 + growing.needed.figure) ** years == pytest.approx(target, rel=1e-6)


def test_a_series_is_projected_from_its_ends() -> None:
    series = [(2010, 20.0), (2015, 99.0), (2020, 40.0)]
    assert linear(series, 2030) == 60
    assert compound(series, 2030) == pytest.approx(80)
    assert linear(series[:1], 2030) is None
    assert compound([(2010, -1.0), (2020, 1.0)], 2030) is None


def assessment(**said: Any) -> Assessment:
    return Assessment(
        profile=ProfileId("common"),
        area=AreaId("KR"),
        goal=GoalId("g"),
        year=2025,
        status=StatusId("behind"),
        reason=Reason("rule"),
        **said,
    )


def test_a_course_starts_at_the_baseline_else_at_the_figure_before() -> None:
    figure = {"value": 40.0, "value_year": 2020, "target": 80.0, "target_year": 2030}
    before = {"previous": 30.0, "previous_year": 2018}
    base = {"baseline": 20.0, "baseline_year": 2010}
    late = {"baseline": 20.0, "baseline_year": 2020}
    starts = [
        (course.start, course.start_year)
        for said in ({**base, **before}, {**late, **before}, before, {"baseline": 20.0})
        if (course := course_of(assessment(**figure, **said), 1)) is not None
    ]
    assert starts == [(20, 2010), (30, 2018), (30, 2018), (None, None)]
    assert course_of(assessment(), 1) is None
    overdue = course_of(assessment(**{**figure, "target_year": 2024}), 1)
    assert overdue is not None
    assert overdue.target_year is None


def test_the_common_plugin_provides_both_trends() -> None:
    provided = next(
        plugin.contributions.methods
        for plugin in Plugins().loaded
        if plugin.origin.plugin == "common"
    )
    assert {"linear", "compound"} <= set(provided)
    series = [(2010, 20.0), (2020, 40.0)]
    assert provided["linear"].project(series, 2030) == 60
    assert provided["compound"].project(series, 2030) == pytest.approx(80)
