"""The stage that ranks: 1 is the highest score; ties share a rank as the index says."""

from __future__ import annotations

import numpy as np

from citygoals.core.results.score.frame import Floats, Frame, Mask
from citygoals.core.results.score.index import Ranking


def rank(scores: Floats, how: Ranking, among: Mask, frame: Frame) -> Floats:
    """The ranks (rows x draws) of scores among the rows of the same year; NaN without one.

    Scores that agree to `how.decimals` are tied.
    """
    from scipy.stats import rankdata

    ranks = np.full_like(scores, np.nan)
    for rows in frame.by_year.values():
        part = np.round(scores[rows], how.decimals)
        missing = np.isnan(part) | ~among[rows][:, None]
        found = rankdata(np.where(missing, np.inf, -part), method=how.ties, axis=0)
        ranks[rows] = np.where(missing, np.nan, found)
    return ranks
