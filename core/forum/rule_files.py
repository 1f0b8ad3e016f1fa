"""Rules in files: bare JSONLogic or rule documents, with every fault at its line and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citygoals.core.base.errors import Finding, InvalidDocuments, Place, UnknownName
from citygoals.core.base.model import Scale
from citygoals.core.forum.documents.reading import (
    Document,
    parse_json,
    placed,
    read_document,
    read_text,
)
from citygoals.core.logic import (
    NamedRule,
    NotColumnar,
    OperatorRegistry,
    Rule,
    goal_needs,
    goal_variables,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """What a file holds: `named` where it is a rule document, and its logic in any case."""

    logic: Rule
    named: NamedRule | None
    document: Document

    def findings(self) -> Sequence[Finding]:
        """What a check says against the rule as a goal's rule.

        Status words are held against a scale in rule documents only, when they are read.
        """
        if self.named is not None:
            findings = self.named.warnings
        else:
            findings = self.logic.check(goal_variables(), goal_needs(self.logic)).findings
        return list(placed(findings, [self.document]))

    @property
    def columnar(self) -> bool:
        """Whether it runs by columns."""
        if self.named is not None:
            return self.named.columnar
        try:
            self.logic.to_expr(goal_variables(), goal_needs(self.logic))
        except NotColumnar:
            return False
        return True

    @property
    def kind(self) -> str:
        """The type of the rule's value, in words."""
        return self.logic.check(goal_variables(), goal_needs(self.logic)).type.name


def read_rule_file(path: Path, scales: Mapping[str, Scale], registry: OperatorRegistry) -> RuleFile:
    """The rule in a file. Raises InvalidDocuments with every fault, UnusableFile."""
    text = read_text(path)
    content = parse_json(text, str(path))
    document = Document("rule", content, str(path), text)
    if isinstance(content, dict) and "$schema" in content:
        named = read_rule(path, scales, registry)
        return RuleFile(logic=named.logic, named=named, document=document)
    try:
        logic = Rule.parse(content, registry=registry, at=Place(file=str(path)))
    except InvalidDocuments as error:
        raise InvalidDocuments(placed(error.findings, [document])) from None
    return RuleFile(logic=logic, named=None, document=document)


def read_data(path: Path) -> Any:
    """The JSON value in a file. Raises InvalidDocuments, UnusableFile."""
    return parse_json(read_text(path), str(path))


def read_rule(path: Path, scales: Mapping[str, Scale], registry: OperatorRegistry) -> NamedRule:
    """The rule of a document outside all profiles, which may name a scale of theirs.

    Raises InvalidDocuments, UnusableFile.
    """
    document = read_document(path)
    if document.kind != "rule":
        message = f"this is a document of kind {document.kind!r}, not a rule"
        raise InvalidDocuments(
            [Finding(code="rule-kind", message=message, at=document.place("/$schema"))]
        )
    scale = document.content.get("scale")
    if scale is not None and scale not in scales:
        raise UnknownName("scale", scale, scales, document.place("/scale"))
    statuses = [status.id for status in scales[scale].statuses] if scale else None
    try:
        return NamedRule.load(
            document.content, statuses=statuses, registry=registry, at=Place(file=document.file)
        )
    except InvalidDocuments as error:
        raise InvalidDocuments(placed(error.findings, [document])) from None
