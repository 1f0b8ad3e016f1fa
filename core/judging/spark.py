"""Evaluation in Spark: figures are chosen on workers by the code of every engine, rules by Spark.

Observations are brought together by chunks of areas. A worker gives the assessments as they are
where a rule gives nothing, and what the rules read; Spark computes the rules as narwhals
expressions and writes Parquet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from citygoals.core.base.coded import CONFIDENCE_CODES, STATUS_CODES, YEARS
from citygoals.core.base.model import Reason
from citygoals.core.judging.grids import horizon
from citygoals.core.judging.judge import TYPES
from citygoals.core.judging.observations import (
    UNNAMED,
    ParquetFiles,
)
from citygoals.core.judging.plan import GoalPlan, Plan
from citygoals.core.judging.run import chunk_size
from citygoals.core.judging.spark_worker import NAMED, RULE, Worker
from citygoals.core.logic import NamedRule
from citygoals.core.logic.engines.spark_session import spark_session
from citygoals.core.logic.nodes import Operator
from citygoals.core.logic.sizes import Sizes

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]
    from pyspark.sql import DataFrame, SparkSession

SPARK = "spark"
SETTINGS = {
    "spark.sql.ansi.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.sql.codegen.hugeMethodLimit": "8000",
}
"""Of Spark, while it evaluates. Rules say themselves what is undefined, so nothing raises as ANSI
wants it; the JVM interprets methods of more than 8,000 bytes, so they are cut into smaller ones."""
MOST_NEEDS = 6
"""Of the needs of a rule, how many are named in all combinations beforehand."""
FILE_ROWS = 4_000_000
"""Assessments of a file at most."""
ALIKE = ("value", "baseline", "baseline_year", "previous", "previous_year")
"""Variables of rules that stand in an assessment just so."""
RULE_PARTS, BRANCH_PARTS = 20_000, 5_000
"""Operations of a rule that Spark computes at most, and of the rules of one select: those of a
larger rule are computed on the workers, by Polars."""


def evaluate_in_spark(
    plan: Plan, files: ParquetFiles, folder: Path, *, memory: int
) -> Sequence[Path]:
    """Judge the observations of files and write assessments in numbers; the files written.

    The folder must not be there yet. Workers must see it, and the files of observations, under the
    same names. Words that turn up on the way are added to the plan's. Raises EngineUnavailable,
    SparkFailed.
    """
    _name_all(plan, files)
    with spark_session(SETTINGS) as spark:
        from pyspark.sql import Observation
        from pyspark.sql import functions as f

        seen = Observation("words")
        judged = Judging(spark, plan, files, memory).assessments()
        frame = judged.observe(seen, f.collect_set(NAMED).alias(NAMED)).drop(NAMED)
        writer = frame.write.option("maxRecordsPerFile", FILE_ROWS)
        writer.option("compression", "lz4_raw").parquet(_uri(folder))
        _take(plan, seen.get[NAMED])
    return sorted(folder.glob("part-*.parquet"))


def _name_all(plan: Plan, files: ParquetFiles) -> None:
    """Name what can turn up: statuses and sources, of which workers know only the plan's, and the
    usual reasons, which every chunk would else name for itself."""
    words = plan.words
    for scale in plan.forum.scales.values():
        for status in scale.statuses:
            words.statuses.code(status.id)
    for source in (*files.names.get("source", ()), UNNAMED):
        words.sources.code(source)
    words.reasons.code(Reason("undefined"))
    for needs in {goal.rule.needs[:MOST_NEEDS]: None for goal in plan.goals if not goal.refused}:
        for count in range(1, len(needs) + 1):
            for names in combinations(needs, count):
                words.reasons.code(Reason("missing", names))
                words.reasons.code(Reason("break", names))


def _take(plan: Plan, named: Iterable[str]) -> None:
    """Add the words that chunks named."""
    for words in map(json.loads, named):
        reasons = {code: Reason(name, tuple(args)) for code, name, args in words["reasons"]}
        plan.words.reasons.take(reasons)
        plan.words.marks.take({code: tuple(marks) for code, marks in words["marks"]})


def _uri(path: Path) -> str:
    """As Hadoop reads it: no pattern, and not in its default file system."""
    escaped = "".join(f"\\{sign}" if sign in "[]{}*?\\" else sign for sign in str(path.resolve()))
    return f"file://{escaped}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Goals whose rules one select computes: their places, and the columns of their variables."""

    goals: Sequence[GoalPlan]
    rules: Mapping[str, int]
    columns: Mapping[str, str]


def branches(goals: Sequence[GoalPlan]) -> Sequence[Branch]:
    """The goals in branches that Spark can plan; goals that ask no rule of Spark come first."""
    computed: list[list[NamedRule]] = [[]]
    room = BRANCH_PARTS
    asked = {
        goal.rule.id: goal.rule
        for goal in goals
        if goal.own == 1 and goal.rule.columnar and not goal.refused
    }
    for rule in asked.values():
        parts = InSpark().of(rule.logic.root).parts
        if parts > RULE_PARTS:
            continue
        if parts > room and computed[-1]:
            computed.append([])
            room = BRANCH_PARTS
        computed[-1].append(rule)
        room -= parts
    places = {rule.id: place for place, rules in enumerate(computed) for rule in rules}
    return [
        _branch(rules, [goal for goal in goals if places.get(goal.rule.id, 0) == place])
        for place, rules in enumerate(computed)
    ]


class InSpark(Sizes):
    """Sizes as they are in Spark, where narwhals looks at divisor and dividend once more."""

    def uses(self, node: Operator) -> int:
        return 7 if node.name == "/" else node.uses


def _branch(rules: Sequence[NamedRule], goals: Sequence[GoalPlan]) -> Branch:
    names = sorted({name for rule in rules for name in rule.compiled.names or ["value"]})
    columns = {name: name if name in ALIKE else f"read_{place}" for place, name in enumerate(names)}
    return Branch(
        goals=goals, rules={rule.id: place for place, rule in enumerate(rules)}, columns=columns
    )


class Judging:
    """The assessments of a plan as a frame of Spark."""

    def __init__(self, spark: SparkSession, plan: Plan, files: ParquetFiles, memory: int) -> None:
        self._spark, self._plan, self._files = spark, plan, files
        self._over = horizon(files.first, plan.years, plan.words.reasons)
        self._size = chunk_size(plan, files.first, memory)
        self._chunks = -(-len(plan.areas) // self._size)

    def assessments(self) -> DataFrame:
        """What all branches give, and in one more column the words that they named."""
        parts = branches(self._plan.goals)
        known = len(self._plan.words.reasons.items) + len(self._plan.words.marks.items)
        room = (np.iinfo(np.int32).max - known) // (self._chunks * len(parts))
        judged = [
            self._decided(self._given(part, place * self._chunks * room, room), part)
            for place, part in enumerate(parts)
        ]
        return reduce(lambda frame, other: frame.unionByName(other), judged)

    def _given(self, branch: Branch, ahead: int, room: int) -> DataFrame:
        """What workers give of the goals of a branch."""
        from pyspark.sql import functions as f

        schema = _schema(branch.columns.values())
        worker = Worker(
            plan=replace(self._plan, goals=branch.goals),
            over=self._over,
            size=self._size,
            ahead=ahead,
            room=room,
            rules=branch.rules,
            columns=branch.columns,
            schema=schema,
            version=version("citygoals"),
        )
        chunk = f.floor(f.col("area") / self._size)
        frame = self._observations(branch).repartition(self._chunks, chunk)
        return frame.mapInArrow(worker.run, _ddl(schema))

    def _decided(self, given: DataFrame, branch: Branch) -> DataFrame:
        """The assessments with the answers of their rules."""
        rules = {goal.rule.id: goal.rule for goal in branch.goals}
        statuses = self._plan.words.statuses.items
        answer = nw.lit(None, nw.Int16())
        for name, place in branch.rules.items():
            computed = rules[name].to_expr(columns=branch.columns, statuses=statuses)
            answer = nw.when(nw.col(RULE) == place).then(computed).otherwise(answer)
        frame = nw.from_native(given).with_columns(answer.alias("answer"))
        unanswered = nw.col("answer").is_null()
        by_rule = nw.lit(0, nw.Int32())
        status = nw.when(unanswered).then(nw.col("status")).otherwise(nw.col("answer"))
        reason = nw.when(unanswered).then(nw.col("reason")).otherwise(by_rule)
        frame = frame.with_columns(status.alias("status"), reason.alias("reason"))
        assessments: DataFrame = frame.select(*TYPES, NAMED).to_native()
        return assessments

    def _observations(self, branch: Branch) -> DataFrame:
        """The observations that a branch reads, in numbers, and a row for every chunk."""
        from pyspark.sql import functions as f

        plan, words = self._plan, self._files.names
        used = {place for goal in branch.goals for place in goal.indicators}
        used |= {loan.lender for loan in plan.loans if loan.common in used}
        frame = self._coded(self._columns(), "area", [area.id for area in plan.areas])
        indicators = {str(name): p for p, name in enumerate(plan.indicators) if p in used}
        frame = self._coded(frame, "indicator", indicators)
        for name, codes, otherwise in (
            ("status", STATUS_CODES, 1),
            ("source", plan.words.sources.items, plan.words.sources.code(UNNAMED)),
            ("confidence", CONFIDENCE_CODES, 0),
        ):
            if name in words:
                frame = self._coded(frame, name, codes, otherwise)
        there = self._spark.range(self._chunks).select(
            (f.col("id") * self._size).cast("int").alias("area"), f.lit(-1).alias("indicator")
        )
        return frame.unionByName(there, allowMissingColumns=True)

    def _columns(self) -> DataFrame:
        """The columns of the files that are read, of one type each."""
        from pyspark.sql import functions as f

        frame = self._spark.read.parquet(*map(_uri, self._files.paths))
        kinds = {"year": "int", "value": "double", "released": "int"}
        columns = [name for name in self._files.columns if name != "unit"]
        return frame.select(*(f.col(n).cast(kinds.get(n, "string")).alias(n) for n in columns))

    def _coded(
        self,
        frame: DataFrame,
        name: str,
        codes: Mapping[str, int] | Sequence[str],
        otherwise: int | None = None,
    ) -> DataFrame:
        """Words as their codes; a row whose word has none is left out, or has `otherwise`."""
        from pyspark.sql import functions as f

        known = codes if isinstance(codes, Mapping) else {word: p for p, word in enumerate(codes)}
        rows = [(str(word), code) for word, code in known.items()]
        table = f.broadcast(self._spark.createDataFrame(rows, f"{name} string, code int"))
        joined = frame.join(table, name, "inner" if otherwise is None else "left")
        code = f.col("code") if otherwise is None else f.coalesce(f.col("code"), f.lit(otherwise))
        return joined.withColumn(name, code).drop("code")


def _schema(read: Iterable[str]) -> pa.Schema:
    """What workers give: columns of assessments, others that rules read, which rule, new words."""
    import pyarrow as pa

    kinds = {np.uint8: pa.int16(), np.int16: pa.int16(), np.float64: pa.float64()}
    fields = {name: kinds.get(kind, pa.int32()) for name, kind in TYPES.items()}
    fields |= dict.fromkeys(YEARS, pa.int16())
    fields |= {name: pa.float64() for name in read if name not in TYPES}
    return pa.schema([*fields.items(), (RULE, pa.int16()), (NAMED, pa.string())])


def _ddl(schema: pa.Schema) -> str:
    words = {"int16": "smallint", "int32": "int", "double": "double", "string": "string"}
    return ", ".join(f"{field.name} {words[str(field.type)]}" for field in schema)
