"""The command that judges areas against goals and stores the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.model import Area, ProfileId, StatusId
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.request import Request
from citygoals.core.logic.engines import DEFAULT, ENGINES, ROWS, SPARK
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.results.judged import figures_in_files
from citygoals.core.results.names import chosen_areas
from citygoals.core.store import Database, now, open_database
from citygoals.plugins.commands._forum import load_assembly, need_figures, need_known
from citygoals.plugins.commands._language import lang_option
from citygoals.plugins.commands._options import (
    YEAR,
    as_of_option,
    db_option,
    files_from_option,
    moment,
)
from citygoals.plugins.commands._render import Column, emit, format_option, numbers, plain_columns
from citygoals.plugins.commands._rows import assessment_row

if TYPE_CHECKING:
    from citygoals.core.judging.plan import Plan
    from citygoals.core.results.running import Evaluation, Figures, Recorded

MANY = 100_000
"""Assessments from which on goals that are judged one by one are named."""
LONG = 100_000
"""Assessments from which on their counts do not fit beside each other."""


@click.command(epilog="Example: citygoals evaluate --db forum.db --profile common --profile kr")
@db_option
@click.option("--profile", "profiles", multiple=True, help="Profile id; default: see below.")
@click.option("--year", "years", multiple=True, type=YEAR, help="Year; default: the latest.")
@click.option("--area", "areas", multiple=True, help="Area id; default: every area.")
@as_of_option
@click.option(
    "--observations",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Judge the figures of these Parquet files, not those of the database.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a run in Parquet files; default: beside the database, for large runs only.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=DEFAULT,
    show_default=True,
    help="Where rules run; the answers are the same.",
)
@click.option(
    "--memory",
    type=click.IntRange(min=16),
    default=1024,
    show_default=True,
    help="Megabytes for judging.",
)
@files_from_option("Keep the results in Parquet from so many assessments on.")
@lang_option
@format_option
def evaluate(
    db: Path,
    profiles: tuple[str, ...],
    years: tuple[int, ...],
    areas: tuple[str, ...],
    as_of: str | None,
    patterns: tuple[str, ...],
    out: Path | None,
    engine: str,
    memory: int,
    threshold: int,
    format_: str,
) -> None:
    """Judge every area under every named profile and store the run.

    Without --profile each area is judged under `common` and under its own country's profile.
    Without --year the latest year of any observation counts. --profile, --year and --area may be
    given several times.

    What a plugin that failed would have changed is not evaluated without it: without --profile
    every plugin is needed, with --profile those that provide the profiles or own figures.

    With --observations the areas are still those of the profiles and of the database, where the
    run is kept too. With --out, or from --files-from assessments on, the assessments go to Parquet
    files. Where they or the figures are in files, only counts are printed.
    """
    from citygoals.core.results.running import Keeping, record_run

    assembly, started = _assembly_for(profiles), now()
    wanted: dict[str, Sequence[Any]] = {"profiles": profiles, "years": years, "areas": areas}
    wanted |= {"observations": patterns} if patterns else {}
    _refuse_mixed(patterns, out, as_of, engine)
    with open_database(db, create=bool(patterns)) as database:
        evaluation = _evaluation(assembly, database, wanted, moment(as_of), engine)
        keeping = Keeping(out=out, files_from=threshold, memory=memory << 20)
        plan = _planned(evaluation)
        done = record_run(database, evaluation, plan, keeping=keeping, started=started)
        _emit(evaluation, database, done, format_)


def _evaluation(
    assembly: Assembly,
    database: Database,
    wanted: Mapping[str, Sequence[Any]],
    until: datetime | None,
    engine: str,
) -> Evaluation:
    """What is to be evaluated, by what the command was told."""
    from citygoals.core.results.running import Evaluation

    areas = chosen_areas(assembly.forum, database, wanted["areas"])
    profiles = tuple(map(ProfileId, wanted["profiles"]))
    return Evaluation(
        assembly=assembly,
        request=Request(profiles=profiles, years=tuple(wanted["years"]), engine=engine),
        areas=areas,
        figures=_figures(assembly, database, areas, wanted.get("observations", ()), until),
        as_of=until,
        parameters=wanted,
    )


def _refuse_mixed(
    patterns: Sequence[str], out: Path | None, as_of: str | None, engine: str
) -> None:
    """Raises UsageError for options that do not go together."""
    if patterns and (as_of or engine == ROWS):
        raise click.UsageError("--observations goes with neither --as-of nor --engine rows")
    if engine == SPARK and not patterns:
        raise click.UsageError("--engine spark is for --observations")
    if out and engine == ROWS:
        raise click.UsageError("--out is for columns: it does not go with --engine rows")


def _assembly_for(profiles: Sequence[str]) -> Assembly:
    """The forum, if the plugins that are needed for these profiles did not fail."""
    assembly = load_assembly()
    if profiles:
        assembly.need_profiles(profiles)
    else:
        assembly.need_all("an evaluation without --profile")
    return assembly


def _figures(
    assembly: Assembly,
    database: Database,
    areas: Iterable[Area],
    patterns: Sequence[str],
    until: datetime | None,
) -> Figures:
    """Those of the files, else of the database; what nobody knows is named on stderr."""
    if patterns:
        files = figures_in_files(assembly.forum, database, patterns)
        need_known(assembly, files)
        return files
    figures = database.stored(until, indicators=assembly.forum.indicators)
    need_figures(assembly, figures, areas)
    return figures


def _planned(evaluation: Evaluation) -> Plan:
    """The plan; which goals of many are judged one by one, and why, is said on stderr."""
    from citygoals.core.results.running import plan_of

    plan = plan_of(evaluation)
    slow = plan.one_by_one() if plan.assessments >= MANY else {}
    for goal, reason in slow.items():
        click.echo(f"note: goal {goal!r} is judged by rows, which is slower: {reason}", err=True)
    return plan


def _emit(evaluation: Evaluation, database: Database, done: Recorded, format_: str) -> None:
    """The assessments for programs; counts for people, and where files are on the way."""
    forum, by_id = evaluation.assembly.forum, {area.id: area for area in evaluation.areas}
    from_files = bool(evaluation.figures.paths) and evaluation.request.engine != ROWS
    if format_ == "table" or done.folder or from_files:
        _emit_counts(forum, done, format_)
        return
    rows = [
        {"run": done.number, **assessment_row(forum, by_id, assessment)}
        for assessment in database.assessments(done.number)
    ]
    emit(rows, plain_columns(*(rows[0] if rows else ())), format_)


def _emit_counts(forum: Forum, done: Recorded, format_: str) -> None:
    """Profiles by statuses; on a terminal statuses by profiles where the counts are long."""
    rows = [
        {"profile": profile, **counts, "all": sum(counts.values())}
        for profile, counts in done.counts.items()
    ]
    statuses = {status for counts in done.counts.values() for status in counts}
    keys = [*_ranked(forum, statuses), "all"]
    years = ", ".join(str(year) for year in sorted(done.years))
    title = f"Run {done.number}: {done.assessments:,} assessments for {years}"
    if format_ == "table" and any(row["all"] >= LONG for row in rows):
        _emit_turned(rows, keys, title)
        return
    columns = [Column(key="profile", header="profile", style="bold")]
    columns += [Column(key=key, header=key.replace("-", "\n"), justify="right") for key in keys]
    emit(rows, columns, format_, title=title)


def _emit_turned(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], title: str) -> None:
    turned = [
        {"status": key, **{row["profile"]: f"{row.get(key, 0):,}" for row in rows}} for key in keys
    ]
    status = Column(key="status", header="status", style="bold", wrap=False)
    profiles = numbers(*(row["profile"] for row in rows), wrap=False)
    emit(turned, [status, *profiles], "table", title=title)


def _ranked(forum: Forum, statuses: Iterable[StatusId]) -> list[StatusId]:
    """The best first; those of the engine last."""
    ranks = {status.id: status.rank for scale in forum.scales.values() for status in scale.statuses}
    return sorted(statuses, key=lambda status: (-ranks.get(status, -1), status))
