"""Policy as code for frontier-AI safety frameworks: load a policy, read evidence, decide."""

from policylang.clocks import Moment, parse_moment
from policylang.decide import Decision, Verdict, decide
from policylang.diagnostics import Diagnostic, EvidenceError, PolicyError
from policylang.evidence.admit import admit
from policylang.evidence.facts import Evidence, Fact, Reading, Subject
from policylang.files import Loaded, load, read_evidence
from policylang.graph import Graph
from policylang.source import Place, Source, Span

__all__ = [
    "Decision",
    "Diagnostic",
    "Evidence",
    "EvidenceError",
    "Fact",
    "Graph",
    "Loaded",
    "Moment",
    "Place",
    "PolicyError",
    "Reading",
    "Source",
    "Span",
    "Subject",
    "Verdict",
    "admit",
    "decide",
    "load",
    "parse_moment",
    "read_evidence",
]
