"""Options that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, TypeVar

import click

from citygoals.core.figures.cells import FIRST_YEAR, LAST_YEAR

F = TypeVar("F", bound=Callable[..., Any])
YEAR = click.IntRange(FIRST_YEAR, LAST_YEAR)
db_option = click.option(
    "--db",
    type=click.Path(path_type=Path),
    default="forum.db",
    show_default=True,
    help="The forum's database.",
)
as_of_option = click.option(
    "--as-of", metavar="DATE", help="Work on what was known at the end of DATE (UTC)."
)
run_option = click.option("--run", type=int, help="Number of the run; default: the latest.")


def files_from_option(text: str) -> Callable[[F], F]:
    """From how many rows on files are kept beside the database."""
    return click.option(
        "--files-from",
        "threshold",
        type=click.IntRange(min=0),
        default=5_000_000,
        show_default=True,
        help=text,
    )


def moment(date: str | None) -> datetime | None:
    """The end of a day, or the moment that an ISO 8601 text names. Raises BadParameter."""
    if date is None:
        return None
    try:
        named = datetime.fromisoformat(date)
    except ValueError:
        message = f"{date!r} is no date; write it like 2026-03-31 or 2026-03-31T12:00"
        raise click.BadParameter(message, param_hint="--as-of") from None
    if len(date) == len("2026-03-31"):
        named = datetime.combine(named.date(), time.max)
    return named if named.tzinfo else named.replace(tzinfo=UTC)
