"""Plugins: the hooks they implement, how they are found and loaded, what became of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from citygoals.core.plugin.hookspecs import PLUGIN_API, Hooks, hookimpl

__all__ = ["PLUGIN_API", "Hooks", "hookimpl", "providing", "shipped_profile"]


def shipped_profile(name: str) -> Path:
    """The folder of a profile that ships with citygoals."""
    return Path(__file__).resolve().parents[2] / "profiles" / name


def providing(name: str) -> Callable[[], Path]:
    """The hook `provide_profile` of a plugin whose profile ships with citygoals."""

    @hookimpl
    def provide_profile() -> Path:
        return shipped_profile(name)

    return provide_profile
