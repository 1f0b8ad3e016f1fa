"""The command about areas: list them, register some from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.errors import CitygoalsError
from citygoals.plugins.commands._forum import load_forum
from citygoals.plugins.commands._input import delimiter_option, group_db, own_db_option, recorded
from citygoals.plugins.commands._language import in_words, lang_option
from citygoals.plugins.commands._options import db_option
from citygoals.plugins.commands._render import Column, emit, format_option, plain_columns

if TYPE_CHECKING:
    from citygoals.core.base.model import Area
    from citygoals.core.forum.forum import Forum


@click.group(
    invoke_without_command=True,
    epilog="Example: citygoals areas --db forum.db; citygoals areas add areas.csv --db forum.db",
)
@db_option
@lang_option
@format_option
@click.pass_context
def areas(ctx: click.Context, db: Path, format_: str) -> None:
    """List the areas that can be assessed: those of the profiles and those registered."""
    if ctx.invoked_subcommand is not None:
        return
    forum = load_forum()
    known, _ = recorded(ctx, db, forum)
    rows = [_row(area, forum) for _, area in sorted(known.items())]
    emit(rows, _COLUMNS, format_, empty="no areas yet")


def _people(number: float | None) -> str:
    return "" if number is None else f"{number:,.0f}"


_COLUMNS = [
    Column(key="id", header="area", style="bold"),
    *plain_columns("name", "level", "country"),
    Column(key="population", header="population", justify="right", format=_people),
    Column(key="origin", header="from"),
]


def _row(area: Area, forum: Forum) -> dict[str, Any]:
    return {
        "id": area.id,
        "name": in_words(area.name),
        "level": area.level.value,
        "country": area.country,
        "population": area.population,
        "latitude": area.latitude,
        "longitude": area.longitude,
        "origin": "profile" if area.id in forum.areas else "database",
    }


@areas.command(
    short_help="Register the areas of a file.",
    epilog="Example: citygoals areas add areas.csv --db forum.db",
)
@click.argument("file", type=click.Path(path_type=Path))
@own_db_option
@delimiter_option
@click.pass_context
def add(ctx: click.Context, file: Path, db: Path | None, delimiter: str) -> None:
    """Register the areas of FILE, without a plugin; those that are there take on what it says.

    FILE is an areas document (JSON), or CSV with the columns id, name, level (country or city),
    country (ISO 3166, two letters), and if known population, latitude, longitude.
    """
    from citygoals.core.store import open_database
    from citygoals.plugins.formats.area_list import read_areas

    listed = read_areas(file, delimiter)
    if owned := sorted({area.id for area in listed} & set(load_forum().areas)):
        message = f"{file}: a profile has {', '.join(owned)} already; leave them out of the file"
        raise CitygoalsError(message)
    with open_database(group_db(ctx, db), create=True) as database:
        known = {area.id for area in database.areas()}
        database.add_areas(listed)
    new = sum(area.id not in known for area in listed)
    click.echo(f"areas registered: {new}, updated: {len(listed) - new}")
