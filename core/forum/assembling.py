"""Puts profiles together into a forum; a profile with faults is left out and its faults kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from citygoals.core.base.errors import Finding, InvalidDocuments, suggestion
from citygoals.core.base.guard import Guarded
from citygoals.core.base.model import (
    Goal,
    GoalId,
    Indicator,
    IndicatorId,
    IndicatorMapping,
    ProfileId,
    Scale,
    Target,
    Theme,
    ThemeId,
)
from citygoals.core.base.units import UnitTable, decode_unit, exact
from citygoals.core.forum import decode
from citygoals.core.forum.documents.reading import placed
from citygoals.core.forum.forum import COMMON, Forum
from citygoals.core.forum.profiles import Part, Profile
from citygoals.core.forum.references import reference_faults, standing_faults
from citygoals.core.logic import NamedRule, OperatorRegistry, standard_operators


@dataclass(slots=True)
class Known:
    """What the profiles taken so far contribute, by kind and id, and which profile owns it."""

    items: dict[str, dict[Any, Any]] = field(default_factory=dict)
    owners: dict[tuple[str, str], ProfileId] = field(default_factory=dict)
    mappings: list[IndicatorMapping] = field(default_factory=list)
    units: UnitTable = field(default_factory=lambda: UnitTable(()))

    def of(self, kind: str) -> dict[Any, Any]:
        """The items of a kind by id."""
        return self.items.setdefault(kind, {})

    def copy(self) -> Known:
        """A copy that can be added to and thrown away."""
        items = {kind: dict(by_id) for kind, by_id in self.items.items()}
        return Known(items, dict(self.owners), list(self.mappings), self.units)


Decoder = Callable[[Part], Any]
_DECODERS: Mapping[str, Decoder] = {
    "themes": lambda part: decode.item(Theme, part.content),
    "units": lambda part: decode_unit(part.content, part.spot()),
    "scales": lambda part: decode.item(Scale, part.content),
    "indicators": lambda part: decode.indicator(part.content),
    "areas": lambda part: decode.area(part.content),
}
_WORDS = {"themes": "theme", "units": "unit", "scales": "scale", "areas": "area"}


def assemble(
    profiles: Iterable[Profile],
    *,
    registry: OperatorRegistry | None = None,
    failures: Mapping[str, InvalidDocuments] | None = None,
) -> Forum:
    """A forum of all profiles that fit together.

    `failures` are those of profiles that could not even be read. Raises InvalidDocuments when the
    common profile itself has faults.
    """
    failed = dict(failures or {})
    known = Known()
    taken: dict[ProfileId, Profile] = {}
    operators = registry or standard_operators()
    for profile in _in_order(list(profiles), failed):
        trial = known.copy()
        findings: list[Finding] = []
        with Guarded() as caught:
            findings = _take(profile, trial, taken, operators)
        if caught.error is not None:
            failed[profile.id] = _raised(profile, caught.error)
            continue
        if findings:
            failed[profile.id] = InvalidDocuments(findings)
            continue
        known, taken[profile.id] = trial, profile
    if COMMON in failed:
        raise failed[COMMON]
    return _forum(taken, known, failed)


def _in_order(
    profiles: Sequence[Profile], failed: dict[str, InvalidDocuments]
) -> Iterable[Profile]:
    """Extended profiles first; what extends itself in a circle or nothing known fails."""
    by_id: dict[ProfileId, Profile] = {}
    for profile in profiles:
        if profile.id in by_id:
            other = by_id[profile.id].origin.plugin
            message = f"profile {profile.id!r} comes from {other!r} and {profile.origin.plugin!r}"
            mend = "uninstall one of them"
            failed[profile.id] = _failure(profile, "profile-duplicate", message, "/id", mend)
        by_id.setdefault(profile.id, profile)
    waiting = [profile for profile in by_id.values() if profile.id not in failed]
    done: set[ProfileId | None] = {None}
    while ready := [profile for profile in waiting if profile.extends in done]:
        yield from ready
        done |= {profile.id for profile in ready if profile.id not in failed}
        waiting = [profile for profile in waiting if profile not in ready]
    failed |= {profile.id: _not_extended(profile, by_id) for profile in waiting}


def _not_extended(profile: Profile, by_id: Mapping[ProfileId, Profile]) -> InvalidDocuments:
    """Why a profile cannot extend the one that it names."""
    if profile.extends not in by_id:
        near = suggestion(str(profile.extends), sorted(by_id))
        why, mend = f"which no plugin provides{near}", "install its plugin, or correct the id"
    elif _in_a_circle(profile, by_id):
        why, mend = "in a circle", "let one of them extend another profile, or none"
    else:
        why, mend = "which has faults of its own", f"mend {profile.extends!r} first"
    message = f"extends {profile.extends!r}, {why}"
    return _failure(profile, "profile-extends", message, "/extends", mend)


def _in_a_circle(profile: Profile, by_id: Mapping[ProfileId, Profile]) -> bool:
    passed: set[ProfileId] = set()
    at = profile.extends
    while at is not None and at in by_id and at not in passed:
        passed.add(at)
        at = by_id[at].extends
    return profile.id in passed


def _failure(
    profile: Profile, code: str, message: str, pointer: str, mend: str
) -> InvalidDocuments:
    at = profile.head.place(pointer)
    return InvalidDocuments([Finding(code=code, message=message, at=at, mend=mend)])


def _raised(profile: Profile, error: BaseException) -> InvalidDocuments:
    """The failure of a profile whose rules run operators of plugins that raised."""
    what = f"{type(error).__name__}: {error}"
    mend = "mend the operator that raised it; --debug before the command shows the traceback"
    message = f"checking the profile raised {what}"
    finding = Finding(code="profile-raised", message=message, at=profile.head.place(), mend=mend)
    failure = InvalidDocuments([finding])
    failure.__cause__ = error
    return failure


def _take(
    profile: Profile,
    known: Known,
    taken: Mapping[ProfileId, Profile],
    registry: OperatorRegistry,
) -> list[Finding]:
    """Add what a profile contributes to `known`; the findings say what is wrong with it."""
    findings: list[Finding] = []
    for kind, decoder in {**_DECODERS, "goals": _goal_decoder(profile, known)}.items():
        findings.extend(_add_all(profile, known, kind, decoder))
    findings.extend(_add_rules(profile, known, registry))
    known.mappings.extend(profile.mappings)
    try:
        if profile.parts["units"]:
            known.units = UnitTable(known.of("units").values())
    except InvalidDocuments as error:
        documents = [part.document for part in profile.parts["units"]]
        return [*findings, *placed(error.findings, documents)]
    findings.extend(reference_faults(profile, known.items, known.units))
    extended = taken.get(profile.extends) if profile.extends else None
    findings.extend(standing_faults(profile, known.items, known.units, extended))
    return findings


def _add_all(profile: Profile, known: Known, kind: str, decoder: Decoder) -> Iterable[Finding]:
    for part in profile.parts[kind]:
        fault = _claim(profile, known, kind, part)
        if fault:
            yield fault
        else:
            known.of(kind)[part.content["id"]] = decoder(part)


def _claim(profile: Profile, known: Known, kind: str, part: Part) -> Finding | None:
    """Note the owner of an id; a finding that names both owners where it has one already."""
    owner = known.owners.setdefault((kind, part.content["id"]), profile.id)
    if part.content["id"] not in known.of(kind):
        return None
    word = _WORDS.get(kind, kind.removesuffix("s"))
    twice = f"twice in the profile {owner!r}"
    who = twice if owner == profile.id else f"in the profiles {owner!r} and {profile.id!r}"
    return Finding(
        code=f"{word}-duplicate",
        message=f"{word} {part.content['id']!r} stands {who}",
        at=part.place("/id"),
        mend="give one of them another id",
    )


def _goal_decoder(profile: Profile, known: Known) -> Decoder:
    def goal(part: Part) -> Goal:
        content = part.content
        first = (content.get("indicators") or [content["indicator"]])[0]
        indicator = known.of("indicators").get(first)
        theme = ThemeId(content.get("theme") or (indicator.theme if indicator else ""))
        return decode.goal(content, profile.id, theme)

    return goal


def _add_rules(profile: Profile, known: Known, registry: OperatorRegistry) -> Iterable[Finding]:
    for part in profile.parts["rule"]:
        fault = _claim(profile, known, "rule", part)
        if fault:
            yield fault
            continue
        scale = known.of("scales").get(part.content.get("scale"))
        statuses = [status.id for status in scale.statuses] if scale else None
        try:
            rule = NamedRule.load(
                part.content, statuses=statuses, registry=registry, at=part.spot()
            )
        except InvalidDocuments as error:
            yield from placed(error.findings, [part.document])
        else:
            known.of("rule")[rule.id] = rule


def _forum(
    taken: Mapping[ProfileId, Profile],
    known: Known,
    failed: Mapping[str, InvalidDocuments],
) -> Forum:
    indicators = known.of("indicators")
    own = _Units(known.units, indicators)
    goals = {name: own.of_goal(goal) for name, goal in known.of("goals").items()}
    return Forum(
        profiles={name: own.of_stands(profile, goals) for name, profile in taken.items()},
        themes=known.of("themes"),
        units=known.units,
        scales=known.of("scales"),
        indicators=indicators,
        areas=known.of("areas"),
        rules=known.of("rule"),
        goals=goals,
        mappings=[(mapping, own.factor(mapping)) for mapping in known.mappings],
        failures=failed,
    )


@dataclass(frozen=True, slots=True)
class _Units:
    """Brings every figure of targets and mappings into the unit of its indicator."""

    table: UnitTable
    indicators: Mapping[IndicatorId, Indicator]

    def of_goal(self, goal: Goal) -> Goal:
        return replace(goal, targets=self.targets(goal.targets, goal))

    def of_stands(self, profile: Profile, goals: Mapping[GoalId, Goal]) -> Profile:
        if not profile.stands:
            return profile
        stands = {
            name: replace(stand, targets=self.targets(stand.targets, goals[name]))
            for name, stand in profile.stands.items()
        }
        return replace(profile, stands=stands)

    def targets(self, targets: Iterable[Target], goal: Goal) -> tuple[Target, ...]:
        unit = self.indicators[goal.indicators[0]].unit or ""
        return tuple(self._target(target, unit) for target in targets)

    def _target(self, target: Target, unit: str) -> Target:
        if target.unit is None:
            return target

        def convert(figure: float | None) -> float | None:
            return None if figure is None else self.table.convert(figure, target.unit or "", unit)

        return replace(
            target,
            value=convert(target.value),
            minimum=convert(target.minimum),
            maximum=convert(target.maximum),
            baseline=convert(target.baseline),
            unit=None,
        )

    def factor(self, mapping: IndicatorMapping) -> Fraction:
        """What a figure of the national indicator is multiplied by."""
        if mapping.factor is not None:
            return exact(mapping.factor)
        own, common = self.indicators[mapping.indicator], self.indicators[mapping.common]
        return self.table.ratio(own.unit or "", common.unit or "")
