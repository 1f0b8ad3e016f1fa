"""The command line: which commands there are, and how an error is told.

Every command is a module that is imported only when it is called. Exit codes: 0 fine, 1 findings,
2 could not run.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from citygoals.core.errors import CitygoalsError, suggestion

COMMANDS = {
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
    "profiles": ("profiles:profiles", "List profiles, or show what one contributes."),
    "plugins": ("profiles:plugins", "List plugins and what became of them."),
    "check": ("profiles:check", "Tell everything that is wrong with profiles."),
    "pin": ("profiles:pin", "Pin a profile's stands to the common profile."),
    "rule": ("rule:rule", "Apply or check a rule."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(
            import_module(f"citygoals.plugins.commands.{module}"), name
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name. Raises UsageError with the nearest name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"no such command {args[0]!r}{suggestion(args[0], list(COMMANDS))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands for --help, which imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `citygoals demo`.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="citygoals")
@click.pass_context
def citygoals(ctx: click.Context, *, debug: bool) -> None:
    """Judge cities and countries against common and national goals."""
    ctx.obj = {"debug": debug}


def main(args: list[str] | None = None) -> None:
    """Run the command line; an error of ours is one message on stderr and exit code 2."""
    arguments = sys.argv[1:] if args is None else args
    try:
        status: Any = citygoals.main(arguments, prog_name="citygoals", standalone_mode=False)
    except CitygoalsError as error:
        if "--debug" in arguments:
            raise
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(status if isinstance(status, int) else 0)
