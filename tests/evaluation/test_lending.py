"""Lent figures are rounded once: what is written in decimals stays so in another unit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from citygoals.core.judging.lending import times

PRODUCTS: list[tuple[float, str, float]] = [
    (0.55, "100", 55.0),
    (0.1343642, "100", 13.43642),
    (853453194.558823, "100", 85345319455.8823),
    (5.0, "1/10", 0.5),
    (1.0, "1/3", 1 / 3),
    (-0.07, "100", -7.0),
    (0.0, "100", 0.0),
    (1e308, "100", float("nan")),
    (float("nan"), "100", float("nan")),
]


@pytest.mark.parametrize(("value", "factor", "product"), PRODUCTS)
def test_a_product_is_rounded_once(value: float, factor: str, product: float) -> None:
    (found,) = times(np.array([value]), Fraction(factor)).tolist()
    assert repr(found) == repr(product)


def test_products_of_many_are_those_of_each() -> None:
    values = [value for value, _, _ in PRODUCTS]
    together = times(np.array(values), Fraction(100)).tolist()
    each = [times(np.array([value]), Fraction(100)).tolist()[0] for value in values]
    assert repr(together) == repr(each)
