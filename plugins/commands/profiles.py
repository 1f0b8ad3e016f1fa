"""Commands about profiles: what there is, and what their stands were taken on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from citygoals.core.base.disk import replacing
from citygoals.core.base.errors import UnusableFile
from citygoals.core.forum.forum import Forum
from citygoals.core.forum.profiles import LOCAL, Profile, load_profile
from citygoals.plugins.commands._forum import load_assembly
from citygoals.plugins.commands._language import in_words, lang_option, titled
from citygoals.plugins.commands._render import Column, emit, format_option, numbers, plain_columns


@click.command(epilog="Example: citygoals profiles kr")
@click.argument("profile", required=False)
@lang_option
@format_option
def profiles(profile: str | None, format_: str) -> None:
    """List profiles, or the goals that stand under PROFILE."""
    assembly = load_assembly()
    assembly.need_profiles([profile] if profile else [])
    forum = assembly.forum
    if profile is None:
        rows = [_profile_row(forum, item) for item in forum.profiles.values()]
        emit(rows, _PROFILE_COLUMNS, format_)
    else:
        known = forum.profile(profile)
        left = () if known.numberings else ("number",)
        columns = [column for column in _GOAL_COLUMNS if column.key not in left]
        columns = titled(columns) if format_ == "table" else columns
        by = ", ".join(numbering.standard for numbering in known.numberings)
        title = f"no. by {by}" if by else ""
        emit(_goal_rows(forum, known), columns, format_, title=title)


_PROFILE_COLUMNS = [
    Column(key="id", header="profile", style="bold"),
    *plain_columns("title", "version", "plugin"),
    *numbers("indicators", "goals"),
    Column(key="stands", header="stands on common goals"),
]
_GOAL_COLUMNS = [
    Column(key="number", header="no.", justify="right", wrap=False),
    Column(key="goal", header="goal", style="bold", wrap=False),
    Column(key="stand", header="stand", wrap=False),
    Column(key="targets", header="targets"),
]


def _profile_row(forum: Forum, profile: Profile) -> dict[str, Any]:
    standing = forum.goals_under(profile.id)
    stands = Counter(goal.stand.value for goal in standing if goal.stand)
    return {
        "id": profile.id,
        "title": in_words(profile.title),
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
            "title": in_words(standing.goal.title),
            "number": profile.numbers_of(standing.goal.indicators),
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
    assembly = load_assembly()
    assembly.need_profiles([profile.extends])
    extended = assembly.forum.profile(profile.extends)
    on = {"profile": extended.id, "version": extended.version, "hash": extended.hash}
    for document in documents.values():
        _rewrite(Path(document.file), {**document.content, "on": on})
        click.echo(f"{document.file}: pinned to {extended.id} {extended.version}")


def _rewrite(path: Path, content: Mapping[str, Any]) -> None:
    """Put the document in the place of the file, whole or not at all."""
    with replacing(path, "allow writing to the file and its folder") as partial:
        partial.write_text(f"{json.dumps(content, indent=2, ensure_ascii=False)}\n", "utf-8")
