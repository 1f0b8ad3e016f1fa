"""The forum of the plugins in use, and which work can be done right without those that failed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from citygoals.core.base.errors import UnknownName
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import COMMON, Forum
from citygoals.core.forum.profiles import Profile
from citygoals.core.plugin.failures import PluginFailed, PluginNeeded
from citygoals.core.plugin.manager import Plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A forum, the plugins that it was made of, and every failure on the way."""

    forum: Forum
    plugins: Plugins
    failures: Sequence[PluginFailed]

    def need_all(self, work: str) -> None:
        """Raise PluginNeeded when any plugin failed."""
        if self.failures:
            raise PluginNeeded(f"{work} needs every plugin, and one failed", self.failures)

    def need_profiles(self, profiles: Iterable[str]) -> None:
        """Raise PluginNeeded where a profile is missing, or in doubt, since a plugin failed.

        Raises UnknownName for one that nobody can have provided.
        """
        for name in profiles:
            claimed = [failure for failure in self.failures if failure.profile == name]
            if claimed:
                raise PluginNeeded(f"the profile {name!r} is in doubt", claimed)
            self._need_known(name)

    def _need_known(self, name: str) -> None:
        if name in self.forum.profiles:
            return
        unknown = UnknownName("profile", name, self.forum.profiles)
        silent = [failure for failure in self.failures if failure.profile is None]
        if silent:
            raise PluginNeeded(f"{unknown}; or a plugin provides it that failed", silent)
        raise unknown

    def need_stored(self, profiles: Iterable[str]) -> None:
        """Raise PluginNeeded where words for stored assessments are missing, as a plugin failed.

        A profile that is not installed any more does not stop the work.
        """
        for name in set(profiles):
            lost = name not in self.forum.profiles
            owners = [f for f in self.failures if f.profile == name or (lost and not f.profile)]
            if owners:
                raise PluginNeeded(f"the run judged under the profile {name!r}", owners)

    def need_indicators(self, indicators: Iterable[str]) -> None:
        """Raise PluginNeeded where an indicator with figures belongs to a plugin that failed."""
        strange = sorted(set(indicators) - set(self.forum.indicators))
        owners = [f for f in self.failures if any(f.may_own(name) for name in strange)]
        if owners:
            named = ", ".join(strange[:3]) + (", …" if len(strange) > 3 else "")
            raise PluginNeeded(f"there are figures of {named}, and a plugin failed", owners)

    def record(self) -> dict[str, Collection[str]]:
        """What to store with a run: the plugins in use, those left out by choice, those failed."""
        failed = [failure.origin for failure in self.failures]
        used = [plugin.origin for plugin in self.plugins.loaded if plugin.origin not in failed]
        return {
            "used": [str(origin) for origin in used],
            "left_out": [entry.name for entry in self.plugins.left_out],
            "failed": [str(origin) for origin in failed],
        }


def assemble_plugins(plugins: Plugins) -> Assembly:
    """Read the profiles of the plugins and put them together.

    A plugin whose profile has faults is a failure of it. Raises PluginFailed or InvalidDocuments
    where `common` fails.
    """
    profiles = plugins.profiles()
    for failure in plugins.failures:
        if failure.origin.plugin == COMMON:
            raise failure
    forum = assemble(profiles, registry=plugins.registry())
    return Assembly(
        forum=forum,
        plugins=plugins,
        failures=[*plugins.failures, *_left_out(forum, profiles)],
    )


def _left_out(forum: Forum, profiles: Iterable[Profile]) -> list[PluginFailed]:
    """The plugins whose profile does not fit, with what is missing without it."""
    return [
        PluginFailed(
            profile.origin,
            "provide_profile",
            forum.failures[profile.id],
            profile=profile.id,
            indicators={part.content["id"] for part in profile.parts["indicators"]},
        )
        for profile in profiles
        if profile.id in forum.failures
    ]
