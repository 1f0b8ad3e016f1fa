"""The compiled schemas agree with jsonschema on every document, right or wrong."""

from __future__ import annotations

import copy
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from citygoals.core.forum.documents.reading import document_kinds, load_schema
from citygoals.core.forum.documents.schema import UnknownKeywordError, compile_schema

ROOT = Path(str(files("citygoals")))
STRANGE = (
    *(None, True, False, 0, 1, -1, 1.0, 2030.5, 10**30, 1e300),
    *("", "a", "kebab-case", "Not A Slug", "KR", "KR-sejong", "#ff0000", "higher", "proxy"),
    *([], [1, 1.0], [True, 1], ["a", "a"], {}, {"en": "x"}, {"ko": "x"}, {"en": ""}),
    *({"title": "x"}, {"min": 1, "max": 2}, {"value": 1, "min": 2}, "adapted", "declined"),
)
KEYS = ("id", "title", "value", "min", "areas", "level", "reason", "unit", "theme", "targets", "x")


@cache
def reference(kind: str) -> Draft202012Validator:
    schemas = [load_schema(name) for name in ("defs", kind)]
    resources = [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    return Draft202012Validator(schemas[-1], registry=Registry().with_resources(resources))


@cache
def compiled(kind: str) -> Any:
    return compile_schema(kind, lambda file: load_schema(file.removesuffix(".schema.json")))


@cache
def shipped() -> dict[str, list[Any]]:
    """The shipped documents by kind, lists cut to their first items."""
    found: dict[str, list[Any]] = {}
    for path in sorted((ROOT / "profiles").rglob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        kind = content["$schema"].rsplit("/", 1)[-1].removesuffix(".schema.json")
        cut = {key: item[:2] if isinstance(item, list) else item for key, item in content.items()}
        found.setdefault(kind, []).append(cut)
    return found


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with each of its keys or indices."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        found.append((value, key))
        if isinstance(item, (dict, list)):
            found.extend(spots(item))
    return found


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, Any]:
    """A shipped document with one to three of its values removed, replaced or added."""
    kind = draw(st.sampled_from(sorted(shipped())))
    document = copy.deepcopy(draw(st.sampled_from(shipped()[kind])))
    for _ in range(draw(st.integers(1, 3))):
        places = spots(document)
        if not places:
            break
        home, key = draw(st.sampled_from(places))
        how = draw(st.sampled_from(("remove", "replace", "add")))
        if how == "remove":
            del home[key]
        elif how == "replace":
            home[key] = copy.deepcopy(draw(st.sampled_from(STRANGE)))
        elif isinstance(home, dict):
            home[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(STRANGE)))
        else:
            home.append(copy.deepcopy(draw(st.sampled_from(STRANGE))))
    return kind, document


@given(spoilt())
@settings(max_examples=400, deadline=None)
def test_agrees_with_jsonschema_on_spoilt_documents(case: tuple[str, Any]) -> None:
    kind, document = case
    assert compiled(kind)(document) == reference(kind).is_valid(document)


@pytest.mark.parametrize("kind", document_kinds())
def test_agrees_with_jsonschema_on_strange_values(kind: str) -> None:
    for value in STRANGE:
        assert compiled(kind)(value) == reference(kind).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "integer"}, [1, 1.0], [True, 1.5, "1"]),
        ({"type": ["string", "null"]}, ["", None], [0, []]),
        ({"enum": [1, "a"]}, [1, 1.0, "a"], [True, "b"]),
        ({"const": False}, [False], [0, None]),
        ({"uniqueItems": True}, [[1, True], [[1], [True]], "aa"], [[1, 1.0], [{"a": 1}] * 2]),
        ({"uniqueItems": False}, [[1, 1]], []),
        ({"oneOf": [{"type": "number"}, {"minimum": 5}]}, [1, "a"], [6]),
        ({"anyOf": [{"type": "number"}, {"minLength": 2}]}, [1, "ab"], ["a"]),
        ({"not": {"required": ["a"]}}, [{}, {"b": 1}], [{"a": 1}, 3]),
        ({"if": {"type": "string"}, "then": {"maxLength": 1}}, ["a", 5], ["ab"]),
        ({"if": {"type": "string"}, "else": {"minimum": 1}}, ["a", 5], [0]),
        ({"exclusiveMinimum": 0}, [0.1, "x"], [0]),
        ({"minItems": 1, "maxItems": 2}, [[1], [1, 2]], [[], [1, 2, 3]]),
        ({"minProperties": 1}, [{"a": 1}, []], [{}]),
        ({"propertyNames": {"pattern": "^a"}}, [{"ab": 1}], [{"ba": 1}]),
        ({"properties": {"a": True}, "additionalProperties": False}, [{"a": 1}], [{"b": 1}]),
        ({"items": False}, [[]], [[1]]),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)
def test_each_keyword(schema: Any, right: list[Any], wrong: list[Any]) -> None:
    test = compile_schema("x", {"x": schema}.__getitem__)
    validator = Draft202012Validator(schema)
    for value in (*right, *wrong):
        assert test(value) == validator.is_valid(value), value
    assert all(map(test, right))
    assert not any(map(test, wrong))


def test_a_schema_may_refer_to_itself() -> None:
    tree = {"type": "object", "properties": {"inner": {"$ref": "#"}}, "required": ["name"]}
    test = compile_schema("tree", {"tree": tree}.__getitem__)
    assert test({"name": 1, "inner": {"name": 2, "inner": {"name": 3}}})
    assert not test({"name": 1, "inner": {"name": 2, "inner": {}}})


def test_a_keyword_without_a_test_is_refused() -> None:
    with pytest.raises(UnknownKeywordError, match="dependentSchemas"):
        compile_schema("x", {"x": {"dependentSchemas": {}}}.__getitem__)
