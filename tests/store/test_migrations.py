"""Migrations: numbered sentences, additive, and the same whether taken at once or one by one."""

from __future__ import annotations

import re
from pathlib import Path

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


def test_each_step_only_adds() -> None:
    db = Database(memory=True)
    before: set[tuple[str, str]] = set()
    for name in [*NAMES[1:], None]:
        migrations.steps().apply(db, stop_before=name)
        after = schema(db)
        assert before < after
        before = after


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
    for table in ("observations", "assessment_rows"):
        assert db.table(table).pks == ["key"]
        linked = {one.column for one in db.table(table).foreign_keys}
        kinds = db.table(table).columns_dict
        assert {kinds[column] for column in linked} == {int}
