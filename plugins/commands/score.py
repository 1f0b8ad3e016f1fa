"""The command that scores a stored run by a profile's themes and priorities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.plugins.commands._forum import load_assembly
from citygoals.plugins.commands._options import YEAR, db_option, run_option
from citygoals.plugins.commands._render import (
    Column,
    as_json,
    fixed,
    format_option,
    numbers,
    percent,
)
from citygoals.plugins.commands._scores import give, goes_as_json, out_option

if TYPE_CHECKING:
    from citygoals.core.forum.forum import Forum
    from citygoals.core.results.score import Index
    from citygoals.core.results.score.goal_scores import GoalScores


@click.command(epilog="Example: citygoals score --db forum.db --profile kr --least-coverage 0.2")
@db_option
@run_option
@click.option("--profile", default="common", show_default=True, help="Whose goals and priorities.")
@click.option("--year", "years", multiple=True, type=YEAR, help="Keep this year; default: all.")
@click.option("--level", type=click.Choice(["city", "country"]), help="Keep areas of this level.")
@click.option(
    "--by", type=click.Choice(["area", "country"]), default="area", help="Countries from cities."
)
@click.option(
    "--weight",
    type=click.Choice(["plain", "population"]),
    default="plain",
    show_default=True,
    help="How cities weigh in a country.",
)
@click.option(
    "--least-coverage",
    type=click.FloatRange(0, 1),
    help="The share of goals with a score that a rank takes.  [default: 0.5]",
)
@click.option("--under", "under", metavar="PROFILE", multiple=True, help="See below; or `all`.")
@click.option("--document", is_flag=True, help="Write the index document that is used, and stop.")
@out_option
@format_option
def score(
    db: Path,
    run: int | None,
    profile: str,
    years: tuple[int, ...],
    level: str | None,
    by: str,
    weight: str,
    least_coverage: float | None,
    under: tuple[str, ...],
    out: Path | None,
    format_: str,
    *,
    document: bool,
) -> None:
    """Score the areas of a stored run: goals by theme, themes by the profile's priorities.

    Every score says what it rests on: coverage, age of the figures, shares of estimates and of
    illustrative targets. Nothing is imputed and proxies do not count. With --under the ranks are
    shown side by side under the priorities of these profiles.
    """
    from citygoals.core.results.score import index_of
    from citygoals.core.results.score.goal_scores import goal_scores_of
    from citygoals.core.results.score.themes import LEAST_COVERAGE, default_index
    from citygoals.core.store import open_database

    assembly = load_assembly()
    assembly.need_profiles([profile, *(name for name in under if name != "all")])
    if "all" in under:
        assembly.need_all("a table of ranks under every profile's priorities")
    forum = assembly.forum
    least = LEAST_COVERAGE if least_coverage is None else least_coverage
    content = default_index(forum, profile, least_coverage=least)
    if document:
        click.echo(as_json(content))
        return
    index, kept = index_of(content, "the default index"), level if by == "area" else "city"
    with open_database(db, read_only=True) as database:
        goal_scores = goal_scores_of(forum, database, run, profile, years=years, level=kept)
    if under:
        _give_under(forum, index, goal_scores, under, format_, out)
    else:
        _give_scores(forum, index, goal_scores, (by, weight), format_, out)


def _give_scores(
    forum: Forum,
    index: Index,
    goal_scores: GoalScores,
    how: tuple[str, str],
    format_: str,
    out: Path | None,
) -> None:
    from citygoals.core.results.score import score as score_all
    from citygoals.core.results.score.goal_scores import goal_rows
    from citygoals.core.results.score.index import RollUp
    from citygoals.core.results.score.rollup import roll_up
    from citygoals.core.results.score.themes import priorities_of

    frame, (by, weight) = goal_scores.frame(index), how
    scores = score_all(index, frame, priorities_of(forum))
    if by == "country":
        weighed = RollUp(group="country", weight="population" if weight == "population" else None)
        scores = roll_up(scores, weighed)
    owners = frame.words["country"] if by == "country" else frame.areas
    rows = list(goal_rows(scores, goal_scores, owners))
    if not goes_as_json(format_, out):
        rows = [_flat(row) for row in rows]
    give(rows, _COLUMNS, format_, out, title=str(index.title))


_COLUMNS = [
    *numbers("rank"),
    Column(key="name", header="area", style="bold"),
    Column(key="year", header="year"),
    Column(key="score", header="score", justify="right", format=fixed(1)),
    Column(key="coverage", header="coverage", justify="right", format=percent),
    Column(key="age", header="age", justify="right", format=fixed(1)),
    Column(key="estimates", header="estimates", justify="right", format=percent),
    Column(key="illustrative", header="illustrative", justify="right", format=percent),
    *numbers("proxies", "unscored"),
]


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with one score, rank and coverage for each theme beside those of the index."""
    flat = {key: value for key, value in row.items() if key != "themes"}
    for theme, cells in row["themes"].items():
        flat[theme] = cells["score"]
        flat |= {f"{theme} {key}": cells[key] for key in ("rank", "coverage")}
    return flat


def _give_under(
    forum: Forum,
    index: Index,
    goal_scores: GoalScores,
    under: Sequence[str],
    format_: str,
    out: Path | None,
) -> None:
    from citygoals.core.results.score.robustness_rows import rows_under
    from citygoals.core.results.score.themes import priorities_of

    known = priorities_of(forum)
    wanted = list(known) if "all" in under else list(under)
    rows = rows_under(index, goal_scores.frame(index), known, wanted)
    columns = [Column(key="name", header="area", style="bold"), Column(key="year", header="year")]
    columns += [Column(key=name, header=f"rank under {name}", justify="right") for name in wanted]
    give(rows, columns, format_, out, title=f"{index.title}: ranks by priorities")
