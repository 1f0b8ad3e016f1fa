"""What commands about scores have in common: their options, what they read, where rows go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.plugins.commands._render import Column, as_json, emit, plain_columns

if TYPE_CHECKING:
    from citygoals.core.figures.tables import Table
    from citygoals.core.results.score import Frame, Index
    from citygoals.core.results.score.index import RollUp
    from citygoals.core.results.score.weight import Priorities

SHOWN_NOTES = 12

delimiter_option = click.option(
    "--delimiter", help="What separates the cells of a CSV file; default: as its header shows."
)
decimal_option = click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    default=".",
    show_default=True,
    help="The decimal sign of numbers written as text.",
)
sheet_option = click.option("--sheet", help="The sheet of an Excel file; default: the first.")
out_option = click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to this file instead: .csv, .parquet, .xlsx or .json.",
)
year_option = click.option("--year", type=int, help="Show this year of a panel; default: all.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The index and the table that a command works on, and how the table is written."""

    index_file: Path
    table_file: Path
    profile: str | None
    area_column: str | None
    sheet: str | None
    delimiter: str | None
    decimal: str

    def read(self, roll_up: RollUp | None = None) -> tuple[Index, Frame, Priorities]:
        """The index, its figures and the priorities that it reads; stderr hears how."""
        from citygoals.core.figures.tables import read_table
        from citygoals.core.results.score import frame_from, read_index

        index = read_index(self.index_file)
        if self.area_column is not None:
            index = replace(index, columns=replace(index.columns, area=self.area_column))
        if roll_up is not None:
            index = replace(index, roll_up=roll_up)
        table = read_table(self.table_file, delimiter=self.delimiter, sheet=self.sheet)
        frame = frame_from(table, index, decimal=self.decimal)
        click.echo(_how_read(table, index, frame), err=True)
        return _weighed(self.profile, index, frame)


_INPUTS = (
    click.argument("index_file", metavar="INDEX.json", type=click.Path(path_type=Path)),
    click.argument("table_file", metavar="TABLE", type=click.Path(path_type=Path)),
    click.option(
        "--priorities",
        "profile",
        metavar="PROFILE",
        help="Weigh the children of the index, which are themes, by this profile's priorities.",
    ),
    click.option("--area-column", help="The column that names the areas."),
    sheet_option,
    delimiter_option,
    decimal_option,
)


def index_inputs(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the arguments and options of `Inputs`, as its argument `inputs`."""

    @wraps(command)
    def wrapped(**given: Any) -> None:
        names = [field.name for field in fields(Inputs)]
        inputs = Inputs(**{name: given.pop(name) for name in names})
        command(inputs=inputs, **given)

    for parameter in reversed(_INPUTS):
        parameter(wrapped)
    return wrapped


def _how_read(table: Table, index: Index, frame: Frame) -> str:
    leaves = index.root.leaves()
    years = [year for year in frame.by_year if year is not None]
    span = f", {years[0]} to {years[-1]}" if len(years) > 1 else f", {years[0]}" if years else ""
    areas = len(dict.fromkeys(frame.areas))
    return f"{table.file}: {frame.layout} table, {areas} areas{span}, {len(leaves)} indicators"


def _weighed(profile: str | None, index: Index, frame: Frame) -> tuple[Index, Frame, Priorities]:
    """The index, weighed by a profile if one is named; a forum is loaded only where it is read."""
    if profile is None and all(group.weights != "priorities" for group in index.root.groups()):
        return index, frame, {}
    from citygoals.core.results.score.themes import priorities_of
    from citygoals.plugins.commands._forum import load_assembly

    if profile is not None:
        root = replace(index.root, weights="priorities", profile=profile)
        index = replace(index, root=root)
    assembly = load_assembly()
    if assembly.failures:
        assembly.need_profiles({group.profile for group in index.root.groups() if group.profile})
    return index, frame, priorities_of(assembly.forum)


def goes_as_json(format_: str, out: Path | None) -> bool:
    """Whether rows go out as JSON, which holds nested ones."""
    return format_ == "json" if out is None else out.suffix == ".json"


def say_notes(notes: Sequence[object]) -> None:
    """What was imputed, treated and left out, on stderr."""
    for note in notes[:SHOWN_NOTES]:
        click.echo(f"note: {note}", err=True)
    if len(notes) > SHOWN_NOTES:
        click.echo(f"note: and {len(notes) - SHOWN_NOTES} more, see --notes", err=True)


def give(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    format_: str,
    out: Path | None,
    *,
    title: str = "",
    keys: Sequence[str] | None = None,
) -> None:
    """Rows to a file or to stdout; `keys` are the columns of CSV and files, by default all."""
    keys = list(rows[0] if rows else ()) if keys is None else keys
    if out is None:
        shown = columns if format_ == "table" else plain_columns(*keys)
        emit(rows, shown, format_, title=title, empty="no scores")
        return
    if out.suffix == ".json":
        from citygoals.core.base.disk import replacing

        with replacing(out) as partial:
            partial.write_text(as_json(rows) + "\n", encoding="utf-8")
    else:
        from citygoals.core.figures.tables import write_table

        write_table(out, rows, keys)
    click.echo(f"{out}: {len(rows)} rows", err=True)
