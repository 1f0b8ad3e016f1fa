"""How deep JSON text nests, found without parsing it: a parser would recurse first."""

from __future__ import annotations

import re

from citygoals.core.base.errors import Finding, InvalidDocuments, Place

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


def check_depth(text: str, limit: int, at: Place | None = None) -> None:
    """Raise InvalidDocuments, with line and column, where `text` nests more than `limit` levels."""
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
            if depth > limit:
                raise InvalidDocuments([_too_deep(text, token.start(), limit, at or Place())])
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
