"""Evidence written as a document of its schema, so that a random case can be kept in a file and read again."""

import dataclasses
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from policylang.clocks import Moment
from policylang.evidence.facts import Evidence, Reading
from policylang.evidence.merge import read_evidence
from policylang.kinds import Quantity, Unit, exact_text
from policylang.source import Source

SECTIONS = {
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


def evidence_text(evidence: Evidence) -> str:
    """Evidence as a JSON document."""
    document: dict[str, Any] = {"schema": "policylang/evidence/v1", "subject": said(evidence.subject)}
    document["readings"] = [said(reading) for reading in evidence.readings]
    for fact in evidence.facts:
        section, about = SECTIONS[fact.kind]
        fields = said(fact)
        fields[about] = fields.pop("about")
        del fields["kind"]
        if fact.kind in ("attestation", "approval", "consultation", "veto", "event", "duty"):
            fields.pop("stage", None)
        document.setdefault(section, []).append(fields)
    if evidence.holidays:
        document["holidays"] = sorted(str(day) for day in evidence.holidays)
    return json.dumps(document, indent=1)


def read_again(evidence: Evidence) -> Evidence:
    """Evidence as it comes back from its document."""
    return read_evidence([Source(name="evidence.json", text=evidence_text(evidence))])


def said(item: Any) -> dict[str, Any]:
    """The fields of an item that say something."""
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item) if field.name != "place"}
    fields = {name: written(value) for name, value in values.items() if value not in (None, (), {})}
    if isinstance(item, Reading) and not item.attributes:
        fields.pop("attributes", None)
    for name in ("effective_compute",):
        if name in fields:
            fields[name] += " FLOP"
    return fields


def written(value: object) -> Any:
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
            return [written(part) for part in value]
        case Mapping():
            return {name: written(part) for name, part in value.items()}
        case _:
            return value
