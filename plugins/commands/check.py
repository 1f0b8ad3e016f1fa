"""The command that tells everything that is wrong with profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from citygoals.core.base.errors import Finding, InvalidDocuments, Severity, UnusableFile, suggestion
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.checks import check_profile, error_findings
from citygoals.core.forum.profiles import LOCAL, load_profile
from citygoals.core.plugin.assembly import Assembly, assemble_plugins
from citygoals.plugins.commands._forum import load_plugins
from citygoals.plugins.commands._render import Column, emit, format_option


@click.command(epilog="Example: citygoals check profiles/kr")
@click.argument("paths", metavar="[PATH|PROFILE]...", nargs=-1)
@format_option
@click.pass_context
def check(ctx: click.Context, paths: tuple[str, ...], format_: str) -> None:
    """Tell everything that is wrong with profiles, in one go.

    PATH is the folder of a profile, PROFILE the id of an installed one; without any, all installed
    profiles are checked. Errors come before warnings. Exit code 1 when there are errors; warnings
    alone are fine.
    """
    findings = sorted(_findings(paths), key=lambda finding: finding.severity)
    if format_ == "table":
        click.echo("\n".join(map(_line, findings)) or "all fine")
    else:
        columns = [Column(key=key, header=key) for key in Finding(code="", message="").as_dict()]
        emit([finding.as_dict() for finding in findings], columns, format_)
    if any(finding.severity is Severity.ERROR for finding in findings):
        ctx.exit(1)


def _line(finding: Finding) -> str:
    colour = "red" if finding.severity is Severity.ERROR else "yellow"
    return f"{click.style(finding.severity.value, fg=colour)}: {finding}"


def _findings(paths: Iterable[str]) -> Iterator[Finding]:
    year = datetime.now(UTC).year
    try:
        assembly = assemble_plugins(load_plugins())
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
