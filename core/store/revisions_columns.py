"""Observations by columns: what large imports say, and the state where some are in files.

Frames have the integer keys of the database. `import` is the one that said a row, `first_import`
the first of the chain of imports that said the same, null for the import itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from sqlite3 import Cursor

import polars as pl
from sqlite_utils import Database

from citygoals.core.base.coded import CONFIDENCES, STATUS_LETTERS
from citygoals.core.figures.intake import Intaken
from citygoals.core.judging.observations import reading
from citygoals.core.store import manifest
from citygoals.core.store.folders import Folder, Part, scan
from citygoals.core.store.keys import Words, keys
from citygoals.core.store.records import ImportFile, ImportSummary
from citygoals.core.store.revisions import COUNTING, files, insert, moment

KEY = ("area", "indicator", "year", "source")
SAID: Mapping[str, pl.DataType] = {
    "area": pl.Int32(),
    "indicator": pl.Int32(),
    "year": pl.Int16(),
    "source": pl.Int32(),
    "value": pl.Float64(),
    "status": pl.Enum(STATUS_LETTERS),
    "confidence": pl.Enum(CONFIDENCES),
    "note": pl.String(),
}
ROW: Mapping[str, pl.DataType] = {**SAID, "first_import": pl.Int32(), "import": pl.Int32()}
_WORDED = {**ROW, "status": pl.String(), "confidence": pl.String()}
_FIGURES = ("value", "status", "confidence", "note")
_MEND = "restore it, or withdraw its import and import the file again"
_BATCH = 100_000
_ROWS = f"""
SELECT {", ".join(SAID)}, nullif(first_import, import), import
FROM observations JOIN imports ON imports.key = import AND {COUNTING}
"""  # noqa: S608
_INSERT = f"""
INSERT INTO observations ({", ".join(ROW)}) VALUES ({", ".join("?" * len(ROW))})
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Standing:
    """What the imports say that count at a moment, in their order, and the files that are read."""

    imports: Mapping[int, pl.LazyFrame]
    paths: Sequence[Path]

    def collect(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """What a query over the imports gives. Raises UnusableFile with the file that is bad."""
        with reading(self.paths, mend=_MEND):
            return frame.collect(engine="streaming")

    def latest(self, keys: pl.LazyFrame | None = None) -> pl.LazyFrame:
        """For each key, or those of `keys`, what the latest import says; its chain is filled."""
        if not self.imports:
            return pl.LazyFrame(schema=ROW)
        every = pl.concat(self.imports.values())
        if keys is not None:
            every = every.join(keys, on=KEY, how="semi", maintain_order="left")
        chain = pl.col("first_import").fill_null(pl.col("import"))
        last = every if len(self.imports) == 1 else every.unique(KEY, keep="last")
        return last.with_columns(first_import=chain)

    def state(self) -> pl.LazyFrame:
        """For each key what the latest import says, and `released`, the first that said so."""
        chain = pl.col("first_import")
        counting = pl.Series(list(self.imports), dtype=pl.Int32)
        last = self.latest().with_columns(released=pl.when(chain.is_in(counting)).then(chain))
        if len(self.imports) < 2:
            return last.with_columns(pl.col("released").fill_null(pl.col("import")))
        # Where the import that said so first is taken back, the next one that counts takes over.
        orphans = pl.concat(self.imports.values()).filter(~chain.is_in(counting))
        heirs = orphans.group_by(*KEY, chain).agg(heir=pl.col("import").min())
        joined = last.join(heirs, on=[*KEY, "first_import"], how="left")
        return joined.with_columns(pl.col("released").fill_null(pl.col("heir"))).drop("heir")


def standing(db: Database, database: Path, as_of: datetime | None) -> Standing:
    """What counts at a moment. Raises UnusableFile where a file is missing."""
    inside = _inside(db.execute(_ROWS, moment(as_of))).partition_by("import", as_dict=True)
    imports = {int(number): frame.lazy() for (number,), frame in inside.items() if frame.height}
    paths: list[Path] = []
    for (number, name), rows in groupby(files(db, as_of), key=lambda row: (row[0], row[1])):
        parts = [Part(file=file, rows=count, bytes=size) for *_, file, count, size in rows]
        folder = database.resolve().parent / name
        these = [folder / part.file for part in parts]
        with reading(these, mend=_MEND):
            rows_of_files = _alike(scan(folder, parts, _MEND))
        numbered = rows_of_files.with_columns(pl.lit(number, pl.Int32).alias("import"))
        imports[number] = numbered.select(*ROW)
        paths += these
    return Standing({number: imports[number] for number in sorted(imports)}, paths)


def _alike(observations: pl.LazyFrame) -> pl.LazyFrame:
    """With statuses in the order of today, whichever citygoals wrote the files."""
    order = SAID["status"]
    if observations.collect_schema()["status"] == order:
        return observations
    return observations.with_columns(pl.col("status").cast(pl.String).cast(order))


def _inside(cursor: Cursor) -> pl.DataFrame:
    """The rows of a query as a frame."""
    frames = [pl.DataFrame(schema=ROW)]
    while batch := cursor.fetchmany(_BATCH):
        frames.append(pl.DataFrame(batch, schema=_WORDED, orient="row").cast(ROW))  # type: ignore[arg-type]
    return pl.concat(frames)


def record(
    db: Database,
    database: Path,
    file: ImportFile,
    at: datetime,
    folder: Callable[[], Folder] | None,
) -> ImportSummary:
    """As `imports.record`, by columns; the observations go to a folder where one is given."""
    incoming = _incoming(db, file.intaken)
    frame = _compared(incoming, standing(db, database, None))
    same = frame["same"]
    new, unchanged = same.null_count(), int(same.sum())
    summary = insert(db, file, at, new, frame.height - new - unchanged, unchanged)
    if summary.number is not None:
        number, said = summary.number, frame.drop("same")
        if folder is None:
            _store_rows(db, number, said)
        else:
            _store_files(db, database, number, said, folder())
    return summary


def _store_files(
    db: Database, database: Path, number: int, frame: pl.DataFrame, folder: Folder
) -> None:
    folder.write(frame)
    folder.settle()
    manifest.write(db, "import", number, folder, database)


def _store_rows(db: Database, number: int, frame: pl.DataFrame) -> None:
    first = pl.col("first_import").fill_null(number)
    rows = frame.sort(KEY).with_columns(first, pl.lit(number).alias("import")).select(list(ROW))
    db.conn.executemany(_INSERT, rows.iter_rows())


def _incoming(db: Database, intaken: Intaken) -> pl.DataFrame:
    """What a file says, in keys of the database."""
    areas, indicators, sources = keys(db, "areas"), keys(db, "indicators"), Words(db)
    rows = [
        (
            areas[one.area],
            indicators[one.indicator],
            one.year,
            sources[one.source],
            one.value,
            one.status.value,
            one.confidence,
            one.note,
        )
        for one in intaken.observations
    ]
    frame = pl.DataFrame(rows, schema=SAID, orient="row")
    said = intaken.columns
    if said is not None:
        places = {
            "area": [areas[name] for name in said.areas],
            "indicator": [indicators[name] for name in said.indicators],
            "source": [sources[name] for name in said.sources],
        }
        keyed = [
            pl.Series(name, numbers, dtype=pl.Int32).gather(said.frame[name])
            for name, numbers in places.items()
        ]
        frame = pl.concat([said.frame.with_columns(keyed).select(list(SAID)).cast(SAID), frame])  # type: ignore[arg-type]
    # SQLite has no negative zero.
    return frame.with_columns(pl.col("value") + 0.0)


def _compared(incoming: pl.DataFrame, found: Standing) -> pl.DataFrame:
    """With `same`, whether what stands says the same, null where nothing stands; and its chain."""
    if not found.imports:
        chain, same = pl.lit(None, pl.Int32), pl.lit(None, pl.Boolean)
        return incoming.with_columns(first_import=chain, same=same)
    wanted = incoming.lazy()
    latest = found.latest(wanted.select(KEY))
    alike = [pl.col(name).eq_missing(pl.col(f"{name}_standing")) for name in _FIGURES]
    joined = wanted.join(latest, on=KEY, how="left", suffix="_standing").with_columns(
        same=pl.when(pl.col("import").is_not_null()).then(pl.all_horizontal(alike))
    )
    return found.collect(joined.select(*SAID, pl.when("same").then("first_import"), "same"))


def named(db: Database) -> Mapping[str, Mapping[int, str]]:
    """Ids and words by their keys, for the columns that have keys."""
    return {
        "area": {key: name for name, key in keys(db, "areas").items()},
        "indicator": {key: name for name, key in keys(db, "indicators").items()},
        "source": dict(db.execute("SELECT key, word FROM words").fetchall()),
    }
