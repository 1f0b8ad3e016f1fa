"""Rules over whole columns: where the expression is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from citygoals.core.bulk.judge import Decide
from citygoals.core.engines import EngineUnavailable
from citygoals.core.errors import UnknownName

ENGINES = ("polars", "duckdb")


def decider(engine: str) -> Decide:
    """What computes a rule. Raises UnknownName, EngineUnavailable."""
    if engine not in ENGINES:
        raise UnknownName("engine", engine, ENGINES)
    if engine == "polars":
        return _in_polars
    try:
        import duckdb  # noqa: F401
        import pyarrow  # type: ignore[import-untyped]  # noqa: F401
    except ModuleNotFoundError as error:
        raise EngineUnavailable(engine, str(error.name)) from error
    return _in_duckdb


def _in_polars(expression: Any, columns: Mapping[str, Any]) -> NDArray[np.int16]:
    lazy = nw.from_native(pl.DataFrame(columns).lazy()).with_columns(expression.alias("answer"))
    return lazy.to_native().select("answer").collect()["answer"].fill_null(-1).to_numpy()


def _in_duckdb(expression: Any, columns: Mapping[str, Any]) -> NDArray[np.int16]:
    import duckdb
    import pyarrow as pa

    size = len(next(iter(columns.values())))
    table = pa.table({**columns, "row": np.arange(size)})
    with duckdb.connect() as connection:
        relation = nw.from_native(connection.from_arrow(table))
        answers = relation.select("row", expression.alias("answer")).to_native().to_arrow_table()
    frame = pl.DataFrame(answers).sort("row")
    return frame["answer"].fill_null(-1).cast(pl.Int16).to_numpy()
