"""Draws files of observations: CSV with rows that revise, repeat and cannot be; Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

import polars as pl
from documents import level
from measures import SOURCES, Measure
from worlds import World

YEARS = range(2012, 2025)
STATUSES = "AAAAAAABEIPFMO"
MISSING = ("", "..", "n/a")
CONFIDENCES = ("high", "high", "medium", "low")
LONGEST = 300
"""Rows that a file has at most, so that a forum takes a fraction of a second."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a file, as text."""

    area: str
    indicator: str
    year: str
    value: str
    unit: str
    status: str = ""
    source: str = ""
    confidence: str = ""
    note: str = ""


def draw_rows(rng: Random, world: World) -> list[Row]:
    """Figures of many areas, indicators and years: series, gaps, several sources a year."""
    rows = []
    density, crowd = rng.uniform(0.3, 1.0), rng.choice((1, 2, 2, 3))
    for area in world.areas:
        for measure in world.measures:
            if rng.random() < density:
                rows += _series(rng, area, measure, rng.randint(1, crowd))
    kept = once(rng.sample(rows, min(LONGEST, len(rows))))
    return [*kept, *_repeated(rng, kept, world)]


def _repeated(rng: Random, rows: Sequence[Row], world: World) -> list[Row]:
    """A few rows again, some with another figure."""
    known = {one.id: one for one in world.measures}
    return [
        row
        if rng.random() < 0.5
        else _row(rng, row.area, known[row.indicator], int(row.year), row.source)
        for row in rng.sample(rows, len(rows) // 40)
    ]


def _series(rng: Random, area: str, measure: Measure, sources: int) -> list[Row]:
    years = rng.sample(YEARS, rng.randint(1, 6))
    said = rng.sample(SOURCES, sources)
    return [_row(rng, area, measure, year, rng.choice(said)) for year in years for _ in said]


def _row(rng: Random, area: str, measure: Measure, year: int, source: str) -> Row:
    spelling, factor = rng.choice(measure.spellings)
    status = rng.choice(STATUSES)
    figure = f"{level(rng, measure) * factor:.12g}"
    missing = status in "MO" or rng.random() < 0.03
    return Row(
        area=area,
        indicator=measure.id,
        year=str(year),
        value=rng.choice(MISSING) if missing else figure,
        unit=spelling,
        status=status,
        source=source,
        confidence=rng.choice(CONFIDENCES),
        note=rng.choice(("", "", "provisional, see the table")),
    )


def once(rows: Iterable[Row]) -> list[Row]:
    """The rows without others of the same area, indicator, year and source."""
    return list({(one.area, one.indicator, one.year, one.source): one for one in rows}.values())


def revised(rng: Random, rows: Sequence[Row], world: World) -> list[Row]:
    """Some of the rows with other figures or words, some as they were, and new ones."""
    known = {one.id: one for one in world.measures}
    again = []
    for row in rng.sample(rows, len(rows) // 3):
        measure = known[row.indicator]
        fresh = _row(rng, row.area, measure, int(row.year), row.source)
        again.append(rng.choice((row, fresh, fresh)))
    return [*once(again), *_later(rng, rows, known)]


def _later(rng: Random, rows: Sequence[Row], known: dict[str, Measure]) -> list[Row]:
    """Figures of years that no other file has."""
    some = rng.sample(rows, len(rows) // 6)
    found = [_row(rng, row.area, known[row.indicator], 2025, row.source) for row in some]
    return once(found)


def spoilt(rng: Random, rows: Sequence[Row]) -> list[Row]:
    """Rows of which each has a fault, with good ones among them."""
    faults: Sequence[dict[str, str]] = (
        {"area": "KR-seol"},
        {"indicator": "shares"},
        {"year": "2020/21"},
        {"value": "about 5"},
        {"value": "1,000"},
        {"value": "-1e9"},
        {"unit": "furlongs"},
        {"unit": ""},
        {"status": "Z"},
        {"confidence": "sure"},
        {"area": ""},
    )
    some = rng.sample(rows, min(12, len(rows)))
    return [replace(row, **rng.choice(faults)) if rng.random() < 0.8 else row for row in some]


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Long CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(Row.__dataclass_fields__))
        writer.writeheader()
        writer.writerows(map(asdict, rows))


def write_parquet(rng: Random, path: Path, rows: Sequence[Row], world: World) -> None:
    """The rows as Parquet, in the indicators' own units."""
    known = {one.id: dict(one.spellings) for one in world.measures}
    records = [
        (
            row.area,
            row.indicator,
            int(row.year),
            None if row.value in MISSING else float(row.value) / known[row.indicator][row.unit],
            row.status or "A",
            row.source,
            row.confidence or "high",
            rng.randint(1, 3),
        )
        for row in rows
    ]
    names = ("area", "indicator", "year", "value", "status", "source", "confidence", "released")
    pl.DataFrame(records, schema=names, orient="row", infer_schema_length=None).write_parquet(path)
