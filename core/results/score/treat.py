"""The stage that treats outliers: winsorise point by point, else take a logarithm (as COINr does).

Skewness and kurtosis are bias-corrected as spreadsheets do (type 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citygoals.core.results.score.frame import Floats, Frame, Mask, Rows
from citygoals.core.results.score.index import Treat


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Skewness and kurtosis of a series; both NaN where they cannot be said."""

    skew: float
    kurtosis: float

    def fails(self, how: Treat) -> bool:
        """Whether the series has outliers by the thresholds of `how`."""
        return abs(self.skew) > how.skew and self.kurtosis > how.kurtosis


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What was done to a series: points winsorised at either side, whether the log was taken.

    `rows` are the winsorised ones; `before` and `after` are its shapes.
    """

    before: Shape
    after: Shape
    high: int = 0
    low: int = 0
    rows: tuple[int, ...] = ()
    log: bool = False
    passed: bool = True


def shape(values: Floats) -> Shape:
    """The shape of a series without gaps; it takes four points that are not all the same.

    Written out, since a call of scipy.stats costs far more than the arithmetic and a Monte Carlo
    run makes very many.
    """
    count = values.size
    if count < 4 or np.ptp(values) == 0:
        return Shape(skew=np.nan, kurtosis=np.nan)
    centred = (values - values.mean()) / np.ptp(values)
    square = centred * centred
    second = square.mean()
    skew = (square * centred).mean() / second**1.5
    excess = (square * square).mean() / second**2 - 3
    return Shape(
        skew=float(skew * np.sqrt(count * (count - 1)) / (count - 2)),
        kurtosis=float(((count + 1) * excess + 6) * (count - 1) / ((count - 2) * (count - 3))),
    )


def treat(
    values: Floats, how: Treat, frame: Frame, reference: Mask
) -> tuple[Floats, list[Treatment]]:
    """The values (rows x draws) treated, and what was done in each draw and scope.

    The reference rows decide; where they are treated, others are held inside their new bounds.
    """
    treated, treatments = values.copy(), []
    for scope in frame.scopes(how.over):
        for draw in range(values.shape[1]):
            column = values[scope, draw]
            deciding = reference[scope] & ~np.isnan(column)
            treated[scope, draw], treatment = _series(column, deciding, how, scope)
            treatments.append(treatment)
    return treated, treatments


def _series(column: Floats, deciding: Mask, how: Treat, scope: Rows) -> tuple[Floats, Treatment]:
    series = column[deciding]
    before = shape(series)
    if series.size < 2 or not (before.fails(how) or how.force):
        return column, Treatment(before=before, after=before)
    winsorised, high, low = winsorise(series, how)
    after = shape(winsorised)
    if not after.fails(how) or how.log == "none":
        rows = scope[deciding][winsorised != series]
        treatment = Treatment(
            before=before,
            after=after,
            high=high,
            low=low,
            rows=tuple(map(int, rows)),
            passed=not after.fails(how),
        )
        return _held(column, deciding, winsorised), treatment
    start = winsorised if how.combine else series
    held = _held(column, deciding, start)
    logs = logarithm(held, start, two_sided=how.log == "log-two-sided")
    end = shape(logs[deciding])
    treatment = Treatment(before=before, after=end, log=True, passed=not end.fails(how))
    return logs, treatment


def _held(column: Floats, deciding: Mask, series: Floats) -> Floats:
    """The column with its deciding rows replaced and all others held inside their bounds."""
    held = np.clip(column, series.min(), series.max())
    held[deciding] = series
    return held


def winsorise(series: Floats, how: Treat) -> tuple[Floats, int, int]:
    """The series with its extreme points set to the next one, and how many at the top and bottom.

    One step moves the extreme at the side of the skew, with all that tie with it; each of them is
    a point.
    """
    values, high, low = series.copy(), 0, 0
    most = np.inf if how.winsorise is None else how.winsorise
    while high + low < most and np.ptp(values) > 0:
        now = shape(values)
        if not (now.fails(how) or how.force):
            break
        if not now.skew < 0:
            top = values == values.max()
            values[top], high = values[~top].max(), int(top.sum())
        else:
            bottom = values == values.min()
            values[bottom], low = values[~bottom].min(), int(bottom.sum())
    return values, high, low


def logarithm(values: Floats, series: Floats, *, two_sided: bool) -> Floats:
    """log(x - min + 0.01 (max - min)); `two_sided` mirrors it for a series skewed to the left."""
    low, high = series.min(), series.max()
    shift = 0.01 * (high - low)
    if two_sided and shape(series).skew < 0:
        return np.asarray(-np.log(high + shift - values))
    return np.asarray(np.log(values - low + shift))
