"""Observations by columns, and the objects that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from citygoals.core.base.coded import CONFIDENCES, STATUS_LETTERS
from citygoals.core.base.model import Observation, ObservationStatus

KEY = ("area", "indicator", "year", "source")
"""What there is one observation of, in the order that observations are sorted by."""
NAMED = ("area", "indicator", "source")
SCHEMA: Mapping[str, pl.DataType] = {
    "area": pl.Int32(),
    "indicator": pl.Int32(),
    "year": pl.Int16(),
    "source": pl.Int32(),
    "value": pl.Float64(),
    "status": pl.Enum(STATUS_LETTERS),
    "confidence": pl.Enum(CONFIDENCES),
    "note": pl.String(),
}
"""Area, indicator and source are places in the lists of their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationColumns:
    """Observations in a frame of `SCHEMA`; `names` has only the names that are there."""

    frame: pl.DataFrame
    names: Mapping[str, Sequence[str]]

    def observations(self) -> list[Observation]:
        """The observations as objects, in the order of the frame."""
        return observations_in(
            self.frame.with_columns(
                pl.Series(name, self.names[name], pl.String).gather(self.frame[name])
                for name in NAMED
            )
        )


def observations_in(worded: pl.DataFrame) -> list[Observation]:
    """The observations of a frame that has words for its keys, and `released` where it is known."""
    fields = [name for name in (*SCHEMA, "released") if name in worded.columns]
    return [
        Observation(**{**row, "status": ObservationStatus(row["status"])})
        for row in worded.select(fields).iter_rows(named=True)
    ]


def in_columns(
    observations: Iterable[Observation], after: ObservationColumns | None = None
) -> ObservationColumns:
    """The observations by columns, behind others where some are given."""
    given = list(observations)
    cells = {name: [getattr(each, name) for each in given] for name in SCHEMA}
    names = {
        name: list(dict.fromkeys([*(after.names[name] if after else ()), *cells[name]]))
        for name in NAMED
    }
    for name in NAMED:
        places = {word: place for place, word in enumerate(names[name])}
        cells[name] = [places[word] for word in cells[name]]
    frame = pl.DataFrame(cells, schema=SCHEMA)
    if after is not None:
        frame = pl.concat([after.frame, frame]) if given else after.frame
    return ObservationColumns(frame=frame, names=names)
