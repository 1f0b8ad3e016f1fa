"""The hooks of citygoals. Arguments are only ever added; a plugin takes the ones it wants."""

from __future__ import annotations

from pathlib import Path

import pluggy

PROJECT = "citygoals"
PLUGIN_API = 1
"""The version of these hooks. A plugin says the one it was written for as `PLUGIN_API`."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """What a plugin may implement; each hook is optional."""

    @hookspec
    def provide_profile(self) -> Path:
        """The folder that holds the profile's JSON documents."""
        raise AssertionError("a hook specification is never called")
