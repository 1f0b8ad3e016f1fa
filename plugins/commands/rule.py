"""Commands for the authors of rules: apply one to data, or check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citygoals.core.base.model import NO_DATA
from citygoals.plugins.commands._forum import load_assembly
from citygoals.plugins.commands._steps import step_lines

if TYPE_CHECKING:
    from citygoals.core.forum.rule_files import RuleFile
    from citygoals.core.logic import Trace


@click.group(epilog="Example: citygoals rule apply rule.json data.json --explain")
def rule() -> None:
    """Apply or check a rule: a rule document, or bare JSONLogic."""


@rule.command(epilog="Example: citygoals rule apply rule.json data.json --explain")
@click.argument("rule_file", metavar="RULE.json", type=click.Path(path_type=Path))
@click.argument("data_file", metavar="DATA.json", type=click.Path(path_type=Path))
@click.option("--explain", is_flag=True, help="Tell every step that led to the answer.")
def apply(rule_file: Path, data_file: Path, *, explain: bool) -> None:
    """Print what RULE.json gives on DATA.json, as JSON.

    Bare JSONLogic is applied as it stands, with JavaScript's coercions. A rule document decides as
    in a goal: with its status or number, and the reason where it has none.
    """
    from citygoals.core.forum.rule_files import read_data

    written = _read(rule_file)
    data = read_data(data_file)
    answer, trace = (
        _decided(written, data) if written.named else _applied(written, data, explain=explain)
    )
    click.echo(json.dumps(answer, ensure_ascii=False))
    if explain and trace is not None:
        click.echo("\n".join(step_lines(trace)))


def _read(path: Path) -> RuleFile:
    from citygoals.core.forum.rule_files import read_rule_file

    assembly = load_assembly()
    return read_rule_file(path, assembly.forum.scales, assembly.plugins.registry())


def _applied(written: RuleFile, data: Any, *, explain: bool) -> tuple[Any, Trace | None]:
    if not explain:
        return written.logic.apply(data), None
    explanation = written.logic.explain(data)
    return explanation.result, explanation.trace


def _decided(written: RuleFile, data: Any) -> tuple[Any, Trace | None]:
    from citygoals.core.base.reasons import sentence

    if written.named is None or not isinstance(data, dict):
        message = 'a rule document decides on an object of variables, such as {"value": 1}'
        raise click.BadParameter(message, param_hint="DATA.json")
    decision, trace = written.named.explain(data)
    name = "status" if written.named.scale else "number"
    answer = decision.status if written.named.scale else decision.number
    fallback = NO_DATA if written.named.scale else None
    reason = sentence(decision.reason)
    return {name: fallback if answer is None else answer, "reason": reason}, trace


@rule.command(epilog="Example: citygoals rule check rule.json --profile common")
@click.argument("rule_file", metavar="RULE.json", type=click.Path(path_type=Path))
@click.option("--profile", default="common", show_default=True, help="The profile it is for.")
@click.pass_context
def check(ctx: click.Context, rule_file: Path, profile: str) -> None:
    """Tell everything that is wrong with RULE.json as a goal's rule.

    Types, absent variables, limits; for a rule document also its status words and examples, and
    the other indicators it reads. Exit code 1 when something is wrong; warnings alone are fine.
    """
    from citygoals.core.base.errors import InvalidDocuments, Severity

    forum = load_assembly().forum
    forum.profile(profile)
    try:
        written = _read(rule_file)
        findings = list(written.findings())
    except InvalidDocuments as error:
        findings, written = list(error.findings), None
    for finding in findings:
        click.echo(f"{finding.severity.value}: {finding}")
    if any(finding.severity is Severity.ERROR for finding in findings):
        ctx.exit(1)
    if written is not None:
        by = "columns" if written.columnar else "rows only"
        click.echo(f"fine: gives {written.kind}, runs by {by}")
