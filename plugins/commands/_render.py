"""How commands show rows: a table on a terminal, JSON or CSV for programs, a bar while waiting."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

PATIENCE = 2.0
"""Seconds without a word after which a progress bar shows."""

STRIDE = 64
"""Items between two steps of the bar."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that would steer a terminal; text from files must not."""

T = TypeVar("T")


def as_text(value: Any) -> str:
    """The value as a person reads it: nothing for None, yes and no, numbers without noise."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(as_text, value))
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:.6g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a listing: the row's key, its heading, how a cell is styled and written.

    A column that does not `wrap` keeps its width, so that ids can be read and copied.
    """

    key: str
    header: str
    style: str | Callable[[Any], str] = ""
    justify: Literal["left", "right", "center"] = "left"
    wrap: bool = True
    format: Callable[[Any], str] = as_text


def fixed(decimals: int) -> Callable[[float | None], str]:
    """How a number is written with so many decimals; None is nothing."""
    return lambda number: "" if number is None else f"{number:.{decimals}f}"


def percent(share: float | None) -> str:
    """A share as whole percents; None is nothing."""
    return "" if share is None else f"{share:.0%}"


def plain_columns(*keys: str) -> list[Column]:
    """A column for each key, which heads it."""
    return [Column(key=key, header=key) for key in keys]


def numbers(*keys: str, wrap: bool = True) -> list[Column]:
    """A column of numbers for each key, which heads it."""
    return [Column(key=key, header=key, justify="right", wrap=wrap) for key in keys]


def needed(
    columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], rare: Collection[str]
) -> list[Column]:
    """The columns without those of the rare keys that say nothing in any row."""
    bare = {key for key in rare if not any(row.get(key) for row in rows)}
    return [column for column in columns if column.key not in bare]


format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="A table for people; JSON or CSV for programs.",
)


def emit(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    format: str,  # noqa: A002
    *,
    title: str = "",
    empty: str = "nothing to list",
) -> None:
    """Write the rows on stdout. JSON has each row whole; a table and CSV have the columns named."""
    if format == "json":
        click.echo(as_json(rows))
    elif format == "csv":
        click.echo(as_csv(rows, [column.key for column in columns]), nl=False)
    elif rows:
        print_table(_table(rows, columns, title))
    else:
        click.echo(empty)


def as_json(document: Any) -> str:
    """JSON text, indented, in UTF-8."""
    return json.dumps(document, ensure_ascii=False, indent=2)


def as_csv(rows: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """CSV text with a header; None is an empty cell, numbers keep every digit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([_plain(row.get(key)) for key in keys] for row in rows)
    return text.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def print_table(table: Table) -> None:
    """Print on stdout, as wide as the terminal (80 columns elsewhere), coloured only there."""
    from rich.console import Console

    Console(highlight=False).print(table)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], title: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for column in columns:
        header = column.header if column.wrap else Text(column.header, no_wrap=True)
        table.add_column(header, justify=column.justify, overflow="fold", no_wrap=not column.wrap)
    for row in rows:
        table.add_row(*(_cell(row.get(column.key), column) for column in columns))
    return table


def _cell(value: Any, column: Column) -> Any:
    from rich.text import Text

    style = column.style(value) if callable(column.style) else column.style
    return Text(CONTROL.sub("\ufffd", column.format(value)), style=style)


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """The items as they come; past two seconds a bar shows on stderr, if that is a terminal."""
    start, bar = monotonic(), None
    try:
        for done, item in enumerate(items):
            if bar is None and monotonic() - start > PATIENCE:
                bar = _bar(label, total, done)
            yield item
            if bar is not None and done % STRIDE == 0:
                bar.update(bar.task_ids[0], completed=done)
    finally:
        if bar is not None:
            bar.stop()


def _bar(label: str, total: int | None, done: int) -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    bar.add_task(label, total=total, completed=done)
    bar.start()
    return bar
