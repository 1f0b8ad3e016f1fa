"""Every code that a finding can carry stands on the page of findings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

ROOT = Path(str(files("citygoals")))
PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
MAKERS = {
    "Finding",
    "Fault",
    "IndexFault",
    "TextFault",
    "_finding",
    "_warning",
    "_fault",
    "fault",
    "report",
}
KEBAB = re.compile(r"[a-z]+(-[a-zA-Z]+)*")


def codes(source: str) -> Iterator[str]:
    """The codes that a module's calls of those makers name as text."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        named = [one.value for one in node.keywords if one.arg == "code"]
        first = node.args[:1] if name in MAKERS else []
        for value in (*named, *first):
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def test_every_code_has_its_entry() -> None:
    modules = [*(ROOT / "core").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    found = {code for path in modules for code in codes(path.read_text(encoding="utf-8"))}
    listed = set(re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    expected = {code for code in found if KEBAB.fullmatch(code)}
    assert {"id-prefix", "target-past", "unguarded", "json-syntax"} <= expected
    assert sorted(expected - listed) == []
