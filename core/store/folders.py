"""Large runs and imports: Parquet files in a folder of their own, beside the database.

While a folder is being written it holds a locked file that names the database; a folder counts
only once the database has its manifest, which is written last.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from citygoals.core.base.coded import Aim, Tables, Words
from citygoals.core.base.disk import sync
from citygoals.core.base.errors import UnusableFile
from citygoals.core.base.model import GoalId, ProfileId, Reason, StatusId

if TYPE_CHECKING:
    import polars as pl

LOCK, WORDS = "writing.lock", "words.json"
_ASIDE = "aside"
_PART = re.compile(r"(run|import)-")
MEND = "restore the folder, or evaluate again"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A file of a folder, with its rows and bytes."""

    file: str
    rows: int
    bytes: int


@dataclass(slots=True, kw_only=True)
class Folder:
    """The folder of a run or an import while it is written."""

    path: Path
    parts: list[FilePart] = field(default_factory=list)

    @property
    def aside(self) -> Path:
        """Where to lay what is needed only while the run is made."""
        return self.path / _ASIDE

    @property
    def rows(self) -> int:
        """How many rows were written."""
        return sum(part.rows for part in self.parts)

    def write(self, frame: pl.DataFrame) -> None:
        """One more file of rows. Raises UnusableFile where the disk does not take it."""
        from polars.exceptions import PolarsError

        path = self.path / f"part-{len(self.parts):05}.parquet"
        with _writing(self.path, (OSError, PolarsError)):
            frame.write_parquet(path, compression="lz4", statistics=True)
        self._keep(path, frame.height)

    def take(self, file: Path) -> None:
        """A file of assessments that another process wrote on the same disk."""
        import polars as pl

        path = self.path / f"part-{len(self.parts):05}.parquet"
        with _writing(self.path):
            file.rename(path)
        self._keep(path, pl.scan_parquet(path).select(pl.len()).collect().item())

    def finish(self, words: Words) -> None:
        """Write the words, without which the numbers say nothing; drop what was laid aside."""
        if self.aside.exists():
            shutil.rmtree(self.aside)
        path = self.path / WORDS
        with _writing(self.path):
            path.write_text(json.dumps(_document(words), ensure_ascii=False), encoding="utf-8")
        self._keep(path, 0)
        self.settle()

    def settle(self) -> None:
        """See that the disk has the folder's files."""
        with _writing(self.path):
            sync(self.path)

    def _keep(self, path: Path, rows: int) -> None:
        with _writing(path):
            sync(path)
        self.parts.append(FilePart(file=path.name, rows=rows, bytes=path.stat().st_size))


def default_folder(database: Path) -> Path:
    """Where runs in files are kept: a folder beside the database."""
    return database.with_name(f"{database.name}.runs")


def imports_folder(database: Path) -> Path:
    """Where large imports are kept: a folder beside the database."""
    return database.with_name(f"{database.name}.imports")


@contextmanager
def new_folder(under: Path, database: Path, at: datetime, kind: str = "run") -> Iterator[Folder]:
    """A new folder for a run or an import; gone again where writing fails or nothing was written.

    Leave the block only when the manifest is stored.
    """
    import fcntl

    path = under / f"{kind}-{at:%Y%m%dT%H%M%S%f}-{os.getpid()}"
    with _writing(path):
        path.mkdir(parents=True)
    try:
        with _writing(path), (path / LOCK).open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write(str(database.resolve()))
            lock.flush()
            folder = Folder(path=path)
            yield folder
    except BaseException:
        _remove(path)
        raise
    if folder.parts:
        (path / LOCK).unlink()
    else:
        _remove(path)
        _emptied(under)


def _remove(path: Path) -> None:
    """Remove a folder, its lock last: one that was killed meanwhile is still found by `prune`."""
    for each in path.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        elif each.name != LOCK:
            each.unlink()
    (path / LOCK).unlink(missing_ok=True)
    path.rmdir()


@contextmanager
def _writing(path: Path, kinds: tuple[type[Exception], ...] = (OSError,)) -> Iterator[None]:
    """Says what the disk has against it, in errors of these kinds."""
    try:
        yield
    except kinds as error:
        problem = f"cannot be written: {getattr(error, 'strerror', None) or error}"
        raise UnusableFile(path, problem, "make room, or keep it on another disk") from error


def prune(under: Iterable[Path], database: Path, finished: Iterable[Path]) -> list[Path]:
    """Remove the folders that were left unfinished for this database; those that it removed.

    A folder that is still being written, or belongs to another database, is left alone.
    """
    kept = {path.resolve() for path in finished}
    removed = []
    under = list(under)
    for lock in [path / LOCK for path in _folders(under) if (path / LOCK).exists()]:
        with lock.open(encoding="utf-8") as handle:
            if handle.read() not in ("", str(database.resolve())) or not _free(handle):
                continue
            if lock.parent.resolve() in kept:
                lock.unlink()
            else:
                _remove(lock.parent)
                removed.append(lock.parent)
    return removed + [path for path in _folders(under) if _emptied(path)]


def _folders(under: Iterable[Path]) -> list[Path]:
    return sorted(path for folder in under for path in folder.glob("*-*") if _PART.match(path.name))


def _emptied(path: Path) -> bool:
    """Removes a folder that has nothing in it; without its lock, one of a run has nothing."""
    try:
        path.rmdir()
    except OSError:
        return False
    return True


def _free(handle: IO[str]) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def scan(folder: Path, parts: Sequence[FilePart], mend: str = MEND) -> pl.LazyFrame:
    """The rows in a folder, in numbers. Raises UnusableFile where the folder is not whole."""
    import polars as pl

    for part in parts:
        path = folder / part.file
        if not path.is_file() or path.stat().st_size != part.bytes:
            raise UnusableFile(path, "is missing or not as it was written", mend)
    return pl.scan_parquet([folder / part.file for part in parts if part.file != WORDS])


def alike(assessments: pl.LazyFrame) -> pl.LazyFrame:
    """With the same types whoever wrote them: Spark has no unsigned numbers."""
    import polars as pl

    return assessments.with_columns(
        pl.col("profile", "status").cast(pl.UInt8), pl.col("goal").cast(pl.UInt16)
    )


def read_tables(folder: Path) -> Tables:
    """The words of a run. Raises UnusableFile."""
    path = folder / WORDS
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableFile(path, f"cannot be read: {error}", "evaluate again") from error
    return Tables(
        areas=content["areas"],
        goals=[GoalId(name) for name in content["goals"]],
        profiles=[ProfileId(name) for name in content["profiles"]],
        sources=content["sources"],
        statuses=[StatusId(word) for word in content["statuses"]],
        reasons={
            code: Reason(name, tuple(args)) for code, (name, args) in _coded(content, "reasons")
        },
        marks={code: tuple(marks) for code, marks in _coded(content, "marks")},
        aims=[Aim.of(*words, *(figures or ())) for figures, *words in content["aims"]],
    )


def _coded(content: Mapping[str, Any], name: str) -> Iterable[tuple[int, Any]]:
    """Words by code: the place in the list, or what stands beside it."""
    return chain(enumerate(content[name]), content.get(f"more_{name}", ()))


_PLAIN_WORDS = ("areas", "goals", "profiles", "sources", "statuses")


def _document(words: Words) -> Mapping[str, Any]:
    tables = words.tables()
    reasons = [(code, (reason.code, reason.args)) for code, reason in tables.reasons.items()]
    marks = list(tables.marks.items())
    return {
        **{name: getattr(tables, name) for name in _PLAIN_WORDS},
        "aims": [_aim_row(aim) for aim in tables.aims],
        **_listed("reasons", reasons),
        **_listed("marks", marks),
    }


def _listed(name: str, coded: Sequence[tuple[int, Any]]) -> Mapping[str, Any]:
    """Words whose code is their place as a list, those with a code far ahead beside it."""
    dense = [word for place, (code, word) in enumerate(coded) if code == place]
    more = coded[len(dense) :]
    return {name: dense, f"more_{name}": more} if more else {name: dense}


def _aim_row(aim: Aim) -> Sequence[Any]:
    target = aim.target
    if target is None:
        return [None, aim.stand, aim.ambition]
    bounds = (target.value, target.minimum, target.maximum)
    figures = [*(None if bound is None else float(bound) for bound in bounds), target.year]
    return [figures, aim.stand, aim.ambition]
