"""Projections in words: the pace needed, the pace so far, and where that pace leads."""

from __future__ import annotations

from collections.abc import Iterator

from citygoals.core.base.model import Assessment
from citygoals.core.judging.trends import REASONS, Answer, Course, Projection, Why, project


def course_of(assessment: Assessment, direction: int) -> Course | None:
    """The course of an assessed figure; it starts at the baseline, else at the figure before."""
    if assessment.value is None or assessment.value_year is None:
        return None
    start, start_year = assessment.baseline, assessment.baseline_year
    if start is None or start_year is None or start_year >= assessment.value_year:
        start, start_year = assessment.previous, assessment.previous_year
    overdue = assessment.target_year is not None and assessment.year > assessment.target_year
    return Course(
        value=assessment.value,
        year=assessment.value_year,
        direction=direction,
        start=start,
        start_year=start_year,
        target=assessment.target,
        target_year=None if overdue else assessment.target_year,
    )


def outlook(course: Course, unit: str) -> Iterator[str]:
    """The sentences on a course: linear first, then compound; or why it cannot be said."""
    linear, compound = project(course)
    points = "points" if unit == "%" else unit
    yield from _both("needed from now on: ", linear.needed, compound.needed, points)
    since = f" since {course.start_year}"
    yield from _both("got: ", linear.pace, compound.pace, points, since)
    if course.met or course.target is None or course.target_year is None:
        return
    if linear.pace.figure is None:
        yield f"no projection: {_why(linear.pace)}"
        return
    yield from _expected(course, linear, compound, unit)
    yield f"at that pace {_reached(linear, compound)}"
    if compound.pace.figure is None:
        yield f"no compound trend: {_why(compound.pace)}"


def _both(
    label: str, linear: Answer, compound: Answer, unit: str, since: str = ""
) -> Iterator[str]:
    """A year's change in the unit, and as a share where there is one."""
    if linear.figure is None:
        return
    share = "" if compound.figure is None else f", or {_short(100 * compound.figure)} % compound"
    yield f"{label}{_short(linear.figure)} {unit}".rstrip() + f" a year{since}{share}"


def _expected(course: Course, linear: Projection, compound: Projection, unit: str) -> Iterator[str]:
    if linear.expected.figure is None:
        return
    text = f"at that pace: {_short(linear.expected.figure)} {unit}".rstrip()
    other = compound.expected.figure
    share = "" if other is None else f", or {_short(other)} {unit}".rstrip() + " compound"
    yield f"{text} in {course.target_year}{share}"


def _reached(linear: Projection, compound: Projection) -> str:
    years = [answer.figure for answer in (linear.reached, compound.reached)]
    first, second = (None if year is None else int(year) for year in years)
    if first is None:
        return f"the target is not met: {_why(linear.reached)}"
    if second is None and compound.pace.figure is not None:
        return f"the target is met in {first}; compound not: {_why(compound.reached)}"
    return f"the target is met in {first}" + ("" if second is None else f", or {second} compound")


def _why(answer: Answer) -> str:
    return REASONS[answer.why or Why.TOO_FAR]


def _short(figure: float) -> str:
    """Six digits at most, without noise."""
    return f"{float(f'{figure:.6g}'):.10g}"
