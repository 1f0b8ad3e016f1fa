"""Gap and score in columns: `targets.distance` for many values, bit by bit the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citygoals.core.judging.plan import Floats


@dataclass(frozen=True, slots=True)
class Away:
    """Gap in the unit and score from 0 to 100; NaN where they cannot be said."""

    gap: Floats
    score: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Aimed:
    """What values are held against, in shapes that go together; NaN is absent.

    Targets are a value, or a lower and an upper bound; `sign` is the indicator's direction, `worst`
    its limit on the bad side.
    """

    target: Floats
    lower: Floats
    upper: Floats
    baseline: Floats
    sign: Floats
    worst: Floats
    minimum: Floats
    maximum: Floats


def away(value: Floats, aimed: Aimed) -> Away:
    """How far values are from targets."""
    ranged = np.isnan(aimed.target) & ~np.isnan(aimed.lower) & ~np.isnan(aimed.upper)
    with np.errstate(all="ignore"):
        if ranged.all():
            return _from_range(value, aimed)
        single = _from_value(value, aimed)
        if not ranged.any():
            return single
        inside = _from_range(value, aimed)
    return Away(
        np.where(ranged, inside.gap, single.gap), np.where(ranged, inside.score, single.score)
    )


def _from_value(value: Floats, aimed: Aimed) -> Away:
    sign = np.where(aimed.sign == 0.0, np.nan, aimed.sign)
    gap = sign * (aimed.target - value)
    met = gap <= 0
    start = np.where(np.isnan(aimed.baseline), aimed.worst, aimed.baseline)
    score = np.where(met, 100.0, _score(value, start, aimed.target))
    return Away(np.where(met, 0.0, gap), np.where(np.isnan(gap), np.nan, score))


def _from_range(value: Floats, aimed: Aimed) -> Away:
    below = value < aimed.lower
    met = (aimed.lower <= value) & (value <= aimed.upper)
    bound = np.where(below, aimed.lower, aimed.upper)
    limit = np.where(below, aimed.minimum, aimed.maximum)
    start = np.where(np.isnan(aimed.baseline), limit, aimed.baseline)
    gap = np.where(met, 0.0, np.abs(bound - value))
    score = np.where(met, 100.0, _score(value, start, bound))
    return Away(gap, np.where(np.isnan(gap), np.nan, score))


def _score(value: Floats, start: Floats, target: Floats) -> Floats:
    """100 x the share of the way, clipped; NaN without a start, 0 where there is no way to go.

    A zero has no sign.
    """
    share = (value - start) / (target - start)
    share = np.where(share < 0.0, 0.0, share)
    score = 100.0 * np.where(share > 1.0, 1.0, share)
    stuck = (start == target) | ((start < target) != (value < target))
    score = np.where(stuck, 0.0, score) + 0.0
    return np.where(np.isnan(start), np.nan, score)
