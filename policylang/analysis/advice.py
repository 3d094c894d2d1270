"""What rules of a weaker strength came to advise: more, less, or something else.

They never change a verdict, so nothing that is asked of verdicts sees them, and yet a framework that no longer aims at
what it aimed at has loosened. They are compared as rules that bind would be, among themselves: each by itself, with
no exception, veto or other rule beside them.
"""

import dataclasses
from collections.abc import Iterator

from policylang.analysis.changes import Changes
from policylang.analysis.difference import Change
from policylang.analysis.prover import Prover
from policylang.analysis.witness import Names
from policylang.graph.nodes import Graph

ADVICE = "advice"


def advice(old: Graph, new: Graph, names: Names | None = None) -> Iterator[Change]:
    """The changes of rules that only advise, in every policy that has them."""
    binding = {rule.name for graph in (old, new) for rule in graph.rules if rule.strength == "must"}
    graphs = [_promoted(graph, binding) for graph in (old, new)]
    if not any(graph.rules for graph in graphs):
        return
    for change in Changes(Prover(graphs), names, files=False).rules():
        yield dataclasses.replace(said(change), witness=None, share=None, visible=None)


def said(change: Change) -> Change:
    """A change with the remark that no verdict rests on it."""
    return dataclasses.replace(change, sentence=f"{change.sentence}, in a rule that only advises", about=ADVICE)


def _promoted(graph: Graph, binding: set[str]) -> Graph:
    """The advice of a policy, as rules that bind, and nothing else that decides."""
    rules = tuple(dataclasses.replace(rule, strength="must") for rule in graph.rules if rule.name not in binding)
    return dataclasses.replace(graph, rules=rules, exemptions=(), vetoes=(), duties=())
