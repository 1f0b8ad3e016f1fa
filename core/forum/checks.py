"""What `citygoals check` says beyond what loading a profile finds: doubtful things, mostly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from citygoals.core.base.errors import Finding, InvalidDocuments, Severity
from citygoals.core.base.model import Goal, GoalId, Indicator, RuleId, Target
from citygoals.core.forum.countries import no_country
from citygoals.core.forum.documents.reading import placed
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Part, Profile
from citygoals.core.logic import NamedRule

_AIMS = {"target", "target_year", "lower", "upper"}


def check_profile(profile: Profile, forum: Forum, year: int) -> list[Finding]:
    """Every error and warning of one of a forum's profiles, as of a calendar year, by place."""
    if profile.id in forum.failures:
        return list(forum.failures[profile.id].findings)
    documents = {part.document.file: part.document for part in _all_parts(profile)}
    own = [finding for finding in forum.warnings if finding.at.file in documents]
    findings = [*own, *_countries(profile), *_targets(profile, forum, year), *_sources(profile)]
    exact = placed([*_rules(profile, forum), *_units(profile, forum)], documents.values())
    findings += [finding for finding in exact if finding.at.file in documents]
    return sorted(findings, key=_in_order)


def _in_order(finding: Finding) -> tuple[str, str, int]:
    return finding.severity, finding.at.file or "", finding.at.line or 0


def error_findings(error: Exception, code: str = "plugin-failed") -> list[Finding]:
    """The findings that an error carries, or one that says the error."""
    cause = getattr(error, "cause", error)
    if isinstance(cause, InvalidDocuments):
        return list(cause.findings)
    mend = "mend, update or uninstall it; `citygoals --debug plugins` shows the traceback"
    return [Finding(code=code, message=str(error), mend=mend)]


def _all_parts(profile: Profile) -> Iterator[Part]:
    yield profile.head
    for parts in profile.parts.values():
        yield from parts


def _warning(code: str, message: str, part: Part, below: str, mend: str) -> Finding:
    at = part.place(below)
    return Finding(code=code, message=message, at=at, mend=mend, severity=Severity.WARNING)


def _countries(profile: Profile) -> Iterator[Finding]:
    """Codes that are no country's."""
    named = [(profile.head, profile.country)] if profile.country else []
    named += [(part, part.content["country"]) for part in profile.parts["areas"]]
    for part, country in named:
        if fault := no_country(country):
            at = part.place("/country")
            yield Finding(code="unknown-country", message=fault[0], at=at, mend=fault[1])


def _targets(profile: Profile, forum: Forum, year: int) -> Iterator[Finding]:
    for part in profile.parts["goals"]:
        goal = forum.goals[part.content["id"]]
        yield from _targets_of(part, goal, goal.targets, forum, year)
    stands = forum.profiles[profile.id].stands
    for part in profile.parts["stands"]:
        goal = forum.goals[part.content["goal"]]
        targets = stands[GoalId(part.content["goal"])].targets
        yield from _targets_of(part, goal, targets, forum, year)


def _targets_of(
    part: Part, goal: Goal, targets: Sequence[Target], forum: Forum, year: int
) -> Iterator[Finding]:
    indicator = forum.indicators[goal.indicators[0]]
    latest: dict[Any, int] = {}
    for target in targets:
        if target.year is not None:
            whom = (target.areas, target.level)
            latest[whom] = max(target.year, latest.get(whom, target.year))
    lacking = sorted(_AIMS & set(forum.rules[goal.rule].needs)) if not targets else []
    if lacking and part.content.get("stand", "adapted") == "adapted":
        message = f"the rule {goal.rule!r} needs {' and '.join(lacking)}, and there is no target"
        mend = "give a target, or use a rule that goes without"
        yield _warning("target-missing", message, part, "", mend)
    for index, target in enumerate(targets):
        below = f"/targets/{index}"
        if target.year is not None and latest[target.areas, target.level] == target.year < year:
            message = f"the target was for {target.year}, and none follows it"
            mend = "add the target that holds now, or keep it as the record of the last one"
            yield _warning("target-past", message, part, f"{below}/year", mend)
        yield from _side(part, target, indicator, below)


def _side(part: Part, target: Target, indicator: Indicator, below: str) -> Iterator[Finding]:
    """A target that is worse than where it starts from."""
    if target.value is None or target.baseline is None:
        return
    if (target.value - target.baseline) * indicator.direction.sign < 0:
        message = (
            f"{indicator.id!r} should go {indicator.direction}, but the target {target.value:g} "
            f"is worse than its baseline {target.baseline:g}"
        )
        mend = "correct the figures or the indicator's direction"
        yield _warning("target-side", message, part, f"{below}/value", mend)


def _sources(profile: Profile) -> Iterator[Finding]:
    """Indicators that nobody can look up."""
    for part in profile.parts["indicators"]:
        if not part.content.get("references"):
            message = f"{part.content['id']!r} does not say who defines it"
            mend = "add a reference: the standard, law or statistic, with its code"
            yield _warning("indicator-source", message, part, "", mend)


def _rules(profile: Profile, forum: Forum) -> Iterator[Finding]:
    """What the type check warns of; the place is in the rule's file."""
    for part in profile.parts["rule"]:
        rule: NamedRule = forum.rules[RuleId(part.content["id"])]
        yield from rule.warnings


def _units(profile: Profile, forum: Forum) -> Iterator[Finding]:
    """What pint says against the units that the profile adds."""
    if profile.parts["units"]:
        yield from forum.units.pint_findings()
