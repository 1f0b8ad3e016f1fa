"""Compares what two releases said, without what differs from run to run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from pathlib import Path

from releases import Job, Said

SHORT = 12
"""Lines of a difference that are printed."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Where two releases differ: the forum, the command, what of it, and the lines that changed."""

    forum: str
    job: Job
    part: str
    lines: Sequence[str]

    @property
    def changed(self) -> list[str]:
        """The lines that only one of them has, without their sign."""
        return [line[1:] for line in self.lines[2:] if line[0] in "+-"]

    def allowed(self, allowed: Sequence[tuple[str, str]]) -> bool:
        """Whether every changed line is on the list for this command."""
        patterns = [re.compile(pattern) for command, pattern in allowed if command == self.job[0]]
        return all(any(one.fullmatch(line) for one in patterns) for line in self.changed)

    def __str__(self) -> str:
        shown = [line[:300] for line in self.lines[2 : 2 + SHORT]]
        more = (
            [f"… {len(self.lines) - 2 - SHORT} more lines"] if len(self.lines) > SHORT + 2 else []
        )
        head = f"{self.forum}: {self.part} of citygoals {' '.join(self.job)}"
        return "\n".join([head, *(f"    {line}" for line in (*shown, *more))])


class Normaliser:
    """Takes out folders, moments of this run and versions; numbers are compared as numbers.

    Of an undefined result the code is compared: how much else is said of it has changed on purpose.
    """

    def __init__(self, work: Path) -> None:
        today = datetime.now(UTC).date()
        days = "|".join(str(today + timedelta(days=n)) for n in (-1, 0, 1))
        compact = days.replace("-", "")
        self._rules = [
            (re.compile(rf"{re.escape(str(work))}/(old|new)"), "WORK"),
            (re.compile(rf"({days})[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00|Z)?"), "NOW"),
            (re.compile(rf"(run|import)-({days}|{compact})[-T\w.]*"), r"\1-NOW"),
            (re.compile(r'("(?:seconds|duration)": )[\d.e-]+'), r"\1SECONDS"),
            (re.compile(r'("citygoals_version": )"[^"]*"'), r'\1"VERSION"'),
            (re.compile(r"(?<![\w.-])-0\.0(?![\d.])"), "0"),
            (re.compile(r"(?<![\w.])(-?\d+)\.0(?![\d.])"), r"\1"),
            (re.compile(r"(?<=,)\"(the result of `[^\"]*)\"(?=,)"), r"\1"),
            (re.compile(r"the result of `[^`]*` over [^\"]*? at \S* is"), "the result is"),
        ]

    def __call__(self, text: str) -> str:
        for pattern, word in self._rules:
            text = pattern.sub(word, text)
        return text


def differences(
    forum: str, jobs: Sequence[Job], old: Sequence[Said], new: Sequence[Said], plain: Normaliser
) -> Iterator[Difference]:
    """Everything in which two releases differ, by job; `message` is what stderr says."""
    for job, before, after in zip(jobs, old, new, strict=True):
        parts = (
            ("exit code", str(before.code), str(after.code)),
            ("output", before.out, after.out),
            ("message", before.err, after.err),
        )
        for part, first, second in parts:
            if first != second and (lines := diff(plain(first), plain(second))):
                yield Difference(forum=forum, job=job, part=part, lines=lines)


def diff(first: str, second: str) -> list[str]:
    """The unified difference, without context; empty where they are equal."""
    if first == second:
        return []
    return list(unified_diff(first.splitlines(), second.splitlines(), "old", "new", "", "", 0, ""))
