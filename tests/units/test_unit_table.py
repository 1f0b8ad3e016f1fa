"""The table of units and its conversions: tests/cases/units/*.json, and laws."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citygoals.core.base.errors import CitygoalsError, InvalidDocuments, Place
from citygoals.core.base.units import InconvertibleUnits, UnitTable, decode_unit

CASES = Path(__file__).parents[1] / "cases" / "units"
SHIPPED = Path(str(files("citygoals"))) / "profiles" / "common" / "units.json"
UNITS = UnitTable(map(decode_unit, json.loads(SHIPPED.read_text(encoding="utf-8"))["units"]))
Case = Mapping[str, Any]


def cases(name: str) -> list[Any]:
    content = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(case, id=label(case)) for case in content["cases"]]


def label(case: Case) -> str:
    return case.get("id") or f"{case.get('from') or case['of']}-{case['to']}"


@pytest.mark.parametrize("case", cases("conversions"))
def test_conversions(case: Case) -> None:
    assert UNITS.convert(case["value"], case["from"], case["to"]) == case["expect"]


@pytest.mark.parametrize("case", cases("rates"))
def test_rates(case: Case) -> None:
    rate = UNITS.rate(case["count"], case["of"], case["per"], case["units"], case["to"])
    assert rate == case["expect"]


@pytest.mark.parametrize("case", cases("refusals"))
def test_refusals(case: Case) -> None:
    refused = UNITS.rate if "per" in case else UNITS.convert
    said = [case[name] for name in ("value", "from", "per", "units", "to") if name in case]
    with pytest.raises(CitygoalsError) as caught:
        refused(*said)
    assert type(caught.value).__name__ == case["error"]
    for words in case["says"]:
        assert words in str(caught.value)


def faults(case: Case) -> list[Any]:
    sound = json.loads((CASES / "faults.json").read_text(encoding="utf-8"))["sound"]
    content = [*sound, *case["units"]]
    units = [decode_unit(one, Place(file="units.json", line=at)) for at, one in enumerate(content)]
    try:
        table = UnitTable(units)
    except InvalidDocuments as error:
        return list(error.findings)
    return list(table.pint_findings()) if case.get("asking") == "pint" else []


@pytest.mark.parametrize("case", cases("faults"))
def test_faults_of_a_table(case: Case) -> None:
    findings = faults(case)
    assert sorted(finding.code for finding in findings) == case["codes"]
    message = "\n".join(map(str, findings))
    for words in case.get("says", ()):
        assert words in message
    assert all(finding.at.file == "units.json" and finding.mend for finding in findings)


def test_pint_agrees_with_the_shipped_table() -> None:
    assert not list(UNITS.pint_findings())


def test_a_ratio_is_exact_and_a_shifted_scale_has_none() -> None:
    assert UNITS.ratio("per 1000", "per 100000") == 100
    assert UNITS.ratio("kWh", "GJ") == Fraction(36, 10_000)
    content = [
        {"id": "c", "label": "°C", "dimension": "heat", "pint": "degC"},
        {"id": "f", "label": "°F", "dimension": "heat", "pint": "degF"},
    ]
    degrees = UnitTable(map(decode_unit, content))
    assert degrees.convert(12.3, "c", "f") == 54.14
    with pytest.raises(InconvertibleUnits, match="convert each figure by itself"):
        degrees.ratio("c", "f")


def test_a_rate_sized_by_pint() -> None:
    content = [
        {"id": "kwh", "label": "kWh", "dimension": "energy", "pint": "kWh"},
        {"id": "m2", "label": "m2", "dimension": "area", "pint": "m**2"},
        {"id": "a", "label": "MJ/m2", "dimension": "use", "pint": "MJ/m^2"},
    ]
    content[2] |= {"numerator": "kwh", "denominator": "m2"}
    table = UnitTable(map(decode_unit, content))
    assert table.rate(1000, "kwh", 10, "m2", "a") == 360.0


def test_counts_convert_without_importing_pint() -> None:
    code = (
        "import sys\n"
        "from citygoals.core.base.units import UnitTable, decode_unit\n"
        "units = [{'id': i, 'label': i, 'dimension': 'd', 'factor': f} "
        "for i, f in (('a', '1'), ('b', '1/10'))]\n"
        "assert UnitTable(map(decode_unit, units)).convert(1, 'a', 'b') == 10\n"
        "assert 'pint' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


by_dimension: dict[str, list[str]] = {}
for unit in UNITS.units.values():
    by_dimension.setdefault(unit.dimension, []).append(unit.id)
pairs = st.sampled_from(
    [(one, other) for ids in by_dimension.values() for one in ids for other in ids]
)
figures = st.floats(min_value=-1e15, max_value=1e15, allow_subnormal=False)


@given(figures, st.sampled_from(sorted(UNITS.units)))
def test_a_unit_converts_to_itself_unchanged(value: float, unit: str) -> None:
    assert UNITS.convert(value, unit, unit) == value


@given(figures, pairs)
def test_there_and_back_is_the_same_but_for_two_roundings(
    value: float, pair: tuple[str, str]
) -> None:
    there = UNITS.convert(value, *pair)
    back = UNITS.convert(there, *reversed(pair))
    assert math.isclose(back, value, rel_tol=2**-51, abs_tol=1e-300)


@given(figures, figures, pairs)
def test_conversion_keeps_the_order(one: float, other: float, pair: tuple[str, str]) -> None:
    low, high = sorted((one, other))
    assert UNITS.convert(low, *pair) <= UNITS.convert(high, *pair)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), pairs)
def test_a_decimal_its_fraction_and_its_double_convert_alike(
    value: Any, pair: tuple[str, str]
) -> None:
    exact = UNITS.convert(value, *pair)
    assert UNITS.convert(Fraction(value), *pair) == exact
    assert UNITS.convert(float(value), *pair) == exact


@given(st.sampled_from(sorted(UNITS.units)), st.sampled_from(["  {}", "{} ", "{}\u00a0"]))
def test_spaces_and_case_do_not_matter(unit: str, around: str) -> None:
    for spelling in (UNITS.units[unit].label, *UNITS.units[unit].synonyms):
        assert UNITS.find(around.format(spelling.upper())).id == unit
