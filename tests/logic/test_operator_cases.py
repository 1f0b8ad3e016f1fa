"""Every operator's table of cases, by rows; the expected values are JavaScript's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import InvalidDocuments
from citygoals.core.logic import Rule, RuleFailure, standard_operators

CASES = Path(__file__).parent.parent / "cases" / "operators"


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        for number, case in enumerate(table["cases"]):
            yield pytest.param(case, id=f"{path.stem}-{number}")


def outcome(rule: Rule, case: dict[str, Any], *, explained: bool = False) -> Any:
    return rule.explain(case["data"]).result if explained else rule.apply(case["data"])


def as_doubles(value: Any) -> str:
    """JSON text in which 1 and 1.0 are the same, as in JavaScript; true stays true."""
    return json.dumps(json.loads(json.dumps(value), parse_int=float), sort_keys=True)


@pytest.mark.parametrize("case", list(cases()))
@pytest.mark.parametrize("explained", [False, True], ids=["apply", "explain"])
def test_case(case: dict[str, Any], explained: bool) -> None:
    if "error" not in case:
        rule = Rule.parse(case["logic"])
        got = outcome(rule, case, explained=explained)
        assert as_doubles(got) == as_doubles(case["expect"])
        return
    with pytest.raises((RuleFailure, InvalidDocuments)) as raised:
        outcome(Rule.parse(case["logic"]), case, explained=explained)
    error = raised.value
    codes = (
        [finding.code for finding in error.findings]
        if isinstance(error, InvalidDocuments)
        else [error.code]
    )
    assert codes == [case["error"]]


def test_every_operator_has_its_table() -> None:
    tables = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in CASES.glob("*.json")
    }
    expected = {operator.slug: operator.name for operator in standard_operators().classes()}
    assert {slug: table["operator"] for slug, table in tables.items()} == expected
    assert all(len(table["cases"]) >= 4 for table in tables.values())
    assert sum(len(table["cases"]) for table in tables.values()) >= 600


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (2**53 - 1, "9007199254740991"),
        (2**53, "9007199254740992.0"),
    ],
)
def test_whole_numbers_come_back_as_integers(number: float, written: str) -> None:
    for data in ({"x": number}, {"x": float(number)}):
        assert json.dumps(Rule.parse({"var": "x"}).apply(data)) == written
        assert json.dumps(Rule.parse([{"var": "x"}, True]).apply(data)) == f"[{written}, true]"
