"""Commands about profiles and plugins: what there is, what is wrong with it, what it stands on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from citygoals.core.assemble import assemble
from citygoals.core.errors import Finding, InvalidDocuments, Severity, UnusableFile
from citygoals.core.forum import Forum
from citygoals.core.model import ProfileId
from citygoals.core.plugin.manager import Plugins
from citygoals.core.profiles import Origin, Profile, load_profile
from citygoals.plugins.commands._forum import load_forum
from citygoals.plugins.commands._render import Column, emit, format_option

LOCAL = Origin(plugin="local", distribution="none", version="0")


@click.command(epilog="Example: citygoals profiles kr")
@click.argument("profile", required=False)
@format_option
def profiles(profile: str | None, format_: str) -> None:
    """List profiles, or the goals that stand under PROFILE."""
    forum = load_forum()
    if profile is None:
        rows = [_profile_row(forum, item) for item in forum.profiles.values()]
        emit(rows, _PROFILE_COLUMNS, format_)
    else:
        emit(_goal_rows(forum, forum.profile(profile)), _GOAL_COLUMNS, format_)


_PROFILE_COLUMNS = [
    Column(key="id", header="profile", style="bold"),
    Column(key="title", header="title"),
    Column(key="version", header="version"),
    Column(key="plugin", header="plugin"),
    Column(key="indicators", header="indicators", justify="right"),
    Column(key="goals", header="goals", justify="right"),
    Column(key="stands", header="stands on common goals"),
]
_GOAL_COLUMNS = [
    Column(key="goal", header="goal", style="bold", wrap=False),
    Column(key="stand", header="stand", wrap=False),
    Column(key="targets", header="targets"),
]


def _profile_row(forum: Forum, profile: Profile) -> dict[str, Any]:
    standing = forum.goals_under(profile.id)
    stands = Counter(goal.stand.value for goal in standing if goal.stand)
    return {
        "id": profile.id,
        "title": str(profile.title),
        "version": profile.version,
        "hash": profile.hash,
        "country": profile.country,
        "extends": profile.extends,
        "plugin": profile.origin.plugin,
        "distribution": f"{profile.origin.distribution} {profile.origin.version}",
        "indicators": len(profile.parts["indicators"]),
        "goals": len(profile.parts["goals"]),
        "stands": ", ".join(f"{count} {kind}" for kind, count in stands.items()),
        "priorities": {priority.theme: priority.weight for priority in profile.priorities},
    }


def _goal_rows(forum: Forum, profile: Profile) -> list[dict[str, Any]]:
    return [
        {
            "goal": standing.goal.id,
            "title": str(standing.goal.title),
            "theme": standing.goal.theme,
            "stand": standing.stand.value if standing.stand else "own",
            "indicator": ", ".join(standing.goal.indicators),
            "rule": standing.goal.rule,
            "targets": "; ".join(_target_words(target) for target in standing.targets),
            "reason": standing.stand_reason or standing.goal.reason,
        }
        for standing in forum.goals_under(profile.id)
    ]


def _target_words(target: Any) -> str:
    figure = f"{target.minimum:g}-{target.maximum:g}" if target.is_range else f"{target.value:g}"
    year = f" by {target.year}" if target.year else ""
    whom = f" ({', '.join(target.areas) or target.level})" if target.areas or target.level else ""
    return f"{figure}{year}{whom}{' illustrative' if target.illustrative else ''}"


@click.command(epilog="Example: citygoals plugins --format json")
@format_option
def plugins(format_: str) -> None:
    """List plugins, the ones that failed with their reason among them."""
    found = Plugins()
    forum = assemble(found.profiles())
    rows: list[Mapping[str, Any]] = [
        _plugin_row(plugin.origin, "slow to import" if plugin.slow else "ok", plugin.seconds)
        for plugin in found.loaded
        if plugin.origin not in {failure.origin for failure in found.failures}
    ]
    rows += [_plugin_row(f.origin, f"failed in {f.step}: {f.reason}", None) for f in found.failures]
    rows += [
        {"plugin": profile, "distribution": "", "state": f"profile left out: {error}"}
        for profile, error in forum.failures.items()
    ]
    emit(rows, _PLUGIN_COLUMNS, format_)


_PLUGIN_COLUMNS = [
    Column(key="plugin", header="plugin", style="bold"),
    Column(key="distribution", header="distribution"),
    Column(key="state", header="state"),
]


def _plugin_row(origin: Origin, state: str, seconds: float | None) -> dict[str, Any]:
    return {
        "plugin": origin.plugin,
        "distribution": f"{origin.distribution} {origin.version}",
        "state": state,
        "import_seconds": None if seconds is None else round(seconds, 3),
    }


@click.command(epilog="Example: citygoals check profiles/kr")
@click.argument("paths", nargs=-1)
@format_option
@click.pass_context
def check(ctx: click.Context, paths: tuple[str, ...], format_: str) -> None:
    """Tell everything that is wrong with profiles.

    PATHS are folders of profiles, or ids of installed ones; without any, all installed profiles.
    Exit code 1 when something is wrong; warnings alone are fine.
    """
    findings = list(_check_all(paths))
    if format_ == "table":
        click.echo("\n".join(map(_line, findings)) or "all fine")
    else:
        columns = [Column(key=key, header=key) for key in Finding(code="", message="").as_dict()]
        emit([finding.as_dict() for finding in findings], columns, format_)
    if any(finding.severity is Severity.ERROR for finding in findings):
        ctx.exit(1)


def _line(finding: Finding) -> str:
    colour = "red" if finding.severity is Severity.ERROR else "yellow"
    return f"{click.style(finding.severity.value, fg=colour)}: {finding}"


def _check_all(paths: tuple[str, ...]) -> list[Finding]:
    installed = Plugins().profiles()
    if not paths:
        return _findings(installed, {profile.id for profile in installed})
    findings: list[Finding] = []
    for path in paths:
        findings.extend(_check_one(path, installed))
    return findings


def _check_one(path: str, installed: list[Profile]) -> list[Finding]:
    if path in {profile.id for profile in installed}:
        return _findings(installed, {ProfileId(path)})
    try:
        local = load_profile(Path(path), LOCAL)
    except InvalidDocuments as error:
        return list(error.findings)
    others = [profile for profile in installed if profile.id != local.id]
    return _findings([*others, local], {local.id})


def _findings(profiles: list[Profile], wanted: set[ProfileId]) -> list[Finding]:
    """The errors and warnings of the wanted profiles among all."""
    try:
        forum = assemble(profiles)
    except InvalidDocuments as error:
        return list(error.findings)
    errors = [f for name in wanted if name in forum.failures for f in forum.failures[name].findings]
    folders = [Path(p.head.document.file).parent for p in profiles if p.id in wanted]
    warnings = [
        finding
        for finding in forum.warnings
        if any(Path(finding.at.file or "").is_relative_to(folder) for folder in folders)
    ]
    return [*errors, *warnings]


@click.command(epilog="Example: citygoals pin profiles/kr")
@click.argument("folder", type=click.Path(path_type=Path))
def pin(folder: Path) -> None:
    """Pin the stands of the profile in FOLDER to the common goals as they are now.

    Do this after reading what changed: it says that the stands hold for that state.
    """
    profile = load_profile(folder, LOCAL)
    documents = {part.document.file: part.document for part in profile.parts["stands"]}
    if profile.extends is None or not documents:
        mend = "write what it `extends`, and its stands on those goals"
        raise UnusableFile(folder, "takes no stands on another profile's goals", mend)
    extended = load_forum().profile(profile.extends)
    on = {"profile": extended.id, "version": extended.version, "hash": extended.hash}
    for document in documents.values():
        _rewrite(Path(document.file), {**document.content, "on": on})
        click.echo(f"{document.file}: pinned to {extended.id} {extended.version}")


def _rewrite(path: Path, content: Mapping[str, Any]) -> None:
    """Put the document in the place of the file, whole or not at all."""
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(f"{json.dumps(content, indent=2, ensure_ascii=False)}\n", "utf-8")
        partial.replace(path)
    except OSError as error:
        mend = "allow writing to the file and its folder"
        raise UnusableFile(path, f"cannot be written ({error.strerror})", mend) from None
