"""The command that says how far ranks depend on weights, methods and single indicators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.plugins.commands._render import Column, as_text, format_option
from citygoals.plugins.commands._scores import (
    Inputs,
    as_json,
    give,
    index_inputs,
    order,
    out_option,
    plain,
    rank_cell,
    year_option,
)

if TYPE_CHECKING:
    from citygoals.core.results.score import Frame, Index
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
    index, frame, priorities = inputs.read()
    if concentration is not None:
        index = replace(index, choices=replace(index.choices, concentration=concentration))
    work = _Work(index, frame, priorities, year)
    options = {
        "ranks": lambda: work.ranks(draws, seed, vary),
        "choices": lambda: work.choices(draws, seed, vary),
        "indicators": work.indicators,
        "favourable": lambda: work.favourable(freedom),
        "priorities": work.priorities,
    }
    rows, columns = options[show]()
    if not as_json(format_, out):
        rows = [_flat(row) for row in rows]
    give(rows, columns, format_, out, title=str(index.title))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """The row with a column for each area's shift."""
    shifts = row.pop("shifts", {})
    return {**row, **{f"shift {area}": shift for area, shift in shifts.items()}}


Listing = tuple[list[dict[str, Any]], list[Column]]
_WORDS = ("area", "name", "indicator", "choice", "gains_most", "loses_most")


def _columns(*keys: str) -> list[Column]:
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


class _Work:
    """One index over one table, for every listing of the command."""

    def __init__(
        self, index: Index, frame: Frame, priorities: Priorities, year: int | None
    ) -> None:
        from citygoals.core.results.score import score

        self.index, self.frame, self._priorities = index, frame, priorities
        self.scores = score(index, frame, priorities)
        latest = max(frame.by_year, key=lambda known: -1 if known is None else known)
        self.rows = order(self.scores, latest if year is None else year)

    def _area(self, row: int) -> dict[str, Any]:
        cells: dict[str, Any] = {"area": self.frame.areas[row], "name": self.frame.names[row]}
        year = self.frame.years[row]
        return cells if year is None else {**cells, "year": year}

    def _simulated(self, draws: int, seed: int, vary: Sequence[str]) -> Any:
        from citygoals.core.results.score.robustness import simulate

        simulated = simulate(
            self.index,
            self.frame,
            draws=draws,
            seed=seed,
            vary=frozenset(vary or _VARIED),
            priorities=self._priorities,
        )
        for why in simulated.left_out:
            click.echo(f"note: left out {why}", err=True)
        return simulated

    def ranks(self, draws: int, seed: int, vary: Sequence[str]) -> Listing:
        """The intervals of ranks."""
        intervals = self._simulated(draws, seed, vary).intervals
        keys = ("nominal", "low", "median", "high", "best", "worst")
        rows = [
            {
                **self._area(row),
                **{key: rank_cell(getattr(intervals, key)[row]) for key in keys},
                "mean": plain(intervals.mean[row]),
                "draws": int(intervals.draws[row]),
            }
            for row in self.rows
        ]
        columns = _columns("name", "nominal", "low", "median", "high", "best", "worst", "mean")
        return rows, columns

    def choices(self, draws: int, seed: int, vary: Sequence[str]) -> Listing:
        """How far ranks are moved in the draws that made a choice."""
        simulated = self._simulated(draws, seed, vary)
        rows = [
            {
                "choice": effect.choice,
                "name": effect.name,
                "draws": effect.draws,
                "mean_shift": effect.shift,
            }
            for effect in simulated.effects
        ]
        return rows, _columns("choice", "name", "draws", "mean_shift")

    def indicators(self) -> Listing:
        """What happens to the ranks without each indicator."""
        from citygoals.core.results.score.robustness import leave_one_out

        leaves, shifts = leave_one_out(self.index, self.frame, self._priorities)
        rows = list(self._without(leaves, shifts))
        rows.sort(key=lambda row: -row["mean_shift"])
        keys = ("indicator", "moved", "mean_shift", "gains_most", "gain", "loses_most", "loss")
        return rows, _columns(*keys)

    def _without(self, leaves: Sequence[Any], shifts: Any) -> Iterator[dict[str, Any]]:
        for column, leaf in enumerate(leaves):
            of = {row: float(shifts[row, column]) for row in self.rows}
            known = {row: shift for row, shift in of.items() if shift == shift}
            if not known:
                continue
            up, down = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
            yield {
                "indicator": leaf.id,
                "title": str(leaf.title),
                "moved": sum(shift != 0 for shift in known.values()),
                "mean_shift": sum(map(abs, known.values())) / len(known),
                "gains_most": self.frame.names[up] if known[up] < 0 else None,
                "gain": rank_cell(-known[up]),
                "loses_most": self.frame.names[down] if known[down] > 0 else None,
                "loss": rank_cell(known[down]),
                "shifts": {self.frame.areas[row]: rank_cell(shift) for row, shift in known.items()},
            }

    def favourable(self, freedom: float | None) -> Listing:
        """The most favourable weights of each area over the children of the index."""
        import numpy as np

        from citygoals.core.results.score.favourable import favourable
        from citygoals.core.results.score.weight import weights_of

        children = self.index.root.children
        scores = [self.scores.nodes[child.id].score[self.rows] for child in children]
        stated = weights_of(self.index, self._priorities)[self.index.root.id][0]
        claims = favourable(np.column_stack(scores), stated, freedom)
        rows = [
            {
                **self._area(row),
                "stated_rank": rank_cell(self.scores.top.rank[row]),
                "best_rank": rank_cell(claims.rank[at]),
                "best_score": plain(claims.score[at]),
                **{
                    f"weight {child.id}": plain(weight)
                    for child, weight in zip(children, claims.weights[at], strict=True)
                },
            }
            for at, row in enumerate(self.rows)
        ]
        return rows, _columns("name", "stated_rank", "best_rank", "best_score")

    def priorities(self) -> Listing:
        """The ranks under the priorities of every profile."""
        from citygoals.core.results.score.robustness import under_priorities
        from citygoals.core.results.score.themes import priorities_of
        from citygoals.plugins.commands._forum import load_assembly

        known = self._priorities
        if not known:
            assembly = load_assembly()
            assembly.need_all("a table of ranks under every profile's priorities")
            known = priorities_of(assembly.forum)
        ranks = under_priorities(self.index, self.frame, known, known)
        rows = [
            {
                **self._area(row),
                "stated_rank": rank_cell(self.scores.top.rank[row]),
                **{profile: rank_cell(ranked[row]) for profile, ranked in ranks.items()},
            }
            for row in self.rows
        ]
        return rows, _columns("name", "stated_rank", *known)
