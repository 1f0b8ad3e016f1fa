"""The forum's own plugin: the common profile, and what every profile may use besides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from citygoals.core.plugin import hookimpl, providing

if TYPE_CHECKING:
    from citygoals.core.figures.formats import Format
    from citygoals.core.judging.methods import Method
    from citygoals.core.logic import Operator

PLUGIN_API = 1
provide_profile = providing("common")


@hookimpl
def provide_operators() -> Iterable[type[Operator]]:
    """`clamp`."""
    from citygoals.plugins.clamp import Clamp

    return [Clamp]


@hookimpl
def provide_methods() -> Iterable[Method]:
    """The linear and the compound trend."""
    from citygoals.core.judging.methods import Method
    from citygoals.core.judging.trends import compound, linear

    return [
        Method(id="linear", title="the same amount a year", project=linear),
        Method(id="compound", title="the same share a year", project=compound),
    ]


@hookimpl
def provide_formats() -> Iterable[Format]:
    """Long CSV."""
    from citygoals.plugins.formats.long_csv import long_csv

    return [long_csv()]
