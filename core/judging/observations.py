"""Observations for the bulk path: Parquet files, or observations that are in memory already."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from citygoals.core.base.coded import CONFIDENCE_CODES, STATUS_CODES, STATUS_ORDER
from citygoals.core.base.errors import UnknownName, UnusableFile
from citygoals.core.base.model import Observation
from citygoals.core.figures.cells import FIRST_YEAR, LAST_YEAR
from citygoals.core.figures.parquet import hash_files, reading
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.plan import Plan

UNNAMED = "not named"
"""The source of observations in files without a column `source`."""
REQUIRED = ("area", "indicator", "year", "value")
OPTIONAL = ("status", "source", "confidence", "released", "unit")
_MISSING = [place for place, status in enumerate(STATUS_ORDER, 1) if status.is_missing]


SCHEMA = {
    "area": pl.Int32,
    "indicator": pl.Int32,
    "year": pl.Int32,
    "value": pl.Float64,
    "status": pl.UInt8,
    "source": pl.Int32,
    "confidence": pl.UInt8,
    "released": pl.Int32,
}


@dataclass(frozen=True, slots=True)
class Sorted:
    """Observations in numbers, sorted by area, given out by ranges of areas."""

    frame: pl.DataFrame

    def __call__(self, areas: range) -> pl.DataFrame:
        """The observations of a range of areas."""
        column = self.frame["area"]
        start = int(column.search_sorted(areas.start, side="left"))
        end = int(column.search_sorted(areas.stop, side="left"))
        return self.frame.slice(start, end - start)


@dataclass(frozen=True, slots=True)
class Spilled:
    """Observations in numbers in one folder for every chunk of areas."""

    folder: Path
    size: int

    def __call__(self, areas: range) -> pl.DataFrame:
        """The observations of a chunk."""
        files = sorted((self.folder / f"chunk={areas.start // self.size}").glob("*.parquet"))
        return pl.read_parquet(files) if files else pl.DataFrame(schema=SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations(ABC):
    """Long observations by columns, wherever they are.

    `paths` are the files that are read, `first` and `last` the years of the observations.
    """

    paths: Sequence[Path]
    rows: int
    first: int
    last: int

    @abstractmethod
    def numbered(self, plan: Plan) -> pl.LazyFrame:
        """The observations that the plan reads, in numbers."""

    @property
    def latest(self) -> int | None:
        """The latest year of any observation, which is judged where none is named."""
        return self.last if self.rows else None

    def load(self, plan: Plan) -> Sorted:
        """All observations in memory. Raises UnusableFile."""
        frame = _collected(self.numbered(plan), self.paths)
        column = frame["area"]
        return Sorted(
            frame.set_sorted("area")
            if column.is_sorted()
            else frame.sort("area", maintain_order=True)
        )

    def spill(self, plan: Plan, folder: Path, size: int) -> Spilled:
        """The observations in files by chunks of `size` areas, in a folder. Raises UnusableFile."""
        chunked = self.numbered(plan).with_columns(chunk=pl.col("area") // size)
        target = pl.PartitionBy(folder, key="chunk", include_key=False)
        open_at_once = -(-len(plan.areas) // size)
        with reading(self.paths, folder):
            chunked.sink_parquet(
                target,
                mkdir=True,
                compression="lz4",
                engine="streaming",
                row_group_size=min(max(_WAITING_ROWS // open_at_once, 1_000), 1 << 18),
            )
        return Spilled(folder, size)


_WAITING_ROWS = 4_000_000
"""Observations that wait to be written, of all chunks together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Observations):
    """Observations in memory."""

    listed: Sequence[Observation]

    @classmethod
    def of(cls, observations: Iterable[Observation]) -> Listed:
        """These observations."""
        listed = list(observations)
        years = [observation.year for observation in listed]
        first, last = min(years, default=LAST_YEAR), max(years, default=FIRST_YEAR)
        return cls(paths=(), rows=len(listed), first=first, last=last, listed=listed)

    def numbered(self, plan: Plan) -> pl.LazyFrame:
        """The observations that the plan reads, in numbers, in their order."""
        areas = {area.id: place for place, area in enumerate(plan.areas)}
        indicators = {name: place for place, name in enumerate(plan.indicators)}
        rows = [
            (
                areas[observation.area],
                indicators[observation.indicator],
                observation.year,
                np.nan if observation.value is None else observation.value,
                STATUS_CODES[observation.status.value],
                plan.words.sources.code(observation.source),
                CONFIDENCE_CODES[observation.confidence],
                observation.released,
            )
            for observation in self.listed
            if observation.area in areas and observation.indicator in indicators
        ]
        return usable(pl.DataFrame(rows, schema=SCHEMA, orient="row").lazy())


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetFiles(Observations):
    """Files of observations whose columns and words were looked at.

    `names` are the distinct words by column.
    """

    columns: Sequence[str]
    names: Mapping[str, Sequence[str]]

    def hash(self) -> str:
        """SHA-256 over the hashes of the files, whatever their names and order."""
        return hash_files(self.paths)

    def unknown_indicators(self, forum: Forum) -> Sequence[str]:
        """Indicators that no profile knows; their figures are left aside."""
        return [name for name in self.names["indicator"] if name not in forum.indicators]

    def numbered(self, plan: Plan) -> pl.LazyFrame:
        """The observations that the plan reads, in numbers, in the order of the files."""
        areas = {str(area.id): place for place, area in enumerate(plan.areas)}
        indicators = {str(name): place for place, name in enumerate(plan.indicators)}
        sources = {name: plan.words.sources.code(name) for name in self.names.get("source", ())}
        frame = _scan(self.paths).select(
            _coded("area", areas, pl.Int32),
            _coded("indicator", indicators, pl.Int32),
            pl.col("year").cast(pl.Int32),
            pl.col("value").cast(pl.Float64),
            self._optional("status", STATUS_CODES, 1, pl.UInt8),
            self._optional("source", sources, plan.words.sources.code(UNNAMED), pl.Int32),
            self._optional("confidence", CONFIDENCE_CODES, 0, pl.UInt8),
            pl.col("released").fill_null(0).cast(pl.Int32)
            if "released" in self.columns
            else pl.lit(0, pl.Int32).alias("released"),
        )
        return usable(frame.filter(pl.col("area") >= 0, pl.col("indicator") >= 0))

    def _optional(
        self, name: str, codes: Mapping[str, int], otherwise: int, kind: type[pl.DataType]
    ) -> pl.Expr:
        """A column of words that may be absent, or empty in rows."""
        if name not in self.columns:
            return pl.lit(otherwise, kind).alias(name)
        return _coded(name, codes, kind, otherwise)


def usable(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Observations in numbers, NaN for every value that is no figure."""
    figure = pl.col("value").is_finite() & ~pl.col("status").is_in(_MISSING)
    return frame.with_columns(pl.when(figure).then("value").otherwise(float("nan")))


def _coded(
    name: str, codes: Mapping[str, int], kind: type[pl.DataType], otherwise: int | None = None
) -> pl.Expr:
    """Words as their codes; a word without one is null, or `otherwise`.

    An enumeration whose places are the codes streams; `replace_strict` takes in the whole column.
    """
    words = [f"\0{place}" for place in range(max(codes.values(), default=-1) + 1)]
    for word, code in codes.items():
        words[code] = word
    placed = pl.col(name).cast(pl.String).cast(pl.Enum(words), strict=False)
    codes_of_words = placed.to_physical().cast(kind).alias(name)
    return codes_of_words if otherwise is None else codes_of_words.fill_null(otherwise)


def look_at(paths: Sequence[Path], forum: Forum, areas: Iterable[str]) -> ParquetFiles:
    """What the files hold. Raises UnusableFile for columns, years, words and units that are wrong.

    `areas` are the areas that are known.
    """
    columns = _common_columns(paths)
    names = {name: _distinct(paths, name) for name in columns if name in _WORDS}
    _refuse("area", names["area"], areas, paths)
    _refuse("status", names.get("status", ()), {*STATUS_CODES, ""}, paths)
    _refuse("confidence", names.get("confidence", ()), {*CONFIDENCE_CODES, ""}, paths)
    if "unit" in columns:
        _refuse_units(paths, forum)
    rows, first, last = _years(paths)
    return ParquetFiles(
        paths=paths, columns=columns, rows=rows, first=first, last=last, names=names
    )


_WORDS = ("area", "indicator", "status", "source", "confidence")


def _scan(paths: Sequence[Path]) -> pl.LazyFrame:
    return pl.scan_parquet(list(paths), missing_columns="raise", extra_columns="ignore")


def _common_columns(paths: Sequence[Path]) -> list[str]:
    """The columns that are read; every file has the same ones, of types that are understood."""
    columns: list[str] | None = None
    for path in paths:
        with reading([path]):
            schema = pl.read_parquet_schema(path)
        if lacking := [name for name in REQUIRED if name not in schema]:
            raise UnusableFile(path, f"has no column {', '.join(lacking)}", _mend(schema))
        if not schema["year"].is_integer():
            raise UnusableFile(path, f"its years are {schema['year']}", "write whole numbers")
        if not schema["value"].is_numeric():
            raise UnusableFile(path, f"its values are {schema['value']}", "write numbers")
        here = [name for name in (*REQUIRED, *OPTIONAL) if name in schema]
        if columns is not None and here != columns:
            message = f"has the columns {', '.join(here)}, files before it {', '.join(columns)}"
            raise UnusableFile(path, message, "write all files alike")
        columns = here
    return columns or list(REQUIRED)


def _mend(schema: Iterable[str]) -> str:
    return f"it has: {', '.join(schema)}"


def _distinct(paths: Sequence[Path], name: str) -> list[str]:
    column = pl.col(name).cast(pl.String)
    words = _collected(_scan(paths).select(column).unique(), paths)[name]
    if words.null_count() and name in REQUIRED:
        raise UnusableFile(_all(paths), f"rows without {name}", "fill or remove them")
    return sorted(words.drop_nulls().to_list())


def _years(paths: Sequence[Path]) -> tuple[int, int, int]:
    year = pl.col("year")
    asked = (pl.len(), year.min().alias("first"), year.max().alias("last"), year.null_count())
    rows, first, last, without = _collected(_scan(paths).select(*asked), paths).row(0)
    if not rows:
        raise UnusableFile(_all(paths), "no observations", "name files with rows")
    if without or first < FIRST_YEAR or last > LAST_YEAR:
        mend = f"years go from {FIRST_YEAR} to {LAST_YEAR}"
        raise UnusableFile(_all(paths), "rows without a calendar year", mend)
    return rows, first, last


def _refuse(kind: str, names: Iterable[str], known: Iterable[str], paths: Sequence[Path]) -> None:
    known = set(known)
    for name in names:
        if name not in known:
            raise UnusableFile(_all(paths), str(UnknownName(kind, name, known)))


def _refuse_units(paths: Sequence[Path], forum: Forum) -> None:
    """Figures are in the unit of their indicator; a column `unit` may only say so."""
    pairs = _collected(_scan(paths).select("indicator", "unit").unique(), paths)
    for indicator, unit in pairs.rows():
        known = forum.indicators.get(indicator)
        if known is None or not unit:
            continue
        if known.unit is None or forum.units.find(unit).id != known.unit:
            message = f"figures of {indicator!r} are in {unit!r}, not in {known.unit!r}"
            raise UnusableFile(_all(paths), message, "convert them, or use `citygoals import`")


def _all(paths: Sequence[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def _collected(frame: pl.LazyFrame, paths: Sequence[Path]) -> pl.DataFrame:
    with reading(paths):
        return frame.collect(engine="streaming")
