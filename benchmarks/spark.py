"""Spark on two cores: `--engine spark` against Spark SQL written by hand for the same goals.

    python benchmarks/spark.py [--areas 10000] [--rounds 5]

10,000 areas are 50 million assessments (benchmarks/scenario.py). Both sides share one session and
read the same Parquet files, the SQL by the settings that Spark itself has. Both write Parquet, the
SQL every column but reason, marks, source and target. Their answers are read back and compared cell
by cell before anything is timed; the start of the JVM is not timed. Results go to
benchmarks/results/spark-<assessments>.json.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import by_hand
import polars as pl
import scenario
from evaluate import check, cities, goals_table
from harness import in_turns, medians, ratio, record, same

from citygoals.core.judging.observations import ParquetFiles, look_at
from citygoals.core.judging.plan import Plan
from citygoals.core.judging.spark import SETTINGS, evaluate_in_spark
from citygoals.core.logic.engines.spark_session import spark_session
from citygoals.core.store.folders import alike

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MEMORY = 1 << 30
SERIES = """
WITH observed AS (
  SELECT areas.place AS area, areas.city, indicator AS name, CAST(year AS INT) AS year, value
  FROM figures JOIN areas ON figures.area = areas.id
),
grid AS (
  SELECT /*+ BROADCAST(names) */ areas.place AS area, areas.city, names.name, years.year
  FROM areas CROSS JOIN (SELECT DISTINCT name FROM goals) names
  CROSS JOIN (SELECT explode(sequence({first}, {last})) AS year) years
),
dense AS (
  SELECT grid.*, value FROM grid LEFT JOIN observed USING (area, name, year)
),
earlier AS (
  SELECT *,
    last(IF(value IS NULL, NULL, struct(value, year))) IGNORE NULLS OVER (
      PARTITION BY area, name ORDER BY year ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before,
    {bases}
  FROM dense
),
latest AS (
  SELECT *,
    last(IF(value IS NULL, NULL, struct(value, year, before))) IGNORE NULLS OVER (
      PARTITION BY area, name ORDER BY year ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS said
  FROM earlier
),
fresh AS (
  SELECT /*+ BROADCAST(goals) */ latest.area, goals.*, latest.year,
    IF(latest.year - said.year <= max_age, said, NULL) AS said,
    IF(latest.year - said.year <= max_age AND latest.year >= `from`, {base}, NULL) AS baseline
  FROM latest JOIN goals USING (name, city)
),
asked AS (
  SELECT *, said.value AS value, CAST(said.year AS DOUBLE) AS value_year,
    said.before.value AS previous, CAST(said.before.year AS DOUBLE) AS previous_year
  FROM fresh
),
pace AS (
  SELECT *,
    sign * (value - bound) >= 0 AS reached,
    value >= low AND value <= bound AS inside,
    baseline + (bound - baseline) * ((value_year - `from`) / (due - `from`)) AS path,
    (value - previous) / (value_year - previous_year)
      - (bound - value) / (due - value_year) AS pace,
    IF(low IS NOT NULL AND value < low, low, bound) AS aim,
    coalesce(baseline, IF(low IS NOT NULL AND value > bound, highest, worst)) AS begin
  FROM asked
),
judged AS (
  SELECT *,
    IF(low IS NOT NULL, inside, reached) AS done,
    CASE
      WHEN declined THEN 1
      WHEN value IS NULL THEN 0
      WHEN rule = 0 THEN IF(reached, 2, 3)
      WHEN rule = 1 THEN CASE
        WHEN reached THEN 2
        WHEN value_year >= due THEN 3
        WHEN baseline IS NOT NULL AND `from` < value_year THEN CASE
          WHEN sign * (value - path) >= 0 THEN 4
          WHEN sign * (value - baseline) > 0 THEN 5 ELSE 6 END
        WHEN previous IS NOT NULL THEN CASE
          WHEN sign * pace >= 0 THEN 4
          WHEN sign * (value - previous) > 0 THEN 5 ELSE 6 END
        ELSE 3 END
      WHEN rule = 2 THEN IF(inside, 2, 3)
      WHEN rule = 3 THEN IF(value / bound >= 0.9D, 2, 3)
      ELSE CASE WHEN previous IS NULL THEN 3 WHEN value > previous THEN 4 ELSE 5 END
    END AS status
  FROM pace
)
SELECT area, CAST(goal AS INT) AS goal, CAST(year AS SMALLINT) AS year,
  CAST(status AS TINYINT) AS status,
  IF(declined, NULL, value) AS value,
  CAST(IF(declined, NULL, value_year) AS SMALLINT) AS value_year,
  IF(declined, NULL, baseline) AS baseline,
  CAST(IF(declined OR baseline IS NULL, NULL, `from`) AS SMALLINT) AS baseline_year,
  IF(declined, NULL, previous) AS previous,
  CAST(IF(declined, NULL, previous_year) AS SMALLINT) AS previous_year,
  CASE WHEN declined OR value IS NULL THEN NULL WHEN done THEN 0D ELSE abs(aim - value) END AS gap,
  CASE
    WHEN declined OR value IS NULL THEN NULL
    WHEN done THEN 100D
    WHEN begin IS NULL THEN NULL
    WHEN begin = aim OR (begin < aim) != (value < aim) THEN 0D
    ELSE 100D * least(greatest((value - begin) / (aim - begin), 0D), 1D)
  END AS score
FROM judged
"""


def lay(spark: SparkSession, plan: Plan, files: ParquetFiles) -> None:
    """The tables that the query names."""
    table = goals_table(plan).with_row_index("goal")
    table = table.with_columns(pl.col("goal") // 2, city=pl.col("goal") % 2 == 1)
    known = pl.DataFrame({"id": [str(area.id) for area in plan.areas], "city": cities(plan)})
    spark.createDataFrame(table.cast({"goal": pl.Int32}).to_arrow()).createTempView("goals")
    places = known.with_row_index("place").cast({"place": pl.Int32})
    spark.createDataFrame(places.to_arrow()).createTempView("areas")
    spark.read.parquet(*map(str, files.paths)).createTempView("figures")


def by_sql(spark: SparkSession, out: Path) -> None:
    """Judge and write by the query."""
    rows = spark.sql("SELECT DISTINCT CAST(`from` AS INT) FROM goals WHERE `from` > 0").collect()
    years = [year for (year,) in rows]
    bases = [
        f"max(IF(year = {year}, value, NULL)) OVER (PARTITION BY area, name) AS base_{year}"
        for year in years
    ]
    base = " ".join(f"WHEN {year} THEN base_{year}" for year in years)
    query = SERIES.format(
        first=scenario.FIRST,
        last=scenario.LAST,
        bases=", ".join(bases),
        base=f"CASE `from` {base} END",
    )
    frame = spark.sql(query)
    frame.write.option("compression", "lz4_raw").parquet(str(out))


def agree(plan: Plan, ours: list[Path], hand: Path) -> None:
    """Stop where the files say different things."""
    mine = alike(pl.scan_parquet(ours)).collect()
    words = plan.words.statuses.items
    strange = [words[code] for code in mine["status"].unique()]
    same("statuses", len(set(strange) - set(by_hand.STATUSES)), len(strange))
    known = [word if word in by_hand.STATUSES else by_hand.STATUSES[0] for word in words]
    theirs = pl.read_parquet(sorted(hand.glob("*.parquet"))).sort("area", "goal", "year")
    check(known, mine, theirs.cast(mine.select(by_hand.CELLS).schema))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    os.environ.setdefault("MASTER", "local[2]")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "plugin").mkdir()
        os.environ["PYTHONPATH"] = str(folder / "plugin")
        plan = scenario.plan_of(scenario.load(folder / "plugin"), asked.areas)
        paths = scenario.write_parquet(plan, asked.areas, folder / "in")
        files = look_at(paths, plan.forum, [area.id for area in plan.areas])
        ours, hand = folder / "ours", folder / "hand"

        def mine() -> list[Path]:
            shutil.rmtree(ours, ignore_errors=True)
            return list(evaluate_in_spark(plan, files, ours, memory=MEMORY))

        with spark_session({}) as spark:

            def theirs() -> None:
                shutil.rmtree(hand, ignore_errors=True)
                by_sql(spark, hand)

            lay(spark, plan, files)
            theirs()
            agree(plan, mine(), hand)
            taken = in_turns({"citygoals": mine, "spark sql by hand": theirs}, asked.rounds)
    total = asked.areas * len(plan.goals) * len(plan.years)
    record(
        f"spark-{total}",
        ["pyspark", "polars", "narwhals", "numpy", "pyarrow"],
        assessments=total,
        rounds=asked.rounds,
        settings={"master": os.environ["MASTER"], **SETTINGS},
        seconds=medians(taken),
        ratios={"spark sql by hand": ratio(taken, "citygoals", "spark sql by hand")},
    )


if __name__ == "__main__":
    main()
