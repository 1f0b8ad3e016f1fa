"""A plugin written against version 1 of the hooks works, as it was written, for good."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FROZEN = Path(__file__).parent / "frozen_api_1"
DIGEST = "ff87f90c34e63c7f044e07cc166170c05335230009768e269b57bf8a25d4eab3"
LEDGER = "FJ-suva fj-led-lights 2023 40 %\nFJ-nadi fj-led-lights 2023 39.9 %\n"


def test_it_is_as_it_was_written() -> None:
    files = sorted(path for path in FROZEN.rglob("*") if path.suffix in (".py", ".json", ".toml"))
    texts = [f"{path.relative_to(FROZEN).as_posix()}\n{path.read_text('utf-8')}" for path in files]
    assert hashlib.sha256("\n".join(texts).encode()).hexdigest() == DIGEST


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip built and installed it."""
    source = tmp_path_factory.mktemp("source") / "citygoals-frozen"
    shutil.copytree(FROZEN, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("target")
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, text=True)
    return target


def test_everything_it_does_works(host, frozen, tmp_path) -> None:
    (tmp_path / "figures.ledger").write_text(LEDGER, encoding="utf-8")
    evaluate = ["evaluate", "--profile", "fj", "--area", "FJ-suva", "--area", "FJ-nadi"]
    said = host.run(
        tmp_path,
        [
            ["plugins", "--format", "json"],
            ["frozen"],
            ["check", "fj", "--format", "json"],
            ["import", "figures.ledger"],
            [*evaluate, "--engine", "rows", "--format", "json"],
            [*evaluate, "--engine", "polars", "--format", "json"],
            [*evaluate, "--engine", "duckdb", "--format", "json"],
            ["explain", "FJ-suva", "fj-led-lights"],
        ],
        frozen,
        CITYGOALS_PLUGINS="frozen",
    )
    plugins, command, check, import_, *engines, explain = said
    assert [one.code for one in said] == [0] * len(said), [one.err for one in said]
    assert [one.err for one in said if one is not import_] == [""] * (len(said) - 1)
    (row,) = [row for row in plugins.json if row["plugin"] == "frozen"]
    assert row["state"] == "ok"
    assert (row["distribution"], row["version"]) == ("citygoals-frozen", "1.0.0")
    assert row["provides"] == ["profile fj", "operator within", "format ledger", "method stay"]
    assert command.out == "version 1\n"
    assert {found["code"] for found in check.json} == {"goal-undecided", "pin-stale"}
    for engine in engines:
        judged = {row["area"]: row["status"] for row in engine.json if row["goal"][:3] == "fj-"}
        assert judged == {"FJ-suva": "fj-close", "FJ-nadi": "fj-far"}
    assert "by stay (as it was last): 40 in 2030" in explain.out
