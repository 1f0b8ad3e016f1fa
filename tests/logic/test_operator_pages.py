"""Every operator has its page; what the page says of it is true, and its examples run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.logic import Limits, Operator, Rule, standard_operators

PAGES = Path(__file__).parents[2] / "docs" / "operators"
OPERATORS = list(standard_operators().classes())
BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def facts(operator: type[Operator]) -> dict[str, str]:
    exact = (
        "yes, the same bits on every engine"
        if operator.exact
        else "no, agreement to 1e-12 relative"
    )
    columns = "yes" if hasattr(operator, "column") else f"rows only: {operator.rows_only}"
    return {"Arguments": str(operator.arity), "Exact": exact, "Columns": columns}


def table(page: str) -> dict[str, str]:
    rows = re.findall(r"^\| (\w+) \| (.*) \|$", page, re.MULTILINE)
    return dict(rows)


def examples() -> list[Any]:
    return [
        pytest.param(json.loads(block), id=f"{path.stem}-{number}")
        for path in sorted(PAGES.glob("*.md"))
        for number, block in enumerate(BLOCK.findall(path.read_text(encoding="utf-8")))
    ]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.slug)
def test_page(operator: type[Operator]) -> None:
    page = (PAGES / f"{operator.slug}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# `{operator.name}`: ")
    said = table(page)
    said["Columns"], _, _ = said["Columns"].partition("; ")
    assert {name: said[name] for name in facts(operator)} == facts(operator)
    assert {"Takes", "Gives"} <= set(said)
    uses = [json.loads(block)["rule"] for block in BLOCK.findall(page)]
    assert any(f'"{operator.name}":' in json.dumps(rule) for rule in uses)


def test_there_is_no_other_page_and_the_index_lists_them_all() -> None:
    slugs = {operator.slug for operator in OPERATORS}
    assert {path.stem for path in PAGES.glob("*.md")} == slugs | {"index"}
    index = (PAGES / "index.md").read_text(encoding="utf-8")
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```$", index, re.MULTILINE | re.DOTALL)
    listed = [line for tree in trees for line in tree.split("\n\n", 1)[1].split()]
    assert sorted(listed) == sorted(slugs)


@pytest.mark.parametrize("example", examples())
def test_example(example: dict[str, Any]) -> None:
    answer = Rule.parse(example["rule"]).apply(example["data"])
    assert json.dumps(answer) == json.dumps(example["result"])


def test_the_limits_are_those_of_the_page() -> None:
    index = (PAGES / "index.md").read_text(encoding="utf-8")
    limits = Limits()
    for figure in (
        f"{limits.depth}",
        f"{limits.nodes:,}",
        f"{limits.string_bytes // 1024} KiB",
        f"{limits.list_items:,}",
        f"{limits.steps:,}",
        f"{limits.bytes_built // 2**20} MiB",
    ):
        assert f"| {figure} |" in index
