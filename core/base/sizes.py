"""The sizes of common physical units, so that pint, which is slow to import, is seldom asked.

They are pint's own, exactly; the tests hold each to pint. A name that is not here is pint's to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

_DAY = 86_400
_YEAR = Fraction(36525, 100) * _DAY
_WATT_HOUR = 3600

SIZES: Mapping[str, tuple[Fraction, str, int]] = {
    "meter": (Fraction(1), "meter", 1),
    "kilometer": (Fraction(1000), "meter", 1),
    "hectare": (Fraction(10_000), "meter", 2),
    "liter": (Fraction(1, 1000), "meter", 3),
    "microgram": (Fraction(1, 10**6), "gram", 1),
    "milligram": (Fraction(1, 1000), "gram", 1),
    "gram": (Fraction(1), "gram", 1),
    "kilogram": (Fraction(1000), "gram", 1),
    "tonne": (Fraction(10**6), "gram", 1),
    "second": (Fraction(1), "second", 1),
    "minute": (Fraction(60), "second", 1),
    "hour": (Fraction(3600), "second", 1),
    "day": (Fraction(_DAY), "second", 1),
    "year": (_YEAR, "second", 1),
    "megajoule": (Fraction(10**6), "joule", 1),
    "gigajoule": (Fraction(10**9), "joule", 1),
    "kilowatt_hour": (Fraction(1000 * _WATT_HOUR), "joule", 1),
    "megawatt_hour": (Fraction(10**6 * _WATT_HOUR), "joule", 1),
    "gigawatt_hour": (Fraction(10**9 * _WATT_HOUR), "joule", 1),
    "megabit": (Fraction(10**6), "bit", 1),
    "gigabit": (Fraction(10**9), "bit", 1),
}
"""Each name's size in a base, and the base's power: a hectare is 10,000 meter**2."""

_TERM = re.compile(r"([*/]?)([A-Za-z_]+)(?:\*\*(-?\d))?")


def size_ratio(source: str, target: str) -> Fraction | None:
    """What a figure in `source` is multiplied by to be in `target`, both as pint spells them.

    None where a name is not known here, or the two measure different things.

    >>> size_ratio("kilowatt_hour/meter**2", "megajoule/meter**2")
    Fraction(18, 5)
    """
    here, there = _size(source), _size(target)
    if here is None or there is None or here[1] != there[1]:
        return None
    return here[0] / there[0]


def _size(text: str) -> tuple[Fraction, Mapping[str, int]] | None:
    """The size of a product of names in the bases, and the power of each base."""
    size, powers, read = Fraction(1), Counter[str](), ""
    squeezed = text.replace(" ", "").replace("^", "**")
    for sign, name, power in _TERM.findall(squeezed):
        if name not in SIZES:
            return None
        factor, base, dimension = SIZES[name]
        exponent = int(power or 1) * (-1 if sign == "/" else 1)
        size *= factor**exponent
        powers[base] += dimension * exponent
        read += f"{sign}{name}" + (f"**{power}" if power else "")
    if read != squeezed:
        return None
    return size, {base: power for base, power in powers.items() if power}
