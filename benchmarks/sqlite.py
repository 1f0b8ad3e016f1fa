"""Assessments into SQLite: medians of one run, ratios to sqlite-utils `insert_all`.

    python benchmarks/sqlite.py [--areas 2000] [--rounds 5]

2,000 areas are 10 million assessments (benchmarks/scenario.py), given as frames of numbers in
memory. citygoals writes them as a run: one transaction, write-ahead mode, synchronous full, indexes
and the view `assessments` usable afterwards. `insert_all` writes under the same settings, into a
table without an index: the columns of the view in words ("words"), and, to see what the way of
inserting gains by itself, just the narrow rows of numbers that citygoals stores ("narrow"). Every
cell of both is compared with the view before a ratio is printed. Results go to
benchmarks/results/sqlite-<assessments>.json.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import scenario
import sqlite_utils
from harness import in_turns, medians, ratio, record, same

from citygoals.core.judging.observations import Sorted
from citygoals.core.judging.plan import Plan
from citygoals.core.judging.run import judge_all
from citygoals.core.judging.worded import IN_ORDER
from citygoals.core.store import Run, open_database
from citygoals.core.store.assessments import FIGURES

AT = datetime(2026, 1, 1, tzinfo=UTC)
RUN = Run(
    started_at=AT,
    as_of=None,
    parameters={},
    engine="polars",
    citygoals_version="0",
    observations_hash="",
    rules_hash="",
)


def ours(path: Path, plan: Plan, frames: Sequence[pl.DataFrame]) -> None:
    goals = {one.standing.goal.id: str(one.standing.goal.title) for one in plan.goals}
    with open_database(path, create=True) as database:
        database.write_frames(RUN, frames, plan.words, areas=plan.areas, goals=goals)


def insert_all(path: Path, frames: Sequence[pl.DataFrame]) -> None:
    """As little as the library needs: rows as they come, one transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        db = sqlite_utils.Database(connection)
        connection.execute("BEGIN IMMEDIATE")
        db.table("peer").insert_all(row for one in frames for row in one.iter_rows(named=True))
        connection.execute("COMMIT")


def in_words(plan: Plan, frame: pl.DataFrame) -> pl.DataFrame:
    """What the view `assessments` shows, its words as Polars categories look them up."""
    tables = plan.words.tables()
    areas, aims = plan.areas, [one.target for one in tables.aims]
    stands = [(one.stand and one.stand.value, one.ambition) for one in tables.aims]

    def word(column: str, words: Sequence[str | None]) -> pl.Expr:
        series = pl.Series(words, dtype=pl.String)
        return pl.lit(series).gather(pl.col(column).cast(pl.Int64))

    def bound(name: str, kind: type[pl.DataType]) -> pl.Expr:
        series = pl.Series([one and getattr(one, name) for one in aims], dtype=kind)
        return pl.lit(series).gather("aim")

    reasons = list(tables.reasons.values())
    args = [f"[{', '.join(map(text, one.args))}]" if one.args else None for one in reasons]
    return frame.select(
        run=pl.lit(1),
        profile=word("profile", tables.profiles),
        area=word("area", tables.areas),
        area_name=word("area", [str(one.name) for one in areas]),
        country=word("area", [one.country for one in areas]),
        level=word("area", [one.level.value for one in areas]),
        goal=word("goal", tables.goals),
        goal_title=word("goal", [str(one.standing.goal.title) for one in plan.goals]),
        year="year",
        status=word("status", tables.statuses),
        reason=word("reason", [one.code for one in reasons]),
        reason_args=word("reason", args),
        stand=word("aim", [one for one, _ in stands]),
        ambition=word("aim", [one for _, one in stands]),
        **{name: pl.col(name) for name in FIGURES[:6]},
        target=bound("value", pl.Float64),
        target_min=bound("minimum", pl.Float64),
        target_max=bound("maximum", pl.Float64),
        target_year=bound("year", pl.Int64),
        met=(pl.col("gap") == 0).cast(pl.Int8),
        gap="gap",
        score="score",
        source=word("source", tables.sources),
        marks=word("marks", [", ".join(one) or None for one in tables.marks.values()]),
    )


def text(arg: object) -> str:
    return f'"{arg}"' if isinstance(arg, str) else str(arg)


def narrow(path: Path) -> Iterator[pl.DataFrame]:
    """The rows of numbers that citygoals stored, a frame for each million."""
    columns = ("aim", "verdict", *FIGURES)
    with closing(sqlite3.connect(path)) as connection:
        said = connection.execute(f"SELECT {', '.join(columns)} FROM assessment_figures")
        while rows := said.fetchmany(1_000_000):
            yield pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


def check(path: Path, peer: Path, view: str, columns: Sequence[str], rows: int) -> None:
    """Stop where one cell differs."""
    cells = " + ".join(f"(v.{name} IS NOT p.{name})" for name in columns)
    sql = f"SELECT count(*), sum({cells}) FROM {view} AS v CROSS JOIN peer AS p ON p.rowid = v.key"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS theirs", [str(peer)])
        found, differ = connection.execute(sql).fetchone()
    same(view, differ + (rows - found), rows * len(columns))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        plan = scenario.plan_of(scenario.load(folder), asked.areas)
        figures = Sorted(scenario.all_figures(plan, asked.areas))
        judged = judge_all(plan, figures, scenario.FIRST, engine="polars")
        frames = [frame.sort(IN_ORDER) for frame in judged]
        rows = sum(frame.height for frame in frames)
        words = [in_words(plan, frame) for frame in frames]
        paths = {one: folder / f"{one}.db" for one in ("citygoals", "words", "narrow")}
        ours(paths["citygoals"], plan, frames)
        numbers = list(narrow(paths["citygoals"]))
        insert_all(paths["words"], words)
        insert_all(paths["narrow"], numbers)
        check(paths["citygoals"], paths["words"], "assessments", words[0].columns, rows)
        check(paths["citygoals"], paths["narrow"], "assessment_figures", numbers[0].columns, rows)
        megabytes = {one: path.stat().st_size >> 20 for one, path in paths.items()}

        def fresh(one: str) -> Path:
            for path in folder.glob(f"{one}.db*"):
                path.unlink()
            return paths[one]

        runs = {
            "citygoals": lambda: ours(fresh("citygoals"), plan, frames),
            "words": lambda: insert_all(fresh("words"), words),
            "narrow": lambda: insert_all(fresh("narrow"), numbers),
        }
        taken = in_turns(runs, asked.rounds)
    record(
        f"sqlite-{rows}",
        ["polars", "sqlite-utils"],
        assessments=rows,
        rounds=asked.rounds,
        seconds=medians(taken),
        times_faster={one: 1 / ratio(taken, "citygoals", one) for one in ("words", "narrow")},
        megabytes=megabytes,
        sqlite=sqlite3.sqlite_version,
    )


if __name__ == "__main__":
    main()
