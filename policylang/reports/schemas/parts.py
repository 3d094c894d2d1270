"""What the schemas are made of: texts, numbers, moments, mappings with fixed keys."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
TEXTS: Schema = {"type": "array", "items": TEXT}
YES_NO: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {
    "type": ["string", "null"],
    "pattern": r"^-?[0-9]+(\.[0-9]+)?(e[0-9]+)?$",
    "description": "exact decimal text in base units (a proportion, seconds, FLOP), rounded outward to 12 places "
    "where it has no end; null where the interval has none",
}
INTERVAL: Schema = {"type": "array", "prefixItems": [NUMBER, NUMBER], "items": False, "minItems": 2}
DIGEST_TEXT: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
MOMENT: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$",
    "description": "a day, or an instant, in UTC",
}
MOMENT_OR_NULL: Schema = {**MOMENT, "type": ["string", "null"]}


def fields(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = (), says: str = "") -> Schema:
    """A mapping with these keys and no others."""
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
    return {"description": says, **schema} if says else schema


def list_of(name: str, says: str) -> Schema:
    """A list of one of the definitions."""
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "description": says}


def mapping(of: Schema, says: str) -> Schema:
    """A mapping from any key to one form."""
    return {"type": "object", "additionalProperties": of, "description": says}


def said(schema: Schema, says: str) -> Schema:
    """The same with a description."""
    return {**schema, "description": says}


def schema_of(name: str, title: str, body: Schema, definitions: Schema) -> Schema:
    """The schema of a whole document."""
    schema: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{name.replace('/', ':')}",
        "title": title,
        **body,
    }
    return {**schema, "$defs": dict(definitions)} if definitions else schema
