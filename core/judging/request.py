"""What is asked of an evaluation, and under which profiles an area is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import Area, ProfileId
from citygoals.core.forum.forum import COMMON, Forum
from citygoals.core.logic.engines import DEFAULT


class NothingToEvaluate(CitygoalsError):  # noqa: N818
    """No areas or no observations, so that no year can be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to evaluate: no profiles mean common and each area's own, no years the latest.

    `engine` is where rules run; it never decides what they say.
    """

    profiles: tuple[ProfileId, ...] = ()
    years: tuple[int, ...] = ()
    engine: str = DEFAULT

    def judged(self, last: int | None) -> Sequence[int]:
        """The years to judge, each once; `last` is the latest year of any observation, if any.

        Raises NothingToEvaluate.
        """
        if not self.years and last is None:
            raise NothingToEvaluate("no observations yet; import a file, or name a --year")
        return tuple(dict.fromkeys(self.years)) or (last or 0,)


def profiles_of(forum: Forum, area: Area, request: Request) -> Sequence[ProfileId]:
    """The profiles that an area is assessed under."""
    if request.profiles:
        return tuple(dict.fromkeys(request.profiles))
    own = forum.profile_of_country(area.country)
    return (COMMON, own.id) if own else (COMMON,)
