"""Which target binds an area in a year, and how a country's own stands to the common one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from citygoals.core.base.model import Area, Direction, Target


def binding_targets(targets: Sequence[Target], area: Area, *, absolute: bool) -> list[Target]:
    """The targets that bind `area`: the most specific class among area, level, everybody.

    A target in absolute numbers (`absolute`) binds only the areas it names.
    """
    named = [target for target in targets if area.id in target.areas]
    if named or absolute:
        return named
    level = [target for target in targets if target.level is area.level]
    return level or [target for target in targets if not target.areas and target.level is None]


def due_target(targets: Iterable[Target], year: int) -> Target | None:
    """The milestone that is due in `year`: the earliest not yet past, else the latest."""
    targets = list(targets)
    dated = sorted(
        (target for target in targets if target.year is not None), key=lambda t: t.year or 0
    )
    ahead = [target for target in dated if target.year is not None and target.year >= year]
    if ahead:
        return ahead[0]
    return dated[-1] if dated else next(iter(targets), None)


def compare_ambition(own: Target, common: Target, direction: Direction) -> str | None:
    """`stricter`, `looser`, `equal` or `mixed`: how a country's target stands to the common one.

    None where the two cannot be compared: a range against a value, or no direction.
    """
    value = _compare_values(own, common, direction)
    if value is None:
        return None
    year = _compare_years(own.year, common.year)
    if value == year or year == 0:
        return _AMBITION[value]
    return _AMBITION[year] if value == 0 else "mixed"


_AMBITION = {1: "stricter", 0: "equal", -1: "looser"}


def _compare_values(own: Target, common: Target, direction: Direction) -> int | None:
    if own.is_range and common.is_range:
        return _compare_ranges(own, common)
    if own.value is None or common.value is None or direction is Direction.NONE:
        return None
    return _sign(direction.sign * (own.value - common.value))


def _compare_ranges(own: Target, common: Target) -> int | None:
    if None in (own.minimum, own.maximum, common.minimum, common.maximum):
        return None
    low = _sign((own.minimum or 0.0) - (common.minimum or 0.0))
    high = _sign((common.maximum or 0.0) - (own.maximum or 0.0))
    if low * high < 0:
        return None
    return low or high


def _compare_years(own: int | None, common: int | None) -> int:
    if own is None or common is None:
        return 0
    return _sign(common - own)


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
