"""What a Spark worker does with the observations of chunks of areas: all but the rules' answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from citygoals.core.base.coded import Words
from citygoals.core.judging.answers import UNDEFINED, answered, answers
from citygoals.core.judging.cases import Case, cases
from citygoals.core.judging.grids import Grids, Horizon
from citygoals.core.judging.groups import Group, groups_of
from citygoals.core.judging.judge import asked, block, refused
from citygoals.core.judging.observations import SCHEMA, UNNAMED, usable
from citygoals.core.judging.plan import Plan
from citygoals.core.judging.run import to_frame
from citygoals.core.logic.engines.in_polars import InPolars

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

RULE, NAMED = "rule", "named"
"""The columns beside those of assessments: which rule is to be asked, and words that are new."""


class WorkerFailed(Exception):  # noqa: N818
    """What went wrong on a worker; the driver finds it by the name of this class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Turns observations into assessments, such as they are where a rule gives nothing.

    Spark computes the rules that have a place in `rules`, from the columns that `columns` names by
    variable; others are computed here. A chunk may name `room` reasons and marks that the plan
    does not know; their codes lie ahead by `ahead`, then by those of the chunks before. `schema` is
    what comes out.
    """

    plan: Plan
    over: Horizon
    size: int
    ahead: int
    room: int
    rules: Mapping[str, int]
    columns: Mapping[str, str]
    schema: pa.Schema
    version: str

    def run(self, arrived: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The assessments of the chunks whose observations arrive. Raises WorkerFailed."""
        if self.version != (here := version("citygoals")):
            raise WorkerFailed(f"a worker has citygoals {here}, the driver {self.version}")
        groups = groups_of(self.plan.goals)
        for start, frame in self._chunks(arrived):
            areas = range(start, min(start + self.size, len(self.plan.areas)))
            try:
                yield from self._given(self._judged(groups, areas, frame))
            except Exception as error:
                names = f"{self.plan.areas[areas[0]].id} to {self.plan.areas[areas[-1]].id}"
                message = f"{type(error).__name__}: {error}; in judging the areas {names}"
                raise WorkerFailed(message) from error

    def _chunks(self, arrived: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pl.DataFrame]]:
        """The observations by chunk; every chunk has a row that only says that it is there."""
        import pyarrow as pa

        if not (parts := list(arrived)):
            return
        frame = pl.DataFrame(pa.Table.from_batches(parts))
        unnamed = self.plan.words.sources.code(UNNAMED)
        lacking = {"status": 1, "source": unnamed, "confidence": 0, "released": 0}
        filled = [pl.lit(code).alias(name) for name, code in lacking.items() if name not in frame]
        whole = frame.lazy().with_columns(filled).with_columns(pl.col("released").fill_null(0))
        frame = usable(whole.cast(SCHEMA)).collect()  # type: ignore[arg-type]
        starts = (pl.col("area") // self.size * self.size).alias("start")
        by_start = frame.with_columns(starts).partition_by("start", as_dict=True, include_key=False)
        for (start,), part in by_start.items():
            yield start, part.filter(pl.col("indicator") >= 0)

    def _judged(self, groups: Sequence[Group], areas: range, frame: pl.DataFrame) -> pl.DataFrame:
        words = self.plan.words.apart(self.ahead + areas.start // self.size * self.room)
        plan = replace(self.plan, words=words)
        grids = Grids(plan, frame, areas, self.over)
        judged = (self._asked(plan, group, grids, areas) for group in groups)
        frames = [to_frame([*refused(plan, areas)]), *(frame for some in judged for frame in some)]
        return _with_new_words(pl.concat(frames, how="diagonal"), words)

    def _asked(
        self, plan: Plan, group: Group, grids: Grids, areas: range
    ) -> Iterator[pl.DataFrame]:
        """The cases of a group, with what its rule reads where Spark computes it."""
        compute = InPolars()
        place = self.rules.get(group.rule.id) if group.own == 1 else None
        for case in cases(plan, group, grids, areas, self.over):
            if place is None:
                answer = answers(plan, case, asked(case), compute)
                yield to_frame([block(plan, case, answer)])
            else:
                nothing = np.full(case.shape, UNDEFINED, np.int16)
                answer = answered(plan, case, asked(case), nothing, in_detail=False)
                frame = to_frame([block(plan, case, answer)])
                yield frame.with_columns(
                    pl.when(pl.col("source").is_not_null()).then(place).alias(RULE),
                    *self._variables(case, frame),
                )

    def _variables(self, case: Case, frame: pl.DataFrame) -> Iterator[pl.Series]:
        """What the rule reads beside the columns of assessments."""
        names = case.group.rule.compiled.names or ["value"]
        for name, values in case.variables(names).items():
            if (column := self.columns[name]) not in frame:
                yield pl.Series(column, values)

    def _given(self, frame: pl.DataFrame) -> Iterator[pa.RecordBatch]:
        empty = self.schema.empty_table()
        lacking = [name for name in self.schema.names if name not in frame]
        table = frame.with_columns(pl.lit(None).alias(name) for name in lacking).to_arrow()
        yield from table.select(empty.schema.names).cast(self.schema).to_batches(OUT)


OUT = 65_536
"""Rows that go to Spark at once."""


def _with_new_words(frame: pl.DataFrame, words: Words) -> pl.DataFrame:
    """The frame with what was named here and nowhere else, as JSON in its first row."""
    new: dict[str, Any] = {
        "reasons": [(code, reason.code, reason.args) for code, reason in words.reasons.new.items()],
        "marks": list(words.marks.new.items()),
    }
    named = json.dumps(new) if any(new.values()) else None
    first = pl.int_range(pl.len()) == 0
    return frame.with_columns(pl.when(first).then(pl.lit(named, pl.String)).alias(NAMED))
