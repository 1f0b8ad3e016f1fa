"""What every output must say of an assessment: how its figures and its target came about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from citygoals.core.base.coded import Words
from citygoals.core.judging.cases import Case
from citygoals.core.judging.choice import Chosen
from citygoals.core.judging.lending import NEARNESS
from citygoals.core.judging.plan import Plan, Whole

Marks = tuple[str, ...]
_STATUSES = ((), ("estimated",), ("imputed",), ("provisional",), ("forecast",))
"""By the status of a figure less 1; other statuses have no mark."""
_FIRST, _LAST = 2, 5
_LOANS = {near: () if kind is None else (kind.value,) for kind, near in NEARNESS.items()}


def mark_codes(plan: Plan, case: Case) -> Whole:
    """The codes of the marks, by row and year."""
    marking = _Marking(case)
    nearness = np.array(plan.nearness, np.uint8)
    for figure in (*case.own, *case.others):
        marking.add(_states(figure, nearness), _of_figure)
    lost = case.chosen.lost | case.start.lost
    for its in case.starts:
        lost = lost | its.lost
    marking.add(lost * 2 + case.aim("illustrative").astype(np.int64), _of_goal)
    return marking.codes(plan.words)


def _states(figure: Chosen, nearness: np.ndarray) -> np.ndarray:
    marked = (figure.status >= _FIRST) & (figure.status <= _LAST)
    status = np.where(marked, figure.status - np.uint8(1), 0)
    return nearness[figure.via].astype(np.int64) * len(_STATUSES) + status


def _of_figure(state: int) -> Marks:
    near, status = divmod(state, len(_STATUSES))
    return (*_STATUSES[status], *_LOANS[near])


def _of_goal(state: int) -> Marks:
    lost, illustrative = divmod(state, 2)
    return ("break",) * lost + ("illustrative",) * illustrative


class _Marking:
    """Marks as they are added; every combination is put together once."""

    def __init__(self, case: Case) -> None:
        self._found: list[Marks] = [()]
        self._at = np.zeros(case.shape, np.int64)

    def add(self, states: np.ndarray, marks_of: Callable[[int], Marks]) -> None:
        """Add the marks of a state in every cell; state 0 has none."""
        most = int(states.max(initial=0)) + 1
        if most == 1:
            return
        pairs = self._at * most + states
        there = np.flatnonzero(np.bincount(pairs.reshape(-1), minlength=1))
        places = np.zeros(int(there[-1]) + 1 if len(there) else 1, np.int64)
        codes: dict[Marks, int] = {}
        for pair in there.tolist():
            before, state = divmod(pair, most)
            marks = tuple(dict.fromkeys((*self._found[before], *marks_of(state))))
            places[pair] = codes.setdefault(marks, len(codes))
        self._found, self._at = list(codes), places[pairs]

    def codes(self, words: Words) -> Whole:
        """The codes of the marks."""
        return np.array([words.marks.code(marks) for marks in self._found], np.int32)[self._at]
