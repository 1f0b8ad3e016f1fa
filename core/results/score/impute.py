"""The stage that fills missing values, from other areas or from the area's own past."""

from __future__ import annotations

import numpy as np

from citygoals.core.results.score.frame import Floats, Frame, Mask, Rows
from citygoals.core.results.score.index import Impute


def impute(values: Floats, how: Impute, frame: Frame, reference: Mask) -> Floats:
    """The values (rows x draws) with gaps filled as far as `how` can fill them.

    `reference` marks the rows that lend to a statistic, unless `how` names its own.
    """
    if how.value is not None:
        return np.where(np.isnan(values), how.value, values)
    if how.statistic == "last":
        return _last(values, how.years, frame)
    lenders = reference if how.reference is None else frame.where(how.reference)
    filled = values.copy()
    for scope in frame.scopes(how.over):
        for members in _groups(how, frame, scope):
            lent = _statistic(values[members[lenders[members]]], how)
            filled[members] = np.where(np.isnan(values[members]), lent, values[members])
    return filled


def _groups(how: Impute, frame: Frame, scope: Rows) -> list[Rows]:
    if how.group is None:
        return [scope]
    return [members for _, members in frame.group(how.group, scope)]


def _statistic(values: Floats, how: Impute) -> Floats:
    """The mean or median of each draw; NaN where fewer than `least` values are there."""
    present = ~np.isnan(values)
    enough = present.sum(axis=0) >= how.least
    result = np.full(values.shape[1], np.nan)
    take = np.nanmean if how.statistic == "mean" else np.nanmedian
    if enough.any():
        result[enough] = take(values[:, enough], axis=0)
    return result


def _last(values: Floats, years: int | None, frame: Frame) -> Floats:
    """Each gap with the area's latest earlier value, no more than `years` old."""
    filled = values.copy()
    for rows in _series(frame):
        last, since = np.full(values.shape[1], np.nan), np.full(values.shape[1], -np.inf)
        for row in rows:
            year = frame.years[row] or 0
            fresh = (year - since) <= (np.inf if years is None else years)
            present = ~np.isnan(values[row])
            filled[row] = np.where(~present & fresh, last, values[row])
            last, since = np.where(present, values[row], last), np.where(present, year, since)
    return filled


def _series(frame: Frame) -> list[list[int]]:
    """The rows of each area in the order of years."""
    by_area: dict[str, list[int]] = {}
    for rows in frame.by_year.values():
        for row in rows:
            by_area.setdefault(frame.areas[row], []).append(int(row))
    return list(by_area.values())
