"""The words of citygoals, and what every room needs: units, reasons, errors, entry points."""
