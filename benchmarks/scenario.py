"""What the benchmarks of scale work on: a ministry with yearly figures of its districts.

The plugin `bench` gives the profile `zz`: 219 goals of its own over five rules, and a stand to each
of the 31 common goals (all adopted but the one over several indicators): 250 goals under common and
national targets, every third of the national ones with another target for cities. 20 years, a tenth
of the figures missing, whole numbers as figures, so that many lie on thresholds.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from citygoals.core.base.model import Area, AreaId, Level, ProfileId, Text
from citygoals.core.forum.forum import COMMON, Forum
from citygoals.core.judging.plan import Plan, make_plan
from citygoals.core.judging.request import Request
from citygoals.core.plugin import shipped_profile
from citygoals.core.plugin.assembly import assemble_plugins
from citygoals.core.plugin.choice import Choice
from citygoals.core.plugin.manager import Plugins

PROFILE, SOURCE = "zz", "Office"
OWN, FIRST, LAST, BASE = 219, 2005, 2024, 2008
YEARS = tuple(range(FIRST, LAST + 1))
SPAN = len(YEARS)
RULES = ("threshold", "linear-path", "within-range", "zz-near", "zz-grew")
SCHEMA = "https://schemas.citygoals.example/1/{}.schema.json"
VALUE, PREVIOUS = {"var": "value"}, {"var": "previous"}
NEAR = {"if": [{">=": [{"/": [VALUE, {"var": "target"}]}, 0.9]}, "met", "not-met"]}
GREW = {
    "if": [
        {"missing": ["previous"]},
        "not-met",
        {">": [VALUE, PREVIOUS]},
        "on-track",
        "behind",
    ]
}
PLUGIN = """
from pathlib import Path
from citygoals import hookimpl
PLUGIN_API = 1
@hookimpl
def provide_profile():
    return Path(__file__).resolve().parent / "profile"
"""


def documents() -> dict[str, dict[str, Any]]:
    """The profile's documents by file."""
    head = {"id": PROFILE, "version": "1.0.0", "title": "Ministry", "country": "ZZ"}
    common = assemble_plugins(Plugins(choice=Choice(only=["common"]))).forum.profiles[COMMON]
    on = {"profile": common.id, "version": common.version, "hash": common.hash}
    return {
        "profile": {**head, "extends": "common", "max_age": 5},
        "indicators": {"indicators": [indicator(number) for number in range(OWN)]},
        "goals": {"goals": [goal(number) for number in range(OWN)]},
        "stands": {"on": on, "stands": stands()},
        "rules/zz-near": rule("zz-near", NEAR, {"value": 9, "target": 10}, "met"),
        "rules/zz-grew": rule("zz-grew", GREW, {"value": 9, "previous": 8}, "on-track"),
    }


def indicator(number: int) -> dict[str, Any]:
    return {
        "id": f"zz-indicator-{number}",
        "title": f"Indicator {number}",
        "theme": "energy",
        "unit": "percent",
        "direction": "lower" if number % 4 == 3 else "higher",
        "limits": {"min": 0, "max": 100},
    }


def goal(number: int) -> dict[str, Any]:
    name = RULES[number % len(RULES)]
    bound = 40 + number % 50
    targets = [target(name, bound)]
    if number % 3 == 0:
        targets.append({**target(name, bound + 5), "level": "city"})
    return {
        "id": f"zz-goal-{number}",
        "title": f"Goal {number}",
        "indicator": f"zz-indicator-{number}",
        "rule": name,
        "targets": targets,
        "reason": "A benchmark.",
    }


def target(name: str, bound: int) -> dict[str, Any]:
    said = {"status": "illustrative", "reason": "A benchmark.", "year": 2030}
    if name == "within-range":
        return {**said, "min": 20, "max": bound}
    return {**said, "value": bound, "baseline_year": BASE}


def stands() -> list[dict[str, Any]]:
    """The common goals: adopted, but for those over several indicators."""
    path = shipped_profile("common") / "goals.json"
    goals = json.loads(path.read_text(encoding="utf-8"))["goals"]
    return [
        {"goal": one["id"], "stand": "adopted" if "indicator" in one else "declined", "reason": "-"}
        for one in goals
    ]


def rule(name: str, logic: Any, given: Mapping[str, Any], expect: str) -> dict[str, Any]:
    examples = [{"given": given, "expect": expect}]
    said = {"id": name, "title": name, "scale": "attainment", "logic": logic}
    return {**said, "examples": examples}


def install(folder: Path, content_of: Mapping[str, Any] | None = None) -> None:
    """Lay the plugin into a folder as an installer does."""
    profile = folder / "citygoals_bench" / "profile"
    (profile / "rules").mkdir(parents=True)
    (profile.parent / "__init__.py").write_text(PLUGIN, encoding="utf-8")
    for name, content in (content_of or documents()).items():
        kind = "rule" if name.startswith("rules/") else name
        document = {"$schema": SCHEMA.format(kind), **content}
        (profile / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    info = folder / "citygoals_bench-1.0.dist-info"
    info.mkdir()
    metadata = "Metadata-Version: 2.1\nName: citygoals-bench\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    (info / "entry_points.txt").write_text("[citygoals]\nbench = citygoals_bench\n")


def environment(folder: Path) -> dict[str, str]:
    """The environment of a process that uses the plugin."""
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "CITYGOALS_PLUGINS": "bench"}


def load(folder: Path, content_of: Mapping[str, Any] | None = None) -> Forum:
    """The forum with the plugin of that folder; stops where the plugin was not taken."""
    install(folder, content_of)
    sys.path.insert(0, str(folder))
    try:
        assembly = assemble_plugins(Plugins(choice=Choice(only=["bench"])))
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("citygoals_bench", None)
    assembly.need_profiles([PROFILE])
    return assembly.forum


def areas_of(count: int) -> list[Area]:
    """Nine cities to each country-level area, by id."""
    name = Text({"en": "District"})
    return [
        Area(id=AreaId(f"ZZ-{n:05}"), name=name, level=level(n), country="ZZ") for n in range(count)
    ]


def level(number: int) -> Level:
    return Level.CITY if number % 10 else Level.COUNTRY


def plan_of(forum: Forum, areas: int) -> Plan:
    """The plan of all years under the profile."""
    request = Request(profiles=(ProfileId(PROFILE),), years=YEARS)
    plan = make_plan(forum, areas_of(areas), request, YEARS)
    plan.words.sources.code(SOURCE)
    return plan


def figures(plan: Plan, areas: range) -> pl.DataFrame:
    """Figures of some areas in the numbers of the plan, the same for every call.

    Indicators that only lend their figures to others come last in a plan, and have none here.
    """
    rng = np.random.default_rng(2024 + areas.start)
    indicators = min(loan.lender for loan in plan.loans)
    at = np.flatnonzero(rng.random(len(areas) * indicators * SPAN) > 0.1)
    frame = pl.DataFrame(
        {
            "area": (at // (indicators * SPAN) + areas.start).astype(np.int32),
            "indicator": (at // SPAN % indicators).astype(np.int32),
            "year": (at % SPAN + FIRST).astype(np.int32),
            "value": rng.integers(0, 101, len(at)).astype(np.float64),
            "status": np.ones(len(at), np.uint8),
            "source": np.zeros(len(at), np.int32),
            "confidence": np.zeros(len(at), np.uint8),
            "released": np.zeros(len(at), np.int32),
        }
    )
    return frame.with_columns(pl.col("area").set_sorted())


CHUNK = 1000


def in_chunks(areas: int) -> Iterator[range]:
    """The areas in ranges whose figures are drawn together."""
    for start in range(0, areas, CHUNK):
        yield range(start, min(start + CHUNK, areas))


def all_figures(plan: Plan, areas: int) -> pl.DataFrame:
    """The figures of all areas in numbers."""
    parts = [figures(plan, some) for some in in_chunks(areas)]
    return pl.concat(parts).with_columns(pl.col("area").set_sorted())


def in_words(plan: Plan, frame: pl.DataFrame) -> pl.DataFrame:
    """Figures in numbers as an agency would write them."""
    places = pl.Series([str(area.id) for area in plan.areas])
    names = pl.Series([str(name) for name in plan.indicators])
    return frame.select(
        area=places.gather(frame["area"]),
        indicator=names.gather(frame["indicator"]),
        year="year",
        value="value",
        source=pl.lit(SOURCE),
    )


def write_parquet(plan: Plan, areas: int, folder: Path) -> Sequence[Path]:
    """Files of long observations in words, a thousand areas each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for some in in_chunks(areas):
        path = folder / f"figures-{some.start:06}.parquet"
        in_words(plan, figures(plan, some)).write_parquet(path)
        paths.append(path)
    return paths
