"""A forum with goals, targets, rules, mappings and stands of every kind, as profiles say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = Mapping[str, Any]
OFFICIAL = {"status": "official", "source": {"title": "Law"}, "confidence": "high"}
SHOWN = {"status": "illustrative", "reason": "A test."}
LENDERS = ("kr-share", "kr-part", "kr-near", "kr-far", "third-share")
TINY = 5e-324


def whole(*targets: Spec) -> list[Spec]:
    """Targets, official where they do not say otherwise."""
    return [target if "status" in target else {**OFFICIAL, **target} for target in targets]


def goal(name: str, by: str, *targets: Spec, **more: Any) -> Spec:
    """A goal on `share`, if it does not name another indicator, or several."""
    said = {"id": name, "title": name, "rule": by, "reason": "A test.", **more}
    said |= {"theme": "energy"} if "indicators" in said else {"indicator": "share", **more}
    return {**said, "targets": whole(*targets)} if targets else said


def rule(name: str, logic: Any, given: Spec, expect: str, *needs: str) -> Spec:
    """A rule with one example."""
    said = {"id": name, "title": name, "scale": "attainment", "logic": logic}
    examples = [{"given": given, "expect": expect}]
    return {**said, "examples": examples, **({"needs": needs} if needs else {})}


def met_if(*test: Any) -> Spec:
    """`met` where an operator holds, else `not-met`."""
    operator, *arguments = test
    return {"if": [{operator: arguments}, "met", "not-met"]}


def other(name: str, what: str = "value") -> Spec:
    """A variable of another indicator."""
    return {"indicator": [name, what]}


def var(name: str) -> Spec:
    """A variable of the goal."""
    return {"var": name}


def added(items: Any) -> Spec:
    """The sum of a list."""
    return {"reduce": [items, {"+": [var("current"), var("accumulator")]}, 0]}


SIX = ("change", "loss", "other-loss", "other-share", "output", "rate")
RULES: Sequence[Spec] = (
    rule(
        "since",
        met_if(">=", var("value"), other("loss", "baseline")),
        {"value": 2, "indicators": {"loss": {"value": 1, "baseline": 1}}},
        "met",
        *("value", "indicators.loss.value", "indicators.loss.baseline"),
    ),
    rule(
        "maybe",
        {
            "if": [
                {"missing": ["indicators.loss.value", "indicators.loss.baseline"]},
                "behind",
                {">": [{"/": [var("value"), other("loss")]}, other("loss", "baseline")]},
                "met",
                "not-met",
            ]
        },
        {"value": 2},
        "behind",
    ),
    rule(
        "many",
        met_if(">=", var("value"), {"max": [other(name) for name in SIX]}),
        {"value": 2, "indicators": {name: {"value": 1} for name in SIX}},
        "met",
        *("value", *(f"indicators.{name}.value" for name in SIX)),
    ),
    rule(
        "trend",
        met_if(">=", {"/": [var("value"), {"-": [var("previous"), var("baseline")]}]}, 1),
        {"value": 3, "previous": 2, "baseline": 1},
        "met",
        *("value", "previous", "baseline"),
    ),
    rule(
        "pace",
        {
            "if": [
                {"missing": ["previous"]},
                "not-met",
                {">=": [var("value"), var("previous")]},
                "met",
                "not-met",
            ]
        },
        {"value": 3, "previous": 2},
        "met",
    ),
    rule(
        "by-rows",
        met_if(">=", added({"merge": [var("value"), var("target")]}), 100),
        {"value": 60, "target": 60},
        "met",
    ),
    rule(
        "most",
        met_if(">=", {"/": [var("count"), var("expected")]}, 0.5),
        {"values": [1], "count": 1, "expected": 2},
        "met",
        *("values", "count", "expected"),
    ),
    rule(
        "beside",
        met_if(">=", added(var("values")), other("loss", "baseline")),
        {"values": [1], "indicators": {"loss": {"value": 1, "baseline": 1}}},
        "met",
        *("values", "indicators.loss.baseline"),
    ),
)
PATHS = (
    goal("path", "linear-path", {"value": 80, "year": 2030, "baseline_year": 2015}),
    goal(
        "stated",
        "linear-path",
        {"value": 80, "year": 2018, "baseline": 20, "baseline_year": 2012},
    ),
    goal("start", "linear-path", {"value": 60, "year": 2024, "baseline": 40}),
    goal(
        "steps",
        "linear-path",
        *({"value": 80, "year": 2024, "baseline_year": 2014}, {"value": 40, "year": 2018}),
    ),
    goal("later", "linear-path", {"value": 80, "year": 2030, "baseline_year": 2018}, max_age=9),
    goal(
        "less", "linear-path", {"value": 15, "year": 2030, "baseline_year": 2016}, indicator="loss"
    ),
    goal(
        "forecasts",
        "linear-path",
        {"value": 60, "year": 2022, "baseline_year": 2016},
        forecasts_count=True,
    ),
)
TARGETS = (
    goal("above", "threshold", {"value": 60}),
    goal("inside", "within-range", {"min": 20, "max": 40, "level": "city", "baseline_year": 2016}),
    goal("band", "within-range", {"min": -5, "max": 5.5, "baseline": 20}, indicator="change"),
    goal(
        "named",
        "threshold",
        {"value": 30, "areas": ["KR-sejong"]},
        {"value": 50, "level": "city", **SHOWN},
        {"value": 70, "year": 2017},
        {"value": 75},
        max_age=0,
    ),
    goal("nation", "threshold", {"value": 40, "level": "country"}, indicator="other-share"),
    goal("counted", "threshold", {"value": 60, "areas": ["KR-sejong"]}, indicator="vehicles"),
    goal("none-lost", "threshold", {"value": -0.0, "baseline_year": 2015}, indicator="loss"),
    goal("any", "threshold", {"value": TINY}, indicator="output"),
    goal("vast", "linear-path", {"value": 1.7e308, "year": 2030}, indicator="output"),
    goal("rare", "linear-path", {"value": 0.3, "year": 2020, "baseline": 60}, indicator="rate"),
    goal("forecast", "threshold", {"value": 60}, forecasts_count=True, max_age=1),
    goal("third", "threshold", {"value": 60, "baseline_year": 2015}, indicator="third-share"),
)
OTHERS = (
    goal("since", "since", {"value": 60, "baseline_year": 2015}),
    goal("maybe", "maybe", {"value": 60, "baseline": 10, "baseline_year": 2016}),
    goal("many", "many", {"value": 60, "baseline_year": 2015}, max_age=9),
    goal("trend", "trend", {"value": 60, "baseline_year": 2014}, max_age=9),
    goal("pace", "pace"),
    goal("by-rows", "by-rows", {"value": 60}),
)
SEVERAL = (
    goal("all", "all-reached", {"value": 50, "year": 2020}, indicators=["share", "other-share"]),
    goal("all-less", "all-reached", {"value": 15}, indicators=["loss", "other-loss"]),
    goal(
        "all-forecast",
        "all-reached",
        {"value": 50, "baseline": 10, **SHOWN},
        indicators=["third-share", "share", "other-share"],
        forecasts_count=True,
    ),
    goal("most", "most", indicators=["share", "loss", "other-share"], max_age=2),
    goal(
        "beside", "beside", {"value": 9, "baseline_year": 2016}, indicators=["third-share", "share"]
    ),
)
COMMON: Spec = {"rule": RULES, "goals": [*PATHS, *TARGETS, *OTHERS, *SEVERAL]}
ADOPTED = (
    *("less", "forecasts", "above", "band", "named", "counted", "any", "since", "many"),
    *("trend", "pace", "all", "all-less", "beside"),
)
KR: Spec = {
    "profile": {"sources": ["B", "A"], "max_age": 3},
    "indicators": [
        {"id": name, "title": name, "theme": "energy", "unit": "fraction", "direction": "higher"}
        for name in LENDERS[:-1]
    ],
    "mappings": [
        {"indicator": "kr-share", "common": "share", "kind": "converted", "reason": "x 100"},
        {
            "indicator": "kr-part",
            "common": "share",
            "kind": "converted",
            "factor": 0.3,
            "reason": "three in ten",
        },
        {"indicator": "kr-near", "common": "share", "kind": "proxy", "reason": "nearly"},
        {"indicator": "kr-far", "common": "share", "kind": "equal", "factor": 1},
        {"indicator": "third-share", "common": "other-share", "kind": "equal"},
        {"indicator": "kr-share", "common": "third-share", "kind": "proxy", "reason": "far"},
    ],
    "goals": [
        goal("kr-own", "pace", {"value": 0.5, "baseline_year": 2015}, indicator="kr-share"),
    ],
    "stands": [
        *({"goal": name, "stand": "adopted"} for name in ADOPTED),
        {"goal": "path", "stand": "adapted", "targets": whole({"value": 90, "year": 2035})},
        {"goal": "stated", "stand": "adapted", "targets": whole({"value": 80, "year": 2018})},
        {
            "goal": "start",
            "stand": "adapted",
            "targets": whole({"value": 70, "year": 2022, **SHOWN}),
        },
        {"goal": "later", "stand": "adapted", "targets": whole({"value": 70, "year": 2030})},
        {"goal": "inside", "stand": "adapted", "targets": whole({"min": 25, "max": 40})},
        {"goal": "nation", "stand": "adapted", "targets": whole({"value": 50, "level": "city"})},
        {"goal": "steps", "stand": "declined", "reason": "no"},
        {"goal": "maybe", "stand": "undecided"},
    ],
}
MY: Spec = {
    "profile": {"sources": ["C"]},
    "stands": [
        {"goal": "less", "stand": "adapted", "targets": whole({"value": 15, "year": 2025})},
        {"goal": "later", "stand": "adapted", "targets": whole({"value": 80, "year": 2035})},
        {"goal": "inside", "stand": "adapted", "targets": whole({"min": 30, "max": 50})},
        {"goal": "path", "stand": "adopted"},
        {"goal": "all", "stand": "declined", "reason": "never"},
    ],
}
PROFILES: Mapping[str, Spec] = {"common": COMMON, "kr": KR, "my": MY}
