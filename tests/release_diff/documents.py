"""Draws documents of profiles that hold together: goals, targets, stands, ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from measures import SOURCES, STANDARD, Document, Measure


def level(rng: Random, measure: Measure) -> float:
    """One of few figures of the measure, so that many are equal and many meet a target."""
    span = measure.high - measure.low
    return measure.low + span * rng.choice((0.2, 0.35, 0.5, 0.5, 0.65, 0.8))


def indicator(measure: Measure, number: int) -> Document:
    """The document of a measure; some are of a standard."""
    reference = {
        "standard": STANDARD,
        "code": f"5.{number}",
        "title_confidence": "high",
        "code_confidence": "high",
    }
    return {
        "id": measure.id,
        "title": {"en": measure.id.replace("-", " ").capitalize(), "ko": f"지표 {number}"},
        "theme": measure.theme,
        "unit": measure.unit,
        "direction": measure.direction,
        "limits": {
            "min": measure.low,
            "max": measure.high * 2 if measure.high > 100 else measure.high,
        },
        "references": [reference] if number % 3 else [],
    }


def area(name: str) -> Document:
    """The document of an area; cities have people."""
    country, _, city = name.partition("-")
    people = {"population": 1000 * (sum(map(ord, city)) % 97 + 1)} if city else {}
    return {
        "id": name,
        "name": (city or country).capitalize(),
        "level": "city" if city else "country",
        "country": country,
        **people,
    }


class Draw:
    """Draws documents that hold together, with one generator of random numbers."""

    def __init__(self, rng: Random, areas: Sequence[str]) -> None:
        self.rng, self.areas = rng, areas

    def some(self, items: Sequence[Any], least: int = 1) -> list[Any]:
        """Some of the items, in their order."""
        chosen = set(
            self.rng.sample(range(len(items)), self.rng.randint(min(least, len(items)), len(items)))
        )
        return [item for place, item in enumerate(items) if place in chosen]

    def standing(self) -> Document:
        """Whether a target is official."""
        if self.rng.random() < 0.7:
            confidence = self.rng.choice(("high", "medium", "low"))
            return {"status": "official", "source": {"title": "Law"}, "confidence": confidence}
        return {"status": "illustrative", "reason": "To show."}

    def figures(self, measure: Measure, rule: str) -> dict[str, Any]:
        """A value or a range, in one of the units."""
        first, second = sorted((level(self.rng, measure), level(self.rng, measure)))
        unit, factor = self.rng.choice(measure.spellings)
        if rule == "within-range" or (measure.direction == "none"):
            said = {"min": first * factor, "max": second * factor}
        else:
            said = {"value": first * factor}
        return said if unit == measure.spellings[0][0] else {**said, "unit": unit}

    def target(self, measure: Measure, rule: str, whom: Document, year: int | None) -> Document:
        """What to reach, with a baseline now and then."""
        said = {**self.figures(measure, rule), **whom, **self.standing()}
        if year is not None:
            said["year"] = year
            if self.rng.random() < 0.4:
                said["baseline_year"] = self.rng.choice((2012, 2014, 2016))
                if self.rng.random() < 0.4:
                    factor = dict(measure.spellings)[said.get("unit", measure.spellings[0][0])]
                    said["baseline"] = level(self.rng, measure) * factor
        return said

    def targets(self, measure: Measure, rule: str) -> list[Document]:
        """Milestones for everybody, for a level, for areas; each at most once a year."""
        whom: list[Document] = [
            {},
            {"level": "city"},
            {"level": "country"},
            {"areas": self.some(self.areas)},
        ]
        if measure.unit == "vehicles":
            whom = whom[-1:]
        dated = rule != "threshold" or self.rng.random() < 0.6
        found = []
        for one in self.some(whom) if self.rng.random() < 0.6 else whom[:1]:
            years = (
                self.some((2020, 2024, 2027, 2030))[: self.rng.choice((1, 1, 2, 3))]
                if dated
                else [None]
            )
            found += [self.target(measure, rule, one, year) for year in years]
        return found

    def goal(self, name: str, measures: Sequence[Measure], rules: Sequence[str]) -> Document:
        """A goal over one indicator, or over several of one unit."""
        measure = self.rng.choice(measures)
        rule = "within-range" if measure.direction == "none" else self.rng.choice(rules)
        whole: dict[str, Any] = {
            "id": name,
            "title": name.capitalize(),
            "rule": rule,
            "reason": "It was drawn.",
        }
        alike = [
            one.id
            for one in measures
            if (one.unit, one.direction) == (measure.unit, measure.direction)
        ]
        if rule == "all-reached" and len(alike) > 1:
            whole |= {"indicators": alike, "theme": measure.theme}
        else:
            whole |= {
                "rule": "threshold" if rule == "all-reached" else rule,
                "indicator": measure.id,
            }
        if self.rng.random() < 0.4:
            whole["max_age"] = self.rng.randint(0, 6)
        if self.rng.random() < 0.2:
            whole["forecasts_count"] = True
        return {**whole, "targets": self.targets(measure, whole["rule"])}

    def head(self, name: str, themes: Sequence[str]) -> dict[str, Any]:
        """The profile's head: order of sources, age, priorities that add up to 1."""
        said: dict[str, Any] = {"id": name, "version": "1.0.0", "title": name.upper()}
        if self.rng.random() < 0.6:
            said["sources"] = self.rng.sample(SOURCES, self.rng.randint(1, 3))
        if self.rng.random() < 0.6:
            said["max_age"] = self.rng.randint(1, 8)
        if self.rng.random() < 0.8:
            weights = {1: (1.0,), 2: (0.6, 0.4), 3: (0.5, 0.25, 0.25), 4: (0.4, 0.3, 0.2, 0.1)}
            chosen = self.rng.sample(themes, self.rng.choice((2, 3, 4, 4, 4, 4, 4, 4)))
            said["priorities"] = [
                {"theme": theme, "weight": weight, "reason": "It was drawn."}
                for theme, weight in zip(chosen, weights[len(chosen)], strict=True)
            ]
        return said

    def stand(self, goal: Document, measures: Mapping[str, Measure]) -> Document:
        """What a country says to a common goal."""
        kind = self.rng.choice(
            ("adopted", "adopted", "adapted", "adapted", "declined", "undecided")
        )
        said = {"goal": goal["id"], "stand": kind}
        if kind == "declined":
            said["reason"] = "Not here."
        if kind == "adapted":
            name = goal.get("indicator") or goal["indicators"][0]
            said["targets"] = self.targets(measures[name], goal["rule"])
        return said

    def rating(self, name: str, measures: Sequence[Measure]) -> Document:
        """Tiers over the indicators, in several readings."""
        ids = [one.id for one in measures]
        tiers = [
            {"id": f"tier-{count}", "label": f"Tier {count}", "colour": "#4f6d7a", "count": count}
            for count in (1, 2, 4)
        ]
        readings = [
            {"counts": counts, "set": which, "confidence": "medium", "note": "It was drawn."}
            for counts, which in (("reported", "any"), ("met", "any"), ("met", "listed"))
        ]
        said = {
            "id": name,
            "title": "Rating",
            "standard": STANDARD,
            "tiers": tiers,
            "readings": readings,
        }
        return {**said, "indicators": ids, "listed": self.rng.sample(ids, min(4, len(ids)))}
