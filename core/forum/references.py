"""What a profile's documents say of each other and of the forum: everything named must be there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any

from citygoals.core.base.errors import CitygoalsError, Finding, Place, Severity, suggestion
from citygoals.core.base.model import (
    NO_DATA,
    Goal,
    GoalId,
    Indicator,
    Pin,
    Stand,
    StandKind,
    Target,
)
from citygoals.core.base.units import UnitTable
from citygoals.core.forum import decode
from citygoals.core.forum.countries import misnamed
from citygoals.core.forum.documents.reading import Document
from citygoals.core.forum.profiles import Part, Profile
from citygoals.core.logic import NamedRule

Items = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Scope:
    """A profile with everything it may refer to."""

    profile: Profile
    items: Items
    units: UnitTable

    def unknown(self, kind: str, word: str, name: Any, part: Part, below: str) -> Iterable[Finding]:
        """A finding where nothing of `kind` is called `name`."""
        known = self.items.get(kind, {})
        if name is None or name in known:
            return ()
        message = f"unknown {word} {name!r}{suggestion(str(name), sorted(known))}"
        mend = f"add it to the profile's {kind}, or correct the id"
        return [_finding(f"unknown-{word}", message, part, below, mend)]


def _finding(code: str, message: str, part: Part, below: str = "", mend: str = "") -> Finding:
    return Finding(code=code, message=message, at=part.place(below), mend=mend)


def reference_faults(profile: Profile, items: Items, units: UnitTable) -> Iterator[Finding]:
    """Everything that a profile names and nobody provides, or that cannot mean what it says."""
    scope = Scope(profile, items, units)
    yield from _priorities(scope)
    yield from _prefixes(scope)
    for part in profile.parts["indicators"]:
        yield from _indicator(scope, part)
    for part in profile.parts["goals"]:
        yield from _goal(scope, part)
    for part in profile.parts["rule"]:
        yield from _rule(scope, part)
    for part in profile.parts["mappings"]:
        yield from _mapping(scope, part)
    yield from _mapped_twice(profile)
    for part in profile.parts["ratings"]:
        for key in ("indicators", "listed"):
            for index, name in enumerate(part.content.get(key, ())):
                yield from scope.unknown("indicators", "indicator", name, part, f"/{key}/{index}")
    for part in profile.parts["numbering"]:
        for index, entry in enumerate(part.content["numbers"]):
            below = f"/numbers/{index}/indicator"
            yield from scope.unknown("indicators", "indicator", entry["indicator"], part, below)


def _priorities(scope: Scope) -> Iterator[Finding]:
    head, priorities = scope.profile.head, scope.profile.priorities
    for index, priority in enumerate(priorities):
        below = f"/priorities/{index}/theme"
        yield from scope.unknown("themes", "theme", priority.theme, head, below)
    for theme, count in Counter(priority.theme for priority in priorities).items():
        if count > 1:
            message = f"the theme {theme!r} has {count} weights"
            yield _finding("priority-duplicate", message, head, "/priorities", "keep one")
    total = fsum(priority.weight for priority in priorities)
    if priorities and abs(total - 1) > 1e-9:
        message, mend = f"the weights add up to {total:.6g}", "make them add up to 1"
        yield _finding("priority-sum", message, head, "/priorities", mend)


def _prefixes(scope: Scope) -> Iterator[Finding]:
    profile, country = scope.profile, scope.profile.country
    for part in profile.parts["areas"]:
        yield from _area(profile, part)
    if country is None:
        return
    prefix = f"{country.lower()}-"
    if not f"{profile.id}-".startswith(prefix):
        message = f"the profile of {country} is called {profile.id!r}"
        mend = f"call it {country.lower()!r}, or let its id start with {prefix!r}"
        yield _finding("profile-id", message, profile.head, "/id", mend)
    for kind in ("indicators", "goals", "rule", "scales", "ratings"):
        for part in scope.profile.parts[kind]:
            if not part.content["id"].startswith(prefix):
                message = f"the id {part.content['id']!r} does not start with {prefix!r}"
                mend = f"call it {prefix}{part.content['id']}"
                yield _finding("id-prefix", message, part, "/id", mend)


def _rule(scope: Scope, part: Part) -> Iterator[Finding]:
    yield from scope.unknown("scales", "scale", part.content.get("scale"), part, "/scale")
    rule: NamedRule | None = scope.items.get("rule", {}).get(part.content["id"])
    for name in sorted(rule.logic.indicators) if rule else ():
        yield from scope.unknown("indicators", "indicator", name, part, "/logic")


def _area(profile: Profile, part: Part) -> Iterator[Finding]:
    area, country = part.content["id"], part.content["country"]
    if fault := misnamed(area, country):
        yield _finding("area-country", fault[0], part, "/id", fault[1])
    elif profile.country not in (None, country):
        message = f"area {area!r} is not in {profile.country}"
        mend = f"leave it to the profile of {country}, or register it with `citygoals areas add`"
        yield _finding("area-country", message, part, "/country", mend)


def _indicator(scope: Scope, part: Part) -> Iterator[Finding]:
    content = part.content
    yield from scope.unknown("themes", "theme", content["theme"], part, "/theme")
    yield from scope.unknown("units", "unit", content["unit"], part, "/unit")
    limits = content.get("limits", {})
    if "min" in limits and "max" in limits and limits["min"] >= limits["max"]:
        message = f"the limits run from {limits['min']:g} to {limits['max']:g}"
        yield _finding("limits-order", message, part, "/limits", "put the lower one in min")


def _goal(scope: Scope, part: Part) -> Iterator[Finding]:
    content = part.content
    named = [("/indicator", content["indicator"])] if "indicator" in content else []
    named += [(f"/indicators/{i}", name) for i, name in enumerate(content.get("indicators", ()))]
    for below, name in named:
        yield from scope.unknown("indicators", "indicator", name, part, below)
        indicator = scope.items.get("indicators", {}).get(name)
        if indicator is not None and indicator.unit is None:
            message = f"the unit of the indicator {name!r} is not known, so no goal can use it"
            yield _finding("unit-unknown", message, part, below, "give the indicator its unit")
    yield from scope.unknown("themes", "theme", content.get("theme"), part, "/theme")
    yield from scope.unknown("rule", "rule", content["rule"], part, "/rule")
    goal: Goal = scope.items["goals"][content["id"]]
    yield from target_faults(scope, goal, goal.targets, part)
    yield from _rule_use(scope, goal, part)


def _rule_use(scope: Scope, goal: Goal, part: Part) -> Iterator[Finding]:
    rule: NamedRule | None = scope.items.get("rule", {}).get(goal.rule)
    if rule is None:
        return
    if rule.scale is None:
        message = f"the rule {rule.id!r} gives a number, not a status"
        yield _finding("rule-number", message, part, "/rule", "use a rule with a scale")
    yield from _indicators_for_rule(scope, goal, rule, part)
    for index, example in enumerate(goal.examples):
        decision = rule.decide(example.given)
        result = decision.status or decision.number or NO_DATA
        if result != example.expect:
            message = f"the example gives {result!r}, not {example.expect!r}"
            mend = "correct the example or the rule"
            yield _finding("example", message, part, f"/examples/{index}", mend)


def _indicators_for_rule(
    scope: Scope, goal: Goal, rule: NamedRule, part: Part
) -> Iterator[Finding]:
    """Whether the rule reads what a goal over one, or over several, indicators has."""
    several = len(goal.indicators) > 1
    reads = {name.partition(".")[0] for name in rule.logic.reads}
    strange = sorted(reads & ({"value"} if several else _OF_SEVERAL))
    if strange:
        whom = "several indicators have" if several else "a single indicator has"
        message = f"the rule {rule.id!r} reads {' and '.join(strange)}, which no goal over {whom}"
        mend = "use another rule, or name one `indicator`"
        if not several:
            mend = "use another rule, or name several `indicators`"
        yield _finding("rule-indicators", message, part, "/rule", mend)
    known = scope.items.get("indicators", {})
    units = {known[name].unit for name in goal.indicators if name in known}
    if "values" in reads and goal.targets and len(units) > 1:
        message = f"one target for figures in {', '.join(sorted(map(str, units)))}"
        mend = "take indicators of one unit, or a goal each"
        yield _finding("goal-units", message, part, "/indicators", mend)


_OF_SEVERAL = frozenset({"values", "count", "expected"})


def target_faults(
    scope: Scope, goal: Goal, targets: Iterable[Target], part: Part
) -> Iterator[Finding]:
    """What is wrong with the targets of a goal or of a stand on it."""
    indicator = scope.items.get("indicators", {}).get(goal.indicators[0])
    seen: set[tuple[str | None, int | None]] = set()
    for index, target in enumerate(targets):
        below = f"/targets/{index}"
        yield from _target_twice(target, seen, part, below)
        for number, area in enumerate(target.areas):
            yield from scope.unknown("areas", "area", area, part, f"{below}/areas/{number}")
        if indicator is not None and indicator.unit in scope.units.units:
            yield from _target(scope, target, indicator, part, below)
        yield from _target_for_rule(scope, goal, target, part, below)


def _target_twice(
    target: Target, seen: set[tuple[str | None, int | None]], part: Part, below: str
) -> Iterator[Finding]:
    """Two targets for the same areas and year: which one holds cannot be told."""
    for whom in target.areas or (target.level and f"every {target.level}",):
        if (whom, target.year) in seen:
            when = f"for {target.year}" if target.year else "without a year"
            message = f"a second target {when} for {whom or 'everybody'}"
            yield _finding(
                "target-twice", message, part, below, "keep one, or give it another year"
            )
        seen.add((whom, target.year))


def _target_for_rule(
    scope: Scope, goal: Goal, target: Target, part: Part, below: str
) -> Iterator[Finding]:
    """Whether the rule of a goal can judge by this target: a range or a value, with a year."""
    rule: NamedRule | None = scope.items.get("rule", {}).get(goal.rule)
    if rule is None:
        return
    given = {"target_year"} if target.year is not None else set()
    given |= {"lower", "upper"} if target.is_range else {"target"}
    lacking = sorted(set(rule.needs) & {"target", "target_year", "lower", "upper"} - given)
    if lacking:
        message = f"the rule {rule.id!r} needs {' and '.join(lacking)}, which this target lacks"
        mend = "complete the target, or use a rule that goes without"
        yield _finding("target-rule", message, part, below, mend)


def _target(
    scope: Scope, target: Target, indicator: Indicator, part: Part, below: str
) -> Iterator[Finding]:
    unit = scope.units.find(indicator.unit or "")
    if unit.absolute and not target.areas:
        message = f"a target in {unit.label} binds only areas it names"
        yield _finding("target-absolute", message, part, below, "name them in `areas`")
    try:
        figures = [
            scope.units.convert(figure, target.unit or unit.id, unit.id)
            for figure in (target.value, target.minimum, target.maximum, target.baseline)
            if figure is not None
        ]
    except CitygoalsError as error:
        mend = f"name a unit that converts to {unit.label}"
        yield _finding("target-unit", str(error), part, f"{below}/unit", mend)
        return
    for figure in figures:
        if not _within_limits(figure, indicator):
            limits = f"the limits of {indicator.id!r} ({_limits(indicator)})"
            message = f"{figure:.10g} {unit.label} is outside {limits}"
            yield _finding("target-limits", message, part, below, "correct the figure or its unit")
    if target.minimum is not None and target.maximum is not None:
        if target.minimum > target.maximum:
            yield _finding("target-range", "min is above max", part, below, "swap them")
    elif indicator.direction.sign == 0:
        message = f"{indicator.id!r} has no direction, so one value says nothing"
        yield _finding("target-direction", message, part, below, "give min and max")


def _within_limits(figure: float, indicator: Indicator) -> bool:
    low, high = indicator.minimum, indicator.maximum
    return (low is None or figure >= low) and (high is None or figure <= high)


def _limits(indicator: Indicator) -> str:
    low = "none" if indicator.minimum is None else f"{indicator.minimum:g}"
    high = "none" if indicator.maximum is None else f"{indicator.maximum:g}"
    return f"least {low}, most {high}"


def _mapping(scope: Scope, part: Part) -> Iterator[Finding]:
    content = part.content
    for key in ("indicator", "common"):
        yield from scope.unknown("indicators", "indicator", content[key], part, f"/{key}")
    known = scope.items.get("indicators", {})
    own, common = known.get(content["indicator"]), known.get(content["common"])
    if own is None or common is None:
        return
    if own is common:
        message = f"{own.id!r} is mapped to itself"
        yield _finding("mapping-self", message, part, "", "remove the mapping")
    elif "factor" not in content:
        yield from _unit_mapping(scope, own, common, part)
    if own.direction is not common.direction:
        message = f"{own.id!r} should go {own.direction}, {common.id!r} {common.direction}"
        yield _finding("mapping-direction", message, part, "", "map indicators of one direction")


def _unit_mapping(scope: Scope, own: Indicator, common: Indicator, part: Part) -> Iterator[Finding]:
    mend = "give the factor from one to the other"
    for indicator in (own, common):
        if indicator.unit is None:
            message = f"the unit of the indicator {indicator.id!r} is not known"
            yield _finding("mapping-unit", message, part, "", mend)
    try:
        if own.unit is not None and common.unit is not None:
            scope.units.ratio(own.unit, common.unit)
    except CitygoalsError as error:
        yield _finding("mapping-unit", str(error), part, "", mend)


def _mapped_twice(profile: Profile) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for part in profile.parts["mappings"]:
        pair = part.content["indicator"], part.content["common"]
        if pair in seen:
            message = f"{pair[0]!r} is mapped to {pair[1]!r} twice"
            yield _finding("mapping-duplicate", message, part, "", "keep one of them")
        seen.add(pair)


def standing_faults(
    profile: Profile, items: Items, units: UnitTable, extended: Profile | None
) -> Iterator[Finding]:
    """Stands on goals that are not there or twice, targets of adapted ones, strange pins."""
    scope = Scope(profile, items, units)
    goals: dict[GoalId, Goal] = {
        GoalId(name): goal
        for name, goal in items.get("goals", {}).items()
        if _is_of(goal, extended)
    }
    seen: set[str] = set()
    for part in profile.parts["stands"]:
        name = part.content["goal"]
        if name not in goals:
            message = f"no goal {name!r} to take a stand on{suggestion(name, sorted(goals))}"
            mend = "correct the id" if extended else "say which profile this one `extends`"
            yield _finding("stand-goal", message, part, "/goal", mend)
            continue
        if name in seen:
            message = f"two stands on {name!r}"
            yield _finding("stand-duplicate", message, part, "/goal", "keep one")
        seen.add(name)
        stand: Stand = profile.stands[name]
        yield from target_faults(scope, goals[name], stand.targets, part)
    if extended is not None:
        yield from _strange_pins(profile, extended)


def _strange_pins(profile: Profile, extended: Profile) -> Iterator[Finding]:
    for document, pin in _pins(profile):
        if pin.profile != extended.id:
            message = f"the stands are on {pin.profile!r}, the profile extends {extended.id!r}"
            at = document.place("/on")
            yield Finding(code="pin-profile", message=message, at=at, mend="correct one of them")


def standing_warnings(
    profile: Profile, goals: Mapping[GoalId, Goal], extended: Profile
) -> Iterator[Finding]:
    """Goals of the extended profile without a stand, and stands taken on another state of it."""
    parts = {part.content["goal"]: part for part in profile.parts["stands"]}
    for name in (name for name, goal in goals.items() if _is_of(goal, extended)):
        stand = profile.stands.get(name)
        if stand is None or stand.kind is StandKind.UNDECIDED:
            message = f"no stand on the {extended.id} goal {name!r}"
            at = parts[name].place("/stand") if name in parts else profile.head.place()
            yield _warning("goal-undecided", message, at, "adopt, adapt or decline it")
    for document, pin in _pins(profile):
        if pin.hash != extended.hash:
            message = f"the stands were taken on another state of {extended.id!r}"
            mend = "read what changed, then run `citygoals pin`"
            yield _warning("pin-stale", message, document.place("/on"), mend)


def _pins(profile: Profile) -> Iterable[tuple[Document, Pin]]:
    """The documents with stands, and the state that each of them was taken on."""
    documents = {part.document.file: part.document for part in profile.parts["stands"]}
    return [(document, decode.item(Pin, document.content["on"])) for document in documents.values()]


def _warning(code: str, message: str, at: Place, mend: str) -> Finding:
    return Finding(code=code, message=message, at=at, mend=mend, severity=Severity.WARNING)


def _is_of(goal: Goal, profile: Profile | None) -> bool:
    return profile is not None and goal.profile == profile.id
