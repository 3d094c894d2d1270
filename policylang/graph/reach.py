"""Parts of the decision graph, by reachability: what a verdict rests on, and what a name has to do with anything."""

from collections.abc import Iterable, Iterator, Mapping

from policylang.graph import nodes
from policylang.graph.dag import condition_name, digraph
from policylang.graph.nodes import Graph

Part = frozenset[str]
"""Names of nodes of the graph that `dag` draws."""


def needed(graph: Graph, actions: Iterable[str]) -> Part:
    """The verdicts on some leaf actions, and all that they rest on."""
    import networkx  # deciding needs none of it, and loading it takes longer than a decision

    drawn = digraph(graph)
    verdicts = [f"verdict {action}" for action in actions]
    return frozenset(verdicts).union(*(networkx.ancestors(drawn, verdict) for verdict in verdicts))


def around(graph: Graph, name: str) -> Part:
    """All that something rests on, itself, and all that depends on it; nothing for a name that nothing has.

    A requirement brings the rule that makes it: without it nobody could say what it is for.
    """
    import networkx  # as above

    drawn = digraph(graph)
    found: set[str] = set()
    for own in named(graph).get(name, ()):
        found |= {own} | networkx.ancestors(drawn, own) | networkx.descendants(drawn, own)
    asked = [node for node in found if drawn.nodes[node]["kind"] in ("requirement", "obligation")]
    rules = {rule for node in asked for rule in drawn.predecessors(node) if drawn.nodes[rule]["kind"] == "rule"}
    return frozenset(found | rules)


def named(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """By each name of a policy, the nodes that are it or speak of it, in the order of the graph."""
    found: dict[str, dict[str, None]] = {}
    for name, node in (*_conditions(graph), *_declared(graph), *_of_roles(graph)):
        found.setdefault(name, {})[node] = None
    return {name: tuple(these) for name, these in found.items()}


def _conditions(graph: Graph) -> Iterator[tuple[str, str]]:
    """Inputs, events and conditions, each by the name that it speaks of."""
    for item in graph.inputs:
        yield item.name, f"{item.of} {item.text}"
    for event in graph.events:
        yield event.name, f"event {event.name}"
    for index, node in enumerate(graph.nodes):
        match node:
            case nodes.Reached(category=name) | nodes.Assessed(category=name):
                yield name, condition_name(graph, index)
            case nodes.Holds(control=name) | nodes.Attested(control=name):
                yield name, condition_name(graph, index)
            case nodes.Defined(name=name) | nodes.Unspecified(parameter=name):
                yield name, condition_name(graph, index)
            case _:
                pass


def _declared(graph: Graph) -> Iterator[tuple[str, str]]:
    """Rules, exceptions, duties, and actions with the groups that cover them."""
    for rule in graph.rules:
        yield rule.name, f"rule {rule.name}"
    for exemption in graph.exemptions:
        yield exemption.name, f"exception {exemption.name}"
    for duty in graph.duties:
        yield duty.name, f"duty {duty.name}"
    for group, leaves in graph.groups:
        yield from ((group, f"verdict {leaf}") for leaf in leaves)


def _of_roles(graph: Graph) -> Iterator[tuple[str, str]]:
    """What each role attests, assesses, approves, is told or may veto."""
    for index, node in enumerate(graph.nodes):
        if isinstance(node, nodes.Attested) and (role := graph.control[node.control].attested):
            yield role, condition_name(graph, index)
        if isinstance(node, nodes.Assessed) and (role := graph.category[node.category].assessed):
            yield role, condition_name(graph, index)
    for rule in graph.rules:
        for number, need in enumerate(rule.requirements, 1):
            roles = () if need.what == "control" else need.members
            yield from ((role, f"requirement {rule.name} {number}") for role in roles)
        for number, notice in enumerate(rule.notices, 1):
            yield from ((role, f"obligation {rule.name} {number}") for role in notice.roles)
    for duty in graph.duties:
        yield from ((role, f"duty {duty.name}") for role in (duty.by, *duty.to))
    for number, veto in enumerate(graph.vetoes, 1):
        yield from ((role, f"veto {number}") for role in veto.roles)
