"""The command that sets goals side by side across countries or areas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from citygoals.core.compare import Cell, Comparison
from citygoals.core.compare import compare as compare_all
from citygoals.core.forum import COMMON, Forum
from citygoals.core.model import AreaId, Direction, GoalId, ProfileId
from citygoals.core.store import open_database
from citygoals.plugins.commands._forum import load_forum
from citygoals.plugins.commands._options import db_option, run_option
from citygoals.plugins.commands._render import Column, as_csv, emit, format_option
from citygoals.plugins.commands._rows import unit_label


@click.command(epilog="Example: citygoals compare --profile common --by country")
@db_option
@run_option
@click.option("--profile", default=COMMON, show_default=True, help="Whose goals and targets.")
@click.option("--by", type=click.Choice(["country", "area"]), default="country", show_default=True)
@click.option("--country", "countries", multiple=True, help="Keep areas of this country (KR).")
@click.option("--theme", "themes", multiple=True, help="Keep goals of this theme.")
@click.option("--decided", is_flag=True, help="Leave out goals that nobody is decided on.")
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
    """Set goals side by side: per country how many areas are decided, and the median value.

    A cell says `decided/areas` and the median; proxies count neither there nor as the best.
    """
    forum = load_forum()
    forum.profile(profile)
    with open_database(db, read_only=True) as database:
        said = database.assessments(run, profiles=[ProfileId(profile)])
        country = {area.id: area.country for area in database.areas()}
    kept = [item for item in said if not countries or country[item.area] in countries]
    kept = [item for item in kept if not themes or _theme(forum, item.goal) in themes]
    column_of: Mapping[AreaId, str] = country if by == "country" else {a: a for a in country}
    found = compare_all(kept, column_of.__getitem__, lambda goal: _direction(forum, goal))
    rows = [row for row in _rows(forum, found) if row["countries_decided"] or not decided]
    _emit(forum, found, rows, format_)


def _theme(forum: Forum, goal: GoalId) -> str | None:
    return forum.goals[goal].theme if goal in forum.goals else None


def _direction(forum: Forum, goal: GoalId) -> Direction:
    known = forum.goals.get(goal)
    return forum.indicators[known.indicators[0]].direction if known else Direction.NONE


def _rows(forum: Forum, found: Comparison) -> Iterator[dict[str, Any]]:
    for row in found.rows:
        goal = forum.goals.get(row.goal)
        yield {
            "goal": row.goal,
            "title": str(goal.title) if goal else row.goal,
            "theme": goal.theme if goal else None,
            "unit": unit_label(forum, goal.indicators[0]) if goal else None,
            "countries_decided": row.columns_decided,
            "median": row.median,
            "best": row.best,
            "best_area": row.best_area,
            "cells": {name: _cell(cell) for name, cell in row.cells.items()},
        }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "decided": cell.decided,
        "areas": cell.areas,
        "median": cell.median,
        "statuses": dict(cell.statuses),
    }


def _emit(forum: Forum, found: Comparison, rows: list[dict[str, Any]], format_: str) -> None:
    if format_ == "json":
        gaps = [
            {"column": gap.column, "goal": gap.goal, "measured_by": list(gap.measured_by)}
            for gap in found.gaps
        ]
        document = {"columns": list(found.columns), "goals": rows, "not_measured": gaps}
        _echo_json(document)
        return
    flat = [{**row, **{name: _words(cell) for name, cell in row["cells"].items()}} for row in rows]
    if format_ == "csv":
        keys = ["goal", "title", "theme", "unit", "median", "best", "best_area", *found.columns]
        click.echo(as_csv(flat, keys), nl=False)
        return
    columns = [Column(key="title", header="goal", style="bold"), Column(key="unit", header="unit")]
    columns += [Column(key=name, header=name, justify="right") for name in found.columns]
    columns += [
        Column(key="median", header="median", justify="right"),
        Column(key="best", header="best", justify="right"),
        Column(key="best_area", header="by"),
    ]
    emit(flat, columns, "table", empty="no such assessments")
    _emit_gaps(forum, found)


def _echo_json(document: Any) -> None:
    import json

    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _words(cell: Mapping[str, Any]) -> str:
    if cell["median"] is None:
        return f"{cell['decided']}/{cell['areas']}" if cell["decided"] else "-"
    return f"{cell['median']:.4g} ({cell['decided']}/{cell['areas']})"


def _emit_gaps(forum: Forum, found: Comparison) -> None:
    by_column: dict[str, list[str]] = {}
    for gap in found.gaps:
        goal = forum.goals.get(gap.goal)
        by_column.setdefault(gap.column, []).append(str(goal.title) if goal else gap.goal)
    for column, titles in by_column.items():
        click.echo(f"{column} does not measure what most others do: {'; '.join(titles)}")
