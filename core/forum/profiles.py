"""A profile: what one plugin contributes, read from a folder of JSON documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from citygoals.core.base.errors import CitygoalsError, Finding, InvalidDocuments, Place
from citygoals.core.base.model import (
    GoalId,
    IndicatorId,
    IndicatorMapping,
    Numbering,
    Pin,
    Priority,
    ProfileId,
    Rating,
    Stand,
    Text,
)
from citygoals.core.forum import decode
from citygoals.core.forum.documents.reading import Document, parse_json, read_folder, read_text

DEFAULT_MAX_AGE = 5


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a document, such as one goal, and where it stands."""

    content: Mapping[str, Any]
    document: Document
    pointer: str

    def spot(self) -> Place:
        """The file and pointer of the item, without the line, which takes a reading to find."""
        return Place(file=self.document.file, pointer=self.pointer)

    def place(self, below: str = "") -> Place:
        """The place of the item, or of something `below` it."""
        return self.document.place(self.pointer + below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which plugin of which distribution and version contributed a profile."""

    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.plugin} ({self.distribution} {self.version})"


LOCAL = Origin(plugin="local", distribution="none", version="0")
"""The origin of a profile that no plugin provides."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A profile as read. `parts` holds the items of each kind until a forum takes them up."""

    id: ProfileId
    version: str
    title: Text
    description: Text | None
    country: str | None
    extends: ProfileId | None
    max_age: int
    sources: tuple[str, ...]
    priorities: tuple[Priority, ...]
    stands: Mapping[GoalId, Stand]
    pin: Pin | None
    mappings: tuple[IndicatorMapping, ...]
    ratings: tuple[Rating, ...]
    numberings: tuple[Numbering, ...]
    origin: Origin
    head: Part
    parts: Mapping[str, Sequence[Part]] = field(repr=False)

    @cached_property
    def hash(self) -> str:
        """The state of what it says; worked out when something asks for it."""
        return content_hash(self.head, self.parts)

    def numbers_of(self, indicators: Iterable[IndicatorId]) -> str | None:
        """What the profile's own numbering of a standard calls the indicators, as printed."""
        numbers = (
            numbering.numbers[name]
            for name in indicators
            for numbering in self.numberings
            if name in numbering.numbers
        )
        return ", ".join(dict.fromkeys(numbers)) or None


def load_profile(folder: Path, origin: Origin) -> Profile:
    """Read the profile in `folder`; nothing outside it is read, nothing in it is run.

    Raises InvalidDocuments with every fault of every file, and UnusableFile.
    """
    documents = read_folder(folder)
    head = _head(folder, documents)
    parts = _parts(documents)
    content = head.content
    pins = [document for document in documents if document.kind == "stands"]
    return Profile(
        id=ProfileId(content["id"]),
        version=content["version"],
        title=decode.text(content["title"]),
        description=decode.maybe_text(content.get("description")),
        country=content.get("country"),
        extends=ProfileId(content["extends"]) if "extends" in content else None,
        max_age=content.get("max_age", DEFAULT_MAX_AGE),
        sources=tuple(content.get("sources", ())),
        priorities=tuple(decode.item(Priority, each) for each in content.get("priorities", ())),
        stands={GoalId(p.content["goal"]): decode.stand(p.content) for p in parts["stands"]},
        pin=decode.item(Pin, pins[0].content["on"]) if pins else None,
        mappings=tuple(decode.item(IndicatorMapping, part.content) for part in parts["mappings"]),
        ratings=tuple(decode.item(Rating, part.content) for part in parts["ratings"]),
        numberings=tuple(decode.numbering(part.content) for part in parts["numbering"]),
        origin=origin,
        head=head,
        parts=parts,
    )


def peek_id(folder: Path) -> str | None:
    """The id in a folder's profile.json, whatever else is wrong there; None where none is said."""
    try:
        head = folder / "profile.json"
        content = parse_json(read_text(head), str(head))
    except CitygoalsError:
        return None
    named = content.get("id") if isinstance(content, dict) else None
    return named if isinstance(named, str) else None


def _head(folder: Path, documents: Sequence[Document]) -> Part:
    heads = [document for document in documents if document.kind == "profile"]
    if len(heads) == 1:
        return Part(heads[0].content, heads[0], "")
    if not heads:
        at, mend = Place(file=str(folder)), "add a profile.json with its id, version and title"
        message = "no profile document in this folder"
        raise InvalidDocuments([Finding(code="profile-head", message=message, at=at, mend=mend)])
    findings = [
        Finding(
            code="profile-head",
            message=f"one of {len(heads)} profile documents in one folder",
            at=document.place(""),
            mend="keep one, and put each profile in a folder of its own",
        )
        for document in heads
    ]
    raise InvalidDocuments(findings)


_LISTS = (
    "areas",
    "crosswalk",
    "goals",
    "indicators",
    "mappings",
    "ratings",
    "scales",
    "stands",
    "themes",
    "units",
)
_KEYS = {"crosswalk": "pairs"}


def _parts(documents: Sequence[Document]) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = {kind: [] for kind in (*_LISTS, "rule", "numbering")}
    for document in documents:
        if document.kind in parts:
            parts[document.kind].extend(_split(document))
    return parts


def _split(document: Document) -> Iterator[Part]:
    if document.kind not in _LISTS:
        yield Part(document.content, document, "")
        return
    key = _KEYS.get(document.kind, document.kind)
    for index, content in enumerate(document.content[key]):
        yield Part(content, document, f"/{key}/{index}")


def content_hash(head: Part, parts: Mapping[str, Sequence[Part]]) -> str:
    """SHA-256 over what a profile says, however it is laid out in files.

    The state of the extended profile that its stands are pinned to is not part of it.
    """
    written = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
    lines = sorted(
        written([kind, _said(part)])
        for kind, items in {**parts, "profile": [head]}.items()
        for part in items
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _said(part: Part) -> dict[str, Any]:
    return {key: value for key, value in part.content.items() if key != "$schema"}
