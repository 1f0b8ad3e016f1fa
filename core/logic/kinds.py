"""Types of values: python-jsonlogic's JSON-Schema types, joined and compared by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jsonlogic.json_schema.types import (
    AnyType,
    ArrayType,
    BooleanType,
    IntegerType,
    JSONSchemaType,
    NullType,
    NumberType,
    StringType,
    UnionType,
)

Schema = Mapping[str, Any]
ANY = "any"


def members(kind: JSONSchemaType) -> list[JSONSchemaType]:
    """The types that a union is made of; of another type, itself."""
    if isinstance(kind, UnionType):
        return sorted(kind.types, key=lambda member: member.name)
    return [kind]


def union(kinds: Iterable[JSONSchemaType]) -> JSONSchemaType:
    """The type of a value that has one of these types; of none, any."""
    distinct: dict[str, JSONSchemaType] = {}
    for kind in kinds:
        for member in members(kind):
            plain = _plain(member)
            distinct.setdefault(family(plain), plain)
    if not distinct or ANY in distinct:
        return AnyType()
    return UnionType(*distinct.values())


def _plain(kind: JSONSchemaType) -> JSONSchemaType:
    """Without nested unions, which python-jsonlogic cannot put into a union."""
    if isinstance(kind, ArrayType) and isinstance(kind.elements_type, UnionType | ArrayType):
        return ArrayType(AnyType())
    return NumberType() if isinstance(kind, IntegerType) else kind


def family(kind: JSONSchemaType) -> str:
    """number, string, boolean, null, array or any: what may be compared with what."""
    if isinstance(kind, NumberType | IntegerType):
        return "number"
    if isinstance(kind, ArrayType):
        return "array"
    named = isinstance(kind, StringType | BooleanType | NullType)
    return kind.name if named else ANY


def families(kind: JSONSchemaType) -> set[str]:
    """The families of a type's members."""
    return {family(member) for member in members(kind)}


def without_null(kind: JSONSchemaType) -> JSONSchemaType | None:
    """The type once a null test has failed; None where nothing is left."""
    left = [member for member in members(kind) if not isinstance(member, NullType)]
    if len(left) == len(members(kind)):
        return kind
    return union(left) if left else None


def element(kind: JSONSchemaType) -> JSONSchemaType:
    """The type of an item of a list."""
    if isinstance(kind, ArrayType):
        item: JSONSchemaType = kind.elements_type
        return item
    return AnyType()


def of_value(value: Any) -> JSONSchemaType:
    """The type of a literal."""
    if isinstance(value, list):
        return ArrayType(union(of_value(item) for item in value))
    if value is None:
        return NullType()
    if isinstance(value, bool):
        return BooleanType()
    return StringType() if isinstance(value, str) else NumberType()


def of_schema(schema: JSONSchemaType | Schema) -> JSONSchemaType:
    """The type that a JSON Schema describes; what has no type of ours is any."""
    if isinstance(schema, JSONSchemaType):
        return schema
    if isinstance(alternatives := schema.get("anyOf", schema.get("oneOf")), list):
        return union(of_schema(alternative) for alternative in alternatives)
    named = schema.get("type")
    if isinstance(named, list):
        return union(of_schema({**schema, "type": alternative}) for alternative in named)
    if named == "array":
        return ArrayType(of_schema(schema.get("items") or {}))
    return _scalars().get(str(named), AnyType())


def _scalars() -> dict[str, JSONSchemaType]:
    return {
        "number": NumberType(),
        "integer": IntegerType(),
        "string": StringType(),
        "boolean": BooleanType(),
        "null": NullType(),
    }
