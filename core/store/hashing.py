"""The hash over observations that a run keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import polars as pl


def hash_frame(frame: pl.DataFrame, names: Mapping[str, Mapping[int, str]]) -> str:
    """SHA-256 over observations, whatever their order; `names` says what keys stand for.

    The observations are sorted by area, indicator, year and source. First comes JSON of the areas,
    indicators and sources, each sorted. Then come the columns one after the other, little-endian:
    area, indicator, year and source in four bytes, words as their places; the value as a double,
    NaN for none; the letter of the status; the first letter of the confidence; and the import that
    released it in four bytes.
    """
    import polars as pl

    from citygoals.core.figures.observation_columns import KEY, NAMED

    ranked = {name: _ranked(frame[name], names[name]) for name in NAMED}
    places = [
        pl.col(name).replace_strict(
            {key: rank for rank, (key, _) in enumerate(ranked[name])}, return_dtype=pl.UInt32
        )
        for name in NAMED
    ]
    ordered = frame.with_columns(*places, pl.col("year").cast(pl.Int32)).sort(KEY)
    columns = ordered.select(
        *KEY,
        (pl.col("value") + 0.0).fill_null(float("nan")),
        *(_initial(ordered[name]) for name in ("status", "confidence")),
        pl.col("released").cast(pl.Int32),
    )
    words = [[word for _, word in ranked[name]] for name in NAMED]
    hashed = hashlib.sha256(json.dumps(words).encode())
    for column in columns:
        hashed.update(column.to_numpy().tobytes())
    return hashed.hexdigest()


def _ranked(keys: pl.Series, names: Mapping[int, str]) -> list[tuple[int, str]]:
    """The keys that are used with what they name, in the order of that."""
    return sorted(((key, names[key]) for key in keys.unique()), key=lambda item: item[1])


def _initial(words: pl.Series) -> pl.Series:
    """The first letter of each word of an enumeration, in a byte."""
    import polars as pl

    letters = [ord(word[0]) for word in cast("pl.Enum", words.dtype).categories]
    return pl.Series(words.name, letters, pl.UInt8).gather(words.to_physical())
