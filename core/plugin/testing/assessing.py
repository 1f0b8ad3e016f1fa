"""Judges figures under a profile, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from citygoals.core.base.errors import UnknownName
from citygoals.core.base.model import (
    Area,
    AreaId,
    Assessment,
    Indicator,
    IndicatorId,
    Observation,
    ObservationStatus,
)
from citygoals.core.figures.formats import Format, ReadOptions, choose_format
from citygoals.core.figures.intake import Intake
from citygoals.core.forum.forum import Forum, StandingGoal
from citygoals.core.forum.profiles import Profile
from citygoals.core.judging.evaluate import evaluate
from citygoals.core.judging.explain import Explanation, explain
from citygoals.core.judging.observations import Listed
from citygoals.core.judging.request import Request
from citygoals.core.logic.engines import ROWS

Given = Mapping[int, float | None] | Iterable[Mapping[str, Any]]
"""Figures of the goal's first indicator by year, or observations as a table of cases has them."""


class Assess:
    """Judges a goal by figures: `assess("th-goal", {2024: 41.2}, year=2025).status`."""

    def __init__(self, forum: Forum, profile: Profile, formats: Mapping[str, Format]) -> None:
        self.forum, self.profile = forum, profile
        self._formats = formats

    def __call__(
        self, goal: str, given: Given, *, year: int, area: str | None = None
    ) -> Assessment:
        """The assessment of a goal that stands under the profile.

        `area` is the profile's first where it is not named. Raises UnknownName.
        """
        return self.explain(goal, given, year=year, area=area).assessment

    def explain(
        self, goal: str, given: Given, *, year: int, area: str | None = None
    ) -> Explanation:
        """The same with its reasons and the trace of the rule. Raises UnknownName."""
        standing, place = self._standing(goal), self._area(area)
        observations = [
            self._observation(figure, place, standing.goal.indicators[0])
            for figure in _listed(given)
        ]
        return explain(self.forum, Listed.of(observations), standing, place, year)

    def file(self, path: Path | str, *, year: int | None = None) -> list[Assessment]:
        """Every goal for every area that a file of observations has figures of.

        `year` is the latest of the file where it is not given. Raises AssertionError with every
        row that would be rejected, UnusableFile.
        """
        __tracebackhide__ = True
        path = Path(path)
        table = choose_format(self._formats, path, None).read(path, ReadOptions())
        taken = Intake(self.forum.indicators, self.forum.areas, self.forum.units).read(table)
        if taken.rejects:
            lines = [f"  {reject.file}:{reject.line}: {reject.message}" for reject in taken.rejects]
            raise AssertionError("\n".join([f"{len(lines)} rows are rejected:", *lines]))
        areas = dict.fromkeys(observation.area for observation in taken.observations)
        request = Request(
            profiles=(self.profile.id,), years=() if year is None else (year,), engine=ROWS
        )
        places = [self.forum.areas[area] for area in areas]
        return list(evaluate(self.forum, taken.observations, places, request))

    def _standing(self, goal: str) -> StandingGoal:
        known = {
            str(standing.goal.id): standing for standing in self.forum.goals_under(self.profile.id)
        }
        if goal not in known:
            raise UnknownName(f"goal under {self.profile.id!r}", goal, known)
        return known[goal]

    def _area(self, name: str | None) -> Area:
        own = [part.content["id"] for part in self.profile.parts["areas"]]
        wanted = name or (own[0] if own else next(iter(self.forum.areas)))
        if wanted not in self.forum.areas:
            raise UnknownName("area", wanted, self.forum.areas)
        return self.forum.areas[AreaId(wanted)]

    def _observation(
        self, figure: Mapping[str, Any], area: Area, first: IndicatorId
    ) -> Observation:
        indicator = self._indicator(figure.get("indicator", first))
        value = figure["value"]
        status = ObservationStatus(figure.get("status", "A" if value is not None else "M"))
        if value is not None and "unit" in figure:
            value = self.forum.units.convert(value, figure["unit"], indicator.unit or "")
        return Observation(
            area=area.id,
            indicator=indicator.id,
            year=figure["year"],
            value=value,
            status=status,
            source=figure.get("source", "case"),
            confidence=figure.get("confidence", "high"),
        )

    def _indicator(self, name: str) -> Indicator:
        if name not in self.forum.indicators:
            raise UnknownName("indicator", name, self.forum.indicators)
        return self.forum.indicators[IndicatorId(name)]


def _listed(given: Given) -> Iterator[Mapping[str, Any]]:
    if isinstance(given, Mapping):
        yield from ({"year": year, "value": value} for year, value in given.items())
    else:
        yield from given


def run_case(assess: Assess, case: Mapping[str, Any]) -> Sequence[str]:
    """What differs in a case of a table, with the reasons below; nothing where it holds."""
    from citygoals.core.plugin.testing.expectations import differences

    explanation = assess.explain(
        case["goal"], case["observations"], year=case["year"], area=case.get("area")
    )
    lines = differences(explanation.assessment, case["expect"])
    return [*lines, *(f"  because: {why}" for why in explanation.sentences)] if lines else []
