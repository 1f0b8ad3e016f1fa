"""How far ranks depend on choices: Monte Carlo, leave-one-out, other countries' priorities.

The procedure is the uncertainty analysis of the OECD/JRC Handbook (2008, step 7): weights and
methods are drawn at random, every draw is ranked, and the ranks of an area are told as an interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.results.score.aggregate import NegativeValue
from citygoals.core.results.score.frame import Floats, Frame
from citygoals.core.results.score.index import Index, IndexNode
from citygoals.core.results.score.pipeline import Calculation
from citygoals.core.results.score.rank import rank
from citygoals.core.results.score.variants import VARIED, Variant, variants
from citygoals.core.results.score.weight import (
    Priorities,
    Weights,
    priority_weights,
    share,
    weights_of,
)

CELLS = 250_000
"""Rows x draws that are calculated at once: 2 MB for each array, which stay in the cache."""


class NothingToVary(CitygoalsError):  # noqa: N818
    """A robustness analysis without a choice or without an area that has a score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """The ranks of each row over all draws; NaN where a row has none.

    `low` and `high` are the ranks at 5 and 95 %, `draws` counts those with a rank.
    """

    nominal: Floats
    mean: Floats
    median: Floats
    low: Floats
    high: Floats
    best: Floats
    worst: Floats
    draws: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceEffect:
    """How far ranks are from the nominal ones, on average, in the draws that made a choice."""

    choice: str
    name: str
    draws: int
    shift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """What a Monte Carlo run found; `left_out` says which combinations had no scores and why."""

    intervals: Intervals
    effects: tuple[ChoiceEffect, ...]
    left_out: tuple[str, ...]


def simulate(
    index: Index,
    frame: Frame,
    *,
    draws: int = 10_000,
    seed: int = 1,
    vary: frozenset[str] = frozenset(VARIED),
    priorities: Priorities | None = None,
) -> Robustness:
    """Ranks over random weights and methods; the same seed gives the same ranks.

    Weights follow a Dirichlet distribution around the stated ones, methods are equally likely.
    Raises NothingToVary, and what `score` raises.
    """
    stated = weights_of(index, priorities or {})
    nominal = ranks_under(index, frame, stated)
    if np.isnan(nominal).all():
        raise NothingToVary("no area has a rank, so there is nothing to vary")
    highest = float(np.nanmax(Calculation(index, frame).run(stated)))
    possible, left_out = _possible(variants(index, vary, highest), frame, stated)
    if len(possible) == 1 and "weights" not in vary:
        raise NothingToVary(f"nothing varies; vary one of {', '.join(VARIED)}, or state choices")
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(possible), size=draws)
    ranks = np.empty((len(frame), draws), dtype=np.float32)
    for at, calculation in enumerate(possible):
        columns = np.flatnonzero(chosen == at)
        for part in np.array_split(columns, max(1, -(-columns.size * len(frame) // CELLS))):
            weights = drawn(index, stated, part.size, rng) if "weights" in vary else stated
            ranks[:, part] = _ranked(calculation, weights)
    return Robustness(
        intervals=_intervals(nominal[:, 0], ranks),
        effects=_effects(list(possible.values()), chosen, ranks, nominal),
        left_out=tuple(left_out),
    )


def ranks_under(index: Index, frame: Frame, weights: Weights) -> Floats:
    """The ranks (rows x draws) of an index under weights."""
    return _ranked(Calculation(index, frame), weights)


def _ranked(calculation: Calculation, weights: Weights) -> Floats:
    index, frame = calculation.index, calculation.frame
    return rank(calculation.run(weights), index.ranking, calculation.among, frame)


def drawn(index: Index, stated: Weights, draws: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Weights of every group: Dirichlet with the stated shares x concentration; 0 stays 0."""
    weights_by_group = {}
    for group in index.root.groups():
        mean = stated[group.id][0]
        counts = mean > 0
        weights = np.zeros((draws, mean.size))
        weights[:, counts] = rng.dirichlet(mean[counts] * index.choices.concentration, size=draws)
        weights_by_group[group.id] = weights
    return weights_by_group


def _possible(
    wanted: Sequence[Variant], frame: Frame, stated: Weights
) -> tuple[dict[Calculation, Variant], list[str]]:
    """The variants that have scores, made ready, and why the others have none."""
    possible, left_out = {}, []
    for variant in wanted:
        calculation = Calculation(variant.index, frame)
        try:
            scores = calculation.run(stated)
        except NegativeValue as error:
            left_out.append(f"{variant.name}: {error}")
            continue
        if np.isnan(scores).all():
            left_out.append(f"{variant.name}: no area has a score")
        else:
            possible[calculation] = variant
    return possible, left_out


def _intervals(nominal: Floats, ranks: NDArray[np.float32]) -> Intervals:
    """Quantiles are ranks that were drawn (the lower of two), never values between them."""
    ranked = ~np.isnan(nominal) & ~np.isnan(ranks).all(axis=1)
    known = ranks[ranked]

    def spread(values: NDArray[np.floating]) -> Floats:
        full = np.full(nominal.shape, np.nan)
        full[ranked] = values
        return full

    quantiles = _quantiles(known)
    return Intervals(
        nominal=nominal,
        mean=spread(np.nanmean(known, axis=1, dtype=np.float64)),
        median=spread(quantiles[1]),
        low=spread(quantiles[0]),
        high=spread(quantiles[2]),
        best=spread(np.nanmin(known, axis=1)),
        worst=spread(np.nanmax(known, axis=1)),
        draws=(~np.isnan(ranks)).sum(axis=1),
    )


def _quantiles(ranks: NDArray[np.float32]) -> NDArray[np.float32]:
    levels = [0.05, 0.5, 0.95]
    if np.isnan(ranks).any():
        return np.asarray(np.nanquantile(ranks, levels, axis=1, method="inverted_cdf"))
    return np.asarray(np.quantile(ranks, levels, axis=1, method="inverted_cdf"))


def _effects(
    possible: Sequence[Variant],
    chosen: NDArray[np.int64],
    ranks: NDArray[np.float32],
    nominal: Floats,
) -> tuple[ChoiceEffect, ...]:
    ranked = ~np.isnan(nominal[:, 0])
    shift = np.nanmean(np.abs(ranks[ranked] - nominal[ranked]), axis=0)
    effects = []
    for choice in VARIED[1:]:
        names = [getattr(variant, choice) for variant in possible]
        for name in dict.fromkeys(names):
            drawn_so = np.isin(chosen, [at for at, other in enumerate(names) if other == name])
            if len(set(names)) > 1 and drawn_so.any():
                effects.append(
                    ChoiceEffect(
                        choice=choice,
                        name=name,
                        draws=int(drawn_so.sum()),
                        shift=float(shift[drawn_so].mean()),
                    )
                )
    return tuple(effects)


def leave_one_out(
    index: Index, frame: Frame, priorities: Priorities | None = None
) -> tuple[list[IndexNode], Floats]:
    """The indicators, and by how many ranks each row falls without each: rows x indicators.

    A negative shift is a rise; NaN where a row has a rank only with or only without it.
    """
    stated = weights_of(index, priorities or {})
    leaves = index.root.leaves()
    weights = {group.id: _without(group, stated[group.id], leaves) for group in index.root.groups()}
    return leaves, ranks_under(index, frame, weights) - ranks_under(index, frame, stated)


def _without(group: IndexNode, stated: Floats, leaves: Sequence[IndexNode]) -> Floats:
    """The group's weights with one indicator out in each row, its weight left to its siblings."""
    weights = np.repeat(stated, len(leaves), axis=0)
    for row, leaf in enumerate(leaves):
        for column, child in enumerate(group.children):
            if child.leaves() == [leaf]:
                weights[row, column] = 0.0
    return share(weights)


def under_priorities(
    index: Index, frame: Frame, priorities: Priorities, profiles: Iterable[str]
) -> dict[str, Floats]:
    """The ranks of every row, the children of the index weighed by each profile in turn.

    Raises UnknownName for a profile without priorities, WeightsDoNotCover.
    """
    stated = weights_of(index, priorities)
    ranks = {}
    for profile in profiles:
        root = priority_weights(index.root, profile, priorities)
        weights = {**stated, index.root.id: share(np.array([root], dtype=np.float64))}
        ranks[profile] = ranks_under(index, frame, weights)[:, 0]
    return ranks
