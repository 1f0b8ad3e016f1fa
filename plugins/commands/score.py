"""The command that scores a stored run by a profile's themes and priorities."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.model import ProfileId
from citygoals.plugins.commands._forum import load_assembly
from citygoals.plugins.commands._options import YEAR, db_option, run_option
from citygoals.plugins.commands._render import Column, format_option
from citygoals.plugins.commands._scores import (
    as_json,
    give,
    node_cells,
    order,
    out_option,
    rank_cell,
)

if TYPE_CHECKING:
    from citygoals.core.forum.forum import Forum
    from citygoals.core.results.score import Frame, Index, IndexNode, Scores
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
    from citygoals.core.results.score.themes import LEAST_COVERAGE, default_index

    assembly = load_assembly()
    assembly.need_profiles([profile, *(name for name in under if name != "all")])
    if "all" in under:
        assembly.need_all("a table of ranks under every profile's priorities")
    forum = assembly.forum
    least = LEAST_COVERAGE if least_coverage is None else least_coverage
    content = default_index(forum, profile, least_coverage=least)
    if document:
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    index, goal_scores, frame = _figures(
        db, run, years, forum, content, level if by == "area" else "city"
    )
    if under:
        _give_under(forum, index, frame, under, format_, out)
    else:
        _give_scores(forum, index, goal_scores, frame, (by, weight), format_, out)


def _figures(
    db: Path,
    run: int | None,
    years: Sequence[int],
    forum: Forum,
    content: Mapping[str, Any],
    level: str | None,
) -> tuple[Index, GoalScores, Frame]:
    from citygoals.core.results.score import index_of
    from citygoals.core.results.score.goal_scores import GoalScores
    from citygoals.core.store import Asked, open_database

    index = index_of(content, "the default index")
    profile = index.id.removesuffix("-themes")
    with open_database(db, read_only=True) as database:
        kept = [area for area in database.areas() if level in (None, area.level)]
        asked = Asked(profiles=[ProfileId(profile)], years=years)
        with database.frames(run, asked, in_order=True) as (frame, tables):
            goal_scores = GoalScores(forum, frame, tables, {area.id: area for area in kept})
    return index, goal_scores, goal_scores.frame(index)


def _give_scores(
    forum: Forum,
    index: Index,
    goal_scores: GoalScores,
    frame: Frame,
    how: tuple[str, str],
    format_: str,
    out: Path | None,
) -> None:
    from citygoals.core.results.score import score as score_all
    from citygoals.core.results.score.index import RollUp
    from citygoals.core.results.score.rollup import roll_up
    from citygoals.core.results.score.themes import priorities_of

    scores = score_all(index, frame, priorities_of(forum))
    by, weight = how
    if by == "country":
        weighed = RollUp(group="country", weight="population" if weight == "population" else None)
        scores = roll_up(scores, weighed)
    owners = frame.words["country"] if by == "country" else frame.areas
    rows = list(_rows(scores, goal_scores, owners))
    if not as_json(format_, out):
        rows = [_flat(row) for row in rows]
    give(rows, _COLUMNS, format_, out, title=str(index.title))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _one(number: float | None) -> str:
    return "" if number is None else f"{number:.1f}"


_COLUMNS = [
    Column(key="rank", header="rank", justify="right"),
    Column(key="name", header="area", style="bold"),
    Column(key="year", header="year"),
    Column(key="score", header="score", justify="right", format=_one),
    Column(key="coverage", header="coverage", justify="right", format=_percent),
    Column(key="age", header="age", justify="right", format=_one),
    Column(key="estimates", header="estimates", justify="right", format=_percent),
    Column(key="illustrative", header="illustrative", justify="right", format=_percent),
    Column(key="proxies", header="proxies", justify="right"),
    Column(key="unscored", header="unscored", justify="right"),
]


def _rows(
    scores: Scores, goal_scores: GoalScores, owners: Sequence[str | None]
) -> Iterator[dict[str, Any]]:
    """Each score with what it rests on; `owners` name the row that each row of the run goes to."""
    from citygoals.core.results.score.goal_scores import NOTHING

    root = scores.index.root
    bases = goal_scores.bases([root, *root.children], owners)
    for row in order(scores, None):
        area, year = scores.frame.areas[row], scores.frame.years[row]

        def cells(node: IndexNode, row: int = row, at: Any = (area, year)) -> dict[str, Any]:
            basis = bases.get((node.id, *at), NOTHING)
            return {**node_cells(scores, node.id, row), **asdict(basis)}

        yield {
            "area": area,
            "name": scores.frame.names[row],
            "year": year,
            **cells(root),
            "themes": {theme.theme: cells(theme) for theme in root.children},
        }


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
    frame: Frame,
    under: Sequence[str],
    format_: str,
    out: Path | None,
) -> None:
    from citygoals.core.results.score.robustness import under_priorities
    from citygoals.core.results.score.themes import priorities_of

    known = priorities_of(forum)
    wanted = list(known) if "all" in under else list(under)
    ranks = under_priorities(index, frame, known, wanted)
    rows = [
        {
            "area": area,
            "name": frame.names[row],
            "year": frame.years[row],
            **{name: rank_cell(ranked[row]) for name, ranked in ranks.items()},
        }
        for row, area in enumerate(frame.areas)
    ]
    last = len(rows) + 1
    rows.sort(key=lambda row: (row["year"], row[wanted[0]] or last, row["name"]))
    columns = [Column(key="name", header="area", style="bold"), Column(key="year", header="year")]
    columns += [Column(key=name, header=f"rank under {name}", justify="right") for name in wanted]
    give(rows, columns, format_, out, title=f"{index.title}: ranks by priorities")
