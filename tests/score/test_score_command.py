"""`citygoals score` on the example forum, against sums worked from what `show` lists."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from citygoals.core.figures.tables import UnusableTable, read_table
from citygoals.core.results.score import index_of
from citygoals.plugins.commands.score import score as command
from citygoals.plugins.commands.show import show

PROFILES = Path(str(files("citygoals"))) / "profiles"
Row = Mapping[str, Any]


def run(db: Path, *arguments: str) -> list[dict[str, Any]]:
    said = ["--db", str(db), *arguments, "--format", "json"]
    result = CliRunner().invoke(command, said, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def assessed(db: Path, profile: str) -> dict[str, list[Row]]:
    """What the run says under a profile, by area."""
    said = ["--db", str(db), "--profile", profile, "--format", "json"]
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in json.loads(CliRunner().invoke(show, said).stdout):
        rows[row["area"]].append(row)
    return rows


def priorities(profile: str) -> dict[str, float]:
    content = json.loads((PROFILES / profile / "profile.json").read_text(encoding="utf-8"))
    return {one["theme"]: one["weight"] for one in content["priorities"]}


def limits() -> dict[str, tuple[float | None, float | None]]:
    """The worst natural limit of every shipped indicator, and the other one."""
    found = {}
    for path in PROFILES.glob("*/indicators*.json"):
        for one in json.loads(path.read_text(encoding="utf-8"))["indicators"]:
            ends = [one.get("limits", {}).get(side) for side in ("min", "max")]
            found[one["id"]] = tuple(ends if one["direction"] == "higher" else reversed(ends))
    return found


def counted(rows: list[Row]) -> list[Row]:
    """What has a score on a scale: from a baseline, else from the worst limit, of a range both."""
    known = limits()

    def on_scale(row: Row) -> bool:
        worst, other = known[row["indicator"]]
        start = worst if row["target"] is not None or other is not None else None
        return row["baseline"] is not None or start is not None

    kept = [row for row in rows if row["score"] is not None and "proxy" not in row["marks"]]
    return list(filter(on_scale, kept))


def by_hand(rows: list[Row], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of the themes' plain means."""
    themes: dict[str, list[float]] = defaultdict(list)
    for row in counted(rows):
        themes[row["theme"]].append(row["score"])
    total = sum(weights[theme] for theme in themes)
    if not themes:
        return None
    return sum(weights[t] * sum(found) / len(found) for t, found in themes.items()) / total


@pytest.mark.parametrize("profile", ["common", "kr"])
def test_scores_of_the_example_forum(profile: str, forum_db: Path) -> None:
    rows, said = run(forum_db, "--profile", profile), assessed(forum_db, profile)
    assert {row["area"] for row in rows} == said.keys()
    assert sum(row["score"] is not None for row in rows) >= 8
    for row in rows:
        own, ours = said[row["area"]], counted(said[row["area"]])
        assert row["score"] == (pytest.approx(by_hand(own, priorities(profile))) if ours else None)
        assert row["coverage"] == pytest.approx(len(ours) / len(own))
        assert row["counted"] == len(ours)
        assert row["imputed"] == 0
        if ours:
            assert row["age"] == pytest.approx(sum(one["age"] for one in ours) / len(ours))
            assert row["oldest"] == max(one["age"] for one in ours)
            marked = sum("illustrative" in one["marks"] for one in ours)
            assert row["illustrative"] == pytest.approx(marked / len(ours))
        decided = [one for one in own if one["status"] not in ("no-data", "not-applicable")]
        assert row["counted"] + row["proxies"] + row["unscored"] == len(decided)


def test_nobody_is_ranked_below_the_least_coverage(forum_db: Path) -> None:
    for least in (0.05, 0.12):
        rows = run(forum_db, "--level", "country", "--least-coverage", str(least))
        enough = [r for r in rows if r["score"] is not None and r["coverage"] >= least]
        assert {row["area"] for row in rows if row["rank"] is not None} == {
            row["area"] for row in enough
        }
        best_first = sorted(enough, key=lambda row: -row["score"])
        assert [row["rank"] for row in best_first] == list(range(1, len(enough) + 1))
    assert all(row["rank"] is None for row in run(forum_db, "--least-coverage", "0.9"))


def test_countries_are_the_means_of_their_cities(forum_db: Path) -> None:
    cities = run(forum_db, "--level", "city")
    by_country: dict[str, list[float]] = defaultdict(list)
    for row in cities:
        if row["score"] is not None:
            by_country[row["area"][:2]].append(row["score"])
    found = {row["area"]: row for row in run(forum_db, "--by", "country")}
    assert found.keys() == {row["area"][:2] for row in cities}
    for country, scores in by_country.items():
        assert found[country]["score"] == pytest.approx(sum(scores) / len(scores))


def test_cities_without_a_population_cannot_be_weighed(forum_db: Path) -> None:
    arguments = ["--db", str(forum_db), "--by", "country", "--weight", "population"]
    result = CliRunner().invoke(command, arguments)
    assert isinstance(result.exception, UnusableTable)
    assert "has no 'population' above 0 to weigh it by" in str(result.exception)


def test_ranks_side_by_side(forum_db: Path) -> None:
    said = ("--level", "country", "--least-coverage", "0.05")
    rows = {row["area"]: row for row in run(forum_db, *said, "--under", "all")}
    own = assessed(forum_db, "common")
    for profile in ("common", "id", "kr", "my"):
        scores = {
            area: by_hand(own[area], priorities(profile))
            for area, row in rows.items()
            if row[profile] is not None
        }
        assert len(scores) >= 8
        order = sorted(scores, key=lambda area: -(scores[area] or 0))
        assert [rows[area][profile] for area in order] == list(range(1, len(order) + 1))


def test_the_index_document_that_is_used(forum_db: Path) -> None:
    result = CliRunner().invoke(command, ["--profile", "my", "--document"])
    index = index_of(json.loads(result.stdout), "default")
    assert {child.theme for child in index.root.children} == priorities("my").keys()
    assert len(index.root.leaves()) == len(assessed(forum_db, "my")["MY"])


def test_scores_go_to_files_and_to_people(forum_db: Path, tmp_path: Path) -> None:
    rows, out = run(forum_db, "--profile", "kr"), tmp_path / "scores.csv"
    arguments = ["--db", str(forum_db), "--profile", "kr"]
    assert CliRunner().invoke(command, [*arguments, "--out", str(out)]).exit_code == 0
    table = read_table(out)
    assert table.texts("area") == [row["area"] for row in rows]
    assert table.numbers(["score"])["score"].to_list() == [row["score"] for row in rows]
    assert "Goals by theme, Korea" in CliRunner().invoke(command, arguments).stdout
