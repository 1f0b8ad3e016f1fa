"""citygoals: goal-versus-indicator evaluation of cities and countries.

The public names are imported when they are first asked for, so that `import citygoals` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citygoals.core.assemble import assemble
    from citygoals.core.errors import CitygoalsError, Finding, InvalidDocuments, Place
    from citygoals.core.evaluate import Request, evaluate
    from citygoals.core.forum import Forum
    from citygoals.core.logic import NamedRule, Operator, Rule
    from citygoals.core.model import Area, Assessment, Goal, Indicator, Observation, Target
    from citygoals.core.plugin import hookimpl
    from citygoals.core.plugin.manager import Plugins
    from citygoals.core.profiles import Profile, load_profile
    from citygoals.core.store import open_database

_HOMES = {
    "Area": "model",
    "Assessment": "model",
    "CitygoalsError": "errors",
    "Finding": "errors",
    "Forum": "forum",
    "Goal": "model",
    "Indicator": "model",
    "InvalidDocuments": "errors",
    "NamedRule": "logic",
    "Observation": "model",
    "Operator": "logic",
    "Place": "errors",
    "Plugins": "plugin.manager",
    "Profile": "profiles",
    "Request": "evaluate",
    "Rule": "logic",
    "Target": "model",
    "assemble": "assemble",
    "evaluate": "evaluate",
    "hookimpl": "plugin",
    "load_profile": "profiles",
    "open_database": "store",
}

__all__ = [
    "Area",
    "Assessment",
    "CitygoalsError",
    "Finding",
    "Forum",
    "Goal",
    "Indicator",
    "InvalidDocuments",
    "NamedRule",
    "Observation",
    "Operator",
    "Place",
    "Plugins",
    "Profile",
    "Request",
    "Rule",
    "Target",
    "assemble",
    "evaluate",
    "hookimpl",
    "load_profile",
    "open_database",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'citygoals' has no attribute {name!r}")
    return getattr(import_module(f"citygoals.core.{_HOMES[name]}"), name)
