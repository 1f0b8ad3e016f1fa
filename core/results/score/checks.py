"""What is wrong with an index although its document fits the schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from citygoals.core.base.errors import suggestion
from citygoals.core.base.model import Direction
from citygoals.core.results.score.index import Choices, Impute, Index, IndexNode, Normalise, Treat

Json = Mapping[str, Any]


RESERVED = frozenset({"area", "name", "year", "score", "rank", "coverage", "imputed"})
"""Columns of the results, which no node may be called."""


@dataclass(frozen=True, slots=True)
class IndexFault:
    """One fault, with the JSON Pointer of what has it."""

    code: str
    message: str
    pointer: str
    mend: str


def faults_of(index: Index, content: Json) -> Iterator[IndexFault]:
    """Every fault of an index, in the order of its document."""
    placed = list(_placed(index.root, content["index"], "/index"))
    yield from _doubled(placed)
    yield from _levels(index, content)
    for node, written, pointer in placed:
        yield from _kind(node, written, pointer)
        yield from _weights(node, pointer)
        yield from _minimum(node, pointer)
        yield from _aggregate(node, pointer)
        yield from _stages(node, index, pointer)
    yield from _choices(index.choices)


def _placed(node: IndexNode, given: Any, pointer: str) -> Iterator[tuple[IndexNode, Json, str]]:
    content: Json = {"id": given} if isinstance(given, str) else given
    yield node, content, pointer
    for at, child in enumerate(node.children):
        yield from _placed(child, content["children"][at], f"{pointer}/children/{at}")


def _doubled(placed: list[tuple[IndexNode, Json, str]]) -> Iterator[IndexFault]:
    counts = Counter(node.id for node, _, _ in placed)
    seen: set[str] = set()
    for node, _, pointer in placed:
        if node.id in RESERVED:
            message = f"{node.id!r} is the name of a column of the results"
            mend = "take another id; `indicator` says which column it reads"
            yield IndexFault("index-reserved-id", message, pointer, mend)
        if counts[node.id] > 1 and node.id in seen:
            message = f"the id {node.id!r} stands at {counts[node.id]} nodes"
            mend = "give each its own; `indicator` lets two ids read one column"
            yield IndexFault("index-doubled-id", message, pointer, mend)
        seen.add(node.id)


def _levels(index: Index, content: Json) -> Iterator[IndexFault]:
    depth = max(depth for depth, _ in index.root.walk()) + 1
    if len(content.get("levels", ())) > depth:
        message = f"{len(content['levels'])} levels are described, the tree has {depth}"
        yield IndexFault("index-levels", message, f"/levels/{depth}", "remove those below the tree")


_ONLY_GROUPS = ("weights", "aggregate", "minimum")


def _kind(node: IndexNode, content: Json, pointer: str) -> Iterator[IndexFault]:
    wrong = _ONLY_GROUPS if node.is_leaf else ("indicator", "denominator")
    kind, other = ("an indicator", "a group") if node.is_leaf else ("a group", "an indicator")
    for key in wrong:
        if key in content:
            message = f"{node.id!r} is {kind}; {key!r} is a setting of {other}"
            yield IndexFault("index-setting", message, f"{pointer}/{key}", "remove it")


def _weights(node: IndexNode, pointer: str) -> Iterator[IndexFault]:
    if node.is_leaf or node.weights != "given":
        return
    without = [child.id for child in node.children if child.weight is None]
    if 0 < len(without) < len(node.children):
        message = f"the weights under {node.id!r} do not cover: {', '.join(without)}"
        mend = "give every child a weight (0 for what shall not count), or none"
        yield IndexFault("index-weights", message, pointer, mend)
    elif not without and not any(child.weight for child in node.children):
        message = f"every weight under {node.id!r} is 0"
        yield IndexFault(
            "index-weights", message, pointer, "give at least one child a weight above 0"
        )


def _minimum(node: IndexNode, pointer: str) -> Iterator[IndexFault]:
    known = [child.id for child in node.children]
    for name in node.minimum.required:
        if known and name not in known:
            message = f"{node.id!r} requires {name!r}, which is none of its children"
            mend = suggestion(name, known).removeprefix("; ")
            yield IndexFault("index-required", message, f"{pointer}/minimum", mend)
    if known and node.minimum.children > len(known):
        message = f"{node.id!r} needs {node.minimum.children} children and has {len(known)}"
        yield IndexFault("index-minimum", message, pointer, "lower `minimum.children`")


def _aggregate(node: IndexNode, pointer: str) -> Iterator[IndexFault]:
    how = node.aggregate
    if how.method == "power" and how.exponent in (0.0, 1.0):
        other = "geometric" if how.exponent == 0 else "arithmetic"
        message = f"the power mean of {node.id!r} has the exponent {how.exponent:g}"
        mend = f"set `exponent`, or write {other!r}, which it would be"
        yield IndexFault("index-aggregate", message, pointer, mend)
    if how.method != "power" and how.exponent != 1.0:
        message = f"{node.id!r} is a {how.method} mean, which reads no 'exponent'"
        yield IndexFault("index-aggregate", message, pointer, "remove it")


def _stages(node: IndexNode, index: Index, pointer: str) -> Iterator[IndexFault]:
    for way in node.impute:
        yield from _impute(way, node.id, pointer)
    if node.treat is not None:
        yield from _treat(node.treat, node.id, pointer)
    if node.normalise is not None:
        yield from _normalise(node.normalise, node.direction, node.id, pointer)
    runs = node.normalise is not None and "normalise" in index.order
    if node.direction is Direction.LOWER and not runs:
        message = f"lower is better for {node.id!r}, but it is not normalised"
        mend = "state `normalise`: that stage is the one that turns a value over"
        yield IndexFault("index-direction", message, pointer, mend)


_IMPUTE_READS = {
    "mean": {"group", "reference", "least", "over"},
    "median": {"group", "reference", "least", "over"},
    "last": {"years"},
    "value": {"value"},
}


def _impute(way: Impute, name: str, pointer: str) -> Iterator[IndexFault]:
    plain = Impute(statistic=way.statistic)
    keys = ("group", "reference", "least", "value", "years", "over")
    given = {key for key in keys if getattr(way, key) != getattr(plain, key)}
    for key in sorted(given - _IMPUTE_READS[way.statistic]):
        message = f"{name!r} imputes by {way.statistic!r}, which reads no {key!r}"
        yield IndexFault("index-impute", message, pointer, "remove it")
    if way.statistic == "value" and way.value is None:
        message = f"{name!r} imputes by a value, but names none"
        yield IndexFault("index-impute", message, pointer, "add `value`")


def _treat(how: Treat, name: str, pointer: str) -> Iterator[IndexFault]:
    if how.winsorise == 0 and how.log == "none":
        message = f"{name!r} is treated by neither winsorising nor a logarithm"
        mend = 'raise `winsorise`, set `log`, or write "treat": "none"'
        yield IndexFault("index-treat", message, pointer, mend)
    if how.force and not how.winsorise:
        message = f"{name!r} is winsorised by force without a number of points"
        yield IndexFault(
            "index-treat", message, pointer, "set `winsorise` to the points to winsorise"
        )


_BOUNDED = {"worst", "best", "span", "clip", "log", "over"}
_NORMALISE_READS = {
    "min-max": _BOUNDED,
    "goalposts": _BOUNDED,
    "distance-to-target": {"worst", "target", "span", "clip", "log", "over"},
    "z-score": {"mean", "sd", "log", "over"},
    "rank": {"over"},
    "percentile-rank": {"span", "over"},
}
_NEEDS = {"goalposts": ("worst", "best"), "distance-to-target": ("target",)}


def _normalise(
    how: Normalise, direction: Direction, name: str, pointer: str
) -> Iterator[IndexFault]:
    plain = Normalise(method=how.method)
    keys = ("worst", "best", "target", "span", "clip", "mean", "sd", "log", "over")
    given = {key for key in keys if getattr(how, key) != getattr(plain, key)}
    for key in sorted(given - _NORMALISE_READS[how.method]):
        shown = "range" if key == "span" else key
        message = f"{name!r} is normalised by {how.method}, which reads no {shown!r}"
        yield IndexFault("index-normalise", message, pointer, "remove it")
    missing = [key for key in _NEEDS.get(how.method, ()) if key not in given]
    if missing:
        message = f"{name!r} is normalised by {how.method} without {' and '.join(missing)}"
        yield IndexFault("index-normalise", message, pointer, f"add `{missing[0]}`")
    if how.span[0] >= how.span[1]:
        message = f"the range of {name!r} runs from {how.span[0]:g} to {how.span[1]:g}"
        yield IndexFault("index-range", message, pointer, "write the lower score first")
    yield from _bounds(how, direction, name, pointer)


def _bounds(how: Normalise, direction: Direction, name: str, pointer: str) -> Iterator[IndexFault]:
    best, word = (
        (how.target, "target") if how.method == "distance-to-target" else (how.best, "best")
    )
    numbers = [bound for bound in (how.worst, best) if isinstance(bound, (int, float))]
    if how.log and any(bound <= 0 for bound in numbers):
        message = f"a bound of {name!r} is not above 0 and has no logarithm"
        yield IndexFault("index-bounds", message, pointer, "state bounds above 0, or remove `log`")
    if len(numbers) < 2:
        return
    worst, top = numbers
    if worst == top:
        message = f"worst and {word} of {name!r} are both {top:g}"
        yield IndexFault("index-bounds", message, pointer, "state two different bounds")
    elif (top - worst) * direction.sign < 0:
        message = (
            f"{direction.value} is better for {name!r}, but its {word} {top:g} "
            f"is on the wrong side of its worst {worst:g}"
        )
        mend = "swap the two bounds, or turn `direction` over"
        yield IndexFault("index-bounds", message, pointer, mend)


def _choices(choices: Choices) -> Iterator[IndexFault]:
    for at, how in enumerate(choices.normalise):
        pointer = f"/robustness/normalise/{at}"
        if how.target is not None or how.worst is not None or how.best is not None:
            message = "bounds that hold for every indicator at once mean nothing"
            mend = "choose a method that takes its bounds from the figures"
            yield IndexFault("index-robustness", message, pointer, mend)
        elif how.method in _NEEDS:
            message = f"{how.method} needs bounds, which differ by indicator"
            yield IndexFault("index-robustness", message, pointer, "choose another method")
