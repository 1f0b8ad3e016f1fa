"""The commands that are run on the example forum, with every profile that ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from commands import PLAIN, SHOWS, STAGES
from measures import SHIPPED
from releases import Job

PAIRS = (
    ("KR-sejong", "cleaner-air-by-2030", "common"),
    ("KR-seoul", "clean-air", "kr"),
    ("MY-kuala-lumpur", "cleaner-air-by-2030", "my"),
)


def imported(folder: Path) -> list[Job]:
    """Everything up to the first run; `folder` is what ships as examples."""
    forum = folder / "forum"
    files = sorted(str(path) for path in (forum / "observations").glob("*.csv"))
    return [
        ("areas", "add", str(forum / "areas.json")),
        ("import", *files[:6], "--as-of", "2026-01-10", "--format", "json"),
        ("import", *files[6:], "--as-of", "2026-02-10", "--format", "csv"),
        ("imports", "--format", "json"),
        ("rejects", "--format", "json"),
        ("evaluate", "--format", "json"),
    ]


def judged(engines: list[str]) -> Iterator[Job]:
    """Runs by each engine, in rows and files."""
    named = [word for name in ("common", "kr", "my") for word in ("--profile", name)]
    for engine in engines:
        yield ("evaluate", "--engine", engine, *named, "--year", "2020", "--format", "csv")
    yield ("evaluate", "--files-from", "0", "--format", "json")
    yield ("show", "--decided", "--format", "csv")
    yield ("evaluate", "--as-of", "2026-01-20", "--format", "json")
    yield ("imports", "withdraw", "2", "--as-of", "2026-03-10")
    yield ("evaluate", "--format", "csv")


def listed() -> Iterator[Job]:
    """What is read from the runs, in both formats."""
    for form in PLAIN:
        last = ("--format", form)
        yield from (
            ("areas", *last),
            ("show", "--run", "1", *last),
            ("show", "--run", "1", "--decided", "--limit", "20", *last),
            ("show", "--run", "3", "--decided", *last),
            ("show", "--country", "KR", "--theme", "energy", *last),
            ("compare", "--run", "1", *last),
            ("compare", "--run", "1", "--by", "area", "--country", "MY", *last),
            ("compare", "--run", "1", "--theme", "transportation", "--decided", *last),
            ("score", "--run", "1", "--least-coverage", "0.1", "--under", "all", *last),
            ("runs", *last),
            ("rate", "--profile", "my", *last),
            ("profiles", *last),
            ("plugins", *last),
            ("check", *last),
        )
    for name in SHIPPED:
        yield ("compare", "--run", "1", "--profile", name, "--format", "csv")
        yield (
            "score",
            "--run",
            "1",
            "--profile",
            name,
            "--least-coverage",
            "0.1",
            "--format",
            "json",
        )
    for name in ("common", "kr"):
        yield ("profiles", name, "--format", "json")
        yield ("template", "--profile", name, "--output", "form.csv")


def explained(last: int) -> Iterator[Job]:
    """Explanations as words and JSON, as of now, of the last run, and of an earlier day."""
    whens = ((), ("--run", str(last)), ("--as-of", "2026-01-20"))
    for (area, goal, profile), when in zip(PAIRS, whens, strict=True):
        for form in ("table", "json"):
            yield ("explain", area, goal, "--profile", profile, *when, "--format", form)


def computed(folder: Path) -> Iterator[Job]:
    """Indices and what their ranks rest on."""
    stem = folder / "indices" / "online-and-renewable"
    files = (f"{stem}.json", f"{stem}.csv")
    for stage in STAGES:
        yield ("index", *files, "--stage", stage, "--notes", "--format", "json")
    yield ("index", *files, "--layout", "long", "--year", "2022", "--out", "scores.csv")
    for show in SHOWS:
        yield ("robustness", *files, "--show", show, "--draws", "200", "--format", "csv")


def example_jobs(folder: Path, engines: list[str]) -> list[Job]:
    """Every command on the example forum."""
    stored = [*imported(folder), *judged(engines)]
    last = sum(job[0] == "evaluate" for job in stored)
    return [*stored, *listed(), *explained(last), *computed(folder)]
