"""`python -m citygoals`."""

from citygoals.cli import main

main()
