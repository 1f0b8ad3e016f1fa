"""Hostile or broken profiles: a clear error with its place, nothing run, nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from citygoals.cli import main

SCHEMAS = "https://schemas.citygoals.example/1"
HEAD = {
    "$schema": f"{SCHEMAS}/profile.schema.json",
    "id": "nz",
    "version": "1.0.0",
    "title": "New Zealand",
    "country": "NZ",
    "extends": "common",
}
UNIT = {"id": "bomb", "label": "bomb", "dimension": "bombs"}
RULE = {
    "$schema": f"{SCHEMAS}/rule.schema.json",
    "id": "nz-rule",
    "title": "Rule",
    "scale": "attainment",
    "logic": {"if": [{">=": [{"var": "value"}, 1]}, "met", "not-met"]},
    "examples": [{"given": {"value": 1}, "expect": "met"}],
}
EVIL = "(a+)+$"
Build = Callable[[Path], None]


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    path.write_text(text, encoding="utf-8")


def many_files(folder: Path) -> None:
    for number in range(10_000):
        (folder / f"{number}.json").write_text("{}", encoding="utf-8")


def many_other_files(folder: Path) -> None:
    for number in range(10_000):
        (folder / f"{number}.txt").write_text("x", encoding="utf-8")
    write(folder / "x.json", {"$schema": f"{SCHEMAS}/goal.schema.json"})


def link_to_a_file(folder: Path) -> None:
    write(folder.parent / "secret.json", {"$schema": f"{SCHEMAS}/goals.schema.json", "goals": []})
    (folder / "goals.json").symlink_to(folder.parent / "secret.json")


def link_to_a_folder(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    (folder / "rules").symlink_to(folder.parent / "elsewhere")


def with_documents(**documents: Any) -> Build:
    def build(folder: Path) -> None:
        for name, content in documents.items():
            write(folder / f"{name}.json", content)

    return build


def lists(kind: str, *items: Any) -> dict[str, Any]:
    return {"$schema": f"{SCHEMAS}/{kind}.schema.json", kind: list(items)}


def rule_twice(folder: Path) -> None:
    write(folder / "rules" / "a.json", RULE)
    write(folder / "rules" / "b.json", RULE)


def pattern_bomb(folder: Path) -> None:
    goals = lists("goals", {"id": "a" * 40 + "!", "pattern": EVIL})
    write(folder / "goals.json", goals)


def schema_of_its_own(folder: Path) -> None:
    own = {"$schema": "https://json-schema.org/draft/2020-12/schema", "pattern": EVIL}
    write(folder / "own.schema.json", own)


def path_upwards(folder: Path) -> None:
    goals = {"$schema": "../../../../etc/passwd", "goals": []}
    write(folder / "goals.json", goals)


def long_texts(folder: Path) -> None:
    """Texts made to send patterns with nested repetition astray."""
    texts = ("a" * 100_000 + "!", "a-" * 50_000, "1." * 50_000, "AA" + "-a" * 50_000 + "!")
    areas = [{"id": text, "name": "x", "level": "city", "country": text} for text in texts]
    write(folder / "areas.json", lists("areas", *areas))
    write(folder / "units.json", lists("units", {**UNIT, "factor": "1" * 100_000}))
    write(folder / "profile.json", {**HEAD, "version": "1." * 50_000})


BAD: list[tuple[str, Build, list[str]]] = [
    ("a folder of 10,000 documents", many_files, ["nz: holds more than 1,000 JSON files"]),
    (
        "a folder of 10,000 other files",
        many_other_files,
        [
            "x.json:2:13 /$schema: unknown kind of document 'goal'; did you mean 'goals'?",
            "[schema-unknown]",
        ],
    ),
    (
        "JSON with comments",
        with_documents(goals='{\n  "goals": [ // none yet\n  ]\n}\n'),
        ["goals.json:2:14: not JSON", "JSON has no comments; remove it", "[json-syntax]"],
    ),
    (
        "a byte-order mark",
        with_documents(goals="\ufeff{}"),
        ["goals.json:1:1: starts with a byte-order mark; save it without the mark [encoding]"],
    ),
    (
        "a link to a file outside",
        link_to_a_file,
        ["goals.json: is a link that leaves the folder of its profile"],
    ),
    (
        "a link to a folder outside",
        link_to_a_folder,
        ["rules: is a link that leaves the folder of its profile"],
    ),
    (
        "a path with two dots",
        path_upwards,
        ["goals.json:2:13 /$schema: unknown kind of document 'passwd'", "[schema-unknown]"],
    ),
    (
        "a rule named twice",
        rule_twice,
        ["b.json:3:8 /id: rule 'nz-rule' stands twice in the profile 'nz'", "[rule-duplicate]"],
    ),
    (
        "a unit bomb",
        with_documents(units=lists("units", {**UNIT, "pint": "m**1e9"})),
        ["units.json:4:3 /units/0: unit 'bomb': pint text 'm**1e9' is not allowed", "[unit-pint]"],
    ),
    (
        "a unit that is a program",
        with_documents(units=lists("units", {**UNIT, "pint": "__import__('os').getcwd()"})),
        ["units.json:4:3 /units/0: unit 'bomb': pint text", "is not allowed", "[unit-pint]"],
    ),
    (
        "a factor of a million digits",
        with_documents(units=lists("units", {**UNIT, "factor": "9" * 1_000_000})),
        ["units.json:", "factor '9999999", "write a whole number or a fraction of at most 30"],
    ),
    ("a pattern that is a bomb", pattern_bomb, ["unknown key 'pattern'", "[schema-key]"]),
    (
        "a schema of its own",
        schema_of_its_own,
        ["own.schema.json:2:13 /$schema: unknown kind of document 'schema'", "[schema-unknown]"],
    ),
    (
        "texts against our own patterns",
        long_texts,
        ["is not in the right form", "[schema-pattern]"],
    ),
    (
        "extends itself",
        with_documents(profile={**HEAD, "extends": "nz"}),
        ["profile.json:7:13 /extends: extends 'nz'", "circle", "[profile-extends]"],
    ),
    (
        "no country",
        with_documents(profile={**HEAD, "id": "zz", "country": "ZZ"}),
        ["profile.json:6:13 /country: 'ZZ' is no country of ISO 3166", "[unknown-country]"],
    ),
    (
        "an area's country that is none",
        with_documents(
            areas=lists("areas", {"id": "QQ", "name": "Q", "level": "city", "country": "QQ"}),
            profile={key: value for key, value in HEAD.items() if key != "country"},
        ),
        ["areas.json:8:15 /areas/0/country: 'QQ' is no country of ISO 3166", "[unknown-country]"],
    ),
    (
        "a text without English",
        with_documents(profile={**HEAD, "title": {"mi": "Aotearoa"}}),
        ["profile.json:5:11 /title: 'en' is missing", "[schema-required]"],
    ),
    (
        "a proxy without reason",
        with_documents(
            mappings=lists("mappings", {"indicator": "a", "common": "b", "kind": "proxy"})
        ),
        ["mappings.json:4:3 /mappings/0: 'reason' is missing; add it [schema-required]"],
    ),
]


Check = Callable[..., tuple[object, str, str]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Runs `citygoals check`; what it left: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYGOALS_PLUGINS", "korea")

    def run(*arguments: str) -> tuple[object, str, str]:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stopped:
            main(["check", *arguments])
        return stopped.value.code, out.getvalue(), err.getvalue()

    return run


@pytest.mark.parametrize(("build", "says"), [pytest.param(b, s, id=n) for n, b, s in BAD])
def test_bad_profile(build: Build, says: list[str], tmp_path: Path, check: Check) -> None:
    folder = tmp_path / "nz"
    write(folder / "profile.json", HEAD)
    build(folder)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    code, out, err = check("nz")
    told = out + err
    assert code == (1 if out else 2), told
    assert "Traceback" not in told
    for words in says:
        assert words in told, told
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_two_profiles_that_extend_each_other(tmp_path: Path) -> None:
    from citygoals.core.base.entries import PLUGINS, installed_entries
    from citygoals.core.forum.assembling import assemble
    from citygoals.core.forum.profiles import LOCAL, load_profile
    from citygoals.core.plugin.manager import Plugins

    for name, other in (("nz", "au"), ("au", "nz")):
        head = {**HEAD, "id": name, "country": name.upper(), "extends": other}
        write(tmp_path / name / "profile.json", head)
    local = [load_profile(tmp_path / name, LOCAL) for name in ("nz", "au")]
    common = [entry for entry in installed_entries(PLUGINS) if entry.name == "common"]
    forum = assemble([*Plugins(common).profiles(), *local])
    assert set(forum.profiles) == {"common"}
    for name, other in (("nz", "au"), ("au", "nz")):
        (finding,) = forum.failures[name].findings
        assert finding.code == "profile-extends"
        assert f"extends '{other}'" in finding.message
        assert (finding.at.line, finding.at.pointer) == (7, "/extends")


def test_errors_come_before_the_warnings_of_all(tmp_path: Path, check: Check) -> None:
    write(tmp_path / "nz" / "profile.json", HEAD)
    write(tmp_path / "au" / "profile.json", {**HEAD, "id": "au"})
    code, out, _ = check("nz", "au")
    words = [line.partition(":")[0] for line in out.splitlines()]
    assert code == 1
    assert words == sorted(words)
    assert set(words) == {"error", "warning"}


def test_what_is_not_there(check: Check) -> None:
    code, out, err = check("koria")
    assert (code, out) == (2, "")
    assert "koria: no such folder, and no profile of that id" in err


def test_everything_is_told_at_once(tmp_path: Path, check: Check) -> None:
    folder = tmp_path / "nz"
    write(folder / "profile.json", {**HEAD, "title": {"mi": "Aotearoa"}, "colour": "black"})
    write(folder / "goals.json", "{")
    write(folder / "areas.json", "\ufeff{}")
    write(folder / "rules" / "rule.json", {**RULE, "id": "NZ Rule"})
    code, out, _ = check("nz", "--format", "json")
    rows = json.loads(out)
    assert code == 1
    assert {(Path(row["file"]).name, row["code"], row["severity"]) for row in rows} == {
        ("profile.json", "schema-required", "error"),
        ("profile.json", "schema-key", "error"),
        ("goals.json", "json-syntax", "error"),
        ("areas.json", "encoding", "error"),
        ("rule.json", "schema-pattern", "error"),
    }
    assert all(row["line"] and row["message"] and row["mend"] for row in rows)
