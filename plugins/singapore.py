"""Singapore's profile: indicators, goals, targets, priorities and stands on the common goals."""

from __future__ import annotations

from pathlib import Path

from citygoals.core.plugin import hookimpl, shipped_profile

PLUGIN_API = 1


@hookimpl
def provide_profile() -> Path:
    """The folder `profiles/sg`."""
    return shipped_profile("sg")
