"""The pages on scores say what the code does: documents, keys, findings, options."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.figures.tables import ABSENT
from citygoals.core.results.score import index_of
from citygoals.core.results.score.checks import RESERVED
from citygoals.core.results.score.frame import AREA_COLUMNS
from citygoals.plugins.commands.index import index
from citygoals.plugins.commands.robustness import robustness
from citygoals.plugins.commands.score import score

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = Path(str(files("citygoals"))) / "schemas" / "index.schema.json"
DOCUMENTS, SCORES = (
    (DOCS / name).read_text(encoding="utf-8") for name in ("index-documents.md", "scores.md")
)
PROSE = re.sub(r"^```.*?^```$", "", DOCUMENTS, flags=re.DOTALL | re.MULTILINE)
QUOTED = {said.strip('"') for said in re.findall(r"`([^`]+)`", PROSE)}


def blocks() -> list[dict[str, Any]]:
    found = re.findall(r"^```json\n(.*?)^```$", DOCUMENTS, re.DOTALL | re.MULTILINE)
    return [json.loads(block) for block in found]


def names(schema: Any) -> Iterator[str]:
    """Every key and every choice of a schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (one for one in schema.get("enum", ()) if isinstance(one, str))
        for inner in schema.values():
            yield from names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from names(inner)


@pytest.mark.parametrize("document", blocks(), ids=lambda document: document["id"])
def test_documents_of_the_page_are_indices(document: dict[str, Any]) -> None:
    assert index_of(document, "page").root.leaves()


def test_every_key_and_choice_is_on_the_page() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    words = {word for quoted in QUOTED for word in re.findall(r"[\w-]+", quoted)}
    words |= {name for block in blocks() for name in re.findall(r"[\w-]+", json.dumps(block))}
    assert set(names(schema)) - words - {"$schema", "min", "max"} == set()


def test_names_that_the_page_lists() -> None:
    assert RESERVED <= QUOTED
    assert set(AREA_COLUMNS) <= QUOTED
    assert ABSENT - {""} <= {word.casefold() for word in QUOTED}


COMMON = frozenset(
    {"--format", "--db", "--run", "--profile", "--sheet", "--delimiter", "--decimal", "--level"}
)
"""Options that commands on files and runs have in common; --help says them."""


@pytest.mark.parametrize("command", [index, score, robustness], ids=lambda one: one.name)
def test_options_are_on_a_page(command: Any) -> None:
    options = {name for one in command.params for name in one.opts if name.startswith("--")}
    assert options - COMMON - set(OPTION.findall(SCORES + DOCUMENTS)) == set()


def test_options_on_the_pages_exist() -> None:
    known = {name for one in (index, score, robustness) for p in one.params for name in p.opts}
    assert set(OPTION.findall(SCORES + DOCUMENTS)) <= known


OPTION = re.compile(r"--[a-z][a-z-]*")
