"""Forums for tests: profiles written as JSON documents to folders, then loaded and put together."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from citygoals.core.base.coded import Aim, Words
from citygoals.core.base.model import Area, Assessment, Level, Observation, Text
from citygoals.core.figures.observation_columns import in_columns
from citygoals.core.forum.assembling import assemble
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Origin, Profile, load_profile
from citygoals.core.store import Asked, Run, open_database
from citygoals.core.store.asked import EVERY
from citygoals.core.store.assessments import STORED
from citygoals.core.store.hashing import hash_frame
from citygoals.core.store.run_frames import SCHEMA

Spec = Mapping[str, Any]
CASES = Path(__file__).parent / "cases"
SCHEMA_BASE = "https://schemas.citygoals.example/1"
SHIPPED = Path(str(files("citygoals"))) / "profiles" / "common"
LISTS = {"crosswalk": "pairs"}
RULES = ("all-reached", "linear-path", "threshold", "within-range")


def write_document(path: Path, kind: str, content: Mapping[str, Any]) -> Path:
    """One document, with the `$schema` of its kind in front."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = {"$schema": f"{SCHEMA_BASE}/{kind}.schema.json", **content}
    path.write_text(json.dumps(named, ensure_ascii=False, indent=2), encoding="utf-8")
    return path


def write_profile(folder: Path, spec: Spec) -> Path:
    """A profile's folder: one document per kind, one per rule and numbering."""
    for kind, content in spec.items():
        if kind in ("profile", "stands"):
            write_document(folder / f"{kind}.json", kind, content)
        elif kind in ("rule", "numbering"):
            for index, item in enumerate(content):
                write_document(folder / kind / f"{index}.json", kind, item)
        else:
            write_document(folder / f"{kind}.json", kind, {LISTS.get(kind, kind): content})
    return folder


def origin(name: str) -> Origin:
    """Where a profile of a test comes from."""
    return Origin(plugin=name, distribution="tests", version="0")


def load_common(folder: Path, spec: Spec) -> Profile:
    """The common profile of `spec` with the shipped units, themes, scales and four rules."""
    folder.mkdir(parents=True)
    for name in ("units.json", "themes.json", "scales.json"):
        shutil.copy(SHIPPED / name, folder / f"shipped-{name}")
    for name in RULES:
        shutil.copy(SHIPPED / "rules" / f"{name}.json", folder / f"shipped-{name}.json")
    head = {"id": "common", "version": "1.0.0", "title": "Common"}
    return load_profile(write_profile(folder, {**spec, "profile": head}), origin("common"))


def load_national(folder: Path, name: str, spec: Spec, common: Profile) -> Profile:
    """A profile that extends the common one, with its stands pinned to it."""
    head = {
        "id": name,
        "version": "1.0.0",
        "title": name.upper(),
        "country": name.upper(),
        "extends": "common",
        **spec.get("profile", {}),
    }
    written = {**spec, "profile": {key: value for key, value in head.items() if value is not None}}
    if "stands" in spec:
        on = {"profile": common.id, "version": common.version, "hash": common.hash}
        written["stands"] = {"on": spec.get("on", on), "stands": spec["stands"]}
        written.pop("on", None)
    return load_profile(write_profile(folder, written), origin(name))


class Forums:
    """Forums by what their profiles say; each is built once a session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built: dict[str, Forum] = {}
        self.small: Spec = json.loads((CASES / "forums" / "small.json").read_text(encoding="utf-8"))

    def profiles(self, specs: Mapping[str, Spec]) -> list[Profile]:
        """The profiles of `specs`; what `common` says is added to the small forum's."""
        folder = self._folder / f"forum-{len(list(self._folder.iterdir()))}"
        said = specs.get("common", {})
        spec = {
            kind: [*self.small.get(kind, ()), *said.get(kind, ())]
            for kind in (*self.small, *said)
            if kind != "goals"
        }
        spec["goals"] = said.get("goals", [])
        common = load_common(folder / "common", spec)
        return [common] + [
            load_national(folder / name, name, spec, common)
            for name, spec in specs.items()
            if name != "common"
        ]

    def __call__(self, specs: Mapping[str, Spec]) -> Forum:
        """The forum of `specs`, which must be without faults."""
        key = json.dumps(specs, sort_keys=True)
        if key not in self._built:
            forum = assemble(self.profiles(specs))
            assert not forum.failures, {k: str(v) for k, v in forum.failures.items()}
            self._built[key] = forum
        return self._built[key]


@pytest.fixture(scope="session")
def forums(tmp_path_factory: pytest.TempPathFactory) -> Forums:
    """Builds forums from what their profiles say."""
    return Forums(tmp_path_factory.mktemp("forums"))


@pytest.fixture(scope="session")
def writer() -> Callable[[Path, Spec], Path]:
    """Writes the documents of a profile to a folder."""
    return write_profile


@pytest.fixture
def document() -> Callable[..., Path]:
    """Writes one document with its `$schema`."""
    return write_document


def in_numbers(
    assessments: Iterable[Assessment], areas: Sequence[str]
) -> tuple[Iterator[pl.DataFrame], Words]:
    """Assessments as frames of numbers, as a judge gives them; the words grow with each frame."""
    words = Words(areas=areas)

    def row(one: Assessment) -> dict[str, Any]:
        bounds = (one.target, one.target_min, one.target_max, one.target_year)
        words.aims.append(Aim.of(one.stand, one.ambition, *bounds))
        return {
            **{name: getattr(one, name) for name in STORED},
            "profile": words.profiles.code(one.profile),
            "goal": words.goals.code(one.goal),
            "area": areas.index(one.area),
            "year": one.year,
            "status": words.statuses.code(one.status),
            "reason": words.reasons.code(one.reason),
            "aim": len(words.aims) - 1,
            "marks": words.marks.code(one.marks),
            "source": None if one.source is None else words.sources.code(one.source),
        }

    def frames() -> Iterator[pl.DataFrame]:
        rest = iter(assessments)
        while batch := list(islice(rest, 5_000)):
            yield pl.DataFrame(list(map(row, batch)), schema=SCHEMA)

    return frames(), words


@pytest.fixture(scope="session")
def numbered() -> Callable[..., Any]:
    """Assessments as frames of numbers, and their words."""
    return in_numbers


@pytest.fixture(scope="session")
def hash_observations() -> Callable[[Sequence[Observation]], str]:
    """The hash over observations that are objects."""

    def hashed(observations: Sequence[Observation]) -> str:
        columns = in_columns(observations)
        released = pl.Series("released", [one.released for one in observations], pl.Int32)
        names = {name: dict(enumerate(words)) for name, words in columns.names.items()}
        return hash_frame(columns.frame.with_columns(released), names)

    return hashed


@pytest.fixture(scope="session")
def as_frames(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Stores assessments as a run; gives those that are asked for as a frame, and its words."""
    path = tmp_path_factory.mktemp("frames") / "forum.db"
    with open_database(path, create=True) as database:

        def stored(assessments: Sequence[Assessment], asked: Asked = EVERY) -> Any:
            areas = [
                Area(id=name, name=Text({"en": name}), level=Level.CITY, country=name[:2])
                for name in sorted({one.area for one in assessments})
            ]
            goals = {one.goal: one.goal for one in assessments}
            frames, words = in_numbers(assessments, [area.id for area in areas])
            number = database.write_frames(RUN, frames, words, areas=areas, goals=goals)
            with database.frames(number, asked) as frames:
                return frames

        yield stored


RUN = Run(
    started_at=datetime(2026, 1, 9, tzinfo=UTC),
    as_of=None,
    parameters={},
    engine="polars",
    citygoals_version="0",
    observations_hash="",
    rules_hash="",
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests record as `summary`: what was drawn, how often, what was left out."""
    for report in terminalreporter.stats.get("passed", ()):
        for name, text in report.user_properties:
            if name == "summary":
                terminalreporter.write_line(f"{report.location[2]}: {text}")


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session of Spark on two cores, which evaluations use while it is there."""
    pytest.importorskip("pyspark")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Spark needs Java 17")
    from citygoals.core.judging.spark import SETTINGS
    from citygoals.core.logic.engines.spark_session import spark_session

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MASTER", "local[2]")
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        with spark_session(SETTINGS) as session:
            yield session


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need Spark run in one process, which starts it once."""
    for item in items:
        if {"spark", "in_spark"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("spark"))
