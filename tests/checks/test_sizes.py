"""The sizes that save an import of pint are pint's own."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest
from pint import UnitRegistry

from citygoals.core.base.sizes import SIZES, size_ratio

UNITS = Path(str(files("citygoals"))) / "profiles" / "common" / "units.json"
PHYSICAL = [
    unit for unit in json.loads(UNITS.read_text(encoding="utf-8"))["units"] if "pint" in unit
]


@pytest.fixture(scope="module")
def pint() -> UnitRegistry[Fraction]:
    return UnitRegistry(non_int_type=Fraction)


@pytest.mark.parametrize("name", SIZES)
def test_each_size_is_pints(name: str, pint: UnitRegistry[Fraction]) -> None:
    size, base, power = SIZES[name]
    assert pint.Quantity(Fraction(1), name).to(f"{base}**{power}").magnitude == size


def test_each_pair_of_the_shipped_table_converts_as_by_pint(
    pint: UnitRegistry[Fraction],
) -> None:
    known = 0
    for one, other in product(PHYSICAL, PHYSICAL):
        ratio = size_ratio(one["pint"], other["pint"])
        if one["dimension"] == other["dimension"] and ratio is not None:
            known += 1
            assert pint.Quantity(Fraction(1), one["pint"]).to(other["pint"]).magnitude == ratio
    assert known > len(PHYSICAL)


@pytest.mark.parametrize(
    ("source", "target", "ratio"),
    [
        ("kilometer", "meter", 1000),
        ("1/day", "1/hour", None),
        ("meter**2", "hectare", Fraction(1, 10_000)),
        ("liter", "meter**3", Fraction(1, 1000)),
        ("meter", "second", None),
        ("furlong", "meter", None),
        ("meter", "delta_degC", None),
        ("(meter)/(second)", "kilometer/hour", None),
        ("meter * second^-1", "kilometer / hour", Fraction(18, 5)),
    ],
)
def test_ratios(source: str, target: str, ratio: Fraction | None) -> None:
    assert size_ratio(source, target) == ratio
