"""A command."""

import click


@click.command()
def frozen():
    """Say which version of the hooks the plugin was written for."""
    click.echo("version 1")
