"""What stands in a database at a moment: the state that everything is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from citygoals.core.base.model import Observation
from citygoals.core.figures.cells import FIRST_YEAR, LAST_YEAR
from citygoals.core.figures.observation_columns import KEY, observations_in
from citygoals.core.judging.observations import Observations, usable
from citygoals.core.judging.plan import Plan
from citygoals.core.store.hashing import hash_frame
from citygoals.core.store.revisions import Standing, named, standing
from citygoals.core.store.sqlite import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Observations):
    """What stands in a database at a moment: `frame` has its keys, `names` what they stand for."""

    frame: pl.LazyFrame
    names: Mapping[str, Mapping[int, str]]
    standing: Standing

    def numbered(self, plan: Plan) -> pl.LazyFrame:
        """The observations that the plan reads, in numbers."""
        areas = {str(area.id): place for place, area in enumerate(plan.areas)}
        indicators = {str(name): place for place, name in enumerate(plan.indicators)}
        sources = {self.names["source"][key] for key in self._distinct("source")}
        codes = {name: plan.words.sources.code(name) for name in sorted(sources)}
        frame = self.frame.select(
            self._coded("area", areas),
            self._coded("indicator", indicators),
            pl.col("year").cast(pl.Int32),
            "value",
            pl.col("status").to_physical().cast(pl.UInt8) + 1,
            self._coded("source", codes),
            pl.col("confidence").to_physical().cast(pl.UInt8),
            pl.col("released").cast(pl.Int32),
        )
        return usable(frame.filter(pl.col("area") >= 0, pl.col("indicator") >= 0))

    def _coded(self, column: str, codes: Mapping[str, int]) -> pl.Expr:
        """Keys as the codes of what they name; one without a code is null."""
        codes_of_keys: list[int | None] = [None] * (max(self.names[column], default=-1) + 1)
        for key, name in self.names[column].items():
            codes_of_keys[key] = codes.get(name)
        # It streams; `replace_strict` takes in the whole column.
        return pl.lit(pl.Series(codes_of_keys, dtype=pl.Int32)).gather(column).alias(column)

    def _distinct(self, column: str) -> list[int]:
        return self.standing.collect(self.frame.select(column).unique())[column].to_list()

    def worded(self) -> pl.DataFrame:
        """Every observation in words."""
        return self.standing.collect(self.frame).with_columns(
            pl.col(name).replace_strict(words, return_dtype=pl.String)
            for name, words in self.names.items()
        )

    def observations(self) -> list[Observation]:
        """Every observation, by area, indicator, year and source."""
        return observations_in(self.worded().sort(KEY))

    def counts(self, areas: Iterable[str]) -> dict[str, int]:
        """How many observations of those areas each indicator has."""
        wanted = set(areas)
        keys = [key for key, name in self.names["area"].items() if name in wanted]
        here = self.frame.filter(pl.col("area").is_in(keys)).group_by("indicator").len()
        return {self.names["indicator"][key]: n for key, n in self.standing.collect(here).rows()}

    def hash(self) -> str:
        """SHA-256 over the observations, as `hash_frame` has it."""
        return hash_frame(self.standing.collect(self.frame), self.names)


def stored(db: Database, database: Path, as_of: datetime | None) -> Stored:
    """The state at a moment. Raises UnusableFile."""
    counting = standing(db, database, as_of)
    frame = counting.state()
    if len(counting.imports) != 1:
        frame = counting.collect(frame).lazy()
    year = pl.col("year")
    asked = frame.select(pl.len(), year.min().alias("first"), year.max().alias("last"))
    rows, first, last = counting.collect(asked).row(0)
    return Stored(
        paths=counting.paths,
        rows=rows,
        first=first or LAST_YEAR,
        last=last or FIRST_YEAR,
        frame=frame,
        names=named(db),
        standing=counting,
    )
