"""The assessments of a plan on their way into a record, chunk by chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from citygoals.core.base.coded import Tables
from citygoals.core.base.model import ProfileId, StatusId
from citygoals.core.judging.observations import Observations, ParquetFiles
from citygoals.core.judging.plan import Plan
from citygoals.core.judging.run import Fetch, chunk_size, judge_all
from citygoals.core.judging.worded import in_plan_order
from citygoals.core.logic.engines import SPARK
from citygoals.core.store.folders import Folder, alike

if TYPE_CHECKING:
    import polars as pl

_LOADED_BYTES = 60
"""Bytes that an observation takes in memory."""


class Judged(Protocol):
    """The assessments of a plan in numbers."""

    def ordered(self) -> Iterable[pl.DataFrame]:
        """They, chunk by chunk, each in the order in which they were asked for."""

    def write(self, folder: Folder, tally: Tally) -> None:
        """Into the folder of a run, counted."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """What is judged chunk by chunk: a plan, its figures, by which engine, in how many bytes."""

    plan: Plan
    figures: Observations
    engine: str
    memory: int

    @property
    def spills(self) -> bool:
        """Whether something is laid aside in files on the way."""
        loaded = self.figures.rows * _LOADED_BYTES
        return self.engine == SPARK or loaded > self.memory // 2


def chunks_of(chunks: Chunks, aside: Path | None) -> Judged:
    """By Spark or in this process; `aside` is where to lay what is needed only meanwhile.

    Raises UnknownName, EngineUnavailable, SparkFailed, UnusableFile.
    """
    plan, figures, memory = chunks.plan, chunks.figures, chunks.memory
    if isinstance(figures, ParquetFiles) and aside is not None and chunks.engine == SPARK:
        from citygoals.core.judging.spark import evaluate_in_spark

        return _InSpark(plan, evaluate_in_spark(plan, figures, aside, memory=memory))
    fetch: Fetch
    if aside is None or not chunks.spills:
        fetch = figures.load(plan)
    else:
        fetch = figures.spill(plan, aside, chunk_size(plan, figures.first, memory))
    return _Here(plan, judge_all(plan, fetch, figures.first, engine=chunks.engine, memory=memory))


@dataclass(frozen=True, slots=True)
class _Here:
    """Chunks that this process judges as they are asked for."""

    plan: Plan
    frames: Iterable[pl.DataFrame]

    def ordered(self) -> Iterable[pl.DataFrame]:
        return (in_plan_order(self.plan, frame) for frame in self.frames)

    def write(self, folder: Folder, tally: Tally) -> None:
        for frame in tally.over(self.frames):
            folder.write(frame)


@dataclass(frozen=True, slots=True)
class _InSpark:
    """Files that Spark wrote."""

    plan: Plan
    parts: Sequence[Path]

    def ordered(self) -> Iterable[pl.DataFrame]:
        return (in_plan_order(self.plan, self._scan(part).collect()) for part in self.parts)

    def write(self, folder: Folder, tally: Tally) -> None:
        for part in self.parts:
            tally.count(self._scan(part))
            folder.take(part)

    @staticmethod
    def _scan(part: Path) -> pl.LazyFrame:
        import polars as pl

        return alike(pl.scan_parquet(part))


class Tally:
    """Counts the statuses of frames that pass by."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, int]] = Counter()

    def over(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The same frames, counted."""
        for frame in frames:
            self.count(frame.lazy())
            yield frame

    def count(self, frame: pl.LazyFrame) -> None:
        """Count the statuses of a frame."""
        for profile, status, count in frame.group_by("profile", "status").len().collect().rows():
            self._counts[profile, status] += count

    def words(self, tables: Tables) -> Mapping[ProfileId, Mapping[StatusId, int]]:
        """How many assessments have which status, by profile."""
        counts: dict[ProfileId, dict[StatusId, int]] = {}
        for (profile, status), count in sorted(self._counts.items()):
            counts.setdefault(tables.profiles[profile], {})[tables.statuses[status]] = count
        return counts
