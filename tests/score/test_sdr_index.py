"""The SDG Index of 2025 as published: 167 scores and ranks, by an index document and a command.

Figures: Sustainable Development Report 2025 (Sachs, Lafortune, Fuller, Drumm), doi
10.25546/111909, read through CITYGOALS_DATA.
"""

from __future__ import annotations

import csv
import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from citygoals.plugins.commands.index import index as command

EXAMPLE = Path(str(files("citygoals"))) / "examples" / "indices" / "sdg-index-2025.json"
Row = dict[str, Any]


def published(name: str) -> list[Row]:
    """One of the published files; skips where they are not at hand."""
    named = os.environ.get("CITYGOALS_DATA")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("CITYGOALS_DATA is not set: the published scores are not at hand")
    rows: list[Row] = json.loads((folder / "sdr2025" / name).read_text(encoding="utf-8"))
    return rows


def ranked(overview: list[Row]) -> dict[str, Row]:
    return {row["Country"]: row for row in overview if row["SDG_Index_Rank_2025"] is not None}


def countries() -> list[Row]:
    """The rows of countries; those of regions and income groups start with an underscore."""
    rows = published("sdr2025_indicator_scores.json")
    return [row for row in rows if not row["iso3"].startswith("_")]


def wide(path: Path) -> Path:
    """One row a country: its code, name and region, whether it is ranked, and its scores."""
    ranks, rows = ranked(published("sdr2025_overview.json")), countries()
    codes = list(dict.fromkeys(code for row in rows for code in row["indicators"]))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["iso3", "country", "region", "ranked", *codes])
        for row in rows:
            said = [row["iso3"], row["country"], row["region"], row["country"] in ranks]
            writer.writerow([*said, *(row["indicators"].get(code) for code in codes)])
    return path


def long(path: Path) -> Path:
    """One row a country and indicator, as Parquet."""
    import polars as pl

    ranks = ranked(published("sdr2025_overview.json"))
    pl.DataFrame(
        [
            {
                "iso3": row["iso3"],
                "country": row["country"],
                "region": row["region"],
                "ranked": row["country"] in ranks,
                "indicator": code,
                "value": score,
            }
            for row in countries()
            for code, score in row["indicators"].items()
        ]
    ).write_parquet(path)
    return path


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_scores_and_ranks_as_published(layout: str, tmp_path: Path) -> None:
    table = wide(tmp_path / "sdr.csv") if layout == "wide" else long(tmp_path / "sdr.parquet")
    result = CliRunner().invoke(command, [str(EXAMPLE), str(table), "--format", "json"])
    assert result.exit_code == 0, result.output
    assert f"{layout} table" in result.stderr
    found = {row["name"]: row for row in json.loads(result.stdout) if row["rank"] is not None}
    wanted = ranked(published("sdr2025_overview.json"))
    assert len(wanted) == 167
    assert found.keys() == wanted.keys()
    for name, row in wanted.items():
        assert found[name]["score"] == pytest.approx(row["SDG_Index_Score_2025"], abs=1e-9, rel=0)
        assert found[name]["rank"] == row["SDG_Index_Rank_2025"]


def test_what_is_imputed_is_said(tmp_path: Path) -> None:
    """40 countries have fewer than two indicators of goal 14, 17 none of goal 1, and so on."""
    table, out = wide(tmp_path / "sdr.csv"), tmp_path / "notes.json"
    arguments = [str(EXAMPLE), str(table), "--notes", "--out", str(out)]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    notes = json.loads(out.read_text(encoding="utf-8"))
    said = {note["node"]: note["note"] for note in notes if note["stage"] == "impute"}
    ranks, rows = ranked(published("sdr2025_overview.json")), countries()
    codes = {code for row in rows for code in row["indicators"]}
    for goal, least in ((1, 1), (4, 1), (10, 1), (14, 2)):
        ours = {code for code in codes if code.startswith(f"sdg{goal}_")}
        missing = sum(
            len(ours & row["indicators"].keys()) < least for row in rows if row["country"] in ranks
        )
        assert said[f"goal-{goal}"].startswith(f"{missing} filled (mean of the same region)")
    assert len(said) == 4
