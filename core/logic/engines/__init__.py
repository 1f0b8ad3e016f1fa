"""Where rules run: row by row, or by columns in Polars or DuckDB; the answers are the same."""

from citygoals.core.logic.engines.batch import decide_batch, decide_each
from citygoals.core.logic.engines.names import DEFAULT, ENGINES, EngineUnavailable, engine_named

__all__ = [
    "DEFAULT",
    "ENGINES",
    "EngineUnavailable",
    "decide_batch",
    "decide_each",
    "engine_named",
]
