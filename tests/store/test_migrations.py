"""Migrations: numbered sentences, additive, and the same whether taken at once or one by one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from citygoals.core.store import migrations, open_database

NAMES = [step.name for step in migrations.steps()._migrations]


def schema(db: Database) -> set[tuple[str, str]]:
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(name, sql) for name, sql in rows if not name.startswith(("sqlite_", "_sqlite"))}


def test_names_are_numbered_sentences() -> None:
    assert len(NAMES) == migrations.version()
    for number, name in enumerate(NAMES, start=1):
        assert name.startswith(f"{number:04} ")
        assert re.fullmatch(r"\d{4} ([a-z]+ ){3,}[a-z]+", name), name


def views(db: Database) -> dict[str, list[str]]:
    return {view.name: [column.name for column in view.columns] for view in db.views}


def test_each_step_only_adds() -> None:
    """A view may be made anew, with the same columns first."""
    db = Database(memory=True)
    before: set[tuple[str, str]] = set()
    shown: dict[str, list[str]] = {}
    for name in [*NAMES[1:], None]:
        migrations.steps().apply(db, stop_before=name)
        now = views(db)
        assert all(now[view][: len(columns)] == columns for view, columns in shown.items())
        after = {one for one in schema(db) if one[0] not in now}
        assert before < after
        before, shown = after, now


def earlier_rows() -> list[dict[str, Any]]:
    """Rows of assessments as they were written up to step 0006, of two runs, with gaps in keys."""
    needed = {"profile": 1, "area": 1, "goal": 1, "status": 2, "reason": 3, "year": 2020}
    bounds = {"target": 0.1 + 0.2, "target_min": 1.0, "target_max": 1e300, "target_year": 2030}
    verdict = {"reason_args": "[2019]", "met": 0, "source": 4, "marks": 5, "stand": 6}
    figures = dict.fromkeys(("value", "baseline", "previous", "gap", "score"), 1 / 3)
    years = {f"{name}_year": 2011 for name in ("value", "baseline", "previous")}
    full = {**bounds, **verdict, **figures, **years, "ambition": 7}
    changed = [{}, full, {"area": 2, **full}, {"year": 2021}, {"area": 2}, full, {"goal": 2}]
    changed += [{"profile": 7, name: full[name]} for name in full]
    return [
        {"key": 3 * at + 1, "run": 1 + (at > 8), **needed, **change}
        for at, change in enumerate([*changed, *changed])
    ]


def make_earlier(db: Database) -> None:
    migrations.steps().apply(db, stop_before=NAMES[6])
    db.table("words").insert_all({"word": word} for word in (*"abcde", "adopted", "g"))
    place = {"names": "{}", "level": "city", "country": "KR"}
    db.table("areas").insert_all({"id": one, "name": one, **place} for one in ("KR-a", "KR-b"))
    db.table("goals").insert_all({"id": one, "title": one} for one in ("x", "y"))
    rows = earlier_rows()
    how = ("parameters", "engine", "citygoals_version", "observations_hash", "rules_hash")
    when = dict.fromkeys(("started_at", "finished_at"), "2026-01-01T00:00:00Z")
    run = {**dict.fromkeys(how, "{}"), **when, "assessments": len(rows) // 2}
    db.table("runs").insert_all([run, run])
    for row in rows:
        db.table("assessment_rows").insert(row)


def test_assessments_of_an_earlier_step_are_moved_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "earlier.db"
    db = Database(path)
    make_earlier(db)
    before = list(db.query("SELECT * FROM assessments ORDER BY key"))
    assert len(before) == len(earlier_rows())
    db.execute("PRAGMA user_version = 6")
    db.execute(f"PRAGMA application_id = {0x43474F4C}")
    db.close()
    with open_database(path) as database:
        after = list(database._db.query("SELECT * FROM assessments ORDER BY key"))
        assert after == before
        assert list(after[0]) == list(before[0])
        read = [one.value for one in database.assessments(1)]
        assert read == [row["value"] for row in before if row["run"] == 1]
        assert database._db.table("assessment_rows").count == 0
        assert database._db.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("at", range(1, len(NAMES)))
def test_a_database_of_an_earlier_step_is_brought_up_to_date(at: int, tmp_path: Path) -> None:
    path, whole = tmp_path / "earlier.db", tmp_path / "whole.db"
    with open_database(whole, create=True) as database:
        expected = schema(database._db)
    db = Database(path)
    migrations.steps().apply(db, stop_before=NAMES[at])
    db.execute(f"PRAGMA user_version = {at}")
    db.execute(f"PRAGMA application_id = {0x43474F4C}")
    db.table("words").insert({"word": "kept"})
    db.close()
    with open_database(path) as database:
        assert schema(database._db) == expected
        assert database._db.execute("SELECT word FROM words").fetchall() == [("kept",)]
        assert database._db.execute("PRAGMA user_version").fetchone() == (len(NAMES),)
        assert [one.name for one in migrations.steps().applied(database._db)] == NAMES


def test_large_tables_have_integer_keys() -> None:
    db = Database(memory=True)
    migrations.steps().apply(db)
    for table in ("observations", "assessment_rows", "assessment_blocks"):
        assert db.table(table).pks == ["key"]
        linked = {one.column for one in db.table(table).foreign_keys}
        kinds = db.table(table).columns_dict
        assert {kinds[column] for column in linked} == {int}
    figures = db.table("assessment_figures")
    assert (figures.pks, figures.columns_dict["aim"]) == (["key"], int)
