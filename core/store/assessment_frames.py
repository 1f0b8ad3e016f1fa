"""Frames of assessments in numbers into the database, without an object for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from citygoals.core.base.coded import Words
from citygoals.core.judging.worded import IN_ORDER
from citygoals.core.store.assessments import BATCH, STORED, AssessmentRows

_PLACE = IN_ORDER[:3]
_STORED = ("aim_key", "verdict_key", *STORED)


def add_frames(rows: AssessmentRows, frames: Iterable[pl.DataFrame], words: Words) -> None:
    """Write frames of assessments in numbers, in their order; words may grow from one to the next.

    What lies together of a profile, an area and a year is stored as one block.
    """
    areas = [rows.areas[name] for name in words.areas]
    for frame in frames:
        profiles = [rows.words[name] for name in words.profiles.items]
        for part in _keyed(frame, rows, words).iter_slices(BATCH):
            together = part.group_by(pl.struct(_PLACE).rle_id().alias("block"), maintain_order=True)
            blocks = together.agg(pl.col(_PLACE).first(), pl.len()).drop("block")
            heads = [
                (profiles[profile], areas[area], year, count)
                for year, area, profile, count in blocks.rows()
            ]
            rows.add(heads, [part[name].to_list() for name in _STORED])


def _keyed(frame: pl.DataFrame, rows: AssessmentRows, words: Words) -> pl.DataFrame:
    """The frame with the keys of aims and verdicts."""
    tables = words.tables()

    def aim(goal: int, code: int) -> int:
        return rows.aim(tables.goals[goal], tables.aims[code])

    def verdict(status: int, reason: int, met: bool | None, source: int | None, marks: int) -> int:
        return rows.verdict(
            tables.statuses[status],
            tables.reasons[reason],
            met,
            None if source is None else tables.sources[source],
            tables.marks[marks],
        )

    frame = frame.with_columns(met=pl.col("gap") == 0)
    frame = _with_keys(frame, "aim_key", ("goal", "aim"), aim)
    shared = ("status", "reason", "met", "source", "marks")
    return _with_keys(frame, "verdict_key", shared, verdict).select(*IN_ORDER, *_STORED)


def _with_keys(
    frame: pl.DataFrame, name: str, columns: Sequence[str], key: Callable[..., int]
) -> pl.DataFrame:
    """The key of every combination of these columns, asked once."""
    distinct = frame.select(columns).unique()
    keyed = distinct.with_columns(pl.Series(name, [key(*row) for row in distinct.rows()], pl.Int64))
    return frame.join(keyed, on=columns, how="left", nulls_equal=True, maintain_order="left")
