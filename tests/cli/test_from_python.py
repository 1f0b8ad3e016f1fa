"""The Python of the first tour evaluates as the command does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from citygoals import open_database
from citygoals.tests.cli.conftest import Run

TOUR = Path(__file__).resolve().parents[2] / "docs" / "getting-started.md"


def test_tour(db: Path, citygoals: Run) -> None:
    [code] = re.findall(
        r"^```python\n(.*?)^```$", TOUR.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=db.parent, check=True, capture_output=True, text=True
    ).stdout
    number, count, met = map(int, said.split())

    outcome = citygoals("evaluate", "--format", "json")
    assert outcome.code == 0, outcome.err
    rows = json.loads(outcome.out)
    assert count == len(rows)
    assert met == sum(row["profile"] == "common" and row["status"] == "met" for row in rows)
    with open_database(db) as database:
        assert database.assessments(number) == database.assessments(rows[0]["run"])
