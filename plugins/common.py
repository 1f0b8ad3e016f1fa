"""The forum's own profile: catalogue, units, scales, rules and common goals."""

from __future__ import annotations

from pathlib import Path

from citygoals.core.plugin import hookimpl, shipped_profile

PLUGIN_API = 1


@hookimpl
def provide_profile() -> Path:
    """The folder `profiles/common`."""
    return shipped_profile("common")
