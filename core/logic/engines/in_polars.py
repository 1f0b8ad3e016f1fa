"""Polars: embedded, the default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import polars as pl
from narwhals import Expr

from citygoals.core.logic.engines.names import Cells


def frame(cells: Cells) -> pl.DataFrame:
    """The columns as a frame of doubles."""
    return pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.Float64))


def compute(cells: Cells, expression: Expr) -> Sequence[Any]:
    """The expression for every row."""
    lazy = nw.from_native(frame(cells).lazy()).with_columns(expression.alias("answer"))
    return lazy.to_native().select("answer").collect()["answer"].to_list()
