"""The forum's record: one SQLite file with everything that was imported and evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from citygoals.core.base.coded import Tables, Words
from citygoals.core.base.errors import UnknownName, UnusableDatabase
from citygoals.core.base.model import (
    Area,
    AreaId,
    Assessment,
    GoalId,
    Indicator,
    IndicatorId,
    Observation,
)
from citygoals.core.store import folders as parquet
from citygoals.core.store import imports, manifest, runs
from citygoals.core.store import keys as names
from citygoals.core.store.asked import EVERY, Asked
from citygoals.core.store.files import open_file, speaking, transaction
from citygoals.core.store.folders import Folder
from citygoals.core.store.records import (
    Import,
    ImportFile,
    ImportSummary,
    Run,
    StoredReject,
)
from citygoals.core.store.sqlite import Database as SqliteDatabase

if TYPE_CHECKING:
    import polars as pl

    from citygoals.core.store.standing import Stored

FILES_FROM = 5_000_000
"""Observations of an import from which on they are kept in files."""


def now() -> datetime:
    """The clock, asked once at the edge."""
    return datetime.now(UTC)


def open_database(
    path: Path | str, *, create: bool = False, read_only: bool = False, timeout: float = 5.0
) -> Database:
    """Open the database at `path`; `create` makes a new one where there is none.

    `timeout` is how many seconds to wait for another program's lock. Raises UnusableDatabase.
    """
    path = Path(path)
    return Database(path, open_file(path, create=create, read_only=read_only, timeout=timeout))


class Database:
    """An open database; a context manager that closes it. Every method raises UnusableDatabase."""

    def __init__(self, path: Path, db: SqliteDatabase) -> None:
        self.path = path
        self._db = db

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written together or not at all."""
        with speaking(self.path), transaction(self._db):
            yield

    def add_areas(self, areas: Iterable[Area]) -> None:
        """Register areas; those that are there take on what is said now."""
        with self.transaction():
            names.put_areas(self._db, areas)

    def areas(self) -> list[Area]:
        """Every area registered or imported, by id."""
        with speaking(self.path):
            return names.get_areas(self._db)

    def record_imports(
        self,
        files: Sequence[ImportFile],
        *,
        areas: Mapping[AreaId, Area],
        indicators: Mapping[IndicatorId, Indicator],
        at: datetime,
        files_from: int = FILES_FROM,
    ) -> list[ImportSummary]:
        """Store what the files say, all of them or none, as imports made at `at`.

        A file that is known already and says nothing new or other leaves no trace. From
        `files_from` observations on, those of a file are kept beside the database. Raises
        UntimelyChange when `at` is before the latest change, UnitChanged, UnusableFile.
        """
        from citygoals.core.store.revisions import record

        names_of = [file.intaken.columns.names for file in files]
        with ExitStack() as folders, self.transaction():
            imports.check_timely(self._db, at)
            used = dict.fromkeys(chain.from_iterable(each["area"] for each in names_of))
            names.put_areas(self._db, (areas[AreaId(name)] for name in used))
            counted = dict.fromkeys(chain.from_iterable(each["indicator"] for each in names_of))
            names.put_indicators(self._db, (indicators[IndicatorId(name)] for name in counted))

            def folder() -> Folder:
                under = parquet.imports_folder(self.path)
                return folders.enter_context(parquet.new_folder(under, self.path, now(), "import"))

            return [
                record(
                    self._db,
                    self.path,
                    file,
                    at,
                    folder if file.intaken.columns.frame.height >= files_from else None,
                )
                for file in files
            ]

    def imports(self) -> list[Import]:
        """Every import in its order, withdrawn ones too."""
        with speaking(self.path):
            return imports.imports(self._db)

    def withdraw(self, number: int, *, at: datetime) -> Import:
        """Take an import back; what it revised comes back. Raises UnknownName, UntimelyChange."""
        with self.transaction():
            imports.check_timely(self._db, at)
            return imports.withdraw(self._db, number, at)

    def rejects(self, number: int | None = None) -> list[StoredReject]:
        """The rejected rows of one import, or of all that are not withdrawn."""
        with speaking(self.path):
            if number is not None:
                self._known_import(number)
            return imports.rejects(self._db, number)

    def _known_import(self, number: int) -> None:
        known = [imported.number for imported in imports.imports(self._db)]
        if number not in known:
            raise UnknownName("import", str(number), map(str, known))

    def observations(
        self,
        as_of: datetime | None = None,
        *,
        indicators: Mapping[IndicatorId, Indicator] | None = None,
    ) -> list[Observation]:
        """The state now, or as of a moment; `released` is the number of the import that said it.

        With `indicators`, raises UnitChanged where figures are stored in another unit than theirs.
        """
        return self.stored(as_of, indicators=indicators or {}).observations()

    def stored(
        self, as_of: datetime | None = None, *, indicators: Mapping[IndicatorId, Indicator]
    ) -> Stored:
        """The same state by columns. Raises UnitChanged, UnusableFile."""
        from citygoals.core.store.standing import stored

        with speaking(self.path):
            self._check_units(indicators)
            return stored(self._db, self.path, as_of)

    def _check_units(self, indicators: Mapping[IndicatorId, Indicator]) -> None:
        names.check_units(
            self._db, {indicator.id: indicator.unit for indicator in indicators.values()}
        )

    def write_frames(
        self,
        run: Run,
        frames: Iterable[pl.DataFrame],
        words: Words,
        *,
        areas: Iterable[Area],
        goals: Mapping[GoalId, str],
        clock: Callable[[], datetime] = now,
    ) -> int:
        """Write a finished run, its assessments in numbers, in one transaction; its number.

        `areas` and `goals` (titles by id) name what is assessed; `clock` says when it finished.
        """
        from citygoals.core.store.assessment_frames import add_frames

        with self.transaction():
            names.put_areas(self._db, areas)
            names.put_goals(self._db, goals)
            return runs.write(self._db, run, lambda rows: add_frames(rows, frames, words), clock)

    def write_parquet_run(
        self,
        run: Run,
        folder: Folder,
        words: Words,
        *,
        areas: Iterable[Area],
        goals: Mapping[GoalId, str],
        clock: Callable[[], datetime] = now,
    ) -> int:
        """Write the manifest of a run whose assessments are in a folder of files; its number."""
        folder.finish(words)
        with self.transaction():
            names.put_areas(self._db, areas)
            names.put_goals(self._db, goals)
            return runs.write_files(self._db, run, folder, self.path, clock)

    def prune(self, under: Iterable[Path]) -> list[Path]:
        """Remove what runs and imports that never finished left; the folders removed.

        Looked at are these folders and those that the database has files in.
        """
        with speaking(self.path):
            base = self.path.resolve().parent
            finished = [base / name for name in manifest.folders(self._db)]
        own = (parquet.default_folder(self.path), parquet.imports_folder(self.path))
        places = {path.resolve(): path for path in (*(p.parent for p in finished), *under, *own)}
        return parquet.prune(places.values(), self.path, finished)

    def runs(self) -> list[Run]:
        """Every run in its order."""
        with speaking(self.path):
            return runs.runs(self._db)

    def run(self, number: int | None = None) -> Run:
        """One run, without a number the latest. Raises UnknownName, and where there is none."""
        with speaking(self.path):
            wanted = self._run_number(number)
            return next(run for run in runs.runs(self._db) if run.number == wanted)

    def _run_number(self, number: int | None) -> int:
        latest = runs.latest_run(self._db, number)
        if latest is None:
            mend = f"make one with: citygoals evaluate --db {self.path}"
            raise UnusableDatabase(self.path, "holds no run yet", mend)
        return latest

    def assessments(self, run: int | None = None, asked: Asked = EVERY) -> list[Assessment]:
        """The assessments of a run, without a number the latest, in the order they were written.

        Those of a run in files come by year, area, profile and goal.
        """
        from citygoals.core.judging.worded import in_words

        with self.frames(run, asked, in_order=True) as (frame, tables):
            return list(in_words(frame.collect(engine="streaming"), tables))

    @contextmanager
    def frames(
        self, run: int | None = None, asked: Asked = EVERY, *, in_order: bool = False
    ) -> Iterator[tuple[pl.LazyFrame, Tables]]:
        """The assessments of a run in numbers, wherever they are kept, and the words.

        The columns are those of `judging.judge.TYPES`, null where absent. `in_order` gives the
        rows as `assessments` does; it sorts those of a run in files, as a limit does. Raises
        UnusableFile for a file that turns out to be damaged inside the block.
        """
        from citygoals.core.store.run_frames import from_files, from_tables

        with speaking(self.path):
            number = self._run_number(run)
            place = manifest.read(self._db, "run", number)
            if place is None:
                stored = from_tables(self._db, number, asked)
        if place is None:
            yield stored
            return
        countries = {area.id: area.country for area in self.areas()} if asked.countries else {}
        folder, parts = self.path.resolve().parent / place[0], place[1]
        with from_files(folder, parts, asked, countries, in_order=in_order) as frames:
            yield frames
