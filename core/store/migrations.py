"""The tables, step by step. Each step is numbered, named as a sentence, only adds, and once
released is never edited: a change is a new step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from citygoals.core.store.sqlite import Migrations

if TYPE_CHECKING:
    from citygoals.core.store.sqlite import Database


def steps() -> Migrations:
    """All steps in their order."""
    migrations = Migrations("citygoals")
    for number, step in enumerate(_STEPS, start=1):
        migrations(name=f"{number:04} {(step.__doc__ or '').partition('.')[0].lower()}")(step)
    return migrations


def version() -> int:
    """How many steps this citygoals knows: the `user_version` of an up-to-date database."""
    return len(_STEPS)


def areas_and_indicators(db: Database) -> None:
    """Keep areas and indicators under integer keys."""
    area = {"id": str, "name": str, "names": str, "level": str, "country": str}
    place = {"population": float, "latitude": float, "longitude": float}
    _table(db, "areas", {**area, **place}, optional=set(place))
    db.table("areas").create_index(["id"], unique=True)
    _table(db, "indicators", {"id": str, "title": str, "unit": str})
    db.table("indicators").create_index(["id"], unique=True)
    _table(db, "words", {"word": str})
    db.table("words").create_index(["word"], unique=True)


def imports(db: Database) -> None:
    """Keep every import with the rows that it rejected."""
    counts = dict.fromkeys(("new", "revised", "unchanged", "rejected"), int)
    when = {"imported_at": str, "withdrawn_at": str}
    _table(
        db,
        "imports",
        {"file": str, "sha256": str, **when, **counts},
        optional={"withdrawn_at"},
    )
    db.table("imports").create_index(["sha256"])
    cells = {"line": int, "code": str, "message": str, "cells": str}
    _table(db, "rejects", {"import": int, **cells}, links={"import": "imports"})
    db.table("rejects").create_index(["import"])


def observations(db: Database) -> None:
    """Keep every revision of every observation."""
    links = {
        "import": "imports",
        "first_import": "imports",
        "area": "areas",
        "indicator": "indicators",
        "source": "words",
    }
    figure = {"year": int, "value": float, "status": str, "confidence": str, "note": str}
    columns = {**dict.fromkeys(links, int), **figure}
    _table(db, "observations", columns, links=links, optional={"value", "note"})
    db.table("observations").create_index(
        ["area", "indicator", "year", "source", "first_import", "import"]
    )
    db.create_view("current_observations", CURRENT_OBSERVATIONS)


def runs(db: Database) -> None:
    """Keep runs with the snapshots of the profiles that they read."""
    what = ("profile", "version", "content")
    db.table("profile_snapshots").create(
        {"sha256": str, **dict.fromkeys(what, str)}, pk="sha256", not_null={"sha256", *what}
    )
    when = {"started_at": str, "finished_at": str, "as_of": str}
    how = ("parameters", "engine", "citygoals_version", "observations_hash", "rules_hash")
    columns = {"number": int, **when, **dict.fromkeys(how, str), "assessments": int}
    db.table("runs").create(columns, pk="number", not_null=set(columns) - {"as_of"})
    who = ("snapshot", "plugin", "distribution", "distribution_version")
    _table(
        db,
        "run_profiles",
        {"run": int, **dict.fromkeys(who, str)},
        links={"run": ("runs", "number"), "snapshot": ("profile_snapshots", "sha256")},
    )
    db.table("run_profiles").create_index(["run", "snapshot"], unique=True)


def assessments(db: Database) -> None:
    """Keep assessments as numbers and show them in words."""
    _table(db, "goals", {"id": str, "title": str})
    db.table("goals").create_index(["id"], unique=True)
    words = ("profile", "status", "reason", "stand", "ambition", "source", "marks")
    links: dict[str, str | tuple[str, str]] = dict.fromkeys(words, "words")
    links |= {"run": ("runs", "number"), "area": "areas", "goal": "goals"}
    years = {f"{name}_year": int for name in ("value", "baseline", "previous", "target")}
    figures = dict.fromkeys(
        ("value", "baseline", "previous", "target", "target_min", "target_max", "gap", "score"),
        float,
    )
    needed = {**dict.fromkeys(("run", "profile", "area", "goal", "year"), int)}
    needed |= {"status": int, "reason": int}
    rest = {"reason_args": str, **dict.fromkeys(words[3:], int), "met": int, **figures, **years}
    _table(db, "assessment_rows", {**needed, **rest}, links=links, optional=set(rest))
    db.table("assessment_rows").create_index(["run", "area", "goal"])
    db.create_view("assessments", ASSESSMENTS)


def run_files(db: Database) -> None:
    """Keep which files of a folder are a run."""
    _files(db, "run", ("runs", "number"))


def blocks_of_assessments(db: Database) -> None:
    """Keep once what many assessments share and move those that are there.

    A row's aim and verdict are not declared as foreign keys: to look both up for every row takes
    a quarter of the time of writing.
    """
    bounds = dict.fromkeys(("target", "target_min", "target_max"), float)
    asked: dict[str, type] = {
        "goal": int,
        "stand": int,
        "ambition": int,
        **bounds,
        "target_year": int,
    }
    links: dict[str, str] = {"goal": "goals", "stand": "words", "ambition": "words"}
    _table(db, "aims", asked, links=links, optional=set(asked) - {"goal"})
    db.table("aims").create_index(list(asked))
    verdict: dict[str, type] = {"status": int, "reason": int, "reason_args": str, "met": int}
    verdict |= {"source": int, "marks": int}
    links = dict.fromkeys(("status", "reason", "source", "marks"), "words")
    _table(db, "verdicts", verdict, links=links, optional=set(verdict) - {"status", "reason"})
    db.table("verdicts").create_index(list(verdict))
    place: dict[str, type] = dict.fromkeys(("last", "run", "profile", "area", "year"), int)
    to: dict[str, str | tuple[str, str]] = {"run": ("runs", "number")}
    _table(db, "assessment_blocks", place, links={**to, "profile": "words", "area": "areas"})
    figures: dict[str, type] = {}
    for name in ("value", "baseline", "previous"):
        figures |= {name: float, f"{name}_year": int}
    figures |= {"gap": float, "score": float}
    columns = {"aim": int, "verdict": int, **figures}
    _table(db, "assessment_figures", columns, optional=set(figures))
    for statement in MOVE_ASSESSMENTS.split(";"):
        db.execute(statement)
    db.table("assessment_blocks").create_index(["run"])
    db.create_view("assessments", ASSESSMENTS_BY_BLOCKS, replace=True)


def import_files(db: Database) -> None:
    """Keep which files of a folder are an import."""
    _files(db, "import", "imports")


def _files(db: Database, owner: str, link: str | tuple[str, str]) -> None:
    columns = {owner: int, "folder": str, "file": str, "rows": int, "bytes": int}
    _table(db, f"{owner}_files", columns, links={owner: link})
    db.table(f"{owner}_files").create_index([owner])


def _table(
    db: Database,
    name: str,
    columns: dict[str, type],
    *,
    links: Mapping[str, str | tuple[str, str]] = MappingProxyType({}),
    optional: Collection[str] = (),
) -> None:
    """A table with an integer key; `links` name the table (and column) that a column refers to."""
    foreign = [
        (column, *((to, "key") if isinstance(to, str) else to)) for column, to in links.items()
    ]
    needed = set(columns) - set(optional)
    db.table(name).create({"key": int, **columns}, pk="key", foreign_keys=foreign, not_null=needed)


CURRENT_OBSERVATIONS = """
SELECT areas.id AS area, areas.name AS area_name, indicators.id AS indicator, year, value,
  indicators.unit AS unit, status, words.word AS source, confidence, note, released
FROM (
  SELECT area, indicator, year, source, value, status, confidence, note, released,
    max(last) AS last
  FROM (
    SELECT area, indicator, year, source, value, status, confidence, note,
      min(import) AS released, max(import) AS last
    FROM observations JOIN imports ON imports.key = import AND withdrawn_at IS NULL
    GROUP BY area, indicator, year, source, first_import
  )
  GROUP BY area, indicator, year, source
) AS state
JOIN areas ON areas.key = state.area
JOIN indicators ON indicators.key = state.indicator
JOIN words ON words.key = state.source
"""

ASSESSMENTS = """
SELECT a.key AS key, run, profiles.word AS profile, areas.id AS area, areas.name AS area_name,
  areas.country AS country, areas.level AS level, goals.id AS goal, goals.title AS goal_title,
  year, statuses.word AS status, reasons.word AS reason, reason_args, stands.word AS stand,
  ambitions.word AS ambition, value, value_year, baseline, baseline_year, previous,
  previous_year, target, target_min, target_max, target_year, met, gap, score,
  sources.word AS source, marks.word AS marks
FROM assessment_rows AS a
JOIN areas ON areas.key = a.area
JOIN goals ON goals.key = a.goal
JOIN words AS profiles ON profiles.key = a.profile
JOIN words AS statuses ON statuses.key = a.status
JOIN words AS reasons ON reasons.key = a.reason
LEFT JOIN words AS stands ON stands.key = a.stand
LEFT JOIN words AS ambitions ON ambitions.key = a.ambition
LEFT JOIN words AS sources ON sources.key = a.source
LEFT JOIN words AS marks ON marks.key = a.marks
"""

MOVE_ASSESSMENTS = """
INSERT INTO aims (goal, stand, ambition, target, target_min, target_max, target_year)
SELECT DISTINCT goal, stand, ambition, target, target_min, target_max, target_year
FROM assessment_rows;

INSERT INTO verdicts (status, reason, reason_args, met, source, marks)
SELECT DISTINCT status, reason, reason_args, met, source, marks FROM assessment_rows;

INSERT INTO assessment_blocks (key, last, run, profile, area, year)
SELECT min(key), max(key), run, profile, area, year
FROM (
  SELECT key, run, profile, area, year, row_number() OVER (ORDER BY key)
    - row_number() OVER (PARTITION BY run, profile, area, year ORDER BY key) AS island
  FROM assessment_rows
)
GROUP BY run, profile, area, year, island;

INSERT INTO assessment_figures (key, aim, verdict, value, value_year, baseline, baseline_year,
  previous, previous_year, gap, score)
SELECT a.key, aims.key, verdicts.key, value, value_year, baseline, baseline_year,
  previous, previous_year, gap, score
FROM assessment_rows AS a
CROSS JOIN aims ON aims.goal = a.goal AND aims.stand IS a.stand
  AND aims.ambition IS a.ambition AND aims.target IS a.target
  AND aims.target_min IS a.target_min AND aims.target_max IS a.target_max
  AND aims.target_year IS a.target_year
CROSS JOIN verdicts ON verdicts.status = a.status AND verdicts.reason = a.reason
  AND verdicts.reason_args IS a.reason_args AND verdicts.met IS a.met
  AND verdicts.source IS a.source AND verdicts.marks IS a.marks;

DELETE FROM assessment_rows
"""

ASSESSMENTS_BY_BLOCKS = """
SELECT a.key AS key, b.run AS run, profiles.word AS profile, areas.id AS area,
  areas.name AS area_name, areas.country AS country, areas.level AS level, goals.id AS goal,
  goals.title AS goal_title, b.year AS year, statuses.word AS status, reasons.word AS reason,
  reason_args, stands.word AS stand, ambitions.word AS ambition, value, value_year, baseline,
  baseline_year, previous, previous_year, target, target_min, target_max, target_year, met, gap,
  score, sources.word AS source, marks.word AS marks
FROM assessment_blocks AS b
CROSS JOIN assessment_figures AS a ON a.key BETWEEN b.key AND b.last
JOIN aims ON aims.key = a.aim
JOIN verdicts ON verdicts.key = a.verdict
JOIN areas ON areas.key = b.area
JOIN goals ON goals.key = aims.goal
JOIN words AS profiles ON profiles.key = b.profile
JOIN words AS statuses ON statuses.key = verdicts.status
JOIN words AS reasons ON reasons.key = verdicts.reason
LEFT JOIN words AS stands ON stands.key = aims.stand
LEFT JOIN words AS ambitions ON ambitions.key = aims.ambition
LEFT JOIN words AS sources ON sources.key = verdicts.source
LEFT JOIN words AS marks ON marks.key = verdicts.marks
"""

_STEPS = (
    *(areas_and_indicators, imports, observations, runs, assessments, run_files),
    *(blocks_of_assessments, import_files),
)
