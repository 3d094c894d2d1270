"""What the tests of a policy reach: rules that fire and keep silent, conditions in both senses, clauses.

Every test is decided once, and the value of every condition behind the decision is looked at. A point is a question
with two answers, such as whether a rule fires; it is covered when one test shows each. A clause of the framework is
covered when every point of what cites it is, so that whoever reads the clause can point at tests that show it kept and
broken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from policylang import syntax
from policylang.compile import Compiled
from policylang.decide.decision import Decision
from policylang.decide.values import DEFINITE, NO, Values
from policylang.decide.verdicts import met
from policylang.graph import nodes
from policylang.graph.nodes import Graph, Requirement
from policylang.resolve import Resolved
from policylang.testing.given import scenes
from policylang.testing.scenarios import Trial

Kind = Literal[
    "rule", "requirement", "notice", "exception", "duty", "control", "category", "veto", "measure", "condition"
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A question that tests answer: of which declaration, what, and in how many tests each way.

    `both` is False where only one answer exists, such as of a control that the framework never defines.
    """

    kind: Kind
    of: str
    text: str
    yes: int
    no: int
    both: bool = True

    @property
    def covered(self) -> bool:
        """Whether a test shows each answer."""
        return self.yes > 0 and (self.no > 0 or not self.both)

    @property
    def missing(self) -> str:
        """What no test shows, in words; empty when it is covered."""
        lacks = [word for word, count in ((_YES[self.kind], self.yes), (_NO[self.kind], self.no)) if not count]
        return "" if self.covered else " or ".join(lacks if self.both else lacks[:1])


_YES = {
    "rule": "fires", "requirement": "is unmet", "notice": "is owed", "exception": "holds", "duty": "is owed",
    "control": "holds", "category": "is reached", "veto": "is used", "measure": "is given", "condition": "is so",
}  # fmt: skip
_NO = {
    "rule": "is silent", "requirement": "is met", "notice": "is met", "exception": "does not hold",
    "duty": "is not owed", "control": "does not hold", "category": "is not reached", "veto": "is not used",
    "measure": "is not given", "condition": "is not so",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """A clause of the framework: what cites it, and how far tests show that.

    `stated` is cited only by what no test can show: who amends the policy, how often models are measured anew.
    """

    name: str
    title: str
    cites: tuple[str, ...]
    by: tuple[str, ...]
    state: Literal["covered", "partly", "stated", "not encoded", "open"]
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What the tests of one policy reach."""

    points: tuple[Point, ...]
    clauses: tuple[Clause, ...]

    @property
    def uncovered(self) -> tuple[Point, ...]:
        """Points that no test shows both ways."""
        return tuple(point for point in self.points if not point.covered)


def cover(compiled: Compiled) -> Coverage:
    """Decide every test of a policy, and count what they reach."""
    resolved, graph = compiled.checked.resolved, compiled.graph.example
    seen: list[tuple[Decision, Values, frozenset[str]]] = []
    for scene in scenes(resolved):
        _, decision, values = Trial(resolved, graph, scene).decided()
        if decision is not None and values is not None:
            given = frozenset(item.target.name.text for item in scene.givens if isinstance(item, syntax.GivenValue))
            seen.append((decision, values, given))
    points = tuple(_Points(graph, seen).all())
    return Coverage(points=points, clauses=tuple(_clauses(resolved, points)))


class _Points:
    """The points of a graph, counted over decided tests."""

    def __init__(self, graph: Graph, seen: Sequence[tuple[Decision, Values, frozenset[str]]]) -> None:
        self.graph, self.seen = graph, seen
        bodies = [rule.body for rule in graph.rules] + [item.body for item in graph.exemptions]
        bodies += [duty.body for duty in graph.duties]
        bodies += [item.holds for item in graph.controls if item.holds is not None]
        self.asked = sorted({index for body in bodies for index in self.atoms(body)})

    def all(self) -> Iterator[Point]:
        """Every point, in the order of the policy."""
        for rule in self.graph.rules:
            yield from self.fires("rule", rule.name, rule.body)
            if rule.strength == "must":
                for need in rule.requirements:
                    yield self.requirement(rule.name, rule.body, need)
                if rule.notices:
                    yield self.notices(rule.name)
            yield from self.conditions(rule.name, rule.body)
        for item in self.graph.exemptions:
            yield self.exemption(item)
            for need in item.requirements:
                yield self.requirement(item.name, item.body, need)
            yield from self.conditions(item.name, item.body)
        for duty in self.graph.duties:
            owed = sum(any(o.rule == duty.name and o.state != "possible" for o in d.obligations) for d, *_ in self.seen)
            both = not isinstance(self.graph.nodes[duty.body], nodes.Constant)
            yield Point(kind="duty", of=duty.name, text=duty.name, yes=owed, no=len(self.seen) - owed, both=both)
            yield from self.conditions(duty.name, duty.body)
        for category in self.graph.categories:
            yield from self.category(category)
        for control in self.graph.controls:
            yield from self.control(control)
        for role in sorted({role for veto in self.graph.vetoes for role in veto.roles}):
            used = sum(role in _vetoers(decision) for decision, *_ in self.seen)
            yield Point(kind="veto", of=role, text=role, yes=used, no=len(self.seen) - used)
        for measure in self.graph.measures:
            given = sum(measure.name in names for *_, names in self.seen)
            yield Point(kind="measure", of=measure.name, text=measure.name, yes=given, no=0, both=False)

    def fires(self, kind: Kind, name: str, body: int) -> Iterator[Point]:
        """Whether a body is definitely so; a rule without a condition has no such point."""
        if not isinstance(self.graph.nodes[body], nodes.Constant):
            yield Point(kind=kind, of=name, text=name, yes=self.count(body, DEFINITE), no=self.count(body, NO))

    def count(self, index: int, state: int) -> int:
        return sum(values.states[index] == state for _, values, _ in self.seen)

    def requirement(self, name: str, body: int, need: Requirement) -> Point:
        """A requirement, where the rule or exception that has it is not silent."""
        counts = [0, 0]
        for _, values, _ in self.seen:
            if values.states[body] != NO:
                rule = name if name in self.graph.rule else ""
                actions = need.actions or self.lifted(name)
                found = [met(values, need, action, rule=rule, name="" if rule else name) for action in actions]
                counts[0] += all(found) if rule else any(found)  # an exception stands action by action
                counts[1] += not all(found)
        both = need.what != "control" or len(need.members) - self.undefined(need) >= need.count
        return Point(kind="requirement", of=name, text=need.text, yes=counts[1], no=counts[0], both=both)

    def undefined(self, need: Requirement) -> int:
        """How many of the controls that are asked for the framework never defines."""
        return sum(self.graph.control[member.split(" ", 1)[0]].undefined for member in need.members)

    def notices(self, name: str) -> Point:
        """What a rule wants told: owed in a test, and done in another."""
        states = [{o.state for o in decision.obligations if o.rule == name} for decision, *_ in self.seen]
        owed = sum(bool(found & {"pending", "overdue"}) for found in states)
        return Point(kind="notice", of=name, text=name, yes=owed, no=sum("met" in found for found in states))

    def exemption(self, item: nodes.Exemption) -> Point:
        """An exception holds where it lifts a rule, or its condition and all it requires are so."""
        lifts = 0
        for decision, values, _ in self.seen:
            lifted = {name for action in decision.actions.values() for _, name in action.excepted}
            holds = values.states[item.body] == DEFINITE and all(
                met(values, need, action, name=item.name)
                for need in item.requirements
                for action in need.actions or self.lifted(item.name)
            )
            lifts += item.name in lifted or holds
        return Point(kind="exception", of=item.name, text=item.name, yes=lifts, no=len(self.seen) - lifts)

    def lifted(self, name: str) -> tuple[str, ...]:
        """The actions that the rules of an exception bear on."""
        rules = next((item.rules for item in self.graph.exemptions if item.name == name), ())
        return tuple(sorted({action for rule in rules for action in self.graph.rule[rule].covers})) or ("",)

    def conditions(self, name: str, body: int) -> Iterator[Point]:
        """The parts of a condition that can be so and not so by themselves."""
        for index in dict.fromkeys(self.atoms(body)):
            text = _text(self.graph.nodes[index])
            yield Point(kind="condition", of=name, text=text, yes=self.count(index, DEFINITE), no=self.count(index, NO))

    def atoms(self, index: int) -> Iterator[int]:
        node = self.graph.nodes[index]
        match node:
            case nodes.Constant() | nodes.Unspecified():
                return
            case nodes.Threshold() | nodes.Happened() | nodes.Reached() | nodes.Holds() | nodes.Assessed():
                yield index
            case _:
                for part in nodes.parts_of(node):
                    yield from self.atoms(part)

    def category(self, category: nodes.Category) -> Iterator[Point]:
        """Whether a category reaches a level that something asks for, and does not; the conditions of its levels."""
        asked = [index for index in self.asked if self.is_of(index, category.name)]
        above = sum(any(values.states[index] == DEFINITE for index in asked) for _, values, _ in self.seen)
        below = sum(any(values.states[index] == NO for index in asked) for _, values, _ in self.seen)
        if asked:
            yield Point(kind="category", of=category.name, text=category.name, yes=above, no=below)
        for _, _, index in category.clauses:
            yield from self.conditions(category.name, index)

    def is_of(self, index: int, category: str) -> bool:
        node = self.graph.nodes[index]
        return isinstance(node, nodes.Reached) and node.category == category

    def control(self, control: nodes.Control) -> Iterator[Point]:
        """Whether a control holds, at the lowest level that anything asks for."""
        uses = [
            i
            for i, node in enumerate(self.graph.nodes)
            if isinstance(node, nodes.Holds) and node.control == control.name
        ]
        if not uses:
            return
        held = sum(any(values.states[index] == DEFINITE for index in uses) for _, values, _ in self.seen)
        lacks = sum(any(values.states[index] == NO for index in uses) for _, values, _ in self.seen)
        if control.undefined:
            yield Point(
                kind="control", of=control.name, text=f"{control.name} (undefined)", yes=lacks, no=0, both=False
            )
            return
        yield Point(kind="control", of=control.name, text=control.name, yes=held, no=lacks)
        if control.holds is not None:
            yield from self.conditions(control.name, control.holds)


def _vetoers(decision: Decision) -> set[str]:
    reasons = [reason for action in decision.actions.values() for reason in action.reasons]
    return {reason.rule for reason in reasons if reason.effect == "veto"}


def _text(node: nodes.Node) -> str:
    match node:
        case nodes.Threshold(text=text) | nodes.Reached(text=text) | nodes.Holds(text=text):
            return text
        case nodes.Happened(event=event):
            return event
        case nodes.Assessed(category=category):
            return category
        case _:
            return ""


# Clauses

_SHOWN = ("rule", "exception", "duty", "control", "category", "measure")


def _clauses(resolved: Resolved, points: Sequence[Point]) -> Iterator[Clause]:
    """How far tests show each clause."""
    by: dict[str, list[tuple[str, str]]] = {name: [] for name in resolved.named["clause"]}
    for kind, name, item in _citing(resolved):
        for cite in item.cites:
            if isinstance(cite, syntax.Name) and cite.text in by:
                by[cite.text].append((kind, name))
    for name, clause in resolved.named["clause"].items():
        found = dict.fromkeys(by[name])
        mine = [point for point in points if (_owner(point, resolved), point.of) in found]
        open_ = [point for point in mine if not point.covered]
        if clause.not_encoded is not None:
            state, why = "not encoded", clause.not_encoded.text
        elif not found:
            state, why = "open", "nothing cites it"
        elif not mine:
            state, why = "stated", "no test can show it"
        else:
            state = "covered" if not open_ else "partly"
            why = "; ".join(dict.fromkeys(f"no test where `{point.text}` {point.missing}" for point in open_))
        yield Clause(
            name=name,
            title="" if clause.title is None else clause.title.text,
            cites=tuple(cite.text for cite in clause.cites),
            by=tuple(dict.fromkeys(named for _, named in found)),
            state=state,  # type: ignore[arg-type]  # one of the states above
            why=why,
        )


def _citing(resolved: Resolved) -> Iterator[tuple[str, str, Any]]:
    """What may cite, with its kind and name; what has no name of its own by its word."""
    for kind in (*_SHOWN, "definition", "clause"):
        yield from ((kind, name, item) for name, item in resolved.named[kind].items())
    for veto in resolved.vetoes:
        yield from (("veto", role.text, veto) for role in veto.roles)
    yield from (("evaluate", "evaluate", item) for item in resolved.evaluates)
    yield from (("amend", "amend", item) for item in resolved.amends)


def _owner(point: Point, resolved: Resolved) -> str:
    """The kind of declaration that a point is of."""
    if point.kind in ("veto", "measure", "control", "category", "duty", "exception", "rule"):
        return point.kind
    return next((kind for kind in _SHOWN if point.of in resolved.named[kind]), "")
