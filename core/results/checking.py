"""What is wrong with profiles, those of plugins and those in folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from citygoals.core.base.errors import Finding, InvalidDocuments, UnusableFile, suggestion
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.checks import check_profile, error_findings
from citygoals.core.forum.profiles import LOCAL, load_profile
from citygoals.core.plugin.assembly import Assembly, assemble_plugins
from citygoals.core.plugin.manager import Plugins


def findings_of(paths: Iterable[str], plugins: Plugins) -> Iterator[Finding]:
    """The findings of profiles, by their folder or the id of one that a plugin provides.

    Without paths those of all that the plugins provide. Raises UnusableFile.
    """
    year = datetime.now(UTC).year
    try:
        assembly = assemble_plugins(plugins)
    except InvalidDocuments as error:
        yield from error.findings
        return
    if not paths:
        for failure in assembly.failures:
            yield from error_findings(failure)
        for profile in assembly.forum.profiles.values():
            yield from check_profile(profile, assembly.forum, year)
    for path in paths:
        yield from _check_one(path, assembly, year)


def _check_one(path: str, assembly: Assembly, year: int) -> Iterator[Finding]:
    if path in assembly.forum.profiles:
        profile = assembly.forum.profile(path)
        yield from check_profile(profile, assembly.forum, year)
    for failure in assembly.failures:
        if failure.profile == path:
            yield from error_findings(failure)
    known = [*assembly.forum.profiles, *(f.profile for f in assembly.failures if f.profile)]
    if path not in known:
        yield from _check_folder(Path(path), assembly, known, year)


def _check_folder(
    folder: Path, assembly: Assembly, known: list[str], year: int
) -> Iterator[Finding]:
    """The findings of a folder's profile among the others; it takes the place of one of its id."""
    if not folder.exists():
        near = suggestion(str(folder), known)
        mend = f"name the folder that holds profile.json{near}"
        raise UnusableFile(folder, "no such folder, and no profile of that id", mend)
    try:
        local = load_profile(folder, LOCAL)
        others = [profile for profile in assembly.plugins.profiles() if profile.id != local.id]
        forum = assemble([*others, local], registry=assembly.plugins.registry())
    except InvalidDocuments as error:
        yield from error.findings
    else:
        yield from check_profile(local, forum, year)
