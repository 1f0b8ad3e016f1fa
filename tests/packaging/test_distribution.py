"""The wheel and the source distribution hold the whole tree, and the wheel runs alone."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("core", "plugins")
DATA = ("profiles", "schemas", "examples")


@dataclass(frozen=True)
class Built:
    """What was built: a wheel, a source distribution, and the tracked files they came from."""

    wheel: Path
    sdist: Path
    tracked: frozenset[str]

    @property
    def shipped(self) -> set[str]:
        """The tracked files that belong to the package."""
        at_root = {name for name in self.tracked if "/" not in name and name.endswith(".py")}
        below = {name for name in self.tracked if name.split("/")[0] in (*CODE, *DATA)}
        return at_root | below | {"py.typed"}


def call(command: Sequence[str | Path], folder: Path) -> str:
    """Run a command outside the tree, with nothing of this environment's Python."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COV", "PYTEST"))
    }
    done = subprocess.run(command, cwd=folder, env=inherited, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def tracked_files() -> frozenset[str]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not in a git checkout: nothing says which files belong to the tree")
    listed = call([git, "ls-files", "-z"], ROOT).split("\0")
    return frozenset(name for name in listed if (ROOT / name).is_file())


def build(folder: Path) -> Built:
    """Both distributions, built from a copy of the tracked files; the wheel from the sdist."""
    tracked, tree, out = tracked_files(), folder / "tree", folder / "out"
    for name in tracked:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    call([sys.executable, "-m", "build", "--outdir", out, tree], folder)
    return Built(next(out.glob("*.whl")), next(out.glob("*.tar.gz")), tracked)


@pytest.mark.slow
def test_the_distributions(tmp_path: Path) -> None:
    """One test, so that it builds once however the tests are spread."""
    built = build(tmp_path)
    check_wheel(built)
    check_sdist(built)
    check_that_it_runs_alone(built, tmp_path)


def check_wheel(built: Built) -> None:
    with ZipFile(built.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == {f"citygoals/{name}" for name in built.shipped}
    assert not {name for name in names if re.search(r"/(test_\w+|conftest)\.py$", name)}


def check_sdist(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert built.shipped <= names
    assert {"pyproject.toml", "README.md"} <= names


def check_that_it_runs_alone(built: Built, folder: Path) -> None:
    home, away = folder / "venv", folder / "away"
    away.mkdir()
    venv.create(home, with_pip=True, symlinks=True)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call([*pip, "--constraint", ROOT / "constraints.txt", built.wheel], away)

    where = "import citygoals; print(citygoals.__file__)"
    assert str(home) in call([python, "-c", where], away)
    assert "Usage: citygoals" in call([python, "-m", "citygoals", "--help"], away)
    call([python.with_name("citygoals"), "check"], away)
    assert "$ citygoals explain" in call([python.with_name("citygoals"), "demo"], away)
    assert countries(away / "citygoals-demo" / "forum.db") >= {"KR", "MY", "ID"}


def countries(database: Path) -> set[str]:
    """Whose areas are decided on some goal, by the view `assessments`."""
    connection = sqlite3.connect(database)
    sql = "SELECT DISTINCT country FROM assessments WHERE status NOT IN (?, ?)"
    found = connection.execute(sql, ["no-data", "not-applicable"]).fetchall()
    connection.close()
    return {country for (country,) in found}
