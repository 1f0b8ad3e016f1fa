"""Records that earlier releases made are read as those releases read them.

Each folder of `records/` is a database of a release with what that printed; `records/make.py` makes
them. Numbers are compared as numbers (20 is 20.0); nothing else is left out of the comparison.
"""

from __future__ import annotations

import json
import lzma
import shutil
from collections.abc import Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from citygoals.cli import main

RECORDS = Path(__file__).with_name("records")
RELEASES = sorted(path.parent.name for path in RECORDS.glob("*/forum.db.xz"))
GROWING = ("imports", "runs")
"""Commands that list more once something was written."""
ROW = """area,indicator,year,value,unit,status,source
KR-daegu,household-internet-access,2016,99.0,%,A,Ministry
"""


@dataclass(frozen=True)
class Printing:
    """A command that reads, and what the release printed."""

    release: str
    arguments: Sequence[str]
    printed: Any

    def __str__(self) -> str:
        return " ".join((self.release, *self.arguments[:-2]))


def printings() -> Iterator[Printing]:
    for release in RELEASES:
        packed = (RECORDS / release / "printed.jsonl.xz").read_bytes()
        for line in lzma.decompress(packed).decode().splitlines():
            yield Printing(release, **json.loads(line))


PRINTINGS = list(printings())


def copied(release: str, folder: Path) -> Path:
    """A copy of a release's record, its database unpacked."""
    target = folder / release
    shutil.copytree(RECORDS / release, target, ignore=shutil.ignore_patterns("*.xz"))
    packed = (RECORDS / release / "forum.db.xz").read_bytes()
    (target / "forum.db").write_bytes(lzma.decompress(packed))
    return target


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in the folder, with the plugins of the records."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        patch.setenv("CITYGOALS_PLUGINS", "common,korea")
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stopped:
            main(list(arguments))
    return int(stopped.value.code or 0), out.getvalue(), err.getvalue()


def hashes(folder: Path) -> dict[str, str]:
    """Every file of a folder with its hash."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def set_writable(folder: Path, *, writable: bool) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod((0o755 if path.is_dir() else 0o644) if writable else path.stat().st_mode & 0o555)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the record of every release, of which nothing may be written."""
    folder = tmp_path_factory.mktemp("locked")
    for release in RELEASES:
        copied(release, folder)
    set_writable(folder, writable=False)
    yield folder
    set_writable(folder, writable=True)


@pytest.fixture(scope="module")
def continued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record of every release, to which this one added an import and a run."""
    folder = tmp_path_factory.mktemp("continued")
    for release in RELEASES:
        record = copied(release, folder)
        (record / "row.csv").write_text(ROW, encoding="utf-8")
        assert run(record, "import", "row.csv")[0] == 0
        assert run(record, "evaluate", "--profile", "kr", "--area", "KR-daegu")[0] == 0
    return folder


def test_the_first_release_has_a_record() -> None:
    assert "0.1.0" in RELEASES


@pytest.mark.parametrize("printing", PRINTINGS, ids=str)
def test_reading_prints_the_same_and_changes_nothing(printing: Printing, locked: Path) -> None:
    record = locked / printing.release
    before = hashes(record)
    code, out, err = run(record, *printing.arguments)
    assert (code, err) == (0, "")
    assert json.loads(out) == printing.printed
    assert hashes(record) == before


@pytest.mark.parametrize("printing", PRINTINGS, ids=str)
def test_old_runs_are_the_same_once_this_release_has_written(
    printing: Printing, continued: Path
) -> None:
    code, out, err = run(continued / printing.release, *printing.arguments)
    assert (code, err) == (0, "")
    printed = json.loads(out)
    if printing.arguments[0] in GROWING:
        assert len(printed) == len(printing.printed) + 1
        printed = printed[:-1]
    assert printed == printing.printed


@pytest.mark.parametrize("release", RELEASES)
def test_files_that_are_gone_are_named_and_the_rest_is_read(release: str, tmp_path: Path) -> None:
    record = copied(release, tmp_path)
    shutil.rmtree(record / "forum.db.runs")
    code, out, err = run(record, "show", "--run", "3")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "forum.db.runs" in err
    assert run(record, "show", "--run", "2")[0] == 0
