"""What benchmarks share: rounds that take turns, and results with a description of the machine."""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

RESULTS = Path(__file__).resolve().parent / "results"
PROGRAM = str(Path(sys.executable).with_name("citygoals"))


def seconds(run: Callable[[], Any]) -> float:
    """How long one call takes; what it gives is dropped outside the measured time."""
    gc.collect()
    start = perf_counter()
    kept = run()
    taken = perf_counter() - start
    del kept
    return taken


def in_turns(runs: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of every call in every round; within a round they run one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(seconds(run))
    return taken


def ratio(taken: Mapping[str, Sequence[float]], ours: str, theirs: str) -> float:
    """The median of the ratios inside the rounds."""
    pairs = zip(taken[ours], taken[theirs], strict=True)
    return statistics.median(mine / other for mine, other in pairs)


def peak_above(run: Callable[[], Any]) -> int:
    """How many bytes a call takes at its peak, above what the process holds before."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status("VmRSS")
    run()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(name))


def process(command: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[float, int]:
    """Seconds of a process whose output is dropped, and the peak of its and its children's bytes.

    Memory is looked at every 20 ms. Stops the benchmark where the process fails.
    """
    start = perf_counter()
    running = psutil.Popen(command, env=env, stdout=subprocess.DEVNULL)
    peak = 0
    while running.poll() is None:
        peak = max(peak, _bytes(running))
        try:
            running.wait(0.02)
        except psutil.TimeoutExpired:
            continue
    taken = perf_counter() - start
    if running.returncode:
        sys.exit(f"{' '.join(command)} failed with {running.returncode}")
    return taken, peak


def _bytes(running: psutil.Process) -> int:
    try:
        family = [running, *running.children(recursive=True)]
        return sum(one.memory_info().rss for one in family)
    except psutil.NoSuchProcess:
        return 0


def machine() -> dict[str, object]:
    """The machine in a few words."""
    with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30,
        "system": platform.system(),
    }


def record(name: str, packages: Sequence[str], **said: Any) -> None:
    """Print and write what was measured to benchmarks/results/<name>.json."""
    content = {
        **said,
        "load": [round(one, 2) for one in os.getloadavg()],
        "machine": machine(),
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in packages},
        },
    }
    text = json.dumps(content, indent=2, ensure_ascii=False)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    print(text)


def medians(taken: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median seconds of each."""
    return {name: round(statistics.median(times), 4) for name, times in taken.items()}


def same(name: str, differ: int, cells: int) -> None:
    """Stop where answers differ: no ratio is printed for different work."""
    if differ:
        sys.exit(f"{name}: {differ} of {cells} cells differ; no ratio is printed")
