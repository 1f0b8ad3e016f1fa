"""The plugin of a pytest that runs against one mutant, which the environment names."""

from __future__ import annotations

import os

from mutant_source import edit_source, edits

VARIABLE = "CITYGOALS_MUTANT"
MUTANT = os.environ[VARIABLE]

if MUTANT in edits():
    edit_source(edits()[MUTANT])
else:
    from mutant_operators import break_operator

    break_operator(MUTANT)
