"""citygoals: goal-versus-indicator evaluation of cities and countries.

The public names are imported when they are first asked for, so that `import citygoals` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citygoals.core.base.errors import (
        CitygoalsError,
        Finding,
        InvalidDocuments,
        Place,
        UnusableFile,
    )
    from citygoals.core.base.model import Area, Assessment, Goal, Indicator, Observation, Target
    from citygoals.core.figures.formats import Format, RawRow, RawTable, ReadOptions, raw_table
    from citygoals.core.forum.assembling import assemble
    from citygoals.core.forum.forum import Forum
    from citygoals.core.forum.profiles import Profile, load_profile
    from citygoals.core.judging.evaluate import evaluate
    from citygoals.core.judging.methods import Method
    from citygoals.core.judging.request import Request
    from citygoals.core.logic import NamedRule, Operator, Rule
    from citygoals.core.plugin import hookimpl
    from citygoals.core.plugin.assembly import assemble_plugins
    from citygoals.core.plugin.manager import Plugins
    from citygoals.core.results.running import Evaluation, Keeping, Recorded, record_run
    from citygoals.core.store import open_database

_HOMES = {
    "Area": "base.model",
    "Assessment": "base.model",
    "CitygoalsError": "base.errors",
    "Evaluation": "results.running",
    "Finding": "base.errors",
    "Format": "figures.formats",
    "Forum": "forum.forum",
    "Goal": "base.model",
    "Indicator": "base.model",
    "InvalidDocuments": "base.errors",
    "Keeping": "results.running",
    "Method": "judging.methods",
    "NamedRule": "logic",
    "Observation": "base.model",
    "Operator": "logic",
    "Place": "base.errors",
    "Plugins": "plugin.manager",
    "Profile": "forum.profiles",
    "RawRow": "figures.formats",
    "RawTable": "figures.formats",
    "ReadOptions": "figures.formats",
    "Recorded": "results.running",
    "Request": "judging.request",
    "Rule": "logic",
    "Target": "base.model",
    "UnusableFile": "base.errors",
    "assemble": "forum.assembling",
    "assemble_plugins": "plugin.assembly",
    "evaluate": "judging.evaluate",
    "hookimpl": "plugin",
    "load_profile": "forum.profiles",
    "open_database": "store",
    "raw_table": "figures.formats",
    "record_run": "results.running",
}

__all__ = [
    "Area",
    "Assessment",
    "CitygoalsError",
    "Evaluation",
    "Finding",
    "Format",
    "Forum",
    "Goal",
    "Indicator",
    "InvalidDocuments",
    "Keeping",
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
    "Recorded",
    "Request",
    "Rule",
    "Target",
    "UnusableFile",
    "assemble",
    "assemble_plugins",
    "evaluate",
    "hookimpl",
    "load_profile",
    "open_database",
    "raw_table",
    "record_run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'citygoals' has no attribute {name!r}")
    return getattr(import_module(f"citygoals.core.{_HOMES[name]}"), name)
