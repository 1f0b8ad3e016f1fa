"""The command line: which commands there are, and how an error is told.

Every command is a module that is imported only when it is called. Exit codes: 0 fine, 1 findings,
2 could not run.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from citygoals.core.base.entries import COMMANDS as GROUP
from citygoals.core.base.entries import Entry, installed_entries

COMMANDS: dict[str, tuple[str | None, str]] = {
    "demo": ("demo:demo", "Run the example forum from import to explanation."),
    "import": ("observations:import_", "Take in files of observations."),
    "imports": ("observations:imports", "List the files taken in, or withdraw one."),
    "rejects": ("observations:rejects", "List the rows that were not taken in."),
    "areas": ("observations:areas", "List areas, or register some from a file."),
    "template": ("observations:template", "Write the form to send out for figures."),
    "evaluate": ("evaluate:evaluate", "Judge areas against goals and store the run."),
    "show": ("show:show", "List the assessments of a run."),
    "compare": ("compare:compare", "Set goals side by side across countries."),
    "explain": ("explain:explain", "Say why an area has its status on a goal."),
    "runs": ("show:runs", "List the stored runs."),
    "rate": ("rate:rate", "Count indicators towards a rating's tiers."),
    "score": ("score:score", "Score areas by themes and priorities."),
    "assess": ("assess:assess", "Judge the rows of a table by a rule."),
    "index": ("index:index", "Compute a composite index from a table."),
    "robustness": ("robustness:robustness", "Say how robust the ranks of an index are."),
    "profiles": ("profiles:profiles", "List profiles, or show what one contributes."),
    "plugins": ("plugins:plugins", "List plugins and what became of them."),
    "check": ("check:check", "Tell everything that is wrong with profiles."),
    "new-plugin": (None, "Write a country plugin to start from."),
    "pin": ("profiles:pin", "Pin a profile's stands to the common profile."),
    "rule": ("rule:rule", "Apply or check a rule."),
}


class WideContext(click.Context):
    """A context that knows the terminal's width without shutil, whose import takes long."""

    def make_formatter(self) -> click.HelpFormatter:
        """As click makes it."""
        if self.terminal_width is None and click.formatting.FORCED_WIDTH is None:
            self.terminal_width = max(min(_columns(), self.max_content_width or 80) - 2, 50)
        return super().make_formatter()


def _columns() -> int:
    """The columns of the terminal by the rules of shutil: COLUMNS, then stdout's, else 80."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not when they are listed.

    Installed distributions add commands through the entry-point group `citygoals.commands`; none
    takes the name of one that is here.
    """

    context_class = WideContext

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names in the order of the work, then those of plugins."""
        return [*COMMANDS, *(entry.name for entry in _of_plugins())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name."""
        place = COMMANDS[cmd_name][0] if cmd_name in COMMANDS else None
        if place is not None:
            module, _, name = place.partition(":")
            home = import_module(f"citygoals.plugins.commands.{module}")
            command: click.Command = getattr(home, name)
            return command
        entries = [entry for entry in installed_entries(GROUP) if entry.name == cmd_name]
        if len({entry.distribution for entry in entries}) > 1:
            owners = " and ".join(entry.installed_as for entry in entries)
            ctx.fail(f"{owners} both have a command {cmd_name!r}; uninstall one of them")
        return _imported(entries[0]) if entries else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name. Raises UsageError with the nearest name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            known = self.list_commands(ctx)
            if args[0] not in known:
                from citygoals.core.base.errors import suggestion

                ctx.fail(f"no such command {args[0]!r}{suggestion(args[0], known)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands for --help, which imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])
        if rows := [(entry.name, f"from {entry.installed_as}") for entry in _of_plugins()]:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(rows)


def _of_plugins() -> list[Entry]:
    return [entry for entry in installed_entries(GROUP) if entry.name not in COMMANDS]


def _imported(entry: Entry) -> click.Command:
    """The command of a plugin. Raises CommandFailed."""
    from citygoals.core.base.guard import Guarded
    from citygoals.core.plugin.failures import CommandFailed

    command: Any = None
    with Guarded() as caught:
        command = entry.load()
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.value} is {type(command).__name__}, not a click command")
    if caught.error is not None:
        raise CommandFailed(entry, caught.error) from caught.error
    loaded: click.Command = command
    return loaded


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `citygoals demo`.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--without", multiple=True, metavar="PLUGIN", help="Leave out a plugin; may be repeated."
)
@click.version_option(package_name="citygoals")
@click.pass_context
def citygoals(ctx: click.Context, *, debug: bool, without: tuple[str, ...]) -> None:
    """Judge cities and countries against common and national goals.

    The variable CITYGOALS_PLUGINS names the plugins to use, with commas between them; `common` is
    always there. Without it, every installed plugin is used.
    """
    ctx.obj = {"debug": debug, "without": without}


def main(args: list[str] | None = None) -> None:
    """Run the command line; an error is one message on stderr and exit code 2."""
    gc.set_threshold(100_000)  # nearly all that a command makes lives until it ends
    arguments = sys.argv[1:] if args is None else args
    try:
        status: Any = citygoals.main(arguments, prog_name="citygoals", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        _tell(error, debug="--debug" in arguments)
        sys.exit(2)
    sys.exit(status if isinstance(status, int) else 0)


def _tell(error: Exception, *, debug: bool) -> None:
    """The message of an error on stderr; with `debug` the traceback, of what caused it too."""
    from citygoals.core.base.errors import CitygoalsError

    if debug:
        from traceback import format_exception

        for raised in (*getattr(error, "failures", ()), error):
            click.echo("".join(format_exception(getattr(raised, "cause", raised))), err=True)
    if isinstance(error, CitygoalsError):
        click.echo(f"error: {error}", err=True)
        return
    mend = "report it with what `citygoals --debug ...` shows, unless a plugin's code raised it"
    click.echo(f"error: {type(error).__name__}: {error}; {mend}", err=True)
