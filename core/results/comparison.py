"""Goals by countries or areas: how many reach what, the median, the best, what is not measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from citygoals.core.base.model import (
    NO_DATA,
    NOT_APPLICABLE,
    AreaId,
    Assessment,
    Direction,
    GoalId,
    StatusId,
)

PROXY = "proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One goal in one column: areas by status, and the median value of those that report one."""

    statuses: Mapping[StatusId, int]
    median: float | None

    @property
    def decided(self) -> int:
        """How many areas have a status of the rule's scale."""
        return sum(count for status, count in self.statuses.items() if is_decided(status))

    @property
    def areas(self) -> int:
        """How many areas were looked at, decided or not."""
        return sum(self.statuses.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One goal over all columns; proxies count neither in the median nor as the best."""

    goal: GoalId
    cells: Mapping[str, Cell]
    median: float | None
    best: float | None
    best_area: AreaId | None

    @property
    def columns_decided(self) -> int:
        """In how many columns at least one area is decided."""
        return sum(1 for cell in self.cells.values() if cell.decided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A goal that a column has no data for though more than half of the others are decided."""

    column: str
    goal: GoalId
    measured_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Goals by columns, and what columns could supplement."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]


def is_decided(status: StatusId) -> bool:
    """Whether a status was given by a rule rather than by the engine."""
    return status not in (NO_DATA, NOT_APPLICABLE)


def comparison(rows: Iterable[Row]) -> Comparison:
    """The rows with all their columns, and what columns could supplement."""
    rows = tuple(rows)
    columns = tuple(sorted({column for row in rows for column in row.cells}))
    gaps = tuple(gap for row in rows for gap in _gaps(row, columns))
    return Comparison(columns=columns, rows=rows, gaps=gaps)


def compare(
    assessments: Iterable[Assessment],
    column_of: Callable[[AreaId], str],
    direction_of: Callable[[GoalId], Direction],
) -> Comparison:
    """Set goals side by side; `column_of` says where an area counts, by country for instance.

    The assessments are those of one profile; of several years the last one is compared.
    `compare_frames` gives the same for assessments in numbers.
    """
    judged = list(assessments)
    last = max((item.year for item in judged), default=None)
    by_goal: dict[GoalId, list[Assessment]] = defaultdict(list)
    for item in judged:
        if item.year == last:
            by_goal[item.goal].append(item)
    return comparison(
        _row(goal, items, column_of, direction_of(goal)) for goal, items in by_goal.items()
    )


def _row(
    goal: GoalId,
    items: Sequence[Assessment],
    column_of: Callable[[AreaId], str],
    direction: Direction,
) -> Row:
    by_column: dict[str, list[Assessment]] = defaultdict(list)
    for item in items:
        by_column[column_of(item.area)].append(item)
    best = _best(items, direction)
    return Row(
        goal=goal,
        cells={column: _cell(group) for column, group in by_column.items()},
        median=_median(items),
        best=best.value if best else None,
        best_area=best.area if best else None,
    )


def _cell(items: Sequence[Assessment]) -> Cell:
    return Cell(statuses=Counter(item.status for item in items), median=_median(items))


def _counted(items: Iterable[Assessment]) -> list[tuple[float, Assessment]]:
    return [
        (item.value, item)
        for item in items
        if item.value is not None and is_decided(item.status) and PROXY not in item.marks
    ]


def _median(items: Iterable[Assessment]) -> float | None:
    values = [value for value, _ in _counted(items)]
    return median(values) if values else None


def _best(items: Iterable[Assessment], direction: Direction) -> Assessment | None:
    counted = _counted(items)
    if not counted or direction is Direction.NONE:
        return None
    return max(counted, key=lambda pair: (direction.sign * pair[0], pair[1].area))[1]


def _gaps(row: Row, columns: Sequence[str]) -> Iterable[Gap]:
    measured = tuple(name for name in columns if name in row.cells and row.cells[name].decided)
    if len(measured) * 2 <= len(columns) - 1:
        return
    for column in columns:
        if column not in measured and column in row.cells and NO_DATA in row.cells[column].statuses:
            yield Gap(column=column, goal=row.goal, measured_by=measured)
