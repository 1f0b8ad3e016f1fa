"""A plugin against version 1 of the hooks."""

from __future__ import annotations

from pathlib import Path

from citygoals import hookimpl

PLUGIN_API = 1


@hookimpl
def provide_profile() -> Path:
    return Path(__file__).resolve().parent / "profile"


@hookimpl
def provide_operators():
    from citygoals_frozen.within import Within

    return [Within]


@hookimpl
def provide_formats():
    from citygoals_frozen.ledger import LEDGER

    return [LEDGER]


@hookimpl
def provide_methods():
    from citygoals import Method

    return [Method(id="stay", title="as it was last", project=lambda series, _: series[-1][1])]
