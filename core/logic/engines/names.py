"""The engines by name. None of their libraries is imported before it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from citygoals.core.base.errors import CitygoalsError, UnknownName

if TYPE_CHECKING:
    import polars as pl
    from narwhals import Expr

Cells = Mapping[str, Any]
"""Columns of doubles by name, all of one length; NaN is absent."""
Compute = Callable[[Cells, "Expr"], "pl.Series"]
"""Computes an expression for every row of the columns; null is undefined."""

DEFAULT = "polars"
ROWS = "rows"
SPARK = "spark"
COMPUTING = (DEFAULT, "duckdb")
"""The engines that compute expressions in this process, each in the module `in_<name>`."""
LOCAL = (*COMPUTING, ROWS)
"""The engines that judge in this process; by rows, a rule runs once for each of them."""
ENGINES = (*LOCAL, SPARK)


class EngineUnavailable(CitygoalsError):  # noqa: N818
    """An engine that cannot run here, mostly for want of its library."""

    def __init__(
        self, name: str, library: str, *, problem: str | None = None, mend: str | None = None
    ) -> None:
        self.name, self.library = name, library
        problem = problem or f"needs {library!r}, which is not installed"
        mend = mend or f"pip install 'citygoals[{name}]', or choose another engine"
        super().__init__(f"engine {name!r} {problem}; {mend}")


def computing(name: str) -> Compute | None:
    """What computes expressions in one thread, None by rows.

    Raises UnknownName, EngineUnavailable.
    """
    if name not in LOCAL:
        raise UnknownName("engine", name, LOCAL)
    if name == ROWS:
        return None
    try:
        compute: Compute = import_module(f"citygoals.core.logic.engines.in_{name}").computing()
    except ModuleNotFoundError as error:
        raise EngineUnavailable(name, str(error.name)) from error
    return compute
