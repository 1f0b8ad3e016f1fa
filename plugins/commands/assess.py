"""The command that judges the rows of a table by a rule, without a forum's database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from citygoals.plugins.commands._render import Column, format_option, numbers, plain_columns, track
from citygoals.plugins.commands._scores import (
    decimal_option,
    delimiter_option,
    give,
    out_option,
    sheet_option,
)

if TYPE_CHECKING:
    from citygoals.core.logic import NamedRule


@click.command(epilog="Example: citygoals assess progress.csv --rule open-sdg-progress")
@click.argument("table_file", metavar="TABLE", type=click.Path(path_type=Path))
@click.option(
    "--rule", "name", required=True, help="A rule's id, or the path of a rule document (.json)."
)
@sheet_option
@delimiter_option
@decimal_option
@out_option
@format_option
def assess(
    table_file: Path,
    name: str,
    sheet: str | None,
    delimiter: str | None,
    decimal: str,
    out: Path | None,
    format_: str,
) -> None:
    """Judge every row of TABLE by a rule.

    TABLE is CSV, Parquet or Excel, its columns named as the rule's variables: value, year,
    baseline, baseline_year, target, target_year, direction (higher or lower), previous,
    previous_year, lower, upper, values (separated by ;). Other columns pass through. Each row gets
    status (number, for a rule that gives numbers), score and reason; absent cells make it no-data.
    """
    from citygoals.core.figures.tables import read_table
    from citygoals.core.judging.table import assess_table, result_column

    rule = _rule(name)
    table = read_table(table_file, delimiter=delimiter, sheet=sheet)
    result = result_column(rule)
    typed = format_ == "json" if out is None else out.suffix != ".csv"
    judged = track(assess_table(table, rule, decimal), "judging", table.frame.height)
    rows = [assessed.row(result, typed=typed) for assessed in judged]
    keys = [*table.columns, result, "score", "reason"]
    give(rows, _shown(table.columns, result), format_, out, title=str(rule.title), keys=keys)


def _shown(columns: Sequence[str], result: str) -> list[Column]:
    """What a table for people has room for: what a row is about, the figures, the answer."""
    from citygoals.core.logic import goal_variables

    names = [name for name in columns if name not in goal_variables()][:2]
    figures = [name for name in ("value", "year", "target", "target_year") if name in columns]
    return [
        *plain_columns(*names),
        *numbers(*figures),
        Column(key=result, header=result, style="bold", wrap=False),
        *numbers("score"),
        *plain_columns("reason"),
    ]


def _rule(name: str) -> NamedRule:
    """The rule of that id, or of the document at that path. Raises UnknownName, UnusableFile."""
    from citygoals.core.base.errors import UnknownName
    from citygoals.core.base.model import RuleId
    from citygoals.core.forum.rule_files import read_rule
    from citygoals.plugins.commands._forum import load_assembly

    assembly = load_assembly()
    rules = assembly.forum.rules
    if RuleId(name) in rules:
        return rules[RuleId(name)]
    path = Path(name)
    if path.suffix != ".json" and not path.exists():
        mend = "name a rule of a profile, or the file of one (.json)"
        raise UnknownName("rule", name, rules, mend=mend)
    return read_rule(path, assembly.forum.scales, assembly.plugins.registry())
