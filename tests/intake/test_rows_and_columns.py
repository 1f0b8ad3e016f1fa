"""Files go in by columns; rows say the same, to the cell, whatever the file holds."""

from __future__ import annotations

import csv
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from citygoals.core.base.errors import UnusableFile
from citygoals.core.base.model import (
    Area,
    Direction,
    Indicator,
    Level,
    Text,
)
from citygoals.core.base.units import UnitTable, decode_unit
from citygoals.core.figures.csv_text import load_csv
from citygoals.core.figures.formats import RawTable, ReadOptions
from citygoals.core.figures.intake import Intake, Intaken
from citygoals.plugins.formats.csv_rows import read_by_rows
from citygoals.plugins.formats.long_csv import read_long_csv

UNITS = UnitTable(
    [
        decode_unit({"id": "share", "label": "%", "dimension": "share", "factor": "1"}),
        decode_unit({"id": "fraction", "label": "fraction", "dimension": "share", "factor": "100"}),
        decode_unit({"id": "km", "label": "km", "dimension": "length", "factor": "1"}),
    ]
)


def indicator(name: str, unit: str | None, **limits: float) -> Indicator:
    return Indicator(
        id=name,
        title=Text({"en": name}),
        theme="energy",
        unit=unit,
        direction=Direction.HIGHER,
        **limits,
    )


INDICATORS = {
    one.id: one
    for one in (
        indicator("meters", "share", minimum=0, maximum=100),
        indicator("roads", "km", minimum=0),
        indicator("unsized", None),
    )
}
AREAS = {
    name: Area(id=name, name=Text({"en": title}), level=Level.CITY, country="KR")
    for name, title in (("KR-a", "Korea"), ("KR-b", "세종"), ("KR-c", "Twin"), ("KR-d", "Twin"))
}
SPACES = ["", " ", "\t", "\u00a0", "\u2003", "\x1c", "\x85", "\u200b"]
CELLS: Mapping[str, Sequence[str]] = {
    "area": ["KR-a", "Korea", "세종", "kr-b", "Twin", "JP", ""],
    "indicator": ["meters", "roads", "unsized", "metres", ""],
    "year": ["2020", "2021", "2020", "1899", "2201", "2021-Q1", "", "٢٠٢٠"],
    "value": [
        *("1", "1.0", "2", "1.00000000000000000001", "101", "-1", "-0", ":", "", "NaN", "n/a", "x"),
        *("1e2", "1e0002", "1E-3", "inf", "+5", "5.", ".5", "1,5", "1,234", "1.5", "0.1", "1_0"),
        *("9" * 60, "9" * 61, "1e400", "12%", "nan", "..", "0x1", "\u0663", "8.41"),
    ],
    "unit": ["%", "share", "fraction", "km", "ells", ""],
    "status": ["", "A", "a", "P", "M", "Z", "F"],
    "source": ["S", "T", "S ", ""],
    "confidence": ["", "high", "LOW", "sure"],
    "note": ["", "a note", "S, T", 'he said "no"', "two\nlines", " edges ", "\x1cnote\x1f"],
    "denominator": ["", "5"],
    "other": ["", "left, aside", '"', "x"],
}
OPTIONAL = ("status", "source", "confidence", "note", "denominator", "other")


@st.composite
def dirty_rows(draw: st.DrawFn, names: Sequence[str]) -> list[str]:
    cells = [draw(st.sampled_from(CELLS[name])) for name in names]
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return cells[:-1]
    if kind == 1:
        return [*cells, "more"]
    if kind == 2:
        return [draw(st.sampled_from(["", " "])) for _ in names]
    if kind == 3:
        return [draw(st.sampled_from(SPACES)) + cell for cell in cells]
    return cells


@st.composite
def fine_rows(draw: st.DrawFn, names: Sequence[str]) -> list[str]:
    """Rows of few keys whose cells are the first in their list."""
    cells = {name: CELLS[name][0] for name in names}
    cells["year"] = draw(st.sampled_from(["2020", "2021"]))
    cells["value"] = draw(st.sampled_from(["1", "1.0", "2", "3.25", "-0", "101", ":"]))
    if "source" in cells:
        cells["source"] = draw(st.sampled_from([str(number) for number in range(9)]))
    return list(cells.values())


raw_lines = st.text(st.sampled_from('",;\n\r \tab1.\ufeff\x00é'), max_size=12)


@st.composite
def contents(draw: st.DrawFn) -> tuple[bytes, Mapping[str, Any]]:
    """A file, and how it is read."""
    more = draw(st.lists(st.sampled_from(OPTIONAL), unique=True))
    names = ["area", "indicator", "year", "value", "unit", *more]
    delimiter = draw(st.sampled_from(",,;\t|"))
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    out.write(draw(st.sampled_from(["", "", newline, "  " + newline])))
    writer.writerow(names)
    rows = st.one_of(fine_rows(names), fine_rows(names), dirty_rows(names))
    for row in draw(st.lists(rows, min_size=1, max_size=14)):
        writer.writerow(row)
        if draw(st.integers(0, 39)) == 0:
            out.write(draw(raw_lines) + draw(st.sampled_from(["", newline])))
    text = out.getvalue()
    if draw(st.integers(0, 5)) == 0:
        text = text.rstrip("\r\n")
    data = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text.encode()
    if draw(st.integers(0, 30)) == 0:
        data += b"\xff"
    options = {
        "delimiter": delimiter,
        "decimal": draw(st.sampled_from("...,")),
        "assume_indicator_units": draw(st.booleans()),
    }
    return data, options


def bits(value: float | None) -> bytes | None:
    return None if value is None else struct.pack("<d", value)


def everything(taken: Intaken) -> list[Any]:
    """What came of a file, to the bits and the order of cells."""
    said = [
        [getattr(one, field.name) for field in fields(one)] + [bits(one.value)]
        for one in taken.observations
    ]
    rejects = [
        (one.file, one.line, one.code, one.message, list(one.cells.items()))
        for one in taken.rejects
    ]
    return [sorted(map(repr, said)), rejects, taken.duplicates, taken.unfilled, list(taken.notes)]


def by_rows(path: Path, options: ReadOptions) -> RawTable:
    """The table as rows give it."""
    data = load_csv(path)
    return read_by_rows(data, path, options.delimiter, options.decimal, options.required)


def both_ways(path: Path, given: Mapping[str, Any]) -> tuple[RawTable | str, Any, Any]:
    """The table by columns (or what was said against the file), and what both ways give."""
    found: list[Any] = []
    table: RawTable | str = ""
    options = ReadOptions(**given)
    for read in (by_rows, read_long_csv):
        try:
            table = read(path, options)
        except UnusableFile as error:
            table = str(error)
            found.append(table)
            continue
        intake = Intake(
            INDICATORS,
            AREAS,
            UNITS,
            decimal=options.decimal,
            assume_indicator_units=options.assume_indicator_units,
        )
        found.append([table.sha256, *everything(intake.read(table))])
    return table, *found


PLAIN: Mapping[str, Any] = {"delimiter": ",", "decimal": ".", "assume_indicator_units": False}


@settings(
    deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=contents())
@example(drawn=(b"area,indicator,year,value,unit\nKR-a,meters,2020,1,%\n\xef\xbb\xbf,,,,\n", PLAIN))
@example(drawn=(b"area,indicator,year,value,unit\n\xef\xbb\xbfKR-a,meters,2020,1,%\n", PLAIN))
@example(drawn=(b"area,indicator,year,value,unit\nKR-a,meters,2020,1,%,\n\nKR-a,m,1,2\n", PLAIN))
@example(drawn=(b'area,indicator,year,value,unit\nKR-a,meters,2020,1,"%"a\n', PLAIN))
@example(drawn=(b'area,indicator,year,value,unit\nKR-a,meters,2020,1,a"%"\nx,y,"z",1,%\n', PLAIN))
@example(drawn=(b'"area,indicator,year,value,unit\nKR-a,meters,2020,1,%\n', PLAIN))
def test_columns_say_what_rows_say(
    drawn: tuple[bytes, Mapping[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data, options = drawn
    path = tmp_path_factory.getbasetemp() / "figures.csv"
    path.write_bytes(data)
    _, rows, columns = both_ways(path, options)
    assert columns == rows


HEADER = "area,indicator,year,value,unit,source,note"
FINE = [f"KR-a,meters,{year},{year % 100}.5,%,S," for year in range(1900, 2000)]
ODD = [
    "KR-a,meters,2100,1,%,S",
    "KR-a,meters,2100,1,%,S,,",
    'KR-a,meters,2100,1,%,S,"a, b"',
    "KR-x,meters,2101,1,%,S,",
    "KR-a,meters,2102,1e1,%,S,",
    "KR-a,meters,2103,0.5,fraction,S,",
    "KR-a,meters,2104,500,%,S,",
    "KR-b,meters,2105,5,%,S,",
    "KR-b,meters,2105,6,%,S,",
    "KR-b,meters,2106,1e1,%,S,",
    "KR-b,meters,2106,10,%,S,",
    ",,,,,,",
    "",
]


def test_only_rows_that_are_not_plain_go_by_rows(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    lines = [HEADER, *FINE[:50], *ODD, *FINE[50:]]
    path.write_text("\n".join(lines))
    table = read_long_csv(path)
    assert table.block is not None
    assert table.block.frame.height == len(FINE) + len(ODD) - 3
    assert [row.line for row in table.rows] == [52, 53]
    asked: list[int] = []

    def rows(places: Any) -> Any:
        for row in block.rows(places):
            asked.append(row.line)
            yield row

    block = table.block
    taken = Intake(INDICATORS, AREAS, UNITS).read(replace(table, block=replace(block, rows=rows)))
    assert asked == [55, 56, 57, 58, 59, 60, 61, 62]
    assert taken.columns.frame.height == len(FINE) + 4
    assert [one.line for one in taken.rejects] == [52, 53, 55, 58, 59, 60]
    _, rows_say, columns_say = both_ways(path, PLAIN)
    assert columns_say == rows_say


@pytest.mark.parametrize("end", ["", "\n"])
def test_odd_rows_are_found_all_over_a_long_file(tmp_path: Path, end: str) -> None:
    path = tmp_path / "figures.csv"
    lines = [HEADER]
    for place in range(9000):
        area = "KR-x" if place % 17 == 0 or place > 8990 else "KR-a"
        lines.append(f"{area},meters,2020,1,%,S{place},{'n' * (place % 50)}")
    path.write_text("\n".join(lines) + end)
    table, rows_say, columns_say = both_ways(path, PLAIN)
    assert isinstance(table, RawTable)
    assert table.block is not None
    assert path.stat().st_size > 5 << 16
    assert columns_say == rows_say


@pytest.mark.parametrize(
    "text",
    [
        '{}\nKR-a,meters,2020,1,%,S,"two\nlines"\n',
        "{}\rKR-a,meters,2020,1,%,S,\r",
        "{}\nKR-a,meters,2020,1,%,S,\x00\n",
        "{}\nKR-a,meters,2020,1,%,S,x\ufeff\n",
        "{}\nKR-a,meters,2020,1,%,S," + "x" * 140_000 + "\n",
    ],
    ids=["lines in a cell", "old Macintosh", "NUL", "second mark", "long cell"],
)
def test_what_only_rows_can_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(text.format(HEADER), newline="")
    table, rows_say, columns_say = both_ways(path, PLAIN)
    assert isinstance(table, str) or table.block is None
    assert columns_say == rows_say


@settings(deadline=None, max_examples=300)
@given(
    cell=st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.from_regex(r"\A[+-]?[0-9]{0,40}\.?[0-9]{0,40}\Z")
    | st.decimals(allow_nan=False, allow_infinity=False).map(lambda one: f"{one:f}"[:60])
)
def test_numbers_are_read_to_the_bit(cell: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "number.csv"
    path.write_text(f"{HEADER}\nKR-a,lengths,2020,{cell},km,S,\n")
    intake = Intake({"lengths": indicator("lengths", "km")}, AREAS, UNITS)
    rows, columns = by_rows(path, ReadOptions()), read_long_csv(path)
    assert columns.block is not None
    assert everything(intake.read(columns)) == everything(intake.read(rows))


def test_an_import_loads_no_engine_but_polars(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    lines = [f"KR,pm2-5-annual-mean,{year},{year % 50},ug/m3,S," for year in range(1900, 2150)]
    path.write_text("\n".join([HEADER, *lines, *lines]))
    code = (
        "import sys\n"
        "from citygoals.cli import main\n"
        "try: main(['import', 'figures.csv'])\n"
        "except SystemExit as stopped: print(stopped.code)\n"
        "print(sorted({'polars', 'duckdb', 'pyspark'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["0", "['polars']"], done.stderr
