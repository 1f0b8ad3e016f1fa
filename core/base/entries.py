"""The entry points of citygoals that are installed, found by reading one small file of each.

`importlib.metadata` does the same, but importing it takes as long as starting Python twice, and of
a distribution that is installed in two versions it shows the first only. `pathlib` is not imported
either: this module serves `--help`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from importlib import import_module
from typing import Any, NamedTuple

HOST = "citygoals"
PLUGINS = "citygoals"
COMMANDS = "citygoals.commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry point: its group and name, what it points at, and who installed it.

    `others` names the other places where its distribution is installed in another version.
    """

    group: str
    name: str
    value: str
    distribution: str
    version: str
    folder: str
    others: tuple[str, ...] = ()

    @property
    def of_host(self) -> bool:
        """Whether citygoals itself provides it."""
        return self.distribution == HOST

    @property
    def installed_as(self) -> str:
        """Distribution and version."""
        return f"{self.distribution} {self.version}"

    def load(self) -> Any:
        """Import what it points at. Raises whatever the imported module raises."""
        module, _, attributes = self.value.partition("[")[0].strip().partition(":")
        names = filter(None, attributes.strip().split("."))
        return reduce(getattr, names, import_module(module.strip()))


class _Installed(NamedTuple):
    """One `*.dist-info` or `*.egg-info` with entry points of ours."""

    name: str
    version: str
    folder: str
    entries: str


def installed_entries(group: str, path: Sequence[str] | None = None) -> list[Entry]:
    """The entry points of a group, those of citygoals first, then by name and distribution."""
    by_name: dict[str, list[_Installed]] = {}
    for installed in _distributions(sys.path if path is None else path):
        by_name.setdefault(installed.name, []).append(installed)
    entries = [
        replace(entry, others=_others(*versions))
        for versions in by_name.values()
        for entry in _entries(versions[0])
        if entry.group == group
    ]
    return sorted(entries, key=lambda entry: (not entry.of_host, entry.name, entry.distribution))


def _others(first: _Installed, *more: _Installed) -> tuple[str, ...]:
    """The other versions; what a build leaves in a source tree is none."""
    return tuple(
        f"{other.version} in {os.path.dirname(other.folder)}"
        for other in more
        if other.version != first.version and not other.folder.endswith(".egg-info")
    )


def _distributions(path: Sequence[str]) -> Iterator[_Installed]:
    """Every distribution with entry points of ours, in the order of `path`, dist-infos first."""
    folders = list(dict.fromkeys(os.path.realpath(entry or os.curdir) for entry in path))
    infos = [info for folder in folders for info in _infos(folder)]
    for info in sorted(infos, key=lambda name: name.endswith(".egg-info")):
        entries = _text(info, "entry_points.txt")
        if f"[{PLUGINS}" in entries:
            name, version = _name_and_version(info)
            yield _Installed(name=name, version=version, folder=info, entries=entries)
    for archive in filter(os.path.isfile, folders):
        yield from _in_archive(archive)


def _in_archive(archive: str) -> Iterator[_Installed]:
    """What is installed in a zip file on the path."""
    from importlib.metadata import distributions

    for dist in distributions(path=[archive]):
        entries = dist.read_text("entry_points.txt") or ""
        if f"[{PLUGINS}" in entries:
            name, folder = _normalised(dist.name), os.path.join(archive, dist.name)
            yield _Installed(name=name, version=dist.version, folder=folder, entries=entries)


def _infos(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(
        os.path.join(folder, name) for name in names if name.endswith((".dist-info", ".egg-info"))
    )


def _text(info: str, name: str) -> str:
    try:
        with open(os.path.join(info, name), encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""


def _name_and_version(info: str) -> tuple[str, str]:
    """What the metadata say; where they are gone, what the folder's name says."""
    head = (_text(info, "METADATA") or _text(info, "PKG-INFO")).partition("\n\n")[0]
    fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    name, _, version = os.path.basename(info).rpartition(".")[0].partition("-")
    name, version = fields.get("Name", name), fields.get("Version", version or "unknown")
    return _normalised(name), version.strip()


def _normalised(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")


def _entries(installed: _Installed) -> Iterator[Entry]:
    group = ""
    for line in map(str.strip, installed.entries.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1]
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield Entry(
                group=group,
                name=name.strip(),
                value=value.strip(),
                distribution=installed.name,
                version=installed.version,
                folder=installed.folder,
            )
