"""The schema of a picture of the decision graph."""

from typing import get_args

from policylang.reports.drawing.document import GRAPH
from policylang.reports.drawing.picture import Kind, Line, Sure, Tone
from policylang.reports.schemas.parts import (
    DIGEST_TEXT,
    MOMENT,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    YES_NO,
    Schema,
    fields,
    list_of,
    said,
    schema_of,
)

_MARK: Schema = {
    "oneOf": [
        {"type": "null"},
        fields({"word": TEXT, "tone": {"enum": list(get_args(Tone))}, "sure": {"enum": list(get_args(Sure))}}),
    ],
    "description": "what a decision says of it; null without one, and where it says nothing",
}
_WHERE: Schema = {
    "oneOf": [{"type": "null"}, fields({"file": TEXT, "line": {"type": "integer", "minimum": 1}})],
    "description": "where it is declared",
}
_DECISION: Schema = {
    "oneOf": [{"type": "null"}, fields({"model": TEXT, "as_of": MOMENT})],
    "description": "the decision that is drawn, if one",
}


def graph_schema() -> Schema:
    """The schema of `policyc graph --format json`."""
    definitions = {"box": _box(), "frame": _frame(), "line": _line(), "port": _port()}
    body = fields(
        {
            "schema": {"const": GRAPH},
            "policy": fields({"name": TEXT, "title": TEXT, "version": TEXT, "digest": TEXT}),
            "of": fields({"what": {"enum": ["policy", "action", "name"]}, "name": TEXT}, says="what is drawn"),
            "detail": said(YES_NO, "whether every condition is a box of its own"),
            "decision": _DECISION,
            "columns": {"type": "array", "items": TEXTS, "description": "the boxes from evidence to verdicts"},
            "boxes": list_of("box", "everything that is drawn"),
            "frames": list_of("frame", "boxes that stand together"),
            "lines": list_of("line", "each leads from all that it begins at to all that it ends at"),
            "digest": said(DIGEST_TEXT, "over the rest of this document in RFC 8785"),
        }
    )
    return schema_of(GRAPH, "A picture of the decision graph", body, definitions)


def _box() -> Schema:
    row = fields({"id": TEXT, "lead": said(TEXT, "`when`, `requires`, a level, a stage"), "text": TEXT, "mark": _MARK})
    return fields(
        {
            "id": said(TEXT, "its sort and its name"),
            "kind": {"enum": [str(kind) for kind in Kind]},
            "name": TEXT,
            "title": TEXT,
            "cites": TEXTS,
            "where": _WHERE,
            "frame": said(TEXT_OR_NULL, "the frame it stands in"),
            "rows": {"type": "array", "items": row},
            "mark": _MARK,
        }
    )


def _frame() -> Schema:
    return fields({"id": TEXT, "label": TEXT, "boxes": TEXTS})


def _line() -> Schema:
    return fields(
        {
            "kind": {"enum": list(get_args(Line))},
            "from": list_of("port", "where it begins"),
            "to": list_of("port", "where it ends"),
            "mark": _MARK,
        }
    )


def _port() -> Schema:
    return fields({"box": TEXT, "row": said(TEXT_OR_NULL, "null for the box as a whole")})
