"""The operators' tables of cases by columns: what runs there gives the answer of the table."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest

from citygoals.core.base.errors import InvalidDocuments
from citygoals.core.logic import NotColumnar, Rule, RuleFailure, standard_operators
from citygoals.core.logic.javascript import truthy

TABLES = Path(__file__).parent.parent / "cases" / "operators"
COLUMNAR = [op.slug for op in standard_operators().classes() if hasattr(op, "column")]
KINDS = {bool: "boolean", str: "string", int: "number", float: "number"}
TYPES = {"boolean": pl.Boolean, "string": pl.String, "number": pl.Float64}
UNDEFINED = None

Case = Mapping[str, Any]


def cases(slug: str) -> list[Case]:
    """The cases of a table whose data are an object without dots in its keys."""
    listed = json.loads((TABLES / f"{slug}.json").read_text(encoding="utf-8"))["cases"]
    return [
        case
        for case in listed
        if isinstance(case["data"], dict) and not any("." in name for name in case["data"])
    ]


def cells(data: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of the data by the name of their column."""
    others = data.get("indicators")
    found = {name: value for name, value in data.items() if value is None or type(value) in KINDS}
    for name, fields in others.items() if isinstance(others, dict) else ():
        found |= {f"indicators.{name}.{field}": value for field, value in fields.items()}
    return found


def types_of(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: KINDS.get(type(value), "number") for name, value in row.items()}


def there(data: Any) -> Any:
    """The data as a goal's rule is given them: null and absent are one thing."""
    if not isinstance(data, dict):
        return data
    return {name: there(value) for name, value in data.items() if value is not None}


def expression(
    logic: Any, data: Mapping[str, Any], columns: Mapping[str, str] | None = None
) -> nw.Expr | None:
    """A rule by columns, or None where it has no columnar form."""
    row = cells(data)
    kinds = {name: {"type": kind} for name, kind in types_of(row).items()}
    needs = [name for name, value in row.items() if value is not None]
    try:
        return Rule.parse(logic).to_expr(kinds, needs, observed=(), columns=columns)
    except (InvalidDocuments, NotColumnar):
        return None


def expected(case: Case) -> Any:
    """What the table says, as a goal has it: null is absent, what is not finite is undefined."""
    try:
        found = Rule.parse(case["logic"]).program(checked=True).run(there(case["data"]))
    except RuleFailure as failure:
        assert failure.code == "undefined"  # noqa: PT017
        return UNDEFINED
    return found if None in cells(case["data"]).values() else case["expect"]


def truth_of(logic: Any) -> Any:
    return {"if": [logic, True, False]}


def runs(slug: str) -> Iterator[tuple[Case, nw.Expr, Any]]:
    """The cases that run by columns with what they give; of the others, the truth of it."""
    for case in cases(slug):
        answer = expression(case["logic"], case["data"])
        truth = expression(truth_of(case["logic"]), case["data"])
        if answer is not None:
            yield case, answer, expected(case)
        elif truth is not None:
            found = expected(case)
            yield case, truth, UNDEFINED if found is UNDEFINED else truthy(found)


def frame(data: Mapping[str, Any]) -> pl.DataFrame:
    row = cells(data)
    types = {name: TYPES[kind] for name, kind in types_of(row).items()}
    return pl.DataFrame([{"row": 0, **row}], schema={"row": pl.Int64, **types})


def in_polars(data: Mapping[str, Any], answer: nw.Expr) -> Any:
    return nw.from_native(frame(data)).with_columns(answer=answer).to_native()["answer"][0]


def in_duckdb(data: Mapping[str, Any], answer: nw.Expr) -> Any:
    with duckdb.connect() as connection:
        relation = nw.from_native(connection.from_arrow(frame(data).to_arrow()))
        ((found,),) = relation.select(answer=answer).to_native().fetchall()
        return found


def bits(value: Any) -> Any:
    """A value with its bits; a zero has no sign."""
    number = type(value) in (int, float)
    return struct.pack(">d", float(value) + 0.0) if number else value


@pytest.mark.parametrize("engine", [in_polars, in_duckdb])
@pytest.mark.parametrize("slug", COLUMNAR)
def test_the_table_holds_by_columns(
    slug: str, engine: Callable[[Mapping[str, Any], nw.Expr], Any]
) -> None:
    ran = 0
    for case, answer, want in runs(slug):
        have, ran = engine(case["data"], answer), ran + 1
        assert alike(slug, have, want), case
    assert ran >= 2


def alike(slug: str, have: Any, want: Any) -> bool:
    if slug == "pow" and want is not UNDEFINED:
        return bool(have == pytest.approx(want, rel=1e-12, abs=0))
    return bool(bits(have) == bits(want))


def test_the_tables_hold_in_spark(in_spark: Any, record_property: Callable[..., None]) -> None:
    wanted, rules, table = {}, {}, pl.DataFrame({"none": [0.0]})
    cases = [(slug, case, want) for slug in COLUMNAR for case, _, want in runs(slug)]
    for number, (slug, case, want) in enumerate(cases):
        name, row = f"case{number}", frame(case["data"]).drop("row")
        columns = {column: f"{name}_{place}" for place, column in enumerate(row.columns)}
        logic = case["logic"]
        if (answer := expression(logic, case["data"], columns)) is None:
            logic = truth_of(logic)
            answer = expression(logic, case["data"], columns)
        wanted[name], rules[name] = (slug, case, want), (Rule.parse(logic), answer)
        table = table.hstack(row.rename(columns))
    found = in_spark(table.to_arrow(), rules)
    for name, (slug, case, want) in wanted.items():
        assert alike(slug, found[name][0], want), case
    record_property("summary", f"{len(wanted)} cases of the operators' tables hold in Spark")
    assert {slug for slug, _, _ in wanted.values()} == {*COLUMNAR}


def test_many_cases_run_by_columns(record_property: Callable[[str, object], None]) -> None:
    ran = sum(sum(1 for _ in runs(slug)) for slug in COLUMNAR)
    total = sum(len(cases(slug)) for slug in COLUMNAR)
    record_property("summary", f"{ran} of {total} cases of columnar operators run by columns")
    assert ran >= 200
