"""Names that somebody asks for, held against those that something carries."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from citygoals.core.base.errors import UnknownName
from citygoals.core.base.model import Area, AreaId, ProfileId
from citygoals.core.forum.forum import COMMON, Forum, StandingGoal
from citygoals.core.store import Database

_WHERE_LISTED = {
    "area": "`citygoals areas` lists them",
    "country": "write its ISO 3166 code, such as KR",
    "goal": "`citygoals profiles PROFILE` lists its goals",
}


def refuse_unknown(kind: str, wanted: Iterable[str], known: Collection[str]) -> None:
    """Raise UnknownName for the first name that is not known."""
    for name in wanted:
        if name not in known:
            raise UnknownName(kind, name, known, mend=_WHERE_LISTED.get(kind, ""))


def known_areas(forum: Forum, database: Database) -> dict[AreaId, Area]:
    """The areas of the profiles and of the database, by id."""
    return {area.id: area for area in database.areas()} | dict(forum.areas)


def chosen_areas(forum: Forum, database: Database, wanted: Collection[str] = ()) -> list[Area]:
    """The areas that are named, each once; else all that are known, by id. Raises UnknownName."""
    known = known_areas(forum, database)
    refuse_unknown("area", wanted, known)
    return [known[AreaId(name)] for name in dict.fromkeys(wanted) or sorted(known)]


def standing_goal(forum: Forum, goal: str, profile: str | None) -> StandingGoal:
    """A goal as it stands under a profile, without one under its own. Raises UnknownName."""
    owner = next((item.profile for item in forum.goals.values() if item.id == goal), COMMON)
    standing = {item.goal.id: item for item in forum.goals_under(ProfileId(profile or owner))}
    for name, item in standing.items():
        if name == goal:
            return item
    raise UnknownName(f"goal under {profile or owner!r}", goal, standing)
