"""What a run keeps of the profiles that it judged by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from citygoals.core.base.model import ProfileId
from citygoals.core.forum.forum import COMMON, Forum
from citygoals.core.forum.profiles import Profile
from citygoals.core.store import Snapshot


def used_profiles(forum: Forum, judged: Iterable[ProfileId]) -> list[Profile]:
    """The profiles that took part: those evaluated, and every other that lends by mappings."""
    named = {COMMON, *judged}
    return [
        profile for profile in forum.profiles.values() if profile.id in named or profile.mappings
    ]


def rules_hash(profiles: Iterable[Profile]) -> str:
    """SHA-256 over the logic of all rules, whatever their names and order."""
    rules = sorted(
        json.dumps(part.content["logic"], sort_keys=True)
        for profile in profiles
        for part in profile.parts["rule"]
    )
    return hashlib.sha256("\n".join(rules).encode()).hexdigest()


def snapshot(profile: Profile) -> Snapshot:
    """A profile as it is now, whole."""
    content = {
        "profile": profile.head.content,
        **{
            kind: [part.content for part in parts] for kind, parts in profile.parts.items() if parts
        },
    }
    return Snapshot(
        profile=profile.id,
        version=profile.version,
        sha256=profile.hash,
        content=json.dumps(content, ensure_ascii=False, sort_keys=True),
        plugin=profile.origin.plugin,
        distribution=profile.origin.distribution,
        distribution_version=profile.origin.version,
    )
