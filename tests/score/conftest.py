"""Indices and tables for tests, given as JSON."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from citygoals.core.figures.tables import read_table
from citygoals.core.results.score import Frame, Index, frame_from, index_of
from citygoals.plugins.commands.evaluate import evaluate
from citygoals.plugins.commands.observations import areas, import_

FORUM = Path(str(files("citygoals"))) / "examples" / "forum"
SETTINGS = ("indicators", "groups", "levels", "order", "reference", "screen", "rank", "roll_up")


def index_document(case: Mapping[str, Any]) -> dict[str, Any]:
    """The index document of a case: its settings, and its children under the node `index`."""
    return {
        "$schema": "https://schemas.citygoals.example/1/index.schema.json",
        "id": "test",
        "title": "Test",
        "index": {"id": "index", "children": case["children"]},
        **{key: case[key] for key in (*SETTINGS, "table_columns", "robustness") if key in case},
    }


def write_csv(path: Path, columns: Mapping[str, Any]) -> Path:
    """A CSV file of columns; `areas` is a number of areas named a1, a2, …"""
    said = dict(columns)
    if "areas" in said:
        said = {"area": [f"a{at}" for at in range(1, said.pop("areas") + 1)], **said}
    length = max(map(len, said.values()))
    rows: list[Sequence[Any]] = [[values[row] for values in said.values()] for row in range(length)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([list(said), *rows])
    return path


def read_case(case: Mapping[str, Any], folder: Path) -> tuple[Index, Frame]:
    """The index and the figures of a case."""
    index = index_of(index_document(case), "index.json")
    table = read_table(write_csv(folder / "table.csv", case["table"]))
    return index, frame_from(table, index)


@pytest.fixture
def case_reader(tmp_path: Path) -> Callable[[Mapping[str, Any]], tuple[Index, Frame]]:
    """Reads the index and the figures of a case."""
    return lambda case: read_case(case, tmp_path)


@pytest.fixture
def csv_writer() -> Callable[[Path, Mapping[str, Any]], Path]:
    """Writes columns to a CSV file."""
    return write_csv


@pytest.fixture
def document_of() -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The index document of a case."""
    return index_document


@pytest.fixture(scope="session")
def forum_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the example forum, evaluated; nobody writes in it."""
    db = tmp_path_factory.mktemp("forum") / "forum.db"
    figures = sorted(map(str, (FORUM / "observations").glob("*.csv")))
    for command, arguments in (
        (areas, ["add", str(FORUM / "areas.json")]),
        (import_, figures),
        (evaluate, []),
    ):
        result = CliRunner().invoke(command, [*arguments, "--db", str(db)])
        assert result.exit_code == 0, result.output
    return db
