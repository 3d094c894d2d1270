"""The schemas of differences, of the log and the blame of meaning, and of what was proved or answered."""

from typing import get_args

from policylang.analysis.difference import Direction, Layer
from policylang.analysis.questions import Answer
from policylang.decide.decision import Verdict
from policylang.history import What
from policylang.reports.answers import SCHEMA as PROOF
from policylang.reports.difference.document import DIFFERENCE
from policylang.reports.schemas.parts import (
    COUNT,
    DIGEST_TEXT,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    YES_NO,
    Schema,
    fields,
    list_of,
    mapping,
    said,
    schema_of,
)

LOG = "policylang/log/v1"
BLAME = "policylang/blame/v1"
PROOFS = "policylang/proofs/v1"
ANSWERS = "policylang/answers/v1"

_DIRECTION: Schema = {"enum": [direction.value for direction in Direction]}
_SHARE: Schema = {
    "type": ["string", "null"],
    "pattern": r"^[0-9]+(\.[0-9]+|/[0-9]+)?$",
    "description": "from 0 to 1, exact: a decimal or a fraction; null where it was not worked out",
}
_WHERE: Schema = {
    "oneOf": [{"type": "null"}, fields({"file": TEXT, "line": {"type": "integer", "minimum": 1}})],
    "description": "null where that policy does not have it",
}
_BOTH: Schema = {"old": TEXT, "new": TEXT}
_WITNESS: Schema = {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/witness"}], "description": "evidence that shows it"}


def difference_schema() -> Schema:
    """The schema of `policyc diff --format json`."""
    definitions = {"revision": _revision(), "witness": _witness(), "shift": _shift(), "change": _change()}
    body = fields(
        {
            "schema": {"const": DIFFERENCE},
            "old": {"$ref": "#/$defs/revision"},
            "new": {"$ref": "#/$defs/revision"},
            "direction": said(_DIRECTION, "of all changes together"),
            "counts": fields({direction.value: COUNT for direction in Direction}, says="changes by direction"),
            "measure": said(TEXT, "what shares are shares of"),
            "actions": mapping({"$ref": "#/$defs/shift"}, "by action: how its verdict moved"),
            "changes": list_of("change", "the gravest first"),
            "consequences": _consequences(),
            "digest": said(DIGEST_TEXT, "over the rest of this document in RFC 8785"),
        }
    )
    return schema_of(DIFFERENCE, "What a revision changed", body, definitions)


def _revision() -> Schema:
    return fields({"name": TEXT, "title": TEXT, "version": TEXT, "digest": TEXT, "path": TEXT})


def _witness() -> Schema:
    outcomes = {"type": "array", "items": fields({"of": said(TEXT, "an action, or a category at a stage"), **_BOTH})}
    return fields(
        {
            "given": said(TEXTS, "line by line, as a test writes it"),
            "outcomes": said(outcomes, "what both revisions say to it"),
            "evidence": said(TEXT_OR_NULL, "a file of evidence under the names of the new policy"),
            "old_evidence": said(TEXT_OR_NULL, "the same under the names of the old one, where they differ"),
            "test": said(TEXT_OR_NULL, "a test block that passes under the old policy and fails under the new one"),
        }
    )


def _shift() -> Schema:
    return fields(
        {
            "direction": _DIRECTION,
            "looser_share": _SHARE,
            "stricter_share": _SHARE,
            "furthest": {"oneOf": [{"type": "null"}, fields(_BOTH)], "description": "the greatest weakening shown"},
            "witness": _WITNESS,
        }
    )


def _change() -> Schema:
    clause = fields(
        {
            "kind": said(TEXT, "of declaration: `rule`, `category`, `measure`, …"),
            "name": TEXT,
            "old_name": said(TEXT_OR_NULL, "where the revision renamed it"),
            "title": TEXT_OR_NULL,
            "cites": TEXTS,
            "old": _WHERE,
            "new": _WHERE,
        }
    )
    return fields(
        {
            "direction": _DIRECTION,
            "layer": {"enum": [layer.value for layer in Layer]},
            "clause": clause,
            "sentence": TEXT,
            "was": TEXT_OR_NULL,
            "now": TEXT_OR_NULL,
            "region": said(TEXTS, "alternatives under which it holds; none: always"),
            "more": said(COUNT, "alternatives beyond those"),
            "visible": said({"type": ["boolean", "null"]}, "whether any evidence shows it; null where not worked out"),
            "share": _SHARE,
            "witness": _WITNESS,
            "why_unknown": TEXT_OR_NULL,
        }
    )


def _consequences() -> Schema:
    direction: Schema = {"enum": [*_DIRECTION["enum"], None]}
    parts = {
        "needs": fields({"kind": TEXT, "role": TEXT, "met": YES_NO, "why": TEXT_OR_NULL}),
        "claims": fields({"name": TEXT, "said": direction, "found": direction, "problem": TEXT_OR_NULL}),
        "impacts": fields({"evidence": TEXT, "action": TEXT, **_BOTH}),
    }
    says = "what follows; null where it was not asked"
    return fields({name: {"type": ["array", "null"], "items": part} for name, part in parts.items()}, says=says)


# The history of a policy


_PERSON = fields({"name": TEXT, "email": TEXT, "at": said(TEXT_OR_NULL, "by the clock of who signed")})
_COMMIT: dict[str, Schema] = {"commit": TEXT, "subject": TEXT, "author": _PERSON, "committer": _PERSON}
_IN_SHORT = fields(
    {
        "direction": _DIRECTION,
        "layer": {"enum": [layer.value for layer in Layer]},
        "kind": TEXT,
        "name": TEXT,
        "old_name": TEXT_OR_NULL,
        "sentence": TEXT,
    },
    says="one change; `policyc diff` of the two versions has all of it",
)
_ASKED: dict[str, Schema] = {
    "path": said(TEXT, "in the repository, at that commit"),
    "commit": said(TEXT, "up to which commit"),
    "shallow": said(YES_NO, "whether the clone lacks older commits"),
    "uncommitted": said(YES_NO, "whether the file on the disk means something else"),
}


def log_schema() -> Schema:
    """The schema of `policyc log --format json`."""
    line: Schema = {"type": ["integer", "null"], "minimum": 1}
    error = fields({"code": TEXT, "message": TEXT, "file": TEXT_OR_NULL, "line": line})
    entry = fields(
        {
            **_COMMIT,
            "what": {"enum": list(get_args(What))},
            "path": TEXT,
            "digest": {"oneOf": [{"type": "null"}, DIGEST_TEXT], "description": "null where it does not compile"},
            "compared_with": said(TEXT_OR_NULL, "the commit it is compared with"),
            "direction": {"enum": [*_DIRECTION["enum"], None]},
            "counts": fields({direction.value: COUNT for direction in Direction}, says="changes by direction"),
            "changes": {"type": "array", "items": {"$ref": "#/$defs/change"}},
            "errors": {"type": "array", "items": error, "description": "why it does not compile"},
        }
    )
    body = fields(
        {
            "schema": {"const": LOG},
            **_ASKED,
            "entries": {"type": "array", "items": entry, "description": "newest first"},
            "without_meaning": said(COUNT, "commits that changed no meaning"),
            "merges": said(COUNT, "merges that only bring together what their branches did"),
        }
    )
    return schema_of(LOG, "The commits that changed what a policy means", body, {"change": _IN_SHORT})


def blame_schema() -> Schema:
    """The schema of `policyc blame --format json`."""
    name = {"kind": TEXT, "name": TEXT}
    clause = fields(
        {
            **name,
            "changed": {"$ref": "#/$defs/commit"},
            "compared_with": said(TEXT_OR_NULL, "null where that commit introduced the clause"),
            "through": {"type": "array", "items": fields(name), "description": "what changed that it rests on"},
            "changes": {"type": "array", "items": {"$ref": "#/$defs/change"}},
            "unclear": said(YES_NO, "whether versions just before do not compile"),
            "introduced": {"$ref": "#/$defs/commit"},
        }
    )
    body = fields({"schema": {"const": BLAME}, **_ASKED, "clauses": {"type": "array", "items": clause}})
    definitions = {"change": _IN_SHORT, "commit": fields(_COMMIT)}
    return schema_of(BLAME, "The commits that clauses have their meaning from", body, definitions)


# What was proved, and what was answered


_POLICY = fields({"name": TEXT, "version": TEXT, "digest": DIGEST_TEXT})
_VERDICTS = mapping({"enum": [verdict.value for verdict in Verdict]}, "verdicts, by action")
_EXAMPLE: Schema = {
    "oneOf": [
        {"type": "null"},
        fields({"given": said(TEXTS, "line by line, as a test writes it"), "actions": _VERDICTS}),
    ],
    "description": "evidence, and what the decider says of it; null where there is none",
}
_STEP: Schema = {
    "oneOf": [
        {"type": "null"},
        fields({"of": TEXT, "better": TEXT, "worse": TEXT, "action": TEXT, "before": TEXT, "after": TEXT}),
    ],
    "description": "of `monotone`: a score, a worse one, and the verdict on an action at each",
}
_PROOF = fields(
    {
        "name": TEXT,
        "claim": TEXT,
        "answer": {"enum": [answer.value for answer in Answer]},
        "actions": TEXTS,
        "counterexample": _EXAMPLE,
        "step": _STEP,
        "why": said(TEXT, "why it was not settled, or what to know of the counterexample"),
    }
)


def proof_schema() -> Schema:
    """The schema of `policyc prove --format json` of one policy."""
    return schema_of(PROOF, "What became of the claims of a policy", _proof(), {})


def proofs_schema() -> Schema:
    """The schema of `policyc prove --format json` of several policies."""
    policies: Schema = {"type": "array", "items": {"$ref": "#/$defs/proof"}, "minItems": 2}
    body = fields({"schema": {"const": PROOFS}, "policies": policies})
    return schema_of(PROOFS, "What became of the claims of several policies", body, {"proof": _proof()})


def _proof() -> Schema:
    invariants: Schema = {"type": "array", "items": _PROOF}
    return fields({"schema": {"const": PROOF}, "policy": _POLICY, "invariants": invariants})


def answers_schema() -> Schema:
    """The schema of `policyc ask --format json`."""
    case = fields({"levels": mapping(TEXT, "the step of each axis, by its name"), "given": TEXTS})
    group = fields({"roles": TEXTS, "acts": TEXTS, "silent": said(TEXTS, "whose veto would stop it")})
    sets = fields({"where": said(TEXT, "what scores alone say"), "sets": {"type": "array", "items": group}})
    compared = fields(
        {
            "with": said(TEXT, "the other policy"),
            "same": said(YES_NO, "asked: is every verdict the same? else: is none weaker?"),
            "wrong": said(TEXTS, "what is not so; none: it is so"),
        }
    )
    asked = {
        "unsettled": mapping(TEXT, "questions that could not be settled, and why"),
        "findings": mapping(TEXTS, "what is dead, shadowed, uncovered or contradictory, by what it is"),
        "can_permit": mapping(_EXAMPLE, "by action"),
        "can_fire": mapping(_EXAMPLE, "by rule"),
        "claims": {"type": "array", "items": _PROOF},
        "worst_permitted": mapping(
            fields({"complete": YES_NO, "cases": {"type": "array", "items": case}}), "by action"
        ),
        "coalitions": mapping({"type": "array", "items": sets}, "by action"),
        "compared": {"type": "array", "items": compared},
    }
    body = fields({"schema": {"const": ANSWERS}, "policy": _POLICY, **asked}, optional=tuple(asked))
    return schema_of(ANSWERS, "Answers to questions about a policy", body, {})
