"""Assertions about assessments and profiles that say, line by line, what differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import isclose
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citygoals.core.base.model import Assessment
    from citygoals.core.forum.forum import Forum


def assert_assessment(said: Assessment, **expected: Any) -> None:
    """Compare fields of an assessment with what is expected; numbers to nine digits.

    `reason` is the code of the reason, `stand` the word. Raises AssertionError with each field
    that differs, and UnknownName for a field that no assessment has.
    """
    __tracebackhide__ = True
    found = differences(said, expected)
    if found:
        raise AssertionError("\n".join([_headline(said), *found]))


def differences(said: Assessment, expected: Mapping[str, Any]) -> list[str]:
    """A line for each field that differs."""
    actual = _fields(said)
    for name in expected:
        if name not in actual:
            from citygoals.core.base.errors import UnknownName

            raise UnknownName("field of an assessment", name, actual)
    return [
        f"  {name}: expected {_shown(want)}, got {_shown(actual[name])}"
        for name, want in expected.items()
        if not _same(actual[name], want)
    ]


def assert_statuses(said: Iterable[Assessment], expected: Mapping[str, Mapping[str, str]]) -> None:
    """Compare statuses by area and goal: `{"TH-bangkok": {"smart-meters": "met"}}`.

    Raises AssertionError with each cell that differs or was not assessed.
    """
    __tracebackhide__ = True
    found: dict[tuple[str, str], Assessment] = {(one.area, one.goal): one for one in said}
    lines = []
    for area, statuses in expected.items():
        for goal, want in statuses.items():
            one = found.get((area, goal))
            if one is None:
                lines.append(f"  {area} {goal}: expected {want!r}, not assessed")
            elif one.status != want:
                lines.append(f"  {area} {goal}: expected {want!r}, got {_told(one)}")
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
        f"  {one.severity}: {one}"
        for one in findings
        if one.severity == "error" or one.code not in warnings
    ]
    if lines:
        raise AssertionError("\n".join([f"{len(lines)} findings in profile {profile!r}:", *lines]))


def _fields(said: Assessment) -> dict[str, Any]:
    fields = {name: getattr(said, name) for name in type(said).__dataclass_fields__}
    return {**fields, "reason": said.reason.code, "marks": list(said.marks)}


def _same(actual: Any, want: Any) -> bool:
    if isinstance(want, (list, tuple)):
        return list(actual) == list(want)
    if isinstance(want, bool) or not isinstance(want, (int, float)):
        return bool(actual == want)
    return actual is not None and isclose(actual, want, rel_tol=1e-9, abs_tol=1e-12)


def _shown(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else repr(getattr(value, "value", value))


def _headline(said: Assessment) -> str:
    return f"{said.goal} for {said.area} in {said.year} under {said.profile} is {_told(said)}:"


def _told(said: Assessment) -> str:
    """The status with its reason in words."""
    from citygoals.core.base.reasons import sentence

    return f"{said.status!r} ({sentence(said.reason)})"
