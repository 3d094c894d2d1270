"""What would have to become so for a condition to hold, or not to: all of it, alternatives joined by “or”."""

import re
from collections.abc import Iterator, Sequence

from policylang.decide.decision import ActionDecision, Decision, Outstanding
from policylang.decide.values import DEFINITE, NO, NOT, Values
from policylang.evidence.gates import Gate, gates
from policylang.explain.document import Item
from policylang.explain.effects import Effects
from policylang.explain.english import code, counted, listed, number, sentence
from policylang.explain.phrases import Clause, alike, put, said
from policylang.graph import nodes

_QUOTED = re.compile(r"“[^”]*”")
MAX_TOLD = 500
"""Characters of what one name wants; what is longer is told by the name alone."""


class Remedies:
    """What would settle the conditions of one decision."""

    def __init__(self, decision: Decision, values: Values) -> None:
        """Of one decision."""
        self.decision = decision
        self.graph = decision.graph
        self.values = values
        self.effects = Effects(decision.graph)
        self.phrases = self.effects.phrases
        self.names = self.effects.names
        self._gates = {(gate.text, gate.below): gate for gate in gates(self.graph, decision.subject.attempt or 1)}
        self._kept: dict[tuple[int, bool], tuple[Clause, ...]] = {}

    def permitting(self, item: ActionDecision) -> tuple[Item, ...]:
        """Everything that would have to become so for an action to be permitted."""
        found: list[Clause] = []
        for reason in item.reasons:
            if reason.effect == "veto":
                found.append(put(f"{self.names.role(reason.rule)} lifts the veto"))
            elif reason.effect == "forbid" and not reason.waived:
                found += self._stilled(reason.rule)
        for need in item.outstanding:
            found += self._met(need, item.action)
        return tuple(Item(text=sentence(text)) for text in _merged(found))

    def _stilled(self, name: str) -> list[Clause]:
        """A rule does not apply, or is waived."""
        rule = self.graph.rule[name]
        ways = list(self.wanted(rule.body, holds=False))
        if not rule.waivable:
            return ways
        text = " and ".join(_merged(ways))
        waived = f"{self.names.role(rule.waivable)} waives {code(name)}"
        return [put(f"either {text}, or {waived}" if text else waived)]

    def _met(self, item: Outstanding, action: str) -> list[Clause]:
        """A requirement is met, or its rule is stilled or waived; the requirement alone is told."""
        need = item.requirement
        if need.what != "control":
            verb = {"approval": "approves", "consultation": "is consulted on", "notification": "is told of it before"}
            who = [self.names.role(role) for role in need.members if any(f" of {role}" in each for each in item.needs)]
            who = who or [self.names.role(role) for role in need.members]
            of = self.names.of("action", action)
            if need.count < len(need.members):
                text = f"{number(need.count)} of these each do what is asked before {of}: {listed(who)}"
                return [put(text)]
            return [said(role, f"{verb[need.what]} {of}") for role in who]
        open_ = [
            (node, self.effects.member(need, at))
            for at, node in enumerate(need.nodes)
            if self.values.states[node] != DEFINITE
        ]
        missing = need.count - (len(need.nodes) - len(open_))
        ways = [self._in_place(node, name) for node, name in open_]
        if missing >= len(ways):
            return [clause for way in ways for clause in way]
        return [_some_of(missing, [" and ".join(_merged(way)) for way in ways])]

    def _in_place(self, node: int, name: str) -> list[Clause]:
        """A control comes to be in place: attested, and shown where a measurement shows it."""
        holder = self.graph.nodes[node]
        if isinstance(holder, nodes.Unspecified):
            return [put(f"{code(holder.parameter)} gets a value")]
        if not isinstance(holder, nodes.Holds):
            return [put(f"{name} is in place")]
        control = self.graph.control[holder.control]
        if control.undefined:
            return [put(f"{name} is in place, which it never is, since the policy does not say what it is")]
        ways = []
        if control.attested and not self._attested(node):
            attests = f"{self.names.role(control.attested)} attests"
            ways.append(Clause(text=f"{attests} {name}", subject=name, says=f"{attests} …"))
        if control.holds is not None and self.values.states[control.holds] != DEFINITE:
            ways += self.wanted(control.holds, holds=True)
        return ways or [put(f"{name} is in place")]

    def _at_level(self, node: nodes.Holds) -> str:
        """A control with the level that is asked for."""
        name = self.names.of("control", node.control)
        if node.level is None:
            return name
        return f"{name} at {self.phrases.at_least(self.graph.control[node.control].ladder, node.level)}"

    def _attested(self, index: int) -> bool:
        """Whether what a control wants attested is."""
        return all(
            self.values.states[part] == DEFINITE
            for part in self._parts(index)
            if isinstance(self.graph.nodes[part], nodes.Attested)
        )

    def _parts(self, index: int) -> Iterator[int]:
        for part in nodes.parts_of(self.graph.nodes[index]):
            yield part
            if isinstance(self.graph.nodes[part], nodes.AllOf):
                yield from nodes.parts_of(self.graph.nodes[part])

    # Conditions

    def wanted(self, index: int, *, holds: bool) -> tuple[Clause, ...]:
        """What would make a condition definitely so, or definitely not; nothing where it is."""
        key = (index, holds)
        if key not in self._kept:
            self._kept[key] = tuple(self._wanted(index, holds=holds))
        return self._kept[key]

    def _wanted(self, index: int, *, holds: bool) -> list[Clause]:
        if (self.values.states[index] if holds else NOT[self.values.states[index]]) == DEFINITE:
            return []
        node = self.graph.nodes[index]
        match node:
            case nodes.Opposite(part=part):
                return list(self.wanted(part, holds=not holds))
            case nodes.Constant():
                return [put("the policy were another one: this is always so")]
            case nodes.AllOf(parts=parts) | nodes.AnyOf(parts=parts):
                if isinstance(node, nodes.AllOf) == holds:
                    return [clause for part in parts for clause in self.wanted(part, holds=holds)]
                return self._some(parts, 1, holds=holds)
            case nodes.AtLeast(count=count, parts=parts):
                return self._some(parts, count if holds else len(parts) - count + 1, holds=holds)
            case nodes.Disputed(parts=parts):
                return [clause for part in parts for clause in self.wanted(part, holds=holds)]
            case nodes.Reached(part=part) | nodes.Defined(part=part):
                ways = self.wanted(part, holds=holds)
                short = sum(len(clause.text) for clause in ways) <= MAX_TOLD
                return list(ways) if short else [self.phrases.clause(index, holds=holds)]
            case nodes.Holds():
                clause = self.phrases.clause(index, holds=holds)
                return self._in_place(index, self._at_level(node)) if holds else [clause]
            case nodes.Unspecified(parameter=parameter):
                return [put(f"{code(parameter)} gets a value")]
            case nodes.Threshold():
                clause = self.phrases.threshold(node, holds=holds)
                proof = self._proof(node, holds=holds)
                return [put(clause.text + proof) if proof else clause]
            case _:
                return [self.phrases.clause(index, holds=holds)]

    def _some(self, parts: Sequence[int], count: int, *, holds: bool) -> list[Clause]:
        """So many of the parts; those that are so already count."""
        wanted = DEFINITE if holds else NO
        missing = count - sum(self.values.states[part] == wanted for part in parts)
        ways = [
            " and ".join(_merged(self.wanted(part, holds=holds)))
            for part in parts
            if self.values.states[part] != wanted
        ]
        ways = list(dict.fromkeys(way for way in ways if way))
        if missing >= len(ways):
            return [put(way) for way in ways]
        return [_some_of(missing, ways)]

    def _proof(self, node: nodes.Threshold, *, holds: bool) -> str:
        """How many units show it, with no bad outcome and in a run as large as those at hand."""
        gate = self._gates.get((node.text, self._is_below(node, holds=holds)))
        if gate is None:
            return ""
        if gate.smallest is None:
            return " (which no run can show: the margin is too large)"
        unit = gate.measure.unit
        fewest = f"{'none' if gate.below else 'all'} of {counted(gate.smallest, unit)}"
        size = max(self._sizes(gate), default=0)
        most = gate.most(size, anytime=self.graph.header.anytime) if size > gate.smallest else None
        if most is None:
            return f" (which {fewest} would show)"
        found = f"at most {most}" if gate.below else f"at least {size - most}"
        return f" (which {found} of {counted(size, unit)} would show, or {fewest})"

    def _is_below(self, node: nodes.Threshold, *, holds: bool) -> bool:
        """Whether a comparison is shown by a bound below the line, as `evidence.gates` counts it."""
        return holds == (node.terms[0][1] < 0)

    def _sizes(self, gate: Gate) -> Iterator[int]:
        if gate.at_least is not None:
            yield gate.at_least
        for weighed in self.decision.readings:
            reading = weighed.reading
            if (reading.measure, reading.stage) == (gate.measure.name, gate.stage) and reading.n and not reading.units:
                yield reading.n


def _some_of(count: int, ways: Sequence[str]) -> Clause:
    """So many of several ways; what all of them begin with stands once."""
    lead = ways[0].partition(" attests ")[0] + " attests "
    if len(ways) > 1 and all(way.startswith(lead) and " and " not in _QUOTED.sub("", way) for way in ways):
        return put(f"{lead}{number(count)} of these: {listed([way.removeprefix(lead) for way in ways], 'or')}")
    if count == 1 and len(ways) < 4:
        return put(f"either {', or '.join(ways)}" if len(ways) > 1 else ways[0])
    return put(f"{number(count)} of these: {'; '.join(ways)}")


def _merged(clauses: Sequence[Clause]) -> list[str]:
    """Clauses as text, those that say the same of several subjects in one."""
    groups: dict[str, list[Clause]] = {}
    for clause in clauses:
        groups.setdefault(clause.says or clause.text, []).append(clause)
    found = []
    for group in groups.values():
        unique = list({clause.text: clause for clause in group}.values())
        says = unique[0].says
        if says.endswith(" …"):  # what is said stands before its subjects
            found.append(f"{says.removesuffix(' …')} {listed([clause.subject for clause in unique])}")
        else:
            found.append(alike(unique, "and")[0].text if says else unique[0].text)
    return found
