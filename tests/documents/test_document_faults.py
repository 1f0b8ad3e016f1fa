"""Bad documents: every fault of every file at once, each with its place and its mend."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citygoals.core.base.errors import Finding, InvalidDocuments, UnusableFile
from citygoals.core.forum.documents.positions import escape, locate
from citygoals.core.forum.documents.reading import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_FILES,
    document_kinds,
    load_schema,
    parse_json,
    read_document,
    read_folder,
)

CASES = Path(__file__).parent.parent / "cases" / "documents"
SCHEMA = "https://schemas.citygoals.example/1/{}.schema.json"


def cases(name: str) -> Iterator[Any]:
    table = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    for case in table["cases"]:
        yield pytest.param(case, id=case["id"])


def text_of(case: Mapping[str, Any]) -> str:
    """The document of a case: its lines, or a text with one part repeated."""
    if "repeat" in case:
        head, part, count, tail = case["repeat"]
        return f"{head}{part * count}{tail}"
    if "kind" not in case:
        return "\n".join(case["lines"])
    first = f'"$schema": "{SCHEMA.format(case["kind"])}"' + ("," if case["lines"] else "")
    return "\n".join(["{", first, *case["lines"], "}"])


def faults(path: Path) -> Sequence[Finding]:
    """The findings of a document that must have some."""
    with pytest.raises(InvalidDocuments) as raised:
        read_document(path)
    return raised.value.findings


def check(found: Sequence[Finding], expected: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Every finding stands where the case says, and says what the case says."""
    told = "\n".join(map(str, found))
    assert [finding.code for finding in found] == [wanted["code"] for wanted in expected], told
    for finding, wanted in zip(found, expected, strict=True):
        assert finding.at.file == str(file)
        for name in ("line", "column", "pointer"):
            if name in wanted:
                assert getattr(finding.at, name) == wanted[name], f"{name}: {told}"
        for name in ("message", "mend"):
            for fragment in wanted.get(name, ()):
                assert fragment in getattr(finding, name), told
        assert finding.mend, f"says no mend: {finding}"


@pytest.mark.parametrize("case", list(cases("text-faults")))
def test_faults_of_the_text(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "goals.json"
    path.write_text(text_of(case), encoding="utf-8")
    check(faults(path), case["expect"], path)


@pytest.mark.parametrize("case", list(cases("schema-faults")))
def test_faults_of_the_shape(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "goals.json"
    path.write_text(text_of(case), encoding="utf-8")
    found = sorted(faults(path), key=lambda finding: (finding.at.line, finding.at.column))
    check(found, case["expect"], path)


THEMES = '{{"$schema": "themes.schema.json", "themes": [{{"id": "a", "title": "{}"}}]}}'


@pytest.mark.parametrize(
    ("data", "place", "problem", "mend"),
    [
        (THEMES.format("A").encode("utf-16"), ":1:1", "UTF-16", "UTF-8"),
        (THEMES.format("A").encode("utf-16-le"), ":1:1", "UTF-16", "UTF-8"),
        (THEMES.format("A").encode("utf-16-be"), ":1:1", "UTF-16", "UTF-8"),
        (THEMES.format("A").encode("utf-32"), ":1:1", "UTF-32", "UTF-8"),
        (THEMES.format("A").encode("utf-8-sig"), ":1:1", "byte-order mark", "without the mark"),
        (THEMES.format("é").encode("latin-1"), ":1:68", "not UTF-8", "UTF-8"),
        (b'{\n"\xc3\xa9\xed\x95\x9c": "\xe9"}', ":2:8", "not UTF-8", "UTF-8"),
        (b"\x80", ":1:1", "not UTF-8", "UTF-8"),
        (b'["\xed\xa0\x80"]', ":1:3", "not UTF-8", "UTF-8"),
        (THEMES.format("A").encode() + b"\n\xff", ":2:1", "not UTF-8", "UTF-8"),
    ],
    ids=[
        "utf-16-with-mark",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "byte-order-mark",
        "latin-1",
        "latin-1-after-wide-characters",
        "first-byte",
        "surrogate-as-bytes",
        "last-byte",
    ],
)
def test_encodings(data: bytes, place: str, problem: str, mend: str, tmp_path: Path) -> None:
    path = tmp_path / "themes.json"
    path.write_bytes(data)
    (found,) = faults(path)
    assert str(found).startswith(f"{path}{place}: ")
    assert found.code == "encoding"
    assert problem in found.message
    assert mend in found.mend


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"nothing\.json: no such file; check the name"):
        read_document(tmp_path / "nothing.json")


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="is a folder, not a JSON file; name a file in it"):
        read_document(tmp_path)


def test_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "kr"
    path.write_text("{}")
    with pytest.raises(UnusableFile, match=r"kr/goals\.json: .+; check .+"):
        read_document(path / "goals.json")


def test_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "goals.json")
    with pytest.raises(UnusableFile, match=r"goals\.json: is no ordinary file; name"):
        read_document(tmp_path / "goals.json")


def test_fifty_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "goals.json"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(UnusableFile, match=r"50,000,000 bytes; .* at most 5,000,000; split it"):
        read_document(path)


def test_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "themes.json"
    text = THEMES.format("A")
    path.write_text(text + " " * (MAX_BYTES - len(text)))
    assert read_document(path).content["themes"] == [{"id": "a", "title": "A"}]
    path.write_text(text + " " * (MAX_BYTES - len(text) + 1))
    with pytest.raises(UnusableFile):
        read_document(path)


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 1_000, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_too_deep(levels: int, opening: str, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("\n " + opening * levels)
    column = 2 + MAX_DEPTH * len(opening)
    expected = {"code": "too-deep", "line": 2, "column": column, "message": [str(MAX_DEPTH)]}
    check(faults(path), [expected], path)


def test_deepest() -> None:
    text = "[" * MAX_DEPTH + '"[[[{{{"' + "]" * MAX_DEPTH
    value = parse_json(text, "deep.json")
    for _ in range(MAX_DEPTH):
        (value,) = value
    assert value == "[[[{{{"


def test_several_files_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "kr"
    (folder / "rules").mkdir(parents=True)
    (folder / "goals.json").write_text('{\n "$schema": "goals.schema.json",\n "goal": []\n}')
    (folder / "rules" / "r.json").write_text('{"$schema": "rule.schema.json", "id": NaN}')
    (folder / "themes.json").write_text('{"$schema": "theme.schema.json"}')
    (folder / "units.json").write_text('{"units": [],}')
    (folder / "scales.json").write_bytes(b'{"\xe9": 1}')
    (folder / "areas.json").write_text('{"$schema": "areas.schema.json", "areas": []}')
    (folder / "stands.json").write_text(" " * (MAX_BYTES + 1))
    (folder / "mappings.json").mkdir()
    with pytest.raises(InvalidDocuments) as raised:
        read_folder(folder)
    found = [
        (str(Path(f.at.file or "").relative_to(folder)), f.at.line, f.at.column, f.at.pointer)
        for f in raised.value.findings
    ]
    assert sorted(found, key=str) == [
        ("goals.json", 1, 1, ""),
        ("goals.json", 3, 10, "/goal"),
        ("mappings.json", None, None, None),
        ("rules/r.json", 1, 39, "/id"),
        ("scales.json", 1, 3, None),
        ("stands.json", None, None, None),
        ("themes.json", 1, 13, "/$schema"),
        ("units.json", 1, 14, None),
    ]
    assert all(finding.mend for finding in raised.value.findings)


def test_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "kr").write_text("")
    with pytest.raises(UnusableFile, match=r"kr: is not a folder; name the folder"):
        read_folder(tmp_path / "kr")
    with pytest.raises(UnusableFile, match=r"my: no such folder; name the folder"):
        read_folder(tmp_path / "my")


def test_link_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"$schema": "themes.schema.json", "themes": []}')
    folder = tmp_path / "kr"
    folder.mkdir()
    (folder / "themes.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(UnusableFile, match=r"kr/themes\.json: is a link that leaves .*; copy"):
        read_folder(folder)


def test_link_to_a_folder_outside(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "themes.json").write_text("{}")
    folder = tmp_path / "kr"
    folder.mkdir()
    (folder / "rules").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnusableFile, match=r"kr/rules: is a link that leaves .*; copy"):
        read_folder(folder)


def test_link_within_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "kr"
    folder.mkdir()
    (folder / "themes.txt").write_text('{"$schema": "themes.schema.json", "themes": []}')
    (folder / "themes.json").symlink_to(folder / "themes.txt")
    assert [document.kind for document in read_folder(folder)] == ["themes"]


def test_link_to_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "kr"
    folder.mkdir()
    (folder / "themes.json").symlink_to(folder / "gone.json")
    with pytest.raises((UnusableFile, InvalidDocuments), match="no such file; check the name"):
        read_folder(folder)


def test_too_many_files(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.json").touch()
    with pytest.raises(UnusableFile, match=r"holds more than 1,000 JSON files; name the folder"):
        read_folder(tmp_path)
    (tmp_path / "0.json").unlink()
    with pytest.raises(InvalidDocuments) as raised:
        read_folder(tmp_path)
    assert len(raised.value.findings) == MAX_FILES


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"\xff\xfe no JSON")
    (tmp_path / "themes.json").write_text('{"$schema": "themes.schema.json", "themes": []}')
    assert len(read_folder(tmp_path)) == 1


@pytest.mark.parametrize("kind", document_kinds())
def test_schemas_refer_to_what_ships(kind: str) -> None:
    schema = load_schema(kind)
    assert schema["$id"] == SCHEMA.format(kind)
    assert schema["additionalProperties"] is False
    assert "$schema" in schema["required"]


@pytest.mark.parametrize("kind", document_kinds())
def test_every_kind_may_be_named_by_path_or_id(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    found = []
    for named in (SCHEMA.format(kind), f"../../schemas/{kind}.schema.json", f"{kind}.schema.json"):
        path.write_text(json.dumps({"$schema": named}))
        found.append([(finding.code, finding.at.pointer) for finding in faults(path)])
    assert found[0] == found[1] == found[2]
    assert "schema-unknown" not in {code for code, _ in found[0]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


def pointers(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every pointer of a value and what it points to."""
    yield at, value
    steps = enumerate(value) if isinstance(value, list) else ()
    steps = value.items() if isinstance(value, dict) else steps
    for step, inner in steps:
        yield from pointers(inner, f"{at}/{escape(str(step))}")


@given(value=JSON, indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
def test_every_pointer_leads_to_its_value(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    positions = locate(text)
    lines = text.split("\n")
    for pointer, inner in pointers(value):
        place = positions.place("f", pointer)
        assert place.line is not None
        assert place.column is not None
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == inner
        below = positions.place("f", f"{pointer}/not-there/0")
        assert (below.line, below.column) == (place.line, place.column)
    assert list(positions.faults) == []
