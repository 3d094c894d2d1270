"""What must be shown of a measure, with how many units, and what happens while nothing shows it."""

from collections.abc import Iterator

from policylang.explain.document import Item, Section
from policylang.explain.english import Names, percent, plural
from policylang.graph.nodes import Graph, Measure
from policylang.kinds import Kind


def proving(graph: Graph, measure: Measure) -> Iterator[Section]:
    """The sections on one measure, for the first attempt at mitigation."""
    if graph.header.confidence is not None and measure.kind is Kind.RATE:
        items = tuple(Item(text=text) for text in dict.fromkeys(_proofs(graph, measure)))
        if items:
            first = ", at the first attempt" if graph.header.across_attempts else ""
            yield Section(title=f"What must be shown of it{first}", items=items)
    yield Section(title="While it is not shown", items=tuple(Item(text=text) for text in _missing(graph, measure)))


def _proofs(graph: Graph, measure: Measure) -> Iterator[str]:
    """How many units show each line to be kept."""
    from policylang.evidence.gates import gates  # only a measure needs statistics

    names = Names(graph)
    for gate in gates(graph):
        if gate.measure.name != measure.name:
            continue
        side = "below" if gate.below else "at least"
        claim = f"To show it {side} {percent(gate.limit)}{names.at_stage([gate.stage])}"
        error = f"with an error of {percent(gate.alpha, 3)}"
        error += f" (the {gate.split} claims of this kind share what the policy allows)" if gate.split > 1 else ""
        if gate.smallest is None:
            yield f"{claim} is not possible: the margin is too large."
            continue
        size = gate.at_least or gate.at_most
        most = None if size is None else gate.most(size, anytime=graph.header.anytime)
        asked = f"of the {size} {plural(measure.unit)} it asks for"
        if gate.below:
            shown = f"{f'at most {most}' if most else 'none'} {asked} may be dangerous"
            fewest = f"{gate.smallest} {plural(measure.unit)} are enough when none is dangerous"
        else:
            shown = f"at least {0 if size is None or most is None else size - most} {asked} must be as they should be"
            fewest = f"{gate.smallest} {plural(measure.unit)} are enough when all are as they should be"
        if size is None:
            shown = fewest
        elif most is None:
            shown = f"{size} {plural(measure.unit)} are too few: {fewest}"
        text = f"{claim}, {error}: {shown}"
        yield f"{text}."


def _missing(graph: Graph, measure: Measure) -> Iterator[str]:
    """What happens while no result counts."""
    yield "Until it is measured it may be anything: what it could forbid is not permitted, and no requirement is met."
    strict = bool(measure.needs or measure.registered or graph.cadences)
    if strict:
        yield "A result that does not meet what is asked, or is stale, can show danger, and never safety."
    yield "A result of another model or of other safeguards has no weight."
