"""Every method has its page: formula, source, scale, bad input, and cases that come out right."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.forum.forum import Forum
from citygoals.core.judging.trends import Why
from citygoals.core.logic import NamedRule

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted((DOCS / "methods").glob("*.md"))
}
METHODS = {name: text for name, text in PAGES.items() if name not in ("index", "projection")}
SECTIONS = ("Formula", "Source", "Worked by hand", "Bad input")


def rules_of(text: str) -> list[str]:
    """The rules that a page says it documents, in its `Rule:` or `Rules:` line."""
    found = re.search(r"^Rules?: (.+?)\n\n|^Rules?: (.+?)\nScale", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    line = (found[1] or found[2]).partition("Scale:")[0]
    return re.findall(r"`([a-z0-9-]+)`", line)


def cases() -> Iterator[Any]:
    for name, text in METHODS.items():
        for number, block in enumerate(re.findall(r"```json\n(.*?)```", text, re.DOTALL)):
            yield pytest.param(json.loads(block), id=f"{name}-{number}")


@pytest.mark.parametrize("case", list(cases()))
def test_a_case_comes_out_as_written(case: dict[str, Any], rules: Mapping[str, NamedRule]) -> None:
    decision = rules[case["rule"]].decide(case["given"])
    expect = case["expect"]
    if isinstance(expect, str):
        assert decision.status == expect
    else:
        assert decision.number is not None
        assert math.isclose(decision.number, expect, rel_tol=1e-9)


def test_every_rule_is_on_one_page(rules: Mapping[str, NamedRule]) -> None:
    documented = Counter(name for text in METHODS.values() for name in rules_of(text))
    assert documented == dict.fromkeys(rules, 1)
    listed = re.findall(r"^\| (`.+?) \|", PAGES["index"].partition("## A table")[0], re.MULTILINE)
    assert sorted(re.findall(r"`([^`]+)`", " ".join(listed))) == sorted(rules)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_page_has_all_that_it_should(name: str, common: Forum) -> None:
    text = METHODS[name]
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [section for section in SECTIONS if section not in headings] == []
    assert text.count("```json\n") >= 3
    assert f"({name}.md)" in PAGES["index"]
    scales = {common.rules[rule].scale for rule in rules_of(text)} - {None}
    words = {str(one.id) for scale in scales for one in common.scales[scale or ""].statuses}
    table = text.partition("## Scale")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", table, re.MULTILINE)) == words


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_page_answers_bad_input(name: str) -> None:
    answers = METHODS[name].partition("## Bad input")[2]
    assert "infinite" in answers
    assert len(re.findall(r"^\| .+ \| .+ \|$", answers, re.MULTILINE)) >= 5


def test_every_reason_of_a_projection_is_documented() -> None:
    table = PAGES["projection"].partition("## When it cannot be said")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == set(Why)
