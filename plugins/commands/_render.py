"""How commands show rows: a table on a terminal, JSON or CSV for programs, a bar while waiting."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

PATIENCE = 2.0
"""Seconds without a word after which a progress bar shows."""

STRIDE = 64
"""Items between two steps of the bar."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that would steer a terminal; text from files must not."""

LONG_WORD = 10
"""Characters of a word beyond which a table may break it."""

GUTTER = 2
"""Characters between two columns of a table."""

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
        _print(rows, columns, title)
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


def _print(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], title: str) -> None:
    """A table as wide as the terminal (80 columns elsewhere), coloured only there.

    Where it would break words, each row is a block of lines instead.
    """
    from rich.console import Console

    console = Console(highlight=False)
    texts = [[_text(row, column) for column in columns] for row in rows]
    widths = _widths(columns, texts, console.width - GUTTER * len(columns) - 1)
    if widths:
        console.print(_table(rows, columns, texts, widths, title))
    else:
        _print_blocks(console, rows, columns, texts, title)


def _text(row: Mapping[str, Any], column: Column) -> str:
    return CONTROL.sub("\ufffd", column.format(row.get(column.key)))


def _widths(columns: Sequence[Column], texts: Sequence[Sequence[str]], total: int) -> Sequence[int]:
    """The columns' widths with words whole, those of more than LONG_WORD aside; none if too wide.

    What is left over goes to the columns that wrap, in equal parts as far as they need it.
    """
    from rich.cells import cell_len

    least, most = [], []
    for column, cells in zip(columns, zip(*texts, strict=True), strict=True):
        said = {column.header, *cells}
        words = said if not column.wrap else {word for text in said for word in text.split()}
        longest = max(map(cell_len, words), default=0)
        least.append(min(longest, LONG_WORD) if column.wrap else longest)
        most.append(max(map(cell_len, said)))
    spare = total - sum(least)
    if spare < 0:
        return []
    waiting = sorted(range(len(columns)), key=lambda index: most[index] - least[index])
    for place, index in enumerate(waiting):
        more = min(most[index] - least[index], spare // (len(waiting) - place))
        least[index] += more
        spare -= more
    return least


def _style(row: Mapping[str, Any], column: Column) -> str:
    return column.style(row.get(column.key)) if callable(column.style) else column.style


def _table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    texts: Sequence[Sequence[str]],
    widths: Sequence[int],
    title: str,
) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, GUTTER - 1, 0, 0),
        title=title or None,
        title_justify="left",
        pad_edge=False,
    )
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column.header, justify=column.justify, overflow="fold", width=width)
    for row, cells in zip(rows, texts, strict=True):
        styles = [_style(row, column) for column in columns]
        table.add_row(*map(Text, cells, styles))
    return table


def _print_blocks(
    console: Console,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    texts: Sequence[Sequence[str]],
    title: str,
) -> None:
    """A line for each cell that says something, a blank line after each row."""
    from rich.text import Text

    margin = max(len(column.header) for column in columns) + 3
    block = Text(f"{title}\n\n" if title else "")
    for row, cells in zip(rows, texts, strict=True):
        for column, cell in zip(columns, cells, strict=True):
            if cell:
                block.append(f" {column.header:<{margin - 1}}")
                lines = wrap(cell, max(console.width - margin, LONG_WORD))
                block.append(f"\n{'':{margin}}".join(lines), _style(row, column))
                block.append("\n")
        block.append("\n")
    console.print(block, soft_wrap=True, end="")


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
