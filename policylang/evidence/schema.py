"""What a file of evidence may say: its sections and their fields, checked by pydantic, and shown as a JSON Schema.

One table says it all. From it come the strict validators, made by pydantic's core when a section is first met (the
models of pydantic proper would take longer to build than a decision takes), and the JSON Schema that people write by.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import ErrorDetails, SchemaValidator, ValidationError

from policylang.diagnostics import nearest
from policylang.evidence import forms
from policylang.evidence.document import Document, Findings, Path, path_text, shown
from policylang.evidence.forms import Form, Schema, Wrong

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

_MAX_FIELDS = 100  # an item with more of them is not checked field by field


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of an item: how it is read, what it says, and how it may look."""

    form: Form
    says: str
    example: object
    required: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One kind of item: what it records and its fields."""

    says: str
    fields: Mapping[str, Field]


def _field(form: Form, says: str, example: object) -> Field:
    return Field(form=form, says=says, example=example)


def _required(form: Form, says: str, example: object) -> Field:
    return Field(form=form, says=says, example=example, required=True)


_STAGE = _field(
    forms.NAME, "the stage of the policy it was found at; none where the policy has no stages", "post_mitigation"
)
_BY = _required(forms.NAME, "the role that acted", "safety_advisory_group")
_BY_IF_KNOWN = _field(forms.NAME, "the role that acted", "leadership")
_PERSONS = _field(
    forms.NAMES, "the persons who acted for the role; one person counts once for a requirement", ["A. Lee"]
)
_AT = _required(forms.MOMENT, "when: a day, or an instant with its offset from UTC", "2026-10-20T09:00:00Z")
_READ_AT = _field(
    forms.MOMENT, "when it was measured: a day, or an instant with its offset from UTC", "2026-10-20T09:00:00Z"
)
_EXPIRES = _field(forms.MOMENT, "until when it holds; by default as long as the policy says", "2027-04-20")
_SOURCE = _field(forms.TEXT, "where it is recorded: a file, a link, a page", "minutes/2026-10-25.pdf")
_REVISION = _field(forms.NAME, "the weights, best as a digest", "sha256:9f86d081")
_CONFIGURATION = _field(
    forms.NAME, "the safeguards in place, the surface and the audience, best as a digest", "sha256:17e6c52a"
)
_ATTEMPT = _field(forms.COUNT, "how many times mitigations have been attempted", 2)
_COMPUTE = _field(forms.COMPUTE, "effective compute", "3.1e24 FLOP")


def _fact(says: str, fields: Mapping[str, Field]) -> Section:
    return Section(says=says, fields={**fields, "source": _SOURCE})


SUBJECT = Section(
    says="what is judged; stated in one of the files at least, and alike in all that state it",
    fields={
        "model": _required(forms.NAME, "the name of the model", "acme-7b"),
        "revision": _REVISION,
        "configuration": _CONFIGURATION,
        "attempt": _ATTEMPT,
        "effective_compute": _COMPUTE,
    },
)

READING = Section(
    says=(
        "one result of one run for one measure and stage. It gives `successes` of `n` units, or `units` (an outcome "
        "for each), or a `value`, or an `interval`"
    ),
    fields={
        "measure": _required(forms.NAME, "the measure of the policy", "ctf_professional"),
        "stage": _STAGE,
        "n": _field(forms.COUNT, "units planned", 40),
        "scored": _field(forms.COUNT, "units judged; by default all that were not refused, unanswered or errored", 40),
        "successes": _field(forms.COUNT, "units judged with the outcome that the measure counts", 5),
        "refused": _field(forms.COUNT, "units not judged because the model refused", 0),
        "no_answer": _field(forms.COUNT, "units not judged because no answer was found", 0),
        "errored": _field(forms.COUNT, "units not judged because of an error or a limit", 0),
        "units": _field(
            forms.UNITS, "an outcome between 0 and 1 for each unit judged, by its name", {"task_1": 1, "task_2": 0.5}
        ),
        "value": _field(forms.RESULT, "a bare result, in the unit of the measure", "30%"),
        "interval": _field(forms.INTERVAL, "the result as an interval of its own", ["12%", "30%"]),
        "at": _READ_AT,
        "effective_compute": _field(forms.COMPUTE, "effective compute of the model that was measured", "2.9e24 FLOP"),
        "attributes": _field(
            forms.ATTRIBUTES,
            "what the policy asks to know of a reading",
            {"elicitation": "fine_tuned", "held_out": "yes"},
        ),
        "status": _field(forms.NAME, "how the run ended; only `success` counts as evidence of safety", "success"),
        "run": _field(forms.NAME, "the identifier of the run", "8WbXk2"),
        "looks": _field(
            forms.COUNT, "how often its results were looked at, by whoever could have ended it then; by default once", 5
        ),
        "evaluator": _field(forms.TEXT, "what measured it, with its version", "inspect 0.3.285"),
        "source": _field(forms.TEXT, "the log it was taken from", "logs/cybench.eval"),
        "revision": _REVISION,
        "configuration": _CONFIGURATION,
        "attempt": _ATTEMPT,
        "faults": _field(
            forms.TEXTS,
            "what its log shows to be wrong with the run: with any of it, it is no evidence of safety",
            ["38 of 40 planned units were scored"],
        ),
    },
)

_PERSONAL = {"by": _BY, "persons": _PERSONS, "at": _AT, "expires": _EXPIRES}

FACTS = {
    "assessments": _fact(
        "a level that a role set by judgement",
        {
            "category": _required(forms.NAME, "the category of the policy", "cybersecurity"),
            "stage": _STAGE,
            "level": _required(forms.NAME, "the level, of the ladder of the category", "medium"),
            **_PERSONAL,
            "basis": _field(forms.BASIS, "what the judgement rests on", "measured"),
        },
    ),
    "attestations": _fact(
        "a control that a role vouches for",
        {
            "control": _required(forms.NAME, "the control of the policy", "weight_security"),
            "level": _field(forms.NAME, "the level, where the control has a ladder", "sl3"),
            **_PERSONAL,
        },
    ),
    "approvals": _fact(
        "an action that a role approved",
        {"of": _required(forms.NAME, "the action; `deploy` covers every `deploy.…`", "deploy.external"), **_PERSONAL},
    ),
    "consultations": _fact(
        "an action that a role was consulted on",
        {"of": _required(forms.NAME, "the action; `deploy` covers every `deploy.…`", "deploy.external"), **_PERSONAL},
    ),
    "notifications": _fact(
        "a role that was told of a rule that fired",
        {
            "to": _required(forms.NAME, "the role that was told", "board"),
            "rule": _required(forms.NAME, "the rule that asks for it", "board_in_the_loop"),
            "at": _AT,
            "by": _BY_IF_KNOWN,
        },
    ),
    "events": _fact(
        "something that happened",
        {"event": _required(forms.NAME, "the event of the policy", "breakthrough"), "at": _AT, "by": _BY_IF_KNOWN},
    ),
    "duties": _fact(
        "a duty that was performed",
        {
            "duty": _required(forms.NAME, "the duty of the policy", "progress_report"),
            "by": _BY,
            "at": _AT,
            "to": _field(forms.NAMES, "the role it was done for", "board"),
        },
    ),
    "vetoes": _fact(
        "an action that a role vetoed",
        {
            "of": _required(forms.NAME, "the action; `deploy` covers every `deploy.…`", "deploy.external"),
            **_PERSONAL,
            "reason": _field(forms.TEXT, "why", "the red team is not done"),
        },
    ),
    "waivers": _fact(
        "a rule that a role waived",
        {
            "rule": _required(forms.NAME, "the rule of the policy", "advisory_review"),
            **_PERSONAL,
            "reason": _field(forms.TEXT, "why", "a fix of a vulnerability, no new capability"),
            "actions": _field(forms.NAMES, "the actions it is waived for; all when none is named", ["deploy.internal"]),
        },
    ),
}

_VERSION = _required(forms.VERSION, "the version of this schema", forms.SCHEMA)
_HOLIDAYS = _field(forms.DATES, "days that are no business days", ["2026-12-25", "2027-01-01"])
_LISTS = ("readings", *FACTS)
_TOP = ("schema", "subject", *_LISTS, "holidays")


class Checker:
    """What one document says, checked section by section; what is wrong goes to its findings."""

    def __init__(self, document: Document, findings: Findings) -> None:
        """Check one document."""
        self.document = document
        self.findings = findings

    def top(self) -> dict[str, Any]:
        """The top level of the file, its sections not yet looked into."""
        return self._checked(_top_validator(), self.document.root, ()) or {}

    def item(self, name: str, value: object, path: Path) -> dict[str, Any] | None:
        """The fields of one item of a section (or the subject), read; None when one of them is wrong."""
        return self._checked(_item_validator(name), value, path)

    def _checked(self, validator: SchemaValidator, value: object, path: Path) -> dict[str, Any] | None:
        if isinstance(value, dict) and len(value) > _MAX_FIELDS:
            message = f"{_named(path)} has {len(value)} fields, {_MAX_FIELDS} are read"
            self.findings.add("E113", message, self.document.value(path), help=_known(path))
            return None
        try:
            checked = validator.validate_python(value)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                self._report(problem, path)
            return None
        return {name: entry for name, entry in checked.items() if entry is not None}

    def _report(self, problem: ErrorDetails, path: Path) -> None:
        """Say in our words, with code, place and remedy, what pydantic found."""
        inner = (*path, *problem["loc"])
        field = str(inner[-1]) if inner else ""
        at = self.document.value(inner)
        match problem["type"], problem.get("ctx", {}).get("error"):
            case _, Wrong() as wrong:
                inner = (*inner, *wrong.at)
                at = self.document.value(inner)
                self.findings.add(wrong.code, f"`{path_text(inner)}` {wrong.message}", at, help=wrong.remedy)
            case "missing", _:
                missing = _fields(path)[field]
                message = f"{_named(path)} has no `{field}`: {missing.says}"
                self.findings.add("E114", message, at, help=f"add `{field}: {missing.example}`")
            case "extra_forbidden", _:
                message = f"{_named(path)} has no field {shown(field)}"
                self.findings.add("E113", message, self.document.key(inner), help=nearest(field, _fields(path)))
            case "list_type", _:
                message = f"`{path_text(inner)}` must be a list"
                self.findings.add("E111", message, at, help="put `-` before each item, or write `[]` for none")
            case _:
                message = f"{_named(inner)} must be a mapping of fields to values"
                self.findings.add("E111", message, at, help=_known(path))


def evidence_schema() -> Schema:
    """The JSON Schema (2020-12) of a file of evidence, with descriptions and examples to write one by."""
    properties: Schema = {
        "schema": _field_schema(_VERSION),
        "subject": {"anyOf": [{"$ref": "#/$defs/subject"}, {"type": "null"}]},
    }
    definitions: Schema = {"outcome": forms.OUTCOME, "subject": _section_schema(SUBJECT)}
    for name in _LISTS:
        section = _section(name)
        definitions[name] = _section_schema(section)
        items = {"$ref": f"#/$defs/{name}"}
        properties[name] = {"type": ["array", "null"], "items": items, "description": f"each item: {section.says}"}
    definitions["readings"] = {**_section_schema(READING), "oneOf": [_gives(*names) for names in _RESULTS]}
    properties["holidays"] = _field_schema(_HOLIDAYS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{forms.SCHEMA.replace('/', ':')}",
        "title": "Evidence for a policy",
        "description": (
            "What is known about one model: readings and dated facts. A file is YAML or JSON, and any number of files "
            "are merged. Every value is read as text, so quotes are optional; null means that a field is not given."
        ),
        "type": "object",
        "properties": properties,
        "required": ["schema"],
        "additionalProperties": False,
        "examples": [_EXAMPLE],
        "$defs": definitions,
    }


_EXAMPLE = {
    "schema": forms.SCHEMA,
    "subject": {"model": "acme-7b", "attempt": 2, "effective_compute": "3.1e24 FLOP"},
    "readings": [
        {
            "measure": "ctf_professional",
            "stage": "pre_mitigation",
            "n": 40,
            "successes": 5,
            "at": "2026-10-20T09:00:00Z",
            "attributes": {"elicitation": "fine_tuned", "held_out": "yes"},
            "status": "success",
            "run": "8WbXk2",
        }
    ],
    "approvals": [{"of": "deploy.external", "by": "safety_advisory_group", "at": "2026-10-25"}],
}
_RESULTS = (("n", "successes"), ("units",), ("value",), ("interval",))


def _gives(*names: str) -> Schema:
    return {"required": list(names), "properties": {name: {"not": {"type": "null"}} for name in names}}


def _section(name: str) -> Section:
    return {"subject": SUBJECT, "readings": READING}.get(name) or FACTS[name]


def _section_schema(section: Section) -> Schema:
    return {
        "type": "object",
        "description": section.says,
        "properties": {name: _field_schema(field) for name, field in section.fields.items()},
        "required": [name for name, field in section.fields.items() if field.required],
        "additionalProperties": False,
    }


def _field_schema(field: Field) -> Schema:
    schema = {**field.form.schema, "description": field.says, "examples": [field.example]}
    if field.required:
        return schema
    types = schema.get("type")
    if isinstance(types, list):
        schema["type"] = [*types, "null"]
    elif types is not None:
        schema["type"] = [types, "null"]
    if isinstance(choices := schema.get("enum"), list):
        schema["enum"] = [*choices, None]
    return schema


@functools.cache
def _top_validator() -> SchemaValidator:
    anything = {"type": "nullable", "schema": {"type": "list", "items_schema": {"type": "any"}}}
    fields: dict[str, object] = {name: _typed(anything, required=False) for name in _LISTS}
    fields["subject"] = _typed({"type": "any"}, required=False)
    fields["schema"] = _typed(_reader(_VERSION), required=True)
    fields["holidays"] = _typed(_reader(_HOLIDAYS), required=False)
    return _validator(fields)


@functools.cache
def _item_validator(name: str) -> SchemaValidator:
    fields = _section(name).fields
    return _validator({name: _typed(_reader(field), required=field.required) for name, field in fields.items()})


def _validator(fields: dict[str, object]) -> SchemaValidator:
    schema = {"type": "typed-dict", "fields": fields, "extra_behavior": "forbid", "config": {"strict": True}}
    return SchemaValidator(cast("CoreSchema", schema))


def _typed(schema: Mapping[str, object], *, required: bool) -> dict[str, object]:
    return {"type": "typed-dict-field", "schema": schema, "required": required}


def _reader(field: Field) -> dict[str, object]:
    read: dict[str, object] = {"type": "function-plain", "function": {"type": "no-info", "function": field.form.read}}
    return read if field.required else {"type": "nullable", "schema": read}


def _fields(path: Path) -> Mapping[str, Field]:
    if not path:
        return dict.fromkeys(_TOP, _VERSION)
    return _section(str(path[0])).fields


def _known(path: Path) -> str:
    fields = [f"`{name}`" for name in _fields(path)]
    return f"its fields are {', '.join(fields)}"


def _named(path: Path) -> str:
    return f"`{path_text(path)}`" if path else "the file"
