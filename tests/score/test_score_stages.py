"""Every stage of an index by hand-worked cases: tests/cases/score/<stage>.json."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.results.score import STAGES, Frame, Index, Scores, score
from citygoals.core.results.score.rollup import roll_up

CASES = Path(__file__).parent.parent / "cases" / "score"
Reader = Callable[[Mapping[str, Any]], tuple[Index, Frame]]


def cases() -> Iterator[Any]:
    for stage in STAGES:
        for case in json.loads((CASES / f"{stage}.json").read_text(encoding="utf-8"))["cases"]:
            yield pytest.param(stage, case, id=f"{stage}: {case['name']}")


def close(values: Any, expected: Sequence[float | None]) -> Any:
    """Whether numbers agree to 1e-12 relative; None stands for NaN."""
    wanted = [math.nan if value is None else value for value in expected]
    return list(values) == pytest.approx(wanted, rel=1e-12, abs=1e-12, nan_ok=True)


def expected(case: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """What a case expects; `logs` and `minus_logs` name what the logarithm is taken of."""
    found = dict(case.get("expect", {}))
    for key, sign in (("logs", 1), ("minus_logs", -1)):
        found |= {
            node: [sign * math.log(value) for value in values]
            for node, values in case.get(key, {}).items()
        }
    return found


def scored(case: Mapping[str, Any], reader: Reader) -> Scores:
    index, frame = reader(case)
    scores = score(index, frame, case.get("priorities", {}))
    return scores if index.roll_up is None else roll_up(scores, index.roll_up)


@pytest.mark.parametrize(("stage", "case"), list(cases()))
def test_stage(stage: str, case: dict[str, Any], case_reader: Reader) -> None:
    scores = scored(case, case_reader)
    for node, values in expected(case).items():
        if stage == "weight":
            assert scores.weights[node] == pytest.approx(values)
        else:
            got = scores.nodes[node].rank if stage == "rank" else scores.stages[stage][node]
            assert close(got, values), (node, list(got))
    for node, weight in case.get("in_index", {}).items():
        assert scores.effective[node] == pytest.approx(weight)
    for node, values in case.get("scores", {}).items():
        assert close(scores.nodes[node].score, values)
    assert scores.frame.areas == case.get("rolled", scores.frame.areas)
    said = [str(note) for note in scores.notes]
    for words in case.get("notes", ()):
        assert any(words in note for note in said), said
    assert not [note for note in said if note.startswith(case.get("no_notes", "nothing"))]


def test_coverage_and_imputations_are_said_of_every_node(case_reader: Reader) -> None:
    scores = scored(
        {
            "indicators": {"impute": "mean"},
            "levels": [{}, {"impute": "mean", "minimum": {"coverage": 0.5}}],
            "children": [{"id": "g", "children": ["x", "y"]}, {"id": "h", "children": ["z"]}],
            "table": {"area": ["a", "b", "c"], "x": [1, 2, ""], "y": [1, "", ""], "z": [1, 2, 3]},
        },
        case_reader,
    )
    assert close(scores.top.coverage, [1, 2 / 3, 1 / 3])
    assert close(scores.nodes["g"].coverage, [1, 0.5, 0])
    assert close(scores.nodes["y"].coverage, [1, 0, 0])
    assert close(scores.nodes["y"].imputed, [0, 1, 1])
    assert close(scores.nodes["g"].imputed, [0, 1, 3])
    assert close(scores.top.imputed, [0, 1, 3])
    assert close(scores.top.score, [1, 1.75, 2.125])
