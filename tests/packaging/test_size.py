"""The rules of the house that can be counted: sizes, and words that mean unfinished work."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 45
MEDIAN_FUNCTION = 10
UNFINISHED = re.compile(
    r"\b(TO[D]O|FIX[M]E|X[X]X|NotImplemented[E]rror)\b|assert [T]rue\b|\bx[f]ail\b"
    r"|except[^\n]*:\s*pa[s]s\b"
)
ELSEWHERE = re.compile(r"(?<![\w.])/(wor[k]|roo[t]|hom[e]/\w+)/|pypi\.or[g]|/opt/(pyp[i]|wheel[s])")
"""Paths of one machine, and addresses of registries."""


def tracked(*patterns: str) -> list[Path]:
    """The tracked files; in a source distribution all that look like them."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not in a git checkout: nothing says which files belong to the tree")
    command = [git, "ls-files", "-z", *patterns]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def package() -> list[Path]:
    return tracked("*.py", ":!tests", ":!docs", ":!benchmarks")


def functions(paths: list[Path]) -> Iterator[tuple[int, str]]:
    """The lines of each function, signature and docstring counted, and where it stands."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield lines, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def test_functions_are_short() -> None:
    found = list(functions(package()))
    assert len(found) > 500
    assert median(lines for lines, _ in found) < MEDIAN_FUNCTION
    assert [where for lines, where in found if lines > LONGEST_FUNCTION] == []


def test_modules_are_short() -> None:
    lines = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n")
        for path in tracked("*.py")
    }
    assert {name: count for name, count in lines.items() if count > LONGEST_MODULE} == {}


def matches(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """Where the pattern stands in text files."""
    found = []
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="ignore")
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(ROOT)}:{line} {match.group()}")
    return found


def test_nothing_is_left_for_later() -> None:
    assert matches(UNFINISHED, tracked("*.py", "*.md", "*.toml", "Makefile", ".ci")) == []


def test_nothing_names_one_machine_or_a_registry() -> None:
    assert matches(ELSEWHERE, tracked()) == []
