"""Commands that list what is stored: the assessments of a run, and the runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from citygoals.core.base.model import (
    Area,
    AreaId,
    Assessment,
    EngineStatus,
    GoalId,
    ProfileId,
    StatusId,
)
from citygoals.core.forum.forum import Forum
from citygoals.core.results.names import refuse_unknown
from citygoals.core.store import Asked, Run, open_database
from citygoals.plugins.commands._forum import load_assembly
from citygoals.plugins.commands._language import lang_option, titled
from citygoals.plugins.commands._options import YEAR, db_option, run_option
from citygoals.plugins.commands._render import Column, emit, fixed, format_option, plain_columns
from citygoals.plugins.commands._rows import SHOWN, assessment_row, figure, goal_figure

_COLUMNS = [
    Column(key="profile", header="under", wrap=False),
    Column(key="area_name", header="area"),
    Column(key="number", header="no.", justify="right", wrap=False),
    Column(key="goal", header="goal", wrap=False),
    Column(key="status_label", header="status", style="bold"),
    Column(key="figure", header="value (year)"),
    Column(key="age", header="age", justify="right", wrap=False),
    Column(key="aim", header="target"),
    Column(key="score", header="score", justify="right", format=fixed(1)),
    Column(key="marks", header="marks"),
]


@click.command(epilog="Example: citygoals show --area KR-sejong --profile my")
@db_option
@run_option
@click.option("--area", "areas", multiple=True, help="Keep this area.")
@click.option("--country", "countries", multiple=True, help="Keep areas of this country (KR).")
@click.option("--goal", "goals", multiple=True, help="Keep this goal.")
@click.option("--theme", "themes", multiple=True, help="Keep goals of this theme.")
@click.option("--profile", "profiles", multiple=True, help="Keep this profile.")
@click.option("--status", "statuses", multiple=True, help="Keep this status.")
@click.option("--year", "years", multiple=True, type=YEAR, help="Keep this year.")
@click.option("--decided", is_flag=True, help="Leave out no-data and not-applicable.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50_000,
    show_default=True,
    help="List so many at most.",
)
@lang_option
@format_option
def show(
    db: Path,
    run: int | None,
    areas: tuple[str, ...],
    countries: tuple[str, ...],
    goals: tuple[str, ...],
    themes: tuple[str, ...],
    profiles: tuple[str, ...],
    statuses: tuple[str, ...],
    years: tuple[int, ...],
    *,
    limit: int,
    decided: bool,
    format_: str,
) -> None:
    """List the assessments of a run."""
    assembly = load_assembly()
    forum = assembly.forum
    with open_database(db, read_only=True) as database:
        known = {area.id: area for area in database.areas()}
        asked = Asked(
            areas=[AreaId(name) for name in areas],
            countries=countries,
            goals=_goals(forum, goals, themes),
            profiles=[ProfileId(name) for name in profiles],
            statuses=[StatusId(name) for name in statuses],
            years=years,
            decided=decided,
            limit=limit + 1,
        )
        assessments = database.assessments(run, asked)
    shown = assessments[:limit]
    assembly.need_stored({*profiles, *(item.profile for item in shown)})
    wanted = {"area": areas, "country": countries, "goal": goals, "theme": themes}
    wanted |= {"profile": profiles, "status": statuses}
    for kind, names in _names(forum, {**forum.areas, **known}, shown).items():
        refuse_unknown(kind, wanted[kind], names)
    rows = [assessment_row(forum, known, item) for item in shown]
    if len(assessments) > limit:
        hint = "name areas, goals or years, or raise --limit"
        click.echo(f"note: the first {limit:,} assessments; there are more: {hint}", err=True)
    _emit(rows, format_)


def _emit(rows: Sequence[dict[str, Any]], format_: str) -> None:
    """What all rows of a table have in common stands in its title."""
    if format_ != "table":
        emit(rows, plain_columns(*SHOWN), format_)
        return
    shown = [{**row, "figure": figure(row), "aim": goal_figure(row)} for row in rows]
    same = [key for key in ("profile", "area_name") if len({row[key] for row in rows}) == 1]
    title = ", ".join(shown[0][key] for key in reversed(same)) if rows else ""
    left = [*same, *(() if any(row["number"] for row in rows) else ("number",))]
    columns = titled([column for column in _COLUMNS if column.key not in left])
    emit(shown, columns, "table", title=title, empty="no such assessments")


def _names(
    forum: Forum, areas: Mapping[AreaId, Area], assessments: Sequence[Assessment]
) -> Mapping[str, Collection[str]]:
    """What there is of each kind: in the forum, and in the run where a profile is gone since."""
    scales = forum.scales.values()
    return {
        "area": set(areas),
        "country": {area.country for area in areas.values()},
        "goal": {*forum.goals, *(item.goal for item in assessments)},
        "theme": set(forum.themes),
        "profile": {*forum.profiles, *(item.profile for item in assessments)},
        "status": {
            *(status.id for scale in scales for status in scale.statuses),
            *(status.value for status in EngineStatus),
            *(item.status for item in assessments),
        },
    }


def _goals(forum: Forum, goals: Sequence[str], themes: Sequence[str]) -> list[GoalId]:
    """The goals named, of the themes named; a name that none carries keeps nothing."""
    if not themes:
        return [GoalId(name) for name in goals]
    ours = [goal.id for goal in forum.goals.values() if goal.theme in themes]
    return [name for name in ours if not goals or name in goals] or [GoalId("")]


@click.group(invoke_without_command=True, epilog="Example: citygoals runs --db forum.db")
@db_option
@format_option
@click.pass_context
def runs(context: click.Context, db: Path, format_: str) -> None:
    """List the stored runs."""
    if context.invoked_subcommand:
        return
    with open_database(db, read_only=True) as database:
        rows = [_run_row(run) for run in database.runs()]
    emit(rows, _RUN_COLUMNS, format_, empty="no run yet; make one with `citygoals evaluate`")


@runs.command(epilog="Example: citygoals runs prune --db forum.db")
@db_option
@click.option(
    "--out",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Look in this folder too, that runs were written to.",
)
def prune(db: Path, folders: tuple[Path, ...]) -> None:
    """Remove what evaluations and imports that were cut off left behind in files."""
    with open_database(db) as database:
        removed = database.prune(folders)
    for path in removed:
        click.echo(f"removed {path}")
    click.echo(f"{len(removed)} unfinished folders removed")


_RUN_COLUMNS = [
    Column(key="run", header="run", justify="right", style="bold"),
    Column(key="finished_at", header="finished"),
    Column(key="assessments", header="assessments", justify="right"),
    *plain_columns("profiles", "engine"),
    Column(key="as_of", header="as of"),
]


def _run_row(run: Run) -> dict[str, Any]:
    return {
        "run": run.number,
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "finished_at": run.finished_at.isoformat(timespec="seconds") if run.finished_at else None,
        "as_of": run.as_of.isoformat(timespec="seconds") if run.as_of else None,
        "assessments": run.assessments,
        "profiles": [snapshot.profile for snapshot in run.snapshots],
        "engine": run.engine,
        "parameters": dict(run.parameters),
        "citygoals_version": run.citygoals_version,
        "observations_hash": run.observations_hash,
        "rules_hash": run.rules_hash,
    }
