"""The schemas of decisions, tests, agendas, digests, and of why nothing was judged."""

from policylang.decide.agenda import STATES
from policylang.decide.decision import Verdict
from policylang.reports.agenda import AGENDA
from policylang.reports.digest import DIGEST
from policylang.reports.json import DECISION, DECISIONS, ERROR, UNSTAGED
from policylang.reports.schemas.parts import (
    COUNT,
    DIGEST_TEXT,
    INTERVAL,
    MOMENT,
    MOMENT_OR_NULL,
    NUMBER,
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
from policylang.reports.tests import TESTS

_FIRES: Schema = {"enum": ["definitely", "possibly"]}
_VERDICT: Schema = {"enum": [verdict.value for verdict in Verdict]}


_BECAUSE = list_of("because", "what makes it so")

_DEFINITIONS: Schema = {
    "policy": fields({"name": TEXT, "title": TEXT, "version": TEXT, "digest": DIGEST_TEXT}),
    "subject": fields(
        {
            "model": TEXT,
            "revision": TEXT_OR_NULL,
            "configuration": TEXT_OR_NULL,
            "attempt": {"type": ["integer", "null"]},
            "effective_compute": TEXT_OR_NULL,
        }
    ),
    "because": fields(
        {
            "text": said(TEXT, "in the policy's words"),
            "is": _FIRES,
            "interval": said(INTERVAL, "what it was judged on"),
            "readings": list_of("reading", "the readings that give the ends of the interval, or qualify"),
            "note": TEXT,
            "because": _BECAUSE,
        },
        optional=("interval", "readings", "note"),
        says="one thing that makes a condition so, and what makes that so in turn",
    ),
    "reading": fields(
        {
            "measure": TEXT,
            "stage": TEXT_OR_NULL,
            "run": TEXT_OR_NULL,
            "at": MOMENT_OR_NULL,
            "status": TEXT_OR_NULL,
            "evaluator": TEXT_OR_NULL,
            "source": TEXT_OR_NULL,
            "attributes": mapping(TEXT, "what it says of itself"),
            "n": {"type": ["integer", "null"]},
            "interval": INTERVAL,
            "other_subject": said(YES_NO, "it states another revision or configuration, and has no weight"),
            "qualifies": said(YES_NO, "whether it counts as evidence of safety; of danger it always does"),
            "why_not": {"type": ["array", "null"], "items": TEXT, "minItems": 1},
        }
    ),
    "level": fields({"at_least": TEXT, "at_most": TEXT, "because": _BECAUSE}),
    "action": fields(
        {
            "verdict": _VERDICT,
            "covered": said(YES_NO, "whether a rule speaks of it; without one it is not permitted"),
            "reasons": list_of("reason", "rules and vetoes that bear on it"),
            "outstanding": list_of("requirement", "requirements that are open"),
            "remedy": said(TEXTS, "all that would have to become true for it to be permitted"),
            "excepted": {
                "type": "array",
                "items": fields({"rule": TEXT, "exception": TEXT}),
                "description": "rules that an exception sets aside",
            },
        }
    ),
    "reason": fields(
        {
            "rule": said(TEXT_OR_NULL, "null for a veto"),
            "by": said(TEXT_OR_NULL, "of a veto, the role"),
            "effect": {"enum": ["forbid", "require", "notify", "veto"]},
            "fires": _FIRES,
            "waived": YES_NO,
            "requirement": TEXT_OR_NULL,
            "cites": TEXTS,
            "because": said(_BECAUSE, "what makes the rule fire; empty when it always does"),
        }
    ),
    "requirement": fields(
        {
            "rule": TEXT,
            "kind": {"enum": ["control", "approval", "consultation", "notification"]},
            "requirement": TEXT,
            "needs": said(TEXTS, "what it still needs"),
        }
    ),
    "obligation": fields(
        {
            "rule": said(TEXT, "the rule or duty"),
            "kind": {"enum": ["notify", "duty"]},
            "by": TEXT_OR_NULL,
            "to": TEXT_OR_NULL,
            "start": MOMENT_OR_NULL,
            "due": MOMENT_OR_NULL,
            "state": {"enum": ["met", "pending", "overdue", "possible"]},
            "done": MOMENT_OR_NULL,
            "note": TEXT_OR_NULL,
        }
    ),
    "advisory": fields(
        {"rule": TEXT, "strength": {"enum": ["aim", "recommend"]}, "fires": _FIRES, "because": _BECAUSE}
    ),
    "missing": {
        **fields(
            {
                "measure": TEXT,
                "category": TEXT,
                "parameter": TEXT,
                "attempts": {"const": True},
                "stage": TEXT_OR_NULL,
                "why": TEXT,
                "would_settle": said(TEXTS, "the actions whose verdict it leaves open"),
            },
            optional=("measure", "category", "parameter", "attempts"),
        ),
        "oneOf": [{"required": [name]} for name in ("measure", "category", "parameter", "attempts")],
    },
    "rejected": fields(
        {
            "kind": TEXT,
            "about": TEXT,
            "stage": TEXT_OR_NULL,
            "level": TEXT_OR_NULL,
            "by": TEXT_OR_NULL,
            "persons": TEXTS,
            "to": TEXT_OR_NULL,
            "at": MOMENT,
            "expires": MOMENT_OR_NULL,
            "source": TEXT_OR_NULL,
            "why": TEXT,
        },
        says="a dated fact that does not stand, and why",
    ),
}

PLACE: Schema = {
    "file": TEXT_OR_NULL,
    "line": {"type": ["integer", "null"], "minimum": 1},
    "column": {"type": ["integer", "null"], "minimum": 1},
}
DIAGNOSTIC = fields(
    {
        "code": {"type": "string", "pattern": "^[A-Z][0-9]{3}$"},
        "severity": {"enum": ["error", "warning"]},
        "message": TEXT,
        **PLACE,
        "note": TEXT_OR_NULL,
        "help": TEXT_OR_NULL,
        "labels": {"type": "array", "items": fields({**PLACE, "text": TEXT})},
    }
)


def decision_schema() -> Schema:
    """The schema of `policyc check --format json` under one policy."""
    return schema_of(DECISION, "A policy decided on evidence", _decision(), _DEFINITIONS)


def _decision() -> Schema:
    stages = mapping({"$ref": "#/$defs/level"}, f"by stage; `{UNSTAGED}` where the policy has no stages")
    return fields(
        {
            "schema": {"const": DECISION},
            "policy": {"$ref": "#/$defs/policy"},
            "subject": {"$ref": "#/$defs/subject"},
            "as_of": MOMENT,
            "scorecard": mapping(stages, "by category"),
            "actions": mapping({"$ref": "#/$defs/action"}, "by action"),
            "obligations": list_of("obligation", "what is to be told or done, by when, and whether it was"),
            "advisories": list_of("advisory", "rules that only advise, and fire"),
            "missing": list_of("missing", "evidence that is missing or not sharp enough"),
            "readings": list_of("reading", "every reading of a measure of the policy"),
            "rejected": list_of("rejected", "dated facts that do not stand"),
            "digest": said(DIGEST_TEXT, "over the rest of this document in RFC 8785"),
        }
    )


def decisions_schema() -> Schema:
    """The schema of `policyc check --format json` under several policies."""
    action = fields(
        {
            "verdict": said(_VERDICT, "the strictest"),
            "covered": said(YES_NO, "whether a rule of any policy speaks of it"),
            "caused_by": said(TEXTS, "the policies whose verdict it is; with the version where two have one name"),
        }
    )
    body = fields(
        {
            "schema": {"const": DECISIONS},
            "subject": {"$ref": "#/$defs/subject"},
            "as_of": MOMENT,
            "actions": mapping(action, "by action"),
            "side_by_side": mapping(
                mapping(
                    fields({"verdict": _VERDICT, "covered": YES_NO, "actions": TEXTS}),
                    "by policy: the strictest verdict on its actions of this kind",
                ),
                "what policies say of each surface and activity, in neutral terms, narrowest first",
            ),
            "policies": {"type": "array", "items": {"$ref": "#/$defs/decision"}, "minItems": 2},
            "digest": said(DIGEST_TEXT, "over the rest of this document in RFC 8785"),
        }
    )
    return schema_of(DECISIONS, "Several policies decided on evidence", body, {**_DEFINITIONS, "decision": _decision()})


def error_schema() -> Schema:
    """The schema of what is printed with `--format json` when nothing could be judged."""
    body = fields({"schema": {"const": ERROR}, "diagnostics": {"type": "array", "items": DIAGNOSTIC, "minItems": 1}})
    return schema_of(ERROR, "Why nothing was judged", body, {})


def tests_schema() -> Schema:
    """The schema of `policyc test --format json`."""
    test = fields(
        {
            "title": TEXT,
            "file": TEXT,
            "line": {"type": "integer", "minimum": 1},
            "passed": YES_NO,
            "diagnostics": {"type": "array", "items": DIAGNOSTIC},
        }
    )
    tested = fields(
        {
            "policy": _DEFINITIONS["policy"],
            "file": TEXT,
            "tests": {"type": "array", "items": test},
            "coverage": _covered(),
            "mutation": _mutated(),
        },
        optional=("coverage", "mutation"),
    )
    body = fields(
        {
            "schema": {"const": TESTS},
            "passed": COUNT,
            "failed": COUNT,
            "policies": {"type": "array", "items": tested, "minItems": 1},
        }
    )
    return schema_of(TESTS, "The tests of policies", body, {})


def _covered() -> Schema:
    point = fields({"kind": TEXT, "of": TEXT, "text": TEXT, "yes": COUNT, "no": COUNT, "covered": YES_NO})
    clause = fields({"name": TEXT, "title": TEXT, "cites": TEXTS, "by": TEXTS, "state": TEXT, "why": TEXT})
    return fields(
        {
            "points": {"type": "array", "items": point},
            "clauses": {"type": "array", "items": clause},
            "clauses_covered": COUNT,
            "clauses_encodable": COUNT,
        },
        says="with `--coverage`: in how many tests each question is answered yes and no",
    )


def _mutated() -> Schema:
    mutant = fields(
        {
            "file": TEXT,
            "line": {"type": "integer", "minimum": 1},
            "declaration": TEXT,
            "change": TEXT,
            "fate": {"enum": ["killed", "survived", "equivalent"]},
            "by": said(TEXT, "the test that noticed"),
        }
    )
    return fields(
        {"killed": COUNT, "mutants": COUNT, "each": {"type": "array", "items": mutant}},
        says="with `--mutate`: changes in one place, those that mean the same not counted",
    )


def digest_schema() -> Schema:
    """The schema of `policyc digest --format json`."""
    sums = fields({"count": COUNT, "parameters": COUNT}, says="tensors, and the numbers they have together")
    tensors = mapping(sums, "by type, from the headers of safetensors files")
    file = fields(
        {
            "name": said(TEXT, "in its folder, with `/`"),
            "size": said(COUNT, "in bytes"),
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "tensors": {"oneOf": [{"type": "null", "description": "no safetensors file"}, tensors]},
        }
    )
    part = fields(
        {
            "path": said(TEXT, "as it was named"),
            "digest": said(DIGEST_TEXT, "over the names, sizes and SHA-256 of its files"),
            "size": said(COUNT, "in bytes"),
            "tensors": tensors,
            "files": {"type": "array", "items": file, "minItems": 1},
            "notes": said(TEXTS, "what to know before relying on it"),
        }
    )
    body = fields(
        {
            "schema": {"const": DIGEST},
            "digest": said(DIGEST_TEXT, "of all parts together; of one part, that of the part"),
            "parts": {"type": "array", "items": part, "minItems": 1},
        }
    )
    return schema_of(DIGEST, "The digest of a model's files", body, {})


_GROWTH: Schema = {
    "type": ["object", "null"],
    "properties": {
        "limit": said(TEXT, "in FLOP, exact or rounded down"),
        "inclusive": said(YES_NO, "whether the reading still holds at the limit itself"),
        "left": said(NUMBER, "how many times what it is now compute may become; null where that is not stated"),
    },
    "required": ["limit", "inclusive", "left"],
    "additionalProperties": False,
    "description": "how far effective compute may grow; null where no compute limits it",
}


def agenda_schema() -> Schema:
    """The schema of `policyc due --format json`."""
    entry = fields(
        {
            "kind": {"enum": ["notification", "duty", "evaluation", "review"]},
            "name": said(TEXT, "the rule, duty, measure, category, control or action it is about"),
            "stage": TEXT_OR_NULL,
            "what": said(TEXT, "what is to be done, in words"),
            "who": said(TEXT_OR_NULL, "the role that is to do it"),
            "to": said(TEXT_OR_NULL, "the role that is to be told"),
            "why": said(TEXT, "the clause that asks for it"),
            "cites": TEXTS,
            "start": said(MOMENT_OR_NULL, "from when its time runs"),
            "due": MOMENT_OR_NULL,
            "days": {"type": ["integer", "null"], "description": "from the as-of day to the due day"},
            "state": {"enum": list(STATES)},
            "compute": _GROWTH,
            "note": TEXT_OR_NULL,
        }
    )
    listed = fields(
        {
            "policy": _DEFINITIONS["policy"],
            "entries": {"type": "array", "items": entry},
            "later": said(COUNT, "entries that come later than was asked for"),
            "compute": _GROWTH,
        }
    )
    body = fields(
        {
            "schema": {"const": AGENDA},
            "subject": _DEFINITIONS["subject"],
            "as_of": MOMENT,
            "until": said(MOMENT_OR_NULL, "what comes after this is left out"),
            "counts": fields({state.replace(" ", "_"): COUNT for state in STATES}, says="entries by state"),
            "policies": {"type": "array", "items": listed, "minItems": 1},
            "digest": said(DIGEST_TEXT, "over the rest of this document in RFC 8785"),
        }
    )
    return schema_of(AGENDA, "What is overdue, due and coming under policies", body, {})
