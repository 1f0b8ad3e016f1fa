"""What is left where scipy is not installed: everything but the most favourable weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "indices" / "online-and-renewable"


def without_scipy(command: str, *options: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "from citygoals.cli import main; main(sys.argv[1:])"
    )
    files = [f"{EXAMPLE}.json", f"{EXAMPLE}.csv"]
    called = [sys.executable, "-c", code, command, *files, *options]
    return subprocess.run(called, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words",
    ["index", "robustness --draws 10", "robustness --show indicators"],
)
def test_scores_and_robustness_go_without(words: str) -> None:
    command, *options = words.split()
    done = without_scipy(command, *options)
    assert done.returncode == 0
    assert "scipy" not in done.stderr


def test_favourable_weights_say_what_to_install() -> None:
    done = without_scipy("robustness", "--show", "favourable")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "error: benefit of the doubt needs 'scipy', which is not installed; "
        "pip install 'citygoals[favourable]'"
    )
