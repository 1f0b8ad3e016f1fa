"""Polars: embedded, the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import polars as pl
from narwhals import Expr
from polars.io.plugins import register_io_source

from citygoals.core.logic.engines.names import Cells


def computing() -> InPolars:
    """What computes in one thread."""
    return InPolars()


class InPolars:
    """The query of an expression is made once and run over the columns of each call."""

    def __init__(self) -> None:
        self._queries: dict[int, tuple[Expr, pl.LazyFrame]] = {}
        self._frame = pl.DataFrame()

    def __call__(self, cells: Cells, expression: Expr) -> pl.Series:
        """The expression for every row; null is undefined."""
        self._frame = pl.DataFrame(cells)
        if id(expression) not in self._queries:
            self._queries[id(expression)] = expression, self._query(expression)
        _, query = self._queries[id(expression)]
        return query.collect()["answer"]

    def _query(self, expression: Any) -> pl.LazyFrame:
        schema = self._frame.schema
        source = register_io_source(self._give, schema=schema, validate_schema=False)
        lazy: pl.LazyFrame = (
            nw.from_native(source).with_columns(expression.alias("answer")).to_native()
        )
        return lazy.select("answer")

    def _give(
        self,
        with_columns: list[str] | None,
        predicate: pl.Expr | None,  # noqa: ARG002
        n_rows: int | None,  # noqa: ARG002
        batch_size: int | None,  # noqa: ARG002
    ) -> Iterator[pl.DataFrame]:
        yield self._frame if with_columns is None else self._frame.select(with_columns)
