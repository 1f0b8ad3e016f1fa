"""Which of the installed plugins a run uses: CITYGOALS_PLUGINS and --without."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from citygoals.core.base.entries import Entry
from citygoals.core.base.errors import CitygoalsError, UnknownName

VARIABLE = "CITYGOALS_PLUGINS"
ALWAYS = "common"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The plugins to use: `only` these (None: all), `without` those; `common` is always there."""

    only: Collection[str] | None = None
    without: Collection[str] = ()

    @classmethod
    def of(cls, environment: Mapping[str, str], without: Iterable[str] = ()) -> Choice:
        """What the variable CITYGOALS_PLUGINS and the options --without say."""
        names = [name.strip() for name in environment.get(VARIABLE, "").split(",")]
        named = [name for name in names if name]
        return cls(only=named or None, without=tuple(without))

    def take(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
        """The entries that are used, and those left out.

        Raises UnknownName for a name that no installed plugin has.
        """
        known = {entry.name for entry in entries}
        for name in (*(self.only or ()), *self.without):
            if name not in known:
                raise UnknownName("plugin", name, known)
        if ALWAYS in self.without:
            message = f"the plugin {ALWAYS!r} is the forum itself; it cannot be left out"
            raise CitygoalsError(message)
        used = [entry for entry in entries if self._uses(entry.name)]
        return used, [entry for entry in entries if entry not in used]

    def _uses(self, name: str) -> bool:
        if name == ALWAYS:
            return True
        return (self.only is None or name in self.only) and name not in self.without
