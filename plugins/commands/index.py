"""The command that scores a table of areas by an index document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.plugins.commands._render import Column, format_option
from citygoals.plugins.commands._scores import (
    Inputs,
    as_json,
    give,
    index_inputs,
    long_rows,
    nested_rows,
    order,
    out_option,
    plain,
    say_notes,
    score_rows,
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

    if by_weight is not None and by is None:
        raise click.UsageError("--by-weight goes with --by")
    scores = score(*inputs.read(RollUp(group=by, weight=by_weight) if by else None))
    if notes:
        _give_notes(scores, format_, out)
        return
    say_notes(scores.notes)
    if stage == "rank":
        _give_scores(scores, layout, year, format_, out)
    else:
        _give_stage(scores, stage, year, format_, out)


def _give_notes(scores: Scores, format_: str, out: Path | None) -> None:
    keys = ["stage", "node", "note"]
    rows = [{"stage": n.stage, "node": n.node, "note": n.text} for n in scores.notes]
    give(rows, [Column(key=key, header=key) for key in keys], format_, out, keys=keys)


def _give_scores(
    scores: Scores, layout: str, year: int | None, format_: str, out: Path | None
) -> None:
    if scores.index.roll_up is not None:
        from citygoals.core.results.score.rollup import roll_up

        scores = roll_up(scores, scores.index.roll_up)
    if layout == "long":
        rows = list(long_rows(scores, year))
    elif as_json(format_, out):
        rows = list(nested_rows(scores, year))
    else:
        rows = list(score_rows(scores, year))
    columns = _LONG_COLUMNS if layout == "long" else _wide_columns(scores)
    give(rows, columns, format_, out, title=str(scores.index.title))


_LONG_COLUMNS = [
    Column(key="area", header="area", style="bold"),
    Column(key="year", header="year"),
    Column(key="level", header="level"),
    Column(key="node", header="node"),
    Column(key="score", header="score", justify="right"),
    Column(key="rank", header="rank", justify="right"),
    Column(key="coverage", header="coverage", justify="right"),
    Column(key="imputed", header="imputed", justify="right"),
]


def _wide_columns(scores: Scores) -> list[Column]:
    """The index, and the level below it as far as a table has room."""
    columns = [
        Column(key="rank", header="rank", justify="right"),
        Column(key="name", header="area", style="bold"),
        Column(key="score", header="score", justify="right", format=_two),
        Column(key="coverage", header="coverage", justify="right", format=_percent),
        Column(key="imputed", header="imputed", justify="right"),
    ]
    if any(year is not None for year in scores.frame.years):
        columns.insert(2, Column(key="year", header="year"))
    below = scores.index.root.children
    if len(below) <= 8:
        columns += [
            Column(key=node.id, header=str(node.title), justify="right", format=_two)
            for node in below
        ]
    return columns


def _two(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _give_stage(
    scores: Scores, stage: str, year: int | None, format_: str, out: Path | None
) -> None:
    if stage == "weight":
        rows, keys = list(_weight_rows(scores)), _WEIGHT_KEYS
        columns = [Column(key=key, header=key) for key in keys]
        give(rows, columns, format_, out, keys=keys)
        return
    values = scores.stages.get(stage, {})
    rows = [_stage_row(scores, values, row) for row in order(scores, year)]
    keys = ["area", "name", "year", *values]
    columns = [Column(key=key, header=key) for key in keys if key != "name"]
    give(rows, columns, format_, out, title=f"after: {stage}", keys=keys)


_WEIGHT_KEYS = ["node", "title", "level", "parent", "weight", "weight_in_index"]


def _weight_rows(scores: Scores) -> Iterator[dict[str, Any]]:
    root = scores.index.root
    parents = {child.id: group.id for group in root.groups() for child in group.children}
    for depth, node in root.walk():
        yield {
            "node": node.id,
            "title": str(node.title),
            "level": scores.index.level(depth),
            "parent": parents.get(node.id),
            "weight": scores.weights[node.id],
            "weight_in_index": scores.effective[node.id],
        }


def _stage_row(scores: Scores, values: Any, row: int) -> dict[str, Any]:
    frame = scores.frame
    cells = {"area": frame.areas[row], "name": frame.names[row], "year": frame.years[row]}
    return {**cells, **{node: plain(figures[row]) for node, figures in values.items()}}
