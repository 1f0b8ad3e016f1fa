"""An index over a frame: every stage of every node, from the indicators up to the ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from citygoals.core.results.score.aggregate import aggregate
from citygoals.core.results.score.frame import Floats, Frame, Mask
from citygoals.core.results.score.impute import impute
from citygoals.core.results.score.index import Index, IndexNode, Stage
from citygoals.core.results.score.normalise import normalise
from citygoals.core.results.score.rank import rank
from citygoals.core.results.score.treat import Treatment, treat
from citygoals.core.results.score.weight import Priorities, Weights, effective, weights_of

STAGES = ("denominate", "impute", "treat", "normalise", "weight", "aggregate", "rank")
"""What `--stage` can show, in their usual order."""


@dataclass(frozen=True, slots=True)
class Note:
    """What an index did that a reader must know: stage, node and a sentence."""

    stage: str
    node: str
    text: str

    def __str__(self) -> str:
        return (
            f"{self.stage} {self.node}: {self.text}" if self.node else f"{self.stage}: {self.text}"
        )


@dataclass(slots=True)
class Record:
    """What a single run leaves behind beside its scores; Monte Carlo runs keep none."""

    stages: dict[str, dict[str, Floats]] = field(default_factory=dict)
    imputed: dict[str, Mask] = field(default_factory=dict)
    treatments: dict[str, list[Treatment]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def keep(self, stage: str, node: IndexNode, values: Floats) -> None:
        """The values of a node after a stage."""
        self.stages.setdefault(stage, {})[node.id] = values[:, 0].copy()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeScores:
    """One node over all rows: score and rank (NaN without one), coverage, count of imputations.

    Coverage is the share of the indicators at or below it that have a figure of the area's own.
    """

    score: Floats
    rank: Floats
    coverage: Floats
    imputed: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All that an index says of a frame: every node, every stage, every weight, every note."""

    index: Index
    frame: Frame
    nodes: Mapping[str, NodeScores]
    stages: Mapping[str, Mapping[str, Floats]]
    weights: Mapping[str, float]
    effective: Mapping[str, float]
    treatments: Mapping[str, list[Treatment]]
    notes: list[Note]

    @property
    def top(self) -> NodeScores:
        """The index itself."""
        return self.nodes[self.index.root.id]


class Calculation:
    """An index and a frame made ready, to run once or with thousands of weights."""

    def __init__(self, index: Index, frame: Frame) -> None:
        self.index, self.frame = index, frame
        self.notes: list[Note] = []
        self._ready: dict[str, Floats] = {}
        self.figures = {leaf.id: self._figures(leaf) for leaf in index.root.leaves()}
        self.coverage = {node.id: self._coverage(node) for _, node in index.root.walk()}
        self.kept = self._kept()
        self.reference: Mask = frame.where(index.reference) & self.kept
        covered = self.coverage[index.root.id] >= index.ranking.coverage - 1e-12
        self.among: Mask = frame.where(index.ranking.among) & covered

    def _figures(self, leaf: IndexNode) -> Floats:
        values = self.frame.figures[leaf.indicator]
        if leaf.denominator is not None and "denominate" in self.index.order:
            values = self._divided(leaf, values, self.frame.figures[leaf.denominator])
        if np.isnan(values).all():
            self.notes.append(Note("screen", leaf.id, "no figure for any area"))
        return values

    def _divided(self, leaf: IndexNode, values: Floats, below: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            divided = values / (below / leaf.scale)
        undefined = ~np.isnan(values) & ~np.isnan(below) & ~np.isfinite(divided)
        if undefined.any():
            text = f"nothing can be divided by {leaf.denominator!r} of "
            text += f"{_named(self.frame, undefined)}; no figure there"
            self.notes.append(Note("denominate", leaf.id, text))
        return np.where(undefined, np.nan, divided)

    def _coverage(self, node: IndexNode) -> Floats:
        present = [~np.isnan(self.figures[leaf.id]) for leaf in node.leaves()]
        return np.asarray(np.mean(present, axis=0))

    def _kept(self) -> Mask:
        """The rows that are scored: those with a figure of their own that screening lets pass."""
        screen, coverage = self.index.screen, self.coverage[self.index.root.id]
        out = coverage < screen.coverage - 1e-12
        out |= np.isin(self.frame.areas, screen.leave_out)
        out &= ~np.isin(self.frame.areas, screen.keep)
        empty = coverage == 0
        if (out & ~empty).any():
            text = f"left out {_named(self.frame, out & ~empty)}"
            self.notes.append(Note("screen", "", text))
        if empty.any():
            text = f"no figure at all for {_named(self.frame, empty)}; no scores"
            self.notes.append(Note("screen", "", text))
        return np.asarray(~(out | empty))

    def run(self, weights: Weights, record: Record | None = None) -> Floats:
        """The scores of the index: rows x draws. Raises NegativeValue."""
        return self._node(self.index.root, weights, record)

    def _node(self, node: IndexNode, weights: Weights, record: Record | None) -> Floats:
        if node.is_leaf:
            return self._leaf(node, record)
        children = [self._node(child, weights, record) for child in node.children]
        share, areas = weights[node.id], self.frame.areas
        values = aggregate(node, children, share, self.coverage[node.id], areas)
        if record is not None:
            record.keep("aggregate", node, values)
        return self._stages(node, values, record)

    def _leaf(self, leaf: IndexNode, record: Record | None) -> Floats:
        """The scores of an indicator, worked out once: they do not depend on weights."""
        if leaf.id not in self._ready or record is not None:
            values = np.where(self.kept, self.figures[leaf.id], np.nan)[:, None]
            if record is not None:
                record.keep("denominate", leaf, values)
            self._ready[leaf.id] = self._stages(leaf, values, record)
        return self._ready[leaf.id]

    def _stages(self, node: IndexNode, values: Floats, record: Record | None) -> Floats:
        for stage in self.index.order:
            values = self._stage(stage, node, values, record)
        return values

    def _stage(
        self, stage: Stage, node: IndexNode, values: Floats, record: Record | None
    ) -> Floats:
        if stage == "impute":
            values = self._impute(node, values, record)
        elif stage == "treat":
            values = self._treat(node, values, record)
        elif stage == "normalise":
            values = self._normalise(node, values, record)
        if record is not None and stage != "denominate":
            record.keep(stage, node, values)
        return values

    def _impute(self, node: IndexNode, values: Floats, record: Record | None) -> Floats:
        if not node.impute:
            return values
        filled = values
        for way in node.impute:
            filled = impute(filled, way, self.frame, self.reference)
        filled = np.where(self.kept[:, None], filled, np.nan)
        if record is not None:
            added = (np.isnan(values) & ~np.isnan(filled))[:, 0]
            record.imputed[node.id] = added
            if added.any():
                text = f"{int(added.sum())} filled ({_ways(node)}): {_named(self.frame, added)}"
                record.notes.append(Note("impute", node.id, text))
        return filled

    def _treat(self, node: IndexNode, values: Floats, record: Record | None) -> Floats:
        if node.treat is None:
            return values
        treated, treatments = treat(values, node.treat, self.frame, self.reference)
        if record is not None:
            record.treatments[node.id] = treatments
            done = (
                treatment
                for treatment in treatments
                if treatment.before.fails(node.treat) or node.treat.force
            )
            record.notes += [
                Note("treat", node.id, _treated(self.frame, treatment)) for treatment in done
            ]
        return treated

    def _normalise(self, node: IndexNode, values: Floats, record: Record | None) -> Floats:
        if node.normalise is None:
            return values

        def say(text: str) -> None:
            if record is not None:
                record.notes.append(Note("normalise", node.id, text))

        return normalise(values, node.normalise, node.direction, self.frame, self.reference, say)


def score(index: Index, frame: Frame, priorities: Priorities | None = None) -> Scores:
    """Every stage of an index over a frame.

    Raises NegativeValue, WeightsDoNotCover, and UnknownName for a profile without priorities.
    """
    calculation, record = Calculation(index, frame), Record()
    weights = weights_of(index, priorities or {})
    calculation.run(weights, record)
    values = {
        node.id: record.stages[_last_stage(index, node)][node.id] for _, node in index.root.walk()
    }
    nodes = {
        node.id: NodeScores(
            score=values[node.id],
            rank=rank(values[node.id][:, None], index.ranking, calculation.among, frame)[:, 0],
            coverage=calculation.coverage[node.id],
            imputed=_imputed_below(node, record, len(frame)),
        )
        for _, node in index.root.walk()
    }
    own = {index.root.id: 1.0} | {
        child.id: float(weight)
        for group in index.root.groups()
        for child, weight in zip(group.children, weights[group.id][0], strict=True)
    }
    return Scores(
        index=index,
        frame=frame,
        nodes=nodes,
        stages=record.stages,
        weights=own,
        effective=effective(index, weights),
        treatments=record.treatments,
        notes=[*calculation.notes, *record.notes],
    )


def _last_stage(index: Index, node: IndexNode) -> str:
    ran = [stage for stage in index.order if stage != "denominate"]
    return ran[-1] if ran else ("denominate" if node.is_leaf else "aggregate")


def _imputed_below(node: IndexNode, record: Record, rows: int) -> Floats:
    count = np.zeros(rows)
    for _, inner in node.walk():
        count += record.imputed.get(inner.id, False)
    return count


def _ways(node: IndexNode) -> str:
    return ", else ".join(
        f"{way.statistic} of the same {way.group}" if way.group else way.statistic
        for way in node.impute
    )


def _named(frame: Frame, mask: Mask, most: int = 5) -> str:
    rows = np.flatnonzero(mask)
    shown = [
        frame.areas[row] if frame.years[row] is None else f"{frame.areas[row]} {frame.years[row]}"
        for row in rows[:most]
    ]
    more = f" and {rows.size - most} more" if rows.size > most else ""
    return ", ".join(shown) + more


def _treated(frame: Frame, done: Treatment) -> str:
    shapes = f"skew {done.before.skew:.3g} to {done.after.skew:.3g}, kurtosis "
    shapes += f"{done.before.kurtosis:.3g} to {done.after.kurtosis:.3g}"
    if done.log:
        what = "logarithm taken"
    else:
        mask = np.isin(np.arange(len(frame)), done.rows)
        what = f"{done.high + done.low} points winsorised ({_named(frame, mask)})"
    return f"{what}; {shapes}" + ("" if done.passed else "; it still has outliers")
