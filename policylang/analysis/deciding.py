"""Deciding many small examples under one policy: what few readings and facts change, and nothing else, is valued anew.

The values are those of the decider, by its own code (`decide.values`, `decide.verdicts`); reasons, obligations and
remedies, which take most of the time of a decision, are left out.
"""

import heapq
from collections.abc import Sequence
from fractions import Fraction

from policylang.clocks import EXAMPLE_DAY, Moment
from policylang.decide.decision import Verdict
from policylang.decide.standing import Standing, stand
from policylang.decide.values import DEFINITE, NO, Value, Values, evaluate, inputs_of, measured, ranks, value_of
from policylang.decide.verdicts import exception_to, met
from policylang.evidence.facts import Evidence, Subject
from policylang.evidence.qualify import Context, Weighed, weigh
from policylang.graph import nodes
from policylang.graph.nodes import Graph


class Deciding:
    """One policy, ready to decide examples as of one day."""

    def __init__(self, graph: Graph, as_of: Moment = EXAMPLE_DAY) -> None:
        """The policy, valued on no evidence at all."""
        self.graph = graph
        self.as_of = as_of
        nothing = Evidence(subject=Subject(model=""))
        self._inputs = inputs_of(graph, (), nothing.subject)
        self._states = evaluate(graph, self._inputs, stand(graph, nothing, as_of)).states
        self._index = {(item.of, item.name, item.stage): number for number, item in enumerate(graph.inputs)}
        self._above: list[list[int]] = [[] for _ in graph.nodes]
        self._asking: list[list[int]] = [[] for _ in graph.inputs]
        self._dated: list[int] = []
        for number, node in enumerate(graph.nodes):
            for part in nodes.parts_of(node):
                self._above[part].append(number)
            if isinstance(node, nodes.Threshold):
                for term, _ in node.terms:
                    self._asking[term].append(number)
            elif isinstance(node, (nodes.Happened, nodes.Attested, nodes.Assessed)):
                self._dated.append(number)

    def values(self, evidence: Evidence) -> Values:
        """The value of every condition on some evidence."""
        standing = stand(self.graph, evidence, self.as_of)
        inputs, moved = self._known(evidence, standing)
        states = list(self._states)
        known = {number for place in moved for number in self._asking[place]} | set(self._dated)
        waiting = sorted(known)  # parts before wholes: a sorted list is a heap
        while waiting:
            number = heapq.heappop(waiting)
            state = value_of(self.graph.nodes[number], inputs, standing, states)
            if state != states[number]:
                states[number] = state
                for above in self._above[number]:
                    if above not in known:
                        known.add(above)
                        heapq.heappush(waiting, above)
        return Values(graph=self.graph, inputs=inputs, standing=standing, states=tuple(states))

    def _known(self, evidence: Evidence, standing: Standing) -> tuple[tuple[Value, ...], list[int]]:
        """The value of every input, and which of them evidence says anything of."""
        context = Context(
            graph=self.graph,
            subject=evidence.subject,
            as_of=self.as_of,
            events=standing.events,
            holidays=evidence.holidays,
        )
        readings: dict[int, list[Weighed]] = {}
        for weighed in weigh(context, evidence):
            place = self._index.get(("measure", weighed.reading.measure, weighed.reading.stage))
            if place is not None and not weighed.other_subject:
                readings.setdefault(place, []).append(weighed)
        inputs = list(self._inputs)
        for place, found in readings.items():
            inputs[place] = measured(self.graph.measure[self.graph.inputs[place].name], tuple(found))
        attempts = self._index.get(("attempts", "attempts", None))
        if attempts is not None and evidence.subject.attempt is not None:
            number = Fraction(evidence.subject.attempt)
            inputs[attempts] = Value(lo=number, hi=number, measured=True)
            readings[attempts] = []
        return tuple(inputs), list(readings)

    def outcomes(self, evidence: Evidence, of: Sequence[str]) -> tuple[str, ...]:
        """What the policy says of actions (a verdict) and of `CATEGORY[.STAGE]` (a level)."""
        values = self.values(evidence)
        actions = {term.name for term in self.graph.actions}
        return tuple(str(verdict(values, what)) if what in actions else self._level(values, what) for what in of)

    def _level(self, values: Values, what: str) -> str:
        name, _, stage = what.partition(".")
        category = self.graph.category.get(name)
        placed = None if category is None else ranks(values, category).get(stage or None)
        if category is None or placed is None:
            return "not covered"
        low, high = (category.ladder[rank] for rank in placed)
        return low if low == high else f"{low} .. {high}"


def verdict(values: Values, action: str) -> Verdict:
    """The verdict on one action, without reasons."""
    found = Verdict.FORBIDDEN if values.standing.veto(action) else Verdict.PERMITTED
    for rule in values.graph.rules:
        state = values.states[rule.body]
        if rule.strength != "must" or action not in rule.covers or state == NO:
            continue
        if values.standing.waived(rule.name, action) is not None or exception_to(values, rule, action):
            continue
        said = Verdict.PERMITTED
        if action in rule.forbids:
            said = Verdict.FORBIDDEN if state == DEFINITE else Verdict.UNDETERMINED
        elif any(action in n.actions and not met(values, n, action, rule=rule.name) for n in rule.requirements):
            said = Verdict.CONDITIONAL
        found = max(found, said, key=lambda item: item.rank)
    return found
