"""Draws goal rules that are well typed, and rows on the boundaries."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

from citygoals.core.judging.spark import InSpark
from citygoals.core.logic import Rule

RULES = 6
ROWS = 24
DEPTH = 5
NEEDS = ("value", "target", "flag", "grade")
NUMBERS = ("baseline", "previous", "lower", "upper", "indicators.air.value")
DEFAULTED = ("lower", "upper")
TYPES = {
    **dict.fromkeys(("value", "target", "baseline", "previous", "lower", "upper"), "number"),
    "flag": "boolean",
    "grade": "string",
    "note": "string",
}
OPTIONAL = (*NUMBERS, "note")
FORMS = {"exact": ("number", "boolean", "status"), "inexact": ("inexact", "inexact_status")}
STATUSES = ("met", "on-track", "not-met")
BOUNDARY = (
    0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, 7.0, 10.0, 47.0, 100.0, 80.0,
    0.1, 0.2, 0.1 + 0.2, 0.3, 0.49999999999999994, -0.49999999999999994,
    2.0**52 + 0.5, 2.0**53 - 1, 2.0**53, 2.0**53 + 2, -(2.0**53), 2.0**63, 2.0**64,
    1e300, -1e300, 1e308, -1e308, 1.7976931348623157e308, 1e-300, -1e-300, 1e-308, 5e-324, -5e-324,
)  # fmt: skip
ORDINARY = 22
"""How many of them, from the start, are nothing out of the ordinary."""
NOT_THERE = (None, None, None, math.nan, math.inf, -math.inf)
WORDS = ("a", "b", "ä", "B", "")

Logic = Any
Names = frozenset[str]
Condition = tuple[Logic, Names, Names]
"""Logic, and the variables that are present where it is truthy, and where it is falsy."""
NONE: Names = frozenset()


class Drawing:
    """Draws logic by type; `present` are the optional variables that may be read.

    Hypothesis draws the seed, and about how many operators there may be.
    """

    def __init__(self, seed: str, size: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._left = size

    def one_of(self, *choices: Any) -> Any:
        return self._random.choice(choices)

    def count(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def _ends(self, depth: int) -> bool:
        self._left -= 1
        return depth <= 0 or self._left <= 0

    # Numbers

    def number(self, depth: int, present: Names) -> Logic:
        if self._ends(depth) or (depth < DEPTH and self.count(0, 5) == 0):
            return self._number_leaf(present)
        form = self.one_of(
            self._sum, self._difference, self._product, self._quotient, self._extreme,
            self._rounded, self._chosen, self._given,
        )  # fmt: skip
        return form(depth - 1, present)

    def numbers(self, least: int, most: int, depth: int, present: Names) -> list[Logic]:
        return [self.number(depth, present) for _ in range(self.count(least, most))]

    def _number_leaf(self, present: Names) -> Logic:
        optional = sorted(present - {"note"})
        names = ["value", "target", *optional, *optional]
        name = self.one_of(None, None, *names, *names)
        literals = BOUNDARY if self.count(0, 2) == 0 else BOUNDARY[:ORDINARY]
        return self.one_of(*literals) if name is None else self._read(name)

    def _read(self, name: str) -> Logic:
        if name.startswith("indicators"):
            return self.one_of({"indicator": "air"}, {"var": name}, {"indicator": ["air", "value"]})
        return self.one_of({"var": name}, {"var": name}, {"val": name})

    def _sum(self, depth: int, present: Names) -> Logic:
        return {"+": self.numbers(0, 4, depth, present)}

    def _difference(self, depth: int, present: Names) -> Logic:
        return {"-": self.numbers(1, 2, depth, present)}

    def _product(self, depth: int, present: Names) -> Logic:
        return {"*": self.numbers(1, 3, depth, present)}

    def _quotient(self, depth: int, present: Names) -> Logic:
        return {"/": self.numbers(2, 2, depth, present)}

    def _extreme(self, depth: int, present: Names) -> Logic:
        return {self.one_of("min", "max"): self.numbers(1, 3, depth, present)}

    def _rounded(self, depth: int, present: Names) -> Logic:
        return {self.one_of("abs", "round", "ceil", "floor"): [self.number(depth, present)]}

    def _chosen(self, depth: int, present: Names) -> Logic:
        return self.branches(depth, present, self.number)

    def _given(self, depth: int, present: Names) -> Logic:
        if self.count(0, 2) == 0:
            return self._defaulted()
        first: list[Logic] = [{"var": self.one_of(*DEFAULTED)} for _ in range(self.count(1, 2))]
        if self.count(0, 3) == 0:
            first.append(self.one_of(3.5, {"/": [1, 0]}, {"abs": [{"var": "target"}]}))
        return {"??": [*first, self.number(depth, present)]}

    def _defaulted(self) -> Logic:
        target, literal = {"var": "target"}, self.one_of(*BOUNDARY)
        default = self.one_of(literal, target, {"/": [target, literal]}, {"*": [target, 1e308]})
        return {"var": [self.one_of(*DEFAULTED), default]}

    # Branches

    def branches(self, depth: int, present: Names, result: Callable[[int, Names], Logic]) -> Logic:
        parts: list[Logic] = []
        for _ in range(self.one_of(0, 1, 1, 2, 3)):
            test, if_true, if_false = self.condition(depth, present)
            parts += [test, result(depth, present | if_true)]
            present |= if_false
        return {self.one_of("if", "if", "?:"): [*parts, result(depth, present)]}

    def condition(self, depth: int, present: Names) -> Condition:
        if self._ends(depth) or self.count(0, 2) == 0:
            return self._guard(depth, present)
        kind = self.one_of("boolean", "boolean", "boolean", "number", "not", "truth", "chain")
        if kind == "boolean":
            return self.boolean(depth - 1, present), NONE, NONE
        if kind == "number":
            return self.number(depth - 1, present), NONE, NONE
        if kind == "chain":
            return self._chain(depth - 1, present)
        test, if_true, if_false = self.condition(depth - 1, present)
        if kind == "not":
            return {"!": test}, if_false, if_true
        return {"!!": test}, if_true, if_false

    def _guard(self, depth: int, present: Names) -> Condition:
        names = [self.one_of(*OPTIONAL, NUMBERS[-1]) for _ in range(self.count(1, 2))]
        found, name = frozenset(names), names[0]
        plain = name if "." not in name else "lower"
        least = self.one_of(0, 1, 2, len(names), {"-": [{"var": "value"}, 1]})
        every = isinstance(least, int) and least >= len(names)
        tested = {self.one_of("var", "val"): plain}
        return self.one_of(
            ({"missing": names}, NONE, found),
            ({"!": {"missing": [names]}}, found, NONE),
            ({"missing_some": [least, names]}, NONE, found if every else NONE),
            ({"exists": plain}, frozenset((plain,)), NONE),
            ({self.one_of("==", "==="): [tested, None]}, NONE, frozenset((plain,))),
            ({self.one_of("!=", "!=="): [None, tested]}, frozenset((plain,)), NONE),
            ({"==": [self.number(depth - 1, present), None]}, NONE, NONE),
        )

    def _chain(self, depth: int, present: Names) -> Condition:
        name, operands, passed = self.one_of("and", "or"), [], NONE
        for _ in range(self.count(1, 3)):
            operand, if_true, if_false = self.condition(depth, present | passed)
            operands.append(operand)
            passed |= if_true if name == "and" else if_false
        logic = {name: operands}
        return (logic, passed, NONE) if name == "and" else (logic, NONE, passed)

    # Truths and texts

    def boolean(self, depth: int, present: Names) -> Logic:
        if self._ends(depth):
            return self.one_of({"var": "flag"}, True, False, {"exists": "lower"})
        form = self.one_of(
            self._compared, self._compared, self._compared, self._compared, self._equal,
            self._between, self._member, self._both, self._negated, self._branched,
        )  # fmt: skip
        return form(depth - 1, present)

    def _compared(self, depth: int, present: Names) -> Logic:
        return {self.one_of("<", "<=", ">", ">="): self.numbers(2, 3, depth, present)}

    def _equal(self, depth: int, present: Names) -> Logic:
        kind = self.one_of(self.number, self.boolean, self.text)
        name = self.one_of("==", "===", "!=", "!==")
        most = 3 if len(name.strip("!")) == len(name) else 2
        return {name: [kind(depth, present) for _ in range(self.count(2, most))]}

    def _between(self, depth: int, present: Names) -> Logic:
        return {"between": self.numbers(3, 3, depth, present)}

    def _member(self, depth: int, present: Names) -> Logic:
        kind, items = self.one_of(
            (self.number, BOUNDARY), (self.text, WORDS), (self.boolean, (True, False))
        )
        listed = [self.one_of(*items) for _ in range(self.count(1, 3))]
        return {"in": [kind(depth, present), [*listed, *self.one_of([], [None], ["zzz", 8.25])]]}

    def _both(self, depth: int, present: Names) -> Logic:
        name = self.one_of("and", "or")
        return {name: [self.boolean(depth, present) for _ in range(self.count(1, 3))]}

    def _negated(self, depth: int, present: Names) -> Logic:
        return {self.one_of("!", "!!"): self.condition(depth, present)[0]}

    def _branched(self, depth: int, present: Names) -> Logic:
        return self.branches(depth, present, self.boolean)

    def text(self, depth: int, present: Names) -> Logic:
        if not self._ends(depth) and self.count(0, 2) == 0:
            return self.branches(depth - 1, present, self.text)
        note = [{"var": "note"}] if "note" in present else [{"??": [{"var": "note"}, "b"]}]
        return self.one_of({"var": "grade"}, *note, *WORDS)

    def status(self, depth: int, present: Names) -> Logic:
        if self._ends(depth):
            return self.one_of(*STATUSES)
        return self.branches(depth - 1, present, self.status)

    # Inexact: a power is not added to anything, where digits would cancel

    def inexact(self, depth: int, present: Names) -> Logic:
        form = self.one_of("pow", "pow", "*", "/", "abs", "max", "if") if depth > 0 else "pow"
        if form == "pow":
            return {"pow": [self.number(2, present), self.number(1, present)]}
        inner = self.inexact(depth - 1, present)
        if form == "if":
            test, _, _ = self.condition(2, present)
            return {"if": [test, inner, self.number(1, present)]}
        return {form: [inner] if form == "abs" else [inner, self._number_leaf(present)]}

    def inexact_status(self, depth: int, present: Names) -> Logic:
        root = [{"pow": [{"*": [{"var": "value"}] * 2}, 0.5]}, {"abs": [{"var": "value"}]}]
        sides = [self.inexact(depth, present), self.number(2, present)]
        compared = self.one_of(root, sides, sides)
        return {"if": [{self.one_of("<", ">="): compared}, *STATUSES[:2]]}


def rules(kind: str, seed: int, size: int) -> list[Logic]:
    """Rules of the forms of a kind by turns, the later ones larger."""
    drawn = []
    for index in range(RULES):
        drawing = Drawing(f"{seed} {size} {index}", size + 4 * index)
        form = FORMS[kind][index % len(FORMS[kind])]
        drawn.append(getattr(drawing, form)(DEPTH, NONE))
    return drawn


def table(seed: int) -> list[dict[str, Any]]:
    """Rows on the boundaries; every variable is absent in some of them."""
    chosen = random.Random(seed)  # noqa: S311
    rows = []
    for index in range(ROWS):
        pool = BOUNDARY if index % 2 else BOUNDARY[:ORDINARY]
        row: dict[str, Any] = {name: chosen.choice(pool) for name in ("target", *NUMBERS)}
        row["value"] = row["target"] if index % 3 == 0 else chosen.choice(pool)
        row |= {"flag": chosen.random() < 0.5, "grade": chosen.choice(WORDS)}
        row["note"] = chosen.choice(WORDS)
        for name in chosen.sample(sorted(row), chosen.randint(0, 2)):
            row[name] = chosen.choice(NOT_THERE) if type(row[name]) is float else None
        rows.append(row)
    for index, name in enumerate((*NUMBERS, *NEEDS, "note")):
        rows[index] = {**rows[index], name: None}
    return rows


class Drawn:
    """What tests draw from: rules of a kind, rows, and the types that the rules are checked by."""

    needs = NEEDS
    kinds: Mapping[str, Mapping[str, str]] = {name: {"type": kind} for name, kind in TYPES.items()}
    rules = staticmethod(rules)
    table = staticmethod(table)


@pytest.fixture(scope="session")
def drawn() -> type[Drawn]:
    """The generator."""
    return Drawn


SPARK_PARTS = 8_000
"""Operations of a query in Spark: more take longer to plan than they save."""


class InBatches:
    """Computes many rules over a table in Spark, so many to a query as Spark plans well."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def __call__(
        self, table: pa.Table, rules: Mapping[str, tuple[Rule, nw.Expr]]
    ) -> Mapping[str, list[Any]]:
        """The answers of each rule in the order of the rows."""
        numbered = table.append_column("row", pa.array(range(table.num_rows)))
        frame = nw.from_native(self._session.createDataFrame(numbered))
        found: dict[str, list[Any]] = {}
        for batch in self._batches(rules):
            asked = frame.select("row", *(rules[name][1].alias(name) for name in batch))
            said = asked.to_native().toArrow().sort_by("row")
            found |= {name: said[name].to_pylist() for name in batch}
        return found

    @staticmethod
    def _batches(rules: Mapping[str, tuple[Rule, nw.Expr]]) -> Iterator[list[str]]:
        batch: list[str] = []
        parts = 0
        for name, (rule, _) in rules.items():
            size = InSpark().of(rule.root).parts
            if batch and parts + size > SPARK_PARTS:
                yield batch
                batch, parts = [], 0
            batch.append(name)
            parts += size
        yield batch


@pytest.fixture(scope="session")
def in_spark(spark: Any) -> InBatches:
    """Computes rules in Spark."""
    return InBatches(spark)
