"""Commands about observations: take files in, list and withdraw imports, list rejected rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.plugins.commands._forum import load_assembly
from citygoals.plugins.commands._input import dated, delimiter_option, group_db, own_db_option
from citygoals.plugins.commands._options import db_option, files_from_option, moment
from citygoals.plugins.commands._render import (
    Column,
    as_csv,
    emit,
    format_option,
    needed,
    numbers,
    track,
)
from citygoals.plugins.commands.areas import areas
from citygoals.plugins.commands.template import template

if TYPE_CHECKING:
    from citygoals.core.base.model import Area, AreaId
    from citygoals.core.figures.formats import RawTable, ReadOptions
    from citygoals.core.figures.intake import Intake, Intaken
    from citygoals.core.forum.forum import Forum
    from citygoals.core.plugin.assembly import Assembly
    from citygoals.core.store import Import, ImportFile, ImportSummary, StoredReject

__all__ = ["areas", "import_", "imports", "rejects", "template"]

SHOWN_REJECTS = 10
"""How many rejected rows of a file an import names."""
LONGEST_TABLE = 500
"""How many rejected rows a table shows; CSV and JSON have them all."""


@click.command("import", epilog="Example: citygoals import figures.csv --db forum.db")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@db_option
@click.option("--as-of", metavar="DATE", help="Date the import back to this day.")
@delimiter_option
@click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    default=".",
    show_default=True,
    help="The decimal sign of the numbers.",
)
@click.option(
    "--assume-indicator-units",
    is_flag=True,
    help="Take figures without a unit as given in the indicator's.",
)
@click.option("--as", "named", metavar="FORMAT", help="The files' format; default: by ending.")
@files_from_option("Keep the observations of a file in Parquet from so many on.")
@format_option
@click.pass_context
def import_(
    ctx: click.Context,
    files: Sequence[Path],
    db: Path,
    as_of: str | None,
    named: str | None,
    delimiter: str,
    decimal: str,
    threshold: int,
    format_: str,
    *,
    assume_indicator_units: bool,
) -> None:
    """Take in FILES of observations: long CSV, or another format that a plugin provides.

    Good rows go in, bad ones are listed by `citygoals rejects`; all files together or none. A file
    that was taken in already changes nothing. Exit code 1 when rows were rejected.
    """
    from citygoals.core.figures.formats import ReadOptions
    from citygoals.core.plugin.files import read_tables
    from citygoals.core.store import now, open_database

    at = dated(moment(as_of), now())
    assembly = load_assembly()
    indicators, known = assembly.forum.indicators, _areas(assembly.forum, db)
    options = ReadOptions(
        delimiter=delimiter, decimal=decimal, assume_indicator_units=assume_indicator_units
    )
    ready = _ready(assembly, known, read_tables(assembly, files, named, options), options)
    with open_database(db, create=True) as database:
        summaries = database.record_imports(
            ready, areas=known, indicators=indicators, at=at, files_from=threshold
        )
    intaken = [file.intaken for file in ready]
    rows = [_summary_row(*pair) for pair in zip(summaries, intaken, strict=True)]
    emit(rows, needed(_SUMMARY_COLUMNS, rows, _RARE if format_ == "table" else ()), format_)
    _say_more(summaries, intaken, db)
    ctx.exit(1 if any(taken.rejects for taken in intaken) else 0)


def _ready(
    assembly: Assembly,
    known: Mapping[AreaId, Area],
    tables: Sequence[RawTable],
    options: ReadOptions,
) -> list[ImportFile]:
    """What the tables say. Raises PluginNeeded for rows that a plugin that failed may know."""
    from citygoals.core.figures.intake import Intake
    from citygoals.core.plugin.files import need_owners
    from citygoals.core.store import ImportFile

    intake = Intake(
        assembly.forum.indicators,
        known,
        assembly.forum.units,
        decimal=options.decimal,
        assume_indicator_units=options.assume_indicator_units,
    )
    intaken = [_taken(intake, table) for table in tables]
    need_owners(assembly, intaken)
    return [
        ImportFile(file=Path(table.file).name, sha256=table.sha256, intaken=taken)
        for table, taken in zip(tables, intaken, strict=True)
    ]


def _areas(forum: Forum, db: Path) -> dict[AreaId, Area]:
    """The areas of the forum and those registered in the database, if there is one."""
    from citygoals.core.store import open_database

    if not db.exists():
        return dict(forum.areas)
    with open_database(db) as database:
        return {**{area.id: area for area in database.areas()}, **forum.areas}


def _taken(intake: Intake, table: RawTable) -> Intaken:
    rows = list(table.rows)
    return intake.read(replace(table, rows=track(rows, f"reading {table.file}", len(rows))))


_RARE = ("doubled", "unfilled", "withdrawn_at")
"""Columns that a table has only where they say something."""
_SUMMARY_COLUMNS = [
    *numbers("import", wrap=False),
    Column(key="file", header="file", style="bold"),
    *numbers("new", "revised", "unchanged", "doubled", "unfilled", "rejected", wrap=False),
]


def _summary_row(summary: ImportSummary, intaken: Intaken) -> dict[str, Any]:
    row = asdict(summary)
    number = row.pop("number")
    counts = {"doubled": intaken.duplicates, "unfilled": intaken.unfilled}
    return {"import": number, **row, **counts, "notes": list(intaken.notes)}


def _say_more(summaries: Sequence[ImportSummary], intaken: Sequence[Intaken], db: Path) -> None:
    """Notes and the first rejected rows of each file, on stderr."""
    for summary, taken in zip(summaries, intaken, strict=True):
        for note in taken.notes:
            click.echo(f"{summary.file}: {note}", err=True)
        for reject in taken.rejects[:SHOWN_REJECTS]:
            click.echo(f"{reject.file}:{reject.line}: {reject.message} [{reject.code}]", err=True)
        more = len(taken.rejects) - SHOWN_REJECTS
        if more > 0:
            click.echo(f"{summary.file}: {more} more rejected", err=True)
        if taken.rejects and summary.number is not None:
            command = f"citygoals rejects --db {db} --import {summary.number} --format csv"
            click.echo(f"to mend them: {command}", err=True)
        if summary.number is None:
            click.echo(f"{summary.file}: was taken in before; nothing changed", err=True)


@click.group(
    invoke_without_command=True,
    epilog="Example: citygoals imports --db forum.db; citygoals imports withdraw 2 --db forum.db",
)
@db_option
@format_option
@click.pass_context
def imports(ctx: click.Context, db: Path, format_: str) -> None:
    """List the files taken in, with date and counts."""
    if ctx.invoked_subcommand is not None:
        return
    from citygoals.core.store import open_database

    with open_database(db, read_only=True) as database:
        rows = [_import_row(stored) for stored in database.imports()]
    emit(
        rows,
        needed(_IMPORT_COLUMNS, rows, _RARE if format_ == "table" else ()),
        format_,
        empty="no imports yet",
    )


def _day(moment: str | None) -> str:
    return "" if moment is None else moment[:10]


_IMPORT_COLUMNS = [
    Column(key="import", header="no.", justify="right", wrap=False),
    Column(key="file", header="file", style="bold"),
    Column(key="imported_at", header="date", format=_day, wrap=False),
    *numbers("new", "revised", "unchanged", "rejected", wrap=False),
    Column(key="withdrawn_at", header="withdrawn", format=_day, wrap=False),
]


def _import_row(stored: Import) -> dict[str, Any]:
    row = asdict(stored)
    withdrawn = stored.withdrawn_at.isoformat() if stored.withdrawn_at else None
    number = row.pop("number")
    times = {"imported_at": stored.imported_at.isoformat(), "withdrawn_at": withdrawn}
    return {"import": number, **row, **times}


@imports.command(
    short_help="Take back an import.", epilog="Example: citygoals imports withdraw 2 --db forum.db"
)
@click.argument("number", type=int)
@own_db_option
@click.option("--as-of", metavar="DATE", help="Date the withdrawal back to this day.")
@click.pass_context
def withdraw(ctx: click.Context, number: int, db: Path | None, as_of: str | None) -> None:
    """Take back import NUMBER, as a revision: what it revised comes back, nothing is deleted."""
    from citygoals.core.store import now, open_database

    with open_database(group_db(ctx, db)) as database:
        withdrawn = database.withdraw(number, at=dated(moment(as_of), now()))
    click.echo(
        f"import {number} ({withdrawn.file}) is withdrawn; evaluate again to see the difference"
    )


@click.command(
    epilog="Example: citygoals rejects --db forum.db --format csv > mend.csv, mend it, import it."
)
@db_option
@click.option("--import", "number", type=int, help="Only those of this import.")
@format_option
def rejects(db: Path, number: int | None, format_: str) -> None:
    """List the rows that were not taken in, with file, line and reason.

    The CSV has the rows as they were, with the reasons in columns that an import leaves aside: mend
    the cells and import the file.
    """
    from citygoals.core.store import open_database

    with open_database(db, read_only=True) as database:
        stored = database.rejects(number)
    if format_ == "csv":
        click.echo(_mendable(stored), nl=False)
        return
    shown = stored[:LONGEST_TABLE] if format_ == "table" else stored
    emit([_reject_row(reject) for reject in shown], _REJECT_COLUMNS, format_, empty="no rejects")
    if len(shown) < len(stored):
        click.echo(f"and {len(stored) - len(shown):,} more; --format csv has them all", err=True)


_REJECT_COLUMNS = [
    *numbers("import", wrap=False),
    Column(key="file", header="file"),
    *numbers("line", wrap=False),
    Column(key="message", header="why", style="bold"),
    Column(key="code", header="code"),
]


def _reject_row(stored: StoredReject) -> dict[str, Any]:
    return {"import": stored.number, **asdict(stored.reject)}


def _mendable(rejects: Sequence[StoredReject]) -> str:
    """CSV of the rows as they were, each with its source, and why each was rejected."""
    from citygoals.core.figures.header import REJECT_COLUMNS, SYNONYMS, plain

    rows = []
    for stored in rejects:
        cells = dict(stored.reject.cells)
        if not any(plain(name) in SYNONYMS["source"] for name in cells):
            cells["source"] = Path(stored.reject.file).stem
        rows.append(cells)
    names = list(dict.fromkeys(name for cells in rows for name in cells))
    told = [(r.file, r.line, r.code, r.message) for r in (stored.reject for stored in rejects)]
    full = [
        {**cells, **dict(zip(REJECT_COLUMNS, reasons, strict=True))}
        for cells, reasons in zip(rows, told, strict=True)
    ]
    return as_csv(full, [*names, *REJECT_COLUMNS])
