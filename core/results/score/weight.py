"""The stage that weighs: each group's weights over its children, and each node's in the index."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from citygoals.core.base.errors import CitygoalsError, UnknownName
from citygoals.core.results.score.frame import Floats
from citygoals.core.results.score.index import Index, IndexNode

Priorities = Mapping[str, Mapping[str, float]]
"""Weights of themes by profile."""

Weights = Mapping[str, Floats]
"""The weights of each group's children by the group's id: draws x children, each row adding to 1
(all 0 where nothing counts)."""


class WeightsDoNotCover(CitygoalsError):  # noqa: N818
    """Priorities that leave children without a weight, or all of them at 0."""


def weights_of(index: Index, priorities: Priorities) -> dict[str, Floats]:
    """The stated weights of every group, one row each.

    Raises UnknownName for a profile, WeightsDoNotCover.
    """
    return {group.id: share(_stated(group, priorities)) for group in index.root.groups()}


def share(weights: Floats) -> Floats:
    """Weights (draws x children) as shares of their sum."""
    total = weights.sum(axis=1, keepdims=True)
    return np.asarray(weights / np.where(total > 0, total, 1.0))


def _stated(group: IndexNode, priorities: Priorities) -> Floats:
    children = group.children
    if group.weights == "priorities":
        weights = priority_weights(group, str(group.profile), priorities)
    elif group.weights == "by-indicators":
        weights = [float(len(child.leaves())) for child in children]
    elif group.weights == "equal":
        weights = [1.0] * len(children)
    else:
        weights = [1.0 if child.weight is None else child.weight for child in children]
    return np.array([weights], dtype=np.float64)


def priority_weights(group: IndexNode, profile: str, priorities: Priorities) -> list[float]:
    """The priorities of a profile for a group's children, by theme. Raises WeightsDoNotCover."""
    if profile not in priorities:
        raise UnknownName("profile with priorities", profile, priorities)
    weight_of = priorities[profile]
    without = [child.id for child in group.children if child.theme not in weight_of]
    if without:
        message = (
            f"the priorities of {profile!r} do not cover {', '.join(without)} under {group.id!r}; "
            f"name their themes by `theme`, or weigh them in the index"
        )
        raise WeightsDoNotCover(message)
    weights = [weight_of[child.theme] for child in group.children]
    if not any(weights):
        raise WeightsDoNotCover(f"every priority of {profile!r} under {group.id!r} is 0")
    return weights


def effective(index: Index, weights: Weights) -> dict[str, float]:
    """What each node weighs in the whole index: the product of the weights down to it."""
    shares = {index.root.id: 1.0}
    for group in index.root.groups():
        for child, weight in zip(group.children, weights[group.id][0], strict=True):
            shares[child.id] = shares[group.id] * float(weight)
    return shares
