"""Policy as code for frontier-AI safety frameworks: load a policy, read evidence, decide.

    import policylang
    from policylang.decide import decide

    policy = policylang.load("acme.policy")
    evidence = policylang.read_evidence(["evidence.yaml"])
    decision = decide(policy.graph, evidence, policylang.parse_moment("2026-11-22"))

Names are fetched when they are first used, so that a command loads only what it needs.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policylang.clocks import Moment, parse_moment
    from policylang.decide import Decision, Verdict
    from policylang.decide.repeated import Decider, Outcome
    from policylang.diagnostics import Diagnostic, EvidenceError, PolicyError
    from policylang.evidence.admit import admit
    from policylang.evidence.facts import Evidence, Fact, Reading, Subject
    from policylang.files import Loaded, load, read_evidence
    from policylang.graph import Graph
    from policylang.source import Place, Source, Span

_HOMES = {
    "Decider": "decide.repeated",
    "Decision": "decide",
    "Diagnostic": "diagnostics",
    "Evidence": "evidence.facts",
    "EvidenceError": "diagnostics",
    "Fact": "evidence.facts",
    "Graph": "graph",
    "Loaded": "files",
    "Moment": "clocks",
    "Outcome": "decide.repeated",
    "Place": "source",
    "PolicyError": "diagnostics",
    "Reading": "evidence.facts",
    "Source": "source",
    "Span": "source",
    "Subject": "evidence.facts",
    "Verdict": "decide",
    "admit": "evidence.admit",
    "load": "files",
    "parse_moment": "clocks",
    "read_evidence": "files",
}

__all__ = [
    "Decider",
    "Decision",
    "Diagnostic",
    "Evidence",
    "EvidenceError",
    "Fact",
    "Graph",
    "Loaded",
    "Moment",
    "Outcome",
    "Place",
    "PolicyError",
    "Reading",
    "Source",
    "Span",
    "Subject",
    "Verdict",
    "admit",
    "load",
    "parse_moment",
    "read_evidence",
]


def __getattr__(name: str) -> Any:
    """A public name, from where it lives."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module `policylang` has no attribute `{name}`")
    return getattr(import_module(f"policylang.{_HOMES[name]}"), name)
