"""What went wrong with a plugin: which one, of which distribution and version, where, why."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Sequence
from typing import Any

import pluggy

from citygoals.core.base.entries import Entry
from citygoals.core.base.errors import CitygoalsError, InvalidDocuments
from citygoals.core.forum.profiles import Origin


class CommandFailed(CitygoalsError):  # noqa: N818
    """A command of a plugin that cannot be imported."""

    def __init__(self, entry: Entry, cause: BaseException) -> None:
        self.entry = entry
        super().__init__(
            f"the command {entry.name!r} of {entry.installed_as} cannot be imported: "
            f"{type(cause).__name__}: {cause}; update or uninstall {entry.distribution}"
        )


class UnusablePlugin(CitygoalsError):  # noqa: N818
    """What a plugin did that the host cannot work with."""


class PluginFailed(CitygoalsError):  # noqa: N818
    """A plugin that is not used: which one, where it failed (`import`, or a hook's name), why.

    `profile` and `indicators` are those that are missing without it; None where nobody can know,
    as it failed before it said so.
    """

    def __init__(
        self,
        origin: Origin,
        hook: str,
        cause: BaseException,
        *,
        profile: str | None = None,
        indicators: Collection[str] | None = None,
    ) -> None:
        self.origin, self.hook, self.cause = origin, hook, cause
        self.profile, self.indicators = profile, indicators
        self.reason = _reason(cause)
        super().__init__(f"plugin {origin} failed in {hook}: {self.reason}")

    @property
    def traceback(self) -> str:
        """The traceback of the cause."""
        return "".join(traceback.format_exception(self.cause))

    def may_own(self, indicator: str) -> bool:
        """Whether an indicator that nobody else provides may be this plugin's."""
        return self.indicators is None or indicator in self.indicators

    def as_dict(self) -> dict[str, Any]:
        """The failure as flat JSON."""
        return {
            "plugin": self.origin.plugin,
            "distribution": self.origin.distribution,
            "version": self.origin.version,
            "hook": self.hook,
            "reason": self.reason,
        }


def _reason(cause: BaseException) -> str:
    if isinstance(cause, InvalidDocuments):
        return _first(cause)
    if isinstance(cause, (CitygoalsError, pluggy.PluginValidationError)):
        return str(cause)
    return f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__


def _first(error: InvalidDocuments) -> str:
    first, *more = error.findings
    return f"{first} (and {len(more)} more)" if more else str(first)


class PluginNeeded(CitygoalsError):  # noqa: N818
    """Work that cannot be done right without plugins that failed."""

    def __init__(self, why: str, failures: Sequence[PluginFailed]) -> None:
        self.failures = tuple(failures)
        named = "; ".join(str(failure) for failure in failures)
        without = " ".join(f"--without {failure.origin.plugin}" for failure in failures)
        super().__init__(
            f"{why}: {named}; mend it, or leave it out with `citygoals {without} ...` "
            "(`citygoals --debug ...` shows the traceback)"
        )
