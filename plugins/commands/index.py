"""The command that scores a table of areas by an index document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.plugins.commands._render import (
    Column,
    fixed,
    format_option,
    numbers,
    percent,
    plain_columns,
)
from citygoals.plugins.commands._scores import (
    Inputs,
    give,
    goes_as_json,
    index_inputs,
    out_option,
    say_notes,
    year_option,
)

if TYPE_CHECKING:
    from citygoals.core.results.score import Scores

_STAGES = ("denominate", "impute", "treat", "normalise", "weight", "aggregate", "rank")


@click.command(epilog="Example: citygoals index INDEX.json cities.csv --out scores.xlsx")
@index_inputs
@click.option(
    "--stage",
    type=click.Choice(_STAGES),
    default="rank",
    show_default=True,
    help="Show the values after this stage.",
)
@click.option(
    "--layout",
    type=click.Choice(["wide", "long"]),
    default="wide",
    show_default=True,
    help="One row for each area, or one for each area and node.",
)
@click.option("--by", metavar="COLUMN", help="Roll areas up to the groups that this column names.")
@click.option("--by-weight", metavar="COLUMN", help="Weigh areas by this column when rolling up.")
@click.option("--notes", is_flag=True, help="List everything that was imputed, treated, left out.")
@year_option
@out_option
@format_option
def index(
    inputs: Inputs,
    stage: str,
    layout: str,
    by: str | None,
    by_weight: str | None,
    year: int | None,
    out: Path | None,
    format_: str,
    *,
    notes: bool,
) -> None:
    """Score the areas of TABLE by the index that INDEX.json describes.

    TABLE is CSV, Parquet or Excel: one row for each area (and year) with a column for each
    indicator, or one row for each area, indicator (and year) with its value. Shows the scores,
    ranks and coverage of every level; what was imputed, treated or left out is said on stderr.
    """
    from citygoals.core.results.score import score
    from citygoals.core.results.score.index import RollUp
    from citygoals.core.results.score.rows import weight_rows

    if by_weight is not None and by is None:
        raise click.UsageError("--by-weight goes with --by")
    scores = score(*inputs.read(RollUp(group=by, weight=by_weight) if by else None))
    if notes:
        told = [{"stage": n.stage, "node": n.node, "note": n.text} for n in scores.notes]
        _give_plainly(told, ["stage", "node", "note"], format_, out)
        return
    say_notes(scores.notes)
    if stage == "rank":
        _give_scores(scores, layout, year, format_, out)
    elif stage == "weight":
        _give_plainly(list(weight_rows(scores)), _WEIGHT_KEYS, format_, out)
    else:
        _give_stage(scores, stage, year, format_, out)


_WEIGHT_KEYS = ["node", "title", "level", "parent", "weight", "weight_in_index"]


def _give_plainly(
    rows: Sequence[Mapping[str, Any]], keys: Sequence[str], format_: str, out: Path | None
) -> None:
    give(rows, plain_columns(*keys), format_, out, keys=keys)


def _give_scores(
    scores: Scores, layout: str, year: int | None, format_: str, out: Path | None
) -> None:
    from citygoals.core.results.score.rollup import roll_up
    from citygoals.core.results.score.rows import long_rows, nested_rows, score_rows

    if scores.index.roll_up is not None:
        scores = roll_up(scores, scores.index.roll_up)
    columns = _LONG_COLUMNS if layout == "long" else _wide_columns(scores)
    if layout == "long":
        rows = long_rows(scores, year)
    elif goes_as_json(format_, out):
        rows = nested_rows(scores, year)
    else:
        rows = score_rows(scores, year)
    give(list(rows), columns, format_, out, title=str(scores.index.title))


_LONG_COLUMNS = [
    Column(key="area", header="area", style="bold"),
    *plain_columns("year", "level", "node"),
    *numbers("score", "rank", "coverage", "imputed"),
]


def _wide_columns(scores: Scores) -> list[Column]:
    """The index, and the level below it as far as a table has room."""
    columns = [
        *numbers("rank"),
        Column(key="name", header="area", style="bold"),
        Column(key="score", header="score", justify="right", format=fixed(2)),
        Column(key="coverage", header="coverage", justify="right", format=percent),
        *numbers("imputed"),
    ]
    if any(year is not None for year in scores.frame.years):
        columns.insert(2, Column(key="year", header="year"))
    below = scores.index.root.children
    if len(below) <= 8:
        columns += [
            Column(key=node.id, header=str(node.title), justify="right", format=fixed(2))
            for node in below
        ]
    return columns


def _give_stage(
    scores: Scores, stage: str, year: int | None, format_: str, out: Path | None
) -> None:
    from citygoals.core.results.score.rows import stage_rows

    rows = list(stage_rows(scores, stage, year))
    keys = ["area", "name", "year", *scores.stages.get(stage, ())]
    columns = plain_columns(*(key for key in keys if key != "name"))
    give(rows, columns, format_, out, title=f"after: {stage}", keys=keys)
