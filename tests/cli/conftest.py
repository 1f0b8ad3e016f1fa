"""The command line as a user has it: arguments in; exit code, stdout and stderr out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from citygoals.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it wrote on stdout, as JSON."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


def run(folder: Path, *arguments: str) -> Outcome:
    """Run `citygoals` with these arguments in a folder."""
    out, err = StringIO(), StringIO()
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as stopped,
    ):
        main(list(arguments))
    return Outcome(int(stopped.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo has run; nobody writes in it."""
    folder = tmp_path_factory.mktemp("demo")
    outcome = run(folder, "demo")
    assert outcome.code == 0, outcome.err
    return folder


@pytest.fixture(scope="session")
def example(demo: Path) -> Path:
    """The database of the example forum."""
    return demo / "citygoals-demo" / "forum.db"


@pytest.fixture
def db(example: Path, tmp_path: Path) -> Path:
    """A copy of the example's database, as `forum.db` in the test's own folder."""
    return Path(shutil.copy(example, tmp_path / "forum.db"))


@pytest.fixture
def citygoals(tmp_path: Path) -> Run:
    """Runs `citygoals` in the test's own folder."""
    return lambda *arguments: run(tmp_path, *map(str, arguments))
