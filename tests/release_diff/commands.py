"""Draws the commands that are run on a forum, in their order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from random import Random
from typing import Any

from releases import Job, Said
from worlds import World

DAYS = ("2026-01-10", "2026-02-10", "2026-03-10")
SHOWS = ("ranks", "choices", "indicators", "favourable")
STAGES = ("denominate", "impute", "treat", "normalise", "weight", "aggregate", "rank")
PLAIN_REASONS = ("not-reported", "undecided", "no-target-at-this-level")
PLAIN = ("json", "csv")


class Commands:
    """Draws commands with options that fit the forum."""

    def __init__(self, rng: Random, world: World, engines: Sequence[str]) -> None:
        self.rng, self.world, self.engines = rng, world, engines

    def format(self) -> Job:
        """Either of the formats for programs."""
        return ("--format", self.rng.choice(PLAIN))

    def both(self, *argv: str) -> list[Job]:
        """The command in both formats."""
        return [(*argv, "--format", form) for form in PLAIN]

    def maybe(self, share: float, *argv: str) -> Job:
        """The options, or none."""
        return argv if self.rng.random() < share else ()

    def some(self, jobs: Sequence[Job], count: int) -> list[Job]:
        """So many of the commands, in their order."""
        chosen = self.rng.sample(range(len(jobs)), min(count, len(jobs)))
        return [jobs[place] for place in sorted(chosen)]

    def areas(self, count: int) -> Job:
        """Options that name so many areas."""
        named = self.rng.sample(self.world.areas, min(count, len(self.world.areas)))
        return tuple(word for name in named for word in ("--area", name))

    def engine(self, *usual: str) -> str:
        """One of the usual engines, or DuckDB now and then, which takes its time."""
        known = [one for one in usual if one in self.engines]
        return (
            "duckdb"
            if "duckdb" in self.engines and self.rng.random() < 0.12
            else self.rng.choice(known)
        )

    def profile(self) -> str:
        """One of the profiles."""
        return self.rng.choice(self.world.profiles)

    def year(self) -> str:
        """A year with figures, mostly."""
        return str(self.rng.choice((2016, 2020, 2022, 2023, 2024, 2025, 2031)))

    def documents(self) -> list[Job]:
        """What is said of the profiles themselves."""
        own = [name for name in self.world.profiles if name != "common"] if self.world.drawn else []
        pinned = [("pin", name) for name in own if self.rng.random() < 0.4]
        said: Sequence[Job] = (
            ("check", *self.format()),
            ("profiles", *self.format()),
            ("profiles", self.profile(), *self.format()),
            ("plugins", *self.format()),
        )
        return [*pinned, *self.some(said, 1)]

    def intake(self) -> list[Job]:
        """Imports on several days, an evaluation between them, a withdrawal."""
        files_from = self.maybe(0.3, "--files-from", "0")
        assumed = self.maybe(0.3, "--assume-indicator-units")
        back = self.maybe(0.5, "imports", "withdraw", self.rng.choice("123"), "--as-of", DAYS[2])
        first = ("import", "first.csv", "spoilt.csv", "--as-of", DAYS[0], *assumed)
        return [
            *self.some([("areas", "add", "areas.csv")], self.rng.choice((0, 1))),
            *self.some([("areas", *self.format())], self.rng.choice((0, 1))),
            (*first, *self.format()),
            ("evaluate", *self.format()),
            ("import", "second.csv", "--as-of", DAYS[1], *files_from, *self.format()),
            *self.some(
                [("import", "first.csv", "--as-of", DAYS[1], *self.format())],
                self.rng.choice((0, 0, 1)),
            ),
            *([back] if back else []),
            ("imports", *self.format()),
            *self.both("rejects"),
        ]

    def evaluations(self) -> list[Job]:
        """Runs of every kind; the last one of all areas and profiles."""
        named = [word for name in self.world.profiles for word in ("--profile", name)]
        as_of = self.maybe(0.6, "--as-of", self.rng.choice(DAYS))
        some = ("evaluate", "--profile", self.profile(), "--year", self.year(), *self.areas(2))
        kept = self.rng.choice((("--out", "kept"), ("--files-from", "0")))
        bulk = ("evaluate", "--engine", self.engine("polars"), *kept, *self.format())
        years = [("--year", year) for year in sorted({self.year(), self.year()})]
        runs: Sequence[Job] = (
            (*some, "--engine", self.engine("polars", "rows"), *self.format()),
            ("evaluate", *named, *as_of, *chain(*years), *self.format()),
            bulk,
            self.observed(),
        )
        year = self.maybe(0.7, "--year", self.year())
        last = ("evaluate", *named, *year, "--engine", self.engine("polars", "rows", "rows"))
        shown = ("show", *self.format())
        return [
            *self.some(runs, 1),
            shown,
            (*last, "--format", "json"),
            ("show", "--format", "json"),
        ]

    def observed(self) -> Job:
        """A run over Parquet files."""
        out = self.maybe(0.5, "--out", "kept")
        files = ("--observations", "*.parquet", "--engine", self.engine("polars"))
        return ("evaluate", *files, *out, *self.areas(3), *self.format())

    def listings(self) -> list[Job]:
        """What is read from the stored runs."""
        filters: Sequence[Job] = (
            ("--decided",),
            ("--limit", "7"),
            ("--country", self.world.areas[0][:2]),
            ("--theme", "energy"),
            ("--profile", self.profile()),
            ("--status", self.rng.choice(("no-data", "met", "not-met"))),
            ("--goal", self.rng.choice(self.world.goals)),
            self.areas(1),
        )
        run = ("--run", self.rng.choice("1223"))
        under = self.maybe(0.5, "--under", "all")
        said: Sequence[Job] = (
            ("show", *run, *self.rng.choice(filters), *self.rng.choice(filters), *self.format()),
            ("compare", *self.format()),
            ("compare", "--by", "area", "--profile", self.profile(), *self.format()),
            ("compare", *run, *self.rng.choice(filters[2:4]), "--decided", *self.format()),
            ("score", "--profile", self.profile(), *self.scoring(), *self.format()),
            ("score", *run, *self.scoring(), *under, *self.format()),
        )
        return [*self.some(said, 3), ("runs", *self.format())]

    def scoring(self) -> Job:
        """Options of `score`."""
        by = self.maybe(
            0.4, "--by", "country", "--weight", self.rng.choice(("plain", "population"))
        )
        return (*by, *self.maybe(0.7, "--least-coverage", self.rng.choice(("0", "0.2", "0.8"))))

    def others(self) -> list[Job]:
        """Ratings, the form, and what needs no database."""
        rules = self.world.rules or ("threshold", "linear-path", "unsd-2023")
        index = ("index", "index.json", "cities.csv")
        stage = self.maybe(0.5, "--stage", self.rng.choice(STAGES))
        rolled = self.maybe(0.3, "--by", "region", "--by-weight", "people")
        layout = ("--layout", self.rng.choice(("wide", "long")))
        draws = ("--draws", "40", "--seed", str(self.rng.randint(1, 9)))
        show = ("--show", self.rng.choice(SHOWS))
        said: Sequence[Job] = (
            ("rate", "--profile", self.profile(), *self.maybe(0.5, *self.areas(1)), *self.format()),
            ("template", "--profile", self.profile(), *self.areas(2), *self.form()),
            ("assess", "progress.csv", "--rule", self.rng.choice(rules), *self.format()),
            (*index, *stage, *rolled, *layout, *self.format()),
            ("robustness", "index.json", "cities.csv", *draws, *show, *self.format()),
            ("rule", "apply", "rule.json", "data.json", *self.maybe(0.5, "--explain")),
            ("rule", "check", "rule.json"),
        )
        return self.some(said, 3)

    def form(self) -> Job:
        """Where the form goes."""
        return self.maybe(0.5, "--output", "form.csv")

    def all(self) -> list[Job]:
        """Every command but the explanations, which depend on what was found."""
        steps = (self.documents, self.intake, self.evaluations, self.listings, self.others)
        return [job for step in steps for job in step()]

    def explanations(self, said: Sequence[tuple[Job, Said]], count: int) -> list[Job]:
        """Explanations of assessments, each with another reason, where there are so many."""
        found = assessments(said)
        last = sum(job[0] == "evaluate" and one.code == 0 for job, one in said)
        by_reason: dict[str, list[Any]] = {}
        for one in found:
            by_reason.setdefault(one["reason"], []).append(one)
        reasons = [one for one in by_reason if one not in PLAIN_REASONS] or list(by_reason)
        chosen = self.rng.sample(reasons, min(count, len(reasons)))
        return [self.explanation(self.rng.choice(by_reason[one]), last) for one in chosen]

    def explanation(self, one: Any, last: int) -> Job:
        """The explanation of one assessment of the last run, as words or JSON."""
        whens: Sequence[Job] = (
            (),
            ("--year", str(one["year"])),
            ("--as-of", DAYS[1]),
            ("--run", str(last)),
        )
        when = self.rng.choice(whens)
        under = ("--profile", one["profile"])
        form = ("--format", self.rng.choice(("table", "json")))
        return ("explain", one["area"], one["goal"], *under, *when, *form)


def assessments(said: Sequence[tuple[Job, Said]]) -> list[Any]:
    """The assessments of the last run, as `show` printed them."""
    shown = [one.out for job, one in said if job == ("show", "--format", "json") and one.code == 0]
    return json.loads(shown[-1]) if shown else []
