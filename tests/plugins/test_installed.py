"""Plugins as they are installed: twice, under a taken name, slow, talkative, with commands."""

from __future__ import annotations

import os
import subprocess
import sys
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
NAP = 10.0 if os.environ.get("CITYGOALS_LONG") else 2.2
"""Seconds; from two on a plugin counts as slow."""
PLUGINS = ["plugins", "--format", "json"]
PROFILES = ["profiles", "--format", "json"]


def states(said) -> dict[tuple[str, str], str]:
    return {(row["plugin"], row["version"]): row["state"] for row in said.json}


def test_every_country_is_there_beside_one_that_fails(host, tmp_path) -> None:
    alone = host.run(tmp_path, [PROFILES])[0]
    beside = host.run(tmp_path, [PROFILES], host.install(["raise SystemExit"]))[0]
    assert (alone.code, alone.err) == (0, "")
    assert beside.code == 0
    assert beside.json == alone.json
    assert len(alone.json) >= 9


def test_the_program_itself_finds_it(host, tmp_path) -> None:
    target = host.install(GOOD)
    program = str(Path(sys.executable).with_name("citygoals"))
    env = {**os.environ, "PYTHONPATH": str(target), "CITYGOALS_PLUGINS": "newland"}
    done = subprocess.run(
        [program, "profiles"], capture_output=True, text=True, cwd=tmp_path, env=env, check=True
    )
    assert "New Zealand" in done.stdout


def test_two_versions_of_one_distribution(host, tmp_path) -> None:
    targets = [host.install(GOOD, version=version) for version in ("1.4.2", "1.5.0")]
    plugins, evaluate, without = host.run(
        tmp_path,
        [PLUGINS, ["evaluate"], ["--without", "newland", *PLUGINS]],
        *targets,
        CITYGOALS_PLUGINS="korea,newland",
    )
    state = states(plugins)["newland", "1.4.2"]
    assert f"is installed twice, also 1.5.0 in {targets[1]}; uninstall one of them" in state
    assert states(plugins)["korea", plugins.json[0]["version"]] == "ok"
    assert evaluate.code == 2
    assert "is installed twice" in evaluate.err
    assert states(without)["newland", "1.4.2"] == "left out"


def test_the_same_version_in_two_places_is_no_fault(host, tmp_path) -> None:
    targets = [host.install(GOOD), host.install(GOOD)]
    (plugins,) = host.run(tmp_path, [PLUGINS], *targets, CITYGOALS_PLUGINS="newland")
    assert states(plugins)["newland", "1.4.2"] == "ok"


def test_two_distributions_with_one_plugin(host, tmp_path) -> None:
    other = host.install(GOOD, distribution="citygoals-zealand", version="0.2.0", module="zealand")
    plugins, profiles, own = host.run(
        tmp_path,
        [PLUGINS, PROFILES, ["evaluate", "--profile", "nz"]],
        host.install(GOOD),
        other,
        CITYGOALS_PLUGINS="korea,newland",
    )
    mine, theirs = "citygoals-newland 1.4.2", "citygoals-zealand 0.2.0"
    assert f"{theirs} has a plugin 'newland' too" in states(plugins)["newland", "1.4.2"]
    assert f"{mine} has a plugin 'newland' too" in states(plugins)["newland", "0.2.0"]
    assert {row["id"] for row in profiles.json} == {"common", "kr"}
    assert own.code == 2
    assert mine in own.err
    assert theirs in own.err


def test_nobody_takes_the_name_of_a_built_in(host, tmp_path) -> None:
    target = host.install(GOOD, plugin="korea")
    plugins, profiles = host.run(tmp_path, [PLUGINS, PROFILES], target, CITYGOALS_PLUGINS="korea")
    found = states(plugins)
    assert found["korea", plugins.json[0]["version"]] == "ok"
    assert "has a plugin 'korea' too" in found["korea", "1.4.2"]
    assert {row["id"] for row in profiles.json} == {"common", "kr"}


def test_a_slow_one_is_named_with_its_seconds(host, tmp_path) -> None:
    target = host.install(["import time", f"time.sleep({NAP})", *GOOD])
    help_, plugins = host.run(
        tmp_path, [["--help"], PLUGINS], target, CITYGOALS_PLUGINS="korea,newland"
    )
    assert (help_.code, help_.modules) == (0, [])
    (row,) = [row for row in plugins.json if row["plugin"] == "newland"]
    assert NAP <= row["seconds"] < NAP + 2
    assert row["state"] == f"slow: {row['seconds']:.1f} s to load"
    seconds = f"{row['seconds']:.1f}"
    assert plugins.err == f"warning: plugin newland (citygoals-newland 1.4.2) took {seconds} s\n"


def test_what_it_prints_goes_to_stderr(host, tmp_path) -> None:
    lines = ["print('hello from import')", *GOOD[:-1], "    print('hello from hook')", GOOD[-1]]
    (plugins,) = host.run(tmp_path, [PLUGINS], host.lay(lines), CITYGOALS_PLUGINS="newland")
    assert states(plugins)["newland", "1.4.2"] == "ok"
    assert plugins.err == "hello from import\nhello from hook\n"


@pytest.mark.parametrize(
    "lines",
    [
        ["import os, signal, time", "os.kill(os.getpid(), signal.SIGINT)", "time.sleep(9)"],
        [
            "import os, signal",
            "try:",
            "    os.kill(os.getpid(), signal.SIGINT)",
            "    for _ in range(10**9): pass",
            "except BaseException:",
            "    swallowed = True",
            *GOOD,
        ],
    ],
    ids=["while it loads", "though it swallows it"],
)
def test_ctrl_c_stops_the_program(host, tmp_path, lines) -> None:
    (said,) = host.run(tmp_path, [PROFILES], host.lay(lines), CITYGOALS_PLUGINS="newland")
    assert (said.code, said.out, said.err) == (2, "", "\nstopped\n")


def test_ctrl_c_works_as_before_afterwards(host, tmp_path) -> None:
    lines = ["import signal", "signal.signal(signal.SIGINT, signal.SIG_IGN)", *GOOD]
    code = (
        "import signal\n"
        "from citygoals import Plugins\n"
        "before = signal.default_int_handler\n"
        "signal.signal(signal.SIGINT, before)\n"
        "plugins = Plugins()\n"
        "assert [one.origin.plugin for one in plugins.loaded][-1] == 'newland'\n"
        "assert signal.getsignal(signal.SIGINT) is before\n"
    )
    env = {**os.environ, "PYTHONPATH": str(host.lay(lines))}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=env)


HELLO = """
import click


@click.command()
@click.argument("name")
def hello(name):
    "Say hello."
    click.echo(f"hello {name}")


thing = 3
"""


def commands(host, text=HELLO, **said):
    return host.install(text.splitlines(), plugin=None, **said)


def test_commands_of_plugins_are_listed_and_only_imported_when_called(host, tmp_path) -> None:
    target = commands(host, commands={"hello": "citygoals_newland:hello"})
    help_, hello, own_help, near = host.run(
        tmp_path, [["--help"], ["hello", "forum"], ["hello", "--help"], ["helo"]], target
    )
    assert help_.code == 0
    assert help_.modules == []
    section = help_.out.partition("Commands of plugins:")[2]
    assert section.split()[:4] == ["hello", "from", "citygoals-newland", "1.4.2"]
    assert (hello.code, hello.out) == (0, "hello forum\n")
    assert own_help.out.startswith("Usage: citygoals hello")
    assert near.code == 2
    assert "did you mean 'hello'?" in near.err


@pytest.mark.parametrize(
    ("text", "value", "says"),
    [
        ("raise RuntimeError('gone')", "citygoals_newland:hello", "RuntimeError: gone"),
        ("raise SystemExit(0)", "citygoals_newland:hello", "SystemExit: 0"),
        (HELLO, "citygoals_newland:nothing", "has no attribute 'nothing'"),
        (HELLO, "citygoals_newland:thing", "thing is int, not a click command"),
        (HELLO, "citygoals_no_such", "ModuleNotFoundError"),
    ],
)
def test_a_command_that_fails_is_named(host, tmp_path, text, value, says) -> None:
    target = commands(host, text, commands={"hello": value})
    help_, plugins, said = host.run(
        tmp_path, [["--help"], PLUGINS, ["hello", "x"]], target, CITYGOALS_PLUGINS="korea"
    )
    assert (help_.code, plugins.code) == (0, 0)
    assert (said.code, said.out) == (2, "")
    assert "the command 'hello' of citygoals-newland 1.4.2 cannot be imported: " in said.err
    assert says in said.err
    assert "update or uninstall citygoals-newland" in said.err


def test_a_command_that_raises_is_told_without_a_traceback(host, tmp_path) -> None:
    text = HELLO.replace("click.echo(", "raise LookupError(")
    target = commands(host, text, commands={"hello": "citygoals_newland:hello"})
    plain, debug = host.run(tmp_path, [["hello", "x"], ["--debug", "hello", "x"]], target)
    assert (plain.code, debug.code) == (2, 2)
    assert plain.err.startswith("error: LookupError: hello x; ")
    assert "Traceback" not in plain.err
    assert "Traceback" in debug.err


def test_no_command_takes_the_name_of_another(host, tmp_path) -> None:
    value = "citygoals_newland:hello"
    mine = commands(host, commands={"hello": value, "profiles": value})
    theirs = commands(host, commands={"hello": value}, distribution="hello", version="1")
    help_, hello, profiles = host.run(
        tmp_path, [["--help"], ["hello", "x"], PROFILES], mine, theirs
    )
    assert help_.code == 0
    assert "profiles   from" not in help_.out
    assert hello.code == 2
    assert "citygoals-newland 1.4.2 and hello 1 both have a command 'hello'" in hello.err
    assert profiles.code == 0
    assert {"common", "kr"} <= {row["id"] for row in profiles.json}
