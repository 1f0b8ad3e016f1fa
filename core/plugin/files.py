"""Reads data files through the formats of plugins, each reader guarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from citygoals.core.base.errors import CitygoalsError, UnknownName
from citygoals.core.base.guard import Guarded
from citygoals.core.figures.cells import RejectCode
from citygoals.core.figures.formats import Format, RawTable, ReadOptions, choose_format
from citygoals.core.figures.intake import Intaken
from citygoals.core.forum.profiles import Origin
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.plugin.failures import PluginFailed, PluginNeeded, UnusablePlugin

_STRANGE = {RejectCode.UNKNOWN_AREA.value, RejectCode.UNKNOWN_INDICATOR.value}


def read_tables(
    assembly: Assembly, paths: Sequence[Path], named: str | None, options: ReadOptions
) -> list[RawTable]:
    """The rows of files, by the format that is named or that fits each file's ending.

    Raises UnusableFile, UnknownName and PluginNeeded for the format, PluginFailed for its reader.
    """
    formats = assembly.plugins.formats()
    if named is not None and named not in formats and assembly.failures:
        why = str(UnknownName("format", named, formats))
        raise PluginNeeded(f"{why}; or a plugin provides it that failed", assembly.failures)
    return [_read(choose_format(formats, path, named), path, options, assembly) for path in paths]


def _read(chosen: Format, path: Path, options: ReadOptions, assembly: Assembly) -> RawTable:
    table: RawTable | None = None
    with Guarded() as caught:
        answer = chosen.read(path, options)
        if not isinstance(answer, RawTable):
            raise UnusablePlugin(f"gave {type(answer).__name__} for {path}, not a RawTable")
        table = replace(answer, rows=list(answer.rows))
    if table is not None:
        return table
    if isinstance(caught.error, CitygoalsError) and not isinstance(caught.error, UnusablePlugin):
        raise caught.error
    step = f"reading {path} as {chosen.id}"
    raise PluginFailed(_provider(chosen, assembly), step, caught.error or UnusablePlugin(step))


def _provider(chosen: Format, assembly: Assembly) -> Origin:
    """The plugin that a format comes from."""
    loaded = assembly.plugins.loaded
    return next(plugin.origin for plugin in loaded if chosen.id in plugin.contributions.formats)


def need_owners(assembly: Assembly, intaken: Sequence[Intaken]) -> None:
    """Raise PluginNeeded where rows were rejected that a plugin that failed may have known."""
    strange = [reject for taken in intaken for reject in taken.rejects if reject.code in _STRANGE]
    if strange and assembly.failures:
        first = f"{strange[0].file}:{strange[0].line}: {strange[0].message}"
        raise PluginNeeded(f"{first}; and a plugin failed that may know it", assembly.failures)
