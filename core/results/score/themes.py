"""Scores of a stored run: goals by theme, weighed by priorities, with what they rest on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import (
    NO_DATA,
    NOT_APPLICABLE,
    Area,
    AreaId,
    Assessment,
    GoalId,
    Indicator,
    MappingKind,
)
from citygoals.core.forum.forum import Forum
from citygoals.core.results.score.frame import Frame
from citygoals.core.results.score.index import Index, Node

LEAST_COVERAGE = 0.5
"""The share of a profile's goals that an area needs a score on to be ranked."""

ESTIMATES = frozenset({"estimated", "imputed", "provisional", "forecast"})
_PROXY = MappingKind.PROXY.value
_UNDECIDED = (NO_DATA, NOT_APPLICABLE)
_SCHEMA = "https://schemas.citygoals.example/1/index.schema.json"


class NothingToScore(CitygoalsError):  # noqa: N818
    """A run without assessments under a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a score rests on.

    `age` and `oldest` are the mean and highest age of the figures in years, None without figures;
    `estimates` and `illustrative` the shares of the goals that count whose figure is an estimate or
    whose target is illustrative; `proxies` and `unscored` count the decided goals that do not
    count: for resting on a proxy, and for having no score on a scale.
    """

    counted: int
    age: float | None
    oldest: int | None
    estimates: float | None
    illustrative: float | None
    proxies: int
    unscored: int


def default_index(
    forum: Forum, profile_id: str, *, least_coverage: float = LEAST_COVERAGE
) -> dict[str, Any]:
    """The document of a profile's own index: its goals by theme, weighed by its priorities.

    The leaves are goal scores from 0 to 100. Themes are equal where the profile has no priorities.
    Raises UnknownName, InvalidDocuments.
    """
    profile = forum.profile(profile_id)
    by_theme: dict[str, list[GoalId]] = {}
    for standing in forum.goals_under(profile.id):
        by_theme.setdefault(standing.goal.theme, []).append(standing.goal.id)
    themes = [_theme(forum, theme, by_theme[theme]) for theme in forum.themes if theme in by_theme]
    weights = {"priorities": profile.id} if profile.priorities else "equal"
    return {
        "$schema": _SCHEMA,
        "id": f"{profile.id}-themes",
        "title": f"Goals by theme, {profile.title}",
        "rank": {"coverage": least_coverage},
        "levels": [{"title": "Index"}, {"title": "Theme"}, {"title": "Goal"}],
        "index": {"id": f"index:{profile.id}", "weights": weights, "children": themes},
    }


def _theme(forum: Forum, theme: str, goals: Sequence[GoalId]) -> dict[str, Any]:
    title = next(str(one.title) for one in forum.themes.values() if one.id == theme)
    children = [{"id": goal, "title": str(forum.goals[goal].title)} for goal in goals]
    return {"id": f"theme:{theme}", "theme": theme, "title": title, "children": children}


def priorities_of(forum: Forum) -> dict[str, dict[str, float]]:
    """The weights of themes of every profile that has priorities."""
    return {
        profile.id: {priority.theme: priority.weight for priority in profile.priorities}
        for profile in forum.profiles.values()
        if profile.priorities
    }


class Assessed:
    """The assessments of a run under one profile, as the rows of an index."""

    def __init__(
        self, forum: Forum, said: Iterable[Assessment], areas: Mapping[AreaId, Area]
    ) -> None:
        """Raises NothingToScore when `said` is empty."""
        self._forum, self._areas = forum, areas
        self._said = {(one.area, one.year, one.goal): one for one in said}
        self.rows = list(dict.fromkeys((area, year) for area, year, _ in self._said))
        if not self.rows:
            raise NothingToScore(
                "no assessments under this profile and level; evaluate with --profile first"
            )

    def frame(self, index: Index) -> Frame:
        """Goal scores by area and year, with country, level and population of the areas."""
        areas = [self._areas[area] for area, _ in self.rows]
        goals = [leaf.indicator for leaf in index.root.leaves()]
        population = [np.nan if a.population is None else a.population for a in areas]
        figures = {goal: np.array([self._score(*row, goal) for row in self.rows]) for goal in goals}
        return Frame(
            file="the run",
            areas=[area.id for area in areas],
            names=[str(area.name) for area in areas],
            years=[year for _, year in self.rows],
            figures={**figures, "population": np.array(population, dtype=np.float64)},
            words={
                "country": [area.country for area in areas],
                "level": [area.level.value for area in areas],
            },
            layout="run",
        )

    def _score(self, area: AreaId, year: int, goal: str) -> float:
        said = self._said.get((area, year, GoalId(goal)))
        return np.nan if said is None or not self._counts(said) else float(said.score or 0.0)

    def _counts(self, said: Assessment) -> bool:
        """Whether an assessment has a score that would be there, met or missed, and is no proxy."""
        return said.score is not None and _PROXY not in said.marks and self._on_scale(said)

    def _on_scale(self, said: Assessment) -> bool:
        indicator = self._forum.indicators[self._forum.goals[said.goal].indicators[0]]
        return said.baseline is not None or _has_start(indicator, is_range=said.target is None)

    def basis(self, node: Node, rows: Collection[tuple[AreaId, int]]) -> Basis:
        """What the score of a node rests on, over some rows together."""
        goals = [GoalId(leaf.indicator) for leaf in node.leaves()]
        found = [self._said.get((*row, goal)) for row in rows for goal in goals]
        said = [one for one in found if one is not None and one.status not in _UNDECIDED]
        counted = [one for one in said if self._counts(one)]
        ages = [one.age for one in counted if one.age is not None]
        proxies = sum(_PROXY in one.marks for one in said)
        return Basis(
            counted=len(counted),
            age=sum(ages) / len(ages) if ages else None,
            oldest=max(ages, default=None),
            estimates=_share(counted, ESTIMATES),
            illustrative=_share(counted, {"illustrative"}),
            proxies=proxies,
            unscored=len(said) - len(counted) - proxies,
        )


def _has_start(indicator: Indicator, *, is_range: bool) -> bool:
    """Whether a score can count from the indicator's own worst limits."""
    if is_range:
        return indicator.minimum is not None and indicator.maximum is not None
    return indicator.worst is not None


def _share(counted: Sequence[Assessment], marks: Collection[str]) -> float | None:
    if not counted:
        return None
    return sum(any(mark in marks for mark in one.marks) for one in counted) / len(counted)
