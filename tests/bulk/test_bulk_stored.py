"""Frames of numbers in the database and in files are what their assessments would be."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl
import pytest

from citygoals.core.base.model import (
    AreaId,
    Assessment,
    Direction,
    GoalId,
    IndicatorId,
    Observation,
    ObservationStatus,
    ProfileId,
)
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.observations import Listed
from citygoals.core.judging.plan import Plan, make_plan
from citygoals.core.judging.request import Request
from citygoals.core.judging.run import judge_all
from citygoals.core.judging.worded import in_plan_order, in_words
from citygoals.core.results.comparison import compare
from citygoals.core.store import Asked, Database, Run, open_database
from citygoals.core.store.folders import new_folder

AT = datetime(2026, 1, 9, tzinfo=UTC)
AREAS = ("KR", "KR-sejong", "MY-melaka")
YEARS = (2018, 2021, 2024)
RUN = Run(
    started_at=AT,
    as_of=None,
    parameters={},
    engine="polars",
    citygoals_version="0",
    observations_hash="",
    rules_hash="",
)


def drawn(seed: int) -> list[Observation]:
    """Figures on and beside thresholds, some lacking, estimated or from another office.

    Seed 0 draws from two figures, so that several areas have the best one.
    """
    rng = random.Random(seed)  # noqa: S311
    figures = FIGURES if seed else (20.0, 80.0)
    statuses = [ObservationStatus(letter) for letter in "AAAEFM"]
    return [
        Observation(
            area=AreaId(area),
            indicator=IndicatorId(indicator),
            year=year,
            value=None if (status := rng.choice(statuses)).is_missing else rng.choice(figures),
            status=status,
            source=rng.choice("AB"),
        )
        for area in AREAS
        for indicator in (
            "share",
            "other-share",
            "loss",
            *(("kr-share", "kr-near") if seed else ()),
        )
        for year in range(2012, 2025)
        if rng.random() < 0.6
    ]


FIGURES = (0.0, 15.0, 20.0, 59.99999999999999, 60.0, 60.00000000000001, 0.1 + 0.2, 80.0, 77.7)


@pytest.fixture(params=range(3))
def judged(forum: Forum, request: Any) -> tuple[Plan, list[pl.DataFrame]]:
    """A plan and its frames of assessments, an area at a time."""
    areas = [forum.areas[AreaId(name)] for name in AREAS]
    asked = Request(profiles=tuple(forum.profiles), years=YEARS)
    plan = make_plan(forum, areas, asked, YEARS)
    fetch = Listed.of(drawn(request.param)).load(plan)
    frames = judge_all(plan, fetch, 2012, engine="polars", memory=1)
    return plan, [in_plan_order(plan, frame) for frame in frames]


def write(database: Database, judged: tuple[Plan, Sequence[pl.DataFrame]], forum: Forum) -> None:
    """Run 1 as frames, run 2 in files."""
    plan, frames = judged
    names: Any = {"areas": plan.areas, "goals": {goal: goal for goal in forum.goals}}
    database.write_frames(RUN, frames, plan.words, **names)
    with new_folder(database.path.parent / "runs", database.path, AT) as folder:
        for frame in frames:
            folder.write(frame)
        database.write_parquet_run(RUN, folder, plan.words, **names)


def test_frames_are_stored_as_their_assessments(
    judged: tuple[Plan, list[pl.DataFrame]], forum: Forum, tmp_path: Path
) -> None:
    with open_database(tmp_path / "forum.db", create=True) as database:
        write(database, judged, forum)
        tables = judged[0].words.tables()
        said = [one for frame in judged[1] for one in in_words(frame, tables)]
        assert len(said) == len(AREAS) * len(YEARS) * 2 * len(forum.goals)
        assert database.assessments(1) == said
        for run in (1, 2):
            with database.frames(run) as (frame, _):
                assert frame.collect_schema() == judged[1][0].schema
        sizes = [run.assessments for run in database.runs()]
        assert sizes == [len(said)] * 2
        rows = database._db.execute("SELECT count(*) FROM assessment_blocks").fetchone()
        assert rows == (len(AREAS) * len(YEARS) * 2,)


ASKED: list[dict[str, Any]] = [
    {},
    {"areas": ["KR-sejong", "MY-melaka"]},
    {"countries": ["KR"], "years": [2021]},
    {"goals": ["above", "path"], "decided": True},
    {"profiles": ["kr"], "statuses": ["no-data", "met"]},
    {"areas": ["nowhere"]},
    {"latest": True, "countries": ["MY"]},
    {"statuses": ["met", "no-data"], "decided": True, "latest": True},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_files_and_database_keep_the_same(
    asked: dict[str, Any], judged: tuple[Plan, list[pl.DataFrame]], forum: Forum, tmp_path: Path
) -> None:
    with open_database(tmp_path / "forum.db", create=True) as database:
        write(database, judged, forum)
        stored, files = (database.assessments(run, Asked(**asked)) for run in (1, 2))
        stored.sort(key=attrgetter("year"))
        assert [repr(one) for one in files] == [repr(one) for one in stored]
        assert bool(files) == (asked.get("areas") != ["nowhere"])
        for run, whole in ((1, database.assessments(1, Asked(**asked))), (2, files)):
            assert database.assessments(run, Asked(**asked, limit=7)) == whole[:7]


@pytest.mark.parametrize("profile", ["common", "kr"])
@pytest.mark.parametrize("left", [(), ("MY-melaka",), AREAS])
def test_whatever_keeps_a_run_it_is_compared_alike(
    profile: str,
    left: tuple[str, ...],
    judged: tuple[Plan, list[pl.DataFrame]],
    forum: Forum,
    tmp_path: Path,
) -> None:
    def direction(goal: GoalId) -> Direction:
        return DIRECTIONS[len(goal) % 3]

    def keeps(goal: GoalId) -> bool:
        return goal != "steps"

    with open_database(tmp_path / "forum.db", create=True) as database:
        write(database, judged, forum)
        asked = Asked(profiles=[ProfileId(profile)], latest=True)
        last = [one for one in database.assessments(1, asked) if keeps(one.goal)]
        for by in (lambda area: area[:2], str):
            column_of = {AreaId(area): by(area) for area in AREAS if area not in left}
            compared = []
            for run in (1, 2):
                with database.frames(run, asked) as (frame, tables):
                    compared.append(compare(frame, tables, column_of, direction, keeps))
            medians = {row.goal: row.median for row in compared[0].rows}
            assert compared[0] == compared[1]
            assert repr(medians) == repr(by_hand(one for one in last if one.area in column_of))
            assert bool(medians) == (left != AREAS)


def by_hand(judged: Iterable[Assessment]) -> dict[GoalId, float | None]:
    """The median of each goal over the areas that are decided on it."""
    values: dict[GoalId, list[float]] = defaultdict(list)
    for one in judged:
        counts = one.status not in ("no-data", "not-applicable") and "proxy" not in one.marks
        values[one.goal] += [one.value] if counts and one.value is not None else []
    return {goal: median(figures) if figures else None for goal, figures in values.items()}


DIRECTIONS = (Direction.HIGHER, Direction.LOWER, Direction.NONE)
