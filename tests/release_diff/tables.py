"""Draws what the commands without a database read: tables for rules and indices, a rule, data."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from measures import BALANCE

SCHEMAS = "https://schemas.citygoals.example/1"
COLUMNS = ("a", "b", "c", "d")
WAYS = ("min-max", "z-score", "rank", "percentile-rank")
MEANS = ("arithmetic", "geometric", "harmonic", "min", "max")
CLIPPED = {"method": "min-max", "range": [1, 100]}


def write_tables(rng: Random, folder: Path) -> None:
    """Everything that these commands read, in the forum's folder."""
    _table(folder / "progress.csv", _progress(rng))
    _table(folder / "cities.csv", _cities(rng))
    _document(folder / "index.json", "index", _index(rng))
    _document(folder / "rule.json", "rule", BALANCE)
    given = {"value": rng.randint(0, 9), "indicators": {"loss": {"value": rng.randint(0, 9)}}}
    (folder / "data.json").write_text(json.dumps(given), encoding="utf-8")


def _document(path: Path, kind: str, content: Mapping[str, Any]) -> None:
    named = {"$schema": f"{SCHEMAS}/{kind}.schema.json", **content}
    path.write_text(json.dumps(named, indent=1), encoding="utf-8")


def _table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _progress(rng: Random) -> list[dict[str, Any]]:
    """Rows for a rule; some cells are absent."""
    return [
        {
            "city": f"city-{place}",
            "value": rng.choice((20, 40, 60.5, 80, "")),
            "year": 2022,
            "baseline": rng.choice((10, 40, "")),
            "baseline_year": 2012,
            "previous": rng.choice((30, 50, "")),
            "previous_year": 2021,
            "target": rng.choice((50, 70, "")),
            "target_year": rng.choice((2022, 2030)),
            "lower": rng.choice((20, 30)),
            "upper": rng.choice((50, 60)),
            "count": 2,
            "expected": rng.choice((2, 3)),
            "values": rng.choice(("50;70", "20;80;40", "")),
            "direction": rng.choice(("higher", "lower", "")),
        }
        for place in range(12)
    ]


def _cities(rng: Random) -> list[dict[str, Any]]:
    """Areas by indicators; some figures are equal, some lacking, one far out."""
    years = rng.choice(((2024,), (2022, 2023, 2024)))
    rows = []
    for place in range(rng.randint(6, 14)):
        for year in years:
            figures = {
                name: "" if rng.random() < 0.1 else rng.choice((3, 7, 7, 12.5, 20, 90))
                for name in COLUMNS
            }
            head = {"area": f"city-{place}", "year": year, "region": rng.choice("ns")}
            rows.append({**head, "people": rng.randint(1, 90), **figures})
    return rows


def _index(rng: Random) -> dict[str, Any]:
    """An index of two groups, its stages drawn."""
    children = [{"id": name, "weight": rng.randint(1, 4)} for name in COLUMNS]
    children[1]["direction"] = "lower"
    groups = [
        {"id": "first", "weight": rng.randint(1, 3), "children": children[:2]},
        {"id": "second", "weight": rng.randint(1, 3), "children": children[2:]},
    ]
    treat = rng.choice(("none", {}, {"winsorise": 2, "log": "none"}))
    impute = rng.choice(
        ("none", "mean", "median", "last", {"statistic": "mean", "group": "region"})
    )
    normalise = rng.choice((CLIPPED, *WAYS))
    return {
        "id": "drawn",
        "title": "Drawn",
        "indicators": {"treat": treat, "impute": impute, "normalise": normalise},
        "groups": {"aggregate": rng.choice(MEANS), "minimum": {"children": rng.choice((1, 2))}},
        "rank": {"ties": rng.choice(("min", "max", "average", "dense")), "coverage": 0.4},
        "roll_up": {"group": "region", "weight": "people"},
        "index": {"id": "drawn", "children": groups},
    }
