"""Ids and words under integer keys, so that the large tables hold numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from citygoals.core.base.model import Area, AreaId, GoalId, Indicator, IndicatorId, Level, Text
from citygoals.core.store.records import UnitChanged
from citygoals.core.store.sqlite import Database

_UPSERT_AREA = """
INSERT INTO areas (id, name, names, level, country, population, latitude, longitude)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, names = excluded.names,
  level = excluded.level, country = excluded.country, population = excluded.population,
  latitude = excluded.latitude, longitude = excluded.longitude
"""


def put_areas(db: Database, areas: Iterable[Area]) -> None:
    """Register areas; those that are there take on what is said now."""
    db.conn.executemany(
        _UPSERT_AREA,
        [
            (
                area.id,
                str(area.name),
                json.dumps(dict(area.name.by_language), ensure_ascii=False, sort_keys=True),
                area.level.value,
                area.country,
                area.population,
                area.latitude,
                area.longitude,
            )
            for area in areas
        ],
    )


def get_areas(db: Database) -> list[Area]:
    """Every area of the database, by id."""
    return [
        Area(
            id=AreaId(row["id"]),
            name=Text(json.loads(row["names"])),
            level=Level(row["level"]),
            country=row["country"],
            population=row["population"],
            latitude=row["latitude"],
            longitude=row["longitude"],
        )
        for row in db.query("SELECT * FROM areas ORDER BY id")
    ]


def put_indicators(db: Database, indicators: Iterable[Indicator]) -> None:
    """Note indicators with the unit of their figures. Raises UnitChanged."""
    rows = [(indicator.id, str(indicator.title), indicator.unit) for indicator in indicators]
    db.conn.executemany(
        "INSERT INTO indicators (id, title, unit) VALUES (?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
        rows,
    )
    check_units(db, {IndicatorId(name): unit for name, _, unit in rows})


def check_units(db: Database, units: Mapping[IndicatorId, str | None]) -> None:
    """Raises UnitChanged where figures are stored in another unit than `units` states."""
    for row in db.query("SELECT id, unit FROM indicators"):
        now = units.get(row["id"], row["unit"])
        if now != row["unit"]:
            message = (
                f"the figures of indicator {row['id']!r} are stored in {row['unit']!r}, but its "
                f"profile now states {now!r}; keep the unit, or give the indicator a new id"
            )
            raise UnitChanged(message)


def put_goals(db: Database, titles: Mapping[GoalId, str]) -> None:
    """Note goals with their titles."""
    db.conn.executemany(
        "INSERT INTO goals (id, title) VALUES (?, ?) "
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
        titles.items(),
    )


def keys(db: Database, table: str) -> dict[str, int]:
    """The integer key of each id in `areas`, `indicators` or `goals`."""
    return {row["id"]: row["key"] for row in db.table(table).rows_where(select="id, key")}


class WordKeys:
    """The integer key of each word of the dictionary; a word not yet there is added."""

    def __init__(self, db: Database) -> None:
        self._db = db
        rows = db.execute("SELECT word, key FROM words").fetchall()
        self._known: dict[str, int] = dict(rows)

    def __getitem__(self, word: str) -> int:
        key = self._known.get(word)
        if key is None:
            cursor = self._db.conn.execute("INSERT INTO words (word) VALUES (?)", [word])
            key = self._known[word] = int(cursor.lastrowid or 0)
        return key
