"""The Python of the pages runs, and gives what the pages say."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> Iterator[pytest.ParameterSet]:
    """Every block of Python, by page and line; those of the example forum's pages too."""
    for path in [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]:
        if "_build" in path.parts or not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 2
            yield pytest.param(found[1], id=f"{path.relative_to(ROOT)}:{line}")


@pytest.mark.parametrize("code", list(blocks()))
def test_block(code: str) -> None:
    if not code.startswith(">>>"):
        ast.parse(code)
        return
    example = doctest.DocTestParser().get_doctest(code, {}, "page", None, 0)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append)
    assert said == []
