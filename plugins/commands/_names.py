"""Names that a command is given, held against those that something carries."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from citygoals.core.base.errors import UnknownName
from citygoals.core.base.model import Area
from citygoals.core.forum.forum import Forum
from citygoals.core.results.judged import choose_areas, known_areas
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


def chosen_areas(forum: Forum, database: Database, wanted: Collection[str]) -> list[Area]:
    """The areas that are named, else all. Raises UnknownName."""
    refuse_unknown("area", wanted, known_areas(forum, database))
    return choose_areas(forum, database, wanted)
