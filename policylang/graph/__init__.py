"""The decision graph of a policy: what it means, as a directed acyclic graph from evidence to verdicts."""

import dataclasses
from typing import TYPE_CHECKING, Any

from policylang.check import Checked
from policylang.graph.build import Building
from policylang.graph.canonical import canonical, digest, from_text, to_text
from policylang.graph.nodes import Graph

if TYPE_CHECKING:
    import networkx


def graph(checked: Checked) -> Graph:
    """The graph of a policy that has no errors, with its digest."""
    built = Building(checked).graph()
    return dataclasses.replace(built, digest=digest(built))


__all__ = ["Graph", "canonical", "digest", "from_text", "graph", "to_text"]
