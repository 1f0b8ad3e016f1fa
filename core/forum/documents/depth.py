"""How deep JSON text nests, found without parsing it: a parser would recurse first."""

from __future__ import annotations

import re
from itertools import accumulate

from citygoals.core.base.errors import Finding, InvalidDocuments, Place

_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\Z)'
_TOKEN = re.compile(rf"{_STRING}|[\[{{]|[\]}}]", re.DOTALL)
_STRINGS = re.compile(_STRING, re.DOTALL)
_BRACKETS = dict.fromkeys(b"[{", 1) | dict.fromkeys(b"]}", -1)
_OTHER = bytes(set(range(256)) - set(b'[{]}:"'))


def skeleton(text: str) -> bytes:
    """The brackets and colons of JSON text, those in its strings left out."""
    if "\\" in text:
        text = _STRINGS.sub("", text)
    marks = text.encode(errors="replace").translate(None, _OTHER)
    return b"".join(marks.replace(b'""', b"").split(b'"')[::2])


def check_depth(text: str, limit: int, at: Place | None = None) -> None:
    """Raise InvalidDocuments, with line and column, where `text` nests more than `limit` levels."""
    if deepest(skeleton(text)) > limit:
        _refuse(text, limit, at or Place())


def deepest(marks: bytes) -> int:
    """How many levels a skeleton nests."""
    brackets = marks.translate(None, b":")
    return max(accumulate(map(_BRACKETS.__getitem__, brackets), initial=0))


def _refuse(text: str, limit: int, at: Place) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
            if depth > limit:
                raise InvalidDocuments([_too_deep(text, token.start(), limit, at)])
        elif mark in "]}":
            depth -= 1


def _too_deep(text: str, offset: int, limit: int, at: Place) -> Finding:
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return Finding(
        code="too-deep",
        message=f"nested deeper than the limit of {limit} levels",
        at=Place(file=at.file, line=line, column=column, pointer=at.pointer),
        mend="nest less, or name the inner part as a rule of its own",
    )
