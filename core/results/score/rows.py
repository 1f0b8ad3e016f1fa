"""Scores as rows: areas with their nodes, wide, nested or long; weights; values after a stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.results.score.frame import Frame
from citygoals.core.results.score.index import Index
from citygoals.core.results.score.pipeline import Scores

Row = dict[str, Any]


class NoSuchYear(CitygoalsError):  # noqa: N818
    """A year that a table does not have."""


def plain(number: float, missing: Any = None) -> Any:
    """A number as JSON has it: whole ones without a point, `missing` for NaN."""
    return missing if number != number else float(number)


def rank_cell(rank: float) -> int | float | None:
    """A rank as a whole number where it is one; None without a rank."""
    if rank != rank:
        return None
    return int(rank) if float(rank).is_integer() else float(rank)


def place_cells(frame: Frame, row: int) -> Row:
    """Which area a row is about, and which year."""
    return {"area": frame.areas[row], "name": frame.names[row], "year": frame.years[row]}


def dated_cells(frame: Frame, row: int) -> Row:
    """As `place_cells`, without a year where the table has none."""
    cells = place_cells(frame, row)
    return {key: cell for key, cell in cells.items() if key != "year" or cell is not None}


def node_cells(scores: Scores, node: str, row: int) -> Row:
    """Score, rank, coverage and number of imputations of one node in one row."""
    scored = scores.nodes[node]
    return {
        "score": plain(scored.score[row]),
        "rank": rank_cell(scored.rank[row]),
        "coverage": plain(scored.coverage[row]),
        "imputed": int(scored.imputed[row]),
    }


def order(scores: Scores, year: int | None = None) -> list[int]:
    """The rows of a year (or all), years in their order, best first, then by name.

    Raises NoSuchYear.
    """
    frame, top = scores.frame, scores.top
    if year is not None and year not in frame.by_year:
        known = ", ".join(map(str, filter(None, frame.by_year))) or "none"
        raise NoSuchYear(f"{frame.file}: no figures of the year {year}; it has: {known}")
    years = frame.by_year if year is None else {year: frame.by_year[year]}

    def place(row: int) -> tuple[float, float, str]:
        score, rank = float(top.score[row]), float(top.rank[row])
        return (plain(rank, 1e9), -plain(score, -1e300), frame.names[row])

    return [row for rows in years.values() for row in sorted(map(int, rows), key=place)]


def score_rows(scores: Scores, year: int | None = None) -> Iterator[Row]:
    """One row for each area and year, best first: the index, then every node below it."""
    root, *below = (node.id for _, node in scores.index.root.walk())
    for row in order(scores, year):
        cells = dated_cells(scores.frame, row) | node_cells(scores, root, row)
        for node in below:
            its = node_cells(scores, node, row)
            cells[node] = its.pop("score")
            cells |= {f"{node} {key}": cell for key, cell in its.items()}
        yield cells


def nested_rows(scores: Scores, year: int | None = None) -> Iterator[Row]:
    """One object for each area and year, with every node of the index under `nodes`."""
    root, *below = (node.id for _, node in scores.index.root.walk())
    for row in order(scores, year):
        yield {
            **place_cells(scores.frame, row),
            **node_cells(scores, root, row),
            "nodes": {node: node_cells(scores, node, row) for node in below},
        }


def long_rows(scores: Scores, year: int | None = None) -> Iterator[Row]:
    """One row for each area, year and node."""
    nodes = list(_nodes(scores.index))
    for row in order(scores, year):
        for node in nodes:
            cells = node_cells(scores, node["node"], row)
            yield {**place_cells(scores.frame, row), **node, **cells}


def weight_rows(scores: Scores) -> Iterator[Row]:
    """One row for each node: what it weighs in its group, and in the whole index."""
    for node in _nodes(scores.index):
        cells = {key: node[key] for key in ("node", "title", "level", "parent")}
        weight, in_index = scores.weights[node["node"]], scores.effective[node["node"]]
        yield {**cells, "weight": weight, "weight_in_index": in_index}


def stage_rows(scores: Scores, stage: str, year: int | None = None) -> Iterator[Row]:
    """One row for each area and year with the value of each node after a stage."""
    values = scores.stages.get(stage, {})
    for row in order(scores, year):
        cells = {node: plain(figures[row]) for node, figures in values.items()}
        yield place_cells(scores.frame, row) | cells


def _nodes(index: Index) -> Iterator[Row]:
    parents = {child.id: group.id for group in index.root.groups() for child in group.children}
    for depth, node in index.root.walk():
        yield {
            "level": index.level(depth),
            "node": node.id,
            "title": str(node.title),
            "parent": parents.get(node.id),
        }
