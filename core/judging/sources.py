"""Several figures of one area, indicator and year: the one that stands, or a conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

CELL = "cell"
CONFLICT = 255
"""The status of a cell whose sources differ with nothing to choose between them."""
_RANK = ("place", "confidence", "released")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """What ranks figures: sources by number, and by loan how near and by which indicator."""

    sources: Sequence[str]
    order: Sequence[str]
    nearness: Sequence[int]
    lenders: Sequence[str]


def settle(frame: pl.DataFrame, ranks: Ranks) -> pl.DataFrame:
    """One figure a cell; where equals differ its status is CONFLICT, and its value NaN.

    `frame` has figures that may decide: the number of the `cell` beside value, status, source,
    confidence, released and via. One source's own figure goes before those that loans made of its
    others; then count a profile's order of sources, the confidence, the later release.
    """
    ranked = frame.with_columns(
        near=_looked_up("via", ranks.nearness),
        place=_looked_up("source", _places(ranks)),
        name=_looked_up("source", _in_order(ranks.sources)),
        lender=_looked_up("via", _in_order(ranks.lenders)),
    )
    if ranked["near"].max():
        nearest = pl.col("near").min().over(CELL, "source")
        ranked = ranked.filter(pl.col("near") == nearest)
    ranked = ranked.sort(
        *(CELL, *_RANK, "name", "lender"),
        descending=[False, False, False, True, False, False],
        maintain_order=True,
    )
    first = pl.all().first()
    equal = pl.all_horizontal(pl.col(name) == pl.col(name).first() for name in _RANK)
    differs = (equal & (pl.col("value") != pl.col("value").first())).any()
    best = ranked.group_by(CELL, maintain_order=True).agg(first, differs.alias("differs"))
    return best.with_columns(
        pl.when("differs").then(float("nan")).otherwise("value").alias("value"),
        pl.when("differs").then(pl.lit(CONFLICT, pl.UInt8)).otherwise("status").alias("status"),
    ).select(frame.columns)


def _places(ranks: Ranks) -> Sequence[int]:
    """Where each source stands in a profile's order; those that are not named come last."""
    places = {name: place for place, name in reversed(list(enumerate(ranks.order)))}
    return [places.get(name, len(ranks.order)) for name in ranks.sources]


def _in_order(names: Sequence[str]) -> Sequence[int]:
    """The place of each name in the order of all."""
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    return [places[name] for name in names]


def _looked_up(column: str, numbers: Sequence[int]) -> pl.Expr:
    return pl.lit(pl.Series(numbers, dtype=pl.Int32)).gather(pl.col(column))
