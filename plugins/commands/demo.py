"""The command that runs the example forum from import to explanation."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path

import click

from citygoals.core.base.errors import UnusableFile

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "forum"
FOLDER = Path("citygoals-demo")


@click.command(epilog="Example: citygoals demo && citygoals show --db citygoals-demo/forum.db")
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Run the example forum: import, evaluate, compare, explain.

    Leaves everything in the folder citygoals-demo, which is made anew.
    """
    _make_anew(FOLDER)
    db = str(FOLDER / "forum.db")
    files = sorted(str(path) for path in (EXAMPLE / "observations").glob("*.csv"))
    steps = [
        ("observations:areas", ["areas", "add", str(EXAMPLE / "areas.json"), "--db", db]),
        ("observations:import_", ["import", *files, "--db", db]),
        ("evaluate:evaluate", ["evaluate", "--db", db]),
        ("compare:compare", ["compare", "--db", db, "--decided"]),
        ("explain:explain", ["explain", "KR-sejong", "cleaner-air-by-2030", "--db", db]),
    ]
    for where, (name, *arguments) in steps:
        click.secho(f"\n$ citygoals {name} {_short(arguments)}", bold=True)
        module, _, attribute = where.partition(":")
        command = getattr(import_module(f"citygoals.plugins.commands.{module}"), attribute)
        status = command.main(
            arguments, prog_name=f"citygoals {name}", standalone_mode=False, obj=ctx.obj
        )
        if isinstance(status, int) and status > 1:
            ctx.exit(status)
    click.echo(f"\nEverything is in {db}; the view `assessments` holds it in words.")


def _make_anew(folder: Path) -> None:
    """An empty folder; an earlier demo's is removed."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
    except OSError as error:
        mend = "run the demo in a folder that can be written"
        raise UnusableFile(folder, f"cannot be made anew ({error.strerror})", mend) from None


def _short(arguments: list[str]) -> str:
    """The arguments as one would type them, many files as one pattern."""
    files = [argument for argument in arguments if argument.endswith(".csv")]
    if len(files) > 2:
        pattern = "examples/forum/observations/*.csv"
        arguments = [pattern, *(argument for argument in arguments if argument not in files)]
    return " ".join(argument.replace(str(EXAMPLE), "examples/forum") for argument in arguments)
