"""Scores of larger areas from those of the areas in them: plain means, or weighted by a column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from citygoals.core.base.errors import Finding, Place
from citygoals.core.figures.tables import MOST_FINDINGS, UnusableTable
from citygoals.core.results.score.frame import Floats, Frame, Mask, Rows
from citygoals.core.results.score.index import RollUp
from citygoals.core.results.score.pipeline import NodeScores, Scores
from citygoals.core.results.score.rank import rank


def roll_up(scores: Scores, how: RollUp) -> Scores:
    """The scores of the groups that a column names, each year apart, ranked among themselves.

    A group's score is the mean over its areas that have one; its coverage is the mean over all of
    them. Raises UnusableTable where an area with a score has no weight.
    """
    weights = _weights(scores, how)
    members = _members(scores.frame, how.group)
    frame = Frame(
        file=scores.frame.file,
        areas=[name for name, _, _ in members],
        names=[name for name, _, _ in members],
        years=[year for _, year, _ in members],
        figures={},
        layout=scores.frame.layout,
    )
    rows = [area_rows for _, _, area_rows in members]
    among = _among(scores, rows)
    nodes = {
        name: _node(scores, node, rows, weights, among, frame)
        for name, node in scores.nodes.items()
    }
    return Scores(
        index=scores.index,
        frame=frame,
        nodes=nodes,
        stages={},
        weights=scores.weights,
        effective=scores.effective,
        treatments=scores.treatments,
        notes=scores.notes,
    )


def _members(frame: Frame, group: str) -> list[tuple[str, int | None, Rows]]:
    return [
        (name, year, rows)
        for year, scope in frame.by_year.items()
        for name, rows in frame.group(group, scope)
    ]


def _weights(scores: Scores, how: RollUp) -> Floats:
    if how.weight is None:
        return np.ones(len(scores.frame))
    weights = scores.frame.figures[how.weight]
    bad = ~np.isnan(scores.top.score) & ~(weights > 0)
    if bad.any():
        raise UnusableTable(
            Finding(
                code="table-weight",
                message=f"{scores.frame.areas[row]} has no {how.weight!r} above 0 to weigh it by",
                at=Place(file=scores.frame.file),
                mend="fill it in, or roll up without a weight",
            )
            for row in np.flatnonzero(bad)[:MOST_FINDINGS]
        )
    return weights


def _among(scores: Scores, rows: Sequence[Rows]) -> Mask:
    how = scores.index.ranking
    single = scores.frame.where(how.among)
    coverage = np.array([scores.top.coverage[members].mean() for members in rows])
    anyone = np.array([bool(single[members].any()) for members in rows], dtype=bool)
    return np.asarray(anyone & (coverage >= how.coverage - 1e-12))


def _node(
    scores: Scores,
    node: NodeScores,
    rows: Sequence[Rows],
    weights: Floats,
    among: Mask,
    frame: Frame,
) -> NodeScores:
    means = np.array([_mean(node.score[members], weights[members]) for members in rows])
    return NodeScores(
        score=means,
        rank=rank(means[:, None], scores.index.ranking, among, frame)[:, 0],
        coverage=np.array([node.coverage[members].mean() for members in rows]),
        imputed=np.array([node.imputed[members].sum() for members in rows]),
    )


def _mean(values: Floats, weights: Floats) -> float:
    present = ~np.isnan(values)
    return float(np.average(values[present], weights=weights[present])) if present.any() else np.nan
