"""Observations in memory and spilled to files by chunks are the same."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from citygoals.core.base.errors import UnusableFile
from citygoals.core.figures.parquet import find_files
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.observations import look_at
from citygoals.core.judging.plan import make_plan
from citygoals.core.judging.request import Request

ORDER = ["area", "indicator", "year"]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_spilled_chunks_hold_what_memory_holds(forum: Forum, tmp_path: Path, size: int) -> None:
    names = sorted(forum.areas)
    rows = [
        (area, "share", year, float("nan") if year == 2012 else float(year))
        for year in range(2010, 2015)
        for area in names[:-1]
    ]
    frame = pl.DataFrame(rows, schema=("area", "indicator", "year", "value"), orient="row")
    frame[:4].write_parquet(tmp_path / "a.parquet")
    frame[4:].write_parquet(tmp_path / "b.parquet")
    files = look_at(find_files([f"{tmp_path}/*.parquet"]), forum, names)
    assert (files.rows, files.first, files.last) == (len(rows), 2010, 2014)
    areas = [forum.areas[name] for name in names]
    request = Request(profiles=tuple(forum.profiles), years=(2014,))
    plan = make_plan(forum, areas, request, request.years)
    loaded, spilled = files.load(plan), files.spill(plan, tmp_path / "spill", size)
    for start in range(0, len(areas), size):
        chunk = range(start, min(start + size, len(areas)))
        there = loaded(chunk)
        assert there.height == 5 * len([at for at in chunk if at < len(names) - 1])
        assert_frame_equal(spilled(chunk).sort(ORDER), there.sort(ORDER))


def test_a_pattern_without_files_is_named() -> None:
    with pytest.raises(UnusableFile, match="names no file"):
        find_files(["nowhere/*.parquet"])


def test_another_unit_is_refused(forum: Forum, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "area": ["KR"],
            "indicator": ["share"],
            "year": [2014],
            "value": [0.5],
            "unit": ["fraction"],
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(UnusableFile, match="'share' are in 'fraction'"):
        look_at([tmp_path / "a.parquet"], forum, ["KR"])
