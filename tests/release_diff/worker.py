"""Runs the jobs of one release in one process: JSON lines in, JSON lines out.

It is copied to a folder of its own and imports nothing but the installed release.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any

from citygoals.cli import main

WRITTEN = (".csv", ".json")
"""Files that a command was told to write, by ending, which count as what it said."""


def ran(argv: Sequence[str]) -> tuple[Any, str, str]:
    """Exit code, stdout with the files that were asked for, and stderr of one command."""
    out, err, code = io.StringIO(), io.StringIO(), None
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(list(argv))
        except SystemExit as stopped:
            code = stopped.code
        except BaseException as escaped:  # a crash is an answer to compare
            code = f"{type(escaped).__name__}: {escaped}"
    return code, out.getvalue() + written(argv), err.getvalue()


def written(argv: Sequence[str]) -> str:
    """The text of the file that --out or --output names."""
    for option, name in pairwise(argv):
        path = Path(name)
        if option in ("--out", "--output") and path.suffix in WRITTEN and path.exists():
            return path.read_text(encoding="utf-8")
    return ""


def settle(order: Mapping[str, Any]) -> None:
    """Go to the forum's folder, use its plugins and its common profile."""
    os.chdir(order["folder"])
    os.environ["CITYGOALS_PLUGINS"] = order["plugins"]
    link = Path(order["common_link"])
    link.unlink()
    link.symlink_to(order["common"])


def serve() -> None:
    """Answer each line of stdin; nothing that a command prints gets between the answers."""
    gc.freeze()
    gc.set_threshold(100_000)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        settle(order)
        answers.write(json.dumps([ran(argv) for argv in order["jobs"]]) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
