"""Plugins as distributions of their own: written as wheels, installed by pip, run in processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

MODULE = "citygoals_newland"
SCHEMAS = "https://schemas.citygoals.example/1"
DRIVER = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from citygoals.cli import main

said = []
for arguments in json.loads(sys.argv[1]):
    out, err, code = io.StringIO(), io.StringIO(), None
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as stopped:
            code = stopped.code
    loaded = sorted(name for name in sys.modules if name.startswith("citygoals_"))
    said.append([code, out.getvalue(), err.getvalue(), loaded])
print(json.dumps(said))
"""
DOCUMENTS: Mapping[str, Any] = {
    "profile.json": {
        "id": "nz",
        "version": "1.0.0",
        "title": "New Zealand",
        "country": "NZ",
        "extends": "common",
    },
    "areas.json": [{"id": "NZ", "name": "New Zealand", "level": "country", "country": "NZ"}],
    "indicators.json": [
        {
            "id": "nz-share",
            "title": "Share",
            "theme": "energy",
            "unit": "percent",
            "direction": "higher",
            "references": [],
        }
    ],
    "goals.json": [
        {
            "id": "nz-goal",
            "title": "Goal",
            "indicator": "nz-share",
            "rule": "threshold",
            "targets": [{"value": 80, "status": "illustrative", "reason": "It is a test."}],
            "reason": "It is a test.",
        }
    ],
}


def documents(changes: Mapping[str, Any]) -> dict[str, str]:
    """The documents of the profile nz, with changes: a head's keys, or a whole list."""
    texts = {}
    for name, content in {**DOCUMENTS, **changes}.items():
        if content is None:
            continue
        kind = name.removesuffix(".json")
        said = {kind: content} if isinstance(content, list) else content
        if kind == "profile":
            said = {**DOCUMENTS[name], **content}
        whole = {"$schema": f"{SCHEMAS}/{kind}.schema.json", **said}
        texts[name] = json.dumps({key: item for key, item in whole.items() if item is not None})
    return texts


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one command left: exit code, stdout, stderr, and the plugins' modules imported by it."""

    code: int
    out: str
    err: str
    modules: Sequence[str]

    @property
    def json(self) -> Any:
        """What it wrote on stdout, as JSON."""
        return json.loads(self.out)


def write_wheel(
    folder: Path,
    *,
    module: str,
    files: Mapping[str, str],
    distribution: str = "citygoals-newland",
    version: str = "1.4.2",
    plugin: str | None = "newland",
    commands: Mapping[str, str] | None = None,
) -> Path:
    """A wheel with one package `module` of these files, and its entry points."""
    stem = f"{distribution.replace('-', '_')}-{version}"
    entries = [f"[citygoals]\n{plugin} = {module}\n"] if plugin else []
    if commands:
        lines = [f"{name} = {value}" for name, value in commands.items()]
        entries.append("\n".join(["[citygoals.commands]", *lines, ""]))
    head = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    kind = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    path = folder / f"{stem}-py3-none-any.whl"
    with ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(f"{module}/{name}", text)
        info = {"METADATA": head, "WHEEL": kind, "RECORD": "", "entry_points.txt": "".join(entries)}
        for name, text in info.items():
            wheel.writestr(f"{stem}.dist-info/{name}", text)
    return path


def install(target: Path, *wheels: Path) -> Path:
    """Install wheels with pip into a folder; the folder."""
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
    subprocess.run([*command, *map(str, wheels)], check=True, capture_output=True, text=True)
    return target


def environment(*targets: Path, **more: str) -> dict[str, str]:
    """The environment in which the distributions of these folders are installed."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    path = os.pathsep.join(map(str, targets))
    chosen = {"CITYGOALS_PLUGINS": ""} | more
    return {**inherited, "PYTHONPATH": path, **chosen}


def run(folder: Path, commands: Sequence[Sequence[str]], env: Mapping[str, str]) -> Sequence[Said]:
    """What `citygoals` leaves, called with each command in a process of its own for all."""
    arguments = [sys.executable, "-c", DRIVER, json.dumps(commands)]
    done = subprocess.run(
        arguments, cwd=folder, env=dict(env), check=True, capture_output=True, text=True
    )
    rows = json.loads(done.stdout)
    return [Said(code=code, out=out, err=err, modules=modules) for code, out, err, modules in rows]


FIGURES = """area,indicator,year,value,unit,source
KR-seoul,water-loss,2022,9,%,Test
KR-sejong,water-loss,2022,12,%,Test
MY-kuala-lumpur,water-loss,2022,30,%,Test
"""


class Host:
    """Puts the plugin newland somewhere, and runs citygoals with it."""

    def __init__(self, folder: Path, recorded: Path) -> None:
        self.folder, self.recorded = folder, recorded

    def wheel(
        self, lines: Sequence[str], changes: Mapping[str, Any] | None = None, **said: Any
    ) -> Path:
        """A wheel of the plugin with a module of these lines, and changes to its documents."""
        files = {"__init__.py": "\n".join([*lines, ""])}
        files |= {f"profile/{name}": text for name, text in documents(changes or {}).items()}
        return write_wheel(self._new("wheel"), files=files, **{"module": MODULE, **said})

    def install(
        self, lines: Sequence[str], changes: Mapping[str, Any] | None = None, **said: Any
    ) -> Path:
        """The folder into which pip installed it."""
        return install(self._new("target"), self.wheel(lines, changes, **said))

    def lay(
        self, lines: Sequence[str], changes: Mapping[str, Any] | None = None, **said: Any
    ) -> Path:
        """The folder into which it was laid as an installer does, only faster."""
        target = self._new("target")
        with ZipFile(self.wheel(lines, changes, **said)) as wheel:
            wheel.extractall(target)
        return target

    def run(
        self, folder: Path, commands: Sequence[Sequence[str]], *targets: Path, **variables: str
    ) -> Sequence[Said]:
        """What each command leaves, in one process in which the targets are installed."""
        return run(folder, commands, environment(*targets, **variables))

    def _new(self, word: str) -> Path:
        folder = self.folder / f"{word}-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        return folder


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with figures of Korea and Malaysia, and none of New Zealand."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "figures.csv").write_text(FIGURES, encoding="utf-8")
    said = run(folder, [["import", "figures.csv", "--db", "forum.db"]], environment())
    assert said[0].code == 0, said[0].err
    return folder / "forum.db"


@pytest.fixture
def host(tmp_path_factory: pytest.TempPathFactory, recorded: Path) -> Host:
    """Puts the plugin newland somewhere, and runs citygoals with it."""
    return Host(tmp_path_factory.mktemp("host"), recorded)
