"""The program judges as `naive` does, cell by cell: the tables, and what Hypothesis draws."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import judge as naive_judge
from naive_forum import PROFILES, TINY

from citygoals import Forum, Request, evaluate
from citygoals.core.base.model import (
    Area,
    AreaId,
    Assessment,
    IndicatorId,
    Observation,
    ObservationStatus,
)
from citygoals.core.logic.engines import COMPUTING

FACTOR = 8 if os.environ.get("CITYGOALS_LONG") else 1
AREAS = ("KR-sejong", "KR", "KR-seoul", "MY-melaka", "MY")
VAST = 1.7e308
EDGES = (
    *(0.0, -0.0, 15.0, 20.0, 40.0, 50.0, 60.0, 80.0, 90.0, 0.1 + 0.2, 0.3, 0.55, 3.0),
    *(math.nextafter(edge, towards) for edge in (0.3, 15, 20, 40, 60, 80) for towards in (0, 99)),
    *(TINY, -TINY, -5.0, 5.5, VAST, -VAST, math.inf, -math.inf, math.nan),
)
STARTS = (2014, 2015, 2016, 2018)


def cells(one: Assessment) -> list[str]:
    """Every field as text, numbers as doubles with their sign; of `undefined` the code alone."""
    found = [getattr(one, field.name) for field in fields(one) if field.name != "reason"]
    reason = one.reason.code if one.reason.code == "undefined" else one.reason
    return [repr(float(cell) if type(cell) is int else cell) for cell in (*found, reason)]


def check(
    forum: Forum,
    observations: Sequence[Observation],
    areas: Sequence[Area],
    said: Sequence[Assessment],
) -> None:
    """Hold the assessments against the naive judge's, of all goals and in any order."""
    by_id = {area.id: area for area in areas}
    asked = dict.fromkeys((one.year, one.area, one.profile) for one in said)
    naive = [
        one
        for year, area, profile in asked
        for one in naive_judge(forum, observations, profile, by_id[area], year)
    ]
    assert len(naive) == len(said)
    for one, other in zip(sorted(said, key=key), sorted(naive, key=key), strict=True):
        assert cells(one) == cells(other)


def key(one: Assessment) -> tuple[int, str, str, str]:
    """What an assessment is known by."""
    return one.year, one.area, one.profile, one.goal


@pytest.mark.parametrize("engine", COMPUTING)
def test_tables(judge: Any, case: dict[str, Any], table: dict[str, Any], engine: str) -> None:
    judged = judge(case, table, engine)
    assert judged.assessments
    check(judged.forum, judged.observations, judged.areas, judged.assessments)


Hold = Callable[..., None]


@pytest.fixture(scope="module")
def hold(forums: Any) -> Hold:
    """Judges areas under all profiles of a forum, and holds that against the naive judge."""
    forum = forums(PROFILES)
    areas = [forum.areas[AreaId(name)] for name in AREAS]
    profiles = tuple(forum.profiles)

    def hold(figures: Sequence[Observation], *years: int, engine: str = "polars") -> None:
        request = Request(profiles=profiles, years=years, engine=engine)
        said = list(evaluate(forum, figures, areas, request))
        groups = {(one.year, one.area, one.profile) for one in said}
        assert len(groups) == len(years) * len(areas) * len(profiles)
        check(forum, figures, areas, said)

    return hold


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """What observations are drawn from."""

    indicators: Sequence[str]
    values: Sequence[float | None]
    statuses: str = "A"
    sources: str = "A"
    confidences: Sequence[Any] = ("high",)
    releases: int = 1
    years: tuple[int, int] = (2014, 2022)
    size: int = 90

    def one(self) -> st.SearchStrategy[Observation]:
        """An observation of one of the areas."""
        return st.builds(
            Observation,
            area=st.sampled_from(AREAS).map(AreaId),
            indicator=st.sampled_from(self.indicators).map(IndicatorId),
            year=st.integers(*self.years),
            value=st.sampled_from(self.values),
            status=st.sampled_from(self.statuses).map(ObservationStatus),
            source=st.sampled_from(self.sources),
            confidence=st.sampled_from(self.confidences),
            released=st.integers(1, self.releases),
        ).filter(agreed)

    def all(self) -> st.SearchStrategy[list[Observation]]:
        """Observations, several of one source in one cell among them."""
        return st.lists(self.one(), min_size=self.size // 2, max_size=self.size)


def agreed(one: Observation) -> bool:
    """Whether a figure is no vast one from which a score would have to count."""
    vast = one.value is not None and math.isfinite(one.value) and abs(one.value) >= VAST
    return not vast or one.year not in STARTS


SHARES = ("share", "share", "kr-share", "kr-near", "kr-part", "kr-far")
OTHERS = ("third-share", "other-share", "loss", "other-loss", "change", "output", "rate")
LENT = Crowd(
    indicators=(*SHARES, "third-share", "other-share"),
    statuses="AAAAEPIM",
    sources="ABC",
    confidences=("high", "medium", "low"),
    releases=2,
    values=(0.4, 0.6, 2.0, 40.0, 60.0, VAST),
    years=(2014, 2019),
)
BROKEN = Crowd(
    indicators=("share", "loss", "other-share", "kr-share", "kr-near"),
    statuses="AAABBFFEMQ",
    sources="AAB",
    values=(None, 0.3, 10.0, 40.0, 60.0, 90.0),
    years=(2014, 2022),
)
EDGED = Crowd(indicators=(*SHARES[1:], *OTHERS, "vehicles"), values=EDGES)
MIXED = Crowd(
    indicators=(*SHARES, *OTHERS),
    statuses="AAAEBFM",
    sources="AB",
    values=(None, 0.0, 0.5, 15.0, 40.0, 60.0, 80.0),
    years=(2013, 2022),
    size=120,
)


@given(figures=LENT.all())
@settings(max_examples=15 * FACTOR, deadline=None)
def test_sources_and_lent_figures(hold: Hold, figures: list[Observation]) -> None:
    hold(figures, 2017, 2019)


@given(figures=BROKEN.all(), year=st.sampled_from([2016, 2018, 2024]))
@settings(max_examples=15 * FACTOR, deadline=None)
def test_breaks_and_forecasts(hold: Hold, figures: list[Observation], year: int) -> None:
    hold(figures, 2022, year)


@given(figures=EDGED.all())
@settings(max_examples=15 * FACTOR, deadline=None)
def test_edges_of_figures(hold: Hold, figures: list[Observation]) -> None:
    hold(figures, 2018, 2022)


@given(figures=MIXED.all())
@settings(max_examples=15 * FACTOR, deadline=None)
def test_goals_of_every_kind(hold: Hold, figures: list[Observation]) -> None:
    hold(figures, 2021, 2015, 2018)


@given(figures=MIXED.all())
@settings(max_examples=2 * FACTOR, deadline=None)
def test_duckdb(hold: Hold, figures: list[Observation]) -> None:
    hold(figures, 2021, 2016, engine="duckdb")
