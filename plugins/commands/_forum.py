"""The forum that a command works on."""

from __future__ import annotations

import click

from citygoals.core.assemble import assemble
from citygoals.core.errors import InvalidDocuments
from citygoals.core.forum import Forum
from citygoals.core.plugin.manager import Plugins


def load_forum(plugins: Plugins | None = None) -> Forum:
    """The forum of every installed plugin; what could not be used is said on stderr.

    Raises InvalidDocuments when the common profile itself has faults.
    """
    plugins = plugins or Plugins()
    forum = assemble(plugins.profiles())
    for failure in plugins.failures:
        click.echo(f"warning: {failure}", err=True)
    for profile, error in forum.failures.items():
        click.echo(f"warning: profile {profile!r} left out: {_first(error)}", err=True)
    return forum


def _first(error: InvalidDocuments) -> str:
    first, *more = error.findings
    rest = f" (and {len(more)} more; see `citygoals check {first.at.file}`)" if more else ""
    return f"{first}{rest}"
