"""The command that says why an area has its status on a goal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.entries import HOST
from citygoals.core.base.errors import UnknownName
from citygoals.core.base.model import Area, ProfileId
from citygoals.core.forum.forum import COMMON, Forum, StandingGoal
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.plugin.projections import Expected, expected
from citygoals.core.results.judged import figures_of_run, files_of
from citygoals.core.store import Database, Run, open_database
from citygoals.plugins.commands._forum import load_assembly, need_figures, need_known
from citygoals.plugins.commands._language import in_words, lang_option
from citygoals.plugins.commands._names import chosen_areas
from citygoals.plugins.commands._options import YEAR, as_of_option, db_option, moment
from citygoals.plugins.commands._rows import assessment_row, goal_number
from citygoals.plugins.commands._steps import step_lines, tree

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
    standing = _standing(forum, goal, profile)
    assembly.need_profiles([standing.profile])
    if run is not None and as_of:
        raise click.UsageError("--run is judged as of its own moment; leave out --as-of")
    with open_database(db, read_only=True) as database:
        (place,) = chosen_areas(forum, database, [area])
        figures, last = _figures(assembly, database, place, run, as_of)
        judged = year or last
        if judged is None:
            raise click.UsageError("no observations yet; import a file, or name a --year")
        explanation = explain_goal(forum, figures, standing, place, judged)
    ahead = _ahead(assembly, explanation)
    if format_ == "table":
        click.echo(_words(_heading(forum, standing, place, judged), standing, explanation, ahead))
    else:
        document = _document(forum, place, explanation)
        document["expected"] = [asdict(expectation) for expectation in ahead]
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _figures(
    assembly: Assembly, database: Database, area: Area, run: int | None, as_of: str | None
) -> tuple[Figures, int | None]:
    """Those of the database at a moment, or of a run; and the year that is judged by default."""
    from citygoals.core.judging.observations import ParquetFiles

    wanted = None if as_of else _run(database, run)
    if wanted is None:
        figures: Figures = database.stored(moment(as_of), indicators=assembly.forum.indicators)
        last = figures.latest
    else:
        figures, last = figures_of_run(assembly.forum, database, wanted)
    if isinstance(figures, ParquetFiles):
        need_known(assembly, figures)
    else:
        need_figures(assembly, figures, [area])
    return figures, last


def _run(database: Database, number: int | None) -> Run | None:
    """The run whose figures are meant, None for those of the database now."""
    if number is not None:
        return database.run(number)
    latest = next(reversed(database.runs()), None)
    if latest is None or not files_of(latest) or database.imports():
        return None
    return latest


def _ahead(assembly: Assembly, explanation: Explanation) -> list[Expected]:
    """What the methods of plugins expect of the target's year."""
    until, value_year = explanation.assessment.target_year, explanation.assessment.value_year
    if not explanation.series or until is None or value_year is None or until <= value_year:
        return []
    return list(expected(assembly.plugins, explanation.series, until))


def _standing(forum: Forum, goal: str, profile: str | None) -> StandingGoal:
    owner = next((item.profile for item in forum.goals.values() if item.id == goal), COMMON)
    standing = {item.goal.id: item for item in forum.goals_under(ProfileId(profile or owner))}
    standing_goal = next((item for name, item in standing.items() if name == goal), None)
    if standing_goal is None:
        raise UnknownName(f"goal under {profile or owner!r}", goal, standing)
    return standing_goal


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


def _expectation(expectation: Expected) -> str:
    outcome = (
        "nothing can be said"
        if expectation.value is None
        else f"{expectation.value:.6g} in {expectation.year}"
    )
    return f"by {expectation.method} ({expectation.title}): {outcome}"


def _other(other: Alternative) -> str:
    effect = f"would make it {other.status}" if other.changes else "would change nothing"
    return f"not chosen: {other.source} says {other.value:g}, which {effect}"


def _document(forum: Forum, area: Area, explanation: Explanation) -> dict[str, Any]:
    return {
        "assessment": assessment_row(forum, {area.id: area}, explanation.assessment),
        "sentences": list(explanation.sentences),
        "given": dict(explanation.given),
        "not_chosen": [
            {
                "source": other.source,
                "value": other.value,
                "status": other.status,
                "changes": other.changes,
            }
            for other in explanation.alternatives
        ],
        "trace": None if explanation.trace is None else tree(explanation.trace),
    }
