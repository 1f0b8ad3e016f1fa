"""The shipped rules, put together once, and the published data that they are held against."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

import pytest

from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Origin, load_profile
from citygoals.core.logic import NamedRule

Rules = Mapping[str, NamedRule]


@pytest.fixture(scope="session")
def common() -> Forum:
    """The forum of the common profile alone."""
    folder = Path(str(files("citygoals"))) / "profiles" / "common"
    origin = Origin(plugin="test", distribution="citygoals", version="0")
    return assemble([load_profile(folder, origin)])


@pytest.fixture(scope="session")
def rules(common: Forum) -> Rules:
    """The shipped rules by id."""
    return {str(name): rule for name, rule in common.rules.items()}


@pytest.fixture(scope="session")
def published() -> Callable[[str], Path]:
    """A file of CITYGOALS_DATA; skips where the variable is not set."""

    def find(name: str) -> Path:
        folder = os.environ.get("CITYGOALS_DATA")
        if not folder:
            pytest.skip("CITYGOALS_DATA is not set: the published data are not at hand")
        return Path(folder) / name

    return find
