"""The kit's part in pytest: fixtures, and tests from tables of cases.

pytest imports this module in every run, so what is heavy is imported when a test asks for it.
Files are only collected where the setting `citygoals_cases` names them.
"""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from citygoals.core.forum.forum import Forum
    from citygoals.core.forum.profiles import Profile
    from citygoals.core.plugin.assembly import Assembly
    from citygoals.core.plugin.testing.assessing import Assess

ASSEMBLY: pytest.StashKey[Assembly] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings: which profile is tested, where its tables of cases are."""
    parser.addini("citygoals_profile", "Id of the profile that the tests are about.", default="")
    parser.addini(
        "citygoals_cases",
        "Patterns of files with tables of cases, from the root: tests/*.cases.json",
        type="args",
        default=[],
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The table of cases in a file that the settings name."""
    if file_path.suffix != ".json":
        return None
    patterns = parent.config.getini("citygoals_cases")
    root = parent.config.rootpath
    if not patterns or not file_path.is_relative_to(root):
        return None
    name = file_path.relative_to(root).as_posix()
    if not any(fnmatch(name, pattern) for pattern in patterns):
        return None
    from citygoals.core.plugin.testing.collecting import CasesFile

    return CasesFile.from_parent(parent, path=file_path)


@pytest.fixture(scope="session")
def forum(pytestconfig: pytest.Config) -> Forum:
    """The forum of all installed plugins; CITYGOALS_PLUGINS chooses as it does elsewhere."""
    return assembly_of(pytestconfig).forum


@pytest.fixture
def profile(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Profile:
    """The profile that the tests are about: the test's own parameter, else the setting's.

    `@pytest.mark.parametrize("profile", ["th"], indirect=True)` gives the parameter.
    """
    return profile_of(pytestconfig, getattr(request, "param", None))


@pytest.fixture
def assess(pytestconfig: pytest.Config, profile: Profile) -> Assess:
    """Judges figures under the profile: `assess("th-goal", {2024: 41.2}, year=2025)`."""
    return assess_under(pytestconfig, profile)


def assembly_of(config: pytest.Config) -> Assembly:
    """The forum of all installed plugins, put together once in a run."""
    if ASSEMBLY not in config.stash:
        import os

        from citygoals.core.plugin.assembly import assemble_plugins
        from citygoals.core.plugin.choice import Choice
        from citygoals.core.plugin.manager import Plugins

        plugins = Plugins(choice=Choice.of(os.environ))
        config.stash[ASSEMBLY] = assemble_plugins(plugins)
    return config.stash[ASSEMBLY]


def profile_of(config: pytest.Config, named: str | None = None) -> Profile:
    """The profile of that id, else of the setting. Raises UsageError, PluginNeeded, UnknownName."""
    wanted = named or config.getini("citygoals_profile")
    if not wanted:
        raise pytest.UsageError("say which profile: citygoals_profile in pytest's settings")
    assembly = assembly_of(config)
    assembly.need_profiles([wanted])
    return assembly.forum.profile(wanted)


def assess_under(config: pytest.Config, profile: Profile) -> Assess:
    """Judges figures under a profile."""
    from citygoals.core.plugin.testing.assessing import Assess

    assembly = assembly_of(config)
    return Assess(assembly.forum, profile, assembly.plugins.formats())
