"""How far ranks depend on choices: small indices whose answers are plain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from citygoals.core.base.errors import UnknownName
from citygoals.core.results.score import Frame, Index, score
from citygoals.core.results.score.favourable import NoBenefitOfTheDoubt, favourable
from citygoals.core.results.score.robustness import (
    NothingToVary,
    drawn,
    leave_one_out,
    ranks_under,
    simulate,
    under_priorities,
)
from citygoals.core.results.score.variants import variants
from citygoals.core.results.score.weight import WeightsDoNotCover, weights_of

Reader = Callable[[Mapping[str, Any]], tuple[Index, Frame]]
WEIGHTS = frozenset({"weights"})
TWO = {
    "children": [{"id": "x", "weight": 9}, {"id": "y", "weight": 1}],
    "table": {"area": ["a", "b", "c"], "x": [90, 60, 10], "y": [5, 95, 1]},
}
RICH = {
    "indicators": {"normalise": "min-max", "impute": {"statistic": "mean", "group": "region"}},
    "children": [{"id": "g", "children": ["x", "y"]}, {"id": "h", "children": ["z", "w"]}],
    "table": {
        "area": ["a", "b", "c", "d", "e", "f"],
        "region": ["n", "n", "n", "s", "s", "s"],
        "x": [1, 5, "", 8, 9, 2],
        "y": [7, 2, 3, "", 1, 6],
        "z": [4, 8, 2, 6, 3, 90],
        "w": [5, 1, 9, 2, "", 4],
    },
}


def test_the_same_seed_gives_the_same_ranks(case_reader: Reader) -> None:
    index, frame = case_reader(RICH)
    first, again, other = (simulate(index, frame, draws=400, seed=s) for s in (7, 7, 8))
    for key in ("nominal", "mean", "median", "low", "high", "best", "worst", "draws"):
        assert (getattr(first.intervals, key) == getattr(again.intervals, key)).all()
    assert (first.intervals.mean != other.intervals.mean).any()


def test_who_is_best_in_everything_is_always_first(case_reader: Reader) -> None:
    table = {"area": ["a", "b", "c"], "x": [9, 5, 1], "y": [8, 2, 6], "z": [7, 6, 1]}
    index, frame = case_reader(
        {
            "indicators": {"normalise": "min-max"},
            "robustness": {"concentration": 2},
            "children": ["x", "y", "z"],
            "table": table,
        }
    )
    said = simulate(index, frame, draws=500, seed=1).intervals
    assert (said.best[0], said.low[0], said.high[0], said.worst[0]) == (1, 1, 1, 1)
    assert (said.best[1], said.worst[1], said.best[2], said.worst[2]) == (2, 3, 2, 3)
    assert list(said.draws) == [500, 500, 500]
    assert said.mean.sum() == pytest.approx(1 + 2 + 3)


def test_intervals_stand_in_their_order_and_are_ranks(case_reader: Reader) -> None:
    index, frame = case_reader(RICH)
    said = simulate(index, frame, draws=300, seed=3).intervals
    order = [said.best, said.low, said.median, said.high, said.worst]
    for lower, upper in pairwise(order):
        assert (lower <= upper).all()
    for ranks in order:
        assert (ranks == np.round(ranks)).all()
    assert (said.nominal == score(index, frame).top.rank).all()


def test_a_share_of_draws_agrees_with_the_distribution(case_reader: Reader) -> None:
    """a is before b while 90 w + 5 (1 - w) > 60 w + 95 (1 - w), that is w > 3/4.

    Two equal weights at a concentration of 2 are spread evenly, so that a is first in a quarter of
    the draws and second in the others: its mean rank is 1.75.
    """
    case = {"children": ["x", "y"], "table": TWO["table"], "robustness": {"concentration": 2}}
    index, frame = case_reader(case)
    said = simulate(index, frame, draws=20_000, seed=5, vary=WEIGHTS).intervals
    assert said.nominal.tolist() == [2, 1, 3]
    assert said.mean == pytest.approx([1.75, 1.25, 3], abs=0.01)
    assert (said.low[0], said.median[0], said.high[0]) == (1, 2, 2)


def test_what_happens_in_more_than_one_draw_of_twenty_is_inside(case_reader: Reader) -> None:
    """a is before b while 90 w + 5 (1 - w) > 60 w + 405 (1 - w), that is w > 40/43: in 7 %."""
    table = {"area": ["a", "b"], "x": [90, 60], "y": [5, 405]}
    case = {"children": ["x", "y"], "table": table, "robustness": {"concentration": 2}}
    index, frame = case_reader(case)
    said = simulate(index, frame, draws=5_000, seed=6, vary=WEIGHTS).intervals
    assert (said.low.tolist(), said.high.tolist()) == ([1, 1], [2, 2])
    assert said.median.tolist() == [2, 1]
    assert said.mean[0] == pytest.approx(2 - 3 / 43, abs=0.01)


def test_weights_are_drawn_around_the_stated_ones(case_reader: Reader) -> None:
    index, _ = case_reader(
        {
            "children": [
                {"id": "x", "weight": 6},
                {"id": "y", "weight": 4},
                {"id": "z", "weight": 0},
            ],
            "table": {"area": ["a"], "x": [1], "y": [1], "z": [1]},
        }
    )
    found = drawn(index, weights_of(index, {}), 20_000, np.random.default_rng(2))["index"]
    assert found.sum(axis=1) == pytest.approx(1)
    assert found.mean(axis=0) == pytest.approx([0.6, 0.4, 0], abs=0.002)
    assert found.var(axis=0)[0] == pytest.approx(0.6 * 0.4 / 101, rel=0.05)


def test_every_choice_is_varied_and_told(case_reader: Reader) -> None:
    index, frame = case_reader(RICH)
    said = {variant.name for variant in variants(index, frozenset({"normalise", "impute"}))}
    assert said == {
        "as stated",
        "z-score",
        "percentile-rank",
        "no imputation",
        "imputed median",
        "z-score, no imputation",
        "z-score, imputed median",
        "percentile-rank, no imputation",
        "percentile-rank, imputed median",
    }
    found = simulate(index, frame, draws=900, seed=1)
    by_choice = {(one.choice, one.name): one for one in found.effects}
    names = {("normalise", name) for name in ("as stated", "z-score", "percentile-rank")}
    names |= {("aggregate", "as stated"), ("aggregate", "geometric")}
    names |= {("impute", name) for name in ("as stated", "no imputation", "imputed median")}
    assert by_choice.keys() == names
    assert all(one.draws > 200 for one in found.effects)
    for choice in ("normalise", "aggregate", "impute"):
        assert sum(one.draws for key, one in by_choice.items() if key[0] == choice) == 900
    assert all(one.shift >= 0 for one in by_choice.values())


def test_choices_keep_what_they_do_not_change(case_reader: Reader) -> None:
    """Groups keep their own stages; another statistic keeps the stated group and reference."""
    rule = {"statistic": "mean", "group": "region", "reference": {"region": "n"}}
    case = {**RICH, "indicators": {"impute": rule}, "levels": [{}, {"normalise": "rank"}]}
    index, _ = case_reader(case)
    found = {one.name: one.index for one in variants(index, frozenset({"normalise", "impute"}))}
    for name, how in (("z-score", "z-score"), ("as stated", None)):
        group = found[name].root.children[0]
        assert group.normalise is not None
        assert group.normalise.method == "rank"
        leaf = group.children[0].normalise
        assert (None if leaf is None else leaf.method) == how
    median = found["imputed median"].root.leaves()[0].impute
    stated = index.root.leaves()[0].impute
    assert median == (replace(stated[0], statistic="median"),)
    assert found["no imputation"].root.leaves()[0].impute == ()


def test_choices_of_the_document_replace_the_usual_ones(case_reader: Reader) -> None:
    said = {
        "normalise": ["rank"],
        "aggregate": ["harmonic", "min"],
        "impute": [{"statistic": "value", "value": 0}],
    }
    index, _ = case_reader({**RICH, "robustness": said})
    found = variants(index, frozenset({"normalise", "aggregate", "impute"}))
    assert {one.normalise for one in found} == {"as stated", "rank"}
    assert {one.aggregate for one in found} == {"as stated", "harmonic", "min"}
    assert {one.impute for one in found} == {"as stated", "imputed value"}
    assert len(found) == 2 * 3 * 2


def test_a_choice_without_scores_is_left_out_and_said(case_reader: Reader) -> None:
    case = {**TWO, "robustness": {"normalise": ["z-score"], "aggregate": ["geometric"]}}
    index, frame = case_reader(case)
    found = simulate(index, frame, draws=200, seed=1)
    assert len(found.left_out) == 1
    assert found.left_out[0].startswith("z-score, geometric: 'index' is a geometric mean")
    assert list(found.intervals.draws) == [200] * 3


@pytest.mark.parametrize(
    ("case", "vary", "words"),
    [
        ({"children": ["x"], "table": {"area": ["a"], "x": [""]}}, WEIGHTS, "no area has a rank"),
        (
            {"children": ["x"], "table": {"area": ["a"], "x": [1]}},
            frozenset({"impute"}),
            "nothing varies",
        ),
    ],
)
def test_nothing_to_vary(
    case: dict[str, Any], vary: frozenset[str], words: str, case_reader: Reader
) -> None:
    index, frame = case_reader(case)
    with pytest.raises(NothingToVary, match=words):
        simulate(index, frame, draws=10, vary=vary)


def test_what_happens_without_each_indicator(case_reader: Reader) -> None:
    """Without x the order is b, a, c; without y it stays a, b, c. g goes with its only child."""
    index, frame = case_reader(
        {
            "children": [{"id": "g", "weight": 9, "children": ["x"]}, {"id": "y", "weight": 1}],
            "groups": {"minimum": {"share": 1}},
            "table": TWO["table"],
        }
    )
    leaves, shifts = leave_one_out(index, frame)
    assert [leaf.id for leaf in leaves] == ["x", "y"]
    assert shifts.tolist() == [[1, 0], [-1, 0], [0, 0]]


@pytest.mark.parametrize("minimum", [{"share": 1}, {"children": 2}])
def test_an_indicator_left_out_lowers_the_minimum(
    minimum: dict[str, int], case_reader: Reader
) -> None:
    """Two of two children are needed; without one of them one of one is."""
    index, frame = case_reader({**TWO, "groups": {"minimum": minimum}})
    _, shifts = leave_one_out(index, frame)
    assert shifts.tolist() == [[1, 0], [-1, 0], [0, 0]]


def test_ranks_under_the_priorities_of_everyone(case_reader: Reader) -> None:
    priorities = {"kr": {"x": 0.9, "y": 0.1}, "my": {"x": 0.1, "y": 0.9}}
    index, frame = case_reader(TWO)
    found = under_priorities(index, frame, priorities, ["kr", "my"])
    assert {name: ranks.tolist() for name, ranks in found.items()} == {
        "kr": [1, 2, 3],
        "my": [2, 1, 3],
    }
    with pytest.raises(UnknownName, match="'id'; known: kr, my"):
        under_priorities(index, frame, priorities, ["id"])
    with pytest.raises(WeightsDoNotCover, match="of 'kr' do not cover y under 'index'"):
        under_priorities(index, frame, {"kr": {"x": 1.0}}, ["kr"])
    with pytest.raises(WeightsDoNotCover, match="every priority of 'kr' under 'index' is 0"):
        under_priorities(index, frame, {"kr": {"x": 0.0, "y": 0.0}}, ["kr"])


def test_many_weights_at_once_are_each_alone(case_reader: Reader) -> None:
    """The ranks of every draw are those of a run with its weights only."""
    case = {
        **RICH,
        "levels": [{}, {"impute": "mean", "minimum": {"share": 1}, "normalise": "min-max"}],
    }
    index, frame = case_reader({**case, "indicators": {"normalise": "min-max"}})
    weights = drawn(index, weights_of(index, {}), 20, np.random.default_rng(4))
    together = ranks_under(index, frame, weights)
    for draw in range(20):
        alone = {name: one[draw : draw + 1] for name, one in weights.items()}
        assert (ranks_under(index, frame, alone)[:, 0] == together[:, draw]).all()


def test_the_most_favourable_weights_by_hand() -> None:
    """c is (1/2, 1/2) beside (1, 1/2) and (1/2, 1): its best weights are 2/3 twice, score 2/3."""
    found = favourable(np.array([[1, 0.5], [0.5, 1], [0.5, 0.5]]), np.array([0.5, 0.5]))
    assert found.score == pytest.approx([1, 1, 2 / 3])
    assert found.rank.tolist() == [1, 1, 3]


def test_favourable_weights_near_the_stated_ones() -> None:
    """Without freedom the weights are the stated ones: 3/4 and 1/4."""
    values = np.array([[100.0, 0.0], [0.0, 100.0], [np.nan, np.nan], [np.nan, 40.0], [0.0, 0.0]])
    found = favourable(values, np.array([0.75, 0.25]), 0.0)
    assert found.score == pytest.approx([1, 1 / 3, np.nan, 10 / 75, 0], nan_ok=True)
    assert found.rank == pytest.approx([1, 2, np.nan, 3, 4], nan_ok=True)
    assert found.weights[:2] == pytest.approx(np.array([[0.75, 0.25], [0.75, 0.25]]))
    half = favourable(values, np.array([0.75, 0.25]), 0.5)
    assert half.weights[1] == pytest.approx([0.625, 0.375])
    assert half.score[1] == pytest.approx(0.6)


def test_favourable_weights_keep_between_their_bounds() -> None:
    """Three equal weights with freedom 1/2 are between 1/6 and 1/2 each.

    a = (100, 60, 0) takes 1/2, 1/3 and 1/6, which is 70 beside the 100 of b.
    """
    values = np.array([[100.0, 60.0, 0.0], [100.0, 100.0, 100.0]])
    found = favourable(values, np.full(3, 1 / 3), 0.5)
    assert found.weights[0] == pytest.approx([1 / 2, 1 / 3, 1 / 6])
    assert found.score == pytest.approx([0.7, 1])


def test_scores_below_zero_have_no_benefit_of_the_doubt() -> None:
    with pytest.raises(NoBenefitOfTheDoubt, match="scores of 0 or more"):
        favourable(np.array([[-1.0, 2.0]]), np.array([0.5, 0.5]))
