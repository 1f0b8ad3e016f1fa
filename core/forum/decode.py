"""From checked JSON to the dataclasses of the model. Input agrees with its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from citygoals.core.base.model import (
    Area,
    Direction,
    Example,
    Goal,
    Indicator,
    Level,
    MappingKind,
    Numbering,
    ProfileId,
    RatingReading,
    Reference,
    Source,
    Stand,
    StandKind,
    Status,
    Target,
    Text,
    ThemeId,
    Tier,
)

Json = Mapping[str, Any]
T = TypeVar("T")


def text(content: str | Mapping[str, str]) -> Text:
    """A text given in English alone or by language."""
    return Text({"en": content} if isinstance(content, str) else dict(content))


def maybe_text(content: str | Mapping[str, str] | None) -> Text | None:
    """A text, or None where there is none."""
    return None if content is None else text(content)


def maybe_source(content: Json | None) -> Source | None:
    """A source, or None where there is none."""
    return None if content is None else item(Source, content, title=content["title"])


def item(kind: type[T], content: Json, /, **given: Any) -> T:
    """An item with what is `given` and the keys of the JSON that are fields of its kind."""
    fields: Mapping[str, Any] = kind.__dataclass_fields__  # type: ignore[attr-defined]
    for name in fields.keys() & content.keys() - given.keys():
        read = _READERS.get(name)
        given[name] = content[name] if read is None else read(content[name])
    return kind(**given)


def indicator(content: Json) -> Indicator:
    """An indicator of an indicators document."""
    limits = content.get("limits", {})
    return item(Indicator, content, minimum=limits.get("min"), maximum=limits.get("max"))


def area(content: Json) -> Area:
    """An area of an areas document."""
    return item(Area, content)


def target(content: Json) -> Target:
    """A target of a goal or stand; figures are in the unit that the target itself names."""
    return item(
        Target,
        content,
        minimum=content.get("min"),
        maximum=content.get("max"),
        confidence=content.get("confidence", "low"),
        illustrative=content["status"] == "illustrative",
    )


def goal(content: Json, profile: ProfileId, its_theme: ThemeId) -> Goal:
    """A goal of a goals document; its theme is its indicator's where it names none."""
    indicators = tuple(content.get("indicators") or [content["indicator"]])
    return item(Goal, content, profile=profile, theme=its_theme, indicators=indicators)


def stand(content: Json) -> Stand:
    """A stand of a stands document."""
    return item(Stand, content, kind=StandKind(content["stand"]))


def numbering(content: Json) -> Numbering:
    """The numbers of a numbering document."""
    numbers = {entry["indicator"]: entry["number"] for entry in content["numbers"]}
    return item(Numbering, content, numbers=numbers)


def _each(read: Callable[[Json], Any]) -> Callable[[list[Json]], tuple[Any, ...]]:
    return lambda items: tuple(map(read, items))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("title", "name", "label", "definition"), text),
    **dict.fromkeys(("areas", "indicators", "listed", "conditions"), tuple),
    "direction": Direction,
    "kind": MappingKind,
    "level": Level,
    "source": maybe_source,
    "references": _each(lambda content: Reference(**content)),
    "targets": _each(target),
    "examples": _each(lambda content: Example(**content)),
    "statuses": _each(lambda content: item(Status, content)),
    "tiers": _each(lambda content: item(Tier, content)),
    "readings": _each(lambda content: RatingReading(**content)),
}
"""How a key is read, whatever has it; any other holds what its field does."""
