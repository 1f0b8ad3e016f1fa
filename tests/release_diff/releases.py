"""Installs a release into a folder of its own, and keeps one process of it that answers jobs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("worker.py")
Job = Sequence[str]
PIP = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet")
SETTINGS = {"COLUMNS": "160", "CITYGOALS_LANG": "", "POLARS_MAX_THREADS": "1"}
COUNTRIES = ("kr", "my", "jp", "id")
PLUGIN = '''"""A profile that was drawn: the folder of its name where the command runs."""

from pathlib import Path

from citygoals.core.plugin import hookimpl

PLUGIN_API = 1


@hookimpl
def provide_profile():
    return Path("{name}").resolve()
'''


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command left: exit code, stdout with the files it wrote, stderr."""

    code: Any
    out: str
    err: str


def archived(revision: str, folder: Path) -> Path:
    """The tree of a revision, unpacked."""
    done = subprocess.run(
        ["git", "archive", revision], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    with tarfile.open(fileobj=BytesIO(done.stdout)) as tree:
        tree.extractall(folder, filter="data")
    return folder


def current(folder: Path) -> Path:
    """The tree as it stands, with what is not committed: a build leaves nothing in the original."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    for name in filter(None, done.stdout.split("\0")):
        source = ROOT / name
        if source.is_file() and not source.is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / name)
    return folder


def libraries(folder: Path) -> Path:
    """Everything that is installed here but citygoals, so that no release sees another."""
    folder.mkdir()
    for item in Path(sysconfig.get_path("purelib")).iterdir():
        if "citygoals" not in item.name and item.suffix != ".pth":
            (folder / item.name).symlink_to(item)
    return folder


def drawn_plugins(folder: Path) -> Path:
    """A distribution with a plugin for each country, whose profile lies where the command runs."""
    info = folder / "citygoals_drawn-1.0.0.dist-info"
    info.mkdir(parents=True)
    head = "Metadata-Version: 2.1\nName: citygoals-drawn\nVersion: 1.0.0\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    entries = [f"drawn-{name} = citygoals_drawn_{name}" for name in COUNTRIES]
    text = "\n".join(["[citygoals]", *entries, ""])
    (info / "entry_points.txt").write_text(text, encoding="utf-8")
    for name in COUNTRIES:
        module = folder / f"citygoals_drawn_{name}.py"
        module.write_text(PLUGIN.format(name=name), encoding="utf-8")
    return folder


class Release:
    """One installed release with its process; its common profile can be set per forum."""

    def __init__(self, work: Path, tree: Path, libs: Path, plugins: Path) -> None:
        self.work, self.target = work, work / "target"
        pip = [sys.executable, "-m", "pip", "install", *PIP, "--target", str(self.target)]
        subprocess.run([*pip, str(tree)], check=True)
        self.link = self.target / "citygoals" / "profiles" / "common"
        self.shipped = self.target / "common-as-shipped"
        self.link.rename(self.shipped)
        self.link.symlink_to(self.shipped)
        driver = shutil.copy(WORKER, work / "worker.py")
        path = os.pathsep.join(map(str, (self.target, plugins, libs)))
        env = {**os.environ, "PYTHONPATH": path, **SETTINGS}
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-P", str(driver)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, folder: Path, plugins: str, common: Path, jobs: Sequence[Job]) -> list[Said]:
        """What each job leaves in this folder, with these plugins and this common profile."""
        order = {
            "folder": str(folder),
            "plugins": plugins,
            "common": str(common),
            "common_link": str(self.link),
            "jobs": jobs,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.work.name} ended in {folder.name}")
        answer = json.loads(line)
        return [Said(code=code, out=out, err=err) for code, out, err in answer]

    def close(self) -> None:
        """End the process, also in the middle of an answer that nobody reads any more."""
        self._process.terminate()
        self._process.wait()
