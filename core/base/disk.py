"""Files on the disk: read and decoded or said why not, and written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

from citygoals.core.base.errors import UnusableFile

_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Flaw(Enum):
    """Why bytes are no text in UTF-8: their encoding is wider, one is zero, one is another's."""

    WIDE = "is encoded in UTF-16 or UTF-32"
    NUL = "holds NUL bytes: it is no text, or is encoded in UTF-16"
    BYTE = "is not UTF-8 here"


class NotUtf8(ValueError):  # noqa: N818
    """Bytes that are no text in UTF-8: the flaw, and where its byte stands, counted from 1."""

    def __init__(self, flaw: Flaw, data: bytes, at: int = 0) -> None:
        before = data[:at].decode("utf-8", "replace")
        self.flaw, self.byte = flaw, data[at]
        self.line, self.column = before.count("\n") + 1, len(before) - before.rfind("\n")
        super().__init__(flaw.value)


def decode(data: bytes, *, nul_within: int | None = None) -> str:
    """The text of UTF-8, a byte-order mark included; NULs are looked for in the first bytes or all.

    Raises NotUtf8.
    """
    if data.startswith(_WIDE_MARKS):
        raise NotUtf8(Flaw.WIDE, data)
    if (at := data.find(b"\0", 0, nul_within)) >= 0:
        raise NotUtf8(Flaw.NUL, data, at)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8(Flaw.BYTE, data, error.start) from None


@contextmanager
def opening(path: Path, mend: str = "") -> Iterator[None]:
    """Turns what the system has against a file that is read into UnusableFile."""
    try:
        yield
    except FileNotFoundError:
        raise UnusableFile(path, "no such file", "check the name") from None
    except OSError as error:
        raise UnusableFile(path, error.strerror or str(error), mend) from None


@contextmanager
def replacing(path: Path, mend: str = "") -> Iterator[Path]:
    """Where to write a file or folder that takes the place of `path` when the block ends.

    It is on the disk by then, and gone where the block fails. What is no ordinary file, such as a
    pipe, is given itself. Raises UnusableFile with the `mend`.
    """
    partial, own = None, False
    try:
        target = path.resolve()
        if target.is_file() or target.is_dir() or not target.exists():
            partial = target.with_name(f".{target.name}.partial{target.suffix}")
            own = not partial.exists()
        yield partial or target
        if partial is not None:
            _settle(partial, target)
    except OSError as error:
        why = error.strerror or str(error)
        raise UnusableFile(path, f"cannot be written ({why})" if mend else why, mend) from None
    finally:
        if partial is not None and own:
            _remove(partial)


def _settle(partial: Path, target: Path) -> None:
    for path in (*partial.rglob("*"), partial):
        sync(path)
    if target.is_file():
        shutil.copymode(target, partial)
    partial.replace(target)


def sync(path: Path) -> None:
    """See that the disk has a file or a folder's list of files."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
