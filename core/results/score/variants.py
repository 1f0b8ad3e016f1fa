"""The index with one of its choices made otherwise: normalisation, aggregation, imputation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from citygoals.core.results.score.index import (
    Aggregate,
    Choices,
    Impute,
    Index,
    IndexNode,
    Normalise,
)

STATED = "as stated"
"""The name of the choice that the index itself makes."""

VARIED = ("weights", "normalise", "aggregate", "impute")
"""What a Monte Carlo run can vary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """An index with its choices by name: `as stated`, or the method taken instead."""

    index: Index
    normalise: str = STATED
    aggregate: str = STATED
    impute: str = STATED

    @property
    def name(self) -> str:
        """The choices that differ from the stated ones."""
        choices = (self.normalise, self.aggregate, self.impute)
        return ", ".join(choice for choice in choices if choice != STATED) or STATED


Change = Callable[[IndexNode], IndexNode]
"""What a choice makes of each node of the tree."""


def variants(index: Index, vary: frozenset[str], highest: float = 100.0) -> list[Variant]:
    """Every combination of the choices to vary; the first is the index as stated.

    `highest` is the highest score, which says where the geometric mean has its floor.
    """
    imputes = any(node.impute for _, node in index.root.walk())
    ways: list[Iterable[tuple[str, Change]]] = [
        _normalised(index.choices) if "normalise" in vary else (),
        _aggregated(index, highest) if "aggregate" in vary else (),
        _imputed(index.choices) if "impute" in vary and imputes else (),
    ]
    stated: tuple[str, Change] = (STATED, lambda node: node)
    return [_variant(index, *chosen) for chosen in product(*([stated, *way] for way in ways))]


def _variant(index: Index, *chosen: tuple[str, Change]) -> Variant:
    root = index.root
    for _, change in chosen:
        root = root.mapped(change)
    names = dict(zip(VARIED[1:], (name for name, _ in chosen), strict=True))
    return Variant(index=replace(index, root=root), **names)


def _normalised(choices: Choices) -> Iterator[tuple[str, Change]]:
    for how in choices.normalise:
        yield how.method, partial(_normalise, how=how)


def _normalise(node: IndexNode, how: Normalise) -> IndexNode:
    return replace(node, normalise=how) if node.is_leaf else node


def _aggregated(index: Index, highest: float) -> Iterator[tuple[str, Change]]:
    stated = {group.aggregate for group in index.root.groups()}
    default = (Aggregate(method="geometric", floor=0.01 * highest),)
    for how in default if index.choices.aggregate is None else index.choices.aggregate:
        if stated != {how}:
            yield how.method, partial(_aggregate, how=how)


def _aggregate(node: IndexNode, how: Aggregate) -> IndexNode:
    return node if node.is_leaf else replace(node, aggregate=how)


def _imputed(choices: Choices) -> Iterator[tuple[str, Change]]:
    for how in choices.impute:
        name = "no imputation" if how is None else f"imputed {how.statistic}"
        yield name, partial(_impute, how=how)


def _impute(node: IndexNode, how: Impute | None) -> IndexNode:
    """Imputation wherever the index imputes, in the stated group and reference if it names none."""
    if how is None or not node.impute:
        return replace(node, impute=())
    if how.statistic in ("mean", "median"):
        stated = node.impute[0]
        group = how.group or stated.group
        reference = stated.reference if how.reference is None else how.reference
        how = replace(how, group=group, reference=reference)
    return replace(node, impute=(how,))
