"""Data files in, observations and rejected rows out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citygoals.core.base.model import AreaId, IndicatorId, Observation
from citygoals.core.figures.cells import RejectCode, Rejected
from citygoals.core.figures.formats import RawRow, RawTable
from citygoals.core.figures.lookup import Lookups
from citygoals.core.figures.row_reader import RowsRead

if TYPE_CHECKING:
    from citygoals.core.figures.observation_columns import ObservationColumns

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that was not taken in: where it stands, why, and what it said."""

    file: str
    line: int
    code: str
    message: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intaken:
    """What came of a file. `duplicates` and `unfilled` count rows that say nothing new."""

    columns: ObservationColumns
    rejects: Sequence[Reject]
    duplicates: int = 0
    unfilled: int = 0
    notes: Sequence[str] = ()

    @property
    def observations(self) -> list[Observation]:
        """The observations as objects, made anew at every call."""
        return self.columns.observations()


class Intake(Lookups):
    """Turns raw tables into observations in the indicators' own units."""

    def read(self, table: RawTable) -> Intaken:
        """Every row of the table as an observation, a reject, or a duplicate of another row.

        A key has one observation; rows of one key that say different things are rejected.
        """
        from citygoals.core.figures.block_reader import read_block
        from citygoals.core.figures.observation_columns import in_columns

        rows = RowsRead(self, table)
        rows.add(table.rows)
        plain = None
        if table.block is not None:
            plain = read_block(self, rows, table.block)
            rows.taken.sort(key=lambda item: item[0].line)
        kept, contradicted = _settled(rows.taken)
        refused = sorted([*rows.refused, *contradicted], key=lambda item: item[0].line)
        return Intaken(
            columns=in_columns(kept, after=plain),
            rejects=[_reject(table.file, row, fault) for row, fault in refused],
            duplicates=len(rows.taken) - len(kept) - len(contradicted),
            unfilled=rows.unfilled,
            notes=rows.reader.notes(),
        )


def _settled(
    taken: Sequence[tuple[RawRow, Observation]],
) -> tuple[list[Observation], list[tuple[RawRow, Rejected]]]:
    """One observation of each key, and the rows of keys of which different things are said."""
    groups: dict[tuple[AreaId, IndicatorId, int, str], list[tuple[RawRow, Observation]]] = {}
    for row, observation in taken:
        groups.setdefault(_key(observation), []).append((row, observation))
    kept: list[Observation] = []
    refused: list[tuple[RawRow, Rejected]] = []
    for group in groups.values():
        if len({observation for _, observation in group}) == 1:
            kept.append(group[0][1])
        else:
            refused += [(row, _two_values(observation, group)) for row, observation in group]
    return kept, refused


def _key(observation: Observation) -> tuple[AreaId, IndicatorId, int, str]:
    return observation.area, observation.indicator, observation.year, observation.source


def _two_values(observation: Observation, group: Sequence[tuple[RawRow, Observation]]) -> Rejected:
    others = [(row.line, other) for row, other in group if other != observation]
    what = ", ".join(f"line {line} says {_figure(other)}" for line, other in others[:_SHOWN])
    more = f" and {len(others) - _SHOWN} more do" if len(others) > _SHOWN else ""
    message = f"{what}{more} for the same area, indicator, year and source; keep one of them"
    return Rejected(RejectCode.TWO_VALUES, message)


def _figure(observation: Observation) -> str:
    figure = "no figure" if observation.value is None else f"{observation.value:.12g}"
    return f"{figure} ({observation.status.value}, {observation.confidence})"


def _reject(file: str, row: RawRow, fault: Rejected) -> Reject:
    return Reject(
        file=file, line=row.line, code=fault.code.value, message=fault.message, cells=row.cells
    )
