"""From checked JSON to the dataclasses of the model. Input agrees with its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citygoals.core.base.model import (
    Area,
    AreaId,
    Direction,
    Example,
    Goal,
    GoalId,
    Indicator,
    IndicatorId,
    IndicatorMapping,
    Level,
    MappingKind,
    Numbering,
    Pin,
    Priority,
    ProfileId,
    Rating,
    RatingReading,
    Reference,
    RuleId,
    Scale,
    Source,
    Stand,
    StandKind,
    Status,
    StatusId,
    Target,
    Text,
    Theme,
    ThemeId,
    Tier,
    UnitId,
)

Json = Mapping[str, Any]


def text(content: str | Mapping[str, str]) -> Text:
    """A text given in English alone or by language."""
    return Text({"en": content} if isinstance(content, str) else dict(content))


def maybe_text(content: str | Mapping[str, str] | None) -> Text | None:
    """A text, or None where there is none."""
    return None if content is None else text(content)


def maybe_source(content: Json | None) -> Source | None:
    """A source, or None where there is none."""
    return None if content is None else Source(title=content["title"], url=content.get("url"))


def theme(content: Json) -> Theme:
    """A theme of a themes document."""
    return Theme(id=ThemeId(content["id"]), title=text(content["title"]))


def reference(content: Json) -> Reference:
    """A reference of an indicator."""
    return Reference(**content)


def indicator(content: Json) -> Indicator:
    """An indicator of an indicators document."""
    limits = content.get("limits", {})
    unit = content["unit"]
    return Indicator(
        id=IndicatorId(content["id"]),
        title=text(content["title"]),
        theme=ThemeId(content["theme"]),
        unit=None if unit is None else UnitId(unit),
        direction=Direction(content["direction"]),
        minimum=limits.get("min"),
        maximum=limits.get("max"),
        numerator=content.get("numerator"),
        denominator=content.get("denominator"),
        definition=maybe_text(content.get("definition")),
        references=tuple(reference(item) for item in content.get("references", ())),
        note=content.get("note"),
    )


def area(content: Json) -> Area:
    """An area of an areas document."""
    return Area(
        id=AreaId(content["id"]),
        name=text(content["name"]),
        level=Level(content["level"]),
        country=content["country"],
        population=content.get("population"),
        latitude=content.get("latitude"),
        longitude=content.get("longitude"),
    )


def target(content: Json) -> Target:
    """A target of a goal or stand; figures are in the unit that the target itself names."""
    return Target(
        areas=tuple(AreaId(item) for item in content.get("areas", ())),
        level=Level(content["level"]) if "level" in content else None,
        year=content.get("year"),
        value=content.get("value"),
        minimum=content.get("min"),
        maximum=content.get("max"),
        unit=content.get("unit"),
        baseline=content.get("baseline"),
        baseline_year=content.get("baseline_year"),
        source=maybe_source(content.get("source")),
        confidence=content.get("confidence", "low"),
        illustrative=content["status"] == "illustrative",
        reason=content.get("reason"),
    )


def example(content: Json) -> Example:
    """An example of a rule or goal."""
    return Example(**content)


def goal(content: Json, profile: ProfileId, its_theme: ThemeId) -> Goal:
    """A goal of a goals document; its theme is its indicator's where it names none."""
    indicators = content.get("indicators") or [content["indicator"]]
    return Goal(
        id=GoalId(content["id"]),
        profile=profile,
        title=text(content["title"]),
        theme=its_theme,
        indicators=tuple(IndicatorId(item) for item in indicators),
        rule=RuleId(content["rule"]),
        targets=tuple(target(item) for item in content.get("targets", ())),
        reason=content["reason"],
        max_age=content.get("max_age"),
        forecasts_count=content.get("forecasts_count", False),
        examples=tuple(example(item) for item in content.get("examples", ())),
    )


def scale(content: Json) -> Scale:
    """A scale of a scales document."""
    return Scale(id=content["id"], statuses=tuple(map(status, content["statuses"])))


def status(content: Json) -> Status:
    """One status of a scale."""
    return Status(
        id=StatusId(content["id"]),
        label=text(content["label"]),
        colour=content["colour"],
        rank=content["rank"],
    )


def priority(content: Json) -> Priority:
    """A priority of a profile."""
    return Priority(
        theme=ThemeId(content["theme"]), weight=content["weight"], reason=content["reason"]
    )


def mapping(content: Json) -> IndicatorMapping:
    """A mapping of a mappings document."""
    return IndicatorMapping(
        indicator=IndicatorId(content["indicator"]),
        common=IndicatorId(content["common"]),
        kind=MappingKind(content["kind"]),
        factor=content.get("factor"),
        reason=content.get("reason"),
    )


def stand(content: Json) -> Stand:
    """A stand of a stands document."""
    return Stand(
        goal=GoalId(content["goal"]),
        kind=StandKind(content["stand"]),
        targets=tuple(target(item) for item in content.get("targets", ())),
        reason=content.get("reason"),
    )


def pin(content: Json) -> Pin:
    """The state of the common profile that a stands document names."""
    return Pin(
        profile=ProfileId(content["profile"]), version=content["version"], hash=content["hash"]
    )


def rating(content: Json) -> Rating:
    """A rating of a ratings document."""
    return Rating(
        id=content["id"],
        title=text(content["title"]),
        standard=content["standard"],
        tiers=tuple(tier(item) for item in content["tiers"]),
        readings=tuple(RatingReading(**item) for item in content["readings"]),
        indicators=tuple(IndicatorId(item) for item in content.get("indicators", ())),
        listed=tuple(IndicatorId(item) for item in content.get("listed", ())),
        conditions=tuple(content.get("conditions", ())),
        source=maybe_source(content.get("source")),
    )


def tier(content: Json) -> Tier:
    """One tier of a rating."""
    return Tier(
        id=content["id"],
        label=text(content["label"]),
        colour=content["colour"],
        count=content["count"],
    )


def numbering(content: Json) -> Numbering:
    """The numbers of a numbering document."""
    numbers = {IndicatorId(item["indicator"]): item["number"] for item in content["numbers"]}
    return Numbering(
        standard=content["standard"],
        numbers=numbers,
        source=maybe_source(content.get("source")),
    )
