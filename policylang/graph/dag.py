"""The decision graph for questions about reach and order: a graph of networkx, from what is needed to what needs it.

Every node has a name that is unique and says what it is (`measure ctf.pre_mitigation`, `rule ceiling`,
`verdict deploy.external`), and four attributes: `kind` (the first word of its name, or what sort of condition it is),
`label` (in the policy's words), `cites` (texts) and `where` (file and line, or None for what stands nowhere alone).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from policylang.graph import nodes
from policylang.graph.nodes import Graph

if TYPE_CHECKING:
    import networkx

_KINDS: dict[type, str] = {
    nodes.Constant: "constant",
    nodes.Threshold: "threshold",
    nodes.Happened: "condition",
    nodes.Attested: "attestation",
    nodes.Assessed: "assessment",
    nodes.Unspecified: "condition",
    nodes.AllOf: "and",
    nodes.AnyOf: "or",
    nodes.AtLeast: "at least",
    nodes.Opposite: "not",
    nodes.Disputed: "interpretations",
    nodes.Reached: "level",
    nodes.Holds: "control",
    nodes.Defined: "definition",
}


def digraph(graph: Graph) -> "networkx.DiGraph[str]":
    """The graph from inputs to verdicts: acyclic, and every rule that binds reaches the verdicts it covers."""
    import networkx  # deciding needs none of it, and loading it takes longer than a decision

    points, edges = drawn(graph)
    made: networkx.DiGraph[str] = networkx.DiGraph()
    for name, kind, label, cites, where in points:
        made.add_node(name, kind=kind, label=label, cites=cites, where=where)
    made.add_edges_from(edges)
    return made


def drawn(graph: Graph) -> tuple[tuple["Row", ...], tuple[tuple[str, str], ...]]:
    """The nodes, what is needed before what needs it, and the edges: for whoever draws each of them."""
    drawing = _Drawing(graph)
    return tuple(drawing.points()), tuple(drawing.edges())


Row = tuple[str, str, str, tuple[str, ...], tuple[str, int] | None]
"""Name, kind, label, cites, where."""


class _Drawing:
    """The nodes and edges of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.names = [condition_name(graph, index) for index in range(len(graph.nodes))]

    def points(self) -> Iterator[Row]:
        """Every node once, what is needed before what needs it."""
        graph = self.graph
        for item in graph.inputs:
            cites = graph.measure[item.name].cites if item.of == "measure" else ()
            yield f"{item.of} {item.text}", item.of, item.text, cites, None
        for event in graph.events:
            yield f"event {event.name}", "event", event.title or event.name, (), None
        for index, node in enumerate(graph.nodes):
            yield self.names[index], _KINDS[type(node)], self.label(node), self.cites(node), None
        for rule in graph.rules:
            yield f"rule {rule.name}", "rule", rule.title or rule.name, rule.cites, _where(rule.where)
            for number, need in enumerate(rule.requirements, 1):
                name = f"requirement {rule.name} {number}"
                yield name, "requirement", need.text, rule.cites, _where(rule.where)
            for number, notice in enumerate(rule.notices, 1):
                label = f"notify {', '.join(notice.roles)} within {notice.within.text}"
                yield f"obligation {rule.name} {number}", "obligation", label, rule.cites, _where(rule.where)
        for exemption in graph.exemptions:
            label = exemption.title or exemption.name
            yield f"exception {exemption.name}", "exception", label, exemption.cites, _where(exemption.where)
            for number, need in enumerate(exemption.requirements, 1):
                name = f"requirement {exemption.name} {number} of exception"
                yield name, "requirement", need.text, exemption.cites, _where(exemption.where)
        for duty in graph.duties:
            yield f"duty {duty.name}", "obligation", duty.title or duty.name, duty.cites, _where(duty.where)
        for number, veto in enumerate(graph.vetoes, 1):
            yield f"veto {number}", "veto", f"{', '.join(veto.roles)} may veto", (), None
        for action in graph.actions:
            yield f"verdict {action.name}", "verdict", action.title or action.name, (), None

    def edges(self) -> Iterator[tuple[str, str]]:
        """Every edge, from what is needed to what needs it."""
        graph, names = self.graph, self.names
        for index, node in enumerate(graph.nodes):
            yield from ((name, names[index]) for name in self.needed(node))
        for rule in graph.rules:
            yield names[rule.body], f"rule {rule.name}"
            yield from self.effects(rule)
        for exemption in graph.exemptions:
            name = f"exception {exemption.name}"
            yield names[exemption.body], name
            yield from ((name, f"rule {rule}") for rule in exemption.rules)
            for number, need in enumerate(exemption.requirements, 1):
                own = f"requirement {exemption.name} {number} of exception"
                yield own, name
                yield from ((names[index], own) for index in need.nodes)
        for duty in graph.duties:
            yield names[duty.body], f"duty {duty.name}"
            events = {event for event in (duty.start, duty.until, duty.event) if event}
            yield from ((f"event {event}", f"duty {duty.name}") for event in sorted(events))
        for number, veto in enumerate(graph.vetoes, 1):
            yield from ((f"veto {number}", f"verdict {action}") for action in veto.actions)

    def effects(self, rule: nodes.Rule) -> Iterator[tuple[str, str]]:
        """From a rule to the verdicts it bears on, by way of what it requires; one that only advises bears on none."""
        name, binds = f"rule {rule.name}", rule.strength == "must"
        yield from ((name, f"verdict {action}") for action in rule.forbids if binds)
        for number, need in enumerate(rule.requirements, 1):
            own = f"requirement {rule.name} {number}"
            yield name, own
            yield from ((self.names[index], own) for index in need.nodes)
            yield from ((own, f"verdict {action}") for action in need.actions if binds)
        for number, notice in enumerate(rule.notices, 1):
            own = f"obligation {rule.name} {number}"
            yield name, own
            if notice.event:
                yield f"event {notice.event}", own

    def needed(self, node: nodes.Node) -> Iterable[str]:
        """What a condition needs: inputs, an event, or its parts."""
        match node:
            case nodes.Threshold(terms=terms):
                inputs = [self.graph.inputs[index] for index, _ in terms]
                return [f"{item.of} {item.text}" for item in inputs]
            case nodes.Happened(event=event):
                return [f"event {event}"]
            case _:
                return [self.names[part] for part in nodes.parts_of(node)]

    def label(self, node: nodes.Node) -> str:
        """A condition in the policy's words."""
        match node:
            case nodes.Threshold(text=text) | nodes.Reached(text=text) | nodes.Holds(text=text):
                return text
            case nodes.Defined(name=name) | nodes.Happened(event=name):
                return name
            case nodes.Constant(value=value):
                return "always" if value else "never"
            case nodes.Attested(control=control, level=level):
                ladder = self.graph.control[control].ladder
                return f"{control} attested" + ("" if level is None else f" at {ladder[level]}")
            case nodes.Assessed(category=category, stage=stage, level=level):
                subject = category if stage is None else f"{category}.{stage}"
                return f"{subject} assessed {self.graph.category[category].ladder[level]}"
            case nodes.Unspecified(parameter=parameter):
                return f"{parameter} has no value"
            case nodes.AtLeast(count=count):
                return f"at least {count}"
            case nodes.Disputed(names=names):
                return f"read as {', '.join(names)}"
            case _:
                return _KINDS[type(node)]

    def cites(self, node: nodes.Node) -> tuple[str, ...]:
        """The clauses of the declaration a condition comes from."""
        match node:
            case nodes.Reached(category=category) | nodes.Assessed(category=category):
                return self.graph.category[category].cites
            case nodes.Holds(control=control) | nodes.Attested(control=control):
                return self.graph.control[control].cites
            case _:
                return ()


def condition_name(graph: Graph, index: int) -> str:
    """The name of a condition: what it says where it is a level, a control or a definition, else its number."""
    match graph.nodes[index]:
        case nodes.Reached(text=text):
            return f"level {text}"
        case nodes.Holds(text=text):
            return f"control {text}"
        case nodes.Defined(name=name):
            return f"definition {name}"
        case _:
            return f"condition {index}"


def _where(where: nodes.Where) -> tuple[str, int]:
    return where.file, where.line
