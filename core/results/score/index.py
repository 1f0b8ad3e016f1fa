"""An index as frozen data: a tree of indicators and groups, each with its stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from citygoals.core.base.model import Direction, Source, Text

Stage = Literal["denominate", "impute", "treat", "normalise"]
Over = Literal["panel", "year"]
Statistic = Literal["mean", "median", "last", "value"]
Method = Literal["min-max", "goalposts", "distance-to-target", "z-score", "rank", "percentile-rank"]
Mean = Literal["arithmetic", "geometric", "harmonic", "power", "min", "max"]
Ties = Literal["min", "max", "average", "dense"]
Weighting = Literal["given", "equal", "by-indicators", "priorities"]

ORDER: tuple[Stage, ...] = ("denominate", "impute", "treat", "normalise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a column must say: one of some texts, or a number inside bounds."""

    column: str
    texts: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


Where = tuple[Condition, ...]
"""Conditions that must all hold; none means every area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impute:
    """How a missing value is filled: from which statistic, of which group and reference areas.

    `least` is the least number of values that the statistic needs, `years` the oldest age of a
    panel's last value. `reference` None means the index's own reference.
    """

    statistic: Statistic
    group: str | None = None
    reference: Where | None = None
    least: int = 1
    value: float | None = None
    years: int | None = None
    over: Over = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treat:
    """How outliers are treated. `winsorise` is the most points, None without limit.

    A series fails when |skew| > `skew` and kurtosis > `kurtosis`, both of type 2. `force`
    winsorises all points whether it fails or not; `combine` takes the log after winsorising
    rather than instead of it.
    """

    winsorise: int | None = 5
    skew: float = 2.0
    kurtosis: float = 3.5
    log: Literal["none", "log", "log-two-sided"] = "log"
    force: bool = False
    combine: bool = False
    over: Over = "panel"


@dataclass(frozen=True, slots=True)
class Percentile:
    """A bound that is a percentile (0 to 100) of the reference areas' values."""

    at: float


Bound = float | Percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalise:
    """How values come onto one scale. Bounds left out are those of the reference areas.

    `span` is the lowest and highest score, `mean` and `sd` those of z-scores; `log` takes the
    natural logarithm of values and bounds first.
    """

    method: Method
    worst: Bound | None = None
    best: Bound | None = None
    target: float | None = None
    span: tuple[float, float] = (0.0, 100.0)
    clip: bool = True
    mean: float = 0.0
    sd: float = 1.0
    log: bool = False
    over: Over = "panel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """Which mean of its children a group is; `exponent` is that of the power mean.

    Values below `floor` count as the floor, which keeps a 0 from deciding a geometric mean.
    """

    method: Mean = "arithmetic"
    exponent: float = 1.0
    floor: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """Below what a group has no value of its own: every one that is stated must be reached.

    `children` counts those with a value, `share` is theirs of all, `weight` the share of the
    weight that they carry, `coverage` the share of the indicators below with a figure of the area's
    own, `required` the children that must have a value.
    """

    children: int = 1
    share: float = 0.0
    weight: float = 0.0
    coverage: float = 0.0
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexNode:
    """An indicator (a column of the table) or a group of nodes, with its settings resolved."""

    id: str
    title: Text
    children: tuple[IndexNode, ...] = ()
    indicator: str = ""
    theme: str = ""
    direction: Direction = Direction.HIGHER
    denominator: str | None = None
    scale: float = 1.0
    weight: float | None = None
    weights: Weighting = "given"
    profile: str | None = None
    impute: tuple[Impute, ...] = ()
    treat: Treat | None = None
    normalise: Normalise | None = None
    aggregate: Aggregate = Aggregate()
    minimum: Minimum = Minimum()

    @property
    def is_leaf(self) -> bool:
        """Whether it is an indicator rather than a group."""
        return not self.children

    def walk(self, depth: int = 0) -> Iterator[tuple[int, IndexNode]]:
        """The node and all below it with their depth, parents first."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def leaves(self) -> list[IndexNode]:
        """The indicators at or below it, in their order."""
        return [node for _, node in self.walk() if node.is_leaf]

    def groups(self) -> list[IndexNode]:
        """The groups at or below it, parents first."""
        return [node for _, node in self.walk() if not node.is_leaf]

    def mapped(self, change: Callable[[IndexNode], IndexNode]) -> IndexNode:
        """The tree with `change` made to every node, children first."""
        return change(replace(self, children=tuple(c.mapped(change) for c in self.children)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumns:
    """Which columns of the table are which, where their names do not say it."""

    area: str | None = None
    name: str | None = None
    year: str | None = None
    indicator: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Which areas stay out: those below a coverage, or named; `keep` are never left out."""

    coverage: float = 0.0
    keep: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Who is ranked, and how ties and digits count."""

    among: Where = ()
    coverage: float = 0.0
    ties: Ties = "min"
    decimals: int = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """Larger areas from smaller ones: the column that names them, and the one that weighs."""

    group: str
    weight: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a Monte Carlo run chooses from, beside what the index itself states.

    `aggregate` None is the geometric mean with a floor of 1 % of the highest score.
    """

    concentration: float = 100.0
    normalise: tuple[Normalise, ...] = (
        Normalise(method="z-score", mean=50.0, sd=10.0),
        Normalise(method="percentile-rank", span=(1.0, 100.0)),
    )
    aggregate: tuple[Aggregate, ...] | None = None
    impute: tuple[Impute | None, ...] = (None, Impute(statistic="median"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index document with every setting resolved. `levels` are the titles from the top down."""

    id: str
    title: Text
    root: IndexNode
    description: Text | None = None
    source: Source | None = None
    levels: tuple[str, ...] = ()
    columns: TableColumns = TableColumns()
    order: tuple[Stage, ...] = ORDER
    reference: Where = ()
    screen: Screen = Screen()
    ranking: Ranking = Ranking()
    roll_up: RollUp | None = None
    choices: Choices = Choices()

    def level(self, depth: int) -> str:
        """The title of a level, or `level` and its number from 1 at the top."""
        return self.levels[depth] if depth < len(self.levels) else f"level {depth + 1}"
