"""Bad input: one message on stderr with thing, place and mend; exit code 2; nothing written."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

TABLE = json.loads(
    (Path(__file__).parents[1] / "cases" / "cli" / "bad-input.json").read_text(encoding="utf-8")
)
FILES: dict[str, Any] = TABLE["files"]


def lay(path: Path, content: Any) -> None:
    """Put one file of the library there."""
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8", newline="")
    elif "json" in content:
        path.write_text(json.dumps(content["json"], indent=1), encoding="utf-8")
    elif "utf16" in content:
        path.write_text(content["utf16"], encoding="utf-16")
    elif "hex" in content:
        path.write_bytes(bytes.fromhex(content["hex"]))
    else:
        path.mkdir()


def state(folder: Path) -> dict[str, str]:
    """Every path below a folder with what it holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in folder.rglob("*")
    }


def complaint(code: int, out: str, err: str) -> str:
    """The message, after looking that it is one message, on stderr, with exit code 2."""
    assert code == 2, out + err
    assert out == ""
    assert "Traceback" not in err
    assert err.count("error: ") + err.count("Error: ") == 1
    return err


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in TABLE["cases"]])
def test_bad_input(
    case: dict[str, Any], tmp_path: Path, citygoals: Run, request: pytest.FixtureRequest
) -> None:
    for name in case.get("files", ()):
        lay(tmp_path / name, FILES[name])
    if case.get("database"):
        shutil.copy(request.getfixturevalue("example"), tmp_path / "forum.db")
    before = state(tmp_path)
    if case.get("read_only"):
        done = without_rights(tmp_path, case["args"])
        message = complaint(done.returncode, done.stdout, done.stderr)
    else:
        done = citygoals(*case["args"])
        message = complaint(done.code, done.out, done.err)
    for words in case["says"]:
        assert words in message
    assert state(tmp_path) == before


def without_rights(folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run `citygoals` in a folder that it may not write to, even as root."""
    command = [sys.executable, "-m", "citygoals", *arguments]
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        drop = give_up_rights if os.geteuid() == 0 else None
        return subprocess.run(
            command, capture_output=True, text=True, cwd=folder, check=False, preexec_fn=drop
        )
    finally:
        folder.chmod(0o755)


def give_up_rights() -> None:
    """Take the right to pass over permissions from root, for this process and its children."""
    override, drop_from_bounding_set = 1, 24
    if ctypes.CDLL(None).prctl(drop_from_bounding_set, override, 0, 0, 0) != 0:
        raise PermissionError("this root cannot give up CAP_DAC_OVERRIDE")


def lay_database(path: Path, kind: str, example: Path) -> None:
    """What stands where the database should be."""
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("this is no database, though it is longer than a header of SQLite is\n")
    elif kind == "foreign":
        change(path, "CREATE TABLE other (key INTEGER)")
    elif kind == "newer":
        shutil.copy(example, path)
        change(path, "PRAGMA user_version = 9999")


def change(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("database", "arguments"),
    [
        pytest.param(database, row["args"], id=f"{' '.join(row['args'])} on {database}")
        for row in TABLE["on_database"]
        for database in row["databases"]
    ],
)
def test_bad_database(
    database: str, arguments: list[str], tmp_path: Path, citygoals: Run, example: Path
) -> None:
    for name in ("figures.csv", "areas.csv"):
        lay(tmp_path / name, FILES[name])
    lay_database(tmp_path / "forum.db", database, example)
    before = state(tmp_path)
    done = citygoals(*arguments)
    message = complaint(done.code, done.out, done.err)
    for words in TABLE["databases"][database]:
        assert words in message
    assert state(tmp_path) == before


def test_a_process_says_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "citygoals", "import", "nothing.csv"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: nothing.csv: no such file; check the name\n"
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "citygoals", "--debug", "import", "nothing.csv"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "Traceback" in done.stderr
    assert "UnusableFile: nothing.csv: no such file; check the name" in done.stderr
