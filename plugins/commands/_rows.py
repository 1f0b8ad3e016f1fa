"""Assessments as rows of a listing: ids for programs, words for people."""

from __future__ import annotations

from typing import Any

from citygoals.core.base.model import (
    Area,
    AreaId,
    Assessment,
    Goal,
    IndicatorId,
    ProfileId,
    Status,
    is_decided,
)
from citygoals.core.base.reasons import sentence
from citygoals.core.forum.forum import Forum
from citygoals.plugins.commands._language import in_words

SHOWN = (
    *("profile", "area", "area_name", "country", "level", "goal", "title", "theme"),
    *("indicator", "number", "year"),
    *("status", "score", "value", "unit", "value_year", "age", "target", "target_min"),
    *("target_max", "target_year", "gap", "met", "baseline", "baseline_year", "previous"),
    *("previous_year", "reason", "reason_text", "stand", "ambition", "source", "marks"),
)
"""The columns of `show` for programs, in their order."""


def assessment_row(
    forum: Forum, areas: dict[AreaId, Area], assessment: Assessment
) -> dict[str, Any]:
    """Every field of an assessment, with the words of its area, goal, unit and reason."""
    area, goal = areas[assessment.area], forum.goals.get(assessment.goal)
    status = status_of(forum, assessment)
    indicator = goal.indicators[0] if goal else IndicatorId("")
    return {
        "profile": assessment.profile,
        "area": assessment.area,
        "area_name": in_words(area.name),
        "country": area.country,
        "level": area.level.value,
        "goal": assessment.goal,
        "title": in_words(goal.title) if goal else assessment.goal,
        "theme": goal.theme if goal else None,
        "indicator": indicator,
        "number": goal_number(forum, assessment.profile, goal) if goal else None,
        "year": assessment.year,
        "status": assessment.status,
        "status_label": in_words(status.label) if status else assessment.status.replace("-", " "),
        **_named(assessment, "score", "value"),
        "unit": unit_label(forum, indicator),
        **_named(assessment, "value_year", "age"),
        **_named(assessment, "target", "target_min", "target_max", "target_year"),
        **_named(assessment, "baseline", "baseline_year", "previous", "previous_year"),
        **_named(assessment, "met", "gap"),
        "reason": assessment.reason.code,
        "reason_text": sentence(assessment.reason),
        "stand": assessment.stand.value if assessment.stand else None,
        **_named(assessment, "ambition", "source"),
        "marks": list(assessment.marks),
    }


def _named(assessment: Assessment, *names: str) -> dict[str, Any]:
    return {name: getattr(assessment, name) for name in names}


def status_of(forum: Forum, assessment: Assessment) -> Status | None:
    """The status as its rule's scale words it; None for the engine's and for goals gone since."""
    goal = forum.goals.get(assessment.goal)
    if goal is None or not is_decided(assessment.status):
        return None
    return forum.status(assessment.status, goal.rule)


def goal_number(forum: Forum, profile: str, goal: Goal) -> str | None:
    """The goal's indicators by the profile's own numbering of a standard, where it has one."""
    known = forum.profiles.get(ProfileId(profile))
    return known.numbers_of(goal.indicators) if known else None


def unit_label(forum: Forum, indicator: IndicatorId) -> str | None:
    """The unit of an indicator as printed."""
    known = forum.indicators.get(indicator)
    unit = known.unit if known else None
    return forum.units.units[unit].label if unit else None


def figure(row: dict[str, Any]) -> str:
    """The value with its year."""
    return "" if row["value"] is None else f"{row['value']:.6g} ({row['value_year']})"


def goal_figure(row: dict[str, Any]) -> str:
    """The target with its year."""
    if row["target"] is not None:
        shown = f"{row['target']:.6g}"
    elif row["target_min"] is not None and row["target_max"] is not None:
        shown = f"{row['target_min']:.6g}-{row['target_max']:.6g}"
    else:
        return ""
    return shown if row["target_year"] is None else f"{shown} by {row['target_year']}"
