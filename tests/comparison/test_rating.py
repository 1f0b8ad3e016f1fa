"""Ratings under each of their readings, by the table of cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from citygoals.core.base.model import AreaId, IndicatorId, Observation, ObservationStatus
from citygoals.core.judging.observations import Listed
from citygoals.core.results.ratings import Rated, rate

TABLE = json.loads(
    (Path(__file__).parent.parent / "cases" / "comparison" / "ratings.json").read_text("utf-8")
)
OFFICIAL = {"status": "official", "source": {"title": "Law"}, "confidence": "high"}
OWN_LOSS = {
    "id": "kr-loss",
    "title": "Loss",
    "theme": "water",
    "unit": "percent",
    "direction": "lower",
}
READINGS = {
    "reported": ("reported", "any"),
    "met": ("met", "any"),
    "listed": ("reported", "listed"),
}


def goals() -> list[dict[str, Any]]:
    return [
        {**goal, "targets": [{**OFFICIAL, **target} for target in goal["targets"]]}
        for goal in TABLE["goals"]
    ]


def observation(
    indicator: str,
    year: int,
    value: float | None,
    status: str = "A",
    area: str = "KR-sejong",
) -> Observation:
    return Observation(
        area=AreaId(area),
        indicator=IndicatorId(indicator),
        year=year,
        value=value,
        status=ObservationStatus(status),
        source="A",
    )


def rated(case: Mapping[str, Any], forums: Any, profile: Mapping[str, Any]) -> list[Rated]:
    """What Sejong is rated under kr in 2024."""
    kr = {**profile, "indicators": [OWN_LOSS], "mappings": case.get("mappings", [])}
    forum = forums({"common": {"goals": goals()}, "kr": kr})
    observations = [observation(*row) for row in case["observations"]]
    figures = Listed.of(observations)
    sejong = forum.areas[AreaId("KR-sejong")]
    return list(rate(forum, figures, forum.profile("kr"), [sejong], 2024))


def cases() -> Iterator[Any]:
    for case in TABLE["cases"]:
        yield pytest.param(case, id=case["id"])


@pytest.mark.parametrize("case", list(cases()))
def test_rating(case: dict[str, Any], forums: Any) -> None:
    found = {
        (one.reading.counts, one.reading.set): one for one in rated(case, forums, TABLE["profile"])
    }
    assert set(found) == set(READINGS.values())
    for name, reading in READINGS.items():
        wanted = case.get(name, {})
        one = found[reading]
        tier = one.tier.id if one.tier else None
        assert tier == wanted.get("tier", tier), case["why"]
        assert sorted(one.counted) == wanted.get("counted", sorted(one.counted)), case["why"]
        assert one.of == wanted.get("of", 5)


def test_readings_keep_what_the_source_allows(forums: Any) -> None:
    found = rated({"observations": []}, forums, TABLE["profile"])
    assert [(one.reading.counts, one.reading.set, one.reading.confidence) for one in found] == [
        ("reported", "any", "high"),
        ("met", "any", "medium"),
        ("reported", "listed", "low"),
    ]


def test_without_a_numbering_the_references_say_what_belongs(forums: Any) -> None:
    reference = {
        "standard": "KS",
        "code": "1",
        "title_confidence": "high",
        "code_confidence": "high",
    }
    own = [
        {**OWN_LOSS, "id": f"kr-loss-{number}", "references": [{**reference, "standard": standard}]}
        for number, standard in enumerate(["KS", "KS", "ISO 37122:2019"])
    ]
    kr = {**TABLE["profile"], "numbering": [], "indicators": own}
    forum = forums({"common": {"goals": goals()}, "kr": kr})
    observations = [observation(f"kr-loss-{number}", 2024, 10) for number in range(3)]
    figures = Listed.of(observations)
    sejong = forum.areas[AreaId("KR-sejong")]
    first = next(rate(forum, figures, forum.profile("kr"), [sejong], 2024))
    assert sorted(first.counted) == ["kr-loss-0", "kr-loss-1"]
    assert first.of == 2
    assert first.tier is not None
    assert first.tier.id == "bronze"
