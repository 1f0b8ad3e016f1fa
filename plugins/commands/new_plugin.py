"""The command that writes a country plugin to start from."""

from __future__ import annotations

from pathlib import Path

import click

from citygoals.core.base.errors import UnusableFile
from citygoals.core.plugin.assembly import Assembly
from citygoals.core.plugin.scaffold import Country, UnusableName, find_country, write_plugin
from citygoals.plugins.commands._forum import load_assembly


@click.command("new-plugin", epilog="Example: citygoals new-plugin thailand --country TH")
@click.argument("name")
@click.option("--country", required=True, help="Its two-letter code of ISO 3166, such as TH.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=".",
    help="The folder to write it in; default: the current one.",
)
def new_plugin(name: str, country: str, into: Path) -> None:
    """Write ./citygoals-NAME: a plugin of a country that installs, checks and tests.

    It holds examples of everything, marked as such, to be replaced one by one. Nothing that is
    there already is overwritten.
    """
    from importlib.metadata import version

    nation = find_country(country)
    if not into.is_dir():
        raise UnusableFile(into, "is no folder", "make it, or name another with --into")
    assembly = load_assembly()
    _refuse_taken(name, nation, assembly)
    folder = write_plugin(name, nation, into, assembly.forum, version=version("citygoals"))
    code, shown = nation.code.lower(), folder if into.is_absolute() else f"./{folder}"
    click.echo(f"{folder}: written, a plugin for {nation.name} with the profile {code!r}")
    click.echo(f"next: pip install {shown}")
    click.echo(f"      citygoals check {code}")
    click.echo(f"then: read {folder / 'README.md'}")


def _refuse_taken(name: str, country: Country, assembly: Assembly) -> None:
    """Raise UnusableName where a plugin of that name, or a profile of that country, is there."""
    origins = [plugin.origin for plugin in assembly.plugins.loaded]
    for origin in [*origins, *(failure.origin for failure in assembly.failures)]:
        if origin.plugin == name:
            raise UnusableName(f"there is a plugin {origin}; choose another name")
    for profile in assembly.plugins.profiles():
        if profile.id == country.code.lower() or profile.country == country.code:
            owner = f"{profile.origin}, the profile {profile.id!r}"
            raise UnusableName(f"{country.name} has a plugin: {owner}; work on that one")
