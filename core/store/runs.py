"""Runs: numbered evaluations, each written in one transaction and read back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from citygoals.core.base.errors import UnknownName
from citygoals.core.store import manifest
from citygoals.core.store.assessments import AssessmentRows
from citygoals.core.store.folders import Folder
from citygoals.core.store.records import Run, Snapshot, stamp, unstamp, unstamp_optional
from citygoals.core.store.sqlite import Database


def write(
    db: Database, run: Run, fill: Callable[[AssessmentRows], None], clock: Callable[[], datetime]
) -> int:
    """Write a run and let `fill` write its assessments; the number that it got."""
    number = _insert_run(db, run)
    rows = AssessmentRows(db, number)
    fill(rows)
    _finish(db, number, rows.count, clock)
    return number


def write_files(
    db: Database, run: Run, folder: Folder, database: Path, clock: Callable[[], datetime]
) -> int:
    """Write a run whose assessments are in a folder of files; the number that it got."""
    number = _insert_run(db, run)
    manifest.write(db, "run", number, folder, database)
    _finish(db, number, folder.rows, clock)
    return number


def _finish(db: Database, number: int, count: int, clock: Callable[[], datetime]) -> None:
    db.execute(
        "UPDATE runs SET finished_at = ?, assessments = ? WHERE number = ?",
        [stamp(clock()), count, number],
    )


def _insert_run(db: Database, run: Run) -> int:
    started = stamp(run.started_at)
    row = {
        "started_at": started,
        "finished_at": started,
        "as_of": None if run.as_of is None else stamp(run.as_of),
        "parameters": json.dumps(run.parameters, ensure_ascii=False, sort_keys=True),
        "engine": run.engine,
        "citygoals_version": run.citygoals_version,
        "observations_hash": run.observations_hash,
        "rules_hash": run.rules_hash,
        "assessments": 0,
    }
    number = int(db.table("runs").insert(row).last_pk or 0)
    for snapshot in run.snapshots:
        _insert_snapshot(db, number, snapshot)
    return number


def _insert_snapshot(db: Database, number: int, snapshot: Snapshot) -> None:
    what = ("sha256", "profile", "version", "content")
    who = ("plugin", "distribution", "distribution_version")
    db.table("profile_snapshots").insert(
        {name: getattr(snapshot, name) for name in what}, pk="sha256", ignore=True
    )
    use = {"run": number, "snapshot": snapshot.sha256}
    db.table("run_profiles").insert({**use, **{name: getattr(snapshot, name) for name in who}})


def runs(db: Database) -> list[Run]:
    """Every run in its order, with the profiles that it read."""
    snapshots = _snapshots(db)
    return [
        Run(
            number=row["number"],
            started_at=unstamp(row["started_at"]),
            finished_at=unstamp(row["finished_at"]),
            as_of=unstamp_optional(row["as_of"]),
            parameters=json.loads(row["parameters"]),
            snapshots=tuple(snapshots.get(row["number"], ())),
            **{name: row[name] for name in _SAME},
        )
        for row in db.query("SELECT * FROM runs ORDER BY number")
    ]


_SAME = ("engine", "citygoals_version", "observations_hash", "rules_hash", "assessments")


def _snapshots(db: Database) -> dict[int, list[Snapshot]]:
    by_run: dict[int, list[Snapshot]] = {}
    sql = (
        "SELECT run, profile, version, sha256, content, plugin, distribution, "
        "distribution_version FROM run_profiles JOIN profile_snapshots ON sha256 = snapshot "
        "ORDER BY run_profiles.key"
    )
    for row in db.query(sql):
        by_run.setdefault(row.pop("run"), []).append(Snapshot(**row))
    return by_run


def latest_run(db: Database, number: int | None) -> int | None:
    """The number asked for, or the latest; None where there is no run. Raises UnknownName."""
    numbers = [row[0] for row in db.execute("SELECT number FROM runs ORDER BY number")]
    if number is None:
        return numbers[-1] if numbers else None
    if number not in numbers:
        raise UnknownName("run", str(number), map(str, numbers))
    return number
