"""The tutorials hold: their files laid into a new plugin, their commands run."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl
import pytest

from citygoals.core.logic.engines import COMPUTING, ROWS

PAGES = Path(__file__).parents[2] / "docs" / "plugins"
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTALL = "pip install ./citygoals-thailand"


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def commands(text: str) -> Iterator[Sequence[str]]:
    """What the consoles of a page call citygoals with."""
    for block in CONSOLE.findall(text):
        for line in block.splitlines():
            if line.startswith("$ citygoals "):
                yield line.split()[2:]


def pip_install(source: Path, target: Path) -> Path:
    """Build and install a distribution into a folder; the folder."""
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, text=True)
    return target


@pytest.fixture(scope="module")
def scaffold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin that `citygoals new-plugin thailand --country TH` writes."""
    folder = tmp_path_factory.mktemp("scaffold")
    command = [sys.executable, "-m", "citygoals", "new-plugin", "thailand", "--country", "TH"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "citygoals-thailand"


@pytest.fixture
def follow(scaffold, host, tmp_path):
    """Follows a page: lays its files, installs the plugin, runs its commands."""

    def followed(name: str, *more: Sequence[str]):
        plugin = Path(shutil.copytree(scaffold, tmp_path / "citygoals-thailand"))
        for path, text in FILE.findall(page(name)):
            (plugin / path).parent.mkdir(parents=True, exist_ok=True)
            (plugin / path).write_text(text, encoding="utf-8")
        target = pip_install(plugin, tmp_path / "target")
        wanted = [*commands(page(name)), *more]
        return host.run(tmp_path, wanted, target, CITYGOALS_PLUGINS="thailand")

    return followed


def test_every_page_installs_what_it_shows() -> None:
    with_files = [path.stem for path in PAGES.glob("*.md") if FILE.search(path.read_text("utf-8"))]
    assert sorted(with_files) == ["formats", "methods", "operators"]
    assert all(INSTALL in page(name) for name in with_files)


def test_a_format(follow) -> None:
    imported, rejects = follow("formats", ["rejects", "--format", "json"])
    assert imported.code == 1
    (reject,) = rejects.json
    assert reject["file"].endswith("meters.yearbook.csv")
    assert (reject["line"], reject["code"]) == (4, "not-a-number")
    assert "'1,5'" in reject["message"]
    assert re.search(r"meters\.yearbook\.csv +5 +0 +0 +1", imported.out)


def test_a_method(follow) -> None:
    *_, explained = follow("methods")
    assert explained.code == 0, explained.err
    (promised,) = re.findall(r"```text\n(by recent.*)\n```", page("methods"))
    assert promised in explained.out


@pytest.mark.slow
def test_an_operator(follow, tmp_path, scaffold, host) -> None:
    checked, *_ = follow("operators")
    assert checked.code == 0, checked.out
    plugin = tmp_path / "citygoals-thailand"
    goals = plugin / "src/citygoals_thailand/profile/goals.json"
    content = json.loads(goals.read_text("utf-8"))
    content["goals"][0] |= {"rule": "th-fast-enough", "examples": []}
    del content["goals"][0]["examples"]
    goals.write_text(json.dumps(content), encoding="utf-8")
    sample = str(plugin / "observations" / "sample.csv")
    evaluate = ["evaluate", "--profile", "th", "--area", "TH-first-city", "--format", "json"]
    explain = ["explain", "TH-first-city", "th-led-street-lights", "--profile", "th"]
    imported, rows, polars, ducks, explained = host.run(
        tmp_path,
        [
            ["import", sample, "--db", "new.db"],
            *([*evaluate, "--db", "new.db", "--engine", name] for name in (ROWS, *COMPUTING)),
            [*explain, "--db", "new.db"],
        ],
        pip_install(plugin, tmp_path / "again"),
        CITYGOALS_PLUGINS="thailand",
    )
    assert imported.code == 0, imported.err
    for said in (rows, polars, ducks):
        assert said.code == 0, said.err
        judged = {row["goal"]: row["status"] for row in said.json}
        assert judged["th-led-street-lights"] == "on-track"
    assert "pace → 4" in explained.out


BOUNDARY = (0.0, -0.0, 1.0, -1.0, 30.0, 2020.0, 2024.0, 2.0**53, 1e308, -1e308, 5e-324, None)


def test_both_forms_of_the_operator_agree(tmp_path, monkeypatch) -> None:
    from citygoals.core.base.errors import CitygoalsError
    from citygoals.core.logic import Rule, standard_operators

    (code,) = [text for path, text in FILE.findall(page("operators")) if path.endswith("pace.py")]
    (tmp_path / "pace_of_the_page.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    from pace_of_the_page import Pace

    names = ("a", "b", "c", "d")
    rule = Rule.parse(
        {"pace": [{"var": name} for name in names]},
        registry=standard_operators().copy(extend={"pace": Pace}),
    )
    rows = [(a, b, c, d) for a in BOUNDARY for b in BOUNDARY for c in BOUNDARY for d in BOUNDARY]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")
    expression, program = rule.to_expr(needs=names), rule.program(checked=True)

    def by_row(row: tuple[float | None, ...]) -> float | None:
        if None in row:
            return None
        try:
            return float(program.run(dict(zip(names, row, strict=True)))) + 0.0
        except CitygoalsError:
            return None

    want = [by_row(row) for row in rows]
    polars = nw.from_native(frame).select(answer=expression).to_native()["answer"].to_list()
    with duckdb.connect() as connection:
        numbered = frame.with_row_index("position").to_arrow()
        relation = nw.from_native(connection.from_arrow(numbered))
        table = relation.with_columns(answer=expression).to_native().order("position")
        ducks = [row[-1] for row in table.fetchall()]
    assert any(answer is not None for answer in want)
    for found in (polars, ducks):
        differing = [
            (row, one, other)
            for row, one, other in zip(rows, want, found, strict=True)
            if (one is None) != (other is None)
            or (one is not None and struct.pack(">d", one) != struct.pack(">d", other))
        ]
        assert differing == []
