"""The engines by name. None of their libraries is imported before it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from citygoals.core.base.errors import CitygoalsError, UnknownName

if TYPE_CHECKING:
    from narwhals import Expr

Cells = Mapping[str, Sequence[float | None]]
"""Columns of doubles by name, all of one length."""
Engine = Callable[[Cells, "Expr"], Sequence[Any]]
"""Computes an expression for every row of the columns."""

ROWS = "rows"
DEFAULT = "polars"
ENGINES = (DEFAULT, "duckdb", ROWS)


class EngineUnavailable(CitygoalsError):  # noqa: N818
    """An engine that cannot run here, mostly for want of its library."""

    def __init__(
        self, name: str, library: str, *, problem: str | None = None, mend: str | None = None
    ) -> None:
        self.name, self.library = name, library
        problem = problem or f"needs {library!r}, which is not installed"
        mend = mend or f"pip install 'citygoals[{name}]', or choose another engine"
        super().__init__(f"engine {name!r} {problem}; {mend}")


def engine_named(name: str) -> Engine | None:
    """The engine, None for rows. Raises UnknownName and EngineUnavailable."""
    if name not in ENGINES:
        raise UnknownName("engine", name, ENGINES)
    if name == ROWS:
        return None
    try:
        compute: Engine = import_module(f"citygoals.core.logic.engines.in_{name}").compute
    except ModuleNotFoundError as error:
        raise EngineUnavailable(name, str(error.name)) from error
    return compute
