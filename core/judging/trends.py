"""Where an indicator is going at today's pace, by linear and by compound trend.

Today's pace is the change a year between a start (the baseline, else the figure before) and the
value: in the unit by linear trend, as a share of the value by compound trend.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, isfinite, log, log1p

from citygoals.core.judging.methods import Series

LAST_YEAR = 9999
_ROUNDING = 1e-9
"""Years by which a target may be missed through rounding and still be met in that year."""


class Trend(StrEnum):
    """Whether a year adds the same amount, or the same share."""

    LINEAR = "linear"
    COMPOUND = "compound"


class Why(StrEnum):
    """Why a figure of a projection cannot be said."""

    NO_START = "no-start"
    NO_INTERVAL = "no-interval"
    NO_TARGET = "no-target"
    NO_TARGET_YEAR = "no-target-year"
    NO_DIRECTION = "no-direction"
    ZERO = "zero"
    SIGN_CHANGE = "sign-change"
    MET = "met"
    PAST = "past"
    STANDING_STILL = "standing-still"
    MOVING_AWAY = "moving-away"
    TOO_FAR = "too-far"


REASONS = {
    Why.NO_START: "there is neither a baseline nor an earlier figure",
    Why.NO_INTERVAL: "the start is not before the figure's year",
    Why.NO_TARGET: "there is no target",
    Why.NO_TARGET_YEAR: "the target has no year",
    Why.NO_DIRECTION: "the indicator has no direction",
    Why.ZERO: "nothing grows by shares from 0, or to 0",
    Why.SIGN_CHANGE: "shares lead to no figure of the other sign",
    Why.MET: "the target is met",
    Why.PAST: "the target's year is not ahead",
    Why.STANDING_STILL: "the figure stands still",
    Why.MOVING_AWAY: "the figure moves away from the target",
    Why.TOO_FAR: f"it would take beyond the year {LAST_YEAR}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A figure with where it came from and where it should go; direction is 1, -1 or 0."""

    value: float
    year: int
    direction: int
    start: float | None = None
    start_year: int | None = None
    target: float | None = None
    target_year: int | None = None

    @property
    def met(self) -> bool:
        """Whether the value is at the target or beyond it."""
        return self.target is not None and self.direction * (self.value - self.target) >= 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A figure, or why there is none."""

    figure: float | None
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What one trend says.

    `pace` and `needed` are a year's change, in the unit or as a share; `expected` is the value in
    the target's year; `reached` the first calendar year in which the target is met.
    """

    trend: Trend
    pace: Answer
    needed: Answer
    expected: Answer
    reached: Answer


def project(course: Course) -> tuple[Projection, Projection]:
    """The linear and the compound projection of a course."""
    return _projection(course, Trend.LINEAR), _projection(course, Trend.COMPOUND)


def _projection(course: Course, trend: Trend) -> Projection:
    pace = _pace(course, trend)
    return Projection(
        trend=trend,
        pace=pace,
        needed=_needed(course, trend),
        expected=_expected(course, trend, pace),
        reached=_reached(course, trend, pace),
    )


def linear(series: Series, year: int) -> float | None:
    """The value in `year` on the straight line through the first and the last of a series."""
    return _extrapolated(series, year, Trend.LINEAR)


def compound(series: Series, year: int) -> float | None:
    """The value in `year` if the yearly share between the first and the last goes on.

    None where one of them is 0 or they differ in sign.
    """
    return _extrapolated(series, year, Trend.COMPOUND)


def _extrapolated(series: Series, year: int, trend: Trend) -> float | None:
    if len(series) < 2:
        return None
    (first, start), (last, value) = series[0], series[-1]
    answer = _change(start, value, last - first, trend)
    return None if answer.figure is None else _after(value, answer.figure, year - last, trend)


def _change(start: float, end: float, years: int, trend: Trend) -> Answer:
    """A year's change from `start` to `end` over so many years."""
    if years <= 0:
        return Answer(None, Why.NO_INTERVAL)
    if trend is Trend.LINEAR:
        return _finite((end - start) / years)
    if start == 0 or end == 0:
        return Answer(None, Why.ZERO)
    if (start < 0) != (end < 0):
        return Answer(None, Why.SIGN_CHANGE)
    return _finite((end / start) ** (1 / years) - 1)


def _after(value: float, pace: float, years: int, trend: Trend) -> float | None:
    """The value after so many years of that pace."""
    try:
        moved = value + pace * years if trend is Trend.LINEAR else value * (1 + pace) ** years
    except OverflowError:
        return None
    return moved if isfinite(moved) else None


def _finite(figure: float) -> Answer:
    return Answer(figure) if isfinite(figure) else Answer(None, Why.TOO_FAR)


def _pace(course: Course, trend: Trend) -> Answer:
    if course.start is None or course.start_year is None:
        return Answer(None, Why.NO_START)
    return _change(course.start, course.value, course.year - course.start_year, trend)


def _lacking(course: Course) -> Why | None:
    """What a target must have before anything can be said of it."""
    if course.target is None:
        return Why.NO_TARGET
    return Why.NO_DIRECTION if course.direction == 0 else None


def _ahead(course: Course) -> Why | None:
    """Why the target's year cannot be looked forward to."""
    if course.target_year is None:
        return Why.NO_TARGET_YEAR
    return Why.PAST if course.target_year <= course.year else None


def _needed(course: Course, trend: Trend) -> Answer:
    why = _lacking(course) or (Why.MET if course.met else None) or _ahead(course)
    if why or course.target is None or course.target_year is None:
        return Answer(None, why)
    return _change(course.value, course.target, course.target_year - course.year, trend)


def _expected(course: Course, trend: Trend, pace: Answer) -> Answer:
    why = _ahead(course)
    if why or course.target_year is None:
        return Answer(None, why)
    if pace.figure is None:
        return pace
    moved = _after(course.value, pace.figure, course.target_year - course.year, trend)
    return Answer(moved, Why.TOO_FAR if moved is None else None)


def _reached(course: Course, trend: Trend, pace: Answer) -> Answer:
    why = _lacking(course)
    if why or course.target is None:
        return Answer(None, why)
    if course.met:
        return Answer(float(course.year), Why.MET)
    if pace.figure is None or course.start is None:
        return pace
    if course.value == course.start:
        return Answer(None, Why.STANDING_STILL)
    if course.direction * (course.value - course.start) < 0:
        return Answer(None, Why.MOVING_AWAY)
    years = _years(course.value, course.target, pace.figure, trend)
    if years.figure is None:
        return years
    whole = course.year + max(ceil(years.figure - _ROUNDING), 1)
    return Answer(float(whole)) if whole <= LAST_YEAR else Answer(None, Why.TOO_FAR)


def _years(value: float, target: float, pace: float, trend: Trend) -> Answer:
    """The years from a value to a target that it moves towards."""
    if trend is Trend.COMPOUND and target == 0:
        return Answer(None, Why.ZERO)
    if trend is Trend.COMPOUND and (value < 0) != (target < 0):
        return Answer(None, Why.SIGN_CHANGE)
    if pace == 0 or (pace <= -1 and trend is Trend.COMPOUND):
        return Answer(None, Why.TOO_FAR)
    if trend is Trend.LINEAR:
        years = (target - value) / pace
    else:
        years = (log(abs(target)) - log(abs(value))) / log1p(pace)
    return _finite(years) if years < LAST_YEAR else Answer(None, Why.TOO_FAR)
