"""The most favourable weights that an area can claim: benefit of the doubt (OECD/JRC Handbook).

For each area the weights are sought under which its weighted sum comes closest to the best one, all
areas being weighed alike: max w·x_a with w·x_b <= 1 for every area b and w >= 0, solved by HiGHS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.results.score.frame import Floats


class NoBenefitOfTheDoubt(CitygoalsError):  # noqa: N818
    """Scores below 0, which no weight makes comparable, or a problem that HiGHS cannot solve."""


class SolverUnavailable(CitygoalsError):  # noqa: N818
    """No HiGHS to solve linear programs with: it comes with scipy, which is an extra."""

    def __init__(self, library: str) -> None:
        self.library = library
        super().__init__(
            f"benefit of the doubt needs {library!r}, which is not installed; "
            "pip install 'citygoals[favourable]'"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourable:
    """For each row: the score from 0 to 1 (1: nobody is better under its own best weights), the
    weights as shares (rows x children), and the rank under them."""

    score: Floats
    weights: Floats
    rank: Floats


def favourable(values: Floats, stated: Floats, freedom: float | None = None) -> Favourable:
    """The best case of each row of `values` (rows x children); a missing value claims nothing.

    With `freedom` f each weight stays between (1 - f) and (1 + f) times its stated share; without
    it any weights may be claimed. Rows without a value have no result; one of zeros only, which no
    weights help, has the stated ones. Raises NoBenefitOfTheDoubt, SolverUnavailable.
    """
    if (values < 0).any():
        message = "benefit of the doubt needs scores of 0 or more; normalise without z-scores"
        raise NoBenefitOfTheDoubt(message)
    filled = np.where(np.isnan(values), 0.0, values)
    counted = ~np.isnan(values).all(axis=1)
    upper, limits = _constraints(filled[counted], stated, freedom)
    score, rank = np.full(len(values), np.nan), np.full(len(values), np.nan)
    weights = np.full(values.shape, np.nan)
    for row in np.flatnonzero(counted):
        best = _solve(filled[row], upper, limits) if filled[row].any() else stated
        totals = filled[counted] @ best
        score[row] = filled[row] @ best
        rank[row] = 1 + int((totals > score[row] + 1e-9).sum())
        weights[row] = best / best.sum()
    return Favourable(score=score, weights=weights, rank=rank)


def _constraints(values: Floats, stated: Floats, freedom: float | None) -> tuple[Floats, Floats]:
    """Rows of `upper @ w <= limits`: nobody above 1, and each weight near its stated share."""
    upper, limits = values, np.ones(len(values))
    if freedom is not None:
        total = np.ones((stated.size, stated.size))
        above = np.eye(stated.size) - (1 + freedom) * stated[:, None] * total
        below = (1 - freedom) * stated[:, None] * total - np.eye(stated.size)
        upper = np.vstack([upper, above, below])
        limits = np.concatenate([limits, np.zeros(2 * stated.size)])
    return upper, limits


def _solve(own: Floats, upper: Floats, limits: Floats) -> Floats:
    try:
        from scipy.optimize import linprog
    except ModuleNotFoundError as error:
        raise SolverUnavailable(str(error.name).partition(".")[0]) from error
    solution = linprog(-own, A_ub=upper, b_ub=limits, bounds=(0, None), method="highs")
    if solution.x is None:
        raise NoBenefitOfTheDoubt(f"HiGHS found no weights: {solution.message}")
    return np.asarray(solution.x, dtype=np.float64)
