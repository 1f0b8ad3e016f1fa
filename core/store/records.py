"""What the store takes in and gives out, beside the words of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import ProfileId
from citygoals.core.figures.intake import Intaken, Reject


class UntimelyChange(CitygoalsError):  # noqa: N818
    """A change dated before one that the database already holds, which would rewrite the past."""


class UnitChanged(CitygoalsError):  # noqa: N818
    """An indicator whose figures are stored in another unit than the profiles now state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """A file whose rows are ready to be stored."""

    file: str
    sha256: str
    intaken: Intaken


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import: its number, its file and how many of its rows did what."""

    number: int
    file: str
    sha256: str
    imported_at: datetime
    new: int
    revised: int
    unchanged: int
    rejected: int
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What storing a file changed; `number` is None where nothing was written."""

    number: int | None
    file: str
    new: int
    revised: int
    unchanged: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReject:
    """A rejected row and the number of the import that rejected it."""

    number: int
    reject: Reject


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A profile as a run read it, and who provided it; `sha256` is the hash of its content."""

    profile: ProfileId
    version: str
    sha256: str
    content: str
    plugin: str
    distribution: str
    distribution_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stored evaluation with everything that is needed to repeat it.

    The store gives `number`, `finished_at` and `assessments` (how many) when it writes the run.
    """

    started_at: datetime
    as_of: datetime | None
    parameters: Mapping[str, Any]
    engine: str
    citygoals_version: str
    observations_hash: str
    rules_hash: str
    number: int = 0
    finished_at: datetime | None = None
    assessments: int = 0
    snapshots: tuple[Snapshot, ...] = field(default=(), repr=False)


def stamp(moment: datetime) -> str:
    """The moment as text whose order is the order of time, in UTC.

    >>> stamp(datetime(2026, 3, 1, 9, tzinfo=UTC))
    '2026-03-01T09:00:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def unstamp(text: str) -> datetime:
    """The moment that `stamp` wrote."""
    return datetime.fromisoformat(text)


def unstamp_optional(text: str | None) -> datetime | None:
    """The moment that `stamp` wrote, or None."""
    return None if text is None else unstamp(text)
