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
    from policylang.evidence.asking import (
        Answer,
        Backend,
        Evaluator,
        Failed,
        Generate,
        Handed,
        Item,
        Likelihood,
        Measuring,
        ModelSpec,
        Nothing,
        Plan,
        Request,
        Runner,
        Score,
        Text,
    )
    from policylang.evidence.facts import Evidence, Fact, Reading, Subject
    from policylang.evidence.logs import Attempt
    from policylang.files import Loaded, load, read_evidence
    from policylang.graph import Graph
    from policylang.measuring.patterns import Pattern, pattern
    from policylang.measuring.template import template, text_of, value_of
    from policylang.source import Place, Source, Span

_HOMES = {
    "Answer": "evidence.asking",
    "Attempt": "evidence.logs",
    "Backend": "evidence.asking",
    "Decider": "decide.repeated",
    "Decision": "decide",
    "Diagnostic": "diagnostics",
    "Evaluator": "evidence.asking",
    "Evidence": "evidence.facts",
    "EvidenceError": "diagnostics",
    "Fact": "evidence.facts",
    "Failed": "evidence.asking",
    "Generate": "evidence.asking",
    "Graph": "graph",
    "Handed": "evidence.asking",
    "Item": "evidence.asking",
    "Likelihood": "evidence.asking",
    "Loaded": "files",
    "Measuring": "evidence.asking",
    "ModelSpec": "evidence.asking",
    "Moment": "clocks",
    "Nothing": "evidence.asking",
    "Outcome": "decide.repeated",
    "Pattern": "measuring.patterns",
    "Place": "source",
    "Plan": "evidence.asking",
    "PolicyError": "diagnostics",
    "Reading": "evidence.facts",
    "Request": "evidence.asking",
    "Runner": "evidence.asking",
    "Score": "evidence.asking",
    "Source": "source",
    "Span": "source",
    "Subject": "evidence.facts",
    "Text": "evidence.asking",
    "Verdict": "decide",
    "admit": "evidence.admit",
    "load": "files",
    "parse_moment": "clocks",
    "pattern": "measuring.patterns",
    "read_evidence": "files",
    "template": "measuring.template",
    "text_of": "measuring.template",
    "value_of": "measuring.template",
}

__all__ = [
    "Answer",
    "Attempt",
    "Backend",
    "Decider",
    "Decision",
    "Diagnostic",
    "Evaluator",
    "Evidence",
    "EvidenceError",
    "Fact",
    "Failed",
    "Generate",
    "Graph",
    "Handed",
    "Item",
    "Likelihood",
    "Loaded",
    "Measuring",
    "ModelSpec",
    "Moment",
    "Nothing",
    "Outcome",
    "Pattern",
    "Place",
    "Plan",
    "PolicyError",
    "Reading",
    "Request",
    "Runner",
    "Score",
    "Source",
    "Span",
    "Subject",
    "Text",
    "Verdict",
    "admit",
    "load",
    "parse_moment",
    "pattern",
    "read_evidence",
    "template",
    "text_of",
    "value_of",
]


def __getattr__(name: str) -> Any:
    """A public name, from where it lives."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module `policylang` has no attribute `{name}`")
    return getattr(import_module(f"policylang.{_HOMES[name]}"), name)
