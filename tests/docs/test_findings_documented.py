"""Every code of a finding that the source can emit has its entry in docs/findings.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
SOURCE = Path(str(files("citygoals")))
ROOTS = {"Finding": 0, "TextFault": 0, "Fault": 0, "IndexFault": 0}
"""What carries the code of a finding, and which positional argument that is."""
PASSED_ON = re.compile(r"\w+\.code")
"""The code of another finding."""


@dataclass(frozen=True)
class Code:
    """A code that may be emitted: a text, or a pattern of a text with parts filled in."""

    text: str
    where: str
    pattern: bool = False

    def matches(self, code: str) -> bool:
        return bool(re.fullmatch(self.text, code)) if self.pattern else self.text == code


class Reader(ast.NodeVisitor):
    """Collects the codes of one module, and the functions that pass a code on."""

    def __init__(self, module: str, sinks: dict[str, int]) -> None:
        self.module, self.sinks = module, sinks
        self.within: list[ast.FunctionDef] = []
        self.codes: list[Code] = []
        self.passing: dict[str, int] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.within.append(node)
        self.generic_visit(node)
        self.within.pop()

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        if name in self.sinks and (code := argument(node, self.sinks[name])) is not None:
            self.take(code)
        self.generic_visit(node)

    def take(self, code: ast.expr) -> None:
        where = f"{self.module}:{code.lineno}"
        if isinstance(code, ast.Constant) and code.value:
            self.codes.append(Code(str(code.value), where))
        elif isinstance(code, ast.JoinedStr):
            self.codes.append(Code(pattern(code), where, pattern=True))
        elif isinstance(code, ast.IfExp):
            self.take(code.body)
            self.take(code.orelse)
        elif isinstance(code, ast.Name):
            self.take_name(code, where)
        elif not isinstance(code, ast.Constant) and not PASSED_ON.fullmatch(ast.unparse(code)):
            pytest.fail(f"{where}: cannot tell which code {ast.unparse(code)} is")

    def take_name(self, name: ast.Name, where: str) -> None:
        """A parameter makes its function one that passes codes on; a local has been assigned."""
        function = self.within[-1]
        names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
        if name.id in names:
            self.passing[function.name] = names.index(name.id) - (names[0] in ("self", "cls"))
            defaults = dict(zip(names[::-1], function.args.defaults[::-1], strict=False))
            if isinstance(default := defaults.get(name.id), ast.Constant):
                self.take(default)
            return
        values = list(assigned(function, name.id))
        if not values:
            pytest.fail(f"{where}: cannot tell which code {name.id} is")
        for value in values:
            self.take(value)


def assigned(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """What a local variable is given in a function, by itself or together with others."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            yield from (value for one, value in pairs if ast.unparse(one) == name)


def argument(call: ast.Call, index: int) -> ast.expr | None:
    named = next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)
    return named or (call.args[index] if len(call.args) > index else None)


def pattern(code: ast.JoinedStr) -> str:
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w-]+"
        for part in code.values
    )


def modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("core", "plugins"):
        for path in sorted((SOURCE / folder).rglob("*.py")):
            yield str(path.relative_to(SOURCE)), ast.parse(path.read_text(encoding="utf-8"))


def emitted() -> set[Code]:
    """Every code of the source; functions that pass codes on are followed to their callers."""
    trees = list(modules())
    anywhere: dict[str, int] = dict(ROOTS)
    local: dict[str, dict[str, int]] = {name: {} for name, _ in trees}
    codes: set[Code] = set()
    for _ in range(5):
        for name, tree in trees:
            reader = Reader(name, {**anywhere, **local[name]})
            reader.visit(tree)
            codes.update(reader.codes)
            local[name].update(reader.passing)
            private = {call for call in reader.passing if call.startswith("_")}
            anywhere.update({n: at for n, at in reader.passing.items() if n not in private})
    return codes


def documented() -> set[str]:
    text = (DOCS / "findings.md").read_text(encoding="utf-8")
    return {*re.findall(r"^### `([^`\n]+)`", text, re.MULTILINE), *rows(text)}


def rows(text: str) -> Iterable[str]:
    return re.findall(r"^\| `([^`\n|]+)` \|", text, re.MULTILINE)


def test_every_code_has_its_entry() -> None:
    codes, known = emitted(), documented()
    assert len(codes) > 50
    lacking = {f"{c.text} ({c.where})" for c in codes if not any(map(c.matches, known))}
    assert lacking == set(), "codes without an entry in docs/findings.md"


def test_every_entry_is_a_code() -> None:
    codes = emitted()
    assert {name for name in documented() if not any(c.matches(name) for c in codes)} == set()
