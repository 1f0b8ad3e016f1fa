"""The command that lists plugins: what each contributes, and what became of those that failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from citygoals.core.forum.profiles import Origin
from citygoals.core.plugin.assembly import Assembly, assemble_plugins
from citygoals.core.plugin.manager import LoadedPlugin
from citygoals.plugins.commands._forum import debugging, load_plugins
from citygoals.plugins.commands._render import Column, emit, format_option, plain_columns


@click.command(epilog="Example: citygoals plugins --format json")
@format_option
def plugins(format_: str) -> None:
    """List plugins: what each contributes, and why those that failed did.

    With `citygoals --debug plugins` the tracebacks of failures stand on stderr.
    """
    assembly = assemble_plugins(load_plugins())
    emit(list(_rows(assembly)), _COLUMNS, format_)
    for failure in assembly.failures:
        if debugging():
            click.echo(f"{failure}\n{failure.traceback}", err=True)


_COLUMNS = [
    Column(key="plugin", header="plugin", style="bold"),
    Column(key="distribution", header="distribution"),
    Column(key="version", header="version", wrap=False),
    *plain_columns("state", "provides"),
]


def _rows(assembly: Assembly) -> Iterator[dict[str, Any]]:
    failed = {failure.origin for failure in assembly.failures}
    for plugin in assembly.plugins.loaded:
        if plugin.origin not in failed:
            slow = f"slow: {plugin.seconds:.1f} s to load" if plugin.slow else "ok"
            provides = list(_provides(plugin, assembly))
            yield _row(plugin.origin, slow, seconds=round(plugin.seconds, 3), provides=provides)
    for failure in assembly.failures:
        why = {"hook": failure.hook, "reason": failure.reason}
        yield _row(failure.origin, f"failed in {failure.hook}: {failure.reason}", **why)
    for entry in assembly.plugins.left_out:
        origin = Origin(plugin=entry.name, distribution=entry.distribution, version=entry.version)
        yield _row(origin, "left out")


def _row(origin: Origin, state: str, **cells: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"hook": None, "reason": None, "seconds": None, "provides": []}
    return {
        "plugin": origin.plugin,
        "distribution": origin.distribution,
        "version": origin.version,
        "state": state,
        **nothing,
        **cells,
    }


def _provides(plugin: LoadedPlugin, assembly: Assembly) -> Iterator[str]:
    profiles = assembly.forum.profiles.values()
    yield from (f"profile {profile.id}" for profile in profiles if profile.origin == plugin.origin)
    given = plugin.contributions
    for word, names in (
        ("operator", given.operators),
        ("format", given.formats),
        ("method", given.methods),
    ):
        yield from (f"{word} {name}" for name in names)
