"""Which assessments of a run are asked for: on frames, and on the tables of the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygoals.core.base.coded import ENGINE_STATUSES, Tables
from citygoals.core.base.model import AreaId, GoalId, ProfileId, StatusId, is_decided

if TYPE_CHECKING:
    import polars as pl

_CONDITIONS = {
    "areas": "b.area IN (SELECT key FROM areas WHERE id IN given)",
    "countries": "b.area IN (SELECT key FROM areas WHERE country IN given)",
    "goals": "a.aim IN (SELECT aims.key FROM aims JOIN goals ON goals.key = goal "
    "WHERE id IN given)",
    "profiles": "b.profile IN (SELECT key FROM words WHERE word IN given)",
    "statuses": "a.verdict IN (SELECT verdicts.key FROM verdicts JOIN words ON words.key = status "
    "WHERE word IN given)",
    "years": "b.year IN given",
}
_GIVEN = "(SELECT value FROM json_each(?))"
_DECIDED = _CONDITIONS["statuses"].replace("a.verdict IN", "a.verdict NOT IN")
_LATEST = "b.year = (SELECT max(year) FROM assessment_blocks WHERE run = ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which assessments of a run are wanted; what is empty keeps everything.

    `decided` leaves out those with a status of the engine, `latest` those of any year but the last
    one that the run judged; `limit` keeps the first ones.
    """

    areas: Sequence[AreaId] = ()
    countries: Sequence[str] = ()
    goals: Sequence[GoalId] = ()
    profiles: Sequence[ProfileId] = ()
    statuses: Sequence[StatusId] = ()
    years: Sequence[int] = ()
    decided: bool = False
    latest: bool = False
    limit: int | None = None

    def in_tables(self, run: int) -> tuple[str, Sequence[int | str]]:
        """The condition on blocks `b` and figures `a`, and the values of its places."""
        conditions = ["b.run = ?"]
        values: list[int | str] = [run]
        for name, condition in _CONDITIONS.items():
            if given := getattr(self, name):
                conditions.append(condition)
                values.append(json.dumps(list(given)))
        if self.decided:
            conditions.append(_DECIDED)
            values.append(json.dumps(ENGINE_STATUSES))
        if self.latest:
            conditions.append(_LATEST)
            values.append(run)
        return " AND ".join(conditions).replace("given", _GIVEN), values

    def in_frame(
        self, frame: pl.LazyFrame, tables: Tables, country_of: Mapping[AreaId, str]
    ) -> pl.LazyFrame:
        """The rows of a frame of a run; `limit` is for who knows their order."""
        import polars as pl

        year = pl.col("year")
        if self.latest:
            last = frame.select(year.max()).collect(engine="streaming").item()
            frame = frame.filter(year == last)
        if self.years:
            frame = frame.filter(year.is_in(self.years))
        countries = [country_of.get(AreaId(area), "") for area in tables.areas]
        wanted: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
            ("area", tables.areas, self.areas),
            ("area", countries, self.countries),
            ("goal", tables.goals, self.goals),
            ("profile", tables.profiles, self.profiles),
            ("status", tables.statuses, self.statuses),
        )
        for column, words, kept in wanted:
            if kept:
                frame = frame.filter(_among(column, words, frozenset(kept).__contains__))
        if self.decided:
            frame = frame.filter(_among("status", tables.statuses, is_decided))
        return frame


def _among(column: str, words: Sequence[str], keeps: Callable[[str], bool]) -> pl.Expr:
    """Whether a column has the code of a word that is kept."""
    import polars as pl

    return pl.col(column).is_in([code for code, word in enumerate(words) if keeps(word)])


EVERY = Asked()
