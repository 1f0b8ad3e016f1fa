"""The command that says why an area has its status on a goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.entries import HOST
from citygoals.core.base.model import Area
from citygoals.core.forum.forum import Forum, StandingGoal
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.plugin.projections import Expected, expected
from citygoals.core.results.judged import figures_of_run, run_to_explain
from citygoals.core.results.names import chosen_areas, standing_goal
from citygoals.core.store import Database, open_database
from citygoals.plugins.commands._forum import load_assembly, need_figures, need_known
from citygoals.plugins.commands._language import in_words, lang_option
from citygoals.plugins.commands._options import YEAR, as_of_option, db_option, moment
from citygoals.plugins.commands._render import as_json
from citygoals.plugins.commands._rows import assessment_row, goal_number
from citygoals.plugins.commands._steps import step_lines

if TYPE_CHECKING:
    from citygoals.core.judging.explain import Alternative, Explanation
    from citygoals.core.results.running import Figures


@click.command(epilog="Example: citygoals explain KR-seoul pm2-5 --profile kr")
@click.argument("area")
@click.argument("goal")
@db_option
@click.option("--run", type=int, help="Judge on the figures that this run judged.")
@click.option("--profile", default=None, help="Whose targets; default: the goal's own profile.")
@click.option("--year", type=YEAR, help="The year; default: the latest.")
@as_of_option
@lang_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Words for people, JSON for programs.",
)
def explain(
    area: str,
    goal: str,
    db: Path,
    run: int | None,
    profile: str | None,
    year: int | None,
    as_of: str | None,
    format_: str,
) -> None:
    """Say why AREA has its status on GOAL: figures, target, the rule step by step.

    The goal is judged afresh on the figures of the database, as `evaluate` would; with --run on
    those that the run judged, of its files too, as long as they are as they were. A database
    without figures of its own, whose latest run judged files, is explained from these.
    """
    from citygoals.core.judging.explain import explain as explain_goal

    assembly = load_assembly()
    forum = assembly.forum
    assembly.need_profiles([profile] if profile else [])
    standing = standing_goal(forum, goal, profile)
    assembly.need_profiles([standing.profile])
    if run is not None and as_of:
        raise click.UsageError("--run is judged as of its own moment; leave out --as-of")
    with open_database(db, read_only=True) as database:
        (place,) = chosen_areas(forum, database, [area])
        figures, last = _figures(assembly, database, place, run, as_of)
        judged = year or last or figures.latest
        if judged is None:
            raise click.UsageError("no observations yet; import a file, or name a --year")
        explanation = explain_goal(forum, figures, standing, place, judged)
    ahead = _ahead(assembly, explanation)
    if format_ == "table":
        click.echo(_words(_heading(forum, standing, place, judged), standing, explanation, ahead))
    else:
        click.echo(as_json(_document(forum, place, explanation, ahead)))


def _figures(
    assembly: Assembly, database: Database, area: Area, run: int | None, as_of: str | None
) -> tuple[Figures, int | None]:
    """What the goal is judged on, and the last year that a run judged."""
    from citygoals.core.judging.observations import ParquetFiles

    meant = None if as_of else run_to_explain(database, run)
    if meant is None:
        stored = database.stored(moment(as_of), indicators=assembly.forum.indicators)
        need_figures(assembly, stored, [area])
        return stored, None
    figures, last = figures_of_run(assembly.forum, database, meant)
    if isinstance(figures, ParquetFiles):
        need_known(assembly, figures)
    else:
        need_figures(assembly, figures, [area])
    return figures, last


def _ahead(assembly: Assembly, explanation: Explanation) -> list[Expected]:
    """What the methods of plugins expect of the target's year."""
    until, value_year = explanation.assessment.target_year, explanation.assessment.value_year
    if not explanation.series or until is None or value_year is None or until <= value_year:
        return []
    return list(expected(assembly.plugins, explanation.series, until))


def _heading(forum: Forum, standing: StandingGoal, area: Area, year: int) -> str:
    number = goal_number(forum, standing.profile, standing.goal)
    title = in_words(standing.goal.title) + (f" (no. {number})" if number else "")
    return f"{title}: {in_words(area.name)}, {year}, under {standing.profile}"


def _words(
    heading: str, standing: StandingGoal, explanation: Explanation, ahead: Sequence[Expected]
) -> str:
    lines = [
        heading,
        *(f"  {line}" for line in explanation.sentences),
        *(
            f"  {_expectation(expectation)}"
            for expectation in ahead
            if expectation.origin.distribution != HOST
        ),
        *(f"  {_other(other)}" for other in explanation.alternatives),
    ]
    if explanation.trace is not None:
        lines += ["", f"rule {standing.goal.rule}:"]
        lines += step_lines(explanation.trace, indent=2)
    return "\n".join(lines)


def _expectation(ahead: Expected) -> str:
    outcome = "nothing can be said"
    if ahead.value is not None:
        outcome = f"{ahead.value:.6g} in {ahead.year}"
    return f"by {ahead.method} ({ahead.title}): {outcome}"


def _other(other: Alternative) -> str:
    effect = f"would make it {other.status}" if other.changes else "would change nothing"
    return f"not chosen: {other.source} says {other.value:g}, which {effect}"


def _document(
    forum: Forum, area: Area, explanation: Explanation, ahead: Sequence[Expected]
) -> dict[str, Any]:
    return {
        "assessment": assessment_row(forum, {area.id: area}, explanation.assessment),
        "sentences": list(explanation.sentences),
        "given": dict(explanation.given),
        "not_chosen": list(map(asdict, explanation.alternatives)),
        "trace": None if explanation.trace is None else asdict(explanation.trace),
        "expected": list(map(asdict, ahead)),
    }
