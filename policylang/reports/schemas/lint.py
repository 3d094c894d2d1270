"""The schema of what lints found."""

from policylang.lint.rule import Family
from policylang.reports.findings.document import LINT
from policylang.reports.schemas.decisions import DIAGNOSTIC, PLACE
from policylang.reports.schemas.parts import (
    COUNT,
    DIGEST_TEXT,
    TEXT,
    TEXTS,
    YES_NO,
    Schema,
    fields,
    list_of,
    mapping,
    said,
    schema_of,
)


def lint_schema() -> Schema:
    """The schema of `policyc lint --format json`."""
    policy = fields(
        {
            "file": TEXT,
            "policy": {
                "oneOf": [{"type": "null"}, fields({"name": TEXT, "version": TEXT, "digest": DIGEST_TEXT})],
                "description": "null when it does not compile; its findings then say why",
            },
            "findings": list_of("finding", "errors of a policy that does not compile, else what no comment allows"),
            "allowed": {"type": "array", "items": _finding({"reason": said(TEXT, "that its comment gives")})},
            "mended": list_of("finding", "what `--fix` made good, at its place before that"),
            "taken_back": list_of("finding", "whose fix would have changed what it claims to keep"),
        }
    )
    counts = fields(
        {
            "errors": COUNT,
            "findings": COUNT,
            "allowed": COUNT,
            "families": mapping(COUNT, "findings by what they are about"),
        }
    )
    body = fields(
        {
            "schema": {"const": LINT},
            "policies": {"type": "array", "items": policy, "minItems": 1},
            "counts": counts,
            "rules": said(TEXTS, "the codes that were looked for"),
        }
    )
    return schema_of(LINT, "What lints found", body, {"finding": _finding({})})


def _finding(more: dict[str, Schema]) -> Schema:
    """One finding, with what mends it."""
    position: Schema = {"type": "integer", "minimum": 1}
    edit = fields(
        {
            "file": TEXT,
            "line": position,
            "column": position,
            "end_line": position,
            "end_column": said(position, "behind what is replaced"),
            "text": said(TEXT, "what stands there instead"),
        }
    )
    fix = fields(
        {
            "title": TEXT,
            "keeps_meaning": said(YES_NO, "whether the digest of the policy stays"),
            "edits": {"type": "array", "items": edit, "minItems": 1},
        }
    )
    family: Schema = {"enum": [*(str(family) for family in Family), None]}
    return fields(
        {
            **DIAGNOSTIC["properties"],
            **PLACE,
            "family": said(family, "null of an error"),
            "fix": {"oneOf": [{"type": "null"}, fix]},
            **more,
        }
    )
