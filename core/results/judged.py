"""The figures that an evaluation judges: of a record at a moment, of files, or of a stored run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from citygoals.core.base.errors import CitygoalsError
from citygoals.core.forum.forum import Forum
from citygoals.core.results.names import known_areas
from citygoals.core.store import Database, Run

if TYPE_CHECKING:
    from citygoals.core.judging.observations import ParquetFiles
    from citygoals.core.store.standing import Stored


class FiguresChanged(CitygoalsError):  # noqa: N818
    """The figures that a run judged are no longer there as they were."""


def figures_of_run(
    forum: Forum, database: Database, run: Run
) -> tuple[Stored | ParquetFiles, int | None]:
    """What a run judged, and the last year that it judged. Raises FiguresChanged, UnusableFile."""
    years: Sequence[int] = run.parameters.get("years", ())
    figures: Stored | ParquetFiles
    if patterns := files_of(run):
        figures = figures_in_files(forum, database, patterns, run)
    else:
        figures = _from_database(forum, database, run)
    return figures, max(years, default=figures.latest)


def files_of(run: Run) -> Sequence[str]:
    """The patterns of the files that a run judged; none where it judged the database's figures."""
    patterns: Sequence[str] = run.parameters.get("observations", ())
    return patterns


def run_to_explain(database: Database, number: int | None) -> Run | None:
    """The run whose figures are meant, None for those of the database now.

    Without a number it is the latest run, where it judged files and the database has no figures of
    its own.
    """
    if number is not None:
        return database.run(number)
    latest = next(reversed(database.runs()), None)
    if latest is None or not files_of(latest) or database.imports():
        return None
    return latest


def _from_database(forum: Forum, database: Database, run: Run) -> Stored:
    moment: datetime = run.as_of or run.started_at
    figures = database.stored(moment, indicators=forum.indicators)
    _refuse_other(figures.hash(), run, f"the figures of {database.path}")
    return figures


def figures_in_files(
    forum: Forum, database: Database, patterns: Sequence[str], run: Run | None = None
) -> ParquetFiles:
    """What files hold of areas that are known. Raises UnusableFile.

    With a run they must be as it judged them: raises FiguresChanged.
    """
    from citygoals.core.figures.parquet import find_files, hash_files
    from citygoals.core.judging.observations import look_at

    paths = find_files(patterns)
    if run is not None:
        _refuse_other(hash_files(paths), run, f"the files {', '.join(patterns)}")
    return look_at(paths, forum, known_areas(forum, database))


def _refuse_other(observations_hash: str, run: Run, what: str) -> None:
    if observations_hash != run.observations_hash:
        message = f"{what} are not those that run {run.number} judged; restore them"
        raise FiguresChanged(f"{message}, or evaluate again")
