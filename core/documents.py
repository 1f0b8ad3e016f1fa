"""JSON in: read, checked against the schema of its kind, every fault with its place at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from citygoals.core.depth import check_depth
from citygoals.core.errors import (
    Finding,
    InvalidDocuments,
    Place,
    UnusableFile,
    suggestion,
)
from citygoals.core.positions import Positions, locate

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_FILES = 1_000
SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"


@dataclass(frozen=True)
class Document:
    """One JSON file that agrees with the schema of its kind."""

    kind: str
    content: Mapping[str, Any]
    file: str
    text: str

    @cached_property
    def positions(self) -> Positions:
        """Line and column of every JSON Pointer; worked out when a fault asks for it."""
        return locate(self.text)

    def place(self, pointer: str) -> Place:
        """The place of `pointer` with its line and column."""
        return self.positions.place(self.file, pointer)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file of at most MAX_BYTES. Raises UnusableFile."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            problem = f"{size:,} bytes; a document holds at most {MAX_BYTES:,}"
            raise UnusableFile(path, problem, "split it into several documents")
        data = path.read_bytes()
    except IsADirectoryError:
        raise UnusableFile(path, "is a folder, not a JSON file", "name a file in it") from None
    except FileNotFoundError:
        raise UnusableFile(path, "no such file", "check the name") from None
    except OSError as error:
        raise UnusableFile(path, error.strerror or str(error)) from None
    return _decode(path, data)


def _decode(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnusableFile(f"{path}:1:1", "is encoded in UTF-16", "save it as UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        mend = "save it as UTF-8 without the mark"
        raise UnusableFile(f"{path}:1:1", "starts with a byte-order mark", mend)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        place = f"{path}:{line}:{column}"
        raise UnusableFile(place, "is not UTF-8 here", "save it as UTF-8") from None


def parse_json(text: str, file: str) -> Any:
    """The JSON value of `text`. Raises InvalidDocuments for syntax, depth, doubled keys, NaN."""
    check_depth(text, MAX_DEPTH, Place(file=file))
    doubtful: list[str] = []
    try:
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: _unique(pairs, doubtful),
            parse_constant=doubtful.append,
            parse_float=lambda digits: _finite(digits, doubtful),
        )
    except json.JSONDecodeError as error:
        raise InvalidDocuments([_syntax(text, file, error)]) from None
    except ValueError:
        doubtful.append("number")
        value = None
    if doubtful or "\\ud" in text.lower():
        faults = [
            Finding(code=fault.code, message=fault.message, at=fault.place(file), mend=fault.mend)
            for fault in locate(text).faults
        ]
        if faults:
            raise InvalidDocuments(faults)
    return value


def _unique(pairs: list[tuple[str, Any]], doubtful: list[str]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        doubtful.append("key")
    return unique


def _finite(digits: str, doubtful: list[str]) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        doubtful.append(digits)
    return number


def _fault(file: str, code: str, message: str, mend: str = "") -> Finding:
    return Finding(code=code, message=message, at=Place(file=file), mend=mend)


def _syntax(text: str, file: str, error: json.JSONDecodeError) -> Finding:
    at = Place(file=file, line=error.lineno, column=error.colno)
    here = text[error.pos : error.pos + 2]
    before = text[: error.pos].rstrip()[-1:]
    mend = ""
    if here in ("//", "/*") or here.startswith("#"):
        mend = "JSON has no comments; remove it"
    elif not text.strip():
        mend = "the file is empty"
    elif here[:1] in "}]" and before == ",":
        mend = "remove the comma before it"
    elif here.startswith("'"):
        mend = "JSON strings stand in double quotes"
    return Finding(code="json-syntax", message=f"not JSON: {error.msg}", at=at, mend=mend)


def read_document(path: Path) -> Document:
    """Read one document; its `$schema` says its kind. Raises InvalidDocuments, UnusableFile."""
    file = str(path)
    text = read_text(path)
    content = parse_json(text, file)
    document = Document(_kind(content, file), content, file, text)
    faults = list(schema_faults(document))
    if faults:
        raise InvalidDocuments(faults)
    return document


def _kind(content: Any, file: str) -> str:
    kinds = document_kinds()
    named = content.get("$schema") if isinstance(content, dict) else None
    if not isinstance(named, str):
        mend = 'start the document with "$schema": ".../schemas/KIND.schema.json"'
        raise InvalidDocuments([_fault(file, "schema-missing", "names no $schema", mend)])
    kind = named.rsplit("/", 1)[-1].removesuffix(".schema.json")
    if kind not in kinds:
        message = f"unknown kind of document {kind!r}{suggestion(kind, kinds)}"
        known = f"the kinds are {', '.join(kinds)}"
        raise InvalidDocuments([_fault(file, "schema-unknown", message, known)])
    return kind


@cache
def document_kinds() -> tuple[str, ...]:
    """The kinds of documents, each with a schema of the same name."""
    names = (path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json"))
    return tuple(sorted(set(names) - {"defs"}))


@cache
def load_schema(kind: str) -> dict[str, Any]:
    """The shipped JSON Schema of a kind."""
    text = (SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator(kind: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    schemas = [load_schema(name) for name in ("defs", kind)]
    resources = [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    return Draft202012Validator(schemas[-1], registry=Registry().with_resources(resources))


def schema_faults(document: Document) -> Iterator[Finding]:
    """Every disagreement of a document with the schema of its kind."""
    from citygoals.core.schema_faults import explain

    errors = _validator(document.kind).iter_errors(document.content)
    yield from dict.fromkeys(found for error in errors for found in explain(error, document.place))


def read_folder(folder: Path) -> list[Document]:
    """Every `*.json` below `folder`, in order of path; the faults of all files at once.

    Raises InvalidDocuments, or UnusableFile for what is no folder or no part of it.
    """
    documents: list[Document] = []
    findings: list[Finding] = []
    for path in _json_files(folder):
        try:
            documents.append(read_document(path))
        except InvalidDocuments as error:
            findings.extend(error.findings)
    if findings:
        raise InvalidDocuments(findings)
    return documents


def _json_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "no such folder"
        raise UnusableFile(folder, problem, "name the folder that holds profile.json")
    root = folder.resolve()
    files: list[Path] = []
    for path in folder.rglob("*.json"):
        if not path.resolve().is_relative_to(root):
            mend = "copy the file into the folder"
            raise UnusableFile(path, "is a link that leaves the folder of its profile", mend)
        files.append(path)
        if len(files) > MAX_FILES:
            problem = f"holds more than {MAX_FILES:,} JSON files"
            raise UnusableFile(folder, problem, "name the folder of one profile")
    return sorted(files)


def is_slug(text: str) -> bool:
    """Whether `text` is a kebab-case id."""
    return re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) is not None
