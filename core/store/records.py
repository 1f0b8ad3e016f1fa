"""What the store takes in and gives out, beside the words of the model."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import Observation, ProfileId
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


def hash_observations(observations: Iterable[Observation]) -> str:
    """SHA-256 over what the observations say, whatever their order.

    It is made of the words and columns that `hashed_columns` describes.
    """
    said = sorted(observations, key=lambda o: (o.area, o.indicator, o.year, o.source))
    words = {name: sorted({getattr(o, name) for o in said}) for name in _NAMED}
    ranks = {name: {word: at for at, word in enumerate(found)} for name, found in words.items()}
    nothing = float("nan")
    return hashed_columns(
        words,
        {
            **{name: array("I", [ranks[name][getattr(o, name)] for o in said]) for name in _NAMED},
            "year": array("i", [o.year for o in said]),
            "value": array("d", [nothing if o.value is None else o.value + 0.0 for o in said]),
            "status": bytes(ord(o.status.value) for o in said),
            "confidence": bytes(ord(o.confidence[0]) for o in said),
            "released": array("i", [o.released for o in said]),
        },
    )


_NAMED = ("area", "indicator", "source")
_HASHED = ("area", "indicator", "year", "source", "value", "status", "confidence", "released")


def hashed_columns(words: Mapping[str, Sequence[str]], columns: Mapping[str, Any]) -> str:
    """SHA-256 over observations sorted by area, indicator, year and source.

    First comes JSON of the areas, indicators and sources, each sorted. Then come the columns one
    after the other, little-endian: area, indicator, year and source in four bytes, words as their
    places; the value as a double, NaN for none; the letter of the status; the first letter of the
    confidence; and the import that released it in four bytes.
    """
    hashed = hashlib.sha256(json.dumps([words[name] for name in _NAMED]).encode())
    for name in _HASHED:
        hashed.update(memoryview(columns[name]).tobytes())
    return hashed.hexdigest()
