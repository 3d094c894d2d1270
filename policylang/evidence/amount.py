"""How much evidence a policy can judge in time: a product of both, so it is counted before it is begun.

Neither a policy nor a file says by itself what judging one by the other takes: every approval is looked at for every
requirement of one, every event for every notification it starts, every count by a test whose work grows with it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from policylang.diagnostics import Diagnostic
from policylang.evidence.facts import Evidence, Fact, Reading
from policylang.graph.nodes import Graph
from policylang.kinds import Kind

MAX_STEPS = 1_000_000
"""Steps of about a microsecond that facts may take under one policy."""
MAX_TESTED = 20_000_000
"""Steps that exact tests of readings may take under one policy: about one for each unit of a count."""

_TEST = 6_000  # what a test of counts takes, however small they are
_OBLIGATION = 20  # what an obligation takes beside looking for what discharged it: it is also shown
_JUDGING = ("assessment", "attestation")
_UNIT = 800  # what a test of a mean takes for each unit
_FEWER = "leave out facts that later ones replace, or decide under fewer policies and rules at a time"
_COUNTS = "join runs of one measure and stage into one reading, or give outcomes of families instead of samples"


def too_much(graphs: Sequence[Graph], evidence: Evidence) -> list[Diagnostic]:
    """The first item with which there is more than can be judged in time, for each policy."""
    found: list[Diagnostic] = []
    for graph in graphs:
        found += _first(graph, _facts(graph, evidence), MAX_STEPS, _FEWER)
        found += _first(graph, _readings(graph, evidence), MAX_TESTED, _COUNTS)
    return found


def _first(graph: Graph, costs: Iterator[tuple[Fact | Reading, int]], most: int, help_: str) -> Iterator[Diagnostic]:
    total = 0
    for item, cost in costs:
        total += cost
        if total > most:
            message = f"with this, judging the evidence under `{graph.header.name}` takes more than {most} steps"
            yield Diagnostic(code="E206", message=message, place=item.place, help=help_)
            return


def _facts(graph: Graph, evidence: Evidence) -> Iterator[tuple[Fact, int]]:
    """What each fact takes: one that names many persons as much as many that name one."""
    work = _work(graph)
    starts = _starts(graph, evidence)
    judges = sum(len(fact.persons) for fact in evidence.facts if fact.kind in _JUDGING)
    for fact in evidence.facts:
        cost = work[fact.kind] * (1 + len(fact.persons))
        if fact.persons and fact.kind not in _JUDGING:
            cost *= 1 + judges // 10  # who acts is compared with those who assessed and attested
        yield fact, cost + (starts[fact.about] if fact.kind == "event" else 0)


def _work(graph: Graph) -> Mapping[str, int]:
    """How often a policy looks at a fact of a kind."""
    needs = [need for rule in graph.rules for need in rule.requirements]
    needs += [need for exemption in graph.exemptions for need in exemption.requirements]
    asked = sum(len(need.members) * max(1, len(need.actions)) for need in needs if need.what != "control")
    pairs = sum(len(rule.covers) for rule in graph.rules)
    acts = 1 + len(graph.rules) + asked
    work = Counter({"approval": acts, "consultation": acts, "assessment": acts, "attestation": acts})
    work["notification"] = acts + sum(len(notice.roles) for rule in graph.rules for notice in rule.notices)
    work["veto"] = 1 + len(graph.actions) * (1 + len(graph.vetoes))
    work["waiver"] = 1 + pairs
    work["duty"] = 1 + sum(max(1, len(duty.to)) for duty in graph.duties)
    work["event"] = 1
    return work


def _starts(graph: Graph, evidence: Evidence) -> Counter[str]:
    """What each event starts: obligations, for each of which what discharged it is looked for; and stale readings."""
    told = Counter(fact.about for fact in evidence.facts if fact.kind == "notification")
    done = Counter(fact.about for fact in evidence.facts if fact.kind == "duty")
    starts: Counter[str] = Counter()
    for rule in graph.rules:
        for notice in rule.notices:
            starts[notice.event] += len(notice.roles) * (_OBLIGATION + told[rule.name])
    for duty in graph.duties:
        starts[duty.event] += max(1, len(duty.to)) * (_OBLIGATION + done[duty.name])
    for cadence in graph.cadences:
        starts[cadence.event] += len(evidence.readings)
    return starts


def _readings(graph: Graph, evidence: Evidence) -> Iterator[tuple[Reading, int]]:
    """What each reading takes, where the policy asks for confidence."""
    if graph.header.confidence is None:
        return
    for reading in evidence.readings:
        measure = graph.measure.get(reading.measure)
        if measure is None or measure.kind not in (Kind.RATE, Kind.SCORE):
            continue
        if reading.units is not None:
            yield reading, _TEST + _UNIT * len(reading.units)
        elif reading.n is not None:
            yield reading, _TEST + reading.n
