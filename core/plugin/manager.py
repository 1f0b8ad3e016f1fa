"""Finds, loads and asks plugins, each guarded by itself; a failure is listed, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pluggy

from citygoals.core.base.entries import PLUGINS, Entry, installed_entries
from citygoals.core.base.errors import Finding, InvalidDocuments, closest
from citygoals.core.base.guard import Guarded
from citygoals.core.forum.profiles import Origin, Profile, load_profile, peek_id
from citygoals.core.plugin import contributions
from citygoals.core.plugin.choice import Choice
from citygoals.core.plugin.contributions import Contributions
from citygoals.core.plugin.failures import PluginFailed, UnusablePlugin
from citygoals.core.plugin.hookspecs import OLDEST_API, PLUGIN_API, PROJECT, Hooks, hook_names

if TYPE_CHECKING:
    from citygoals.core.figures.formats import Format
    from citygoals.core.logic import OperatorRegistry

SLOW_SECONDS = 2.0
_CHECKS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "provide_profile": ("profile", contributions.check_folder),
    "provide_operators": ("operators", contributions.check_operators),
    "provide_formats": ("formats", contributions.check_formats),
    "provide_methods": ("methods", contributions.check_methods),
}
_NAMED = ("operators", "formats", "methods")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlugin:
    """A plugin in use, what it contributes, and the seconds that its code took to say so."""

    origin: Origin
    contributions: Contributions
    seconds: float

    @property
    def slow(self) -> bool:
        """Whether it held everybody up."""
        return self.seconds > SLOW_SECONDS


class Plugins:
    """The plugins of one run: those in use, the failures of others, and those left out by choice.

    A plugin that fails in any step contributes nothing.
    """

    def __init__(
        self, entries: Iterable[Entry] | None = None, *, choice: Choice | None = None
    ) -> None:
        """Load `entries`; without them, every installed entry point of the group citygoals.

        Raises UnknownName when the choice names a plugin that is not installed.
        """
        installed = installed_entries(PLUGINS) if entries is None else entries
        self.loaded: list[LoadedPlugin] = []
        self.failures: list[PluginFailed] = []
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._profiles: list[Profile] | None = None
        used, self.left_out = (choice or Choice()).take(_common_first(installed))
        for entry in used:
            self._load(entry, [other for other in used if other.name == entry.name])

    def _load(self, entry: Entry, namesakes: Sequence[Entry]) -> None:
        start = monotonic()
        try:
            _refuse_doubles(entry, namesakes)
            module = self._import(entry)
            given = self._contributions(entry, module)
        except PluginFailed as failure:
            self.failures.append(failure)
        else:
            seconds = monotonic() - start
            plugin = LoadedPlugin(origin=_origin(entry), contributions=given, seconds=seconds)
            self.loaded.append(plugin)

    def _import(self, entry: Entry) -> Any:
        """The registered plugin. Raises PluginFailed."""
        with Guarded() as caught:
            module = entry.load()
            _check_api(module)
        if caught.error is not None:
            raise PluginFailed(_origin(entry), "import", caught.error)
        with Guarded() as caught:
            self._manager.register(module, entry.name)
            self._check_hooks(module)
        if caught.error is not None:
            self._manager.unregister(name=entry.name)
            raise PluginFailed(_origin(entry), "registration", caught.error)
        return module

    def _check_hooks(self, module: Any) -> None:
        callers = self._manager.get_hookcallers(module) or []
        marked = {caller.name for caller in callers}
        written = {name for name in dir(module) if name.startswith("provide_")}
        for name in sorted(marked | written):
            if name not in hook_names():
                near = closest(name, hook_names())
                mend = f"did you mean {near!r}?" if near else f"known: {', '.join(hook_names())}"
                raise UnusablePlugin(f"unknown hook {name!r}; {mend}")
            if name not in marked:
                raise UnusablePlugin(f"{name} is not marked as a hook; write @hookimpl above it")
        if not marked:
            raise UnusablePlugin(f"implements no hook; the hooks are {', '.join(hook_names())}")

    def _contributions(self, entry: Entry, module: Any) -> Contributions:
        """What the plugin's hooks give. Raises PluginFailed; then the plugin is taken off."""
        given: dict[str, Any] = {name: {} for name in _NAMED}
        for hook, (kind, check) in _CHECKS.items():
            with Guarded() as caught:
                answer = self._ask(module, hook)
                if answer is not None:
                    given[kind] = check(answer)
                    self._refuse_taken(kind, given[kind])
            if caught.error is not None:
                self._manager.unregister(name=entry.name)
                raise PluginFailed(_origin(entry), hook, caught.error)
        return Contributions(**given)

    def _ask(self, module: Any, hook: str) -> Any:
        """What one plugin answers to a hook, None where it does not implement it."""
        others = [other for other in self._manager.get_plugins() if other is not module]
        answers = self._manager.subset_hook_caller(hook, others)()
        return answers[0] if answers else None

    def _refuse_taken(self, kind: str, given: Any) -> None:
        """Raise UnusablePlugin for a name that another plugin's contribution has."""
        for other in self.loaded if kind in _NAMED else ():
            for name in set(given) & set(getattr(other.contributions, kind)):
                owner = f"{other.origin.plugin!r} ({other.origin.distribution})"
                word = kind.removesuffix("s")
                raise UnusablePlugin(f"{word} {name!r} comes from {owner} already")

    def profiles(self) -> list[Profile]:
        """The profiles that plugins provide, read once; what fails on the way is noted."""
        if self._profiles is None:
            self._profiles = []
            for plugin in self.loaded:
                folder = plugin.contributions.profile
                if folder is not None:
                    self._read(plugin.origin, folder, self._profiles)
        return self._profiles

    def _read(self, origin: Origin, folder: Path, profiles: list[Profile]) -> None:
        with Guarded() as caught:
            profile = load_profile(folder, origin)
            _refuse_second(profile, profiles)
            profiles.append(profile)
        if caught.error is not None:
            claimed = peek_id(folder)
            failure = PluginFailed(origin, "provide_profile", caught.error, profile=claimed)
            self.failures.append(failure)

    def registry(self) -> OperatorRegistry:
        """The operators of the language and those of the plugins."""
        from citygoals.core.logic import standard_operators

        given = [plugin.contributions.operators for plugin in self.loaded]
        return standard_operators().copy(extend={k: v for some in given for k, v in some.items()})

    def formats(self) -> dict[str, Format]:
        """The formats by id, those of citygoals first."""
        return {k: v for plugin in self.loaded for k, v in plugin.contributions.formats.items()}


def _common_first(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (not entry.of_host, entry.name != "common"))


def _origin(entry: Entry) -> Origin:
    return Origin(plugin=entry.name, distribution=entry.distribution, version=entry.version)


def _refuse_doubles(entry: Entry, namesakes: Sequence[Entry]) -> None:
    """Raise PluginFailed where two distributions, or two versions of one, have the plugin.

    The host's own stay in use: nobody can take their name.
    """
    others = [other for other in namesakes if other is not entry]
    if entry.of_host:
        return
    if others:
        owners = " and ".join(sorted({other.installed_as for other in others}))
        message = f"{owners} has a plugin {entry.name!r} too; uninstall one of them"
        raise PluginFailed(_origin(entry), "import", UnusablePlugin(message))
    if entry.others:
        message = f"{entry.distribution} is installed twice, also {' and '.join(entry.others)}"
        cause = UnusablePlugin(f"{message}; uninstall one of them")
        raise PluginFailed(_origin(entry), "import", cause)


def _check_api(module: Any) -> None:
    wanted = getattr(module, "PLUGIN_API", None)
    if wanted is None:
        raise UnusablePlugin(f"does not say its PLUGIN_API; write PLUGIN_API = {PLUGIN_API}")
    if type(wanted) is int and OLDEST_API <= wanted <= PLUGIN_API:
        return
    newer = type(wanted) is int and wanted > PLUGIN_API
    mend = "update citygoals" if newer else "update the plugin"
    these = f"{OLDEST_API} to {PLUGIN_API}" if OLDEST_API < PLUGIN_API else f"{PLUGIN_API}"
    raise UnusablePlugin(f"wants PLUGIN_API {wanted!r}, this citygoals has {these}; {mend}")


def _refuse_second(profile: Profile, others: Iterable[Profile]) -> None:
    for other in others:
        if other.id == profile.id:
            owner = f"{other.origin.plugin!r} ({other.origin.distribution})"
            finding = Finding(
                code="profile-duplicate",
                message=f"the profile {profile.id!r} comes from {owner} already",
                at=profile.head.place("/id"),
                mend="give it another id, or uninstall one of them",
            )
            raise InvalidDocuments([finding])
