"""Several figures of one area, indicator and year: the one that stands, or a conflict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELL = "cell"
CONFLICT = 255
"""The status of a cell whose sources differ with nothing to choose between them."""
Places = NDArray[np.int64]
_TABLE = 1 << 22
"""Up to this number a table of all numbers is quicker than sorting them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """What ranks figures: sources by number, and by loan how near and by which indicator."""

    sources: Sequence[str]
    order: Sequence[str]
    nearness: Sequence[int]
    lenders: Sequence[str]


@dataclass(frozen=True, slots=True)
class Settled:
    """The rows that stand, one for each cell that has any, and the cells in conflict."""

    rows: Places
    conflicts: Places


def settle(columns: Mapping[str, NDArray[Any]], rows: Places, cells: int, ranks: Ranks) -> Settled:
    """One figure a cell, of rows whose figures may decide; where equals differ it is a conflict.

    `columns` are the number of the `cell`, value, source, confidence, released and via. One
    source's own figure goes before those that loans made of its others; then count a profile's
    order of sources, the confidence, the later release, the names.
    """
    if columns["via"][rows].any():
        rows = _nearest(columns, rows, cells, ranks)
    cell, value, source, confidence, released, via = (
        columns[name][rows] for name in (CELL, "value", "source", "confidence", "released", "via")
    )
    place = np.array(_places(ranks), np.int64)[source]
    rank = _mixed(place, confidence, _dense(released.max(initial=0) - released))
    names = np.array(_in_order(ranks.sources), np.int64)[source]
    lenders = np.array(_in_order(ranks.lenders), np.int64)[via]
    worst_first = np.argsort(_dense(_mixed(rank, names, lenders)), kind="stable")[::-1]
    best = np.full(cells, -1, np.int64)
    best[cell[worst_first]] = worst_first
    against = best[cell]
    differs = (rank == rank[against]) & (value != value[against])
    return Settled(rows[best[best >= 0]], cell[differs])


def _nearest(columns: Mapping[str, NDArray[Any]], rows: Places, cells: int, ranks: Ranks) -> Places:
    """The rows that are the nearest of their cell and source."""
    cell = columns[CELL][rows]
    lent = np.zeros(cells, np.bool_)
    lent[cell[columns["via"][rows] > 0]] = True
    doubtful = np.flatnonzero(lent[cell])
    near = np.array(ranks.nearness, np.int64)[columns["via"][rows[doubtful]]]
    key = _mixed(cell[doubtful], columns["source"][rows[doubtful]])
    order = np.argsort(_mixed(key, near), kind="stable")
    key, near = key[order], near[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    nearest = near == np.repeat(near[first], np.diff(first, append=len(key)))
    kept = np.ones(len(rows), np.bool_)
    kept[doubtful[order[~nearest]]] = False
    return rows[kept]


def _mixed(*numbers: NDArray[Any]) -> Places:
    """Numbers as the digits of one, the first ones weighing most."""
    mixed = np.zeros(len(numbers[0]), np.int64)
    for digits in numbers:
        mixed = mixed * (int(digits.max(initial=0)) + 1) + digits
    return mixed


def _dense(numbers: NDArray[Any]) -> NDArray[Any]:
    """The place of each number among those that occur."""
    most = int(numbers.max(initial=0))
    if most > _TABLE:
        return np.unique(numbers, return_inverse=True)[1].astype(np.int64)
    places = np.cumsum(np.bincount(numbers, minlength=1) > 0) - 1
    kind = np.uint16 if places[-1] < 1 << 16 else np.int64
    dense: NDArray[Any] = places.astype(kind)[numbers]
    return dense


def _places(ranks: Ranks) -> Sequence[int]:
    """Where each source stands in a profile's order; those that are not named come last."""
    places = {name: place for place, name in reversed(list(enumerate(ranks.order)))}
    return [places.get(name, len(ranks.order)) for name in ranks.sources]


def _in_order(names: Sequence[str]) -> Sequence[int]:
    """The place of each name in the order of all."""
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    return [places[name] for name in names]
