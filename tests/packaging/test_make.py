"""What the Makefile installs for whom."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def commands(target: str) -> str:
    """What `make` would run for a target from nothing."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    called = [make, "--dry-run", "--always-make", target]
    return subprocess.run(called, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("target", "develops"), [("demo", False), ("test", True), ("docs", True)])
def test_only_developers_install_what_they_alone_need(target: str, develops: bool) -> None:
    said = commands(target)
    assert "--editable ." in said
    assert ("--group dev" in said) is develops
