"""The bulk branch of `evaluate`: columns in, Parquet files or rows of the database out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from citygoals.core.base.model import Area, ProfileId, StatusId
from citygoals.core.judging.evaluate import NothingToEvaluate, Request
from citygoals.core.judging.observations import Observations, ParquetFiles, find_files, look_at
from citygoals.core.judging.plan import Plan, make_plan
from citygoals.core.judging.run import Fetch, chunk_size, evaluate_bulk
from citygoals.core.judging.spark import SPARK, evaluate_in_spark
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.store import Database, Run, now
from citygoals.core.store.folders import Folder, alike, default_folder, new_folder
from citygoals.plugins.commands._forum import need_counted

if TYPE_CHECKING:
    import polars as pl

Counts = Mapping[ProfileId, Mapping[StatusId, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """What the command was told: files, folder, engine, bytes, and from how many on to files."""

    patterns: tuple[str, ...]
    out: Path | None
    engine: str
    memory: int
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A stored run: its number, the statuses by profile, its years, and where it is."""

    number: int
    counts: Counts
    years: Sequence[int]
    rows: int
    folder: Path | None


def look(assembly: Assembly, areas: Iterable[Area], patterns: Sequence[str]) -> ParquetFiles:
    """The files of observations, looked at; figures that nobody knows are named on stderr."""
    files = look_at(find_files(patterns), assembly.forum, {area.id for area in areas})
    unknown = files.unknown_indicators(assembly.forum)
    assembly.need_indicators(unknown)
    for name in unknown:
        click.echo(
            f"warning: left aside: figures of {name!r}, which no plugin in use knows", err=True
        )
    return files


def look_inside(
    assembly: Assembly, database: Database, areas: Iterable[Area], as_of: datetime | None
) -> Observations:
    """The observations of the database, looked at as in rows."""
    found = database.stored(as_of, indicators=assembly.forum.indicators)
    need_counted(assembly, found.counts(area.id for area in areas))
    return found


def evaluate_columns(
    assembly: Assembly,
    database: Database,
    files: Observations,
    areas: Sequence[Area],
    request: Request,
    bulk: Bulk,
    run_of: Callable[[str, Iterable[ProfileId]], Run],
) -> Done:
    """Evaluate and store; `run_of` makes the run's record from hash and profiles."""
    if not (request.years or files.rows):
        raise NothingToEvaluate("no observations yet; import a file, or name a --year")
    request = replace(request, years=request.years or (files.last,))
    plan = make_plan(assembly.forum, areas, request, request.years)
    _say_rows(plan)
    run = run_of(files.hash(), plan.words.profiles.items)
    total = planned(plan)
    goals = {goal.id: str(goal.title) for goal in assembly.forum.goals.values()}
    into_files = bulk.out is not None or total >= bulk.threshold
    spills = bulk.engine == SPARK or files.rows * _LOADED_BYTES > bulk.memory // 2
    tally = _Tally(plan)
    folder = None
    with ExitStack() as stack:
        if into_files or spills:
            under = bulk.out or default_folder(database.path)
            folder = stack.enter_context(new_folder(under, database.path, now()))
        judged = _judged(files, plan, bulk, folder.aside if folder and spills else None)
        if folder and into_files:
            judged.write(folder, tally)
            number = database.write_parquet_run(run, folder, plan.words, areas=areas, goals=goals)
        else:
            frames = tally.over(judged.frames())
            number = database.write_frames(run, frames, plan.words, areas=areas, goals=goals)
    return Done(
        number=number,
        counts=tally.words(),
        years=request.years,
        rows=total,
        folder=folder.path if folder and into_files else None,
    )


def planned(plan: Plan) -> int:
    """How many assessments the plan makes."""
    members = {code: int((classes >= 0).sum()) for code, classes in plan.classes.items()}
    return sum(members[goal.profile] for goal in plan.goals) * len(plan.years)


class _Judged(Protocol):
    """The assessments of observations, in numbers."""

    def frames(self) -> Iterable[pl.DataFrame]:
        """They, chunk by chunk."""

    def write(self, folder: Folder, tally: _Tally) -> None:
        """Into the folder of a run, counted."""


def _judged(files: Observations, plan: Plan, bulk: Bulk, aside: Path | None) -> _Judged:
    """By Spark or in this process; `aside` is where to lay what is needed only meanwhile."""
    if isinstance(files, ParquetFiles) and aside is not None and bulk.engine == SPARK:
        return _InSpark(evaluate_in_spark(plan, files, aside, memory=bulk.memory))
    fetch = _fetch(files, plan, bulk, aside)
    return _Here(evaluate_bulk(plan, fetch, files.first, engine=bulk.engine, memory=bulk.memory))


@dataclass(frozen=True, slots=True)
class _Here:
    """Chunks that this process judges as they are asked for."""

    chunks: Iterable[pl.DataFrame]

    def frames(self) -> Iterable[pl.DataFrame]:
        return self.chunks

    def write(self, folder: Folder, tally: _Tally) -> None:
        for frame in tally.over(self.chunks):
            folder.write(frame)


@dataclass(frozen=True, slots=True)
class _InSpark:
    """Files that Spark wrote."""

    parts: Sequence[Path]

    def frames(self) -> Iterable[pl.DataFrame]:
        return (self._scan(part).collect() for part in self.parts)

    def write(self, folder: Folder, tally: _Tally) -> None:
        for part in self.parts:
            tally.count(self._scan(part))
            folder.take(part)

    @staticmethod
    def _scan(part: Path) -> pl.LazyFrame:
        import polars as pl

        return alike(pl.scan_parquet(part))


def _fetch(files: Observations, plan: Plan, bulk: Bulk, aside: Path | None) -> Fetch:
    """The observations, all in memory or laid aside by chunks in a folder."""
    if aside is None:
        return files.load(plan)
    return files.spill(plan, aside, chunk_size(plan, files.first, bulk.memory))


_LOADED_BYTES = 60


class _Tally:
    """Counts the statuses of frames that pass by."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
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

    def words(self) -> Counts:
        """How many assessments have which status, by profile."""
        tables = self._plan.words.tables()
        found: dict[ProfileId, dict[StatusId, int]] = {}
        for (profile, status), count in sorted(self._counts.items()):
            found.setdefault(tables.profiles[profile], {})[tables.statuses[status]] = count
        return found


def _say_rows(plan: Plan) -> None:
    why = {goal.standing.goal.id: goal.why_rows for goal in plan.goals if goal.why_rows}
    for goal, reason in why.items():
        click.echo(f"note: goal {goal!r} is judged by rows, which is slower: {reason}", err=True)
