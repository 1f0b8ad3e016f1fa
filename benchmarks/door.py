"""The door: what commands on the example forum cost, against those of an earlier commit.

    python benchmarks/door.py [--against 706f77b] [--rounds 9] [--demo]

Every command is a process of its own. In each round it runs on the code as it is and on the code of
the commit, one right after the other, each on a database that its own code made. Ratios are medians
of the ratios of user seconds inside a round; seconds are user and wall. With --demo the repository
is also cloned and `make demo` run in it, from nothing: its seconds, and the megabytes of what it
installed, pip and setuptools left out. Results go to benchmarks/results/door-<assessments>.json.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from harness import medians, ratio, record

ROOT = Path(__file__).resolve().parents[1]
DB = "citygoals-demo/forum.db"
COMMANDS = {
    "profiles": ["profiles"],
    "show": ["show", "--db", DB],
    "explain": ["explain", "KR-sejong", "cleaner-air-by-2030", "--db", DB],
    "evaluate": ["evaluate", "--db", DB],
}
STATES = ("now", "then")


def unpack(commit: str, folder: Path) -> None:
    """The package as it is, and as it was, each in a folder of its own for PYTHONPATH."""
    for state in STATES:
        (folder / state).mkdir()
    (folder / "now" / "citygoals").symlink_to(ROOT)
    then = folder / "then" / "citygoals"
    then.mkdir()
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(then)], input=packed.stdout, check=True)


def seconds(folder: Path, arguments: Sequence[str]) -> tuple[float, float]:
    """User and wall seconds of a command on the code of a folder, run in that folder."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, perf_counter()
    subprocess.run(
        [sys.executable, "-m", "citygoals", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": ""},
        check=True,
        capture_output=True,
    )
    taken = perf_counter() - start
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, taken


def measure(folder: Path, rounds: int) -> tuple[Mapping[str, list[float]], Mapping[str, float]]:
    """User seconds of every round by command and state, and the medians of wall seconds."""
    user: dict[str, list[float]] = {}
    wall: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, arguments in COMMANDS.items():
            for state in STATES:
                said = seconds(folder / state, arguments)
                user.setdefault(f"{name} {state}", []).append(said[0])
                wall.setdefault(f"{name} {state}", []).append(said[1])
    return user, medians(wall)


def demo(folder: Path) -> dict[str, float]:
    """Seconds of `make demo` in a clone, and the megabytes that it installed."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
    start = perf_counter()
    subprocess.run(["make", "demo"], cwd=folder / "clone", check=True, stdout=subprocess.DEVNULL)
    taken = perf_counter() - start
    (packages,) = (folder / "clone" / ".venv" / "lib").glob("python*/site-packages")
    parts = [path for path in packages.iterdir() if not path.name.startswith(("pip", "setuptools"))]
    sizes = (
        file.lstat().st_size
        for part in parts
        for file in ([part] if part.is_file() else part.rglob("*"))
    )
    return {"seconds": round(taken, 1), "installed_mb": round(sum(sizes) / 2**20)}


def assessments(folder: Path) -> int:
    """How many the first run of the example forum holds."""
    with closing(sqlite3.connect(folder / "now" / DB)) as connection:
        found = connection.execute("SELECT count(*) FROM assessments WHERE run = 1").fetchone()
    return int(found[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", default="706f77b", metavar="COMMIT")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--demo", action="store_true")
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        unpack(asked.against, folder)
        for state in STATES:
            seconds(folder / state, ["demo"])
        user, wall = measure(folder, asked.rounds)
        record(
            f"door-{assessments(folder)}",
            ["polars", "sqlite-utils", "rich"],
            against=asked.against,
            rounds=asked.rounds,
            user_seconds=medians(user),
            wall_seconds=wall,
            ratios={
                name: round(ratio(user, f"{name} now", f"{name} then"), 3) for name in COMMANDS
            },
            **({"demo": demo(folder)} if asked.demo else {}),
        )


if __name__ == "__main__":
    main()
