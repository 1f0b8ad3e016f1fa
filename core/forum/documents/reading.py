"""JSON in: read, checked against the schema of its kind, every fault with its place at once."""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from citygoals.core.base.disk import Flaw, NotUtf8, decode, opening
from citygoals.core.base.errors import Finding, InvalidDocuments, Place, UnusableFile, suggestion
from citygoals.core.forum.documents.depth import check_depth, deepest, skeleton
from citygoals.core.forum.documents.positions import Positions, locate
from citygoals.core.forum.documents.schema import Test, compile_schema

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_FILES = 1_000
SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"


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


def placed(findings: Iterable[Finding], documents: Iterable[Document]) -> Iterator[Finding]:
    """The findings with the line and column that the document of their file has for them."""
    by_file = {document.file: document for document in documents}
    for finding in findings:
        document = by_file.get(finding.at.file or "")
        at = document.place(finding.at.pointer or "") if document else finding.at
        yield replace(finding, at=at)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file of at most MAX_BYTES. Raises UnusableFile, InvalidDocuments."""
    with opening(path, "check the name, and that you may read the file"):
        _check_file(path, path.stat())
        data = path.read_bytes()
    return _decode(str(path), data)


def _check_file(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise UnusableFile(path, "is a folder, not a JSON file", "name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise UnusableFile(path, "is no ordinary file", "name a JSON file")
    if status.st_size > MAX_BYTES:
        problem = f"{status.st_size:,} bytes; a document holds at most {MAX_BYTES:,}"
        raise UnusableFile(path, problem, "split it into several documents")


def _decode(file: str, data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise _badly_encoded(file, "starts with a byte-order mark", "save it without the mark")
    try:
        return decode(data, nul_within=4)
    except NotUtf8 as error:
        spot = (error.line, error.column) if error.flaw is Flaw.BYTE else ()
        flaw = error.flaw if spot else Flaw.WIDE
        raise _badly_encoded(file, flaw.value, "save it as UTF-8", *spot) from None


def _badly_encoded(
    file: str, problem: str, mend: str, line: int = 1, column: int = 1
) -> InvalidDocuments:
    at = Place(file=file, line=line, column=column)
    return InvalidDocuments([Finding(code="encoding", message=problem, at=at, mend=mend)])


def parse_json(text: str, file: str) -> Any:
    """The JSON value of `text`. Raises InvalidDocuments for syntax, depth, doubled keys, NaN."""
    marks = skeleton(text)
    if deepest(marks) > MAX_DEPTH:
        check_depth(text, MAX_DEPTH, Place(file=file))
    doubtful: list[str] = []
    pairs: list[int] = []

    def count(members: dict[str, Any]) -> dict[str, Any]:
        pairs.append(len(members))
        return members

    try:
        value = json.loads(
            text,
            object_hook=count,
            parse_constant=doubtful.append,
            parse_float=lambda digits: _finite(digits, float, doubtful),
            parse_int=lambda digits: _finite(digits, int, doubtful),
        )
    except json.JSONDecodeError as error:
        raise InvalidDocuments([_syntax(text, file, error)]) from None
    if doubtful or sum(pairs) < marks.count(b":") or "\\ud" in text or "\\uD" in text:
        faults = [
            Finding(code=fault.code, message=fault.message, at=fault.place(file), mend=fault.mend)
            for fault in locate(text).faults
        ]
        if faults:
            raise InvalidDocuments(faults)
    return value


def _finite(digits: str, read: Callable[[str], float], doubtful: list[str]) -> float:
    if math.isinf(float(digits)):
        doubtful.append(digits)
        return math.inf
    return read(digits)


def _syntax(text: str, file: str, error: json.JSONDecodeError) -> Finding:
    at = Place(file=file, line=error.lineno, column=error.colno)
    message, mend = f"not JSON: {error.msg}", _syntax_mend(text, error)
    return Finding(code="json-syntax", message=message, at=at, mend=mend)


def _syntax_mend(text: str, error: json.JSONDecodeError) -> str:
    rest = text[error.pos :]
    if not text.strip():
        return "the file is empty; write a document"
    if rest.startswith(("//", "/*", "#")):
        return "JSON has no comments; remove it"
    if not rest.strip():
        return "the file ends here too early; complete it"
    if re.match(r",?\s*[}\]]", rest) and text[: error.pos + 1].rstrip("]} \t\r\n").endswith(","):
        return "remove the comma after the last entry"
    if rest.startswith("'"):
        return "JSON strings stand in double quotes"
    by_message = (mend for words, mend in _SYNTAX_MENDS.items() if error.msg.startswith(words))
    return next(by_message, "correct it")


_SYNTAX_MENDS = {
    "Expecting ','": "put a comma between entries, or close the bracket",
    "Expecting ':'": "put a colon between key and value",
    "Expecting property name": "keys stand in double quotes",
    "Expecting value": "write text in double quotes, a number, true, false, null, [ ] or { }",
    "Extra data": "a document is one value; remove what stands after it",
    "Invalid control": "write a line break as \\n and a tab as \\t",
    "Invalid \\": "write a backslash as \\\\",
    "Unterminated": "close the text with a double quote",
}


def read_document(path: Path) -> Document:
    """Read one document; its `$schema` says its kind. Raises InvalidDocuments, UnusableFile."""
    file = str(path)
    text = read_text(path)
    content = parse_json(text, file)
    document = Document(_kind(content, file, text), content, file, text)
    faults = list(schema_faults(document))
    if faults:
        raise InvalidDocuments(faults)
    return document


def read_items(path: Path, kind: str) -> Document:
    """A document of that kind and no other. Raises InvalidDocuments, UnusableFile."""
    document = read_document(path)
    if document.kind != kind:
        mend = f'its $schema must end in "{kind}.schema.json"'
        raise UnusableFile(path, f"is a document of {document.kind}, not of {kind}", mend)
    return document


def _kind(content: Any, file: str, text: str) -> str:
    kinds = document_kinds()
    named = content.get("$schema") if isinstance(content, dict) else None
    kind = named.rsplit("/", 1)[-1].removesuffix(".schema.json") if isinstance(named, str) else None
    if kind in kinds:
        return kind
    if kind is None:
        code, message = "schema-missing", "names no $schema"
        mend = 'start the document with "$schema": ".../schemas/KIND.schema.json"'
    else:
        code, mend = "schema-unknown", f"the kinds are {', '.join(kinds)}"
        message = f"unknown kind of document {kind!r}{suggestion(kind, kinds)}"
    at = locate(text).place(file, "" if named is None else "/$schema")
    raise InvalidDocuments([Finding(code=code, message=message, at=at, mend=mend)])


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
def _test(kind: str) -> Test:
    return compile_schema(kind, lambda file: load_schema(file.removesuffix(".schema.json")))


@cache
def _validator(kind: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    schemas = [load_schema(name) for name in ("defs", kind)]
    resources = [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    return Draft202012Validator(schemas[-1], registry=Registry().with_resources(resources))


def schema_faults(document: Document) -> Iterator[Finding]:
    """Every disagreement of a document with the schema of its kind."""
    if _test(document.kind)(document.content):
        return
    from citygoals.core.forum.documents.schema_faults import explain

    errors = _validator(document.kind).iter_errors(document.content)
    yield from dict.fromkeys(fault for error in errors for fault in explain(error, document.place))


def read_folder(folder: Path) -> list[Document]:
    """Every `*.json` below `folder`, in order of path; the faults of all files at once.

    Raises InvalidDocuments; UnusableFile for what is no folder or no part of it.
    """
    documents: list[Document] = []
    findings: list[Finding] = []
    for path in _json_files(folder):
        try:
            documents.append(read_document(path))
        except InvalidDocuments as error:
            findings.extend(error.findings)
        except UnusableFile as error:
            findings.append(_unusable(error))
    if findings:
        raise InvalidDocuments(findings)
    return documents


def _unusable(error: UnusableFile) -> Finding:
    at = Place(file=error.path)
    return Finding(code="unusable-file", message=error.problem, at=at, mend=error.mend)


def _json_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "no such folder"
        raise UnusableFile(folder, problem, "name the folder that holds profile.json")
    root = folder.resolve()
    files: list[Path] = []
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            mend = "copy what it leads to into the folder"
            raise UnusableFile(path, "is a link that leaves the folder of its profile", mend)
        if path.suffix != ".json":
            continue
        files.append(path)
        if len(files) > MAX_FILES:
            problem = f"holds more than {MAX_FILES:,} JSON files"
            raise UnusableFile(folder, problem, "name the folder of one profile")
    return sorted(files)
