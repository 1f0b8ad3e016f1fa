"""Where compiled rules run: by columns in Polars or DuckDB, or row by row; the answers agree."""

from citygoals.core.logic.engines.names import (
    COMPUTING,
    DEFAULT,
    ENGINES,
    LOCAL,
    ROWS,
    SPARK,
    Compute,
    EngineUnavailable,
    computing,
)

__all__ = [
    "COMPUTING",
    "DEFAULT",
    "ENGINES",
    "LOCAL",
    "ROWS",
    "SPARK",
    "Compute",
    "EngineUnavailable",
    "computing",
]
