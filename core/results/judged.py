"""The figures that an evaluation judges: of a record at a moment, of files, or of a stored run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from citygoals.core.base.errors import CitygoalsError, UnknownName
from citygoals.core.base.model import Area, AreaId
from citygoals.core.forum.forum import Forum
from citygoals.core.store import Database, Run

if TYPE_CHECKING:
    from citygoals.core.judging.observations import ParquetFiles
    from citygoals.core.store.standing import Stored


class FiguresChanged(CitygoalsError):  # noqa: N818
    """The figures that a run judged are no longer there as they were."""


def known_areas(forum: Forum, database: Database) -> dict[AreaId, Area]:
    """The areas of the profiles and of the database, by id."""
    return {area.id: area for area in database.areas()} | dict(forum.areas)


def choose_areas(forum: Forum, database: Database, wanted: Iterable[str] = ()) -> list[Area]:
    """The areas that are named, each once; else all that are known, by id. Raises UnknownName."""
    known = known_areas(forum, database)
    for name in wanted:
        if name not in known:
            raise UnknownName("area", name, known)
    return [known[AreaId(name)] for name in dict.fromkeys(wanted) or sorted(known)]


def figures_of_run(
    forum: Forum, database: Database, run: Run
) -> tuple[Stored | ParquetFiles, int | None]:
    """What a run judged, and the last year that it judged. Raises FiguresChanged, UnusableFile."""
    years: Sequence[int] = run.parameters.get("years", ())
    figures: Stored | ParquetFiles
    if patterns := files_of(run):
        figures = _from_files(forum, database, run, patterns)
    else:
        figures = _from_database(forum, database, run)
    return figures, max(years, default=figures.latest)


def files_of(run: Run) -> Sequence[str]:
    """The patterns of the files that a run judged; none where it judged the database's figures."""
    patterns: Sequence[str] = run.parameters.get("observations", ())
    return patterns


def _from_database(forum: Forum, database: Database, run: Run) -> Stored:
    moment: datetime = run.as_of or run.started_at
    figures = database.stored(moment, indicators=forum.indicators)
    _refuse_other(figures.hash(), run, f"the figures of {database.path}")
    return figures


def _from_files(
    forum: Forum, database: Database, run: Run, patterns: Sequence[str]
) -> ParquetFiles:
    from citygoals.core.figures.parquet import find_files, hash_files
    from citygoals.core.judging.observations import look_at

    paths = find_files(patterns)
    _refuse_other(hash_files(paths), run, f"the files {', '.join(patterns)}")
    return look_at(paths, forum, known_areas(forum, database))


def _refuse_other(observations_hash: str, run: Run, what: str) -> None:
    if observations_hash != run.observations_hash:
        message = f"{what} are not those that run {run.number} judged; restore them"
        raise FiguresChanged(f"{message}, or evaluate again")
