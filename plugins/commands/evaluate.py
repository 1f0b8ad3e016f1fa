"""The command that judges areas against goals and stores the run."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.model import Area, AreaId, Assessment, ProfileId, StatusId
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import Profile
from citygoals.core.judging.evaluate import Request, planned
from citygoals.core.judging.evaluate import evaluate as evaluate_all
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.store import Database, Run, Snapshot, hash_observations, now, open_database
from citygoals.plugins.commands._forum import load_assembly, need_figures
from citygoals.plugins.commands._language import lang_option
from citygoals.plugins.commands._names import refuse_unknown
from citygoals.plugins.commands._options import (
    YEAR,
    as_of_option,
    db_option,
    files_from_option,
    moment,
)
from citygoals.plugins.commands._render import Column, emit, format_option, track
from citygoals.plugins.commands._rows import assessment_row

if TYPE_CHECKING:
    from citygoals.core.judging.observations import Observations

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@click.command(epilog="Example: citygoals evaluate --db forum.db --profile common --profile kr")
@db_option
@click.option("--profile", "profiles", multiple=True, help="Profile id; default: see below.")
@click.option("--year", "years", multiple=True, type=YEAR, help="Year; default: the latest.")
@click.option("--area", "areas", multiple=True, help="Area id; default: every area.")
@as_of_option
@click.option(
    "--observations",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Judge the figures of these Parquet files, in columns, not those of the database.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a run in Parquet files; default: beside the database, for large runs only.",
)
@click.option(
    "--engine",
    type=click.Choice(["polars", "duckdb", "spark", "rows"]),
    default="polars",
    show_default=True,
    help="Where rules run; the answers are the same.",
)
@click.option(
    "--memory",
    type=click.IntRange(min=16),
    default=1024,
    show_default=True,
    help="Megabytes for judging in columns.",
)
@files_from_option("Judge in columns and keep the results in Parquet from so many assessments on.")
@lang_option
@format_option
def evaluate(
    db: Path,
    profiles: tuple[str, ...],
    years: tuple[int, ...],
    areas: tuple[str, ...],
    as_of: str | None,
    patterns: tuple[str, ...],
    out: Path | None,
    engine: str,
    memory: int,
    threshold: int,
    format_: str,
) -> None:
    """Judge every area under every named profile and store the run.

    Without --profile each area is judged under `common` and under its own country's profile.
    Without --year the latest year of any observation counts. --profile, --year and --area may be
    given several times.

    What a plugin that failed would have changed is not evaluated without it: without --profile
    every plugin is needed, with --profile those that provide the profiles or own figures.

    With --observations the areas are still those of the profiles and of the database, where the
    run is kept too. With --out, from --files-from assessments on, and where imports are kept in
    files, the figures of the database are judged in columns as well. In columns the assessments go
    to Parquet files from --files-from or with --out, and only their counts are printed.
    """
    assembly = _assembly_for(profiles)
    wanted: dict[str, Sequence[Any]] = {"profiles": profiles, "years": years, "areas": areas}
    request = Request(profiles=tuple(map(ProfileId, profiles)), years=years, engine=engine)
    _refuse_mixed(patterns, out, as_of, engine)
    with open_database(db, create=bool(patterns)) as database:
        task = _Task(assembly, database, request, wanted, moment(as_of), now(), format_)
        if patterns or out or (engine != "rows" and task.is_large(threshold)):
            task.by_columns(patterns, out, memory << 20, threshold)
        else:
            task.by_rows()


def _refuse_mixed(
    patterns: Sequence[str], out: Path | None, as_of: str | None, engine: str
) -> None:
    """Raises UsageError for options that do not go together."""
    if patterns and (as_of or engine == "rows"):
        raise click.UsageError("--observations goes with neither --as-of nor --engine rows")
    if engine == "spark" and not patterns:
        raise click.UsageError("--engine spark is for --observations")
    if out and engine == "rows":
        raise click.UsageError("--out is for columns: it does not go with --engine rows")


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be evaluated, and where it is reported."""

    assembly: Assembly
    database: Database
    request: Request
    wanted: Mapping[str, Sequence[Any]]
    until: datetime | None
    started: datetime
    format: str

    def is_large(self, threshold: int) -> bool:
        """Whether the observations are in files, or so many assessments are to be made."""
        forum = self.assembly.forum
        total = planned(forum, self._areas(), self.request)
        return self.database.has_files(self.until) or total >= threshold

    def _areas(self) -> list[Area]:
        return choose_areas(self.assembly.forum, self.database, self.wanted["areas"])

    def by_rows(self) -> None:
        """Evaluate the observations of the database as objects."""
        forum, chosen = self.assembly.forum, self._areas()
        observations = self.database.observations(self.until, indicators=forum.indicators)
        need_figures(self.assembly, observations, chosen)
        said = list(track(evaluate_all(forum, observations, chosen, self.request), "evaluating"))
        run = self._run(hash_observations(observations), {item.profile for item in said})
        goals = {goal.id: str(goal.title) for goal in forum.goals.values()}
        number = self.database.write_run(run, said, areas=chosen, goals=goals)
        _report(forum, chosen, said, number, self.format)

    def by_columns(
        self, patterns: tuple[str, ...], out: Path | None, memory: int, threshold: int
    ) -> None:
        """Evaluate files of observations, or those of the database, by columns."""
        from citygoals.plugins.commands._bulk import Bulk, evaluate_columns, look, look_inside

        engine = self.request.engine
        bulk = Bulk(patterns=patterns, out=out, engine=engine, memory=memory, threshold=threshold)
        assembly, database, areas = self.assembly, self.database, self._areas()
        found: Observations = (
            look(assembly, choose_areas(assembly.forum, database, ()), patterns)
            if patterns
            else look_inside(assembly, database, areas, self.until)
        )

        def run_of(hashed: str, judged: Iterable[ProfileId]) -> Run:
            more = {"observations": patterns} if patterns else {}
            return self._run(hashed, judged, more)

        done = evaluate_columns(assembly, database, found, areas, self.request, bulk, run_of)
        rows = [_count_row(profile, counts) for profile, counts in done.counts.items()]
        statuses = {status for counts in done.counts.values() for status in counts}
        title = f"Run {done.number}: {done.rows:,} assessments"
        _emit_counts(assembly.forum, rows, statuses, title, self.format)

    def _run(
        self, hashed: str, judged: Iterable[ProfileId], more: Mapping[str, Any] = _NOTHING
    ) -> Run:
        used = _used(self.assembly.forum, judged)
        return Run(
            started_at=self.started,
            as_of=self.until,
            parameters={**self.wanted, **more, "plugins": self.assembly.record()},
            engine=self.request.engine,
            citygoals_version=version("citygoals"),
            observations_hash=hashed,
            rules_hash=_rules_hash(used),
            snapshots=tuple(map(_snapshot, used)),
        )


def _assembly_for(profiles: Sequence[str]) -> Assembly:
    """The forum, if the plugins that are needed for these profiles did not fail."""
    assembly = load_assembly()
    if profiles:
        assembly.need_profiles(profiles)
    else:
        assembly.need_all("an evaluation without --profile")
    return assembly


def choose_areas(forum: Forum, database: Database, wanted: Sequence[str]) -> list[Area]:
    """The areas of the profiles and of the database, or the wanted ones. Raises UnknownName."""
    known = {area.id: area for area in database.areas()} | dict(forum.areas)
    refuse_unknown("area", wanted, known)
    ids = [AreaId(name) for name in wanted] or sorted(known)
    return [known[area_id] for area_id in ids]


def _used(forum: Forum, judged: Iterable[ProfileId]) -> list[Profile]:
    """The profiles that took part: those evaluated, and every other that lends by mappings."""
    named = set(judged)
    return [p for p in forum.profiles.values() if p.id in named or p.mappings or p.id == "common"]


def _rules_hash(profiles: Iterable[Profile]) -> str:
    rules = sorted(
        json.dumps(part.content["logic"], sort_keys=True)
        for profile in profiles
        for part in profile.parts["rule"]
    )
    return hashlib.sha256("\n".join(rules).encode()).hexdigest()


def _snapshot(profile: Profile) -> Snapshot:
    said = {
        kind: [part.content for part in parts] for kind, parts in profile.parts.items() if parts
    }
    content = {"profile": profile.head.content, **said}
    return Snapshot(
        profile=profile.id,
        version=profile.version,
        sha256=profile.hash,
        content=json.dumps(content, ensure_ascii=False, sort_keys=True),
        plugin=profile.origin.plugin,
        distribution=profile.origin.distribution,
        distribution_version=profile.origin.version,
    )


def _report(
    forum: Forum, areas: Iterable[Area], said: Sequence[Assessment], number: int, format_: str
) -> None:
    if format_ != "table":
        by_id = {area.id: area for area in areas}
        rows = [{"run": number, **assessment_row(forum, by_id, item)} for item in said]
        emit(rows, [Column(key=key, header=key) for key in (rows[0] if rows else ())], format_)
        return
    counts: dict[str, Counter[str]] = {}
    for item in said:
        counts.setdefault(item.profile, Counter())[item.status] += 1
    rows = [_count_row(profile, counter) for profile, counter in counts.items()]
    years = ", ".join(str(year) for year in sorted({item.year for item in said}))
    title = f"Run {number}: {len(said):,} assessments for {years}"
    _emit_counts(forum, rows, {item.status for item in said}, title, "table")


def _emit_counts(
    forum: Forum,
    rows: Sequence[Mapping[str, Any]],
    statuses: Iterable[StatusId],
    title: str,
    format_: str,
) -> None:
    """Profiles by statuses; on a terminal statuses by profiles where the counts are long."""
    keys = [*_ranked(forum, statuses), "all"]
    if format_ == "table" and any(row["all"] >= LONG for row in rows):
        turned = [
            {"status": key, **{row["profile"]: f"{row.get(key, 0):,}" for row in rows}}
            for key in keys
        ]
        profiles = [
            Column(key=row["profile"], header=row["profile"], justify="right", wrap=False)
            for row in rows
        ]
        status = Column(key="status", header="status", style="bold", wrap=False)
        emit(turned, [status, *profiles], format_, title=title)
        return
    columns = [Column(key="profile", header="profile", style="bold")]
    columns += [Column(key=key, header=key.replace("-", "\n"), justify="right") for key in keys]
    emit(rows, columns, format_, title=title)


LONG = 100_000
"""Assessments from which on their counts do not fit beside each other."""


def _ranked(forum: Forum, statuses: Iterable[StatusId]) -> list[StatusId]:
    """The best first; those of the engine last."""
    ranks = {status.id: status.rank for scale in forum.scales.values() for status in scale.statuses}
    return sorted(statuses, key=lambda status: (-ranks.get(status, -1), status))


def _count_row(profile: str, counter: Mapping[Any, int]) -> dict[str, Any]:
    return {"profile": profile, **counter, "all": sum(counter.values())}
