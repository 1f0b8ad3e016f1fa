"""The stage that brings values onto one scale on which higher is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from citygoals.core.base.model import Direction
from citygoals.core.results.score.frame import Floats, Frame, Mask
from citygoals.core.results.score.index import Bound, Normalise, Percentile
from citygoals.core.results.score.rank import ascending

Say = Callable[[str], None]


def normalise(
    values: Floats, how: Normalise, direction: Direction, frame: Frame, reference: Mask, say: Say
) -> Floats:
    """The scores (rows x draws) of values; `say` hears why there are none.

    Bounds, mean and deviation are those of the `reference` rows; ranks are among all rows.
    """
    sign = float(direction.sign)
    figures = _logs(values, say) if how.log else values
    scores = np.full_like(figures, np.nan)
    for scope in frame.scopes(how.over):
        part = figures[scope]
        scores[scope] = _METHODS[how.method](part, part[reference[scope]], how, sign, say)
    return scores


def _logs(values: Floats, say: Say) -> Floats:
    bad = values <= 0
    if bad.any():
        say(f"{int(bad.sum())} values at or below 0 have no logarithm and count as missing")
    return np.asarray(np.log(np.where(bad, np.nan, values)))


def _bounded(part: Floats, known: Floats, how: Normalise, sign: float, say: Say) -> Floats:
    if how.method == "distance-to-target":
        best: Floats = np.asarray(_scaled(how.target, known, how))
    else:
        best = _bound(how.best, known, how, upper=sign > 0)
    worst = _bound(how.worst, known, how, upper=sign < 0)
    low, high = how.span
    width = (best - worst) * sign
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (part - worst) / (best - worst)
    if how.method == "distance-to-target":
        share = np.where((width <= 0) & ~np.isnan(part), 1.0, share)
    elif not (width > 0).all():
        share = np.where(width > 0, share, np.nan)
        if (width < 0).any():
            say("a stated bound lies beyond every value of the reference areas; no scores")
        else:
            _say_same(part, f"{how.method} tells", say)
    if how.clip:
        share = np.clip(share, 0.0, 1.0)
    return np.asarray(low + share * (high - low))


def _bound(bound: Bound | None, known: Floats, how: Normalise, *, upper: bool) -> Floats:
    if isinstance(bound, Percentile):
        return _over(known, lambda kept: np.nanpercentile(kept, bound.at, axis=0))
    if bound is not None:
        return np.asarray(_scaled(bound, known, how))
    return _over(known, lambda kept: (np.nanmax if upper else np.nanmin)(kept, axis=0))


def _scaled(bound: float | None, known: Floats, how: Normalise) -> Floats:
    number = np.nan if bound is None else bound
    return np.full(known.shape[1], np.log(number) if how.log else number)


def _over(known: Floats, take: Callable[[Floats], Floats]) -> Floats:
    """What `take` makes of each draw; NaN for draws without a value."""
    filled = ~np.isnan(known).all(axis=0) if known.size else np.zeros(known.shape[1], dtype=bool)
    result = np.full(known.shape[1], np.nan)
    if filled.any():
        result[filled] = take(known[:, filled])
    return result


def _zscore(part: Floats, known: Floats, how: Normalise, sign: float, say: Say) -> Floats:
    count = (~np.isnan(known)).sum(axis=0)
    mean = _over(known, lambda kept: np.nanmean(kept, axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.nansum((known - mean) ** 2, axis=0) / (count - 1)
    varies = (count > 1) & (variance > (1e-14 * np.abs(mean)) ** 2)
    if not varies.all():
        _say_same(part, "z-scores tell", say)
    deviation = np.sqrt(np.where(varies, variance, np.nan))
    return np.asarray(how.mean + how.sd * sign * (part - mean) / deviation)


def _say_same(part: Floats, what: str, say: Say) -> None:
    """Why there are no scores, unless there are no values either."""
    if not np.isnan(part).all():
        say(f"the reference areas do not differ, so {what} nothing apart; no scores")


def _rank(part: Floats, known: Floats, how: Normalise, sign: float, say: Say) -> Floats:
    del known, how, say
    return ascending(part * sign, "min")


def _percentile_rank(part: Floats, known: Floats, how: Normalise, sign: float, say: Say) -> Floats:
    del known
    others = (~np.isnan(part)).sum(axis=0) - 1
    if (others == 0).any():
        say("a percentile rank takes two areas or more; no scores")
    low, high = how.span
    share = (ascending(part * sign, "min") - 1) / np.where(others < 1, np.nan, others)
    return np.asarray(low + share * (high - low))


_METHODS: Mapping[str, Callable[[Floats, Floats, Normalise, float, Say], Floats]] = {
    "min-max": _bounded,
    "goalposts": _bounded,
    "distance-to-target": _bounded,
    "z-score": _zscore,
    "rank": _rank,
    "percentile-rank": _percentile_rank,
}
