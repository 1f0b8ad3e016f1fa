"""The official JSONLogic suite, every case, through `Rule.parse(logic).apply(data)`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.logic import Rule

SUITE = Path("jsonlogic") / "tests.json"
OFFICIAL_CASES = 277


def _folder() -> Path | None:
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    named = os.environ.get("CITYGOALS_DATA")
    folder = Path(named) if named else beside
    return folder if (folder / SUITE).is_file() else None


def _exactly(value: Any) -> str:
    return json.dumps(json.loads(json.dumps(value), parse_int=float), sort_keys=True)


def test_official_suite() -> None:
    folder = _folder()
    if folder is None:
        pytest.skip("the official suite is not here; CITYGOALS_DATA names its folder")
    listed = json.loads((folder / SUITE).read_text(encoding="utf-8"))
    cases = [case for case in listed if isinstance(case, list)]
    wrong = [
        (logic, data, expected, answer)
        for logic, data, expected in cases
        for rule in [Rule.parse(logic)]
        for answer in (rule.apply(data), rule.explain(data).result)
        if _exactly(answer) != _exactly(expected)
    ]
    assert wrong == []
    assert len(cases) == OFFICIAL_CASES
