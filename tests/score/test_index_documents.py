"""What is an index and what is not: tests/cases/score/documents.json, and the shipped examples."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import InvalidDocuments
from citygoals.core.results.score import index_of, read_index
from citygoals.core.results.score.index import Aggregate, Impute, Percentile

CASES = Path(__file__).parent.parent / "cases" / "score"
EXAMPLES = Path(str(files("citygoals"))) / "examples" / "indices"
SCHEMA = Path(str(files("citygoals"))) / "schemas" / "index.schema.json"
DOCUMENTS = json.loads((CASES / "documents.json").read_text(encoding="utf-8"))["cases"]
Maker = Callable[[Mapping[str, Any]], dict[str, Any]]


@pytest.mark.parametrize("case", DOCUMENTS, ids=lambda case: case["name"])
def test_faults_of_a_document(case: dict[str, Any], document_of: Maker) -> None:
    with pytest.raises(InvalidDocuments) as raised:
        index_of(document_of(case), "index.json")
    found = [(one.code, one.at.pointer) for one in raised.value.findings]
    assert found == [(code, pointer) for code, pointer, _ in case["faults"]]
    for finding, (_, _, words) in zip(raised.value.findings, case["faults"], strict=True):
        assert words in str(finding)
        assert finding.at.file == "index.json"
        assert finding.at.line is not None


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_examples_are_indices(path: Path) -> None:
    index = read_index(path)
    assert index.root.leaves()
    assert index.levels[0] == "Index"


def test_another_kind_of_document_is_no_index(tmp_path: Path) -> None:
    path = tmp_path / "themes.json"
    content = {
        "$schema": "themes.schema.json",
        "themes": [{"id": "energy", "title": "Energy"}],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidDocuments, match=r"kind 'themes', not an index.*\[index-kind\]"):
        read_index(path)


def test_settings_lie_over_each_other(document_of: Maker) -> None:
    """The node over its level over the common ones; a setting with a method replaces."""
    index = index_of(
        document_of(
            {
                "indicators": {
                    "normalise": {"method": "min-max", "range": [0, 10]},
                    "impute": ["last", {"statistic": "median", "group": "region"}],
                },
                "groups": {"aggregate": "geometric", "minimum": {"share": 0.5}},
                "levels": [{"minimum": {"children": 2}}, {"normalise": {"clip": False}}],
                "children": [
                    {"id": "x", "normalise": {"worst": {"percentile": 5}}},
                    {"id": "y", "normalise": {"method": "z-score"}, "impute": "none"},
                    {"id": "z", "normalise": "none", "indicator": "column z"},
                ],
            }
        ),
        "index.json",
    )
    x, y, z = index.root.children
    assert x.normalise is not None
    assert (x.normalise.method, x.normalise.span, x.normalise.clip) == ("min-max", (0, 10), False)
    assert x.normalise.worst == Percentile(5)
    assert x.impute == (Impute(statistic="last"), Impute(statistic="median", group="region"))
    assert y.normalise is not None
    assert (y.normalise.method, y.normalise.span) == ("z-score", (0, 100))
    assert (y.impute, z.normalise, z.indicator) == ((), None, "column z")
    assert index.root.aggregate == Aggregate(method="geometric")
    assert (index.root.minimum.children, index.root.minimum.share) == (2, 0.5)


def test_every_part_of_the_schema_is_described() -> None:
    def undescribed(schema: Any, path: str) -> list[str]:
        if not isinstance(schema, dict):
            return []
        below = [
            one
            for key, inner in schema.get("properties", {}).items()
            for one in undescribed(inner, f"{path}/{key}")
        ]
        said = "description" in schema or "$ref" in schema
        return below if said or path == "" else [path, *below]

    content = json.loads(SCHEMA.read_text(encoding="utf-8"))
    parts = {name: inner for name, inner in content["$defs"].items() if name != "impute_way"}
    assert undescribed(content, "") == []
    assert [one for name, inner in parts.items() for one in undescribed(inner, name)] == []
