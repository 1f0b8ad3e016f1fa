"""What has no page fails here: findings, errors, hooks, reasons, statuses, commands, fields."""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import citygoals
from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.reasons import SENTENCES
from citygoals.core.forum.documents.reading import document_kinds, load_schema
from citygoals.core.plugin.hookspecs import Hooks

DOCS = Path(__file__).resolve().parents[2] / "docs"
PROFILES = Path(str(files("citygoals"))) / "profiles"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def headings(name: str) -> list[str]:
    """What a page has a heading for, written as code: ### `name`."""
    return re.findall(r"^#{2,4} `([^`\n]+)`", page(name), re.MULTILINE)


def first_cells(name: str) -> list[str]:
    """What a table of a page lists in its first column, written as code."""
    return re.findall(r"^\| `([^`\n|]+)` \|", page(name), re.MULTILINE)


def subclasses(root: type) -> Iterator[type]:
    for child in root.__subclasses__():
        yield child
        yield from subclasses(child)


def import_all() -> None:
    """Import every module of the package, so that every class is there."""
    for module in pkgutil.walk_packages(citygoals.__path__, "citygoals."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def test_every_error_has_its_entry() -> None:
    import_all()
    ours = (one for one in subclasses(CitygoalsError) if one.__module__.startswith("citygoals."))
    errors = {"CitygoalsError", *(error.__name__ for error in ours)}
    listed = headings("errors.md")
    assert errors - set(listed) == set(), "errors without an entry in docs/errors.md"
    assert set(listed) - errors == set(), "entries of docs/errors.md that are no error"


def test_every_hook_has_its_entry() -> None:
    hooks = [name for name in vars(Hooks) if name.startswith("provide_")]
    assert len(hooks) >= 4
    assert headings("hooks.md") == hooks


def test_every_reason_has_its_entry() -> None:
    assert set(SENTENCES) <= set(first_cells("statuses-and-reasons.md"))


def test_every_status_has_its_entry() -> None:
    statuses = {
        status["id"]
        for path in PROFILES.rglob("*.json")
        for scale in json.loads(path.read_text(encoding="utf-8")).get("scales", ())
        for status in scale["statuses"]
    }
    assert {"met", "on-track"} <= statuses
    listed = set(first_cells("statuses-and-reasons.md"))
    assert {*statuses, "no-data", "not-applicable"} <= listed


@pytest.mark.parametrize("kind", document_kinds())
def test_every_key_of_every_document_has_its_entry(kind: str) -> None:
    section = page("reference/documents.md").partition(f"\n## `{kind}`")[2].partition("\n## ")[0]
    keys = {key for schema in objects(load_schema(kind)) for key in schema["properties"]}
    assert keys - {"$schema"} <= set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def objects(schema: object) -> Iterator[dict[str, dict[str, object]]]:
    """Every part of a schema that names properties."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for item in schema:
            yield from objects(item)


def keywords() -> set[str]:
    """The keywords of JSON Schema that the shipped schemas can complain with."""
    structure = {
        "$ref",
        "$dynamicRef",
        "additionalProperties",
        "allOf",
        "if",
        "items",
        "properties",
    }
    texts = [json.dumps(load_schema(kind)) for kind in (*document_kinds(), "defs")]
    return {
        keyword
        for keyword in set(Draft202012Validator.VALIDATORS) - structure
        if any(f'"{keyword}": ' in text for text in texts)
    }


def test_every_keyword_of_a_schema_has_its_finding() -> None:
    listed = {code for code in first_cells("findings.md") if code.startswith("schema-")}
    expected = {f"schema-{keyword}" for keyword in keywords()}
    assert listed == expected | {"schema-key", "schema-missing", "schema-unknown"}
