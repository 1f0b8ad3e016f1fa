"""The command that sets goals side by side across countries or areas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.model import ProfileId
from citygoals.core.forum.forum import COMMON, Forum
from citygoals.core.results.names import refuse_unknown
from citygoals.core.store import Asked, open_database
from citygoals.plugins.commands._forum import load_assembly
from citygoals.plugins.commands._language import in_words, lang_option, titled
from citygoals.plugins.commands._options import db_option, run_option
from citygoals.plugins.commands._render import (
    GUTTER,
    Column,
    as_csv,
    as_json,
    emit,
    format_option,
    numbers,
)
from citygoals.plugins.commands._rows import unit_label

if TYPE_CHECKING:
    from citygoals.core.results.comparison import Cell, Comparison


@click.command(epilog="Example: citygoals compare --profile common --by country")
@db_option
@run_option
@click.option("--profile", default=COMMON, show_default=True, help="Whose goals and targets.")
@click.option("--by", type=click.Choice(["country", "area"]), default="country", show_default=True)
@click.option("--country", "countries", multiple=True, help="Keep areas of this country (KR).")
@click.option("--theme", "themes", multiple=True, help="Keep goals of this theme.")
@click.option("--decided", is_flag=True, help="Leave out goals that nobody is decided on.")
@lang_option
@format_option
def compare(
    db: Path,
    run: int | None,
    profile: str,
    by: str,
    countries: tuple[str, ...],
    themes: tuple[str, ...],
    *,
    decided: bool,
    format_: str,
) -> None:
    """Set goals side by side.

    First, for each goal: how many areas are decided, in how many countries, the median, the best
    and who has it. Then the median by country (or the value by area); where only proxies or no
    single value stand behind it, how many areas are decided of how many. Proxies count neither in
    a median nor as the best. Last, what a country lacks that more than half of the others have.
    """
    from citygoals.core.results.comparison import compare_run

    assembly = load_assembly()
    assembly.need_profiles([profile])
    forum = assembly.forum
    with open_database(db, read_only=True) as database:
        country = {area.id: area.country for area in database.areas()}
        refuse_unknown("country", countries, set(country.values()))
        refuse_unknown("theme", themes, forum.themes)
        column_of = country if by == "country" else {area: area for area in country}
        asked = Asked(profiles=[ProfileId(profile)], countries=countries, latest=True)
        comparison = compare_run(forum, database, run, asked, column_of, themes)
    rows = [row for row in _rows(forum, comparison) if row["columns_decided"] or not decided]
    _emit(comparison, rows, format_)


def _rows(forum: Forum, comparison: Comparison) -> Iterator[dict[str, Any]]:
    for row in comparison.rows:
        goal = forum.goals.get(row.goal)
        yield {
            "goal": row.goal,
            "title": in_words(goal.title) if goal else row.goal,
            "theme": goal.theme if goal else None,
            "unit": unit_label(forum, goal.indicators[0]) if goal else None,
            "decided": sum(cell.decided for cell in row.cells.values()),
            "areas": sum(cell.areas for cell in row.cells.values()),
            "columns_decided": row.columns_decided,
            "median": row.median,
            "best": row.best,
            "best_area": row.best_area,
            "cells": {
                name: _cell(row.cells[name]) for name in comparison.columns if name in row.cells
            },
        }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "decided": cell.decided,
        "areas": cell.areas,
        "median": cell.median,
        "statuses": dict(sorted(cell.statuses.items())),
    }


def _emit(comparison: Comparison, rows: list[dict[str, Any]], format_: str) -> None:
    if format_ == "json":
        gaps = list(map(asdict, comparison.gaps))
        document = {"columns": comparison.columns, "goals": rows, "not_measured": gaps}
        click.echo(as_json(document))
        return
    flat = [{**row, **{name: _median(cell) for name, cell in row["cells"].items()}} for row in rows]
    if format_ == "csv":
        keys = ["goal", "title", "theme", "unit", "decided", "areas", "columns_decided"]
        keys += ["median", "best", "best_area", *comparison.columns]
        click.echo(as_csv(flat, keys), nl=False)
        return
    emit(flat, titled(_SUMMARY), "table", empty="no such assessments")
    if flat:
        _emit_medians(flat, comparison.columns)
    _emit_gaps(comparison)


_GOAL = Column(key="goal", header="goal", style="bold", wrap=False)
_SUMMARY = [
    _GOAL,
    Column(key="decided", header="areas", justify="right", wrap=False),
    Column(key="columns_decided", header="in", justify="right", wrap=False),
    *numbers("median", "best", wrap=False),
    Column(key="best_area", header="by", wrap=False),
    Column(key="unit", header="unit"),
]
_EDGES = 3
"""Characters that a table of medians takes beside its columns."""


def _emit_medians(flat: list[dict[str, Any]], columns: Sequence[str]) -> None:
    """Goals by columns, in as many tables as the width of the terminal needs."""
    from shutil import get_terminal_size

    room = get_terminal_size().columns - _EDGES - max(len(row["goal"]) for row in flat)
    texts = [str(row.get(name, "")) for name in columns for row in flat]
    widest = max(map(len, [*columns, *texts]))
    at_once = max(1, room // (widest + GUTTER))
    for start in range(0, len(columns), at_once):
        shown = columns[start : start + at_once]
        medians = titled([_GOAL, *numbers(*shown, wrap=False)])
        emit(flat, medians, "table", title="" if start else "median by country")


def _median(cell: Mapping[str, Any]) -> str:
    """The median of a column's areas; only the count where a goal has no single value."""
    if cell["median"] is not None:
        return f"{cell['median']:.4g}"
    return f"{cell['decided']}/{cell['areas']}" if cell["decided"] else "-"


def _emit_gaps(comparison: Comparison) -> None:
    by_column: dict[str, list[str]] = {}
    for gap in comparison.gaps:
        by_column.setdefault(gap.column, []).append(gap.goal)
    for column, titles in by_column.items():
        click.echo(f"{column} lacks what most others can show: {', '.join(titles)}")
