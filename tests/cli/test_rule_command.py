"""`citygoals rule apply` and `rule check`, case by case through the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TABLE = json.loads(
    (Path(__file__).parents[1] / "cases" / "cli" / "rule.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in TABLE["cases"]])
def test_rule_command(case: dict[str, Any], tmp_path: Path) -> None:
    for name, text in case.get("files", {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    if "document" in case:
        text = json.dumps(TABLE["document"])
        changed = text.replace(*case["replace"]) if "replace" in case else text
        assert "replace" not in case or changed != text
        (tmp_path / case["document"]).write_text(changed, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "citygoals", "rule", *case["args"]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == case["code"], done.stdout + done.stderr
    for expected in case.get("out", []):
        assert expected in done.stdout
    for expected in case.get("err", []):
        assert expected in done.stderr
    assert "Traceback" not in done.stderr
