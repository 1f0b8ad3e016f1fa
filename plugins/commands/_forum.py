"""The forum that a command works on: of the plugins that are chosen, with a word on the others."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.forum.forum import Forum
from citygoals.core.plugin.assembly import Assembly, assemble_plugins
from citygoals.core.plugin.choice import Choice
from citygoals.core.plugin.failures import PluginFailed
from citygoals.core.plugin.manager import Plugins
from citygoals.plugins.commands._language import warn_of_language

if TYPE_CHECKING:
    from citygoals.core.base.model import Area
    from citygoals.core.judging.observations import ParquetFiles
    from citygoals.core.store.standing import Stored


def load_plugins() -> Plugins:
    """The plugins that CITYGOALS_PLUGINS and --without choose; slow ones are named on stderr."""
    plugins = Plugins(choice=Choice.of(os.environ, _said().get("without", ())))
    for plugin in plugins.loaded:
        if plugin.slow:
            click.echo(f"warning: plugin {plugin.origin} took {plugin.seconds:.1f} s", err=True)
    return plugins


def load_assembly() -> Assembly:
    """The forum of those plugins; what could not be used is said on stderr.

    Raises PluginFailed or InvalidDocuments when `common` itself has faults.
    """
    assembly = assemble_plugins(load_plugins())
    for failure in assembly.failures:
        warn_of(failure)
    warn_of_language(assembly.forum)
    return assembly


def need_figures(assembly: Assembly, figures: Stored, areas: Iterable[Area]) -> None:
    """Raise PluginNeeded where a plugin that failed owns an indicator with figures of the areas.

    Figures that no plugin in use knows, as theirs was left out or is gone, are named on stderr.
    """
    counts = figures.counts(area.id for area in areas)
    assembly.need_indicators(counts)
    for name in sorted(counts.keys() - assembly.forum.indicators.keys()):
        message = f"{counts[name]} figures of {name!r}, which no plugin in use knows"
        click.echo(f"warning: left aside: {message}", err=True)


def need_known(assembly: Assembly, files: ParquetFiles) -> None:
    """As `need_figures`, for the figures of files."""
    unknown = files.unknown_indicators(assembly.forum)
    assembly.need_indicators(unknown)
    for name in unknown:
        message = f"figures of {name!r}, which no plugin in use knows"
        click.echo(f"warning: left aside: {message}", err=True)


def load_forum() -> Forum:
    """The forum alone, for commands that say nothing about what failed."""
    return load_assembly().forum


def warn_of(failure: PluginFailed) -> None:
    """Say on stderr what failed, with its traceback where --debug is given."""
    click.echo(f"warning: {failure}", err=True)
    if debugging():
        click.echo(failure.traceback, err=True)


def debugging() -> bool:
    """Whether --debug is given."""
    return bool(_said().get("debug"))


def _said() -> dict[str, Any]:
    """What the options of the whole program were given, where a command runs inside of it."""
    context = click.get_current_context(silent=True)
    return (context and context.find_root().obj) or {}
