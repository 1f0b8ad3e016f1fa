"""Asks the methods of plugins where a series leads, each guarded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from citygoals.core.base.guard import Guarded
from citygoals.core.forum.profiles import Origin
from citygoals.core.judging.methods import Series
from citygoals.core.plugin.failures import PluginFailed, UnusablePlugin
from citygoals.core.plugin.manager import Plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one method expects of a year, in the series' unit; None where it cannot say."""

    origin: Origin
    method: str
    title: str
    year: int
    value: float | None


def expected(plugins: Plugins, series: Series, year: int) -> Iterator[Expected]:
    """What each method expects. Raises PluginFailed for one that raises or gives no number."""
    for plugin in plugins.loaded:
        for method in plugin.contributions.methods.values():
            answer: Any = None
            with Guarded() as caught:
                answer = method.project(series, year)
                if answer is not None and not _is_number(answer):
                    raise UnusablePlugin(f"gave {answer!r}, not a finite number or None")
            if caught.error is not None:
                raise PluginFailed(plugin.origin, f"method {method.id}", caught.error)
            yield Expected(
                origin=plugin.origin,
                method=method.id,
                title=method.title,
                year=year,
                value=None if answer is None else float(answer),
            )


def _is_number(answer: Any) -> bool:
    return isinstance(answer, (int, float)) and isfinite(answer)
