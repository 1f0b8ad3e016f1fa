"""Mutants that change a text of the source: the text is there once, and the change compiles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

MUTATION = Path(__file__).resolve().parents[1] / "mutation"


@pytest.fixture(scope="module")
def edits() -> Any:
    """The edits by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(MUTATION)
        import mutant_source

        yield mutant_source.edits()
        del sys.modules["mutant_source"]


def test_every_edit_fits_the_source(edits: Any) -> None:
    for name, edit in edits.items():
        changed = edit.applied(edit.path.read_text(encoding="utf-8"))
        assert compile(changed, name, "exec"), name


def test_a_text_that_is_not_there_is_an_error(edits: Any) -> None:
    edit = next(iter(edits.values()))
    for count, source in enumerate(("", edit.old, edit.old * 2)):
        if count == 1:
            assert edit.applied(source) == edit.new
            continue
        with pytest.raises(ValueError, match=f"{count} times, not once"):
            edit.applied(source)
