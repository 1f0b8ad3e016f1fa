"""Gap and score in columns: `core/targets.distance` for many values, bit by bit the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citygoals.core.bulk.plan import Floats
from citygoals.core.model import Indicator


@dataclass(frozen=True, slots=True)
class Away:
    """Gap in the unit and score from 0 to 100; NaN where they cannot be said."""

    gap: Floats
    score: Floats


def _or(figures: float | None) -> float:
    return np.nan if figures is None else figures


def away(
    value: Floats, target: tuple[Floats, Floats, Floats], baseline: Floats, indicator: Indicator
) -> Away:
    """How far values are from targets; `target` is a value, or NaN with lower and upper bound."""
    aim, low, high = target
    with np.errstate(all="ignore"):
        single = _from_value(value, aim, baseline, indicator)
        ranged = np.isnan(aim) & ~np.isnan(low) & ~np.isnan(high)
        if not ranged.any():
            return single
        inside = _from_range(value, low, high, baseline, indicator)
        return Away(
            np.where(ranged, inside.gap, single.gap), np.where(ranged, inside.score, single.score)
        )


def _from_value(value: Floats, aim: Floats, baseline: Floats, indicator: Indicator) -> Away:
    sign = indicator.direction.sign
    if sign == 0:
        return Away(np.full(value.shape, np.nan), np.full(value.shape, np.nan))
    gap = sign * (aim - value)
    met = gap <= 0
    start = np.where(np.isnan(baseline), _or(indicator.worst), baseline)
    score = np.where(met, 100.0, _score(value, start, aim))
    return Away(np.where(met, 0.0, gap), np.where(np.isnan(gap), np.nan, score))


def _from_range(
    value: Floats, low: Floats, high: Floats, baseline: Floats, indicator: Indicator
) -> Away:
    below = value < low
    met = (low <= value) & (value <= high)
    bound = np.where(below, low, high)
    limit = np.where(below, _or(indicator.minimum), _or(indicator.maximum))
    start = np.where(np.isnan(baseline), limit, baseline)
    gap = np.where(met, 0.0, np.abs(bound - value))
    score = np.where(met, 100.0, _score(value, start, bound))
    return Away(gap, np.where(np.isnan(gap), np.nan, score))


def _score(value: Floats, start: Floats, target: Floats) -> Floats:
    """100 x the share of the way, clipped; NaN without a start, 0 where there is no way to go."""
    share = (value - start) / (target - start)
    share = np.where(share < 0.0, 0.0, share)
    score = 100.0 * np.where(share > 1.0, 1.0, share)
    stuck = (start == target) | ((start < target) != (value < target))
    score = np.where(stuck, 0.0, score)
    return np.where(np.isnan(start), np.nan, score)
