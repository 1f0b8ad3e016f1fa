"""The forum's record in one SQLite file: areas, observations with every revision, runs."""

from citygoals.core.store.asked import Asked
from citygoals.core.store.database import Database, now, open_database
from citygoals.core.store.records import (
    Import,
    ImportFile,
    ImportSummary,
    Run,
    Snapshot,
    StoredReject,
    UnitChanged,
    UntimelyChange,
    hash_observations,
)

__all__ = [
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
    "hash_observations",
    "now",
    "open_database",
]
