"""What a format of a plugin is written with: `from citygoals.formats import Format, raw_table`."""

from citygoals.core.base.errors import UnusableFile
from citygoals.core.figures.formats import Format, RawRow, RawTable, ReadOptions, raw_table

__all__ = ["Format", "RawRow", "RawTable", "ReadOptions", "UnusableFile", "raw_table"]
