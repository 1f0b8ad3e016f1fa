"""A CSV file of observations in: `citygoals import` against Polars, which only reads it.

    python benchmarks/import_csv.py [--areas 2200] [--rounds 5]

2,200 areas are 10 million rows (benchmarks/scenario.py). One row in ten thousand names an area
that nobody knows, one has no number, a hundred report a missing figure. The import is the command
as a whole process: start-up, hash, checks, rejects and fsync are in its figures. Polars is one
`read_csv` in a process that has loaded it. Before anything is timed every figure is read back from
the database and compared with what was written. Results go to
benchmarks/results/import-<rows>.json.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import scenario
from harness import PROGRAM, process, record, same, seconds

from citygoals.core.forum.forum import Forum
from citygoals.core.store import Database, open_database

KEY = ["area", "indicator", "year"]
UNKNOWN, NO_NUMBER, MISSING = "ZZ-nowhere", "n.n.", ":"


def lay(folder: Path, areas: int) -> pl.DataFrame:
    """The file, and a database that knows the areas; what the file says, row by row."""
    forum = scenario.load(folder / "plugin")
    plan = scenario.plan_of(forum, areas)
    said = spoilt(scenario.in_words(plan, scenario.all_figures(plan, areas)), forum)
    said.write_csv(folder / "figures.csv")
    with open_database(folder / "areas.db", create=True) as database:
        database.add_areas(plan.areas)
    return said


def spoilt(frame: pl.DataFrame, forum: Forum) -> pl.DataFrame:
    """The figures with their units, some of them missing or wrong."""
    units = {name: one.unit for name, one in forum.indicators.items() if one.unit}
    row = pl.int_range(pl.len())
    value = pl.when(row % 10_000 == 117).then(pl.lit(NO_NUMBER))
    value = (
        value.when(row % 100 == 3).then(pl.lit(MISSING)).otherwise(pl.col("value").cast(pl.String))
    )
    return frame.select(
        area=pl.when(row % 10_000 == 17).then(pl.lit(UNKNOWN)).otherwise("area"),
        indicator="indicator",
        year="year",
        value=value,
        unit=pl.col("indicator").replace_strict(units, return_dtype=pl.String),
        status=pl.lit("A"),
        source="source",
    )


def agree(database: Database, said: pl.DataFrame) -> None:
    """Stop where the database says something else than the file."""
    good = said.filter(pl.col("area") != UNKNOWN, pl.col("value") != NO_NUMBER)
    good = good.with_columns(
        value=pl.when(pl.col("value") != MISSING).then("value").cast(pl.Float64)
    )
    found = database.stored(None, indicators={})
    held = found.worded().with_columns(pl.col("year").cast(pl.Int32))
    same("rows", abs(held.height - good.height), good.height)
    (one,) = database.imports()
    same("rejects", abs(one.rejected - (said.height - good.height)), said.height)
    joined = good.join(held, on=[*KEY, "source"], how="left", validate="1:1", suffix="_held")
    status = pl.when(pl.col("value").is_null()).then(pl.lit("M")).otherwise("status")
    fine = pl.col("value").eq_missing(pl.col("value_held")) & (pl.col("status_held") == status)
    same(
        "figures",
        joined.height - int(joined.select(fine.fill_null(value=False).sum()).item()),
        good.height,
    )


def command(folder: Path, db: Path, threshold: int) -> list[str]:
    """`citygoals import`, which ends with 1 as rows were rejected."""
    said = [PROGRAM, "import", str(folder / "figures.csv"), "--db", str(db)]
    return [
        "sh",
        "-c",
        '"$@" 2>/dev/null; test $? = 1',
        "sh",
        *said,
        "--files-from",
        str(threshold),
    ]


def fresh(folder: Path) -> Path:
    """A new database that knows the areas."""
    shutil.rmtree(folder / "db", ignore_errors=True)
    (folder / "db").mkdir()
    return Path(shutil.copy(folder / "areas.db", folder / "db" / "ministry.db"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=2200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files-from", type=int, default=0)
    asked = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "plugin").mkdir()
        said = lay(folder, asked.areas)
        env = scenario.environment(folder / "plugin")
        path, rows = folder / "figures.csv", said.height
        rounds = []
        for number in range(asked.rounds + 1):
            ours = process(command(folder, fresh(folder), asked.files_from), env)
            if number == 0:
                with open_database(folder / "db" / "ministry.db") as database:
                    agree(database, said)
                continue
            rounds.append((*ours, seconds(lambda: pl.read_csv(path))))
        size = path.stat().st_size
    record(
        f"import-{rows}",
        ["polars", "numpy"],
        rows=rows,
        bytes=size,
        rounds=asked.rounds,
        files_from=asked.files_from,
        seconds={
            "citygoals import": statistics.median(one[0] for one in rounds),
            "polars.read_csv": statistics.median(one[2] for one in rounds),
        },
        peak_bytes=max(one[1] for one in rounds),
        ratios={"polars.read_csv": statistics.median(one[0] / one[2] for one in rounds)},
    )


if __name__ == "__main__":
    main()
