"""Start-up: `citygoals --help` and `citygoals check` against bare starts of Python.

    python benchmarks/startup.py

Each command is a process of its own; the rounds take turns, so that a busy machine slows all alike.
Every plugin that ships is installed, and twenty more with a profile and a command each. Medians of
one run, and ratios; exit code 1 when one is above its goal. Results are written to
benchmarks/results/startup.json with a description of the machine.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROUNDS = 15
PLUGINS = 20
RESULTS = Path(__file__).resolve().parent / "results" / "startup.json"
PROGRAM = str(Path(sys.executable).with_name("citygoals"))
BASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    'python -c "import jsonschema"': [sys.executable, "-c", "import jsonschema"],
}
GOALS = {
    "citygoals --help": ([PROGRAM, "--help"], "python -c pass", 2.5),
    "citygoals check": ([PROGRAM, "check"], 'python -c "import jsonschema"', 20.0),
    "citygoals plugins": ([PROGRAM, "plugins"], 'python -c "import jsonschema"', None),
}
"""Each command with what it is measured against, and the ratio that it must not pass."""

PLUGIN = """
from pathlib import Path
from citygoals import hookimpl
PLUGIN_API = 1
@hookimpl
def provide_profile():
    return Path(__file__).resolve().parent / "profile"
"""
SCHEMA = "https://schemas.citygoals.example/1/profile.schema.json"


def install(target: Path) -> None:
    """Lay small plugins into a folder as an installer does."""
    for number in range(PLUGINS):
        name = f"bench{number}"
        profile = target / name / "profile"
        profile.mkdir(parents=True)
        (target / name / "__init__.py").write_text(PLUGIN, encoding="utf-8")
        head = {"$schema": SCHEMA, "id": name, "version": "1.0.0", "title": name}
        (profile / "profile.json").write_text(json.dumps(head), encoding="utf-8")
        info = target / f"citygoals_{name}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: citygoals-{name}\nVersion: 1.0\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        entries = f"[citygoals]\n{name} = {name}\n[citygoals.commands]\n{name} = {name}:command\n"
        (info / "entry_points.txt").write_text(entries, encoding="utf-8")


def seconds(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, str]:
    """How long a process takes, and what it writes on stdout."""
    start = perf_counter()
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return perf_counter() - start, done.stdout


def right(outputs: Mapping[str, str]) -> bool:
    """Whether the commands did their work."""
    last = f"bench{PLUGINS - 1}"
    return last in outputs["citygoals --help"] and last in outputs["citygoals plugins"]


def measure(env: Mapping[str, str]) -> dict[str, float]:
    """The median of each command, after a round that fills caches and checks the answers."""
    commands = {**BASES, **{name: goal[0] for name, goal in GOALS.items()}}
    if not right({name: seconds(command, env)[1] for name, command in commands.items()}):
        raise SystemExit("the commands did not say what they should; nothing was measured")
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(seconds(command, env)[0])
    return {name: statistics.median(taken) for name, taken in times.items()}


def machine() -> dict[str, object]:
    cores = os.cpu_count()
    return {"cpu": platform.machine(), "cores": cores, "system": platform.system()}


def main() -> None:
    with TemporaryDirectory() as folder:
        install(Path(folder))
        medians = measure({**os.environ, "PYTHONPATH": folder, "CITYGOALS_PLUGINS": ""})
    ratios = {name: medians[name] / medians[base] for name, (_, base, _) in GOALS.items()}
    for name, median in medians.items():
        print(f"{name:32} {1000 * median:7.0f} ms")
    missed = False
    for name, (_, base, most) in GOALS.items():
        goal = f"goal at most {most:g}" if most else "no goal"
        missed |= most is not None and ratios[name] > most
        print(f"{name} is {ratios[name]:.1f} x {base} ({goal})")
    RESULTS.parent.mkdir(exist_ok=True)
    content = {
        "rounds": ROUNDS,
        "seconds": medians,
        "ratios": ratios,
        "load": os.getloadavg(),
        "machine": machine(),
        "versions": {"python": platform.python_version()},
    }
    RESULTS.write_text(f"{json.dumps(content, indent=2)}\n", encoding="utf-8")
    sys.exit(missed)


if __name__ == "__main__":
    if shutil.which(PROGRAM) is None:
        raise SystemExit(f"{PROGRAM} is not there; run `make bench`")
    main()
