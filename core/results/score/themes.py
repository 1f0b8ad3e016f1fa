"""A profile's own index: its goals by theme, weighed by its priorities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from citygoals.core.base.model import GoalId
from citygoals.core.forum.forum import Forum

LEAST_COVERAGE = 0.5
"""The share of a profile's goals that an area needs a score on to be ranked."""

_SCHEMA = "https://schemas.citygoals.example/1/index.schema.json"


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
    title = next(str(named.title) for named in forum.themes.values() if named.id == theme)
    children = [{"id": goal, "title": str(forum.goals[goal].title)} for goal in goals]
    return {"id": f"theme:{theme}", "theme": theme, "title": title, "children": children}


def priorities_of(forum: Forum) -> dict[str, dict[str, float]]:
    """The weights of themes of every profile that has priorities."""
    return {
        profile.id: {priority.theme: priority.weight for priority in profile.priorities}
        for profile in forum.profiles.values()
        if profile.priorities
    }
