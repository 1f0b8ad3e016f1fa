"""Runs a plan chunk by chunk of areas, within a bound of memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import numpy as np
import polars as pl

from citygoals.core.bulk.engines import decider
from citygoals.core.bulk.figures import CELL_BYTES, horizon, make_grid
from citygoals.core.bulk.judge import Block, judge
from citygoals.core.bulk.plan import Plan
from citygoals.core.bulk.rows import TYPES, judge_rows

ROW_BYTES = 120
"""Bytes that an assessment takes while its chunk is worked on."""
OBSERVATION_BYTES = 60
MEMORY = 1 << 30
FULLEST = 1_000_000
"""Assessments of a chunk at most: more is no faster."""
_YEARS = ("value_year", "baseline_year", "previous_year")

Fetch = Callable[[range], pl.DataFrame]
"""The observations of a range of areas, in numbers."""


def chunk_size(plan: Plan, first: int, memory: int) -> int:
    """How many areas are worked on at once: `memory` bytes at most, or one area.

    `first` is the first year with an observation.
    """
    cells = len(plan.indicators) * (max(plan.years) - min(first, *plan.years) + 1)
    rows = len(plan.goals) * len(plan.years)
    each = cells * (CELL_BYTES + OBSERVATION_BYTES) + rows * ROW_BYTES
    return max(1, min(memory // max(each, 1), FULLEST // max(rows, 1)))


def chunks(plan: Plan, size: int) -> Sequence[range]:
    """The areas in ranges of that size."""
    total = len(plan.areas)
    return [range(start, min(start + size, total)) for start in range(0, total, size)]


def evaluate_bulk(
    plan: Plan, fetch: Fetch, first: int, *, engine: str, memory: int = MEMORY
) -> Iterator[pl.DataFrame]:
    """Frames of assessments in numbers, one for each chunk of areas.

    `first` is the first year with an observation. Raises UnknownName, EngineUnavailable.
    """
    over = horizon(first, plan.years, plan.words.reasons)
    decide = decider(engine)
    for areas in chunks(plan, chunk_size(plan, first, memory)):
        frame = fetch(areas)
        grid = make_grid(plan, frame, areas, over)
        blocks = chain(judge(plan, grid, areas, over, decide), judge_rows(plan, grid, areas, frame))
        yield _frame(list(blocks))


def _frame(blocks: Sequence[Block]) -> pl.DataFrame:
    """The columns of all blocks; NaN becomes null, years whole numbers."""
    if not blocks:
        return pl.DataFrame({name: np.empty(0, kind) for name, kind in TYPES.items()})
    columns = {
        name: np.concatenate([block[name] for block in blocks]).astype(kind, copy=False)
        for name, kind in TYPES.items()
    }
    floats = [name for name, kind in TYPES.items() if kind is np.float64]
    return pl.DataFrame(columns).with_columns(
        pl.col(set(floats) - set(_YEARS)).fill_nan(None),
        pl.col(_YEARS).fill_nan(None).cast(pl.Int16),
        pl.when(pl.col("source") >= 0).then("source"),
    )
