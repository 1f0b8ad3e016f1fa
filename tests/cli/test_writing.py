"""Files that commands write: whole or not there, and in the place that was named."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from citygoals.core.base.disk import replacing
from citygoals.core.base.errors import UnusableFile


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_halfway(path: Path) -> None:
    with replacing(path) as partial:
        partial.write_text("half")
        raise LookupError


def test_what_was_there_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("before")
    with pytest.raises(LookupError):
        fail_halfway(path)
    assert path.read_text() == "before"
    assert names(tmp_path) == ["scores.csv"]


def test_a_file_is_replaced_where_its_link_leads_with_its_rights(tmp_path: Path) -> None:
    path, link = tmp_path / "form.csv", tmp_path / "link.csv"
    path.write_text("before")
    path.chmod(0o640)
    link.symlink_to(path)
    with replacing(link) as partial:
        partial.write_text("after")
    assert (link.is_symlink(), path.read_text()) == (True, "after")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(tmp_path) == ["form.csv", "link.csv"]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with replacing(tmp_path / "plugin") as partial:
        (partial / "tests").mkdir(parents=True)
        (partial / "tests" / "cases.json").write_text("{}")
        assert names(tmp_path) == [partial.name]
    assert names(tmp_path / "plugin") == ["tests"]


def test_what_is_no_ordinary_file_is_written_to(tmp_path: Path) -> None:
    with replacing(Path("/dev/null")) as partial:
        partial.write_text("gone")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("mend", "says"),
    [
        ("", "No such file or directory"),
        ("make it", r"cannot be written \(No such file or directory\); make it"),
    ],
)
def test_the_reason_is_said(mend: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "form.csv"
    with pytest.raises(UnusableFile, match=f"form.csv: {says}$"), replacing(path, mend) as partial:
        partial.write_text("text")
