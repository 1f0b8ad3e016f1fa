"""The entry points that are found, with and without importlib.metadata."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from citygoals.core.base.entries import COMMANDS, PLUGINS, installed_entries


@pytest.mark.parametrize("group", [PLUGINS, COMMANDS])
def test_the_same_as_importlib_finds(group: str) -> None:
    theirs = {
        (entry.name, entry.value, entry.dist.name, entry.dist.version)
        for entry in importlib.metadata.entry_points(group=group)
        if entry.dist is not None
    }
    ours = {
        (entry.name, entry.value, entry.distribution, entry.version)
        for entry in installed_entries(group)
    }
    assert ours == theirs
    assert ours


def lay(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir(parents=True)
    for file, text in files.items():
        path = file if file in ("METADATA", "PKG_INFO") else f"{file}.txt"
        (folder / name / path.replace("_I", "-I")).write_text(text, encoding="utf-8")


ENTRIES = "# ours\n[citygoals]\n\nb = mod:thing.part [extra]\na=mod\n[other]\nc = mod\n"


def test_what_the_files_say(tmp_path: Path) -> None:
    metadata = "Metadata-Version: 2.1\nName: City_Goals.Plugin\nVersion: 2.0\n\nName: no\n"
    lay(tmp_path, "x-1.0.dist-info", METADATA=metadata, entry_points=ENTRIES)
    found = installed_entries(PLUGINS, [str(tmp_path)])
    assert [(entry.name, entry.value) for entry in found] == [
        ("a", "mod"),
        ("b", "mod:thing.part [extra]"),
    ]
    assert {(one.distribution, one.version) for one in found} == {("city-goals-plugin", "2.0")}
    assert [entry.name for entry in installed_entries("other", [str(tmp_path)])] == ["c"]


def test_without_metadata_the_folders_name_says_it(tmp_path: Path) -> None:
    lay(tmp_path, "city_goals_x-1.0.dist-info", entry_points=ENTRIES)
    lay(tmp_path, "y.egg-info", entry_points="[citygoals]\ny = y\n", PKG_INFO="Name: y\n")
    found = installed_entries(PLUGINS, [str(tmp_path)])
    assert {entry.installed_as for entry in found} == {"city-goals-x 1.0", "y unknown"}


def test_what_a_build_leaves_is_no_second_installation(tmp_path: Path) -> None:
    lay(tmp_path / "a", "x.egg-info", PKG_INFO="Name: x\nVersion: 2\n", entry_points=ENTRIES)
    lay(tmp_path / "b", "x-1.dist-info", METADATA="Name: x\nVersion: 1\n", entry_points=ENTRIES)
    found = installed_entries(PLUGINS, [str(tmp_path / "a"), str(tmp_path / "b")])
    assert {(entry.version, entry.others) for entry in found} == {("1", ())}


def test_the_first_on_the_path_counts_and_the_others_are_named(tmp_path: Path) -> None:
    for name, version in (("a", "1"), ("b", "2"), ("c", "1")):
        text = f"Name: x\nVersion: {version}\n"
        lay(tmp_path / name, f"x-{version}.dist-info", METADATA=text, entry_points=ENTRIES)
    path = [str(tmp_path / name) for name in ("a", "b", "a", "c")]
    found = installed_entries(PLUGINS, path)
    assert {(entry.version, entry.others) for entry in found} == {("1", (f"2 in {path[1]}",))}


def test_what_is_no_folder_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x", encoding="utf-8")
    path = [str(tmp_path / "text"), str(tmp_path / "nothing"), "__editable__.x.finder"]
    assert installed_entries(PLUGINS, path) == []


def test_loading_follows_attributes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mod_of_entries.py").write_text("class thing:\n    part = 5\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    text = "[citygoals]\na = mod_of_entries:thing.part [extra]\n"
    lay(tmp_path, "x-1.dist-info", METADATA="Name: x\nVersion: 1\n", entry_points=text)
    (entry,) = installed_entries(PLUGINS, [str(tmp_path)])
    assert entry.load() == 5


def test_a_zipped_distribution(tmp_path: Path) -> None:
    archive = tmp_path / "x.zip"
    with ZipFile(archive, "w") as stream:
        stream.writestr("x-1.dist-info/METADATA", "Name: x\nVersion: 1\n")
        stream.writestr("x-1.dist-info/entry_points.txt", "[citygoals]\nx = x\n")
        stream.writestr("x.py", "PLUGIN_API = 1\n")
    (entry,) = installed_entries(PLUGINS, [str(archive)])
    assert (entry.name, entry.installed_as) == ("x", "x 1")


def test_finding_them_imports_nothing_slow() -> None:
    code = (
        "import sys\n"
        "from citygoals.core.base.entries import installed_entries\n"
        "assert installed_entries('citygoals')\n"
        "print(*sorted({'importlib.metadata', 'email', 'zipfile', 'pluggy'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"
