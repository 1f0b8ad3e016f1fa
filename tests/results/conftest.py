"""A small world of documents and figures that runs are recorded of, through Python."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from citygoals import Assessment, Forum, Observation, Plugins, Request, open_database
from citygoals.core.base.model import AreaId, ObservationStatus, ProfileId
from citygoals.core.figures.intake import Intaken
from citygoals.core.figures.observation_columns import in_columns
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.results.running import Evaluation, Keeping, Recorded, record_run
from citygoals.core.store import Database, ImportFile, Run

TABLE = Path(__file__).parent.parent / "cases" / "results" / "hashes.json"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A run as it was recorded, and as it is read back."""

    recorded: Recorded
    run: Run
    assessments: Sequence[Assessment]

    @property
    def hashes(self) -> dict[str, str]:
        """What the run keeps of its figures, its rules and each profile."""
        return {
            "observations": self.run.observations_hash,
            "rules": self.run.rules_hash,
            **{one.profile: one.sha256 for one in self.run.snapshots},
        }

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many of the assessments have which status, by profile."""
        counted: dict[str, Counter[str]] = {}
        for one in self.assessments:
            counted.setdefault(one.profile, Counter())[one.status] += 1
        return {profile: dict(statuses) for profile, statuses in counted.items()}


def observation(row: Mapping[str, Any]) -> Observation:
    """A figure of the world, of source A and observed where the row does not say otherwise."""
    whole = {"source": "A", "status": "A", **row}
    return Observation(**{**whole, "status": ObservationStatus(whole["status"])})


def take_in(database: Database, forum: Forum, files: Sequence[Mapping[str, Any]]) -> None:
    """Import the files, a day each."""
    for day, file in enumerate(files, start=1):
        taken = Intaken(columns=in_columns(map(observation, file["rows"])), rejects=[])
        database.record_imports(
            [ImportFile(file=file["name"], sha256=file["name"], intaken=taken)],
            areas=forum.areas,
            indicators=forum.indicators,
            at=datetime(2026, 1, day, tzinfo=UTC),
        )


def evaluation_of(
    world: Mapping[str, Any], forum: Forum, database: Database, as_of: datetime | None = None
) -> Evaluation:
    """The figures of the database, judged for the areas and under the profiles of the world."""
    return Evaluation(
        assembly=Assembly(forum=forum, plugins=Plugins(entries=[]), failures=[]),
        request=Request(profiles=tuple(map(ProfileId, world["judged"])), years=(2020, 2021)),
        areas=[forum.areas[AreaId(name)] for name in world["areas"]],
        figures=database.stored(as_of, indicators=forum.indicators),
        as_of=as_of,
        parameters={"of": "a test"},
    )


@pytest.fixture
def world() -> dict[str, Any]:
    """The world of the table, which a test may change."""
    found: dict[str, Any] = deepcopy(json.loads(TABLE.read_text(encoding="utf-8"))["world"])
    return found


Keep = Callable[..., Kept]


@pytest.fixture
def keep(forums: Any, tmp_path: Path) -> Keep:
    """Records a run of a world in a database of its own and reads it back."""

    def kept(
        world: Mapping[str, Any],
        keeping: Keeping | None = None,
        *,
        as_of: datetime | None = None,
    ) -> Kept:
        forum = forums(world["profiles"])
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        with open_database(path, create=True) as database:
            take_in(database, forum, world["files"])
            evaluation = evaluation_of(world, forum, database, as_of)
            recorded = record_run(database, evaluation, keeping=keeping)
        with open_database(path, read_only=True) as database:
            return Kept(
                recorded=recorded,
                run=database.run(recorded.number),
                assessments=database.assessments(recorded.number),
            )

    return kept
