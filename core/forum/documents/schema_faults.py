"""Turns jsonschema's errors into findings that say what was expected and the nearest right name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from citygoals.core.base.errors import Finding, Place, closest
from citygoals.core.forum.documents.positions import escape

Locate = Callable[[str], Place]


class SchemaError(Protocol):
    """What is read of `jsonschema.exceptions.ValidationError`."""

    message: str
    validator: Any
    validator_value: Any
    instance: Any
    schema: Any
    absolute_path: Any
    relative_path: Any
    relative_schema_path: Any
    context: Sequence[SchemaError]


def explain(error: SchemaError, place: Locate) -> Iterator[Finding]:
    """The findings of one error; a choice (`oneOf`) is told by the branch that fits best."""
    inner = _best_branch(error)
    if inner:
        for branch_error in inner:
            yield from explain(branch_error, place)
        return
    pointer = "".join(f"/{escape(str(step))}" for step in error.absolute_path)
    if error.validator == "additionalProperties":
        yield from _unknown_keys(error, pointer, place)
        return
    message, mend = _say(error)
    yield Finding(code=f"schema-{error.validator}", message=message, at=place(pointer), mend=mend)


def _best_branch(error: SchemaError) -> list[SchemaError]:
    """The errors of the branch of a choice that was most likely meant; none for other errors."""
    if error.validator not in ("oneOf", "anyOf") or not error.context:
        return []
    branches: dict[Any, list[SchemaError]] = {}
    for inner in error.context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    wrong_type = [b for b, errors in branches.items() if any(map(_is_top_type_error, errors))]
    fitting = [errors for branch, errors in branches.items() if branch not in wrong_type]
    return fitting[0] if len(fitting) == 1 else []


def _is_top_type_error(error: SchemaError) -> bool:
    return error.validator == "type" and not error.relative_path


def _unknown_keys(error: SchemaError, pointer: str, place: Locate) -> Iterator[Finding]:
    allowed = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key in allowed:
            continue
        near = closest(key, [name for name in allowed if name not in error.instance])
        mend = f"did you mean {near!r}?" if near else f"allowed: {', '.join(allowed)}"
        at = place(f"{pointer}/{escape(key)}")
        yield Finding(code="schema-key", message=f"unknown key {key!r}", at=at, mend=mend)


def _say(error: SchemaError) -> tuple[str, str]:
    say = _SENTENCES.get(str(error.validator))
    return say(error) if say else (error.message, _expected(error))


def _expected(error: SchemaError) -> str:
    description = error.schema.get("description") if isinstance(error.schema, dict) else None
    return f"expected: {description}" if description else "correct it"


def _required(error: SchemaError) -> tuple[str, str]:
    missing = [key for key in error.validator_value if key not in error.instance]
    names = ", ".join(repr(key) for key in missing)
    if len(missing) == 1:
        return f"{names} is missing", "add it"
    return f"{names} are missing", "add them"


def _type(error: SchemaError) -> tuple[str, str]:
    wanted = error.validator_value
    wanted = " or ".join(wanted) if isinstance(wanted, list) else wanted
    return f"{_short(error.instance)} is not of type {wanted}", _expected(error)


def _enum(error: SchemaError) -> tuple[str, str]:
    choices = [str(choice) for choice in error.validator_value]
    near = closest(str(error.instance), choices)
    mend = f"did you mean {near!r}?" if near else f"one of: {', '.join(choices)}"
    return f"{_short(error.instance)} is not allowed here", mend


def _too_few(error: SchemaError) -> tuple[str, str]:
    count, least = len(error.instance), error.validator_value
    return f"{count} entries, where at least {least} are needed", "add the others"


def _too_short(_: SchemaError) -> tuple[str, str]:
    return "the text is empty", "write it, or leave the key out"


def _twice(error: SchemaError) -> tuple[str, str]:
    again = [item for index, item in enumerate(error.instance) if item in error.instance[:index]]
    return f"{_short(again[0])} stands twice", "keep one of them"


def _pattern(error: SchemaError) -> tuple[str, str]:
    return f"{_short(error.instance)} is not in the right form", _expected(error)


def _one_of(error: SchemaError) -> tuple[str, str]:
    choices = [" and ".join(branch.get("required", [])) for branch in error.validator_value]
    named = [choice for choice in choices if choice]
    if len(named) == len(choices):
        return f"needs exactly one of: {'; '.join(named)}", "give one and remove the others"
    return f"{_short(error.instance)} fits none of the forms allowed here", _expected(error)


def _not(error: SchemaError) -> tuple[str, str]:
    keys = [repr(key) for key in error.validator_value.get("required", [])]
    if len(keys) == 1:
        return f"{keys[0]} has no place here", "remove it"
    return f"{' and '.join(keys)} do not go together here", "remove one of them"


_SENTENCES: dict[str, Callable[[SchemaError], tuple[str, str]]] = {
    "required": _required,
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "minItems": _too_few,
    "minLength": _too_short,
    "uniqueItems": _twice,
    "oneOf": _one_of,
    "not": _not,
}


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
