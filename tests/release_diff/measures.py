"""What is measured in drawn forums, where, and by which rules it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
STANDARD = "ISO 37122:2019"
SOURCES = ("Office", "Survey", "Press")
THEMES = ("energy", "water", "safety", "transportation")
PLAIN_RULES = ("all-reached", "threshold", "within-range")
METHODS = ("open-sdg-progress", "unsd-2023", "eurostat-2021", "u4ssc-bands")
UNITS = (
    "percent",
    "fraction",
    "per-1000-people",
    "per-100000-people",
    "kwh-per-person-year",
    "mwh-per-person-year",
    "people",
    "vehicles",
)
"""Those of drawn forums: the whole table takes longer to read than everything else."""
PLACES: Mapping[str, Sequence[str]] = {
    "kr": ("KR", "KR-sejong", "KR-seoul", "KR-busan"),
    "my": ("MY", "MY-melaka", "MY-ipoh"),
    "jp": ("JP", "JP-tokyo", "JP-kyoto", "JP-nara"),
    "id": ("ID", "ID-bandung"),
}
SHIPPED: Mapping[str, str] = {
    "kr": "korea",
    "my": "malaysia",
    "id": "indonesia",
    "jp": "japan",
    "cn": "china",
    "sg": "singapore",
    "sa": "saudi-arabia",
    "vn": "vietnam",
}
BALANCE: Document = {
    "id": "balance",
    "title": "More than is lost",
    "scale": "attainment",
    "needs": ["value", "indicators.loss.value"],
    "logic": {"if": [{">=": [{"var": "value"}, {"indicator": "loss"}]}, "met", "not-met"]},
    "examples": [{"given": {"value": 2, "indicators": {"loss": {"value": 1}}}, "expect": "met"}],
}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """An indicator as far as figures are drawn for it: how its unit is written, its bounds."""

    id: str
    theme: str
    unit: str
    spellings: Sequence[tuple[str, float]]
    low: float = 0.0
    high: float = 100.0
    direction: str = "higher"


PERCENT = (("%", 1.0), ("percentage", 1.0), ("share of 1", 0.01), ("proportion", 0.01))
FRACTION = (("share of 1", 1.0), ("%", 100.0))
RATE = (("per 100 000 people", 1.0), ("per 1 000 people", 0.01))
ENERGY = (("kWh/year per person", 1.0), ("MWh per capita", 0.001))
VEHICLES = (("vehicles", 1.0), ("EVs", 1.0))


def measure(
    name: str, theme: str, unit: str, spellings: Sequence[tuple[str, float]], **more: Any
) -> Measure:
    """A measure in one line."""
    return Measure(id=name, theme=theme, unit=unit, spellings=spellings, **more)


MEASURES = (
    measure("share", "energy", "percent", PERCENT),
    measure("other-share", "energy", "percent", PERCENT),
    measure("third-share", "transportation", "percent", PERCENT),
    measure("loss", "water", "percent", PERCENT, direction="lower"),
    measure("rate", "safety", "per-100000-people", RATE, high=40.0, direction="lower"),
    measure("output", "energy", "kwh-per-person-year", ENERGY, high=4000.0),
    measure("vehicles", "transportation", "vehicles", VEHICLES, high=9000.0),
    measure("change", "energy", "percent", PERCENT, low=-100.0, direction="none"),
)


def national(name: str) -> tuple[Measure, ...]:
    """A country's own measures: one that is the common share, one that is near it, its own."""
    return (
        measure(f"{name}-share", "energy", "fraction", FRACTION, high=1.0),
        measure(f"{name}-near", "energy", "percent", PERCENT),
        measure(f"{name}-own", "safety", "per-100000-people", RATE, high=40.0),
    )
