"""docs/storage.md says what the code does: tables, views, steps."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from citygoals.core.store import migrations
from citygoals.core.store.files import APPLICATION_ID

PAGE = (Path(__file__).parents[2] / "docs" / "storage.md").read_text(encoding="utf-8")


def first_cells(head: str) -> list[str]:
    """The first two cells of each row of the table whose header row starts with `head`."""
    _, _, rest = PAGE.partition(f"| {head} |")
    block = rest.partition("\n\n")[0].splitlines()[2:]
    return [" ".join(cell.strip(" `") for cell in line.split("|")[1:3]) for line in block]


def test_every_table_and_view_is_described() -> None:
    db = Database(memory=True)
    migrations.steps().apply(db)
    there = {*db.table_names(), *db.view_names()} - {"_sqlite_migrations"}
    assert {row.partition(" ")[0] for row in first_cells("table or view")} == there


def test_every_step_is_listed() -> None:
    assert first_cells("step") == [step.name for step in migrations.steps()._migrations]


def test_the_application_id_is_named() -> None:
    assert f"0x{APPLICATION_ID:X}" in PAGE
    assert APPLICATION_ID.to_bytes(4, "big") == b"CGOL"
