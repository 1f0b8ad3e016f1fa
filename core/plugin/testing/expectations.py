"""Assertions about assessments and profiles that say, line by line, what differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import isclose
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citygoals.core.base.model import Assessment
    from citygoals.core.forum.forum import Forum


def assert_assessment(assessment: Assessment, **expected: Any) -> None:
    """Compare fields of an assessment with what is expected; numbers to nine digits.

    `reason` is the code of the reason, `stand` the word. Raises AssertionError with each field
    that differs, and UnknownName for a field that no assessment has.
    """
    __tracebackhide__ = True
    lines = differences(assessment, expected)
    if lines:
        raise AssertionError("\n".join([_headline(assessment), *lines]))


def differences(assessment: Assessment, expected: Mapping[str, Any]) -> list[str]:
    """A line for each field that differs."""
    actual = _fields(assessment)
    for name in expected:
        if name not in actual:
            from citygoals.core.base.errors import UnknownName

            raise UnknownName("field of an assessment", name, actual)
    return [
        f"  {name}: expected {_shown(want)}, got {_shown(actual[name])}"
        for name, want in expected.items()
        if not _same(actual[name], want)
    ]


def assert_statuses(
    assessments: Iterable[Assessment], expected: Mapping[str, Mapping[str, str]]
) -> None:
    """Compare statuses by area and goal: `{"TH-bangkok": {"smart-meters": "met"}}`.

    Raises AssertionError with each cell that differs or was not assessed.
    """
    __tracebackhide__ = True
    judged: dict[tuple[str, str], Assessment] = {
        (assessment.area, assessment.goal): assessment for assessment in assessments
    }
    lines = []
    for area, statuses in expected.items():
        for goal, want in statuses.items():
            assessment = judged.get((area, goal))
            if assessment is None:
                lines.append(f"  {area} {goal}: expected {want!r}, not assessed")
            elif assessment.status != want:
                lines.append(f"  {area} {goal}: expected {want!r}, got {_told(assessment)}")
    if lines:
        total = sum(map(len, expected.values()))
        raise AssertionError("\n".join([f"{len(lines)} of {total} statuses differ:", *lines]))


def assert_sound(
    forum: Forum, profile: str, *, warnings: Collection[str] = (), year: int | None = None
) -> None:
    """Check a profile as `citygoals check` does: no error, and no warning but of these codes.

    Raises AssertionError with every other finding; `year` is today's where it is not given.
    """
    __tracebackhide__ = True
    from datetime import UTC, datetime

    from citygoals.core.forum.checks import check_profile

    today = datetime.now(UTC).year if year is None else year
    findings = check_profile(forum.profile(profile), forum, today)
    lines = [
        f"  {finding.severity}: {finding}"
        for finding in findings
        if finding.severity == "error" or finding.code not in warnings
    ]
    if lines:
        raise AssertionError("\n".join([f"{len(lines)} findings in profile {profile!r}:", *lines]))


def _fields(assessment: Assessment) -> dict[str, Any]:
    fields = {name: getattr(assessment, name) for name in type(assessment).__dataclass_fields__}
    return {**fields, "reason": assessment.reason.code, "marks": list(assessment.marks)}


def _same(actual: Any, want: Any) -> bool:
    if isinstance(want, (list, tuple)):
        return list(actual) == list(want)
    if isinstance(want, bool) or not isinstance(want, (int, float)):
        return bool(actual == want)
    return actual is not None and isclose(actual, want, rel_tol=1e-9, abs_tol=1e-12)


def _shown(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else repr(getattr(value, "value", value))


def _headline(assessment: Assessment) -> str:
    about = f"{assessment.goal} for {assessment.area} in {assessment.year}"
    return f"{about} under {assessment.profile} is {_told(assessment)}:"


def _told(assessment: Assessment) -> str:
    """The status with its reason in words."""
    from citygoals.core.base.reasons import sentence

    return f"{assessment.status!r} ({sentence(assessment.reason)})"
