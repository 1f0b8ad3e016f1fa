"""Words under numbers: the tables that turn the integers of assessments back into words."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from citygoals.core.model import (
    NO_DATA,
    NOT_APPLICABLE,
    GoalId,
    ProfileId,
    Reason,
    StandKind,
    StatusId,
    Target,
)

Item = TypeVar("Item", bound=Hashable)


class Codes(Generic[Item]):
    """Items in the order in which they were first named; the place is the code."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._lock = Lock()
        self._codes: dict[Item, int] = {}
        for item in items:
            self.code(item)

    def code(self, item: Item) -> int:
        """The code of an item, a new one where it was not there; safe from several threads."""
        with self._lock:
            return self._codes.setdefault(item, len(self._codes))

    @property
    def items(self) -> list[Item]:
        """The items by their codes."""
        return list(self._codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a goal asks of an area in a year: its target, and how the profile stands to it."""

    target: Target | None
    stand: StandKind | None
    ambition: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The tables of one run. Statuses 0 and 1 are the engine's, reason 0 is `rule`."""

    areas: Sequence[str]
    goals: Codes[GoalId] = field(default_factory=Codes)
    profiles: Codes[ProfileId] = field(default_factory=Codes)
    sources: Codes[str] = field(default_factory=Codes)
    statuses: Codes[StatusId] = field(default_factory=lambda: Codes([NO_DATA, NOT_APPLICABLE]))
    reasons: Codes[Reason] = field(default_factory=lambda: Codes([Reason("rule")]))
    marks: Codes[tuple[str, ...]] = field(default_factory=lambda: Codes([()]))
    aims: list[Aim] = field(default_factory=list)

    def tables(self) -> Tables:
        """The tables as they are now, to read numbers with."""
        return Tables(
            areas=self.areas,
            goals=self.goals.items,
            profiles=self.profiles.items,
            sources=self.sources.items,
            statuses=self.statuses.items,
            reasons=self.reasons.items,
            marks=self.marks.items,
            aims=self.aims,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The words of a run by their codes."""

    areas: Sequence[str]
    goals: Sequence[GoalId]
    profiles: Sequence[ProfileId]
    sources: Sequence[str]
    statuses: Sequence[StatusId]
    reasons: Sequence[Reason]
    marks: Sequence[tuple[str, ...]]
    aims: Sequence[Aim]
