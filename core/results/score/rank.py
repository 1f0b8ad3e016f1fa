"""The stage that ranks: 1 is the highest score; ties share a rank as the index says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from citygoals.core.results.score.frame import Floats, Frame, Mask
from citygoals.core.results.score.index import Ranking, Ties


def rank(scores: Floats, how: Ranking, among: Mask, frame: Frame) -> Floats:
    """The ranks (rows x draws) of scores among the rows of the same year; NaN without one.

    Scores that agree to `how.decimals` are tied.
    """
    ranks = np.full_like(scores, np.nan)
    for rows in frame.by_year.values():
        part = np.round(scores[rows], how.decimals)
        missing = np.isnan(part) | ~among[rows][:, None]
        ranks[rows] = ascending(np.where(missing, np.nan, -part), how.ties)
    return ranks


def ascending(values: Floats, ties: Ties) -> Floats:
    """Ranks from 1 for the lowest, down each column; missing values have none.

    Those that are equal share the first of their places, the last, or the average; `dense` counts
    them as one.
    """
    missing = np.isnan(values)
    columns = np.where(missing, np.inf, values).T
    order = np.argsort(columns, axis=1, stable=True)
    ordered = np.take_along_axis(columns, order, axis=1)
    first = np.ones(columns.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    ranks = np.empty(columns.shape)
    shared = np.cumsum(first, axis=1) if ties == "dense" else _shared(first, _SHARES[ties])
    np.put_along_axis(ranks, order, shared, axis=1)
    return np.where(missing, np.nan, ranks.T)


_SHARES: Mapping[Ties, float] = {"min": 0.0, "average": 0.5, "max": 1.0}
"""How far between the first and the last of its places a tie ranks."""


def _shared(first: Mask, share: float) -> Floats:
    """The rank of each place in order, by columns of which the `first` of each tie is marked."""
    starts = np.flatnonzero(first)
    counts = np.diff(starts, append=first.size)
    ranks = starts % max(first.shape[1], 1) + 1 + share * (counts - 1)
    return np.repeat(ranks, counts).reshape(first.shape)
