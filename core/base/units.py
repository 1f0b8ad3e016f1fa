"""The closed table of units and its exact conversions; nothing outside the table is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from citygoals.core.base.errors import CitygoalsError, Finding, InvalidDocuments, Place, UnknownName
from citygoals.core.base.model import UnitId
from citygoals.core.base.sizes import size_ratio

if TYPE_CHECKING:
    from pint import UnitRegistry

Exact = float | Fraction | Decimal
"""A number; a float stands for the shortest decimal that names it, so 0.1 is one tenth."""

FACTOR = re.compile(r"[0-9]{1,30}(/[0-9]{1,30})?")
_TERM = r"[A-Za-zµμ°][A-Za-z_]{0,29}((\^|\*\*)-?[1-9])?"
PINT = re.compile(rf"(1 ?/ ?)?{_TERM}( ?[*/] ?{_TERM}){{0,5}}")
"""What a unit's pint text may be: up to six names, each to a power of one digit."""
NOWHERE = Place()


class InconvertibleUnits(CitygoalsError):  # noqa: N818
    """Two units of the table between which no figure can be carried over."""

    def __init__(self, source: Unit, target: Unit, why: str, mend: str) -> None:
        self.source, self.target, self.mend = source.id, target.id, mend
        super().__init__(f"cannot turn {source.label!r} into {target.label!r}: {why}; {mend}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit: `factor` is its size in the dimension's base, or `pint` its text for pint.

    A rate names its `denominator`, and its `numerator` unless it is a rate of anything counted.
    """

    id: UnitId
    label: str
    dimension: str
    synonyms: tuple[str, ...] = ()
    factor: str | None = None
    pint: str | None = None
    absolute: bool = False
    numerator: UnitId | None = None
    denominator: UnitId | None = None
    at: Place = NOWHERE

    @property
    def spellings(self) -> set[str]:
        """Every spelling of the unit, as `spelled` writes it."""
        return {spelled(text) for text in (self.id, self.label, *self.synonyms)}


def decode_unit(content: Mapping[str, Any], at: Place = NOWHERE) -> Unit:
    """The unit that one item of a units document states."""
    return Unit(**{**content, "synonyms": tuple(content.get("synonyms", ())), "at": at})


def spelled(text: str) -> str:
    """The spelling without case, width variants and doubled or no-break spaces.

    >>> spelled("Per\u00a0100 000  People")
    'per 100 000 people'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def exact(value: Exact) -> Fraction:
    """The number as a fraction.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


@dataclass(frozen=True, slots=True)
class _Way:
    """From one unit to another: value x scale + shift, exactly."""

    scale: Fraction
    shift: Fraction = Fraction(0)

    def __call__(self, value: Exact) -> Fraction:
        return exact(value) * self.scale + self.shift


class UnitTable:
    """All units by id and spelling. Raises InvalidDocuments with every fault of the table."""

    def __init__(self, units: Iterable[Unit]) -> None:
        rows = tuple(units)
        self._by_spelling: dict[str, Unit] = {}
        if findings := list(_faults(rows, self._by_spelling)):
            raise InvalidDocuments(findings)
        self.units: Mapping[UnitId, Unit] = MappingProxyType({unit.id: unit for unit in rows})
        self._found: dict[str, Unit] = {}
        self._ways: dict[tuple[UnitId, UnitId], _Way] = {}

    def find(self, spelling: str) -> Unit:
        """The unit by id, label or synonym. Raises UnknownName with the nearest spelling."""
        unit = self._found.get(spelling)
        if unit is None:
            unit = self._by_spelling.get(spelled(spelling))
            if unit is None:
                raise UnknownName("unit", spelling, self._by_spelling)
            self._found[spelling] = unit
        return unit

    def convert(self, value: Exact, source: str, target: str) -> float:
        """The value in `target`, rounded once. Raises UnknownName and InconvertibleUnits."""
        old, new = self.find(source), self.find(target)
        return _rounded(self._way(old, new)(value), old, new)

    def ratio(self, source: str, target: str) -> Fraction:
        """What a figure in `source` is multiplied by; degrees with another zero have none."""
        old, new = self.find(source), self.find(target)
        way = self._way(old, new)
        if way.shift:
            why = "their zeros differ, so no one factor leads from one to the other"
            raise InconvertibleUnits(old, new, why, "convert each figure by itself")
        return way.scale

    def rate(
        self,
        numerator: Exact,
        numerator_unit: str,
        denominator: Exact,
        denominator_unit: str,
        target: str,
    ) -> float:
        """A count per stated denominator, in `target`, rounded once.

        Raises UnknownName and InconvertibleUnits.
        """
        count, per, rate = map(self.find, (numerator_unit, denominator_unit, target))
        if rate.denominator is None:
            raise InconvertibleUnits(count, rate, "the latter is no rate", "leave the denominator")
        if not exact(denominator) > 0:
            why = f"the denominator is {denominator}"
            raise InconvertibleUnits(count, rate, why, "give a denominator above 0")
        counted = self._counted(count, rate)
        top, base = self._way(count, counted), self._way(per, self.units[rate.denominator])
        quotient = top(numerator) / base(denominator)
        return _rounded(quotient * self._rate_scale(counted, rate), count, rate)

    def _counted(self, count: Unit, rate: Unit) -> Unit:
        if rate.numerator is not None:
            return self.units[rate.numerator]
        if not count.absolute:
            why = "the former does not count things"
            raise InconvertibleUnits(count, rate, why, "give the numerator as a count")
        return count

    def _rate_scale(self, counted: Unit, rate: Unit) -> Fraction:
        """What one counted unit per one denominator is in the rate's own unit."""
        if rate.factor is not None:
            return 1 / Fraction(rate.factor)
        base = self.units[rate.denominator or rate.id]
        return _through_pint(f"({counted.pint})/({base.pint})", rate).scale

    def _way(self, source: Unit, target: Unit) -> _Way:
        way = self._ways.get((source.id, target.id))
        if way is None:
            way = self._ways[source.id, target.id] = _way(source, target)
        return way

    def pint_findings(self) -> Iterator[Finding]:
        """What pint itself says against the table: unknown names, mixed-up dimensions.

        Imports pint, so it is asked by `check` and the tests, not by every command.
        """
        first: dict[str, Unit] = {}
        for unit in self.units.values():
            base = first.setdefault(unit.dimension, unit)
            if base.pint is not None:
                try:
                    _through_pint(base.pint, unit)
                except InvalidDocuments as error:
                    yield from error.findings


def _rounded(value: Fraction, source: Unit, target: Unit) -> float:
    try:
        return float(value)
    except OverflowError:
        why = "the figure is too large for a number"
        raise InconvertibleUnits(source, target, why, "check the figure") from None


def _way(source: Unit, target: Unit) -> _Way:
    if source.id == target.id:
        return _Way(Fraction(1))
    if source.dimension != target.dimension:
        raise InconvertibleUnits(source, target, *_difference(source, target))
    if source.factor is not None and target.factor is not None:
        return _Way(Fraction(source.factor) / Fraction(target.factor))
    ratio = size_ratio(source.pint or "", target.pint or "")
    return _through_pint(source.pint or "", target) if ratio is None else _Way(ratio)


def _difference(source: Unit, target: Unit) -> tuple[str, str]:
    if source.absolute and target.denominator is not None:
        mend = "give what it is divided by in the columns denominator and denominator_unit"
        return "a count becomes a rate only with its denominator", mend
    why = f"they measure different things ({source.dimension} and {target.dimension})"
    return why, f"give the figure in {target.label!r}, or the unit that it really has"


@cache
def _registry() -> UnitRegistry[Fraction]:
    from pint import UnitRegistry

    return UnitRegistry(non_int_type=Fraction)


def _through_pint(source: str, target: Unit) -> _Way:
    """The way that pint knows. Raises InvalidDocuments where it knows none that is a line."""
    from pint import PintError

    def through(value: int) -> Fraction:
        return Fraction(_registry().Quantity(Fraction(value), source).to(target.pint).magnitude)

    try:
        way = _Way(through(1) - through(0), through(0))
        straight = way(2) == through(2)
    except (PintError, ArithmeticError, TypeError, ValueError) as error:
        # Beside its own errors: those of the mathematics behind logarithmic units.
        raise InvalidDocuments([_pint_fault(source, target, str(error))]) from None
    if not straight:
        raise InvalidDocuments([_pint_fault(source, target, "the scale is not linear")])
    return way


def _pint_fault(source: str, target: Unit, why: str) -> Finding:
    message = f"pint cannot turn {source!r} into {target.pint!r}: {why}"
    return _fault(target, "unit-pint", message, "mend the pint text or the dimension")


def _faults(units: tuple[Unit, ...], owner: dict[str, Unit]) -> Iterator[Finding]:
    """What is wrong with the units; each spelling is noted with its `owner`."""
    by_id = {unit.id: unit for unit in units}
    kinds: dict[str, Unit] = {}
    for unit_id, count in Counter(unit.id for unit in units).items():
        if count > 1:
            twin = next(unit for unit in reversed(units) if unit.id == unit_id)
            yield _fault(twin, "unit-duplicate", "stands in the table twice", "drop one of them")
    for unit in units:
        yield from _size_faults(unit)
        yield from _spelling_faults(unit, owner)
        yield from _link_faults(unit, by_id)
        yield from _kind_faults(unit, kinds.setdefault(unit.dimension, unit))


def _size_faults(unit: Unit) -> Iterator[Finding]:
    if (unit.factor is None) == (unit.pint is None):
        yield _fault(unit, "unit-size", "needs a factor or a pint text, one of them", "give one")
    if unit.factor is not None and not _is_factor(unit.factor):
        mend = "write a whole number or a fraction of at most 30 digits, such as 1/1000"
        yield _fault(unit, "unit-factor", f"factor {unit.factor[:40]!r} is no size", mend)
    if unit.pint is not None and not PINT.fullmatch(unit.pint):
        mend = "write names joined by * and /, each to a power of one digit, such as kWh/m^2"
        yield _fault(unit, "unit-pint", f"pint text {unit.pint[:40]!r} is not allowed", mend)


def _is_factor(text: str) -> bool:
    return bool(FACTOR.fullmatch(text)) and all(int(part) > 0 for part in text.split("/"))


def _spelling_faults(unit: Unit, owner: dict[str, Unit]) -> Iterator[Finding]:
    for text in sorted(unit.spellings):
        other = owner.setdefault(text, unit)
        if other.id != unit.id:
            message = f"spelling {text!r} belongs to unit {other.id!r} too"
            yield _fault(unit, "unit-spelling", message, "leave it to one of them")


def _link_faults(unit: Unit, units: Mapping[UnitId, Unit]) -> Iterator[Finding]:
    for role, other in (("numerator", unit.numerator), ("denominator", unit.denominator)):
        if other is not None and other not in units:
            message = f"{role} {other!r} is no unit of the table"
            yield _fault(unit, f"unit-{role}", message, "name a unit by its id")
        elif unit.pint is not None and other is not None and units[other].pint is None:
            message = f"is sized by pint, but its {role} {other!r} is not"
            yield _fault(unit, f"unit-{role}", message, "size both by pint, or the rate by factor")
    if unit.denominator is None and unit.numerator is not None:
        yield _fault(unit, "unit-denominator", "has a numerator alone", "name the denominator")
    if unit.pint is not None and unit.denominator is not None and unit.numerator is None:
        yield _fault(unit, "unit-numerator", "has a denominator alone", "name the numerator")


def _kind_faults(unit: Unit, first: Unit) -> Iterator[Finding]:
    if (unit.pint is None) != (first.pint is None):
        message = f"has a {_kind(unit)}, but {first.id!r} of the same dimension a {_kind(first)}"
        yield _fault(unit, "unit-dimension", message, "size all units of a dimension one way")


def _kind(unit: Unit) -> str:
    return "factor" if unit.pint is None else "pint text"


def _fault(unit: Unit, code: str, message: str, mend: str) -> Finding:
    return Finding(code=code, message=f"unit {unit.id!r}: {message}", at=unit.at, mend=mend)
