"""Figures that national indicators lend to common ones, by columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl
from numpy.typing import NDArray

from citygoals.core.base.model import IndicatorMapping, MappingKind
from citygoals.core.base.units import exact

Floats = NDArray[np.float64]
NEARNESS = {
    None: 0,
    MappingKind.EQUAL: 1,
    MappingKind.CONVERTED: 2,
    MappingKind.PROXY: 3,
}
"""How near a figure is to its indicator: its own first, one that stands in last."""
PROXY = NEARNESS[MappingKind.PROXY]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """An indicator that lends its figures to another one: their places in the plan.

    `number` is the place among the forum's mappings and 1; common value = value x factor.
    """

    number: int
    mapping: IndicatorMapping
    factor: Fraction
    lender: int
    common: int


def lend(loans: Sequence[Loan], frame: pl.DataFrame) -> pl.DataFrame:
    """The figures with those that are lent, behind the figure that each was reported as.

    `via` is the number of the loan, 0 for a figure of the indicator's own.
    """
    frame = frame.with_columns(via=pl.lit(0, pl.UInt16))
    lenders = {loan.lender for loan in loans}
    lending = frame.filter(pl.col("indicator").is_in(lenders))
    if lending.is_empty():
        return frame
    lent = [_lent(loan, lending) for loan in loans]
    return pl.concat([frame, *(figures for figures in lent if figures.height)])


def _lent(loan: Loan, frame: pl.DataFrame) -> pl.DataFrame:
    figures = frame.filter(pl.col("indicator") == loan.lender)
    return figures.with_columns(
        pl.lit(loan.common, pl.Int32).alias("indicator"),
        pl.Series("value", times(figures["value"].to_numpy(), loan.factor), pl.Float64),
        pl.lit(loan.number, pl.UInt16).alias("via"),
    )


def times(values: Floats, factor: Fraction) -> Floats:
    """value x factor, rounded once, so that 0.55 is 55 % and no more; NaN where it overflows.

    A double of at most 15 digits is a whole number over a power of ten. Where both products are
    exact doubles, one division rounds once; the others are computed as fractions.
    """
    product = np.full(len(values), np.nan)
    left = np.flatnonzero(~np.isnan(values))
    for power in range(_MOST_DECIMALS + 1):
        if not len(left) or 10**power * factor.denominator > _EXACT:
            break
        with np.errstate(over="ignore", invalid="ignore"):
            whole = np.rint(values[left] * 10.0**power)
            fits = (np.abs(whole) < 1e15) & (whole / 10.0**power == values[left])
            fits &= np.abs(whole) * abs(factor.numerator) < _EXACT
        done = left[fits]
        above = whole[fits] * float(factor.numerator) + 0.0
        product[done] = above / float(10**power * factor.denominator)
        left = left[~fits]
    product[left] = [_once(value, factor) for value in values[left].tolist()]
    return product


_MOST_DECIMALS = 6
_EXACT = 2**53


def _once(value: float, factor: Fraction) -> float:
    try:
        return float(exact(value) * factor)
    except OverflowError:
        return np.nan
