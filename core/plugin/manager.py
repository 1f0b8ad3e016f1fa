"""Finds, loads and registers plugins, each guarded by itself; a failure is listed, not raised."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any

import pluggy

from citygoals.core.errors import CitygoalsError, InvalidDocuments, closest
from citygoals.core.plugin.hookspecs import PLUGIN_API, PROJECT, Hooks
from citygoals.core.profiles import Origin, Profile, load_profile

SLOW_SECONDS = 2.0
_GUARDED = (Exception, SystemExit, KeyboardInterrupt)


class PluginFailed(CitygoalsError):  # noqa: N818
    """A plugin that could not be used: which one, in which step, why."""

    def __init__(self, origin: Origin, step: str, cause: BaseException) -> None:
        self.origin, self.step, self.cause = origin, step, cause
        ours = isinstance(cause, (CitygoalsError, pluggy.PluginValidationError))
        self.reason = str(cause) if ours else f"{type(cause).__name__}: {cause}"
        who = f"{origin.plugin!r} ({origin.distribution} {origin.version})"
        super().__init__(f"plugin {who} failed in {step}: {self.reason}")

    @property
    def traceback(self) -> str:
        """The traceback of the cause."""
        return "".join(traceback.format_exception(self.cause))


class UnusablePlugin(CitygoalsError):  # noqa: N818
    """What a plugin did that the host cannot work with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlugin:
    """A registered plugin and the seconds that its import took."""

    origin: Origin
    module: ModuleType
    seconds: float

    @property
    def slow(self) -> bool:
        """Whether importing it held everybody up."""
        return self.seconds > SLOW_SECONDS


class Plugins:
    """The plugins of one run: those that loaded, and the failures of the others."""

    def __init__(self, entries: Iterable[EntryPoint] | None = None) -> None:
        """Load `entries`; without them, every installed entry point of the group citygoals."""
        self.loaded: list[LoadedPlugin] = []
        self.failures: list[PluginFailed] = []
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        installed = entry_points(group=PROJECT) if entries is None else entries
        for entry in sorted(installed, key=_common_first):
            self._load(entry)

    def _load(self, entry: EntryPoint) -> None:
        origin = _origin(entry)
        start = monotonic()
        try:
            module = entry.load()
            seconds = monotonic() - start
            self._register(module, entry.name)
        except _GUARDED as error:
            self.failures.append(PluginFailed(origin, "loading", error))
        else:
            self.loaded.append(LoadedPlugin(origin=origin, module=module, seconds=seconds))

    def _register(self, module: ModuleType, name: str) -> None:
        _check_api(module)
        self._check_name(name)
        self._manager.register(module, name)
        try:
            self._check_hooks(module)
        except CitygoalsError:
            self._manager.unregister(module)
            raise

    def _check_name(self, name: str) -> None:
        other = next((p.origin for p in self.loaded if p.origin.plugin == name), None)
        if other is not None:
            message = f"{other.distribution} {other.version} has a plugin {name!r} too"
            raise UnusablePlugin(f"{message}; uninstall one of them")

    def _check_hooks(self, module: ModuleType) -> None:
        known = [name for name in vars(Hooks) if not name.startswith("_")]
        callers = self._manager.get_hookcallers(module) or []
        for name in (caller.name for caller in callers if not caller.has_spec()):
            near = closest(name, known)
            mend = f"did you mean {near!r}?" if near else f"the hooks are {', '.join(known)}"
            raise UnusablePlugin(f"unknown hook {name!r}; {mend}")

    def call(self, plugin: LoadedPlugin, hook: str) -> Any:
        """What one plugin answers to a hook, None where it does not implement it.

        Raises PluginFailed.
        """
        others = [other for other in self._manager.get_plugins() if other is not plugin.module]
        try:
            answers = self._manager.subset_hook_caller(hook, others)()
        except _GUARDED as error:
            raise PluginFailed(plugin.origin, hook, error) from error
        return answers[0] if answers else None

    def profiles(self) -> list[Profile]:
        """The profiles that plugins provide; what fails on the way is noted."""
        profiles: list[Profile] = []
        for plugin in self.loaded:
            try:
                profile = self._profile(plugin)
            except PluginFailed as failure:
                self.failures.append(failure)
            else:
                profiles.extend([profile] if profile else [])
        return profiles

    def _profile(self, plugin: LoadedPlugin) -> Profile | None:
        folder = self.call(plugin, "provide_profile")
        if folder is None:
            return None
        try:
            if not isinstance(folder, Path):
                raise UnusablePlugin(f"gave {type(folder).__name__}, not a pathlib.Path")
            return load_profile(folder, plugin.origin)
        except (CitygoalsError, InvalidDocuments) as error:
            raise PluginFailed(plugin.origin, "provide_profile", error) from error


def _common_first(entry: EntryPoint) -> tuple[bool, str]:
    return entry.name != "common", entry.name


def _origin(entry: EntryPoint) -> Origin:
    distribution = entry.dist
    name = distribution.name if distribution else "unknown"
    version = distribution.version if distribution else "unknown"
    return Origin(plugin=entry.name, distribution=name, version=version)


def _check_api(module: ModuleType) -> None:
    wanted = getattr(module, "PLUGIN_API", None)
    if wanted == PLUGIN_API:
        return
    if wanted is None:
        raise UnusablePlugin(f"does not say its PLUGIN_API; write PLUGIN_API = {PLUGIN_API}")
    newer = isinstance(wanted, int) and wanted > PLUGIN_API
    mend = "update citygoals" if newer else "update the plugin"
    raise UnusablePlugin(f"wants PLUGIN_API {wanted!r}, this is {PLUGIN_API}; {mend}")
