"""Lints: what a policy can be asked to say and hardly means, found on the decision graph."""

from collections.abc import Sequence

from policylang.diagnostics import Diagnostic
from policylang.graph.nodes import Graph
from policylang.lint.gates import never_green
from policylang.source import Source

RULES = (never_green,)


def lint(graph: Graph, sources: Sequence[Source]) -> list[Diagnostic]:
    """Everything that is found, in the order of the files."""
    found = [finding for rule in RULES for finding in rule(graph, sources)]
    return sorted(found, key=lambda one: (one.place.source.name, one.place.span.start) if one.place else ("", 0))
