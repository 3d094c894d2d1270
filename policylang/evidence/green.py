"""Gates that can never become green: too few units, or a margin too large, for the proof a threshold asks for."""

from collections.abc import Iterator, Sequence

from policylang.diagnostics import Diagnostic
from policylang.evidence.gates import Gate, gates
from policylang.graph.nodes import Graph
from policylang.kinds import decimal_text
from policylang.source import Place, Source, Span


def never_green(graph: Graph, sources: Sequence[Source]) -> list[Diagnostic]:
    """Thresholds that no run that a measure accepts can pass, and such that the smallest one cannot, in file order."""
    found = _found(graph, sources)
    return sorted(found, key=lambda one: (one.place.source.name, one.place.span.start) if one.place else ("", 0))


def _found(graph: Graph, sources: Sequence[Source]) -> Iterator[Diagnostic]:
    places = {source.name: source for source in sources}
    said: set[tuple[str, str]] = set()
    for gate in gates(graph):
        code, message, help_ = _judged(gate)
        key = (gate.measure.name, message.replace(f".{gate.stage}", ""))
        if code and key not in said:  # the same at every stage is said once
            said.add(key)
            where = gate.measure.where
            place = Place(places[where.file], Span(where.start, where.end)) if where.file in places else None
            yield Diagnostic(code=code, severity="warning", message=message, place=place, help=help_)


def _judged(gate: Gate) -> tuple[str, str, str]:
    wanted = f"that {_claim(gate)}"
    alpha = f"{decimal_text((1 - gate.alpha) * 100, 3)}% confidence"
    if gate.smallest is None:
        message = f"this gate can never become green: no run can prove {wanted}, with a margin so large"
        if gate.measure.margin is None:
            message = f"this gate can never become green: no run can prove {wanted}"
        return "P407", message, "move the threshold, or make the margin smaller"
    if gate.at_most is not None and gate.at_most < gate.smallest:
        message = f"this gate can never become green: {gate.at_most} units cannot prove {wanted} at {alpha}"
        return "P407", message, f"{gate.smallest} units can, when none of them is dangerous"
    if gate.at_least is not None and gate.at_least < gate.smallest:
        message = f"{gate.at_least} units, which are enough for this measure, cannot prove {wanted} at {alpha}"
        return "P408", message, f"ask for `n >= {gate.smallest}`: so many can, when none of them is dangerous"
    return "", "", ""


def _claim(gate: Gate) -> str:
    """What is to be proved, in words: `ctf.pre is below 5%`."""
    name = gate.measure.name if gate.stage is None else f"{gate.measure.name}.{gate.stage}"
    side = "below" if gate.below else "at least"
    return f"`{name}` is {side} {decimal_text(gate.limit * 100, 4)}%"
