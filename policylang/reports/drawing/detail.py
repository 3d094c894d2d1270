"""From a decision graph to a picture of every node of it: each condition is a box, each edge a line."""

from collections.abc import Mapping

from policylang.graph import nodes
from policylang.graph.dag import condition_name, drawn
from policylang.graph.nodes import Graph, Where
from policylang.graph.reach import Part
from policylang.reports.amounts import counted
from policylang.reports.drawing.marks import Marks
from policylang.reports.drawing.picture import WHOLE, Box, Bundle, Kind, Line, Mark, Of, Picture, Port
from policylang.reports.drawing.policy import heading

_KINDS: Mapping[str, Kind] = {
    "measure": Kind.MEASURE,
    "attempts": Kind.FACT,
    "parameter": Kind.FACT,
    "event": Kind.FACT,
    "level": Kind.CATEGORY,
    "control": Kind.CONTROL,
    "definition": Kind.DEFINITION,
    "rule": Kind.RULE,
    "requirement": Kind.REQUIREMENT,
    "exception": Kind.EXCEPTION,
    "veto": Kind.VETO,
    "obligation": Kind.DUTIES,
    "verdict": Kind.VERDICT,
}

_NAMED = ("event", "rule", "exception", "verdict")
"""What has a name beside the title that is its label."""


def detail(graph: Graph, *, of: Of = WHOLE, part: Part | None = None, marks: Marks | None = None) -> Picture:
    """The picture of every node of a policy, or of the part of it that `of` names."""
    points, edges = drawn(graph)
    said = {} if marks is None else _marks(graph, marks)
    boxes = tuple(
        Box(
            id=name,
            kind=_KINDS.get(kind, Kind.CONDITION),
            name=own if (own := name.partition(" ")[2]) and kind in _NAMED else label,
            title=label if kind in _NAMED and label != own else "",
            tag=kind,
            cites=cites,
            where=None if where is None else Where(file=where[0], line=where[1], start=0, end=0),
            mark=said.get(name),
        )
        for name, kind, label, cites, where in points
        if part is None or name in part
    )
    shown = {box.id for box in boxes}
    after: dict[tuple[Line, str], list[str]] = {}
    for begin, end in edges:
        if begin in shown and end in shown:
            after.setdefault((_line(begin, end), begin), []).append(end)
    bundles = tuple(
        Bundle(kind=kind, sources=(Port(begin),), targets=tuple(map(Port, sorted(set(ends)))), mark=said.get(begin))
        for (kind, begin), ends in after.items()
    )
    lines = sum(len(bundle.targets) for bundle in bundles)
    about = f"{counted(len(boxes), 'node')}, {counted(lines, 'edge')}"
    return Picture(head=heading(graph, of, marks), detail=True, boxes=boxes, bundles=bundles, frames=(), about=about)


def _line(begin: str, end: str) -> Line:
    """What an edge stands for."""
    if begin.startswith("exception "):
        return "lifts"
    if begin.startswith("veto "):
        return "vetoes"
    if begin.startswith("rule ") and end.startswith("verdict "):
        return "forbids"
    return "requires" if begin.startswith("requirement ") else "feeds"


def _marks(graph: Graph, marks: Marks) -> dict[str, Mark]:
    """What a decision says of each node that it says something of."""
    found = {f"{item.of} {item.text}": marks.reading(index) for index, item in enumerate(graph.inputs)}
    found |= {f"event {event.name}": marks.event(event.name) for event in graph.events}
    for index, node in enumerate(graph.nodes):
        if not isinstance(node, nodes.Constant):
            found[condition_name(graph, index)] = marks.condition(index)
    found |= {f"rule {rule.name}": marks.rule(rule) for rule in graph.rules}
    found |= {f"exception {item.name}": marks.exemption(item) for item in graph.exemptions}
    found |= {f"duty {duty.name}": marks.duty(duty) for duty in graph.duties}
    found |= {f"verdict {term.name}": marks.verdict(term.name) for term in graph.actions}
    return found
