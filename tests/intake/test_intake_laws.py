"""Laws of intake that hold for every file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from citygoals.core.base.model import Area, Direction, Indicator, Level, Text
from citygoals.core.base.units import UnitTable, decode_unit
from citygoals.core.figures.cells import Rejected, read_number
from citygoals.core.figures.formats import RawRow, RawTable
from citygoals.core.figures.header import match_columns
from citygoals.core.figures.intake import Intake, Intaken

NAMES = ("area", "indicator", "year", "value", "unit", "status", "source")
COLUMNS = match_columns(NAMES, "laws.csv")
SHARE = {"id": "share", "label": "%", "dimension": "share", "factor": "1"}


def intake() -> Intake:
    area = Area(id="KR", name=Text({"en": "Korea"}), level=Level.COUNTRY, country="KR")
    indicator = Indicator(
        id="meters",
        title=Text({"en": "Meters"}),
        theme="energy",
        unit="share",
        direction=Direction.HIGHER,
        minimum=0,
        maximum=100,
    )
    units = UnitTable([decode_unit(SHARE)])
    return Intake({indicator.id: indicator}, {area.id: area}, units)


def read(rows: Sequence[Sequence[str]]) -> Intaken:
    raw = [
        RawRow(line=at, cells=dict(zip(NAMES, cells, strict=True)))
        for at, cells in enumerate(rows, start=2)
    ]
    return intake().read(RawTable(file="laws.csv", sha256="", columns=COLUMNS, rows=raw))


plausible = st.tuples(
    st.sampled_from(["KR", "Korea", "JP", ""]),
    st.sampled_from(["meters", "metres"]),
    st.sampled_from(["2020", "2021", "2021-Q1", ""]),
    st.sampled_from(["1", "1.0", "2", "101", ":", "", "x"]),
    st.sampled_from(["%", "share", "km", ""]),
    st.sampled_from(["", "A", "P", "M", "Z"]),
    st.sampled_from(["S", "T", ""]),
)
anything = st.tuples(*(st.text(max_size=8) for _ in NAMES))
files = st.lists(st.one_of(plausible, anything), max_size=12)


def sayings(taken: Intaken) -> set[Any]:
    return set(taken.observations)


def refusals(taken: Intaken) -> list[tuple[str, Mapping[str, str]]]:
    return sorted((one.code, tuple(one.cells.values())) for one in taken.rejects)


@given(files)
def test_every_row_is_accounted_for_once(rows: Sequence[Sequence[str]]) -> None:
    taken = read(rows)
    kept = len(taken.observations) + taken.duplicates
    assert kept + len(taken.rejects) + taken.unfilled == len(rows)


@given(files)
def test_the_order_of_rows_does_not_matter(rows: Sequence[Sequence[str]]) -> None:
    forwards, backwards = read(rows), read(rows[::-1])
    assert sayings(forwards) == sayings(backwards)
    assert refusals(forwards) == refusals(backwards)


@given(files)
def test_a_key_has_one_observation_inside_the_limits(rows: Sequence[Sequence[str]]) -> None:
    taken = read(rows).observations
    keys = [(one.area, one.indicator, one.year, one.source) for one in taken]
    assert len(set(keys)) == len(keys)
    assert all(one.value is None or 0 <= one.value <= 100 for one in taken)
    assert all((one.value is None) == one.status.is_missing for one in taken)


@given(files)
def test_rejected_rows_are_rejected_again_as_they_were(rows: Sequence[Sequence[str]]) -> None:
    first = read(rows)
    again = read([tuple(one.cells.values()) for one in first.rejects])
    assert refusals(again) == refusals(first)
    assert not again.observations


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_is_read_as_it_is_written(value: float) -> None:
    assert float(read_number(repr(value))) == value


@given(st.one_of(st.text(), st.text("0123456789.,eE+- '", max_size=8)), st.sampled_from(".,"))
def test_what_is_no_number_is_rejected_by_name(cell: str, decimal: str) -> None:
    try:
        number, message = read_number(cell, decimal), ""
    except Rejected as fault:
        number, message = "", fault.message
    assert isfinite(float(number)) if number else repr(cell[:60]) in message


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=9999))
def test_a_decimal_comma_says_the_same(value: Any) -> None:
    assert read_number(str(value).replace(".", ","), ",") == read_number(str(value))


def test_a_row_with_a_fault_is_rejected_whatever_it_says() -> None:
    row = RawRow(line=2, cells=dict.fromkeys(NAMES, ""), fault="too few")
    table = RawTable(file="laws.csv", sha256="", columns=COLUMNS, rows=[row])
    assert [one.message for one in intake().read(table).rejects] == ["too few"]
    assert intake().read(replace(table, rows=[replace(row, fault="")])).unfilled == 1
