"""A format: lines such as `FJ fj-led-lights 2023 40 %`."""

from pathlib import Path

from citygoals import Format, RawRow, ReadOptions, raw_table

FIELDS = ("area", "indicator", "year", "value", "unit")


def read_ledger(path: Path, options: ReadOptions):
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [
        RawRow(line=number, cells=dict(zip(FIELDS, line.split(), strict=True)))
        for number, line in enumerate(lines, start=1)
    ]
    return raw_table(path, rows, options)


LEDGER = Format(id="ledger", description="a ledger", suffixes=(".ledger",), read=read_ledger)
