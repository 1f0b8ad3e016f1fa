"""Verdicts of other implementations of JSONLogic over a sample of the scenario, rule by rule.

Records are the variables that citygoals decides on; a peer's verdict has to be the same.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import datalogic_py
import json_logic
import numpy as np
import polars as pl
import scenario
from harness import same, seconds

from citygoals.core.judging.cases import Case, cases
from citygoals.core.judging.grids import Grids, horizon
from citygoals.core.judging.groups import groups_of
from citygoals.core.judging.plan import Plan
from citygoals.core.logic.engines import computing

SAMPLE = 2_000
"""Records of each rule."""


@dataclass(frozen=True)
class Sampled:
    """A rule with records, their verdicts, and how many assessments it decides of all."""

    logic: Any
    records: list[dict[str, float]]
    verdicts: list[str]
    share: int


def sample(plan: Plan, frame: pl.DataFrame) -> list[Sampled]:
    """Records of every rule from the first areas; those with a figure, as rows have a verdict."""
    areas = range(min(100, len(plan.areas)))
    over = horizon(scenario.FIRST, plan.years, plan.words.reasons)
    grids = Grids(plan, frame.filter(pl.col("area") < areas.stop), areas, over)
    logics = {
        part.content["id"]: part.content["logic"]
        for profile in plan.forum.profiles.values()
        for part in profile.parts["rule"]
    }
    return [
        _sampled(logics[group.rule.id], next(cases(plan, group, grids, areas, over)), plan)
        for group in groups_of(plan.goals)
    ]


def _sampled(logic: Any, case: Case, plan: Plan) -> Sampled:
    compiled, compute = case.group.rule.compiled, computing("polars")
    columns = case.variables(compiled.names or ["value"])
    answers = compute(columns, compiled.expression).fill_null(-1).to_numpy() if compute else []
    there = np.flatnonzero(case.chosen.there.reshape(-1) & (answers >= 0))
    chosen = np.random.default_rng(1).choice(there, SAMPLE)
    words = plan.words.statuses.items
    records = [
        {name: float(column[at]) for name, column in columns.items() if column[at] == column[at]}
        for at in chosen
    ]
    verdicts = [str(words[case.group.status_codes[answers[at]]]) for at in chosen]
    return Sampled(logic, records, verdicts, len(case.group.goals))


def seconds_per_verdict(sampled: Iterable[Sampled], rounds: int) -> dict[str, float]:
    """By peer, over the rules in the shares that they have in the scenario."""
    found: dict[str, list[tuple[float, int]]] = {}
    for one in sampled:
        for name, run in peers(one).items():
            answers = run()
            wrong = sum(a != b for a, b in zip(answers, one.verdicts, strict=True))
            same(name, wrong, len(answers))
            taken = statistics.median(seconds(run) for _ in range(rounds))
            found.setdefault(name, []).append((taken / SAMPLE, one.share))
    return {
        name: sum(each * share for each, share in times) / sum(share for _, share in times)
        for name, times in found.items()
    }


def peers(one: Sampled) -> dict[str, Callable[[], list[Any]]]:
    """Each judges all records of a rule, given as dicts; datalogic-py compiles the rule before."""
    rule = datalogic_py.Engine().compile(one.logic)
    return {
        "datalogic-py": lambda: [rule.evaluate(record) for record in one.records],
        "json-logic-qubit": lambda: [json_logic.jsonLogic(one.logic, r) for r in one.records],
    }
