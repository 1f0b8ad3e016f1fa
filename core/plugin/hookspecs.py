"""The hooks of citygoals. Arguments are only ever added; a plugin takes the ones it wants.

A hook's body is where heavy modules are imported: the plugin's own module is imported by every
command that works on a forum.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from citygoals.core.figures.formats import Format
    from citygoals.core.judging.methods import Method
    from citygoals.core.logic import Operator

PROJECT = "citygoals"
PLUGIN_API = 1
"""The version of these hooks. A plugin says the one it was written for as `PLUGIN_API`."""
OLDEST_API = 1
"""Plugins written for this version or a later one, up to PLUGIN_API, are run."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """What a plugin may implement; each hook is optional."""

    @hookspec
    def provide_profile(self) -> Path:
        """The folder that holds the profile's JSON documents, as an absolute path."""
        raise AssertionError("a hook specification is never called")

    @hookspec
    def provide_operators(self) -> Iterable[type[Operator]]:
        """Operators for rules, beside those of the language; none may have a name of theirs."""
        raise AssertionError("a hook specification is never called")

    @hookspec
    def provide_formats(self) -> Iterable[Format]:
        """Formats of data files that `citygoals import` reads."""
        raise AssertionError("a hook specification is never called")

    @hookspec
    def provide_methods(self) -> Iterable[Method]:
        """Ways to project figures into later years."""
        raise AssertionError("a hook specification is never called")


def hook_names() -> list[str]:
    """The names of all hooks."""
    return [name for name in vars(Hooks) if not name.startswith("_")]
