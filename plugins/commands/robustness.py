"""The command that says how far ranks depend on weights, methods and single indicators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.plugins.commands._render import Column, as_text, format_option
from citygoals.plugins.commands._scores import (
    Inputs,
    give,
    goes_as_json,
    index_inputs,
    out_option,
    year_option,
)

if TYPE_CHECKING:
    from citygoals.core.results.score import Frame, Index
    from citygoals.core.results.score.robustness import Robustness
    from citygoals.core.results.score.weight import Priorities

_VARIED = ("weights", "normalise", "aggregate", "impute")


@click.command(epilog="Example: citygoals robustness INDEX.json cities.csv --draws 10000 --seed 1")
@index_inputs
@click.option(
    "--show",
    type=click.Choice(["ranks", "choices", "indicators", "favourable", "priorities"]),
    default="ranks",
    show_default=True,
    help="Intervals of ranks; or what else moves them, see below.",
)
@click.option(
    "--draws",
    type=click.IntRange(1, 1_000_000),
    default=10_000,
    show_default=True,
    help="How many times to draw.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the draws.")
@click.option(
    "--vary",
    type=click.Choice(_VARIED),
    multiple=True,
    help="What is drawn; may be repeated.  [default: all four]",
)
@click.option(
    "--concentration",
    type=click.FloatRange(0, min_open=True),
    help="The higher, the closer the weights stay to the stated ones.  [default: 100]",
)
@click.option(
    "--freedom",
    type=click.FloatRange(0, 1),
    help="For favourable weights: by what share each may leave its stated weight; default: any.",
)
@year_option
@out_option
@format_option
def robustness(
    inputs: Inputs,
    show: str,
    draws: int,
    seed: int,
    vary: tuple[str, ...],
    concentration: float | None,
    freedom: float | None,
    year: int | None,
    out: Path | None,
    format_: str,
) -> None:
    """Say how far the ranks of an index depend on the choices in it.

    ranks: the rank of each area as an interval over random draws. choices: how far each choice
    moves ranks. indicators: what happens without each indicator. favourable: the weights that suit
    an area best (benefit of the doubt). priorities: ranks under every profile's priorities. Of a
    panel the latest year counts, or the one of --year.
    """
    from citygoals.core.results.score.robustness_rows import RobustnessRows

    index, frame, priorities = inputs.read()
    if concentration is not None:
        index = replace(index, choices=replace(index.choices, concentration=concentration))
    work, keys = RobustnessRows(index, frame, priorities, year), _KEYS[show]
    rows: Iterable[dict[str, Any]]
    if show in ("ranks", "choices"):
        robust = _simulated(index, frame, priorities, draws, seed, vary)
        rows = work.ranks(robust.intervals) if show == "ranks" else work.choices(robust.effects)
    elif show == "indicators":
        rows = work.indicators()
    elif show == "favourable":
        rows = work.favourable(freedom)
    else:
        known = priorities or _all_priorities()
        rows, keys = work.priorities(known), (*keys, *known)
    if not goes_as_json(format_, out):
        rows = map(_flat, rows)
    give(list(rows), _columns(keys), format_, out, title=str(index.title))


_KEYS = {
    "ranks": ("name", "nominal", "low", "median", "high", "best", "worst", "mean"),
    "choices": ("choice", "name", "draws", "mean_shift"),
    "indicators": (
        *("indicator", "moved", "mean_shift", "gains_most", "gain", "loses_most", "loss"),
    ),
    "favourable": ("name", "stated_rank", "best_rank", "best_score"),
    "priorities": ("name", "stated_rank"),
}
_WORDS = ("name", "indicator", "choice", "gains_most", "loses_most")


def _columns(keys: Iterable[str]) -> list[Column]:
    return [
        Column(
            key=key,
            header=key.replace("_", " "),
            justify="left" if key in _WORDS else "right",
            format=_short if key.startswith(("mean", "best_score")) else as_text,
        )
        for key in keys
    ]


def _short(number: float | None) -> str:
    return "" if number is None else f"{number:.3g}"


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """The row with a column for each area's shift."""
    shifts = row.pop("shifts", {})
    return {**row, **{f"shift {area}": shift for area, shift in shifts.items()}}


def _simulated(
    index: Index, frame: Frame, priorities: Priorities, draws: int, seed: int, vary: Sequence[str]
) -> Robustness:
    """The Monte Carlo run; what had no scores in it is said on stderr."""
    from citygoals.core.results.score.robustness import simulate

    varied = frozenset(vary or _VARIED)
    robust = simulate(index, frame, draws=draws, seed=seed, vary=varied, priorities=priorities)
    for why in robust.left_out:
        click.echo(f"note: left out {why}", err=True)
    return robust


def _all_priorities() -> Priorities:
    from citygoals.core.results.score.themes import priorities_of
    from citygoals.plugins.commands._forum import load_assembly

    assembly = load_assembly()
    assembly.need_all("a table of ranks under every profile's priorities")
    return priorities_of(assembly.forum)
