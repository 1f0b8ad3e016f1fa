"""DuckDB: the columns go in through Arrow, and come back in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa  # type: ignore[import-untyped]
from narwhals import Expr

from citygoals.core.logic.engines.names import Cells


def compute(cells: Cells, expression: Expr) -> Sequence[Any]:
    """The expression for every row."""
    numbered = {name: pa.array(values, pa.float64()) for name, values in cells.items()}
    numbered["row"] = pa.array(range(len(next(iter(cells.values())))))
    with duckdb.connect() as connection:
        relation = nw.from_native(connection.from_arrow(pa.table(numbered)))
        answers = relation.select("row", expression.alias("answer")).sort("row").to_native()
        return [answer for _, answer in answers.fetchall()]
