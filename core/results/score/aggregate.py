"""The stage that makes one value of a group's children: a weighted mean of those that are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.results.score.frame import Floats, Mask
from citygoals.core.results.score.index import Aggregate, IndexNode, Minimum

Transform = Callable[[Floats], Floats]


class NegativeValue(CitygoalsError):  # noqa: N818
    """A geometric, harmonic or power mean of a negative value."""

    def __init__(self, group: IndexNode, child: IndexNode, area: str, value: float) -> None:
        self.group, self.child, self.area, self.value = group.id, child.id, area, value
        mend = "choose a range of scores above 0, such as [1, 100], or the arithmetic mean"
        super().__init__(
            f"{group.id!r} is a {group.aggregate.method} mean, which has no value for "
            f"{child.id!r} = {value:.6g} of {area}; {mend}"
        )


def aggregate(
    group: IndexNode,
    children: Sequence[Floats],
    weights: Floats,
    coverage: Floats,
    areas: Sequence[str],
) -> Floats:
    """A group's values (rows x draws) from those of its children, weights (draws x children).

    `coverage` is the share of reported indicators below it, by row; `areas` names the rows.
    A missing child leaves its weight to the others; a child of weight 0 does not count. Values
    below the group's minimum are missing. A 0 makes a geometric or harmonic mean 0. Raises
    NegativeValue.
    """
    how = group.aggregate
    if how.floor is not None:
        children = [np.maximum(child, how.floor) for child in children]
    if how.method in ("min", "max"):
        values = _extreme(children, weights, how)
        carried = _carried(children, weights)
    else:
        if how.method != "arithmetic":
            _refuse_negative(group, children, areas)
        values, carried = _mean(how, children, weights)
    short = _below(group, children, weights, np.broadcast_to(carried, values.shape), coverage)
    return np.where(short, np.nan, values)


def _mean(how: Aggregate, children: Sequence[Floats], weights: Floats) -> tuple[Floats, Floats]:
    """The mean, and the share of the weight that values carry."""
    forth, back = _scale(how)
    zero_wins = how.method in ("geometric", "harmonic") or how.exponent < 0
    scaled = [forth(np.where(child == 0, 1.0, child) if zero_wins else child) for child in children]
    total = _weighed(scaled, children, weights)
    carried = _carried(children, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = back(total / np.where(carried > 0, carried, np.nan))
    if zero_wins and any((child == 0).any() for child in children):
        zeros = [(child == 0).astype(np.float64) for child in children]
        values = np.where(_weighed(zeros, children, weights) > 0, 0.0, values)
    return values, carried


def _scale(how: Aggregate) -> tuple[Transform, Transform]:
    """The scale on which the mean is arithmetic, and the way back."""
    if how.method == "geometric":
        return np.log, np.exp
    if how.method == "harmonic":
        return np.reciprocal, np.reciprocal
    if how.method == "power":
        exponent = how.exponent
        return lambda x: np.power(x, exponent), lambda x: np.power(x, 1 / exponent)
    return np.asarray, np.asarray


def _refuse_negative(group: IndexNode, children: Sequence[Floats], areas: Sequence[str]) -> None:
    for child, values in zip(group.children, children, strict=True):
        bad = np.argwhere(values < 0)
        if bad.size:
            row, draw = bad[0]
            raise NegativeValue(group, child, areas[row], float(values[row, draw]))


def _weighed(what: Sequence[Floats], children: Sequence[Floats], weights: Floats) -> Floats:
    """The sum of weight x `what` over the children that have a value: rows x draws.

    Children that are the same in every draw go through one matrix product.
    """
    fixed = [at for at, child in enumerate(children) if child.shape[1] == 1]
    parts = [_present(what[at], child) for at, child in enumerate(children)]
    total = np.hstack([parts[at] for at in fixed]) @ weights[:, fixed].T if fixed else np.zeros(1)
    for at in set(range(len(children))) - set(fixed):
        total = total + parts[at] * weights[:, at]
    return total


def _present(what: Floats, child: Floats) -> Floats:
    missing = np.isnan(child)
    return np.where(missing, 0.0, what) if missing.any() else what


def _carried(children: Sequence[Floats], weights: Floats) -> Floats:
    """The weight that the children with a value have: rows x draws, or one row where all have."""
    if any(np.isnan(child).any() for child in children):
        return _weighed([np.ones_like(child) for child in children], children, weights)
    return np.asarray(weights.sum(axis=1)[None, :])


def _extreme(children: Sequence[Floats], weights: Floats, how: Aggregate) -> Floats:
    """The lowest or highest value among the children that count."""
    take, none = (np.minimum, np.inf) if how.method == "min" else (np.maximum, -np.inf)
    result = np.full((children[0].shape[0], 1), none)
    for at, child in enumerate(children):
        counts = ~np.isnan(child) & (weights[:, at] > 0)
        result = take(result, np.where(counts, child, none))
    return np.where(np.isinf(result), np.nan, result)


def _below(
    group: IndexNode, children: Sequence[Floats], weights: Floats, carried: Floats, coverage: Floats
) -> Mask:
    """Where a group has no value: nothing that counts, or less than its minimum."""
    minimum = group.minimum
    short: Mask = carried <= 0
    if minimum.weight > 0:
        short |= carried < minimum.weight - 1e-12
    if minimum.coverage > 0:
        short |= (coverage < minimum.coverage - 1e-12)[:, None]
    for child, values in zip(group.children, children, strict=True):
        if child.id in minimum.required:
            short |= np.isnan(values)
    if minimum.children > 1 or minimum.share > 0:
        short |= _too_few(minimum, children, weights)
    return short


def _too_few(minimum: Minimum, children: Sequence[Floats], weights: Floats) -> Mask:
    """Where too few of the children that weigh something have a value; all are always enough."""
    counting = (weights > 0).astype(np.float64)
    count = _weighed([np.ones_like(child) for child in children], children, counting)
    expected = counting.sum(axis=1)
    needed = np.maximum(np.minimum(minimum.children, expected), minimum.share * expected - 1e-12)
    return np.asarray(count < needed)
