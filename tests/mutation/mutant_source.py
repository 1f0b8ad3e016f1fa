"""Modules with a text of their source replaced, by the table `source.json`.

The text is replaced when the module is imported; one that is not there once is an error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

TABLE = Path(__file__).with_name("source.json")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A text of a module and what stands in its place.

    `tests` should notice it first, those whose name has a text `among` them where one is given.
    """

    module: str
    old: str
    new: str
    tests: Sequence[str]
    among: str = ""

    @property
    def path(self) -> Path:
        """The file of the module."""
        return ROOT / f"{self.module.removeprefix('citygoals.').replace('.', '/')}.py"

    def applied(self, source: str) -> str:
        """The source with the text replaced. Raises ValueError."""
        count = source.count(self.old)
        if count != 1:
            raise ValueError(f"{self.module}: {count} times, not once: {self.old!r}")
        return source.replace(self.old, self.new)


def edits() -> Mapping[str, Edit]:
    """Every edit of the table by name."""
    table: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return {
        f"{part['module']}: {what}": Edit(
            module=f"citygoals.{part['module']}",
            old=old,
            new=new,
            tests=part["tests"],
            among=part.get("among", ""),
        )
        for part in table
        for what, (old, new) in part["edits"].items()
    }


class Edited(SourceFileLoader):
    """Loads a module from its edited source, past what is cached of it."""

    def __init__(self, edit: Edit, path: str) -> None:
        super().__init__(edit.module, path)
        self._edit = edit

    def get_code(self, fullname: str) -> CodeType:
        """The code of the edited source."""
        source = self._edit.applied(self.get_source(fullname) or "")
        return compile(source, self.path, "exec", dont_inherit=True)


class Finder:
    """Finds the module of one edit."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of the module with its source edited; None for every other."""
        spec = PathFinder.find_spec(fullname, path) if fullname == self._edit.module else None
        if spec is not None and spec.origin is not None:
            spec.loader = Edited(self._edit, spec.origin)
        return spec


def edit_source(edit: Edit) -> None:
    """Import the module with its edit, before anything else does."""
    if edit.module in sys.modules:
        raise RuntimeError(f"{edit.module} was imported before it could be edited")
    sys.meta_path.insert(0, Finder(edit))
    import_module(edit.module)
