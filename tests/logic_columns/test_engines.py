"""Engines: decisions in batches are those of rows, with their reasons."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from batch import decide_batch

from citygoals.core.base.errors import UnknownName
from citygoals.core.base.model import AreaId, Reason
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Origin, load_profile
from citygoals.core.judging.plan import make_plan
from citygoals.core.judging.request import Request
from citygoals.core.logic import NamedRule
from citygoals.core.logic.engines import LOCAL

SHIPPED = Path(str(files("citygoals"))) / "profiles"
STATUSES = ("met", "on-track", "behind", "not-met", "off-track")


def named(logic: Any, *needs: str, scale: str | None = None) -> NamedRule:
    document = {"id": "test", "title": {"en": "Test"}, "logic": logic, "scale": scale}
    return NamedRule.load({**document, "needs": needs or ("value",)}, statuses=STATUSES)


@pytest.fixture(scope="module")
def forum() -> Forum:
    origin = Origin(plugin="common", distribution="citygoals", version="0")
    return assemble([load_profile(SHIPPED / "common", origin)])


@pytest.mark.parametrize("engine", LOCAL)
def test_examples_of_shipped_rules_hold_on_every_engine(forum: Forum, engine: str) -> None:
    assert len(forum.rules) >= 4
    for rule in forum.rules.values():
        decisions = decide_batch(rule, [example.given for example in rule.examples], engine)
        found = [d.status or ("no-data" if d.number is None else d.number) for d in decisions]
        expected = [example.expect for example in rule.examples]
        for have, want in zip(found, expected, strict=True):
            assert have == want or have == pytest.approx(want, rel=1e-12, abs=0), rule.id


@pytest.mark.parametrize("engine", LOCAL)
def test_reasons_are_those_of_rows(engine: str) -> None:
    rule = named({"/": [{"+": [{"var": "value"}, 1]}, {"var": "target"}]}, "value", "target")
    given = [
        {"value": 4, "target": 2},
        {"value": 4, "target": 0},
        {"value": None, "target": float("nan")},
        {"value": 10**400, "target": 1},
        {},
    ]
    decisions = decide_batch(rule, given, engine)
    assert [decision.number for decision in decisions] == [2.5, None, None, None, None]
    assert [decision.reason for decision in decisions] == [
        Reason("rule"),
        Reason("undefined", ("", "/", 5.0, 0.0)),
        Reason("missing", ("value", "target")),
        Reason("missing", ("value",)),
        Reason("missing", ("value", "target")),
    ]


@pytest.mark.parametrize("engine", LOCAL)
def test_a_rule_over_lists_runs_on_every_engine(engine: str) -> None:
    listed = named(
        {"reduce": [{"var": "values"}, {"+": [{"var": "current"}, {"var": "accumulator"}]}, 0]},
        "values",
    )
    decisions = decide_batch(listed, [{"values": [1, 2]}, {"values": []}], engine)
    assert [decision.number for decision in decisions] == [3.0, None]
    assert list(decide_batch(listed, [], engine)) == []


@pytest.mark.parametrize("engine", LOCAL)
def test_other_indicators_have_their_columns(engine: str) -> None:
    rule = named({"-": [{"var": "value"}, {"indicator": ["air", "baseline"]}]},
                 "value", "indicators.air.baseline")  # fmt: skip
    given = [
        {"value": 5, "indicators": {"air": {"value": 1, "baseline": 2}}},
        {"value": 5, "indicators": {"air": {"value": 1}}},
        {"value": 5, "indicators": {}},
        {"value": 5},
    ]
    assert [found.number for found in decide_batch(rule, given, engine)] == [3.0, None, None, None]


def test_a_zero_has_no_sign() -> None:
    rule = named({"*": [{"var": "value"}, -1]})
    for engine in LOCAL:
        (decision,) = decide_batch(rule, [{"value": 0}], engine)
        assert repr(decision.number) == "0.0"


def test_unknown_engine() -> None:
    with pytest.raises(UnknownName, match="unknown engine 'polar'; did you mean 'polars'"):
        decide_batch(named({"var": "value"}), [], "polar")


def test_goals_without_a_form_by_columns_are_named_with_the_reason(forums: Any) -> None:
    sorts = {"if": [{"==": [{"length": [{"sort": [{"var": "values"}]}]}, 2]}, "met", "not-met"]}
    rule = {"id": "sorts", "title": "Sorts", "scale": "attainment", "needs": ["values"]}
    example = {"given": {"values": [1, 2]}, "expect": "met"}
    goal = {
        "title": "Goal",
        "indicators": ["share", "other-share"],
        "theme": "energy",
        "reason": "It is a test.",
    }
    goals = [{"id": name, "rule": name, **goal} for name in ("sorts", "all-reached")]
    goals[1]["targets"] = [{"value": 1, "status": "illustrative", "reason": "It is a test."}]
    spec = {"rule": [{**rule, "logic": sorts, "examples": [example]}], "goals": goals}
    forum = forums({"common": spec})
    area = forum.areas[AreaId("KR-sejong")]
    plan = make_plan(forum, [area], Request(), (2024,))
    assert plan.one_by_one() == {"sorts": "its rule has no columnar form: lists have no column"}


def python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("library", ["duckdb", "pyarrow"])
def test_an_engine_that_is_not_installed_says_what_to_install(library: str) -> None:
    said = python(
        f"import sys; sys.modules[{library!r}] = None\n"
        "from citygoals.core.logic.engines import EngineUnavailable, computing\n"
        "try: computing('duckdb')\n"
        "except EngineUnavailable as error: print(error)"
    )
    assert said.startswith(
        f"engine 'duckdb' needs {library!r}, which is not installed; pip install"
    )


def test_no_engine_is_imported_before_it_is_needed() -> None:
    said = python(
        "import sys, citygoals.core.logic.engines\n"
        "print({'polars', 'narwhals', 'duckdb', 'pyarrow'} & {*sys.modules})"
    )
    assert said == "set()\n"
