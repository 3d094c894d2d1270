"""Evidence through a document of its schema and back."""

from policylang.evidence.facts import Evidence
from policylang.evidence.merge import read_evidence
from policylang.evidence.writer import json_text as evidence_text
from policylang.evidence.writer import yaml_text
from policylang.source import Source

__all__ = ["evidence_text", "read_again"]


def read_again(evidence: Evidence, *, yaml: bool = False) -> Evidence:
    """Evidence as it comes back from its document."""
    name, text = ("evidence.yaml", yaml_text(evidence)) if yaml else ("evidence.json", evidence_text(evidence))
    return read_evidence([Source(name=name, text=text)])
