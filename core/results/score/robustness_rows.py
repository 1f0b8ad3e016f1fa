"""What robustness says of an index, as rows: of areas, choices, indicators and profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from citygoals.core.results.score.favourable import favourable
from citygoals.core.results.score.frame import Floats, Frame
from citygoals.core.results.score.index import Index, IndexNode
from citygoals.core.results.score.pipeline import score
from citygoals.core.results.score.robustness import (
    ChoiceEffect,
    Intervals,
    leave_one_out,
    under_priorities,
)
from citygoals.core.results.score.rows import (
    Row,
    dated_cells,
    order,
    place_cells,
    plain,
    rank_cell,
)
from citygoals.core.results.score.weight import Priorities, weights_of

INTERVAL = ("nominal", "low", "median", "high", "best", "worst")
"""The ranks that an interval is told by."""


class RobustnessRows:
    """The rows about one index over one table, of the areas in a year; by default the latest.

    Raises NoSuchYear, and what `score` raises.
    """

    def __init__(
        self, index: Index, frame: Frame, priorities: Priorities, year: int | None
    ) -> None:
        self.index, self.frame, self._priorities = index, frame, priorities
        self.scores = score(index, frame, priorities)
        self.rows = order(self.scores, list(frame.by_year)[-1] if year is None else year)

    def ranks(self, intervals: Intervals) -> Iterator[Row]:
        """The intervals of ranks."""
        for row in self.rows:
            yield {
                **dated_cells(self.frame, row),
                **{key: rank_cell(getattr(intervals, key)[row]) for key in INTERVAL},
                "mean": plain(intervals.mean[row]),
                "draws": int(intervals.draws[row]),
            }

    def choices(self, effects: Iterable[ChoiceEffect]) -> Iterator[Row]:
        """How far ranks are moved in the draws that made a choice."""
        for effect in effects:
            made = {"choice": effect.choice, "name": effect.name}
            yield {**made, "draws": effect.draws, "mean_shift": effect.shift}

    def indicators(self) -> list[Row]:
        """What happens to the ranks without each indicator, the greatest change first."""
        leaves, shifts = leave_one_out(self.index, self.frame, self._priorities)
        rows = [self._without(leaf, shifts[:, at]) for at, leaf in enumerate(leaves)]
        return sorted((row for row in rows if row), key=lambda row: -row["mean_shift"])

    def _without(self, leaf: IndexNode, shifts: Floats) -> Row:
        """What happens without an indicator; nothing where no area has a rank."""
        known = {row: float(shifts[row]) for row in self.rows if not np.isnan(shifts[row])}
        if not known:
            return {}
        up, down = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
        return {
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

    def favourable(self, freedom: float | None) -> Iterator[Row]:
        """The most favourable weights of each area over the children of the index.

        Raises NoBenefitOfTheDoubt, SolverUnavailable.
        """
        names = [child.id for child in self.index.root.children]
        values = [self.scores.nodes[name].score[self.rows] for name in names]
        stated = weights_of(self.index, self._priorities)[self.index.root.id][0]
        claims = favourable(np.column_stack(values), stated, freedom)
        for at, row in enumerate(self.rows):
            weights = zip(names, claims.weights[at], strict=True)
            yield {
                **self._stated(row),
                "best_rank": rank_cell(claims.rank[at]),
                "best_score": plain(claims.score[at]),
                **{f"weight {name}": plain(weight) for name, weight in weights},
            }

    def priorities(self, priorities: Priorities) -> Iterator[Row]:
        """The ranks under the priorities of every profile."""
        ranks = under_priorities(self.index, self.frame, priorities, priorities)
        for row in self.rows:
            yield self._stated(row) | {name: rank_cell(of[row]) for name, of in ranks.items()}

    def _stated(self, row: int) -> Row:
        rank = rank_cell(self.scores.top.rank[row])
        return {**dated_cells(self.frame, row), "stated_rank": rank}


def rows_under(
    index: Index, frame: Frame, priorities: Priorities, profiles: list[str]
) -> list[Row]:
    """The ranks of all areas and years under each profile's priorities, best by the first one.

    Raises UnknownName for a profile without priorities, WeightsDoNotCover.
    """
    ranks = under_priorities(index, frame, priorities, profiles)
    rows = [
        place_cells(frame, row) | {name: rank_cell(of[row]) for name, of in ranks.items()}
        for row in range(len(frame))
    ]
    last = len(rows) + 1
    return sorted(rows, key=lambda row: (row["year"], row[profiles[0]] or last, row["name"]))
