"""Lists of areas: an areas document (JSON), or CSV with the columns id, name, level, country."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from citygoals.core.base.errors import Finding, InvalidDocuments, Place, UnusableFile
from citygoals.core.base.model import Area
from citygoals.core.figures.cells import Rejected, read_number
from citygoals.core.figures.csv_text import read_csv
from citygoals.core.figures.header import plain
from citygoals.core.forum import decode
from citygoals.core.forum.countries import misnamed, no_country
from citygoals.core.forum.documents.reading import Document, read_items, schema_faults

_REQUIRED = ("id", "name", "level", "country")
_NUMBERS = ("population", "latitude", "longitude")


def read_areas(path: Path, delimiter: str = ",") -> list[Area]:
    """The areas of a file. Raises UnusableFile, and InvalidDocuments with every fault."""
    faults: list[Finding] = []
    is_json = path.suffix.casefold() == ".json"
    items = _from_json(path) if is_json else _from_csv(path, delimiter, faults)
    faults.extend(_faults(items))
    if faults:
        raise InvalidDocuments(sorted(faults, key=lambda fault: fault.at.line or 0))
    return [decode.area(content) for content, _ in items]


Item = tuple[Mapping[str, Any], Place]


def _from_json(path: Path) -> list[Item]:
    document = read_items(path, "areas")
    return [
        (content, document.place(f"/areas/{at}"))
        for at, content in enumerate(document.content["areas"])
    ]


def _from_csv(path: Path, delimiter: str, faults: list[Finding]) -> list[Item]:
    text = read_csv(path, delimiter)
    names = [plain(name) for name in text.columns]
    if missing := [name for name in _REQUIRED if name not in names]:
        mend = f"it needs {', '.join(_REQUIRED)}; it has {', '.join(text.columns)}"
        raise UnusableFile(path, f"has no column {', '.join(missing)}", mend)
    items: list[Item] = []
    for line, cells in text.rows:
        at = Place(file=text.file, line=line)
        content = _content(names, cells, at, faults)
        faults.extend(_disagreements(content, at))
        items.append((content, at))
    return items


def _content(
    names: Sequence[str], cells: Sequence[str], at: Place, faults: list[Finding]
) -> dict[str, Any]:
    """The row as an item of an areas document; empty cells are left out."""
    content: dict[str, Any] = {}
    for name, cell in zip(names, map(str.strip, cells), strict=False):
        if not cell or name not in (*_REQUIRED, *_NUMBERS):
            continue
        try:
            content[name] = float(read_number(cell)) if name in _NUMBERS else cell
        except Rejected as fault:
            faults.append(Finding(code="area-number", message=f"{name}: {fault}", at=at))
    return content


def _disagreements(content: Mapping[str, Any], at: Place) -> Iterator[Finding]:
    """What the schema of areas has against a row."""
    whole = {"$schema": "areas.schema.json", "areas": [content]}
    for fault in schema_faults(Document("areas", whole, at.file or "", "")):
        yield replace(fault, at=at)


def _faults(items: Sequence[Item]) -> Iterator[Finding]:
    counts = Counter(content.get("id") for content, _ in items)
    for content, at in items:
        area = content.get("id")
        if area is not None and "country" in content:
            yield from _country_faults(area, content["country"], at)
        if area is not None and counts[area] > 1:
            message = f"area {area!r} stands {counts[area]} times in the file"
            yield Finding(code="area-duplicate", message=message, at=at, mend="keep one of them")


def _country_faults(area: str, country: str, at: Place) -> Iterator[Finding]:
    if fault := no_country(country):
        message = f"area {area!r}: {fault[0]}"
        yield Finding(code="area-country", message=message, at=at, mend=fault[1])
    elif fault := misnamed(area, country):
        yield Finding(code="area-country", message=fault[0], at=at, mend=fault[1])
