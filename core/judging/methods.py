"""What a method of projection is: how the figures of the past become one of a later year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
