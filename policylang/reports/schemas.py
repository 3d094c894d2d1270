"""The JSON Schemas (2020-12) of what is printed with `--format json`: what each key says, to write a reader by."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from policylang.decide.agenda import STATES
from policylang.decide.decision import Verdict
from policylang.reports.agenda import AGENDA
from policylang.reports.digest import DIGEST
from policylang.reports.json import DECISION, DECISIONS, ERROR, UNSTAGED
from policylang.reports.tests import TESTS

Schema: TypeAlias = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_YES_NO: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {
    "type": ["string", "null"],
    "pattern": r"^-?[0-9]+(\.[0-9]+)?(e[0-9]+)?$",
    "description": "exact decimal text in base units (a proportion, seconds, FLOP), rounded outward to 12 places "
    "where it has no end; null where the interval has none",
}
_INTERVAL: Schema = {"type": "array", "prefixItems": [_NUMBER, _NUMBER], "items": False, "minItems": 2}
_DIGEST: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_MOMENT: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$",
    "description": "a day, or an instant, in UTC",
}
_MOMENT_OR_NULL: Schema = {**_MOMENT, "type": ["string", "null"]}
_FIRES: Schema = {"enum": ["definitely", "possibly"]}
_VERDICT: Schema = {"enum": [verdict.value for verdict in Verdict]}


def _object(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = (), says: str = "") -> Schema:
    """A mapping with these keys and no others."""
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
    return {"description": says, **schema} if says else schema


def _list(name: str, says: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "description": says}


def _mapping(of: Schema, says: str) -> Schema:
    return {"type": "object", "additionalProperties": of, "description": says}


def _said(schema: Schema, says: str) -> Schema:
    return {**schema, "description": says}


_BECAUSE = _list("because", "what makes it so")

_DEFINITIONS: Schema = {
    "policy": _object({"name": _TEXT, "title": _TEXT, "version": _TEXT, "digest": _DIGEST}),
    "subject": _object(
        {
            "model": _TEXT,
            "revision": _TEXT_OR_NULL,
            "configuration": _TEXT_OR_NULL,
            "attempt": {"type": ["integer", "null"]},
            "effective_compute": _TEXT_OR_NULL,
        }
    ),
    "because": _object(
        {
            "text": _said(_TEXT, "in the policy's words"),
            "is": _FIRES,
            "interval": _said(_INTERVAL, "what it was judged on"),
            "readings": _list("reading", "the readings that give the ends of the interval, or qualify"),
            "note": _TEXT,
            "because": _BECAUSE,
        },
        optional=("interval", "readings", "note"),
        says="one thing that makes a condition so, and what makes that so in turn",
    ),
    "reading": _object(
        {
            "measure": _TEXT,
            "stage": _TEXT_OR_NULL,
            "run": _TEXT_OR_NULL,
            "at": _MOMENT_OR_NULL,
            "status": _TEXT_OR_NULL,
            "evaluator": _TEXT_OR_NULL,
            "source": _TEXT_OR_NULL,
            "attributes": _mapping(_TEXT, "what it says of itself"),
            "n": {"type": ["integer", "null"]},
            "interval": _INTERVAL,
            "other_subject": _said(_YES_NO, "it states another revision or configuration, and has no weight"),
            "qualifies": _said(_YES_NO, "whether it counts as evidence of safety; of danger it always does"),
            "why_not": {"type": ["array", "null"], "items": _TEXT, "minItems": 1},
        }
    ),
    "level": _object({"at_least": _TEXT, "at_most": _TEXT, "because": _BECAUSE}),
    "action": _object(
        {
            "verdict": _VERDICT,
            "covered": _said(_YES_NO, "whether a rule speaks of it; without one it is not permitted"),
            "reasons": _list("reason", "rules and vetoes that bear on it"),
            "outstanding": _list("requirement", "requirements that are open"),
            "remedy": _said(_TEXTS, "all that would have to become true for it to be permitted"),
            "excepted": {
                "type": "array",
                "items": _object({"rule": _TEXT, "exception": _TEXT}),
                "description": "rules that an exception sets aside",
            },
        }
    ),
    "reason": _object(
        {
            "rule": _said(_TEXT_OR_NULL, "null for a veto"),
            "by": _said(_TEXT_OR_NULL, "of a veto, the role"),
            "effect": {"enum": ["forbid", "require", "notify", "veto"]},
            "fires": _FIRES,
            "waived": _YES_NO,
            "requirement": _TEXT_OR_NULL,
            "cites": _TEXTS,
            "because": _said(_BECAUSE, "what makes the rule fire; empty when it always does"),
        }
    ),
    "requirement": _object(
        {
            "rule": _TEXT,
            "kind": {"enum": ["control", "approval", "consultation", "notification"]},
            "requirement": _TEXT,
            "needs": _said(_TEXTS, "what it still needs"),
        }
    ),
    "obligation": _object(
        {
            "rule": _said(_TEXT, "the rule or duty"),
            "kind": {"enum": ["notify", "duty"]},
            "by": _TEXT_OR_NULL,
            "to": _TEXT_OR_NULL,
            "start": _MOMENT_OR_NULL,
            "due": _MOMENT_OR_NULL,
            "state": {"enum": ["met", "pending", "overdue", "possible"]},
            "done": _MOMENT_OR_NULL,
            "note": _TEXT_OR_NULL,
        }
    ),
    "advisory": _object(
        {"rule": _TEXT, "strength": {"enum": ["aim", "recommend"]}, "fires": _FIRES, "because": _BECAUSE}
    ),
    "missing": {
        **_object(
            {
                "measure": _TEXT,
                "category": _TEXT,
                "parameter": _TEXT,
                "attempts": {"const": True},
                "stage": _TEXT_OR_NULL,
                "why": _TEXT,
                "would_settle": _said(_TEXTS, "the actions whose verdict it leaves open"),
            },
            optional=("measure", "category", "parameter", "attempts"),
        ),
        "oneOf": [{"required": [name]} for name in ("measure", "category", "parameter", "attempts")],
    },
    "rejected": _object(
        {
            "kind": _TEXT,
            "about": _TEXT,
            "stage": _TEXT_OR_NULL,
            "level": _TEXT_OR_NULL,
            "by": _TEXT_OR_NULL,
            "persons": _TEXTS,
            "to": _TEXT_OR_NULL,
            "at": _MOMENT,
            "expires": _MOMENT_OR_NULL,
            "source": _TEXT_OR_NULL,
            "why": _TEXT,
        },
        says="a dated fact that does not stand, and why",
    ),
}

_PLACE: Schema = {
    "file": _TEXT_OR_NULL,
    "line": {"type": ["integer", "null"], "minimum": 1},
    "column": {"type": ["integer", "null"], "minimum": 1},
}
_DIAGNOSTIC = _object(
    {
        "code": {"type": "string", "pattern": "^[A-Z][0-9]{3}$"},
        "severity": {"enum": ["error", "warning"]},
        "message": _TEXT,
        **_PLACE,
        "note": _TEXT_OR_NULL,
        "help": _TEXT_OR_NULL,
        "labels": {"type": "array", "items": _object({**_PLACE, "text": _TEXT})},
    }
)


def decision_schema() -> Schema:
    """The schema of `policyc check --format json` under one policy."""
    return _document(DECISION, "A policy decided on evidence", _decision(), _DEFINITIONS)


def _decision() -> Schema:
    stages = _mapping({"$ref": "#/$defs/level"}, f"by stage; `{UNSTAGED}` where the policy has no stages")
    return _object(
        {
            "schema": {"const": DECISION},
            "policy": {"$ref": "#/$defs/policy"},
            "subject": {"$ref": "#/$defs/subject"},
            "as_of": _MOMENT,
            "scorecard": _mapping(stages, "by category"),
            "actions": _mapping({"$ref": "#/$defs/action"}, "by action"),
            "obligations": _list("obligation", "what is to be told or done, by when, and whether it was"),
            "advisories": _list("advisory", "rules that only advise, and fire"),
            "missing": _list("missing", "evidence that is missing or not sharp enough"),
            "readings": _list("reading", "every reading of a measure of the policy"),
            "rejected": _list("rejected", "dated facts that do not stand"),
            "digest": _said(_DIGEST, "over the rest of this document in RFC 8785"),
        }
    )


def decisions_schema() -> Schema:
    """The schema of `policyc check --format json` under several policies."""
    action = _object(
        {
            "verdict": _said(_VERDICT, "the strictest"),
            "covered": _said(_YES_NO, "whether a rule of any policy speaks of it"),
            "caused_by": _said(_TEXTS, "the policies whose verdict it is; with the version where two have one name"),
        }
    )
    body = _object(
        {
            "schema": {"const": DECISIONS},
            "subject": {"$ref": "#/$defs/subject"},
            "as_of": _MOMENT,
            "actions": _mapping(action, "by action"),
            "policies": {"type": "array", "items": {"$ref": "#/$defs/decision"}, "minItems": 2},
            "digest": _said(_DIGEST, "over the rest of this document in RFC 8785"),
        }
    )
    return _document(DECISIONS, "Several policies decided on evidence", body, {**_DEFINITIONS, "decision": _decision()})


def error_schema() -> Schema:
    """The schema of what is printed with `--format json` when nothing could be judged."""
    body = _object({"schema": {"const": ERROR}, "diagnostics": {"type": "array", "items": _DIAGNOSTIC, "minItems": 1}})
    return _document(ERROR, "Why nothing was judged", body, {})


def tests_schema() -> Schema:
    """The schema of `policyc test --format json`."""
    test = _object(
        {
            "title": _TEXT,
            "file": _TEXT,
            "line": {"type": "integer", "minimum": 1},
            "passed": _YES_NO,
            "diagnostics": {"type": "array", "items": _DIAGNOSTIC},
        }
    )
    tested = _object({"policy": _DEFINITIONS["policy"], "file": _TEXT, "tests": {"type": "array", "items": test}})
    body = _object(
        {
            "schema": {"const": TESTS},
            "passed": _COUNT,
            "failed": _COUNT,
            "policies": {"type": "array", "items": tested, "minItems": 1},
        }
    )
    return _document(TESTS, "The tests of policies", body, {})


def digest_schema() -> Schema:
    """The schema of `policyc digest --format json`."""
    sums = _object({"count": _COUNT, "parameters": _COUNT}, says="tensors, and the numbers they have together")
    tensors = _mapping(sums, "by type, from the headers of safetensors files")
    file = _object(
        {
            "name": _said(_TEXT, "in its folder, with `/`"),
            "size": _said(_COUNT, "in bytes"),
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "tensors": {"oneOf": [{"type": "null", "description": "no safetensors file"}, tensors]},
        }
    )
    part = _object(
        {
            "path": _said(_TEXT, "as it was named"),
            "digest": _said(_DIGEST, "over the names, sizes and SHA-256 of its files"),
            "size": _said(_COUNT, "in bytes"),
            "tensors": tensors,
            "files": {"type": "array", "items": file, "minItems": 1},
            "notes": _said(_TEXTS, "what to know before relying on it"),
        }
    )
    body = _object(
        {
            "schema": {"const": DIGEST},
            "digest": _said(_DIGEST, "of all parts together; of one part, that of the part"),
            "parts": {"type": "array", "items": part, "minItems": 1},
        }
    )
    return _document(DIGEST, "The digest of a model's files", body, {})


_GROWTH: Schema = {
    "type": ["object", "null"],
    "properties": {
        "limit": _said(_TEXT, "in FLOP, exact or rounded down"),
        "inclusive": _said(_YES_NO, "whether the reading still holds at the limit itself"),
        "left": _said(_NUMBER, "how many times what it is now compute may become; null where that is not stated"),
    },
    "required": ["limit", "inclusive", "left"],
    "additionalProperties": False,
    "description": "how far effective compute may grow; null where no compute limits it",
}


def agenda_schema() -> Schema:
    """The schema of `policyc due --format json`."""
    entry = _object(
        {
            "kind": {"enum": ["notification", "duty", "evaluation", "review"]},
            "name": _said(_TEXT, "the rule, duty, measure, category, control or action it is about"),
            "stage": _TEXT_OR_NULL,
            "what": _said(_TEXT, "what is to be done, in words"),
            "who": _said(_TEXT_OR_NULL, "the role that is to do it"),
            "to": _said(_TEXT_OR_NULL, "the role that is to be told"),
            "why": _said(_TEXT, "the clause that asks for it"),
            "cites": _TEXTS,
            "start": _said(_MOMENT_OR_NULL, "from when its time runs"),
            "due": _MOMENT_OR_NULL,
            "days": {"type": ["integer", "null"], "description": "from the as-of day to the due day"},
            "state": {"enum": list(STATES)},
            "compute": _GROWTH,
            "note": _TEXT_OR_NULL,
        }
    )
    listed = _object(
        {
            "policy": _DEFINITIONS["policy"],
            "entries": {"type": "array", "items": entry},
            "later": _said(_COUNT, "entries that come later than was asked for"),
            "compute": _GROWTH,
        }
    )
    body = _object(
        {
            "schema": {"const": AGENDA},
            "subject": _DEFINITIONS["subject"],
            "as_of": _MOMENT,
            "until": _said(_MOMENT_OR_NULL, "what comes after this is left out"),
            "counts": _object({state.replace(" ", "_"): _COUNT for state in STATES}, says="entries by state"),
            "policies": {"type": "array", "items": listed, "minItems": 1},
            "digest": _said(_DIGEST, "over the rest of this document in RFC 8785"),
        }
    )
    return _document(AGENDA, "What is overdue, due and coming under policies", body, {})


def _document(name: str, title: str, body: Schema, definitions: Schema) -> Schema:
    schema: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{name.replace('/', ':')}",
        "title": title,
        **body,
    }
    return {**schema, "$defs": dict(definitions)} if definitions else schema
