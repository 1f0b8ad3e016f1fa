"""The words of citygoals as frozen data: indicators, areas, observations, goals, assessments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NewType

AreaId = NewType("AreaId", str)
GoalId = NewType("GoalId", str)
IndicatorId = NewType("IndicatorId", str)
ProfileId = NewType("ProfileId", str)
RuleId = NewType("RuleId", str)
StatusId = NewType("StatusId", str)
ThemeId = NewType("ThemeId", str)
UnitId = NewType("UnitId", str)

Confidence = Literal["high", "medium", "low"]
Scalar = str | float | bool | None


class EngineStatus(StrEnum):
    """What the engine says where no rule decides; every other status is of a scale."""

    NO_DATA = "no-data"
    NOT_APPLICABLE = "not-applicable"


NO_DATA = StatusId(EngineStatus.NO_DATA.value)
NOT_APPLICABLE = StatusId(EngineStatus.NOT_APPLICABLE.value)


def is_decided(status: str) -> bool:
    """Whether a status was given by a rule rather than by the engine."""
    return status not in tuple(EngineStatus)


class Direction(StrEnum):
    """Which way an indicator should move."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"

    @property
    def sign(self) -> int:
        """1 for higher, -1 for lower, 0 for none."""
        return {"higher": 1, "lower": -1}.get(self.value, 0)


class Level(StrEnum):
    """What kind of area is assessed."""

    COUNTRY = "country"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class Text:
    """A text by language; English (`en`) is always there."""

    by_language: Mapping[str, str]

    def __str__(self) -> str:
        return self.by_language["en"]

    def in_language(self, language: str) -> str:
        """The text in `language`, else in it without its region, else in English.

        >>> Text({"en": "Korea", "ko": "대한민국"}).in_language("ko-KR")
        '대한민국'
        """
        codes = (language, language.partition("-")[0], "en")
        return next(self.by_language[code] for code in codes if code in self.by_language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who says so: a title and where to find it."""

    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A section of ISO 37120/37122, such as energy or safety."""

    id: ThemeId
    title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a standard defines an indicator; confidence is said for title and code apart."""

    standard: str
    code: str
    level: str | None = None
    title: str | None = None
    title_confidence: Confidence = "high"
    code_confidence: Confidence = "high"
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A measurable quantity. `unit` is None where it is not known; limits are in the unit."""

    id: IndicatorId
    title: Text
    theme: ThemeId
    unit: UnitId | None
    direction: Direction
    minimum: float | None = None
    maximum: float | None = None
    numerator: str | None = None
    denominator: str | None = None
    definition: Text | None = None
    references: tuple[Reference, ...] = ()
    note: str | None = None

    @property
    def worst(self) -> float | None:
        """The natural limit on the bad side, from which a score without a baseline counts."""
        return {"higher": self.minimum, "lower": self.maximum}.get(self.direction.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A city or a country that is assessed; `country` is ISO 3166-1 alpha-2."""

    id: AreaId
    name: Text
    level: Level
    country: str
    population: float | None = None
    latitude: float | None = None
    longitude: float | None = None


class ObservationStatus(StrEnum):
    """SDMX observation status (code list CL_OBS_STATUS), the codes that citygoals tells apart."""

    NORMAL = "A"
    BREAK = "B"
    ESTIMATED = "E"
    FORECAST = "F"
    IMPUTED = "I"
    PROVISIONAL = "P"
    MISSING = "M"
    MISSING_EXISTS = "L"
    MISSING_DATA = "O"
    SUPPRESSED = "Q"

    @property
    def is_missing(self) -> bool:
        """Whether the status says that there is no figure."""
        return self.value in "MOLQ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was measured: value in the indicator's unit, None when reported as missing.

    `released` orders two sources (an import's number: later is newer); `via` names the mapping
    when the figure was reported for another indicator.
    """

    area: AreaId
    indicator: IndicatorId
    year: int
    value: float | None
    status: ObservationStatus = ObservationStatus.NORMAL
    source: str
    confidence: Confidence = "high"
    released: int = 0
    note: str | None = None
    via: IndicatorMapping | None = None


class MappingKind(StrEnum):
    """How a national indicator stands for a common one; a proxy never counts in a rank."""

    EQUAL = "equal"
    CONVERTED = "converted"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorMapping:
    """A national indicator that may stand for a common one; common value = value x factor.

    Without a factor the units of the two say it.
    """

    indicator: IndicatorId
    common: IndicatorId
    kind: MappingKind
    factor: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A value or range to reach by a year, for named areas, a level, or the whole profile."""

    areas: tuple[AreaId, ...] = ()
    level: Level | None = None
    year: int | None = None
    value: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    baseline: float | None = None
    baseline_year: int | None = None
    source: Source | None = None
    confidence: Confidence = "high"
    illustrative: bool = False
    reason: str | None = None

    @property
    def is_range(self) -> bool:
        """Whether the target is met inside bounds rather than beyond one value."""
        return self.value is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Variables given and the status or number expected: an example that is a test."""

    given: Mapping[str, Scalar | tuple[float, ...]]
    expect: str | float
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What an area should reach. Scope is the profile that owns it: common or one country's."""

    id: GoalId
    profile: ProfileId
    title: Text
    theme: ThemeId
    indicators: tuple[IndicatorId, ...]
    rule: RuleId
    targets: tuple[Target, ...] = ()
    reason: str | None = None
    max_age: int | None = None
    forecasts_count: bool = False
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One word of a scale; rank orders them, a higher rank is better."""

    id: StatusId
    label: Text
    colour: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The ordered statuses that a rule may return."""

    id: str
    statuses: tuple[Status, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """A theme's weight in a profile, with its reason."""

    theme: ThemeId
    weight: float
    reason: str


class StandKind(StrEnum):
    """What a national profile says to a common goal; undecided is never inherited in silence."""

    ADOPTED = "adopted"
    ADAPTED = "adapted"
    DECLINED = "declined"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A national profile's answer to one common goal."""

    goal: GoalId
    kind: StandKind
    targets: tuple[Target, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The state of the extended profile that the stands were taken on."""

    profile: ProfileId
    version: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One tier of a rating and the least number of indicators for it."""

    id: str
    label: Text
    colour: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingReading:
    """One reading of a rating's text: what is counted, out of which set, how sure that is."""

    counts: Literal["reported", "met"]
    set: Literal["any", "listed"]
    confidence: Confidence
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """Tiers by a count of a standard's indicators, under each reading that the source allows."""

    id: str
    title: Text
    standard: str
    tiers: tuple[Tier, ...]
    readings: tuple[RatingReading, ...]
    indicators: tuple[IndicatorId, ...] = ()
    listed: tuple[IndicatorId, ...] = ()
    conditions: tuple[str, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """A country's own numbers for the indicators of a standard."""

    standard: str
    numbers: Mapping[IndicatorId, str]
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a status is what it is: a code with arguments; sentences are made when it is read."""

    code: str
    args: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One goal, one area, one year, under one profile.

    value, target, gap and baseline are in the goal's unit, score is 0 to 100; each is None where
    it cannot be said. `ambition` is how an adapted target stands to the common one; `marks` are
    the things every output must say: estimated, illustrative, proxy…
    """

    profile: ProfileId
    area: AreaId
    goal: GoalId
    year: int
    status: StatusId
    reason: Reason
    stand: StandKind | None = None
    ambition: str | None = None
    value: float | None = None
    value_year: int | None = None
    baseline: float | None = None
    baseline_year: int | None = None
    previous: float | None = None
    previous_year: int | None = None
    target: float | None = None
    target_min: float | None = None
    target_max: float | None = None
    target_year: int | None = None
    met: bool | None = None
    gap: float | None = None
    score: float | None = None
    source: str | None = None
    marks: tuple[str, ...] = field(default=())

    @property
    def age(self) -> int | None:
        """Years between the figure and the year it is judged for."""
        return None if self.value_year is None else self.year - self.value_year
