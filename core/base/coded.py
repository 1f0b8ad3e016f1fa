"""Words under numbers: those of observations, and those of the assessments of a run."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Generic, TypeVar, get_args

from citygoals.core.base.model import (
    Confidence,
    EngineStatus,
    GoalId,
    ObservationStatus,
    ProfileId,
    Reason,
    StandKind,
    StatusId,
    Target,
)

Item = TypeVar("Item", bound=Hashable)

_STATUS = ObservationStatus
STATUS_ORDER = (
    *(_STATUS.NORMAL, _STATUS.ESTIMATED, _STATUS.IMPUTED, _STATUS.PROVISIONAL, _STATUS.FORECAST),
    *(_STATUS.BREAK, _STATUS.MISSING, _STATUS.MISSING_EXISTS),
    *(_STATUS.MISSING_DATA, _STATUS.SUPPRESSED),
)
"""A status is its place here and 1; 0 is no observation. Marks are 2 to 5, missing from 7 on."""
STATUS_CODES: Mapping[str, int] = {s.value: code for code, s in enumerate(STATUS_ORDER, 1)}
STATUS_LETTERS = tuple(STATUS_CODES)
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
"""A confidence is its place here, the highest first."""
CONFIDENCE_CODES: Mapping[str, int] = {word: code for code, word in enumerate(CONFIDENCES)}

ENGINE_STATUSES = tuple(StatusId(status.value) for status in EngineStatus)
"""The first codes of statuses in every run."""

FIGURES = ("value", "baseline", "previous", "gap", "score")
"""Fields of an assessment that are figures of its own."""
YEARS = ("value_year", "baseline_year", "previous_year")
"""The years of these figures."""


class Codes(Generic[Item]):
    """Items in the order in which they were first named; the place is the code.

    Where several processes name items, each gets the codes of new ones from a range of its own.
    """

    def __init__(self, items: Iterable[Item] = (), *, ahead: int = 0) -> None:
        self._lock = Lock()
        self._codes = {item: code for code, item in enumerate(dict.fromkeys(items))}
        self._known, self._ahead = len(self._codes), ahead
        self._elsewhere: dict[int, Item] = {}

    def __reduce__(self) -> tuple[type[Codes[Item]], tuple[list[Item]]]:
        return Codes, (self.items,)

    def code(self, item: Item) -> int:
        """The code of an item, a new one where it was not there; safe from several threads."""
        with self._lock:
            return self._codes.setdefault(item, len(self._codes) + self._ahead)

    def apart(self, ahead: int) -> Codes[Item]:
        """The items that are here, for another process: codes of new ones are that far ahead."""
        return Codes(self._codes, ahead=ahead)

    def take(self, named: Mapping[int, Item]) -> None:
        """Items that another process named, by the codes that it gave them."""
        self._elsewhere.update(named)

    @property
    def items(self) -> list[Item]:
        """The items that were named here, by their codes."""
        return list(self._codes)

    @property
    def new(self) -> Mapping[int, Item]:
        """The items that were not there at the start, by code."""
        return {code: item for item, code in self._codes.items() if code >= self._known}

    @property
    def by_code(self) -> Mapping[int, Item]:
        """All items by code."""
        return {code: item for item, code in self._codes.items()} | self._elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a goal asks of an area in a year: its target, and how the profile stands to it."""

    target: Target | None
    stand: StandKind | None
    ambition: str | None

    @classmethod
    def of(
        cls,
        stand: str | None,
        ambition: str | None,
        value: float | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        year: int | None = None,
    ) -> Aim:
        """From what is stored of it; without any figure there is no target."""
        target = None
        if (value, minimum, maximum, year) != (None,) * 4:
            target = Target(value=value, minimum=minimum, maximum=maximum, year=year)
        return cls(
            target=target,
            stand=None if stand is None else StandKind(stand),
            ambition=ambition,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The tables of one run. Statuses 0 and 1 are the engine's, reason 0 is `rule`."""

    areas: Sequence[str]
    goals: Codes[GoalId] = field(default_factory=Codes)
    profiles: Codes[ProfileId] = field(default_factory=Codes)
    sources: Codes[str] = field(default_factory=Codes)
    statuses: Codes[StatusId] = field(default_factory=lambda: Codes(ENGINE_STATUSES))
    reasons: Codes[Reason] = field(default_factory=lambda: Codes([Reason("rule")]))
    marks: Codes[tuple[str, ...]] = field(default_factory=lambda: Codes([()]))
    aims: list[Aim] = field(default_factory=list)

    def apart(self, ahead: int) -> Words:
        """For another process: codes of new reasons and marks are that far ahead."""
        return replace(self, reasons=self.reasons.apart(ahead), marks=self.marks.apart(ahead))

    def tables(self) -> Tables:
        """The tables as they are now, to read numbers with."""
        return Tables(
            areas=self.areas,
            goals=self.goals.items,
            profiles=self.profiles.items,
            sources=self.sources.items,
            statuses=self.statuses.items,
            reasons=self.reasons.by_code,
            marks=self.marks.by_code,
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
    reasons: Mapping[int, Reason]
    marks: Mapping[int, tuple[str, ...]]
    aims: Sequence[Aim]
