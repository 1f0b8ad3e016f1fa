"""Tables of cases as tests of pytest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.forum.documents.reading import read_items
from citygoals.core.plugin.testing.assessing import run_case
from citygoals.core.plugin.testing.plugin import assess_under, profile_of


class CaseDiffers(AssertionError):  # noqa: N818
    """A case whose assessment is not the one expected."""


class CasesFile(pytest.File):
    """A document of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """Its cases, each a test."""
        document = read_items(self.path, "cases")
        for index, case in enumerate(document.content["cases"]):
            yield CaseItem.from_parent(
                self,
                name=f"{index}-{case['title']}",
                case=case,
                profile=document.content.get("profile"),
                line=document.place(f"/cases/{index}").line or 1,
            )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> str:
        """What is wrong with the document, place by place."""
        if isinstance(excinfo.value, CitygoalsError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))


class CaseItem(pytest.Item):
    """One case of a table."""

    def __init__(
        self, *, case: Mapping[str, Any], profile: str | None, line: int, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.case, self.profile, self.line = case, profile, line

    def runtest(self) -> None:
        """Judge the figures and compare."""
        profile = profile_of(self.config, self.profile)
        lines: Sequence[str] = run_case(assess_under(self.config, profile), self.case)
        if lines:
            raise CaseDiffers("\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> str:
        """The case with what differs, without a traceback."""
        if isinstance(excinfo.value, (CaseDiffers, CitygoalsError, pytest.UsageError)):
            where = f"{self.path}:{self.line}: {self.case['title']}"
            return f"{where}\n{excinfo.value}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """The case's place and title."""
        return self.path, self.line - 1, self.case["title"]
