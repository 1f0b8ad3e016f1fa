"""Runs a plan chunk by chunk of areas, within a bound of memory."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import polars as pl

from citygoals.core.base.coded import YEARS
from citygoals.core.judging.grids import CELL_BYTES, Grids, horizon
from citygoals.core.judging.groups import groups_of
from citygoals.core.judging.judge import TYPES, Block, judge
from citygoals.core.judging.plan import Plan
from citygoals.core.logic.engines import Compute, computing

ROW_BYTES = 120
"""Bytes that an assessment takes while its chunk is worked on."""
OBSERVATION_BYTES = 60
MEMORY = 1 << 30
FULLEST = 1_000_000
"""Assessments of a chunk at most: more is no faster."""

Fetch = Callable[[range], pl.DataFrame]
"""The observations of a range of areas, in numbers."""


def threads() -> int:
    """How many chunks are worked on at once: a core each, four at most."""
    return min(len(os.sched_getaffinity(0)), 4)


def chunk_size(plan: Plan, first: int, memory: int) -> int:
    """How many areas make a chunk: those in work and one given out take `memory` bytes at most.

    One area is the least. `first` is the first year with an observation.
    """
    cells = len(plan.indicators) * (max(plan.years) - min(first, *plan.years) + 1)
    rows = len(plan.goals) * len(plan.years)
    grids = len({goal.grid for goal in plan.goals})
    each = cells * (CELL_BYTES * grids + OBSERVATION_BYTES) + rows * ROW_BYTES
    return max(1, min(memory // (threads() + 1) // max(each, 1), FULLEST // max(rows, 1)))


def chunks(plan: Plan, size: int) -> Sequence[range]:
    """The areas in ranges of that size."""
    total = len(plan.areas)
    return [range(start, min(start + size, total)) for start in range(0, total, size)]


def judge_all(
    plan: Plan, fetch: Fetch, first: int, *, engine: str, memory: int = MEMORY
) -> Iterator[pl.DataFrame]:
    """Frames of assessments in numbers, one for each chunk of areas, in the order of the areas.

    `first` is the first year with an observation; `fetch` is called from several threads. Raises
    UnknownName, EngineUnavailable.
    """
    over = horizon(first, plan.years, plan.words.reasons)
    compute, groups = _by_thread(engine), groups_of(plan.goals)

    def work(areas: range) -> pl.DataFrame:
        grids = Grids(plan, fetch(areas), areas, over)
        return to_frame([*judge(plan, groups, grids, areas, over, compute())])

    yield from _in_order(work, chunks(plan, chunk_size(plan, first, memory)))


def _by_thread(engine: str) -> Callable[[], Compute | None]:
    """What computes rules in the thread that asks. Raises UnknownName, EngineUnavailable."""
    local = threading.local()
    local.compute = computing(engine)

    def mine() -> Compute | None:
        if not hasattr(local, "compute"):
            local.compute = computing(engine)
        compute: Compute | None = local.compute
        return compute

    return mine


def _in_order(
    work: Callable[[range], pl.DataFrame], ranges: Sequence[range]
) -> Iterator[pl.DataFrame]:
    """What the work gives for each range, in their order, made ahead by threads."""
    if len(ranges) == 1:
        yield work(ranges[0])
        return
    with ThreadPoolExecutor(threads()) as pool:
        waiting = deque(pool.submit(work, some) for some in ranges[: threads()])
        ahead = iter(ranges[threads() :])
        try:
            while waiting:
                done = waiting.popleft().result()
                waiting.extend(pool.submit(work, some) for some in islice(ahead, 1))
                yield done
                del done
        finally:
            pool.shutdown(cancel_futures=True)


def to_frame(blocks: Sequence[Block]) -> pl.DataFrame:
    """The columns of all blocks; NaN becomes null, years whole numbers."""
    columns = {
        name: np.concatenate([np.empty(0, kind), *(block[name] for block in blocks)]).astype(
            kind, copy=False
        )
        for name, kind in TYPES.items()
    }
    floats = [name for name, kind in TYPES.items() if kind is np.float64]
    return pl.DataFrame(columns).with_columns(
        pl.col(set(floats) - set(YEARS)).fill_nan(None),
        pl.col(YEARS).fill_nan(None).cast(pl.Int16),
        pl.when(pl.col("source") >= 0).then("source"),
    )
