"""What must hold of the methods whatever the figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from citygoals.core.forum.forum import Forum
from citygoals.core.logic import NamedRule

Rules = Mapping[str, NamedRule]
FULL: Mapping[str, Any] = {
    "value": 20,
    "year": 2020,
    "baseline": 10,
    "baseline_year": 2010,
    "target": 50,
    "target_year": 2030,
    "direction": 1,
    "lower": 30,
    "upper": 40,
    "values": [1, 2, 3],
    "count": 3,
    "expected": 3,
}
TOWARDS_A_TARGET = (
    "open-sdg-progress",
    "unsd-2023",
    "eurostat-2021",
    "sdg-index-trend",
    "escap-anticipated-progress",
    "u4ssc-bands",
)
NUMBERS = ("sdg-index-rescale", "escap-current-status", "u4ssc-points")

figures = st.floats(min_value=0.01, max_value=1e6)
directions = st.sampled_from((1, -1))


def rank(common: Forum, name: str, status: str) -> int:
    scale = common.scales[common.rules[name].scale or ""]
    return {str(one.id): one.rank for one in scale.statuses}[status]


@pytest.mark.parametrize("absent", [None, math.nan, math.inf, -math.inf], ids=str)
def test_a_need_that_is_no_finite_number_is_absent(rules: Rules, absent: float | None) -> None:
    for rule in rules.values():
        for need in rule.needs:
            decision = rule.decide({**FULL, need: absent})
            assert (decision.status, decision.number) == (None, None), (rule.id, need)
            assert (decision.reason.code, decision.reason.args) == ("missing", (need,))


def by_formula(given: Mapping[str, Any]) -> str | None:
    """Statistics Canada's formula as it is written down; None where it has no result."""
    value, base, direction = given["value"], given["baseline"] or 0.001, given["direction"]
    years = given["year"] - given["baseline_year"]
    growth = (value / base) ** (1 / years) - 1
    target = given.get("target")
    if target is None:
        factor = shrunk(base, given)
        bars, observed = (0.015 * factor, 0.005 * factor, 0), direction * growth
    elif direction * value >= direction * target or (
        target == 0 and direction * value >= direction * 0.001
    ):
        return "target-achieved"
    else:
        asked = ((target or 0.001) / base) ** (1 / (given["target_year"] - given["baseline_year"]))
        if asked == 1:
            return None
        bars, observed = (0.95, 0.6, 0), direction * growth / abs(asked - 1)
    if any(math.isclose(observed, bar, rel_tol=1e-9, abs_tol=1e-9) for bar in bars):
        assume(False)
    words = ("on-track", "progress-needs-acceleration", "limited-progress")
    reached = (word for word, bar in zip(words, bars, strict=True) if observed >= bar)
    return next(reached, "deterioration")


def shrunk(base: float, given: Mapping[str, Any]) -> float:
    """The factor by which a natural limit makes the bars smaller."""
    limit = given.get("upper" if given["direction"] > 0 else "lower")
    if limit is None or base >= 2 * limit:
        return 1.0
    return 1 - (min(base, 2 * limit - base) / limit) ** 4.44


@given(
    value=figures | st.just(0),
    baseline=figures | st.just(0),
    target=figures | st.sampled_from((0, None)),
    direction=directions,
    limits=st.sampled_from(({}, {"upper": 100}, {"lower": 1}, {"lower": 0, "upper": 50})),
    years=st.tuples(st.integers(2011, 2029), st.integers(2030, 2040)),
)
def test_open_sdg_is_the_formula(
    rules: Rules,
    value: float,
    baseline: float,
    target: float | None,
    direction: int,
    limits: Mapping[str, float],
    years: tuple[int, int],
) -> None:
    row = {"value": value, "baseline": baseline, "direction": direction, **limits}
    row |= {"year": years[0], "baseline_year": 2010, "target_year": years[1]}
    if target is not None:
        row["target"] = target
    assert rules["open-sdg-progress"].decide(row).status == by_formula(row)


@given(
    baseline=figures,
    target=figures,
    first=figures,
    second=figures,
    direction=directions,
)
def test_a_better_value_never_has_a_worse_status(
    common: Forum,
    rules: Rules,
    baseline: float,
    target: float,
    first: float,
    second: float,
    direction: int,
) -> None:
    assume(baseline != target)
    worse, better = sorted((first, second), key=lambda value: direction * value)
    row = {**FULL, "baseline": baseline, "target": target, "direction": direction}
    for name in TOWARDS_A_TARGET:
        low, high = (rules[name].decide({**row, "value": value}) for value in (worse, better))
        assert low.status is not None
        assert high.status is not None
        assert rank(common, name, low.status) <= rank(common, name, high.status), name


@given(baseline=figures, target=figures, first=figures, second=figures, direction=directions)
def test_a_better_value_never_has_a_lower_number(
    rules: Rules, baseline: float, target: float, first: float, second: float, direction: int
) -> None:
    assume(baseline != target)
    worse, better = sorted((first, second), key=lambda value: direction * value)
    row = {"baseline": baseline, "target": target, "direction": direction}
    for name in ("escap-current-status", "u4ssc-points"):
        low, high = (rules[name].decide({**row, "value": value}) for value in (worse, better))
        assert low.number is not None
        assert high.number is not None
        assert low.number <= high.number, name


@given(
    baseline=figures,
    target=figures,
    value=figures,
    direction=directions,
    power=st.integers(-20, 20),
)
def test_the_unit_does_not_matter(
    rules: Rules, baseline: float, target: float, value: float, direction: int, power: int
) -> None:
    """Units that differ by a power of two give the same bits, so they must give the same answer."""
    scale = 2.0**power
    row = {**FULL, "baseline": baseline, "target": target, "value": value, "direction": direction}
    other = {**row, **{name: row[name] * scale for name in ("baseline", "target", "value")}}
    for name in (*TOWARDS_A_TARGET[2:], "escap-current-status", "u4ssc-points"):
        here, there = rules[name].decide(row), rules[name].decide(other)
        assert (here.status, here.number) == (there.status, there.number), name


marks = st.lists(st.integers(0, 1000), min_size=4, max_size=4, unique=True).map(sorted)


@given(marks=marks, value=st.integers(-100, 1100), mirrored=st.booleans())
def test_an_indicators_colour_is_that_of_its_place(
    rules: Rules, marks: Sequence[int], value: int, mirrored: bool
) -> None:
    sign = -1 if mirrored else 1
    names = ("baseline", "lower", "upper", "target")
    row = {name: sign * mark for name, mark in zip(names, marks, strict=True)}
    row["value"] = sign * value
    place = rules["sdg-index-rescale"].decide(row).number
    colour = rules["sdg-index-indicator-colour"].decide(row).status
    assert place is not None
    assert 0 <= place <= 3
    assume(abs(place - 1.5) > 1e-9)
    expected = ("red", "orange", "yellow", "green")[sum(place >= bar for bar in (1, 1.5, 2))]
    assert colour == expected


places = st.lists(st.floats(min_value=0, max_value=3), min_size=1, max_size=12)


@given(values=places, shuffle=st.randoms(use_true_random=False))
@example(values=[0.5, 1.5], shuffle=None)
def test_a_goals_colour_is_the_published_rule(
    rules: Rules, values: list[float], shuffle: Any
) -> None:
    two = sorted(values)[:2]
    mean = sum(two) / len(two)
    assume(all(abs(x - bar) > 1e-3 for x in (mean, *two) for bar in (1, 1.5, 2)))
    if max(two) < 1:
        expected = "red"
    elif mean < 1.5:
        expected = "orange"
    else:
        expected = "green" if min(values) >= 2 else "yellow"
    mixed = list(values)
    if shuffle is not None:
        shuffle.shuffle(mixed)
    assert rules["sdg-index-goal-colour"].decide({"values": mixed}).status == expected


@given(baseline=figures | st.none(), target=figures, value=figures, direction=directions)
def test_bands_are_points(
    rules: Rules, baseline: float | None, target: float, value: float, direction: int
) -> None:
    row = {"baseline": baseline, "target": target, "value": value, "direction": direction}
    points = rules["u4ssc-points"].decide(row).number
    band = rules["u4ssc-bands"].decide(row).status
    assert band == {1: "below-33", 2: "33-to-66", 3: "66-to-95", 4: "95-or-more"}[int(points or 0)]


@given(
    peers=st.lists(st.integers(-1000, 1000), min_size=2, max_size=40),
    value=st.integers(-1000, 1000),
    target=st.integers(-1000, 1000),
    direction=directions,
)
def test_a_distance_is_in_deviations_of_the_peers(
    rules: Rules, peers: list[int], value: int, target: int, direction: int
) -> None:
    import statistics

    row = {"value": value, "target": target, "direction": direction}
    row |= {"values": peers, "count": len(peers)}
    number = rules["oecd-distance"].decide(row).number
    if direction * (value - target) >= 0:
        assert number == 0
    elif len(set(peers)) == 1:
        assert number is None
    else:
        assert number == pytest.approx(abs(value - target) / statistics.stdev(peers), rel=1e-9)
