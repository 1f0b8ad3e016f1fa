"""The index with one of its choices made otherwise: normalisation, aggregation, imputation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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


Change = Callable[[Index], Index]


def variants(index: Index, vary: frozenset[str], highest: float = 100.0) -> list[Variant]:
    """Every combination of the choices to vary; the first is the index as stated.

    `highest` is the highest score, which says where the geometric mean has its floor.
    """
    choices = index.choices
    ways = [
        _ways("normalise" in vary, _normalised(choices)),
        _ways("aggregate" in vary, _aggregated(index, choices, highest)),
        _ways("impute" in vary and _imputes(index), _imputed(choices)),
    ]
    return [
        Variant(
            index=third(second(first(index))),
            normalise=names[0],
            aggregate=names[1],
            impute=names[2],
        )
        for ((a, first), (b, second), (c, third)) in product(*ways)
        for names in [(a, b, c)]
    ]


def _ways(wanted: bool, others: Iterator[tuple[str, Change]]) -> list[tuple[str, Change]]:
    stated: list[tuple[str, Change]] = [(STATED, lambda index: index)]
    return [*stated, *others] if wanted else stated


def _imputes(index: Index) -> bool:
    return any(node.impute for _, node in index.root.walk())


def _normalised(choices: Choices) -> Iterator[tuple[str, Change]]:
    for how in choices.normalise:
        yield how.method, _on_tree(_normalise_by(how))


def _normalise_by(how: Normalise) -> Callable[[IndexNode], IndexNode]:
    return lambda node: replace(node, normalise=how) if node.is_leaf else node


def _aggregated(index: Index, choices: Choices, highest: float) -> Iterator[tuple[str, Change]]:
    stated = {group.aggregate for group in index.root.groups()}
    default = (Aggregate(method="geometric", floor=0.01 * highest),)
    for how in default if choices.aggregate is None else choices.aggregate:
        if stated != {how}:
            yield how.method, _on_tree(_aggregate_by(how))


def _aggregate_by(how: Aggregate) -> Callable[[IndexNode], IndexNode]:
    return lambda node: node if node.is_leaf else replace(node, aggregate=how)


def _imputed(choices: Choices) -> Iterator[tuple[str, Change]]:
    for how in choices.impute:
        name = "no imputation" if how is None else f"imputed {how.statistic}"
        yield name, _on_tree(_impute_by(how))


def _impute_by(how: Impute | None) -> Callable[[IndexNode], IndexNode]:
    """Imputation wherever the index imputes, in the stated group and reference if it names none."""

    def change(node: IndexNode) -> IndexNode:
        if how is None or not node.impute:
            return replace(node, impute=())
        stated = node.impute[0]
        group = how.group or stated.group
        reference = stated.reference if how.reference is None else how.reference
        if how.statistic in ("mean", "median"):
            return replace(node, impute=(replace(how, group=group, reference=reference),))
        return replace(node, impute=(how,))

    return change


def _on_tree(change: Callable[[IndexNode], IndexNode]) -> Change:
    return lambda index: replace(index, root=index.root.mapped(change))
