"""What a method of projection is: how the figures of the past become one of a later year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from citygoals.core.base.model import Observation
from citygoals.core.judging.select import Choice, Figures

Series = Sequence[tuple[int, float]]
"""Years and values, oldest first, each year once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A named way to project. `project` gives the value expected in a year, in the series' unit.

    It gives None where the series is too short, or nothing can be said.
    """

    id: str
    title: str
    project: Callable[[Series, int], float | None]


def comparable_series(figures: Figures, value: Observation, choice: Choice) -> Series:
    """The years and values that lead to a figure and may be compared with it, oldest first."""
    series: list[tuple[int, float]] = []
    at: Observation | None = value
    while at is not None and at.value is not None:
        series.append((at.year, at.value))
        at = figures.choosing(at, choice).previous
    return series[::-1]
