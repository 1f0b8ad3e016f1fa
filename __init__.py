"""citygoals: goal-versus-indicator evaluation of cities and countries.

The public names are imported when they are first asked for, so that `import citygoals` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citygoals.core.assemble import assemble
    from citygoals.core.errors import (
        CitygoalsError,
        Finding,
        InvalidDocuments,
        Place,
        UnusableFile,
    )
    from citygoals.core.evaluate import Request, evaluate
    from citygoals.core.formats import Format, ReadOptions, raw_table
    from citygoals.core.forum import Forum
    from citygoals.core.intake import RawRow, RawTable
    from citygoals.core.logic import NamedRule, Operator, Rule
    from citygoals.core.methods import Method
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
    "Format": "formats",
    "Forum": "forum",
    "Goal": "model",
    "Indicator": "model",
    "InvalidDocuments": "errors",
    "Method": "methods",
    "NamedRule": "logic",
    "Observation": "model",
    "Operator": "logic",
    "Place": "errors",
    "Plugins": "plugin.manager",
    "Profile": "profiles",
    "RawRow": "intake",
    "RawTable": "intake",
    "ReadOptions": "formats",
    "Request": "evaluate",
    "Rule": "logic",
    "Target": "model",
    "UnusableFile": "errors",
    "assemble": "assemble",
    "evaluate": "evaluate",
    "hookimpl": "plugin",
    "load_profile": "profiles",
    "open_database": "store",
    "raw_table": "formats",
}

__all__ = [
    "Area",
    "Assessment",
    "CitygoalsError",
    "Finding",
    "Format",
    "Forum",
    "Goal",
    "Indicator",
    "InvalidDocuments",
    "Method",
    "NamedRule",
    "Observation",
    "Operator",
    "Place",
    "Plugins",
    "Profile",
    "RawRow",
    "RawTable",
    "ReadOptions",
    "Request",
    "Rule",
    "Target",
    "UnusableFile",
    "assemble",
    "evaluate",
    "hookimpl",
    "load_profile",
    "open_database",
    "raw_table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'citygoals' has no attribute {name!r}")
    return getattr(import_module(f"citygoals.core.{_HOMES[name]}"), name)
