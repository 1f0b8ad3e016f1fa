"""What rules say of cases: in columns where they can, one by one where they cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citygoals.core.base.coded import Words
from citygoals.core.base.model import NO_DATA, Reason, StatusId
from citygoals.core.judging.cases import FIGURE, TARGET, VALUES, Case
from citygoals.core.judging.grids import Bools
from citygoals.core.judging.plan import Floats, Plan, Whole, is_columnar
from citygoals.core.logic import Decision
from citygoals.core.logic.columns import Compiled
from citygoals.core.logic.engines import Compute
from citygoals.core.logic.paths import INDICATORS

UNDEFINED = -1
"""The answer where a rule gave none."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The codes of statuses and of reasons, by row and year; both 0 where nothing was asked."""

    status: NDArray[np.uint8]
    reason: Whole


def answers(plan: Plan, case: Case, asked: Bools, compute: Compute | None) -> Answers:
    """What the rule says where it is asked; without `compute` one by one."""
    if compute is None or not is_columnar(case.group.rule, len(case.own)):
        answer = Answers(np.zeros(case.shape, np.uint8), np.zeros(case.shape, np.int32))
        _one_by_one(plan, case, asked, answer)
        return answer
    return answered(plan, case, asked, places(case, asked, compute))


def answered(
    plan: Plan, case: Case, asked: Bools, places: NDArray[np.int16], *, in_detail: bool = True
) -> Answers:
    """With the reasons where the rule gave no place of a status.

    `in_detail` an undefined result has its place in the rule and its inputs.
    """
    codes = np.append(case.group.status_codes, np.uint8(0))
    answer = Answers(np.where(asked, codes[places], 0), np.zeros(case.shape, np.int32))
    unanswered = asked & (places == UNDEFINED)
    if unanswered.any():
        undefined = _name_absent(plan, case, unanswered, answer.reason)
        if in_detail:
            _name_undefined(plan.words, case, undefined, answer.reason)
        else:
            answer.reason[undefined] = plan.words.reasons.code(Reason("undefined"))
    return answer


def places(case: Case, asked: Bools, compute: Compute) -> NDArray[np.int16]:
    """The places of the statuses among the rule's, UNDEFINED where it gave none."""
    if not case.is_several:
        compiled = case.group.rule.compiled
        return _computed(compiled, case.variables(_read(compiled)), compute).reshape(case.shape)
    return _over_values(case, asked.reshape(-1), compute).reshape(case.shape)


def _read(compiled: Compiled) -> Sequence[str]:
    return compiled.names or ["value"]


def _computed(
    compiled: Compiled, columns: Mapping[str, Floats], compute: Compute
) -> NDArray[np.int16]:
    computed = compute(columns, compiled.expression).fill_null(UNDEFINED).to_numpy()
    return computed.astype(np.int16, copy=False)


def _over_values(case: Case, asked: Bools, compute: Compute) -> NDArray[np.int16]:
    """Those with as many figures are decided together: their list has a column for each item."""
    there, values = case.values()
    order = np.argsort(~there, axis=0, kind="stable")
    values = np.take_along_axis(values, order, axis=0)
    counts = there.sum(axis=0)
    places = np.full(len(asked), UNDEFINED, np.int16)
    for count in np.unique(counts[asked]).tolist():
        rows = np.flatnonzero(asked & (counts == count))
        compiled = case.group.rule.over(count)
        if compiled is not None:
            columns = {f"{VALUES}.{at}": values[at, rows] for at in range(count)}
            others = [name for name in _read(compiled) if name not in columns]
            columns |= {name: case.variable(name).reshape(-1)[rows] for name in others}
            places[rows] = _computed(compiled, columns, compute)
    return places


def _name_absent(plan: Plan, case: Case, where: Bools, reasons: Whole) -> Bools:
    """Name the needs that are absent; where none is, the answer is undefined.

    Where breaks took all that is absent, the reason is the break.
    """
    needs = [name for name in case.group.rule.needs if not (case.is_several and name == VALUES)]
    lost, nothing = case.lost(), np.array(False)
    absent = np.array([~np.isfinite(case.variable(name)[where]) for name in needs], np.bool_)
    lacking = absent.any(axis=0)
    if lacking.any():
        taken = [np.broadcast_to(lost.get(name, nothing), case.shape)[where] for name in needs]
        kinds = np.concatenate([absent, taken])[:, lacking].T
        patterns, which = np.unique(kinds, axis=0, return_inverse=True)
        codes = [plan.words.reasons.code(_absence(needs, pattern)) for pattern in patterns]
        named = np.zeros(lacking.shape, np.int32)
        named[lacking] = np.array(codes, np.int32)[which.reshape(-1)]
        reasons[where] = named
    undefined = where.copy()
    undefined[where] = ~lacking
    return undefined


def _absence(needs: Sequence[str], pattern: NDArray[np.bool_]) -> Reason:
    absent, taken = pattern[: len(needs)], pattern[len(needs) :]
    names = tuple(name for name, gone in zip(needs, absent, strict=True) if gone)
    return Reason("break" if taken[absent].all() else "missing", names)


def _name_undefined(words: Words, case: Case, where: Bools, reasons: Whole) -> None:
    """Run the rule once more, one by one, to say where the result became undefined and of what.

    What is undefined of the same figures is asked once.
    """
    rule = case.group.rule
    asked, which = _first_ones(case, where)
    codes = [words.reasons.code(rule.failure(given)) for given in records(case, asked)]
    reasons[where] = np.array(codes, np.int32)[which]


def _first_ones(case: Case, where: Bools) -> tuple[Bools, NDArray[np.int64]]:
    """A cell for each combination of figures that makes a result undefined, and whose each is."""
    names = case.group.rule.undefined_by
    if names is None or VALUES in names:
        return where, np.arange(np.count_nonzero(where))
    figures = np.stack([case.variable(name)[where] for name in names], axis=1)
    _, first, which = np.unique(
        np.ascontiguousarray(figures).view(np.int64), axis=0, return_index=True, return_inverse=True
    )
    asked = np.zeros(where.shape, np.bool_)
    asked.reshape(-1)[np.flatnonzero(where)[np.sort(first)]] = True
    return asked, np.argsort(np.argsort(first))[which.reshape(-1)]


def _one_by_one(plan: Plan, case: Case, asked: Bools, answer: Answers) -> None:
    """Decide each by itself."""
    lost = case.lost()
    taken = {name: np.broadcast_to(gone, case.shape)[asked] for name, gone in lost.items()}
    words, statuses, reasons = plan.words, [], []
    for at, given in enumerate(records(case, asked)):
        decision = case.group.rule.decide(given)
        gone = [name for name, by_row in taken.items() if by_row[at]]
        statuses.append(words.statuses.code(StatusId(decision.status or NO_DATA)))
        reasons.append(words.reasons.code(reason_of(decision, gone)))
    answer.status[asked], answer.reason[asked] = statuses, reasons


def reason_of(decision: Decision, lost: Sequence[str]) -> Reason:
    """The reason of a decision; where breaks took all that is absent, it is the break."""
    reason = decision.reason
    if reason.code == "missing" and set(reason.args) <= set(lost):
        return Reason("break", reason.args)
    return reason


def records(case: Case, where: Bools) -> Iterator[dict[str, Any]]:
    """All that the rule may ask, one record for each cell, without what is absent."""
    names = ["direction", *TARGET, *(() if case.is_several else FIGURE)]
    columns = [case.variable(name)[where].tolist() for name in names]
    lists, expected = _lists(case, where), float(len(case.own))
    others = _others(case, where)
    for at, cells in enumerate(zip(*columns, strict=True)):
        record: dict[str, Any] = {
            name: cell for name, cell in zip(names, cells, strict=True) if cell == cell
        }
        if lists is not None:
            values = lists[at]
            record |= {VALUES: values, "count": float(len(values)), "expected": expected}
        if case.others:
            record[INDICATORS] = {name: of[at] for name, of in others.items() if of[at]}
        yield record


def _lists(case: Case, where: Bools) -> Sequence[list[float]] | None:
    if not case.is_several:
        return None
    there, values = (figures[:, where.reshape(-1)].T for figures in case.values())
    return [row[is_there].tolist() for is_there, row in zip(there, values, strict=True)]


def _others(case: Case, where: Bools) -> Mapping[str, Sequence[dict[str, float | None]]]:
    """What the rule may read of other indicators; empty where they have no figure."""
    others = {}
    for name in case.group.read:
        value, baseline = (
            case.variable(f"{INDICATORS}.{name}.{field}")[where].tolist()
            for field in ("value", "baseline")
        )
        others[name] = [
            {"value": figure, "baseline": _known(start)} if _known(figure) is not None else {}
            for figure, start in zip(value, baseline, strict=True)
        ]
    return others


def _known(figure: float) -> float | None:
    return figure if figure == figure else None
