"""What keeps a rule from running by columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from citygoals.core.base.errors import CitygoalsError


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One place of a rule that has no columnar form, and why."""

    pointer: str
    operator: str
    reason: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: `{self.operator}`: {self.reason}"


class NotColumnar(CitygoalsError):  # noqa: N818
    """A rule that runs by rows only; `obstacles` says where and why."""

    def __init__(self, obstacles: Iterable[Obstacle]) -> None:
        self.obstacles: Sequence[Obstacle] = tuple(obstacles)
        super().__init__("; ".join(map(str, self.obstacles)))
