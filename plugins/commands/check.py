"""The command that tells everything that is wrong with profiles."""

from __future__ import annotations

import click

from citygoals.core.base.errors import Finding, Severity
from citygoals.core.results.checking import findings_of
from citygoals.plugins.commands._forum import load_plugins
from citygoals.plugins.commands._render import emit, format_option, plain_columns


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
    findings = sorted(findings_of(paths, load_plugins()), key=lambda finding: finding.severity)
    if format_ == "table":
        click.echo("\n".join(map(_line, findings)) or "all fine")
    else:
        keys = Finding(code="", message="").as_dict()
        emit([finding.as_dict() for finding in findings], plain_columns(*keys), format_)
    if any(finding.severity is Severity.ERROR for finding in findings):
        ctx.exit(1)


def _line(finding: Finding) -> str:
    colour = "red" if finding.severity is Severity.ERROR else "yellow"
    return f"{click.style(finding.severity.value, fg=colour)}: {finding}"
