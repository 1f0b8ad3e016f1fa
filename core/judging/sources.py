"""Several observations of one area, indicator and year: the one that stands."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

CELL, RANK = "cell", ("place", "confidence", "released")


def settle(
    frame: pl.DataFrame, order: Sequence[str], sources: Sequence[str], forecast: int
) -> tuple[pl.DataFrame, pl.Series]:
    """One observation a cell, and the cells whose choice is left to rows.

    `frame` has the number of the `cell` beside value, status, source, confidence and released;
    `order` is a profile's order of sources, `sources` their names by number. Left to rows are cells
    where equal sources differ, and those with a forecast (status `forecast`), which count for some
    goals only.
    """
    ranked = frame.with_columns(
        _numbers("place", [order.index(s) if s in order else len(order) for s in sources]),
        _numbers("name", [sorted(sources).index(source) for source in sources]),
        usable=pl.col("value").is_not_nan(),
    ).sort(
        *(CELL, "usable", *RANK, "name"),
        descending=[False, True, False, False, True, False],
    )
    best = ranked.unique(CELL, keep="first", maintain_order=True)
    others = ranked.join(best, on=CELL, suffix="_of_best", maintain_order="left")
    equal = pl.all_horizontal(pl.col(name) == pl.col(f"{name}_of_best") for name in RANK)
    differ = pl.col("usable") & equal & (pl.col("value") != pl.col("value_of_best"))
    left = others.filter(differ | (pl.col("status") == forecast))[CELL].unique()
    return best.select(frame.columns), left


def _numbers(name: str, by_source: Sequence[int]) -> pl.Expr:
    places = pl.lit(pl.Series(by_source, dtype=pl.Int32))
    return places.gather(pl.col("source")).alias(name)
