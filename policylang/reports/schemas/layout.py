"""The schema of what `policyc fmt` did or would do."""

from policylang.reports.layout import LAYOUT, STATES
from policylang.reports.schemas.decisions import error_schema
from policylang.reports.schemas.parts import TEXT, Schema, fields, said, schema_of


def layout_schema() -> Schema:
    """The schema of `policyc fmt --format json`."""
    file = fields(
        {
            "file": said(TEXT, "as it was named, or as it was found in a folder"),
            "state": {
                "enum": list(STATES),
                "description": "formatted: it was written; unformatted: it would be; broken: it was left as it is",
            },
            "diff": said(TEXT, "what changes, as a unified difference; with `--diff`"),
        },
        optional=("diff",),
    )
    finding = error_schema()["properties"]["diagnostics"]["items"]
    body = fields(
        {
            "schema": {"const": LAYOUT},
            "files": {"type": "array", "items": file, "minItems": 1},
            "diagnostics": {"type": "array", "items": finding, "description": "what is wrong with the broken ones"},
        }
    )
    return schema_of(LAYOUT, "Which files were laid out", body, {})
