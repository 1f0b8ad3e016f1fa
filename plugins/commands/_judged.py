"""The figures that a stored run judged: of the database as it was, or of the run's own files."""

from __future__ import annotations

from collections.abc import Sequence

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.base.model import Area, Observation, ProfileId
from citygoals.core.forum.forum import Forum
from citygoals.core.judging.evaluate import Request
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.store import Database, Run, hash_observations


class FiguresChanged(CitygoalsError):  # noqa: N818
    """The figures that a run judged are no longer there as they were."""


def files_of(run: Run) -> Sequence[str]:
    """The patterns of the files that a run judged; none where it judged the database's figures."""
    patterns: Sequence[str] = run.parameters.get("observations", ())
    return patterns


def judged_figures(
    assembly: Assembly, database: Database, run: Run, area: Area, profile: ProfileId
) -> tuple[list[Observation], int | None]:
    """What the run knew of an area under a profile, and its last year. Raises FiguresChanged."""
    years = run.parameters.get("years", ())
    if files_of(run):
        said, last = _from_files(assembly, database, run, area, profile)
    else:
        said, last = _from_database(assembly.forum, database, run), None
    return said, max(years, default=last)


def _from_database(forum: Forum, database: Database, run: Run) -> list[Observation]:
    said = database.observations(run.as_of or run.started_at, indicators=forum.indicators)
    _refuse_other(hash_observations(said), run, f"the figures of {database.path}")
    return said


def _from_files(
    assembly: Assembly, database: Database, run: Run, area: Area, profile: ProfileId
) -> tuple[list[Observation], int]:
    from citygoals.core.judging.observations import find_files, hash_files
    from citygoals.core.judging.plan import make_plan
    from citygoals.core.judging.rows import observations
    from citygoals.plugins.commands._bulk import look

    forum, patterns = assembly.forum, files_of(run)
    _refuse_other(hash_files(find_files(patterns)), run, f"the files {', '.join(patterns)}")
    known = {one.id: one for one in database.areas()} | dict(forum.areas)
    files = look(assembly, known.values(), patterns)
    plan = make_plan(forum, [area], Request(profiles=(profile,)), (files.last,))
    return list(observations(plan, files.load(plan).frame)), files.last


def _refuse_other(found: str, run: Run, what: str) -> None:
    if found != run.observations_hash:
        message = f"{what} are not those that run {run.number} judged; restore them"
        raise FiguresChanged(f"{message}, or evaluate again")
