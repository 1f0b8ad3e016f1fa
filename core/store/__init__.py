"""The forum's record in one SQLite file: areas, observations with every revision, runs."""

from citygoals.core.store.asked import Asked
from citygoals.core.store.database import FILES_FROM, Database, now, open_database
from citygoals.core.store.records import (
    Import,
    ImportFile,
    ImportSummary,
    Run,
    Snapshot,
    StoredReject,
    UnitChanged,
    UntimelyChange,
)

__all__ = [
    "FILES_FROM",
    "Asked",
    "Database",
    "Import",
    "ImportFile",
    "ImportSummary",
    "Run",
    "Snapshot",
    "StoredReject",
    "UnitChanged",
    "UntimelyChange",
    "now",
    "open_database",
]
