"""Evaluates figures into a forum's record: what is judged, where the run is kept, what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from citygoals.core.base.model import Area, ProfileId, StatusId
from citygoals.core.judging.observations import ParquetFiles
from citygoals.core.judging.plan import Plan, make_plan
from citygoals.core.judging.request import Request
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.results.chunks import Chunks, Tally, chunks_of
from citygoals.core.results.snapshots import rules_hash, snapshot, used_profiles
from citygoals.core.store import FILES_FROM, Database, Run, now
from citygoals.core.store.folders import default_folder, new_folder
from citygoals.core.store.standing import Stored

MEMORY = 1 << 30
"""Bytes for judging, where nothing else is said."""
Figures = Stored | ParquetFiles
"""What can be judged into a record: its own figures at a moment, or files of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where a run is kept: in files in `out`, or from so many assessments on; else in the database.

    `memory` is the bytes that judging takes.
    """

    out: Path | None = None
    files_from: int = FILES_FROM
    memory: int = MEMORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A run in the record: its number, how many assessments have which status, where they are.

    `folder` is None for a run in the database.
    """

    number: int
    counts: Mapping[ProfileId, Mapping[StatusId, int]]
    years: Sequence[int]
    assessments: int
    folder: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is to be evaluated. `figures` are those of the database as of a moment, or files.

    `parameters` are kept with the run, beside the plugins in use.
    """

    assembly: Assembly
    request: Request
    areas: Sequence[Area]
    figures: Figures
    as_of: datetime | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def run(self, started: datetime, judged: Iterable[ProfileId]) -> Run:
        """The run's record, before it has a number."""
        used = used_profiles(self.assembly.forum, judged)
        return Run(
            started_at=started,
            as_of=self.as_of,
            parameters={**self.parameters, "plugins": self.assembly.record()},
            engine=self.request.engine,
            citygoals_version=version("citygoals"),
            observations_hash=self.figures.hash(),
            rules_hash=rules_hash(used),
            snapshots=tuple(map(snapshot, used)),
        )


def plan_of(evaluation: Evaluation) -> Plan:
    """What the evaluation asks of whom. Raises NothingToEvaluate, UnknownName, InvalidDocuments."""
    years = evaluation.request.judged(evaluation.figures.latest)
    request = replace(evaluation.request, years=tuple(years))
    return make_plan(evaluation.assembly.forum, evaluation.areas, request, years)


def record_run(
    database: Database,
    evaluation: Evaluation,
    plan: Plan | None = None,
    *,
    keeping: Keeping | None = None,
    started: datetime | None = None,
) -> Recorded:
    """Judge and keep the run, all of it or nothing.

    Raises NothingToEvaluate, UnknownName, InvalidDocuments, EngineUnavailable, SparkFailed,
    UnusableFile, UnusableDatabase.
    """
    started, keeping = started or now(), keeping or Keeping()
    plan = plan or plan_of(evaluation)
    run = evaluation.run(started, plan.words.profiles.items)
    goals = {goal.id: str(goal.title) for goal in evaluation.assembly.forum.goals.values()}
    into_files = keeping.out is not None or plan.assessments >= keeping.files_from
    tally = Tally()
    with ExitStack() as stack:
        chunks = Chunks(plan, evaluation.figures, run.engine, keeping.memory)
        folder = None
        if into_files or chunks.spills:
            under = keeping.out or default_folder(database.path)
            folder = stack.enter_context(new_folder(under, database.path, now()))
        judged = chunks_of(chunks, folder.aside if folder else None)
        if folder and into_files:
            judged.write(folder, tally)
            number = database.write_parquet_run(
                run, folder, plan.words, areas=plan.areas, goals=goals
            )
        else:
            frames = tally.over(judged.ordered())
            number = database.write_frames(run, frames, plan.words, areas=plan.areas, goals=goals)
    return Recorded(
        number=number,
        counts=tally.words(plan.words.tables()),
        years=plan.years,
        assessments=plan.assessments,
        folder=folder.path if folder and into_files else None,
    )
