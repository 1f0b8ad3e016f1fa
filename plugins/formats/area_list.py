"""Lists of areas: an areas document (JSON), or CSV with the columns id, name, level, country."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from citygoals.core import decode
from citygoals.core.cells import Rejected, read_number
from citygoals.core.columns import plain
from citygoals.core.documents import Document, read_document, schema_faults
from citygoals.core.errors import Finding, InvalidDocuments, Place, UnusableFile
from citygoals.core.model import Area
from citygoals.plugins.formats.csv_text import CsvText, read_csv

_REQUIRED = ("id", "name", "level", "country")
_NUMBERS = ("population", "latitude", "longitude")


def read_areas(path: Path, delimiter: str = ",") -> list[Area]:
    """The areas of a file. Raises UnusableFile, and InvalidDocuments with every fault."""
    items = _from_json(path) if path.suffix.casefold() == ".json" else _from_csv(path, delimiter)
    if faults := list(_faults(items)):
        raise InvalidDocuments(faults)
    return [decode.area(content) for content, _ in items]


Item = tuple[Mapping[str, Any], Place]


def _from_json(path: Path) -> list[Item]:
    document = read_document(path)
    if document.kind != "areas":
        mend = 'its $schema must end in "areas.schema.json"'
        raise UnusableFile(path, f"is a document of {document.kind}, not of areas", mend)
    return [
        (content, document.place(f"/areas/{at}"))
        for at, content in enumerate(document.content["areas"])
    ]


def _from_csv(path: Path, delimiter: str) -> list[Item]:
    text = read_csv(path, delimiter)
    names = [plain(name) for name in text.columns]
    if missing := [name for name in _REQUIRED if name not in names]:
        mend = f"it needs {', '.join(_REQUIRED)}; it has {', '.join(text.columns)}"
        raise UnusableFile(path, f"has no column {', '.join(missing)}", mend)
    faults: list[Finding] = []
    items = [
        (_content(names, cells, Place(file=text.file, line=line), faults), line)
        for line, cells in text.rows
    ]
    faults.extend(_disagreements(text, items))
    if faults:
        raise InvalidDocuments(faults)
    return [(content, Place(file=text.file, line=line)) for content, line in items]


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


def _disagreements(
    text: CsvText, items: Sequence[tuple[Mapping[str, Any], int]]
) -> Iterator[Finding]:
    """What the schema of areas has against the rows, placed by line."""
    for content, line in items:
        whole = {"$schema": "areas.schema.json", "areas": [content]}
        for fault in schema_faults(Document("areas", whole, text.file, "")):
            yield Finding(
                code=fault.code,
                message=fault.message,
                at=Place(file=text.file, line=line),
                mend=fault.mend,
            )


def _faults(items: Sequence[Item]) -> Iterator[Finding]:
    counts = Counter(content["id"] for content, _ in items)
    for content, at in items:
        yield from _country_faults(content, at)
        if counts[content["id"]] > 1:
            message = f"area {content['id']!r} stands {counts[content['id']]} times in the file"
            yield Finding(code="area-duplicate", message=message, at=at, mend="keep one of them")


def _country_faults(content: Mapping[str, Any], at: Place) -> Iterator[Finding]:
    import pycountry

    code, area = content["country"], content["id"]
    if pycountry.countries.get(alpha_2=code) is None:
        message = f"area {area!r}: {code!r} is no country of ISO 3166"
        mend = "write its two-letter code, such as KR"
        yield Finding(code="area-country", message=message, at=at, mend=mend)
    elif area.partition("-")[0] != code:
        message = f"area {area!r} is in {code!r} but its id does not start so"
        mend = f"name it {code} or {code}-…"
        yield Finding(code="area-country", message=message, at=at, mend=mend)
