"""`compare` of a run in Parquet files: medians of one run, ratios to DuckDB SQL written by hand.

    python benchmarks/compare.py [--areas 10000] [--rounds 5]

10,000 areas are 50 million assessments (benchmarks/scenario.py), in forty made-up countries.
Both sides read the files of the run and give, for the last year, the counts of statuses and the
median by goal and country, the median and the best of each goal and who has it; they are compared
before anything is timed. Results go to benchmarks/results/compare-<assessments>.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import scenario
from harness import in_turns, medians, ratio, record, same
from sqlite import RUN

from citygoals.core.base.model import Direction, GoalId, ProfileId, is_decided
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.observations import Sorted
from citygoals.core.judging.plan import Plan
from citygoals.core.judging.run import judge_all
from citygoals.core.results.comparison import Comparison, compare
from citygoals.core.store import Asked, now, open_database
from citygoals.core.store.folders import new_folder

COUNTRIES = 40


def make_run(path: Path, plan: Plan, areas: int) -> None:
    figures = Sorted(scenario.all_figures(plan, areas))
    goals = {one.standing.goal.id: str(one.standing.goal.title) for one in plan.goals}
    with (
        open_database(path, create=True) as database,
        new_folder(path.parent / "runs", path, now()) as folder,
    ):
        for frame in judge_all(plan, figures, scenario.FIRST, engine="polars"):
            folder.write(frame)
        database.write_parquet_run(RUN, folder, plan.words, areas=plan.areas, goals=goals)


def country(place: int) -> str:
    return f"{place % COUNTRIES:02}"


def direction_of(forum: Forum, goal: GoalId) -> Direction:
    return forum.indicators[forum.goals[goal].indicators[0]].direction


def ours(path: Path, forum: Forum, plan: Plan) -> Comparison:
    column_of = {area.id: country(place) for place, area in enumerate(plan.areas)}
    asked = Asked(profiles=[ProfileId(scenario.PROFILE)], latest=True)
    with (
        open_database(path, read_only=True) as database,
        database.frames(asked=asked) as (frame, tables),
    ):
        return compare(frame, tables, column_of, lambda goal: direction_of(forum, goal))


def by_hand(files: str, forum: Forum, plan: Plan) -> tuple[list[Any], list[Any]]:
    """Cells (goal, country, statuses, median) and rows (goal, median, best, who has it)."""
    tables = plan.words.tables()
    decided = [at for at, one in enumerate(tables.statuses) if is_decided(one)]
    proxies = [at for at, marks in tables.marks.items() if "proxy" in marks]
    signs = [direction_of(forum, goal).sign for goal in tables.goals]
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE places AS "
            "SELECT unnest(?) AS area, unnest(?) AS id, unnest(?) AS country",
            [
                list(range(len(tables.areas))),
                [str(one) for one in tables.areas],
                [country(place) for place in range(len(tables.areas))],
            ],
        )
        connection.execute(
            "CREATE TABLE signs AS SELECT unnest(?) AS goal, unnest(?) AS sign",
            [list(range(len(signs))), signs],
        )
        connection.execute(
            "CREATE TEMP TABLE judged AS SELECT goal, country, id, status, CASE WHEN "
            "list_contains($decided, status) AND NOT list_contains($proxies, marks) THEN value END "
            "AS value FROM read_parquet($files) JOIN places USING (area) "
            "WHERE profile = $profile AND year = (SELECT max(year) FROM read_parquet($files))",
            {
                "decided": decided,
                "proxies": proxies,
                "files": files,
                "profile": tables.profiles.index(ProfileId(scenario.PROFILE)),
            },
        )
        cells = connection.execute(
            "SELECT goal, country, histogram(status), median(value) FROM judged GROUP BY ALL"
        ).fetchall()
        rows = connection.execute(
            "SELECT goal, median(value), CASE WHEN any_value(sign) <> 0 THEN "
            "max({'at': sign * value, 'value': value, 'id': id}) FILTER (value IS NOT NULL) END "
            "FROM judged JOIN signs USING (goal) GROUP BY goal"
        ).fetchall()
    return cells, rows


def check(plan: Plan, mine: Comparison, hand: tuple[list[Any], list[Any]]) -> None:
    """Stop where one figure differs."""
    tables = plan.words.tables()
    cells = {(row.goal, name): cell for row in mine.rows for name, cell in row.cells.items()}
    theirs = {
        (tables.goals[goal], name): ({tables.statuses[s]: n for s, n in statuses.items()}, median)
        for goal, name, statuses, median in hand[0]
    }
    same("cells", len(cells.keys() ^ theirs.keys()), len(cells))
    said = {key: (dict(cell.statuses), cell.median) for key, cell in cells.items()}
    same("cells", sum(said[key] != theirs[key] for key in said), len(said))
    rows = {row.goal: (row.median, row.best, row.best_area) for row in mine.rows}
    other = {
        tables.goals[goal]: (median, best and best["value"], best and best["id"])
        for goal, median, best in hand[1]
    }
    same("goals", sum(rows[goal] != other.get(goal) for goal in rows), len(rows))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        forum = scenario.load(folder)
        plan = scenario.plan_of(forum, asked.areas)
        path, files = folder / "forum.db", f"{folder}/runs/run-*/part-*.parquet"
        make_run(path, plan, asked.areas)
        check(plan, ours(path, forum, plan), by_hand(files, forum, plan))
        runs = {
            "citygoals": lambda: ours(path, forum, plan),
            "duckdb by hand": lambda: by_hand(files, forum, plan),
        }
        taken = in_turns(runs, asked.rounds)
    total = asked.areas * len(plan.goals) * len(plan.years)
    record(
        f"compare-{total}",
        ["polars", "duckdb"],
        assessments=total,
        rounds=asked.rounds,
        seconds=medians(taken),
        ratios={"duckdb by hand": ratio(taken, "citygoals", "duckdb by hand")},
    )


if __name__ == "__main__":
    main()
