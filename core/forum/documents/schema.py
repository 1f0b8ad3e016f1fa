"""Whether a document agrees with its schema: the shipped schemas, compiled to closures.

Nearly every document does, so this is asked first; jsonschema is imported, which takes longer than
reading all profiles, only to say what is wrong with one that does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

Test = Callable[[Any], bool]
Load = Callable[[str], Mapping[str, Any]]
"""The schema of a file name, such as `defs.schema.json`."""


class UnknownKeywordError(ValueError):
    """A keyword of JSON Schema that has no test here."""


def compile_schema(file: str, load: Load) -> Test:
    """The test of a schema file. Raises UnknownKeywordError for what it cannot test."""
    return _Compiler(load).reference(f"{file}#", "")


def canonical(value: Any) -> Any:
    """The value as a key that is equal where JSON values are: 1 is 1.0, but not true."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return ("list", *map(canonical, value))
    if isinstance(value, dict):
        return ("object", frozenset((key, canonical(item)) for key, item in value.items()))
    return value


class _Compiler:
    """Compiles schemas that refer to each other; each reference once."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._compiled: dict[str, Test] = {}

    def reference(self, reference: str, file: str) -> Test:
        """The test of what `$ref` names from within a file."""
        named, _, pointer = reference.partition("#")
        home = named or file
        place = f"{home}#{pointer}"
        if place not in self._compiled:
            self._compiled[place] = lambda value: self._compiled[place](value)
            schema: Any = self._load(home)
            for step in pointer.strip("/").split("/") if pointer else ():
                schema = schema[step.replace("~1", "/").replace("~0", "~")]
            self._compiled[place] = self.schema(schema, home)
        return self._compiled[place]

    def schema(self, schema: Any, file: str) -> Test:
        """The test of a schema: every keyword's."""
        if isinstance(schema, bool):
            return lambda _: schema
        tests = tuple(self._tests(schema, file))
        if len(tests) == 1:
            return tests[0]

        def test(value: Any) -> bool:
            for inner in tests:  # noqa: SIM110
                if not inner(value):
                    return False
            return True

        return test

    def _tests(self, schema: Mapping[str, Any], file: str) -> Iterable[Test]:
        known: Collection[str] = ()
        if schema.get("type") == "string":
            yield _text(schema)
            known = _OF_TEXT
        elif schema.get("type") == "object" and schema.get("additionalProperties") is False:
            yield _record(self, schema, file)
            known = _OF_RECORD
        for keyword, wanted in schema.items():
            if keyword in _SILENT or keyword in known:
                continue
            if keyword in _PLAIN:
                yield _PLAIN[keyword](wanted)
            elif keyword in _NESTED:
                yield _NESTED[keyword](self, schema, file)
            else:
                raise UnknownKeywordError(keyword)


_SILENT = {"$schema", "$id", "$defs", "title", "description", "then", "else"}
_TYPES: Mapping[str, Test] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == value // 1,
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


_OF_TEXT = {"type", "minLength", "pattern"}
_OF_RECORD = {"type", "properties", "required", "additionalProperties"}


def _text(schema: Mapping[str, Any]) -> Test:
    """The keywords that most texts have, as one test."""
    least, pattern = schema.get("minLength", 0), schema.get("pattern")
    if pattern is None:
        return lambda value: isinstance(value, str) and len(value) >= least
    search = re.compile(pattern).search
    return lambda value: isinstance(value, str) and len(value) >= least and bool(search(value))


def _record(c: _Compiler, schema: Mapping[str, Any], file: str) -> Test:
    """The keywords that most objects have, as one test: which keys, and what each holds."""
    find = {name: c.schema(inner, file) for name, inner in schema.get("properties", {}).items()}.get
    needed = frozenset(schema.get("required", ()))

    def test(value: Any) -> bool:
        if not isinstance(value, dict) or not needed <= value.keys():
            return False
        for name, item in value.items():
            inner = find(name)
            if inner is None or not inner(item):
                return False
        return True

    return test


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _type(kinds: str | list[str]) -> Test:
    if isinstance(kinds, str):
        return _TYPES[kinds]
    tests = [_TYPES[name] for name in kinds]
    return lambda value: any(test(value) for test in tests)


def _one_of_values(values: list[Any]) -> Test:
    allowed = {canonical(value) for value in values}
    return lambda value: canonical(value) in allowed


def _pattern(pattern: str) -> Test:
    search = re.compile(pattern).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _required(keys: list[str]) -> Test:
    names = frozenset(keys)
    return lambda value: not isinstance(value, dict) or names <= value.keys()


def _unique(wanted: bool) -> Test:
    def test(value: Any) -> bool:
        return not isinstance(value, list) or len(set(map(canonical, value))) == len(value)

    return test if wanted else lambda _: True


Kind = type[list[Any] | dict[str, Any] | str]


def _at_least(kind: Kind) -> Callable[[int], Test]:
    """A keyword that bounds the length of values of a kind from below."""
    return lambda least: lambda value: not isinstance(value, kind) or len(value) >= least


def _at_most(kind: Kind) -> Callable[[int], Test]:
    """A keyword that bounds it from above."""
    return lambda most: lambda value: not isinstance(value, kind) or len(value) <= most


def _limit(holds: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    """A keyword that bounds numbers."""
    return lambda limit: lambda value: not _is_number(value) or holds(value, limit)


_PLAIN: Mapping[str, Callable[[Any], Test]] = {
    "const": lambda value: _one_of_values([value]),
    "enum": _one_of_values,
    "exclusiveMinimum": _limit(lambda value, least: value > least),
    "maxItems": _at_most(list),
    "maxLength": _at_most(str),
    "maximum": _limit(lambda value, most: value <= most),
    "minItems": _at_least(list),
    "minLength": _at_least(str),
    "minProperties": _at_least(dict),
    "minimum": _limit(lambda value, least: value >= least),
    "pattern": _pattern,
    "required": _required,
    "type": _type,
    "uniqueItems": _unique,
}


def _properties(c: _Compiler, schema: Mapping[str, Any], file: str) -> Test:
    tests = {name: c.schema(inner, file) for name, inner in schema["properties"].items()}

    def test(value: Any) -> bool:
        if isinstance(value, dict):
            for name, item in value.items():
                if name in tests and not tests[name](item):
                    return False
        return True

    return test


def _additional(c: _Compiler, schema: Mapping[str, Any], file: str) -> Test:
    known = frozenset(schema.get("properties", ()))
    inner = c.schema(schema["additionalProperties"], file)
    return lambda value: (
        not isinstance(value, dict) or all(inner(value[name]) for name in value.keys() - known)
    )


def _property_names(c: _Compiler, schema: Mapping[str, Any], file: str) -> Test:
    inner = c.schema(schema["propertyNames"], file)
    return lambda value: not isinstance(value, dict) or all(map(inner, value))


def _items(c: _Compiler, schema: Mapping[str, Any], file: str) -> Test:
    inner = c.schema(schema["items"], file)
    return lambda value: not isinstance(value, list) or all(map(inner, value))


def _choice(keyword: str, holds: Callable[[Iterable[bool]], bool]) -> Callable[..., Test]:
    """A choice: what has to hold of the branches that a value is held against."""

    def nested(c: _Compiler, schema: Mapping[str, Any], file: str) -> Test:
        branches = [c.schema(branch, file) for branch in schema[keyword]]
        return lambda value: holds(branch(value) for branch in branches)

    return nested


def _not(c: _Compiler, schema: Mapping[str, Any], file: str) -> Test:
    inner = c.schema(schema["not"], file)
    return lambda value: not inner(value)


def _if(c: _Compiler, schema: Mapping[str, Any], file: str) -> Test:
    test = c.schema(schema["if"], file)
    then = c.schema(schema.get("then", True), file)
    other = c.schema(schema.get("else", True), file)
    return lambda value: then(value) if test(value) else other(value)


_NESTED: Mapping[str, Callable[[_Compiler, Mapping[str, Any], str], Test]] = {
    "$ref": lambda c, schema, file: c.reference(schema["$ref"], file),
    "additionalProperties": _additional,
    "allOf": _choice("allOf", all),
    "anyOf": _choice("anyOf", any),
    "if": _if,
    "items": _items,
    "not": _not,
    "oneOf": _choice("oneOf", lambda results: sum(results) == 1),
    "properties": _properties,
    "propertyNames": _property_names,
}
