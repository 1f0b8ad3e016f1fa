"""A rule over the rows of a table whose columns are named as the rule's variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citygoals.core.base.errors import Finding, Place, suggestion
from citygoals.core.base.model import NO_DATA
from citygoals.core.base.reasons import sentence
from citygoals.core.figures.cells import FIRST_YEAR, LAST_YEAR, Rejected, read_number
from citygoals.core.figures.tables import ABSENT, MOST_FINDINGS, Table, UnusableTable
from citygoals.core.judging.gaps import Aimed, away
from citygoals.core.logic import Decision, NamedRule
from citygoals.core.logic.paths import INDICATOR_FIELDS, INDICATORS

DIRECTIONS: Mapping[str, int | None] = {
    **dict.fromkeys(("1", "+1", "1.0", "higher", "up", "positive", "increase"), 1),
    **dict.fromkeys(("-1", "-1.0", "lower", "down", "negative", "decrease"), -1),
    **dict.fromkeys(("0", "0.0", "none", *ABSENT), None),
}
"""How a direction may be written, in lower case; none is no direction to judge by."""

_YEARS = ("year", "baseline_year", "previous_year", "target_year")
_COUNTS = ("count", "expected")
_MOST = 1_000_000
_SCORED = ("value", "baseline", "target", "direction", "lower", "upper")
_LIST = "values"
_SEPARATOR = ";"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One row: its cells as they stood, the variables as they were read, and what the rule says.

    `score` is 0 to 100, or None where there is nothing to score against.
    """

    cells: Mapping[str, Any]
    figures: Mapping[str, Any]
    decision: Decision
    score: float | None

    def row(self, result: str, *, typed: bool) -> dict[str, Any]:
        """The row with its answer under `result`, score and reason; `typed` has figures as read."""
        status = self.decision.status or NO_DATA
        return {
            **self.cells,
            **(self.figures if typed else {}),
            result: self.decision.number if result == "number" else status,
            "score": self.score,
            "reason": reason(self.decision),
        }


def result_column(rule: NamedRule) -> str:
    """Where a rule's answer goes: `status`, or `number` for a rule without a scale."""
    return "number" if rule.scale is None else "status"


def reason(decision: Decision) -> str:
    """Why, in a few words: `rule` where the rule decided, else what kept it from deciding."""
    code, args = decision.reason.code, decision.reason.args
    if code == "rule":
        return code
    if code == "missing":
        return f"missing: {', '.join(map(str, args))}"
    if code == "undefined":
        pointer, operator, *inputs = map(str, args)
        between = f" {operator} ".join(inputs)
        shown = between if operator in "+-*/" else f"{operator} of {', '.join(inputs)}"
        return f"undefined: {shown} at {pointer or '/'}"
    return f"{code}: {sentence(decision.reason)}"


def assess_table(table: Table, rule: NamedRule, decimal: str = ".") -> Iterator[Assessed]:
    """The rule's answer on each row of a table, in order.

    A column that the rule reads carries the variable's name; that of another indicator is
    `indicators.ID.value`. Raises UnusableTable with every fault before the first row is given.
    """
    findings = list(_column_faults(table, rule))
    if findings:
        raise UnusableTable(findings)
    wanted = {*rule.needs, *rule.logic.reads, *_SCORED, *_indicators(rule)}
    read = _Reader(table, decimal).read([name for name in table.columns if name in wanted])
    return _assessed(table, rule, read)


def _assessed(
    table: Table, rule: NamedRule, read: Mapping[str, Sequence[Any]]
) -> Iterator[Assessed]:
    scores = _scores(read, table.frame.height, ranged="target" not in rule.logic.reads)
    for number, row in enumerate(table.frame.iter_rows(named=True)):
        figures = {name: column[number] for name, column in read.items()}
        score = scores[number]
        yield Assessed(
            cells={name: None if cell == "" else cell for name, cell in row.items()},
            figures=figures,
            decision=rule.decide(_given(figures)),
            score=score if score == score else None,
        )


def _indicators(rule: NamedRule) -> Iterator[str]:
    """The columns of the other indicators that a rule reads."""
    for name in rule.logic.indicators:
        yield from (f"{INDICATORS}.{name}.{field}" for field in INDICATOR_FIELDS)


def _column_faults(table: Table, rule: NamedRule) -> Iterator[Finding]:
    header = Place(file=table.file)
    derived = {"count"} if _LIST in table.columns else set()
    for name in rule.needs:
        if name not in table.columns and name not in derived:
            message = f"no column {name!r}, which the rule {rule.id!r} needs"
            near = suggestion(name, table.columns).removeprefix("; ")
            mend = near or f"its columns are {', '.join(table.columns)}"
            yield Finding(code="table-column-missing", message=message, at=header, mend=mend)
    for name in (result_column(rule), "score", "reason"):
        if name in table.columns:
            message = f"there is a column {name!r} already, where the answer goes"
            mend = "rename or remove it"
            yield Finding(code="table-column-taken", message=message, at=header, mend=mend)


class _Reader:
    """Reads the columns of variables; every cell that says nothing certain is a finding."""

    def __init__(self, table: Table, decimal: str) -> None:
        self._table, self._decimal = table, decimal
        self._findings: list[Finding] = []

    def read(self, names: Iterable[str]) -> dict[str, Sequence[Any]]:
        """The columns by name, None where a cell is absent. Raises UnusableTable."""
        read = {name: self._column(name) for name in names}
        if self._findings:
            raise UnusableTable(sorted(self._findings, key=_line)[:MOST_FINDINGS])
        return read

    def _column(self, name: str) -> Sequence[Any]:
        if name == "direction":
            return [self._direction(row, text) for row, text in enumerate(self._table.texts(name))]
        if name == _LIST:
            cells = self._table.frame.get_column(name).to_list()
            return [self._list(row, cell) for row, cell in enumerate(cells)]
        figures = self._figures(name)
        if name in _YEARS or name in _COUNTS:
            return [self._whole(row, name, figure) for row, figure in enumerate(figures)]
        return figures

    def _figures(self, name: str) -> Sequence[float | None]:
        try:
            return self._table.numbers([name], self._decimal)[name].to_list()
        except UnusableTable as error:
            self._findings.extend(error.findings)
            return [None] * self._table.frame.height

    def _direction(self, row: int, text: str | None) -> int | None:
        word = (text or "").casefold()
        if word not in DIRECTIONS:
            self._fault(row, "direction", f"{text!r} is no direction", "write higher or lower")
        return DIRECTIONS.get(word)

    def _list(self, row: int, cell: Any) -> list[float]:
        items = cell if isinstance(cell, list) else str(cell or "").split(_SEPARATOR)
        texts = [str(item).strip() for item in items if item is not None]
        return [f for text in texts if (f := self._item(row, text)) is not None]

    def _item(self, row: int, text: str) -> float | None:
        if text.casefold() in ABSENT:
            return None
        try:
            return float(read_number(text, self._decimal))
        except Rejected as error:
            self._fault(row, _LIST, error.message, f"separate several figures by {_SEPARATOR!r}")
            return None

    def _whole(self, row: int, name: str, figure: float | None) -> int | None:
        if figure is None:
            return None
        least, most = (FIRST_YEAR, LAST_YEAR) if name in _YEARS else (0, _MOST)
        if figure.is_integer() and least <= figure <= most:
            return int(figure)
        what = "a calendar year" if name in _YEARS else "a count"
        mend = f"write a whole number from {least} to {most}"
        self._fault(row, name, f"{figure:.10g} is not {what}", mend)
        return None

    def _fault(self, row: int, column: str, problem: str, mend: str) -> None:
        message, at = f"column {column!r}: {problem}", self._table.place(row)
        self._findings.append(Finding(code="table-cell", message=message, at=at, mend=mend))


def _line(finding: Finding) -> int:
    return finding.at.line or 0


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a rule, without those that are absent."""
    given = {name: cell for name, cell in row.items() if cell is not None and "." not in name}
    if _LIST in given:
        given.setdefault("count", len(given[_LIST]))
    others: dict[str, dict[str, float]] = {}
    for name, cell in row.items():
        if "." in name and cell is not None:
            _, indicator, field = name.split(".")
            others.setdefault(indicator, {})[field] = cell
    return {**given, INDICATORS: others} if others else given


def _scores(figures: Mapping[str, Sequence[Any]], rows: int, *, ranged: bool) -> Sequence[float]:
    """The scores by the design, on the way from the baseline to the target; NaN for none.

    `ranged` says that the bounds are a target; for other rules they are limits or thresholds.
    """
    nothing = np.full(rows, np.nan)

    def column(name: str) -> NDArray[np.float64]:
        return np.array(figures[name], np.float64) if name in figures else nothing

    aimed = Aimed(
        target=column("target"),
        lower=column("lower") if ranged else nothing,
        upper=column("upper") if ranged else nothing,
        baseline=column("baseline"),
        sign=np.nan_to_num(column("direction")),
        worst=nothing,
        minimum=nothing,
        maximum=nothing,
    )
    scores: list[float] = away(column("value"), aimed).score.tolist()
    return scores
