"""The JSON Schema of explanations: of policies, of names in them, and of decisions."""

from policylang.reports.schemas.parts import (
    DIGEST_TEXT,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    Schema,
    fields,
    list_of,
    said,
    schema_of,
)

_PLAIN = "a name stands in backticks, a title of the policy in “quotation marks”"


def explanation_schema() -> Schema:
    """What `policyc explain POLICY … --format json` prints."""
    item = fields(
        {
            "text": said(TEXT, f"a sentence or a few; {_PLAIN}"),
            "kind": said(TEXT_OR_NULL, "what of the policy it tells: a rule, a category, a role …"),
            "name": TEXT_OR_NULL,
            "title": TEXT_OR_NULL,
            "cites": said(TEXTS, "the clauses that it encodes"),
            "file": TEXT_OR_NULL,
            "line": {"type": ["integer", "null"], "minimum": 1},
            "items": list_of("item", "what it is made of"),
        }
    )
    section = fields({"title": TEXT, "text": TEXTS, "items": list_of("item", "what is told under this heading")})
    body = fields(
        {
            "schema": {"const": "policylang/explanation/v1"},
            "policy": fields({"name": TEXT, "title": TEXT, "version": TEXT, "digest": DIGEST_TEXT}),
            "about": {"enum": ["policy", "name", "decision"]},
            "title": TEXT,
            "text": TEXTS,
            "sections": list_of("section", "in the order in which they are read"),
            "digest": DIGEST_TEXT,
        }
    )
    return schema_of("policylang/explanation/v1", "An explanation", body, {"item": item, "section": section})
