"""Rules over whole columns: where the expression is computed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.io.plugins import register_io_source

from citygoals.core.base.errors import UnknownName
from citygoals.core.logic.engines import EngineUnavailable

ENGINES = ("polars", "duckdb")
Decide = Callable[[Any, Mapping[str, Any]], NDArray[np.int16]]
"""Computes a compiled rule over columns: the place of the status, -1 for undefined."""


def decider(engine: str) -> Decide:
    """What computes a rule. Raises UnknownName, EngineUnavailable."""
    if engine not in ENGINES:
        raise UnknownName("engine", engine, ENGINES)
    if engine == "polars":
        return InPolars()
    try:
        import duckdb  # noqa: F401
        import pyarrow  # type: ignore[import-untyped]  # noqa: F401
    except ModuleNotFoundError as error:
        raise EngineUnavailable(engine, str(error.name)) from error
    return _in_duckdb


class Deciders:
    """One `decider` for each thread. Raises UnknownName, EngineUnavailable."""

    def __init__(self, engine: str) -> None:
        self._engine, self._local = engine, threading.local()
        self._local.decide = decider(engine)

    def mine(self) -> Decide:
        """The decider of the thread that asks."""
        if not hasattr(self._local, "decide"):
            self._local.decide = decider(self._engine)
        decide: Decide = self._local.decide
        return decide


class InPolars:
    """Polars; the query of an expression is made once and run over the columns of each call."""

    def __init__(self) -> None:
        self._queries: dict[int, tuple[Any, pl.LazyFrame]] = {}
        self._frame = pl.DataFrame()

    def __call__(self, expression: Any, columns: Mapping[str, Any]) -> NDArray[np.int16]:
        """The places of the statuses."""
        self._frame = pl.DataFrame(columns)
        if id(expression) not in self._queries:
            self._queries[id(expression)] = expression, self._query(expression)
        _, query = self._queries[id(expression)]
        return query.collect()["answer"].fill_null(-1).to_numpy()

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
