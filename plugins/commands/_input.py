"""Options of the commands that take files in, and the database that they work on."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from citygoals.core.base.errors import CitygoalsError

if TYPE_CHECKING:
    from citygoals.core.base.model import Area, AreaId
    from citygoals.core.forum.forum import Forum
    from citygoals.core.store.standing import Stored


class Delimiter(click.ParamType[str]):
    """One character, or the word tab."""

    name = "character"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The character."""
        text = "\t" if value in ("tab", "\\t") else str(value)
        if len(text) != 1 or text in '\r\n"':
            self.fail(f"{value!r} is not one character; write e.g. ';' or tab", param, ctx)
        return text


delimiter_option = click.option(
    "--delimiter",
    default=",",
    show_default=True,
    type=Delimiter(),
    help="What separates cells; `tab` for tabs.",
)
own_db_option = click.option(
    "--db", type=click.Path(path_type=Path), help="The forum's database.  [default: forum.db]"
)
"""For a subcommand: what its group was given counts where it is not given."""


def group_db(ctx: click.Context, own: Path | None) -> Path:
    """The database of a subcommand: its own option, else its group's."""
    inherited: Path = ctx.parent.params["db"] if ctx.parent else Path("forum.db")
    return own or inherited


def recorded(
    ctx: click.Context, db: Path, forum: Forum
) -> tuple[dict[AreaId, Area], Stored | None]:
    """The areas of profiles and database, and its figures; `db` may be a default that is not there.

    There are no figures then.
    """
    if not db.exists() and ctx.get_parameter_source("db") is ParameterSource.DEFAULT:
        return dict(forum.areas), None
    from citygoals.core.results.names import known_areas
    from citygoals.core.store import open_database

    with open_database(db, read_only=True) as database:
        return known_areas(forum, database), database.stored(None, indicators={})


def dated(as_of: datetime | None, now: datetime) -> datetime:
    """The moment that a change is made: now, or the past day that it is dated back to."""
    if as_of is None:
        return now
    if as_of - timedelta(days=1) > now:
        message = f"--as-of {as_of.date()} is in the future; a change can be dated back, not ahead"
        raise CitygoalsError(message)
    return min(as_of, now)
