"""Draws docs/images/cost.svg from benchmarks/results/cost.json.

python benchmarks/chart.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from cost import ENGINES, points
from matplotlib.figure import Figure

TARGET = Path(__file__).resolve().parents[1] / "docs" / "images" / "cost.svg"
MARKS = {"polars": "o-", "duckdb": "s--", "spark": "^:"}


def main() -> None:
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "citygoals", "font.size": 10})
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    time, memory = figure.subplots(1, 2)
    for engine in ENGINES:
        measured = [one for one in points() if one["engine"] == engine]
        sizes = [one["assessments"] / 1e6 for one in measured]
        time.plot(sizes, [one["seconds"] for one in measured], MARKS[engine], label=engine)
        gigabytes = [one["peak_bytes"] / 1e9 for one in measured]
        memory.plot(sizes, gigabytes, MARKS[engine], label=engine)
    for axes, label in ((time, "seconds"), (memory, "peak memory, GB")):
        axes.set(xscale="log", xlabel="million assessments", ylabel=label)
        axes.set_xticks([0.5, 5, 50, 500], ["0.5", "5", "50", "500"])
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    time.set_yscale("log")
    memory.set_ylim(bottom=0)
    TARGET.parent.mkdir(exist_ok=True)
    figure.savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
