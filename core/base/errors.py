"""One tree of errors. Each carries the thing, the place and the mend as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: a file, a line and column counted from 1, a JSON Pointer."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    pointer: str | None = None

    def __str__(self) -> str:
        spot = ":".join(
            str(part) for part in (self.file, self.line, self.column) if part is not None
        )
        return " ".join(part for part in (spot, self.pointer) if part)

    def within(self, pointer: str) -> Place:
        """The place `pointer` further down, in the same file; line and column are not known."""
        return Place(file=self.file, pointer=(self.pointer or "") + pointer)


class Severity(StrEnum):
    """Whether a finding stops the work (`error`) or is only said (`warning`)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of a document or rule: a stable code, what is wrong, where, and how to mend it."""

    code: str
    message: str
    at: Place = Place()
    mend: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.at}: " if str(self.at) else ""
        mend = f"; {self.mend}" if self.mend else ""
        return f"{where}{self.message}{mend} [{self.code}]"

    def as_dict(self) -> dict[str, Any]:
        """The finding as flat JSON, for `--format json`."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "file": self.at.file,
            "line": self.at.line,
            "column": self.at.column,
            "pointer": self.at.pointer,
            "message": self.message,
            "mend": self.mend,
        }


class CitygoalsError(Exception):
    """The root of every error that citygoals raises on purpose."""


class InvalidDocuments(CitygoalsError):  # noqa: N818
    """Documents or rules that cannot be used; `findings` holds every fault at once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: Sequence[Finding] = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class UnknownName(CitygoalsError):  # noqa: N818
    """A name that nothing carries; says the nearest one that something does, else the `mend`."""

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str],
        at: Place | None = None,
        *,
        mend: str = "",
    ) -> None:
        self.kind, self.name, self.at = kind, name, at or Place()
        self.known = tuple(sorted(known))
        where = f"{self.at}: " if str(self.at) else ""
        say = suggestion(name, self.known) or (mend and f"; {mend}")
        super().__init__(f"{where}unknown {kind} {name!r}{say}")


class UnusableFile(CitygoalsError):  # noqa: N818
    """A file that cannot be read or written: missing, a folder, wrong encoding, too large."""

    def __init__(self, path: object, problem: str, mend: str = "") -> None:
        self.path, self.problem, self.mend = str(path), problem, mend
        super().__init__(f"{path}: {problem}" + (f"; {mend}" if mend else ""))


class UnusableDatabase(UnusableFile):
    """A database that is none, was made by a newer citygoals, or cannot be written."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that reads most like `name`, or None when none is near."""
    from difflib import get_close_matches

    matches = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def suggestion(name: str, known: Sequence[str]) -> str:
    """`; did you mean 'x'?`, or the known names where they are few, or nothing."""
    near = closest(name, known)
    if near is not None:
        return f"; did you mean {near!r}?"
    if 0 < len(known) <= 12:
        return f"; known: {', '.join(known)}"
    return ""
