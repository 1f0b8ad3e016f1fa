"""Parquet files of figures: which there are, what they hash to, which one cannot be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path

import polars as pl

from citygoals.core.base.errors import UnusableFile


def hash_files(paths: Iterable[Path]) -> str:
    """SHA-256 over the hashes of the files, whatever their names and order."""
    digests = []
    for path in paths:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def find_files(patterns: Iterable[str]) -> list[Path]:
    """The files that the patterns name, in order. Raises UnusableFile where one names none."""
    paths: list[Path] = []
    for pattern in patterns:
        names = sorted(glob(pattern, recursive=True))  # noqa: PTH207
        if not names:
            raise UnusableFile(pattern, "names no file", "quote the pattern: 'data/*.parquet'")
        paths += [Path(name) for name in names]
    return list(dict.fromkeys(paths))


@contextmanager
def reading(
    paths: Sequence[Path],
    into: Path | None = None,
    *,
    mend: str = "write it again, or leave it out",
) -> Iterator[None]:
    """Names the file that cannot be read, else the folder that cannot be written into."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        bad = next((path for path in paths if not _readable(path)), None)
        if bad is None and into is not None:
            problem = f"cannot be written: {_short(error)}"
            raise UnusableFile(into, problem, "make room, or raise --memory") from error
        if bad is None:
            raise
        raise UnusableFile(bad, f"cannot be read as Parquet: {_short(error)}", mend) from error


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200]


def _readable(path: Path) -> bool:
    try:
        pl.scan_parquet(path).select(pl.all().null_count()).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True
