"""Evidence written as a document of its schema, every value as text: what is written is read back as the same."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from policylang.clocks import Moment
from policylang.evidence.facts import Evidence, Fact, Reading, Subject
from policylang.evidence.forms import SCHEMA
from policylang.kinds import Quantity, Unit, exact_text

_SECTIONS = {
    "assessment": ("assessments", "category"),
    "attestation": ("attestations", "control"),
    "approval": ("approvals", "of"),
    "consultation": ("consultations", "of"),
    "notification": ("notifications", "rule"),
    "event": ("events", "event"),
    "duty": ("duties", "duty"),
    "veto": ("vetoes", "of"),
    "waiver": ("waivers", "rule"),
}
_UNSTAGED = ("attestation", "approval", "consultation", "veto", "event", "duty")


def document(evidence: Evidence) -> dict[str, Any]:
    """A document of the schema of evidence; a register of runs is a file of its own and does not stand in it."""
    found: dict[str, Any] = {"schema": SCHEMA, "subject": _said(evidence.subject)}
    found["readings"] = [_said(reading) for reading in evidence.readings]
    for fact in evidence.facts:
        section, about = _SECTIONS[fact.kind]
        fields = _said(fact)
        fields[about] = fields.pop("about")
        del fields["kind"]
        if fact.kind in _UNSTAGED:
            fields.pop("stage", None)
        found.setdefault(section, []).append(fields)
    if evidence.holidays:
        found["holidays"] = sorted(str(day) for day in evidence.holidays)
    return found


def json_text(evidence: Evidence) -> str:
    """Evidence as a file of JSON."""
    return json.dumps(document(evidence), indent=1) + "\n"


def yaml_text(evidence: Evidence, remarks: Iterable[str] = ()) -> str:
    """Evidence as a file of YAML, below remarks of one line each."""
    import yaml  # writing is the exception

    said = "".join(f"# {remark}\n" if remark else "#\n" for remark in remarks)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    form: dict[str, Any] = {"sort_keys": False, "allow_unicode": False, "width": 110, "default_flow_style": False}
    body: str = yaml.dump(document(evidence), Dumper=dumper, **form)
    return said + body


def _said(item: Subject | Reading | Fact) -> dict[str, Any]:
    """The fields of an item that say something."""
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item) if field.name != "place"}
    fields = {name: _written(value) for name, value in values.items() if value not in (None, (), {})}
    if "effective_compute" in fields:
        fields["effective_compute"] += " FLOP"
    return fields


def _written(value: object) -> Any:
    """A value as text or a list or mapping of texts."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Fraction():
            return exact_text(value)
        case Quantity():
            unit = f"{value.unit}s" if len(value.unit) > 4 else value.unit
            return f"{exact_text(value.number)}{'' if value.unit in (Unit.PERCENT, Unit.FACTOR) else ' '}{unit}".strip()
        case Moment():
            return str(value)
        case tuple():
            return [_written(part) for part in value]
        case Mapping():
            return {name: _written(part) for name, part in value.items()}
        case _:
            return value
