"""Observations with every revision: what imports say, and what stands at a moment.

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

from citygoals.core.figures.intake import Intaken
from citygoals.core.figures.observation_columns import KEY, NAMED, SCHEMA
from citygoals.core.figures.parquet import reading
from citygoals.core.store import manifest
from citygoals.core.store.folders import FilePart, Folder, scan
from citygoals.core.store.imports import COUNTING, files, insert, moment
from citygoals.core.store.keys import WordKeys, keys
from citygoals.core.store.records import ImportFile, ImportSummary
from citygoals.core.store.sqlite import Database

ROW: Mapping[str, pl.DataType] = {**SCHEMA, "first_import": pl.Int32(), "import": pl.Int32()}
_STORED = {**ROW, "status": pl.String(), "confidence": pl.String()}
_SAID = ("value", "status", "confidence", "note")
_MEND = "restore it, or withdraw its import and import the file again"
_BATCH = 100_000
_ROWS = f"""
SELECT {", ".join(SCHEMA)}, nullif(first_import, import), import
FROM {{}} JOIN imports ON imports.key = import AND {COUNTING}
"""  # noqa: S608
_WANTED = "temp.wanted CROSS JOIN observations USING (area, indicator)"
_INSERT = f"""
INSERT INTO observations ({", ".join(ROW)}) VALUES ({", ".join("?" * len(ROW))})
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the imports say that count at a moment: their numbers and rows, both in their order.

    `paths` are the files that are read.
    """

    imports: Sequence[int]
    frames: Sequence[pl.LazyFrame]
    paths: Sequence[Path]

    def collect(self, frame: pl.LazyFrame) -> pl.DataFrame:
        """What a query over the imports gives. Raises UnusableFile with the file that is bad."""
        with reading(self.paths, mend=_MEND):
            return frame.collect(engine="streaming")

    def latest(self, keys: pl.LazyFrame | None = None) -> pl.LazyFrame:
        """For each key, or those of `keys`, what the latest import says; its chain is filled."""
        if not self.imports:
            return pl.LazyFrame(schema=ROW)
        every = pl.concat(self.frames)
        if keys is not None:
            every = every.join(keys, on=KEY, how="semi", maintain_order="left")
        chain = pl.col("first_import").fill_null(pl.col("import"))
        last = every if len(self.imports) == 1 else every.unique(KEY, keep="last")
        return last.with_columns(first_import=chain)

    def state(self) -> pl.LazyFrame:
        """For each key what the latest import says, and `released`, the first that said so."""
        chain = pl.col("first_import")
        counts = chain.is_in(list(self.imports))
        last = self.latest().with_columns(released=pl.when(counts).then(chain))
        if len(self.imports) < 2:
            return last.with_columns(pl.col("released").fill_null(pl.col("import")))
        # Where the import that said so first is taken back, the next one that counts takes over.
        orphans = pl.concat(self.frames).filter(~counts)
        heirs = orphans.group_by(*KEY, chain).agg(heir=pl.col("import").min())
        joined = last.join(heirs, on=[*KEY, "first_import"], how="left")
        return joined.with_columns(pl.col("released").fill_null(pl.col("heir"))).drop("heir")


def standing(
    db: Database, database: Path, as_of: datetime | None, incoming: pl.DataFrame | None = None
) -> Standing:
    """What counts at a moment, in the database only what can have the keys of `incoming`.

    Raises UnusableFile where a file is missing.
    """
    source = "observations" if incoming is None else _wanted(db, incoming)
    rows = _fetched(db.execute(_ROWS.format(source), moment(as_of))).sort("import")
    frames: list[pl.LazyFrame] = []
    paths: list[Path] = []
    numbers = rows["import"].unique().to_list()
    for (number, name), listed in groupby(files(db, as_of), key=lambda row: (row[0], row[1])):
        parts = [FilePart(file=file, rows=count, bytes=size) for *_, file, count, size in listed]
        folder = database.resolve().parent / name
        these = [folder / part.file for part in parts]
        with reading(these, mend=_MEND):
            filed = _alike(scan(folder, parts, _MEND))
        filed = filed.with_columns(pl.lit(number, pl.Int32).alias("import"))
        earlier = int(rows["import"].search_sorted(number))
        frames += [rows[:earlier].lazy(), filed.select(list(ROW))]
        rows = rows[earlier:]
        numbers.append(number)
        paths += these
    return Standing(imports=sorted(numbers), frames=[*frames, rows.lazy()], paths=paths)


def _alike(observations: pl.LazyFrame) -> pl.LazyFrame:
    """With statuses in the order of today, whichever citygoals wrote the files."""
    order = ROW["status"]
    if observations.collect_schema()["status"] == order:
        return observations
    return observations.with_columns(pl.col("status").cast(pl.String).cast(order))


def _wanted(db: Database, incoming: pl.DataFrame) -> str:
    """The stored rows of areas and indicators that are there, as a source of a query."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (area INTEGER, indicator INTEGER)")
    db.execute("DELETE FROM temp.wanted")
    if db.execute("SELECT EXISTS (SELECT 1 FROM observations)").fetchone()[0]:
        pairs = incoming.select("area", "indicator").unique()
        db.conn.executemany("INSERT INTO temp.wanted VALUES (?, ?)", pairs.iter_rows())
    return _WANTED


def _fetched(cursor: Cursor) -> pl.DataFrame:
    """The rows of a query as a frame."""
    frames = [pl.DataFrame(schema=ROW)]
    while batch := cursor.fetchmany(_BATCH):
        frames.append(pl.DataFrame(batch, schema=_STORED, orient="row").cast(ROW))  # type: ignore[arg-type]
    return pl.concat(frames)


def record(
    db: Database,
    database: Path,
    file: ImportFile,
    at: datetime,
    folder: Callable[[], Folder] | None,
) -> ImportSummary:
    """Store what a file says, in a folder where one is given.

    Nothing is written when a file known already says nothing else. Raises UnusableFile.
    """
    incoming = _incoming(db, file.intaken)
    frame = _compared(incoming, standing(db, database, None, incoming))
    same = frame["same"]
    new, unchanged = same.null_count(), int(same.sum())
    summary = insert(db, file, at, new, frame.height - new - unchanged, unchanged)
    if summary.number is not None:
        frame = frame.drop("same")
        if folder is None:
            _store_rows(db, summary.number, frame)
        else:
            _store_files(db, database, summary.number, frame, folder())
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
    known: Mapping[str, Mapping[str, int] | WordKeys] = {
        "area": keys(db, "areas"),
        "indicator": keys(db, "indicators"),
        "source": WordKeys(db),
    }
    columns = intaken.columns
    keyed = [
        pl.Series(name, [known[name][word] for word in columns.names[name]], pl.Int32).gather(
            columns.frame[name]
        )
        for name in NAMED
    ]
    # SQLite has no negative zero.
    return columns.frame.with_columns(*keyed, pl.col("value") + 0.0)


def _compared(incoming: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """With `same`, whether what stands says the same, null where nothing stands; and its chain."""
    if not standing.imports:
        chain, same = pl.lit(None, pl.Int32), pl.lit(None, pl.Boolean)
        return incoming.with_columns(first_import=chain, same=same)
    wanted = incoming.lazy()
    latest = standing.latest(wanted.select(KEY))
    alike = [pl.col(name).eq_missing(pl.col(f"{name}_standing")) for name in _SAID]
    joined = wanted.join(latest, on=KEY, how="left", suffix="_standing").with_columns(
        same=pl.when(pl.col("import").is_not_null()).then(pl.all_horizontal(alike))
    )
    return standing.collect(joined.select(*SCHEMA, pl.when("same").then("first_import"), "same"))


def named(db: Database) -> Mapping[str, Mapping[int, str]]:
    """Ids and words by their keys, for the columns that have keys."""
    return {
        "area": {key: name for name, key in keys(db, "areas").items()},
        "indicator": {key: name for name, key in keys(db, "indicators").items()},
        "source": dict(db.execute("SELECT key, word FROM words").fetchall()),
    }
