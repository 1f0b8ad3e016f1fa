"""Databases of tests, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from citygoals.core.base.model import (
    Area,
    Assessment,
    Direction,
    Indicator,
    Level,
    Observation,
    ObservationStatus,
    Reason,
    Text,
)
from citygoals.core.figures.intake import Intaken, Reject
from citygoals.core.figures.observation_columns import in_columns
from citygoals.core.store import Database, ImportFile, ImportSummary, Run, Snapshot

AREAS = {
    one: Area(id=one, name=Text({"en": f"Area {one}", "ko": "곳"}), level=Level.CITY, country="KR")
    for one in ("KR-sejong", "KR-seoul", "KR")
}
INDICATORS = {
    one: Indicator(
        id=one,
        title=Text({"en": one.title()}),
        theme="energy",
        unit="percent",
        direction=Direction.HIGHER,
    )
    for one in ("meters", "records")
}
GOALS = {"smart-meters": "Smart meters", "records": "Electronic records"}


def day(number: int) -> datetime:
    """Noon of a day of January 2026, from 1; 0 is the day before."""
    return (
        datetime(2025, 12, 31, 12, tzinfo=UTC)
        if number == 0
        else datetime(2026, 1, number, 12, tzinfo=UTC)
    )


def saying(
    area: str,
    indicator: str,
    year: int,
    source: str,
    value: float | None,
    status: str,
    confidence: str = "high",
    note: str | None = None,
) -> Observation:
    """An observation in the order that the tables of cases have."""
    return Observation(
        area=area,
        indicator=indicator,
        year=year,
        source=source,
        value=value,
        status=ObservationStatus(status),
        confidence=confidence,
        note=note,
    )


def figures(*values: float | None) -> list[Observation]:
    """Observations of one area and indicator, a year each."""
    return [
        saying("KR", "meters", 1900 + at, "S", value, "M" if value is None else "A")
        for at, value in enumerate(values)
    ]


def take_in(
    database: Database,
    observations: Iterable[Observation],
    *,
    at: int = 1,
    file: str = "a.csv",
    rejects: Sequence[Reject] = (),
    indicators: Mapping[str, Indicator] = INDICATORS,
) -> ImportSummary:
    """Import the observations on a day, as a file of that name (and hash)."""
    intaken = Intaken(columns=in_columns(observations), rejects=rejects)
    ready = ImportFile(file=file, sha256=f"hash of {file}", intaken=intaken)
    return database.record_imports([ready], areas=AREAS, indicators=indicators, at=day(at))[0]


def run(**changes: Any) -> Run:
    """A run of two profiles."""
    snapshots = tuple(
        Snapshot(
            profile=name,
            version="1.0.0",
            sha256=f"hash of {name}",
            content=f'{{"profile": "{name}"}}',
            plugin=f"citygoals.plugins.{name}",
            distribution="citygoals",
            distribution_version="0.1.0",
        )
        for name in ("common", "kr")
    )
    return Run(
        **{
            "started_at": day(1),
            "as_of": None,
            "parameters": {"profiles": ["common", "kr"], "years": [2024]},
            "engine": "rows",
            "citygoals_version": "0.1.0",
            "observations_hash": "o",
            "rules_hash": "r",
            "snapshots": snapshots,
            **changes,
        }
    )


def assessment(**changes: Any) -> Assessment:
    """An assessment with as little as one can have."""
    return Assessment(
        **{
            "profile": "common",
            "area": "KR-sejong",
            "goal": "smart-meters",
            "year": 2024,
            "status": "no-data",
            "reason": Reason("not-reported"),
            **changes,
        }
    )


@pytest.fixture
def stored(numbered: Callable[..., Any]) -> SimpleNamespace:
    """The helpers of this folder by name."""

    def write(database: Database, assessments: Iterable[Assessment], **changes: Any) -> int:
        """Write a run that finishes on the second day."""
        frames, words = numbered(assessments, list(AREAS))
        return database.write_frames(
            run(**changes), frames, words, areas=AREAS.values(), goals=GOALS, clock=lambda: day(2)
        )

    return SimpleNamespace(
        areas=AREAS,
        indicators=INDICATORS,
        goals=GOALS,
        day=day,
        saying=saying,
        figures=figures,
        take_in=take_in,
        run=run,
        assessment=assessment,
        write=write,
    )
