"""Draws the forum: a small common profile and national ones, or what ships with citygoals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from documents import Draw, area, indicator
from measures import (
    BALANCE,
    MEASURES,
    METHODS,
    PLACES,
    PLAIN_RULES,
    SHIPPED,
    THEMES,
    UNITS,
    Document,
    Measure,
    national,
)

SCHEMAS = "https://schemas.citygoals.example/1"
LISTS = {"crosswalk": "pairs"}
WHOLE = ("profile", "stands", "rule", "numbering")
SHIPPED_EVERY = 40
"""One forum in so many has the shipped profiles, which take ten times as long to load."""


@dataclass(frozen=True, kw_only=True)
class World:
    """What a forum consists of, and the documents that have to be written for it."""

    plugins: str
    profiles: Sequence[str]
    areas: Sequence[str]
    measures: Sequence[Measure]
    goals: Sequence[str]
    documents: Mapping[str, Mapping[str, Any]]
    rules: Sequence[str]

    @property
    def drawn(self) -> bool:
        """Whether the profiles are drawn too, not the figures alone."""
        return bool(self.documents)


def draw_world(rng: Random, seed: int, shipped: Path) -> World:
    """The forum of a seed; `shipped` is the folder of a release's profiles."""
    return shipped_world(rng, shipped) if seed % SHIPPED_EVERY == 0 else small_world(rng)


def small_world(rng: Random) -> World:
    """A common profile of eight indicators, and one to three countries."""
    names = rng.sample(sorted(PLACES), rng.choice((1, 1, 2, 2, 3)))
    known = [place for name in names for place in PLACES[name][:2]]
    rules = [*PLAIN_RULES, *_further_rules(rng)]
    common = _common(rng, known, rules)
    goals = common["goals"]
    documents = {"common": common}
    for name in names:
        documents[name] = _country(rng, name, goals, rules)
    own = [goal for document in documents.values() for goal in document["goals"]]
    return World(
        plugins=",".join(f"drawn-{name}" for name in names),
        profiles=["common", *names],
        areas=[place for name in names for place in PLACES[name]],
        measures=[*MEASURES, *(one for name in names for one in national(name))],
        goals=[goal["id"] for goal in own],
        documents=documents,
        rules=rules,
    )


def _further_rules(rng: Random) -> list[str]:
    """A way to the target in most forums, another rule in some: reading them takes its time."""
    ways = ["linear-path"] if rng.random() < 0.7 else []
    return [*ways, *rng.sample(METHODS, rng.choice((0, 0, 1)))]


def _common(rng: Random, known: Sequence[str], rules: Sequence[str]) -> dict[str, Any]:
    draw = Draw(rng, known)
    usable = [*rules, "balance"]
    goals = [draw.goal(f"goal-{place}", MEASURES, usable) for place in range(rng.randint(3, 8))]
    return {
        "profile": draw.head("common", THEMES),
        "indicators": [indicator(one, place) for place, one in enumerate(MEASURES, 1)],
        "areas": [area(name) for name in known],
        "rule": BALANCE,
        "goals": goals,
        "ratings": [draw.rating("rating", MEASURES)],
    }


def _country(
    rng: Random, name: str, goals: Sequence[Document], rules: Sequence[str]
) -> dict[str, Any]:
    draw, own = Draw(rng, PLACES[name]), national(name)
    head = {**draw.head(name, THEMES), "country": name.upper(), "extends": "common"}
    measures = {one.id: one for one in (*MEASURES, *own)}
    on = {"profile": "common", "version": "1.0.0", "hash": "0" * 64}
    count = rng.randint(0, 4)
    numbers = [{"number": str(n), "indicator": one.id} for n, one in enumerate(MEASURES[:5], 1)]
    numbering = {"standard": "National", "numbers": numbers}
    said: dict[str, Any] = {
        "profile": head,
        "indicators": [indicator(one, place) for place, one in enumerate(own, 1)],
        "areas": [area(place) for place in PLACES[name][2:]],
        "mappings": _mappings(rng, name),
        "goals": [draw.goal(f"{name}-goal-{n}", [*own, *MEASURES], rules) for n in range(count)],
        "stands": {
            "on": on,
            "stands": [draw.stand(goal, measures) for goal in draw.some(goals, len(goals) - 2)],
        },
        "ratings": [draw.rating(f"{name}-rating", [*MEASURES, *own])] if rng.random() < 0.5 else [],
    }
    return {**said, "numbering": numbering} if rng.random() < 0.5 else said


def _mappings(rng: Random, name: str) -> list[Document]:
    """Which national indicators stand for common ones; some have a factor of their own."""
    same: dict[str, Any] = {
        "indicator": f"{name}-share",
        "common": "share",
        "kind": rng.choice(("equal", "converted", "converted")),
        "reason": "It is the same.",
    }
    if rng.random() < 0.3:
        same["factor"] = rng.choice((100, 90))
    near = {
        "indicator": f"{name}-near",
        "common": rng.choice(("other-share", "third-share", "share")),
        "kind": "proxy",
        "reason": "It is nearly the same.",
    }
    return [one for one in (same, near) if rng.random() < 0.8]


def write_world(world: World, folder: Path, shipped: Path) -> Path:
    """Write the profiles of a world; the folder of its common profile."""
    if not world.drawn:
        return shipped
    for name, documents in world.documents.items():
        for kind, content in documents.items():
            if content:
                _write(folder / name / f"{kind}.json", kind, content)
    _copy_shipped(world, folder / "common", shipped)
    return folder / "common"


def _write(path: Path, kind: str, content: Any) -> None:
    said = content if kind in WHOLE else {LISTS.get(kind, kind): content}
    path.parent.mkdir(parents=True, exist_ok=True)
    named = {"$schema": f"{SCHEMAS}/{kind}.schema.json", **said}
    path.write_text(json.dumps(named, ensure_ascii=False, indent=1), encoding="utf-8")


def _copy_shipped(world: World, folder: Path, shipped: Path) -> None:
    """Units, themes, scales and rules are the release's own."""
    units = json.loads((shipped / "units.json").read_text(encoding="utf-8"))["units"]
    _write(folder / "units.json", "units", [unit for unit in units if unit["id"] in UNITS])
    names = ["themes", "scales"]
    if set(world.rules) & set(METHODS):
        names.append("scales-methods")
    for name in names:
        shutil.copy(shipped / f"{name}.json", folder / f"shipped-{name}.json")
    for name in world.rules:
        shutil.copy(shipped / "rules" / f"{name}.json", folder / f"shipped-{name}.json")


def shipped_world(rng: Random, shipped: Path) -> World:
    """One or two shipped countries; figures are drawn for what goals and mappings name."""
    names = rng.sample(sorted(SHIPPED), rng.randint(1, 2))
    folders = [shipped, *(shipped.parent / "citygoals" / "profiles" / name for name in names)]
    found = {kind: list(_items(folders, kind)) for kind in ("areas", "indicators", "goals")}
    units = {unit["id"]: unit for unit in _items([shipped], "units")}
    named = {goal.get("indicator") for goal in found["goals"]}
    measures = [
        _measure(item, units[item["unit"]]["label"])
        for item in found["indicators"]
        if item["unit"] and item["id"] in named
    ]
    areas = [item["id"] for item in found["areas"]]
    return World(
        plugins=",".join(SHIPPED[name] for name in names),
        profiles=["common", *names],
        areas=rng.sample(areas, min(8, len(areas))),
        measures=measures,
        goals=[goal["id"] for goal in found["goals"]],
        documents={},
        rules=(),
    )


def _items(folders: Iterable[Path], kind: str) -> Iterable[Document]:
    for folder in folders:
        for path in sorted(folder.glob(f"{kind}*.json")):
            yield from json.loads(path.read_text(encoding="utf-8"))[kind]


def _measure(item: Document, label: str) -> Measure:
    limits = item.get("limits", {})
    low = limits.get("min", 0.0)
    return Measure(
        id=item["id"],
        theme=item["theme"],
        unit=item["unit"],
        spellings=((label, 1.0),),
        low=low,
        high=limits.get("max", low + 100.0),
        direction=item["direction"],
    )
