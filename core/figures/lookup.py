"""Areas, indicators and units by what data files call them: ids, names, codes of standards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from citygoals.core.base.errors import UnknownName, suggestion
from citygoals.core.base.model import Area, AreaId, Indicator, IndicatorId, Reference
from citygoals.core.base.units import Unit, UnitTable, spelled
from citygoals.core.figures.cells import RejectCode, Rejected

T = TypeVar("T")


class Finder(Generic[T]):
    """Finds one thing by a spelling; remembers each answer, as files repeat themselves."""

    def __init__(self, find: Callable[[str], T]) -> None:
        self._find = find
        self._answers: dict[str, T | Rejected] = {}

    def __call__(self, text: str) -> T:
        """What `text` names. Raises Rejected."""
        answer = self._answers.get(text)
        if answer is None:
            try:
                answer = self._find(text)
            except Rejected as fault:
                answer = fault
            self._answers[text] = answer
        if isinstance(answer, Rejected):
            raise Rejected(answer.code, answer.message)
        return answer


class Lookups:
    """Finds areas, indicators and units by the words of cells, and knows how numbers are written.

    `decimal` is the decimal sign. With `assume_indicator_units` a figure without a unit counts as
    given in the indicator's; otherwise its row is rejected.
    """

    def __init__(
        self,
        indicators: Mapping[IndicatorId, Indicator],
        areas: Mapping[AreaId, Area],
        units: UnitTable,
        *,
        decimal: str = ".",
        assume_indicator_units: bool = False,
    ) -> None:
        self.area, self.indicator = area_finder(areas), indicator_finder(indicators)
        self.unit, self.units = unit_finder(units), units
        self.decimal, self.assume_indicator_units = decimal, assume_indicator_units


def area_finder(areas: Mapping[AreaId, Area]) -> Finder[Area]:
    """Finds areas by id, or by a name (in any language) that only one area has."""
    by_id = {spelled(area.id): area for area in areas.values()}
    by_name: dict[str, dict[AreaId, Area]] = {}
    for area in areas.values():
        for name in area.name.by_language.values():
            by_name.setdefault(spelled(name), {})[area.id] = area

    def find(text: str) -> Area:
        named = by_name.get(spelled(text), {})
        area = by_id.get(spelled(text)) or _only(named.values())
        if area is not None:
            return area
        if named:
            raise _ambiguous(RejectCode.AMBIGUOUS_AREA, "area", text, named)
        known = [*areas, *(str(area.name) for area in areas.values())]
        message = f"unknown area {text[:80]!r}{suggestion(text, known)}"
        mend = "write its id, or register it with citygoals areas add"
        raise Rejected(RejectCode.UNKNOWN_AREA, f"{message}; {mend}")

    return Finder(find)


def indicator_finder(indicators: Mapping[IndicatorId, Indicator]) -> Finder[Indicator]:
    """Finds indicators by id, or by a standard's code that only one indicator has."""
    by_id = {spelled(indicator.id): indicator for indicator in indicators.values()}
    by_code: dict[str, dict[IndicatorId, Indicator]] = {}
    for indicator in indicators.values():
        for reference in indicator.references:
            for key in _keys(reference):
                by_code.setdefault(key, {})[indicator.id] = indicator

    def find(text: str) -> Indicator:
        coded = by_code.get(_squeezed(text), {})
        bare = bool(re.fullmatch(r"[\d.]+", text))
        indicator = by_id.get(spelled(text)) or (None if bare else _only(coded.values()))
        if indicator is not None:
            return indicator
        if coded:
            raise _ambiguous(RejectCode.AMBIGUOUS_INDICATOR, "indicator", text, coded)
        mend = suggestion(text, list(indicators)) or "; citygoals template lists the indicators"
        raise Rejected(RejectCode.UNKNOWN_INDICATOR, f"unknown indicator {text[:80]!r}{mend}")

    return Finder(find)


def unit_finder(units: UnitTable) -> Finder[Unit]:
    """Finds units by any of their spellings."""

    def find(text: str) -> Unit:
        try:
            return units.find(text)
        except UnknownName as error:
            raise Rejected(RejectCode.UNKNOWN_UNIT, str(error)) from None

    return Finder(find)


def _keys(reference: Reference) -> Iterator[str]:
    """The code alone, after its standard, and after the standard without its edition."""
    standard = reference.standard
    for prefix in ("", standard, re.sub(r":\d{4}\b.*", "", standard)):
        yield _squeezed(prefix + reference.code)


def _squeezed(text: str) -> str:
    return re.sub(r"[^\w.]|_", "", text.casefold())


def _only(candidates: Iterable[T]) -> T | None:
    things = list(candidates)
    return things[0] if len(things) == 1 else None


def _ambiguous(code: RejectCode, kind: str, text: str, candidates: Iterable[str]) -> Rejected:
    ids = sorted(candidates)
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    message = f"{kind} {text[:80]!r} may be {', '.join(ids[:5])}{more}; write the id"
    return Rejected(code, message)
