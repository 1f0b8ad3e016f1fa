"""Work that needs a plugin that failed stops and writes nothing; other work goes on."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

GOOD = (
    "from pathlib import Path",
    "from citygoals import hookimpl",
    "PLUGIN_API = 1",
    "@hookimpl",
    "def provide_profile():",
    "    return Path(__file__).resolve().parent / 'profile'",
)
BROKEN = ("raise RuntimeError('the ministry moved')",)
FIGURES = """area,indicator,year,value,unit,source
NZ,nz-share,2023,81,%,Test
KR-seoul,nz-share,2023,40,%,Test
KR-sejong,water-loss,2023,12,%,Test
"""
NEWLAND = (
    "plugin newland (citygoals-newland 1.4.2) failed in import: RuntimeError: the ministry moved"
)
IN_USE = "korea,newland"


def rows(db: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(db)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


@pytest.fixture
def evaluated(host, tmp_path) -> Path:
    """A folder with a database that newland's figures are in, and a run under its profile."""
    (tmp_path / "figures.csv").write_text(FIGURES, encoding="utf-8")
    every = ["evaluate", "--engine", "rows"]
    said = host.run(
        tmp_path,
        [["import", "figures.csv"], [*every, "--profile", "kr"], [*every, "--profile", "nz"]],
        host.lay(GOOD),
        CITYGOALS_PLUGINS=IN_USE,
    )
    assert [one.code for one in said] == [0, 0, 0], [one.err for one in said]
    return tmp_path


STOPPED = [
    (["evaluate"], "an evaluation without --profile needs every plugin"),
    (["evaluate", "--profile", "nz"], "unknown profile 'nz'"),
    (["evaluate", "--profile", "kr", "--area", "KR-seoul"], "there are figures of nz-share"),
    (["show"], "the run judged under the profile 'nz'"),
    (["show", "--profile", "nz"], "the run judged under the profile 'nz'"),
    (["compare", "--profile", "nz"], "unknown profile 'nz'"),
    (["explain", "KR-sejong", "water-loss", "--profile", "nz"], "unknown profile 'nz'"),
    (["explain", "KR-seoul", "water-loss"], "there are figures of nz-share"),
    (["template", "--profile", "nz"], "unknown profile 'nz'"),
    (["rate", "--profile", "nz"], "unknown profile 'nz'"),
    (["score", "--profile", "nz"], "unknown profile 'nz'"),
    (["score", "--profile", "kr", "--under", "nz"], "unknown profile 'nz'"),
    (["score", "--profile", "kr", "--under", "all"], "a table of ranks under every profile"),
    (["profiles", "nz"], "unknown profile 'nz'"),
    (["import", "figures.csv"], "figures.csv:2: unknown indicator 'nz-share'"),
    (["import", "figures.csv", "--db", "new.db"], "figures.csv:2: unknown area 'NZ'"),
    (["import", "figures.csv", "--as", "ledger"], "unknown format 'ledger'"),
]
GOING_ON = [
    ["evaluate", "--profile", "kr", "--area", "KR-sejong", "--engine", "rows"],
    ["show", "--run", "1"],
    ["show", "--profile", "kr", "--run", "1"],
    ["compare"],
    ["explain", "KR-sejong", "water-loss"],
    ["explain", "KR-sejong", "water-loss", "--profile", "kr"],
    ["template", "--profile", "kr", "--area", "KR-sejong"],
    ["profiles", "kr"],
    ["areas"],
    ["imports"],
    ["rejects"],
    ["runs"],
    ["check", "kr"],
]


def test_what_needs_it_stops_and_what_does_not_goes_on(host, evaluated) -> None:
    db = evaluated / "forum.db"
    before, target = db.read_bytes(), host.lay(BROKEN)
    commands = [command for command, _ in STOPPED]
    stopped = host.run(evaluated, commands, target, CITYGOALS_PLUGINS=IN_USE)
    for (command, why), one in zip(STOPPED, stopped, strict=True):
        assert (one.code, one.out) == (2, ""), command
        assert f"error: {why}" in one.err.replace("; known: common, kr", ""), (command, one.err)
        assert NEWLAND in one.err.partition("error: ")[2], command
    assert db.read_bytes() == before
    assert not (evaluated / "new.db").exists()
    going_on = host.run(evaluated, GOING_ON, target, CITYGOALS_PLUGINS=IN_USE)
    for command, one in zip(GOING_ON, going_on, strict=True):
        assert one.code == 0, (command, one.err)
        assert command[0] in ("check", "imports", "rejects", "runs") or NEWLAND in one.err, command
    assert rows(db, "SELECT count(*) FROM runs") == [(3,)]


def test_left_out_by_choice_it_is_not_needed_but_named(host, evaluated) -> None:
    without = ["--without", "newland"]
    evaluate, show, import_ = host.run(
        evaluated,
        [
            [*without, "evaluate", "--area", "KR-seoul", "--engine", "rows"],
            [*without, "show", "--run", "3"],
            [*without, "import", "figures.csv", "--db", "new.db"],
        ],
        host.lay(BROKEN),
        CITYGOALS_PLUGINS=IN_USE,
    )
    assert evaluate.code == 0
    assert evaluate.err == (
        "warning: left aside: 1 figures of 'nz-share', which no plugin in use knows\n"
    )
    assert (show.code, show.err) == (0, "")
    assert import_.code == 1
    assert "unknown indicator 'nz-share'" in import_.err


def test_the_run_says_which_plugins_it_used(host, evaluated) -> None:
    host.run(
        evaluated,
        [["--without", "newland", "evaluate", "--engine", "rows"]],
        host.lay(BROKEN),
        CITYGOALS_PLUGINS=IN_USE,
    )
    stored = rows(evaluated / "forum.db", "SELECT parameters FROM runs ORDER BY number")
    first, last = (json.loads(str(row[0]))["plugins"] for row in (stored[0], stored[-1]))
    version = first["used"][0].partition("(citygoals ")[2].rstrip(")")
    built_in = [f"common (citygoals {version})", f"korea (citygoals {version})"]
    assert first["used"] == [*built_in, "newland (citygoals-newland 1.4.2)"]
    assert last["used"] == built_in
    assert last["failed"] == []
    assert "newland" in last["left_out"]
    assert "newland" not in first["left_out"]


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (["--without", "koera"], {}, "error: unknown plugin 'koera'; did you mean 'korea'?\n"),
        ([], {"CITYGOALS_PLUGINS": "malysia"}, "unknown plugin 'malysia'; did you mean 'malaysia'"),
        (["--without", "common"], {}, "'common' is the forum itself; it cannot be left out"),
    ],
)
def test_a_choice_must_name_what_there_is(host, tmp_path, arguments, variables, says) -> None:
    (said,) = host.run(tmp_path, [[*arguments, "profiles"]], **variables)
    assert (said.code, said.out) == (2, "")
    assert says in said.err


@pytest.mark.parametrize(
    ("arguments", "variables", "profiles"),
    [
        ([], {"CITYGOALS_PLUGINS": "korea, malaysia"}, {"common", "kr", "my"}),
        ([], {"CITYGOALS_PLUGINS": "common"}, {"common"}),
        (["--without", "korea"], {"CITYGOALS_PLUGINS": "korea,malaysia"}, {"common", "my"}),
        (
            ["--without", "korea", "--without", "malaysia"],
            {"CITYGOALS_PLUGINS": "korea,malaysia,indonesia"},
            {"common", "id"},
        ),
    ],
)
def test_a_choice_of_plugins(host, tmp_path, arguments, variables, profiles) -> None:
    listed, plugins = host.run(
        tmp_path,
        [[*arguments, "profiles", "--format", "json"], [*arguments, "plugins", "--format", "json"]],
        **variables,
    )
    assert {row["id"] for row in listed.json} == profiles
    states = {row["plugin"]: row["state"] for row in plugins.json}
    in_use = {name for name, state in states.items() if state != "left out"}
    assert len(in_use) == len(profiles)
    assert states["japan"] == "left out"
