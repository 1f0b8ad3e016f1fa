"""Every command has a page of help with an example, and the help imports nothing heavy."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from citygoals import cli

Run = Callable[..., Any]
HEAVY = {"duckdb", "jsonschema", "narwhals", "pandas", "pint", "polars", "rich", "sqlite_utils"}
HEAVY |= {"py4j", "pyarrow", "pyspark"}


def words(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words of a command and of each of its subcommands."""
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from words(inner, (*path, name))


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_has_an_example(name: str, citygoals: Run) -> None:
    command = cli.citygoals.get_command(click.Context(cli.citygoals), name)
    for path in words(command, (name,)):
        shown = citygoals(*path, "--help")
        called = " ".join(("citygoals", *path))
        assert shown.code == 0
        assert shown.out.startswith(f"Usage: {called} ")
        assert f"Example: {called}" in " ".join(shown.out.split())
        assert shown.err == ""


def test_help_lists_every_command_in_one_line(citygoals: Run) -> None:
    shown = citygoals("--help").out
    for name in cli.COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].*\.$", shown, re.MULTILINE)


def test_no_command_is_a_question_for_help(citygoals: Run) -> None:
    shown = citygoals()
    assert shown.code == 2
    assert "Usage: citygoals" in shown.out + shown.err


def imported(*arguments: str) -> set[str]:
    """The modules that a command leaves imported, in a process of its own."""
    code = (
        "import sys\n"
        "from citygoals.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_help_imports_nothing_heavy() -> None:
    modules = imported("--help")
    assert "click" in modules
    assert not modules & HEAVY
    assert not {name for name in modules if name.startswith("citygoals.plugins.")}


def test_plugins_needs_no_engine_and_no_database() -> None:
    modules = imported("plugins")
    assert "citygoals.plugins.korea" in modules
    assert not modules & (HEAVY - {"rich"})


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, citygoals; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & (HEAVY | {"click", "pluggy", "jsonlogic"})


@pytest.mark.parametrize("how", [["-m", "citygoals"], ["citygoals"]], ids=["module", "script"])
def test_both_ways_to_call_it(how: list[str]) -> None:
    bin_ = Path(sys.executable)
    command = [str(bin_.parent / how[0])] if len(how) == 1 else [str(bin_), *how]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"citygoals, version \d+\.\d+\.\d+\S*\n", done.stdout)


@pytest.mark.parametrize("name", [name for name, (home, _) in cli.COMMANDS.items() if home])
def test_commands_are_imported_without_what_they_may_never_need(name: str) -> None:
    assert not imported(name, "--help") & (HEAVY - {"sqlite_utils"} | {"numpy", "scipy"})


def test_what_was_kept_away_can_be_imported_afterwards() -> None:
    code = (
        "import sys\n"
        "from citygoals.cli import main\n"
        "try:\n    main(['show', '--help'])\n"
        "finally:\n    import numpy, pandas, polars; polars.Series([1.0]).to_numpy()\n"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


@pytest.mark.parametrize("columns", ["", "0", "wide", "20", "70", "90", "300"])
def test_the_help_is_as_wide_as_click_makes_it(
    columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    plain = click.Context(cli.citygoals, max_content_width=100)
    ours = cli.WideContext(cli.citygoals, max_content_width=100)
    assert ours.make_formatter().width == plain.make_formatter().width
