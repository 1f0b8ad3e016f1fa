"""Goals of a group over areas, with all that their rule may ask, by columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citygoals.core.judging.choice import (
    NO_START,
    NOT_STATED,
    Chosen,
    Forced,
    Series,
    Start,
    choose,
    series,
    start,
)
from citygoals.core.judging.grids import Bools, Grid, Grids, Horizon
from citygoals.core.judging.groups import Group
from citygoals.core.judging.plan import Floats, Plan, Whole
from citygoals.core.logic.paths import INDICATORS

BATCH = 200_000
"""About how many rows a rule decides at once."""
TARGET = {"target": "value", "target_year": "year", "lower": "minimum", "upper": "maximum"}
"""Variables of rules that are fields of the target."""
FIGURE = ("value", "year", "previous", "previous_year", "baseline", "baseline_year")
"""Variables of rules over one indicator."""
VALUES = "values"
"""The list that rules over several indicators read, beside `count` and `expected`."""


@dataclass(frozen=True, slots=True)
class Case:
    """Goals of a group over areas: a row for each pair of them, a column for each judged year.

    `goals` and `aims` are the rows' places in the group, `areas` those in the plan. `own` is what
    stands for each of the goal's indicators, `chosen` what stands for the goal.
    """

    group: Group
    goals: Whole
    areas: Whole
    aims: Whole
    years: Whole
    own: Sequence[Chosen]
    chosen: Chosen
    others: Sequence[Chosen]
    start: Start
    starts: Sequence[Start]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and years."""
        return len(self.areas), len(self.years)

    @property
    def is_several(self) -> bool:
        """Whether the goals are over several indicators."""
        return len(self.own) > 1

    def aim(self, name: str) -> NDArray[Any]:
        """A field of the targets, by row and year."""
        column: NDArray[Any] = getattr(self.group.aims, name)[self.aims]
        return column

    def by_row(self, name: str) -> NDArray[Any]:
        """What the group has for a goal, by row."""
        column: NDArray[Any] = getattr(self.group, name)[self.goals][:, None]
        return column

    def variables(self, names: Sequence[str]) -> Mapping[str, Floats]:
        """Variables of the rule, each in one column."""
        return {name: self.variable(name).reshape(-1) for name in names}

    def variable(self, name: str) -> Floats:
        """A variable of the rule; NaN is absent."""
        column = self._other(name) if "." in name else self._figure(name)
        return np.broadcast_to(column, self.shape)

    def _figure(self, name: str) -> Floats:
        if name in TARGET:
            return self.aim(TARGET[name])
        if name == "direction":
            return self.by_row("sign")
        if self.is_several:
            return self._number(name)
        if name == "year":
            due = self.aim("year")
            return np.where(self.years > due, np.maximum(self.chosen.year, due), self.chosen.year)
        if name in ("baseline", "baseline_year"):
            return self.start.figure if name == "baseline" else self.start.year
        figure: Floats = getattr(self.chosen, name) if name in FIGURE else np.array(np.nan)
        return figure

    def _number(self, name: str) -> Floats:
        if name == "count":
            there: Floats = np.sum([chosen.there for chosen in self.own], axis=0, dtype=np.float64)
            return there
        return np.array(float(len(self.own)) if name == "expected" else np.nan)

    def _other(self, name: str) -> Floats:
        _, indicator, field = name.split(".")
        place = self.group.read.index(indicator)
        return self.others[place].value if field == "value" else self.starts[place].figure

    def values(self) -> tuple[Bools, Floats]:
        """The figures of the goal's indicators, and where they are: a row for each indicator."""
        there = np.stack([chosen.there.reshape(-1) for chosen in self.own])
        return there, np.stack([chosen.value.reshape(-1) for chosen in self.own])

    def lost(self) -> Mapping[str, Bools]:
        """Where a break took a variable."""
        lost = dict.fromkeys(("previous", "previous_year"), self.chosen.lost)
        lost |= dict.fromkeys(("baseline", "baseline_year"), self.start.lost)
        starts = zip(self.group.read, self.starts, strict=True)
        return lost | {f"{INDICATORS}.{name}.baseline": its.lost for name, its in starts}


@dataclass(frozen=True, slots=True)
class CaseRows:
    """Which goal, area of the chunk, area of the plan and aim each row of a case has."""

    group: Group
    goals: Whole
    here: Whole
    areas: Whole
    aims: Whole


def cases(plan: Plan, group: Group, grids: Grids, areas: range, over: Horizon) -> Iterator[Case]:
    """The cases of a chunk of areas, each of about `BATCH` assessments."""
    classes = [plan.classes[goal.profile][areas.start : areas.stop] for goal in group.goals]
    by_goal = np.array(classes)
    goals, here = (places.astype(np.int32) for places in np.nonzero(by_goal >= 0))
    aims = group.first_class[goals] + by_goal[goals, here]
    years = np.array(plan.years, np.int32)
    step = max(1, BATCH // len(years))
    for at in range(0, len(goals), step):
        some = slice(at, at + step)
        rows = CaseRows(group, goals[some], here[some], here[some] + areas.start, aims[some])
        yield make_case(rows, grids[group.sources, group.forecasts], over, years)


def make_case(
    rows: CaseRows, grid: Grid, over: Horizon, years: Whole, forced: Forced | None = None
) -> Case:
    """What stands for each row and year; with `forced` that figure for its indicator."""
    group = rows.group
    places = [column[rows.goals] for column in group.indicators.T]
    every = [series(grid, of, rows.here, over, forecasts=group.forecasts) for of in places]
    max_age = group.max_age[rows.goals][:, None]
    chosen = [
        choose(its, years, max_age, forced if forced and forced.indicator == of[0] else None)
        for its, of in zip(every, places, strict=True)
    ]
    own, others = chosen[: group.own], chosen[group.own :]
    at = group.aims.baseline_year[rows.aims]
    read = zip(every[group.own :], others, strict=True)
    return Case(
        group=group,
        goals=rows.goals,
        areas=rows.areas,
        aims=rows.aims,
        years=years,
        own=own,
        chosen=own[0] if len(own) == 1 else _together(own, over),
        others=others,
        start=_start(every[0], own, at, group.aims.baseline[rows.aims], years),
        starts=[start(*both, at, NOT_STATED, years) for both in read],
    )


def _start(its: Series, own: Sequence[Chosen], at: Floats, stated: Floats, years: Whole) -> Start:
    """A goal over several indicators has no baseline."""
    return start(its, own[0], at, stated, years) if len(own) == 1 else NO_START


def _together(own: Sequence[Chosen], over: Horizon) -> Chosen:
    """What stands for a goal over several indicators: no figure of its own, the oldest year.

    Where none stands, the indicator with the latest figure says why.
    """
    reasons = np.stack([chosen.reason for chosen in own])
    latest = over.year_of[np.where(reasons < len(over.year_of), reasons, 0)].argmax(axis=0)
    there = np.any([chosen.there for chosen in own], axis=0)
    why = np.take_along_axis(reasons, latest[None], axis=0)[0]
    nothing = np.array(np.nan)
    return Chosen(
        there=there,
        place=own[0].place,
        value=nothing,
        year=np.fmin.reduce([chosen.year for chosen in own]),
        previous=nothing,
        previous_year=nothing,
        lost=np.zeros(there.shape, np.bool_),
        status=np.array(0, np.uint8),
        source=np.array(-1, np.int32),
        via=np.array(0, np.int32),
        reason=np.where(there, 0, why).astype(np.int32),
    )
