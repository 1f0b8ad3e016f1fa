"""Spark gives the assessments of Polars, cell by cell, and says in one line what stops it."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from citygoals.core.base.model import (
    Area,
    AreaId,
    Assessment,
    Level,
    ObservationStatus,
    Reason,
    Text,
)
from citygoals.core.forum.forum import Forum
from citygoals.core.judging import spark as in_spark
from citygoals.core.judging.grids import horizon
from citygoals.core.judging.observations import look_at
from citygoals.core.judging.plan import Plan, make_plan
from citygoals.core.judging.request import Request
from citygoals.core.judging.run import chunk_size, judge_all
from citygoals.core.judging.spark import branches, evaluate_in_spark
from citygoals.core.judging.spark_worker import Worker, WorkerFailed
from citygoals.core.judging.worded import assessments
from citygoals.core.store.folders import alike

YEARS = (2014, 2018, 2021, 2024)
BOUNDARY = (0.0, 20.0, 40.0, 60.0, 80.0, 15.0, 0.1 + 0.2, 59.99999999999999, 60.00000000000001)
NO_FIGURES = (None, math.nan, math.inf, -math.inf)
INDICATORS = ("share", "other-share", "loss", "kr-share", "kr-near")


def areas(forum: Forum, count: int) -> list[Area]:
    """Areas of the forum, and more of both countries; the last ones have no observations."""
    named = [forum.areas[AreaId(name)] for name in ("KR", "KR-sejong", "MY-melaka")]
    name = Text({"en": "City"})
    more = [
        Area(id=AreaId(f"KR-{n}"), name=name, level=Level.CITY, country=("KR", "MY")[n % 2])
        for n in range(count - len(named))
    ]
    return [*named, *more]


def drawn(places: Sequence[Area], seed: int, *, crowded: bool) -> pl.DataFrame:
    """Observations on thresholds, of every status; crowded ones of two sources and by mappings."""
    draw = random.Random(seed)  # noqa: S311
    rows = []
    for area in places[: len(places) * 3 // 4]:
        for indicator in INDICATORS if crowded else INDICATORS[:3]:
            for year in draw.sample(range(2012, 2025), draw.randint(0, 9)):
                for source in draw.sample("AB", draw.randint(1, 2)) if crowded else "A":
                    value = draw.choice((*BOUNDARY, *NO_FIGURES, float(draw.randint(0, 100))))
                    status = draw.choice(["", None, *(one.value for one in ObservationStatus)])
                    rank = draw.choice(["high", "low", None]), draw.choice([1, 2, None])
                    rows.append((area.id, indicator, year, value, status, source, *rank))
    draw.shuffle(rows)
    columns = ("area", "indicator", "year", "value", "status", "source", "confidence", "released")
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


def cells(one: Assessment) -> list[str]:
    """Every field as text, numbers as doubles with their sign.

    Spark does not say where a result became undefined.
    """
    bare = replace(one, reason=Reason("undefined")) if one.reason.code == "undefined" else one
    found = [getattr(bare, field.name) for field in fields(bare)]
    return [repr(float(cell) if type(cell) is int else cell) for cell in found]


class Both:
    """Judges the same files in Spark and in Polars, each with a plan of its own."""

    def __init__(self, forum: Forum, folder: Path, places: Sequence[Area]) -> None:
        self.forum, self.folder, self.places = forum, folder, places
        self.files = look_at(sorted(folder.glob("*.parquet")), forum, [one.id for one in places])

    def plan(self) -> Plan:
        request = Request(profiles=tuple(self.forum.profiles), years=YEARS)
        return make_plan(self.forum, self.places, request, YEARS)

    def spark(self, *, memory: int = 1 << 30) -> list[Assessment]:
        self.judged = plan = self.plan()
        parts = evaluate_in_spark(plan, self.files, self.folder / "out", memory=memory)
        return list(assessments(alike(pl.scan_parquet(parts)).collect(), plan.words.tables()))

    def polars(self) -> list[Assessment]:
        plan = self.plan()
        fetch = self.files.load(plan)
        frames = list(judge_all(plan, fetch, self.files.first, engine="polars"))
        return list(assessments(pl.concat(frames), plan.words.tables()))

    def agree(self, *, memory: int = 1 << 30) -> int:
        """How many assessments there are; every cell is the same."""
        found, expected = self.spark(memory=memory), self.polars()
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert cells(one) == cells(other)
        return len(found)


@pytest.mark.slow
@pytest.mark.parametrize("crowded", [False, True])
def test_spark_agrees_with_polars(
    spark: Any, forum: Forum, tmp_path: Path, record_property: Callable[..., None], crowded: bool
) -> None:
    places = areas(forum, 60)
    frame = drawn(places, 6, crowded=crowded)
    half = frame.height // 2
    frame[:half].write_parquet(tmp_path / "one {a,b}.parquet")
    frame[half:].write_parquet(tmp_path / "two.parquet")
    both = Both(forum, tmp_path, places)
    memory = 400_000
    assert chunk_size(both.plan(), both.files.first, memory) < len(places) / 4
    count = both.agree(memory=memory)
    record_property("summary", f"{count:,} assessments in Spark and Polars, every cell alike")
    assert count == len(places) * len(YEARS) * 2 * len(forum.goals)
    words = both.judged.words
    for known in (words.reasons, words.marks):
        assert not crowded or len(known.by_code) > len(known.items)


def test_files_with_the_least_columns_and_other_types(
    spark: Any, forum: Forum, tmp_path: Path
) -> None:
    places = areas(forum, 3)
    rows = [(place.id, "share", 2014, 60) for place in places]
    frame = pl.DataFrame(rows, schema=["area", "indicator", "year", "value"], orient="row")
    kinds = {"area": pl.Categorical, "year": pl.Int16, "value": pl.Float32}
    frame.cast(kinds).write_parquet(tmp_path / "a.parquet")
    assert Both(forum, tmp_path, places).agree() == len(places) * len(YEARS) * 2 * len(forum.goals)


@pytest.mark.slow
def test_rules_in_many_selects_and_on_the_workers(
    spark: Any, forum: Forum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = areas(forum, 20)
    drawn(places, 7, crowded=True).write_parquet(tmp_path / "a.parquet")
    both = Both(forum, tmp_path, places)
    monkeypatch.setattr(in_spark, "BRANCH_PARTS", 1)
    monkeypatch.setattr(in_spark, "RULE_PARTS", 1000)
    found = branches(both.plan().goals)
    assert len(found) == 5
    assert "linear-path" not in {name for one in found for name in one.rules}
    both.agree()


def test_a_worker_of_another_version_is_refused(forum: Forum) -> None:
    plan = make_plan(forum, areas(forum, 3), Request(years=YEARS), YEARS)
    over = horizon(2012, YEARS, plan.words.reasons)
    room = {"size": 3, "ahead": 0, "room": 9, "rules": {}, "columns": {}}
    worker = Worker(plan=plan, over=over, schema=None, version="0.0.9", **room)
    with pytest.raises(WorkerFailed, match=r"a worker has citygoals .*, the driver 0\.0\.9"):
        next(worker.run([]))


START = """
import os, sys
from citygoals.core.logic.engines import EngineUnavailable
from citygoals.core.logic.engines.spark_session import spark_session
for name in sys.argv[1:]:
    sys.modules[name] = None
try:
    with spark_session({}):
        print("started")
except EngineUnavailable as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("without", "settings", "says"),
    [
        (
            ["pyspark"],
            {},
            "needs 'pyspark', which is not installed; pip install 'citygoals[spark]'",
        ),
        (["pyarrow"], {}, "needs 'pyarrow', which is not installed"),
        ([], {"JAVA_HOME": "/nowhere"}, "needs Java 17 or newer: none in JAVA_HOME (/nowhere)"),
        ([], {"PATH": "/nowhere"}, "needs Java 17 or newer: no `java` on the PATH"),
        ([], {"MASTER": "spark://127.0.0.1:9"}, "gets no answer from 127.0.0.1:9, which MASTER"),
        ([], {"SPARK_REMOTE": "sc://127.0.0.1:9/;x=y"}, "gets no answer from 127.0.0.1:9, which S"),
        ([], {"MASTER": "spurk://one"}, "did not start: [JAVA_GATEWAY_EXITED]"),
    ],
)
def test_what_spark_needs_is_said(
    without: list[str], settings: dict[str, str], says: str, tmp_path: Path
) -> None:
    pytest.importorskip("pyspark")
    ours = {k: v for k, v in os.environ.items() if k not in ("JAVA_HOME", "MASTER", "SPARK_REMOTE")}
    done = subprocess.run(
        [sys.executable, "-c", START, *without],
        env={**ours, "TMPDIR": str(tmp_path), **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"engine 'spark' {says}")
    assert done.stderr == ""
