"""Reading data, and asking what is absent."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add, or_
from typing import TYPE_CHECKING, Any, ClassVar

from jsonlogic.json_schema.types import ArrayType, BooleanType, JSONSchemaType, StringType

from citygoals.core.logic.javascript import double, text_of_number
from citygoals.core.logic.kinds import union, without_null
from citygoals.core.logic.nodes import Closure, Facts, Fault, Literal, Node, Operator
from citygoals.core.logic.paths import ABSENT, INDICATOR_FIELDS, INDICATORS, descend, inner, member
from citygoals.core.logic.rows import Rows

if TYPE_CHECKING:
    from narwhals import Expr

    from citygoals.core.logic.checking import Types
    from citygoals.core.logic.columns import Columns

WHICH = "which column it reads is not known before it runs"


def operators() -> Sequence[type[Operator]]:
    """The operators of this family."""
    return (Var, Val, Exists, Missing, MissingSome, OtherIndicator)


class DataOperator(Operator):
    """Operators that look at the data itself; their literal arguments are names in it."""

    named_inputs: ClassVar[bool] = True
    fixed: ClassVar[bool] = False
    total: ClassVar[bool] = True


def literal_text(node: Node) -> str | None:
    """The text of a literal text or number."""
    if type(node) is not Literal:  # faster than isinstance, which asks abc
        return None
    if isinstance(node.value, float):
        return text_of_number(node.value)
    return node.value if isinstance(node.value, str) else None


class Var(DataOperator, name="var", arity=(0, 2)):
    """The value at a dotted path, else the default, else null. An empty path is all the data."""

    def variable(self) -> str | None:
        return (literal_text(self.arguments[0]) or None) if self.arguments else None

    def default(self) -> Node | None:
        return self.arguments[1] if len(self.arguments) > 1 else None

    def item_name(self) -> str | None:
        return "" if self._is_whole() and len(self.arguments) < 2 else self.bare_variable()

    def _is_whole(self) -> bool:
        """Whether the path is empty: all the data."""
        path = self.arguments[0] if self.arguments else Literal("")
        return isinstance(path, Literal) and path.value in ("", None)

    def row(self, c: Rows) -> Closure:
        default = c.row(self.arguments[1]) if len(self.arguments) > 1 else _null
        if self._is_whole():
            return inner
        name = literal_text(self.arguments[0])
        if name is None:
            path = c.row(self.arguments[0])
            return _or_default(lambda data: lookup(c, data, path(data)), default)
        return (
            _or_default(_path(name.split(".")), default) if "." in name else _plain(name, default)
        )

    def column(self, c: Columns) -> Expr:
        name, default = self.variable() or "", self.default()
        if default is None:
            return c.variable(name)
        return c.choose(c.present(name), c.variable(name), c.value(default))

    def defined(self, c: Columns) -> Expr | None:
        default = self.default()
        otherwise = None if default is None else c.defined(default)
        return None if otherwise is None else c.present(self.variable() or "") | otherwise

    def why_rows(self) -> str | None:
        return None if self.variable() else WHICH

    def type_of(self, t: Types) -> JSONSchemaType:
        name, default = self.variable(), self.default()
        if name is None:
            return t.whole(self) if self._is_whole() else t.computed_name(self)
        if default is None:
            return t.variable(self, name)
        t.refuse_made_up(self)
        present = without_null(t.maybe(self, name))
        return union([t.type(default), *([] if present is None else [present])])


def _plain(name: str, default: Closure) -> Closure:
    def read(data: Any) -> Any:
        try:
            value = data[name]
        except (KeyError, TypeError):
            value = member(data, name)
            if value is ABSENT:
                return default(data)
        return value if type(value) is not int else double(value)

    return read


def _null(_: Any) -> None:
    return None


def _or_default(find: Closure, default: Closure = _null) -> Closure:
    """What is found, or the default where that is ABSENT."""

    def read(data: Any) -> Any:
        value = find(data)
        return default(data) if value is ABSENT else value

    return read


def _path(keys: Sequence[str]) -> Closure:
    return lambda data: descend(data, keys)


def lookup(c: Rows, data: Any, path: Any) -> Any:
    """The value at a path that was computed, or ABSENT; null and "" are all the data."""
    if path is None or path == "":
        return inner(data)
    return descend(data, c.coerce.text(path).split("."))


class Keyed(DataOperator):
    """Operators whose arguments are the steps of a path, one key each, dots included."""

    def keys(self) -> Sequence[str] | None:
        """The keys, where all are literal."""
        keys = [literal_text(argument) for argument in self.arguments]
        return None if None in keys else [key for key in keys if key is not None]

    def single_key(self) -> str | None:
        """The only key, where it is literal and reads as a variable's name."""
        keys = self.keys()
        return keys[0] if keys and len(keys) == 1 and "." not in keys[0] else None

    def finder(self, c: Rows) -> Closure:
        """What finds the value, or ABSENT."""
        keys = self.keys()
        if keys is not None:
            return _path(keys)
        steps = c.rows(self.arguments)
        text = c.coerce.text
        return lambda data: descend(data, [text(step(data)) for step in steps])

    def faults(self) -> Iterable[Fault]:
        first = self.arguments[0] if self.arguments else None
        if isinstance(first, Literal) and isinstance(first.value, list):
            message = f"`{self.name}` takes keys, and cannot climb out of a loop"
            yield Fault("wrong-argument", message, "give the keys one by one")


class Val(Keyed, name="val", arity=(0, None)):
    """The value at a path of keys, else null. No key is all the data."""

    def variable(self) -> str | None:
        return self.single_key()

    def row(self, c: Rows) -> Closure:
        return _or_default(self.finder(c))

    def column(self, c: Columns) -> Expr:
        return c.variable(self.variable() or "")

    def why_rows(self) -> str | None:
        return None if self.variable() else WHICH

    def type_of(self, t: Types) -> JSONSchemaType:
        name = self.variable()
        return t.computed_name(self) if name is None else t.variable(self, name)


class Exists(Keyed, name="exists", arity=(1, None)):
    """Whether a path of keys finds anything; null counts, except in a goal's rule."""

    boolean: ClassVar[bool] = True

    def row(self, c: Rows) -> Closure:
        find = self.finder(c)
        return lambda data: find(data) is not ABSENT

    def column(self, c: Columns) -> Expr:
        return c.present(self.single_key() or "")

    def why_rows(self) -> str | None:
        return None if self.single_key() else WHICH

    def type_of(self, t: Types) -> JSONSchemaType:
        name = self.single_key()
        if name is None:
            t.computed_name(self)
        else:
            t.known(self, name)
        return BooleanType()

    def facts(self, t: Types) -> Facts:  # noqa: ARG002
        name = self.single_key()
        return Facts(true=frozenset((name,) if name else ()))

    def truth(self, t: Types) -> bool | None:
        name = self.single_key()
        return True if name and t.is_present(name) else None


class Asking(DataOperator):
    """Operators that give the names of what is absent; by columns, whether there are any."""

    truth_only: ClassVar[bool] = True

    @abstractmethod
    def names(self) -> Sequence[str] | None:
        """The names, where all are literal."""

    def column(self, c: Columns) -> Expr:
        return reduce(or_, (~c.filled(name) for name in self.names() or ()), c.truth(False))

    def why_rows(self) -> str | None:
        return WHICH if self.names() is None else None

    def type_of(self, t: Types) -> JSONSchemaType:
        t.types(self.arguments)
        for name in self.names() or ():
            t.known(self, name)
        return ArrayType(StringType())

    def facts(self, t: Types) -> Facts:  # noqa: ARG002
        return Facts(false=frozenset(self.names() or ()))

    def truth(self, t: Types) -> bool | None:
        names = self.names()
        return False if names is not None and all(map(t.is_present, names)) else None


class Missing(Asking, name="missing", arity=(0, None)):
    """Those of the named variables that are absent, null or ""."""

    def names(self) -> Sequence[str] | None:
        """The names, where all are literal."""
        given: Sequence[Any] = [
            argument.value if isinstance(argument, Literal) else None for argument in self.arguments
        ]
        return _texts(given[0] if given and isinstance(given[0], list) else given)

    def row(self, c: Rows) -> Closure:
        names = self.names()
        if names is not None:
            paths = tuple((name, name.split(".") if name else []) for name in names)
            return lambda data: [name for name, path in paths if _is_missing(data, path)]
        arguments = c.rows(self.arguments)

        def missing(data: Any) -> list[Any]:
            given = [argument(data) for argument in arguments]
            return _missing(c, data, given[0] if isinstance(given[0], list) else given)

        return missing


def _texts(names: Any) -> Sequence[str] | None:
    """The names, where they are a list of texts."""
    texts = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return names if texts else None


def _is_missing(data: Any, path: Iterable[str]) -> bool:
    value = descend(data, path)
    return value is ABSENT or value is None or value == ""


def _missing(c: Rows, data: Any, keys: Sequence[Any]) -> list[Any]:
    c.budget.steps(len(keys))
    return [key for key in keys if _lacks(c, data, key)]


def _lacks(c: Rows, data: Any, key: Any) -> bool:
    """Whether `{"var": key}` gives null or ""; a list is a path and its default."""
    path, default, *_ = [*key, None, None] if isinstance(key, list) else (key, None)
    value = lookup(c, data, path)
    return (default if value is ABSENT else value) in (None, "")


class MissingSome(Asking, name="missing_some", arity=2):
    """The absent ones of a list of names, or none of them once enough are present."""

    def names(self) -> Sequence[str] | None:
        """The names, where all are literal."""
        listed = self.arguments[1]
        return _texts(listed.value if isinstance(listed, Literal) else None)

    def needs_all(self) -> bool:
        """Whether the minimum is a literal that only all the names reach."""
        least, names = self.arguments[0], self.names()
        count = least.value if isinstance(least, Literal) else None
        return names is not None and isinstance(count, float) and count >= len(names)

    def row(self, c: Rows) -> Closure:
        least, listed = c.number(self.arguments[0]), c.row(self.arguments[1])

        def missing_some(data: Any) -> list[Any]:
            enough, names = least(data), listed(data)
            keys = names if isinstance(names, list) else [names]
            missing = _missing(c, data, keys)
            return [] if len(keys) - len(missing) >= enough else missing

        return missing_some

    def column(self, c: Columns) -> Expr:
        there = [c.count(c.filled(name)) for name in self.names() or ()]
        enough = reduce(add, there, c.double(0.0)) >= c.number(self.arguments[0])
        return super().column(c) & ~enough

    def facts(self, t: Types) -> Facts:
        return super().facts(t) if self.needs_all() else Facts()


class OtherIndicator(DataOperator, name="indicator", arity=(1, 2)):
    """Another indicator of the same area and year: its value, or its baseline."""

    @property
    def indicator(self) -> str:
        """The indicator's id."""
        return literal_text(self.arguments[0]) or ""

    @property
    def field(self) -> str:
        """What is read of it: value or baseline."""
        return (literal_text(self.arguments[1]) or "") if len(self.arguments) > 1 else "value"

    def variable(self) -> str | None:
        return f"{INDICATORS}.{self.indicator}.{self.field}"

    def row(self, c: Rows) -> Closure:  # noqa: ARG002
        return _or_default(_path((INDICATORS, self.indicator, self.field)))

    def column(self, c: Columns) -> Expr:
        return c.variable(self.variable() or "")

    def type_of(self, t: Types) -> JSONSchemaType:
        return t.variable(self, self.variable() or "")

    def faults(self) -> Iterable[Fault]:
        if not self.indicator or "." in self.indicator:
            yield Fault("wrong-argument", "`indicator` takes the id of an indicator, as text")
        if self.field not in INDICATOR_FIELDS:
            fields = " or ".join(INDICATOR_FIELDS)
            yield Fault("wrong-argument", f"of an indicator one can read {fields}")
