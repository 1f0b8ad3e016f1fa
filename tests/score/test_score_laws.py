"""Laws that hold of every index, whatever the figures."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from citygoals.core.base.model import Direction, Text
from citygoals.core.results.score import Frame, Index, IndexNode, score
from citygoals.core.results.score.favourable import favourable
from citygoals.core.results.score.index import Aggregate, Mean, Normalise, Treat
from citygoals.core.results.score.rank import ascending
from citygoals.core.results.score.treat import shape

Floats = NDArray[np.float64]
QUIET = settings(deadline=None, max_examples=60)
"""A busy machine is no failure."""

figures = st.integers(-1000, 1000).map(lambda quarters: quarters / 4)
positive = st.integers(1, 4000).map(lambda quarters: quarters / 4)
maybe = st.one_of(st.just(float("nan")), figures)
columns = st.lists(figures, min_size=2, max_size=12)
tables = st.integers(2, 8).flatmap(
    lambda width: st.lists(st.lists(maybe, min_size=width, max_size=width), min_size=2, max_size=5)
)


def leaf(name: str, **settings: Any) -> IndexNode:
    return IndexNode(id=name, title=Text({"en": name}), indicator=name, **settings)


def index_over(*children: IndexNode, **settings: Any) -> Index:
    root = IndexNode(id="index", title=Text({"en": "Index"}), children=children, **settings)
    return Index(id="test", title=Text({"en": "Test"}), root=root)


def frame_of(**values: list[float]) -> Frame:
    areas = [f"a{at}" for at in range(len(next(iter(values.values()))))]
    found = {name: np.array(column, dtype=np.float64) for name, column in values.items()}
    return Frame(file="table", areas=areas, names=areas, years=[None] * len(areas), figures=found)


def one(values: list[float], **settings: Any) -> Floats:
    """The scores of one indicator."""
    return score(index_over(leaf("x", **settings)), frame_of(x=values)).nodes["x"].score


@QUIET
@given(columns)
def test_min_max_keeps_the_order_and_reaches_both_ends(values: list[float]) -> None:
    scores = one(values, normalise=Normalise(method="min-max"))
    if len(set(values)) == 1:
        assert np.isnan(scores).all()
        return
    assert (scores.min(), scores.max()) == (0.0, 100.0)
    assert list(np.argsort(values, kind="stable")) == list(np.argsort(scores, kind="stable"))


@QUIET
@given(columns, st.sampled_from([0.25, 2.0, 1024.0]), figures, st.booleans())
def test_scores_do_not_depend_on_the_unit(
    values: list[float], factor: float, shift: float, standard: bool
) -> None:
    how = Normalise(method="z-score" if standard else "min-max")
    changed = one([factor * value + shift for value in values], normalise=how)
    assert changed == pytest.approx(one(values, normalise=how), abs=1e-9, nan_ok=True)


@QUIET
@given(columns, st.sampled_from(["min-max", "z-score", "percentile-rank"]))
def test_lower_is_better_mirrors_higher_is_better(values: list[float], method: Any) -> None:
    how = Normalise(method=method)
    down = one(values, normalise=how, direction=Direction.LOWER)
    up = one([-value for value in values], normalise=how)
    assert down == pytest.approx(up, nan_ok=True)


@QUIET
@given(columns, st.sampled_from(["rank", "percentile-rank"]))
def test_ranks_depend_on_the_order_alone(values: list[float], method: Any) -> None:
    cubes = [value**3 for value in values]
    how = Normalise(method=method)
    assert one(cubes, normalise=how) == pytest.approx(one(values, normalise=how), nan_ok=True)


@QUIET
@given(st.lists(figures, min_size=1, max_size=12, unique=True))
def test_ranks_without_ties_are_a_permutation(values: list[float]) -> None:
    ranks = score(index_over(leaf("x")), frame_of(x=values)).top.rank
    assert sorted(ranks) == list(range(1, len(values) + 1))
    assert [values[row] for row in np.argsort(ranks)] == sorted(values, reverse=True)


@QUIET
@given(tables, st.lists(st.integers(1, 9), min_size=5, max_size=5), st.sampled_from([3.0, 0.1]))
def test_weights_count_by_their_proportions(
    table: list[list[float]], weights: list[int], factor: float
) -> None:
    said = {f"x{at}": column for at, column in enumerate(table)}
    stated, changed = (
        score(
            index_over(*(leaf(n, weight=f * w) for n, w in zip(said, weights, strict=False))),
            frame_of(**said),
        ).top
        for f in (1.0, factor)
    )
    assert changed.score == pytest.approx(stated.score, nan_ok=True)
    assert changed.rank == pytest.approx(stated.rank, nan_ok=True)


@QUIET
@given(
    st.lists(st.tuples(positive, positive, positive), min_size=1, max_size=6),
    st.tuples(*[st.integers(1, 9)] * 3),
)
def test_means_stand_in_their_order(
    rows: list[tuple[float, float, float]], weights: tuple[int, int, int]
) -> None:
    """min <= harmonic <= geometric <= arithmetic <= quadratic <= max."""
    frame = frame_of(**{f"x{at}": [row[at] for row in rows] for at in range(3)})
    children = [leaf(f"x{at}", weight=float(weight)) for at, weight in enumerate(weights)]
    methods: list[Mean] = ["min", "harmonic", "geometric", "arithmetic", "power", "max"]
    found = [
        score(index_over(*children, aggregate=Aggregate(method=m, exponent=2.0)), frame).top.score
        for m in methods
    ]
    for lower, upper in pairwise(found):
        assert (lower <= upper * (1 + 1e-12)).all()


@QUIET
@given(tables)
def test_a_mean_is_of_the_children_that_are_there(table: list[list[float]]) -> None:
    said = {f"x{at}": column for at, column in enumerate(table)}
    top = score(index_over(*map(leaf, said)), frame_of(**said)).top
    for row, value in enumerate(top.score):
        there = [column[row] for column in table if not np.isnan(column[row])]
        assert top.coverage[row] == pytest.approx(len(there) / len(table))
        assert value == pytest.approx(np.mean(there) if there else np.nan, nan_ok=True)


@QUIET
@given(st.lists(figures, min_size=4, max_size=30), st.integers(1, 4))
def test_winsorising_moves_no_more_points_than_it_may(values: list[float], most: int) -> None:
    how = Treat(winsorise=most, log="none")
    scores = score(index_over(leaf("x", treat=how)), frame_of(x=values))
    treated, said = scores.stages["treat"]["x"], scores.treatments["x"][0]
    moved = np.flatnonzero(treated != np.array(values))
    assert said.rows == tuple(moved)
    assert treated.min() >= min(values)
    assert treated.max() <= max(values)
    assert set(treated) <= set(values)
    if said.passed:
        assert not shape(treated).fails(how)
    else:
        assert moved.size >= min(most, 1)


@QUIET
@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=30))
def test_shapes_agree_with_scipy(values: list[float]) -> None:
    from scipy.stats import kurtosis, skew

    rounded = np.round(np.array(values), 3)
    said = shape(rounded)
    if np.ptp(rounded) == 0:
        assert np.isnan(said.skew)
        return
    assert said.skew == pytest.approx(skew(rounded, bias=False), rel=1e-6, abs=1e-9)
    assert said.kurtosis == pytest.approx(kurtosis(rounded, bias=False), rel=1e-6, abs=1e-9)


drawn_columns = st.integers(0, 4).flatmap(
    lambda width: st.lists(
        st.lists(
            st.sampled_from([0.0, -0.0, 1.0, 2.0, np.nan, np.inf, -np.inf]) | st.floats(),
            min_size=width,
            max_size=width,
        ),
        max_size=8,
    ).map(lambda rows: np.array(rows, dtype=np.float64).reshape(len(rows), width))
)


@QUIET
@given(drawn_columns, st.sampled_from(["min", "max", "average", "dense"]))
def test_ranks_are_scipys_to_the_bit(values: Any, ties: Any) -> None:
    from scipy.stats import rankdata

    missing = np.isnan(values)
    said = rankdata(np.where(missing, np.inf, values), method=ties, axis=0)
    assert ascending(values, ties).tobytes() == np.where(missing, np.nan, said).tobytes()


values_of_areas = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 100).map(float), min_size=width, max_size=width),
        min_size=1,
        max_size=6,
    )
)


@QUIET
@given(values_of_areas, st.data(), st.sampled_from([None, 0.0, 0.3, 1.0]))
def test_no_other_weights_suit_an_area_better(
    rows: list[list[float]], data: st.DataObject, freedom: float | None
) -> None:
    """Benefit of the doubt is the best of its polytope: weights drawn from it score no more."""
    values = np.array(rows)
    width = values.shape[1]
    stated = np.full(width, 1 / width)
    drawn = np.array(data.draw(st.lists(st.integers(1, 20), min_size=width, max_size=width)))
    shares = drawn / drawn.sum()
    if freedom is not None:
        bend = data.draw(st.floats(0, 1)) * freedom
        shares = stated + bend * (shares - stated) * stated.min() / np.abs(shares - stated).max(
            initial=1e-9
        )
    totals = values @ shares
    found = favourable(values, stated, freedom)
    assert (found.score <= 1 + 1e-7).all()
    if totals.max() > 0:
        assert (found.score >= totals / totals.max() - 1e-7).all()
    known = ~np.isnan(found.weights).all(axis=1)
    assert found.weights[known].sum(axis=1) == pytest.approx(1)
    if freedom is not None:
        assert (np.abs(found.weights[known] - stated) <= freedom * stated + 1e-7).all()
