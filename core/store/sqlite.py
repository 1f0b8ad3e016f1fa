"""sqlite-utils, imported without numpy and pandas.

It imports both wherever they are installed, which takes as long as the rest of a command, though
nothing of theirs is handed to it.
"""

from __future__ import annotations

import sys

_UNASKED = [name for name in ("numpy", "pandas") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNASKED))  # type: ignore[arg-type]
try:
    from sqlite_utils import Database, Migrations
finally:
    for name in _UNASKED:
        del sys.modules[name]

__all__ = ["Database", "Migrations"]
