"""The decision graph of a policy: what it means, as a directed acyclic graph from evidence to verdicts."""

import dataclasses
from typing import TYPE_CHECKING

from policylang.graph.canonical import canonical, digest, from_text, to_text
from policylang.graph.nodes import Graph

if TYPE_CHECKING:
    import networkx

    from policylang.check import Checked


def graph(checked: "Checked") -> Graph:
    """The graph of a policy that has no errors, with its digest."""
    from policylang.graph.build import Building  # a graph read back from the cache is not built

    built = Building(checked).graph()
    return dataclasses.replace(built, digest=digest(built))


def digraph(graph: Graph) -> "networkx.DiGraph[str]":
    """The graph for questions about reach and order: see `dag`."""
    from policylang.graph.dag import digraph as drawn  # deciding needs none of it

    return drawn(graph)


__all__ = ["Graph", "canonical", "digest", "digraph", "from_text", "graph", "to_text"]
