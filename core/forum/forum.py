"""The forum: every profile that fits, put together, and the goals that stand under each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from citygoals.core.base.errors import Finding, InvalidDocuments, UnknownName
from citygoals.core.base.model import (
    Area,
    AreaId,
    Goal,
    GoalId,
    Indicator,
    IndicatorId,
    IndicatorMapping,
    ProfileId,
    RuleId,
    Scale,
    Stand,
    StandKind,
    Status,
    StatusId,
    Target,
    Theme,
    ThemeId,
)
from citygoals.core.base.units import UnitTable
from citygoals.core.forum.profiles import Profile
from citygoals.core.forum.references import standing_warnings
from citygoals.core.logic import NamedRule

COMMON = ProfileId("common")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingGoal:
    """A goal as it stands under one profile: with whose targets, and what the profile says to it.

    `stand` is None for the profile's own goals.
    """

    goal: Goal
    profile: ProfileId
    targets: tuple[Target, ...]
    stand: StandKind | None
    stand_reason: str | None
    max_age: int
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Forum:
    """All that the profiles say together. `failures` names the profiles that were left out.

    Each mapping comes with what a national figure is multiplied by, units included.
    """

    profiles: Mapping[ProfileId, Profile]
    themes: Mapping[ThemeId, Theme]
    units: UnitTable
    scales: Mapping[str, Scale]
    indicators: Mapping[IndicatorId, Indicator]
    areas: Mapping[AreaId, Area]
    rules: Mapping[RuleId, NamedRule]
    goals: Mapping[GoalId, Goal]
    mappings: Sequence[tuple[IndicatorMapping, Fraction]]
    failures: Mapping[str, InvalidDocuments] = field(default_factory=dict)

    @cached_property
    def warnings(self) -> Sequence[Finding]:
        """What does not stop a profile: goals without a stand, stands on another state."""
        return [
            finding
            for profile in self.profiles.values()
            if profile.extends is not None
            for finding in standing_warnings(profile, self.goals, self.profiles[profile.extends])
        ]

    def profile(self, profile_id: str) -> Profile:
        """The profile of that id. Raises its failure, or UnknownName."""
        if profile_id in self.failures:
            raise self.failures[profile_id]
        try:
            return self.profiles[ProfileId(profile_id)]
        except KeyError:
            raise UnknownName("profile", profile_id, self.profiles) from None

    def profile_of_country(self, country: str) -> Profile | None:
        """The national profile of an ISO 3166 country, if the forum has one."""
        return next((p for p in self.profiles.values() if p.country == country), None)

    def goals_under(self, profile_id: ProfileId) -> list[StandingGoal]:
        """The goals that an area is assessed on under a profile: its own, and the extended ones."""
        profile = self.profile(profile_id)
        own = [_standing(goal, profile, goal.targets) for goal in self._goals_of(profile.id)]
        if profile.extends is None:
            return own
        taken = [self._taken(goal, profile) for goal in self._goals_of(profile.extends)]
        return [*taken, *own]

    def _goals_of(self, profile_id: ProfileId) -> list[Goal]:
        return [goal for goal in self.goals.values() if goal.profile == profile_id]

    def _taken(self, goal: Goal, profile: Profile) -> StandingGoal:
        stand = profile.stands.get(goal.id)
        if stand is None:
            undecided = Stand(goal=goal.id, kind=StandKind.UNDECIDED)
            return _standing(goal, profile, (), undecided)
        targets = stand.targets if stand.kind is StandKind.ADAPTED else goal.targets
        return _standing(goal, profile, targets, stand)

    def status(self, status_id: StatusId, rule: RuleId) -> Status | None:
        """The status as the scale of a rule words it; None for those of the engine."""
        scale = self.scales.get(self.rules[rule].scale or "")
        statuses = scale.statuses if scale else ()
        return next((status for status in statuses if status.id == status_id), None)


def _standing(
    goal: Goal, profile: Profile, targets: tuple[Target, ...], stand: Stand | None = None
) -> StandingGoal:
    return StandingGoal(
        goal=goal,
        profile=profile.id,
        targets=targets,
        stand=stand.kind if stand else None,
        stand_reason=stand.reason if stand else None,
        max_age=profile.max_age if goal.max_age is None else goal.max_age,
        sources=profile.sources,
    )
