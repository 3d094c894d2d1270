"""What rests on what in one graph: from an input or a name up to the rules and actions that depend on it, and down.

This walks the indices of the graph itself, which takes a millisecond: an editor asks it at every hover.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policylang.graph import nodes
from policylang.graph.nodes import Graph, Requirement, Rule

Name = tuple[str, str]
"""A kind and a name: `("rule", "ceiling")`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Declarations that are reached from somewhere, each once, in the order of the policy."""

    names: tuple[Name, ...]
    actions: tuple[str, ...]

    def of(self, kind: str) -> tuple[str, ...]:
        """The names of one kind."""
        return tuple(name for each, name in self.names if each == kind)


class Dependence:
    """What rests on what in one graph."""

    def __init__(self, graph: Graph) -> None:
        """Of one graph."""
        self.graph = graph
        self.users: dict[int, list[int]] = {}
        for index, node in enumerate(graph.nodes):
            for part in nodes.parts_of(node):
                self.users.setdefault(part, []).append(index)

    def starts(self, kind: str, name: str) -> set[int]:
        """The nodes that speak of a declaration itself."""
        graph = self.graph
        inputs = {
            at for at, item in enumerate(graph.inputs) if (item.of, item.name) == (kind, name) and kind != "attempts"
        }
        found = {at for at, node in enumerate(graph.nodes) if _speaks(node, kind, name, inputs)}
        return found | self._held(name) if kind == "parameter" else found

    def _held(self, name: str) -> set[int]:
        """The thresholds on measures whose margin a parameter leaves open."""
        measures = {item.name for item in self.graph.measures if item.margin_unspecified == name}
        inputs = {at for at, item in enumerate(self.graph.inputs) if item.of == "measure" and item.name in measures}
        return {at for at, node in enumerate(self.graph.nodes) if _speaks(node, "measure", "", inputs)}

    def up(self, starts: Iterable[int]) -> set[int]:
        """The nodes that depend on some nodes, and those."""
        found = set(starts)
        waiting = list(found)
        while waiting:
            for user in self.users.get(waiting.pop(), ()):
                if user not in found:
                    found.add(user)
                    waiting.append(user)
        return found

    def down(self, starts: Iterable[int]) -> set[int]:
        """The nodes that some nodes depend on, and those."""
        found = set(starts)
        waiting = list(found)
        while waiting:
            for part in nodes.parts_of(self.graph.nodes[waiting.pop()]):
                if part not in found:
                    found.add(part)
                    waiting.append(part)
        return found

    def used(self, reached: set[int]) -> Reach:
        """Declarations that rest on any of some nodes, and the actions that depend on them."""
        return self._reach(list(self._resting(reached)))

    def users_of_rules(self, rules: Iterable[str]) -> Reach:
        """The same for rules, as what an exception or a waiver lifts."""
        return self._reach([("rule", name) for name in rules])

    def _reach(self, names: list[Name]) -> Reach:
        rules = {name for kind, name in names if kind == "rule"}
        lifted = {name for kind, item in names if kind == "exception" for name in self._lifts(item)}
        bound = rules | lifted
        actions = {
            action
            for rule in self.graph.rules
            if rule.name in bound and rule.strength == "must"
            for action in rule.covers
        }
        return Reach(
            names=tuple(dict.fromkeys(names)),
            actions=tuple(term.name for term in self.graph.actions if term.name in actions),
        )

    def _lifts(self, exception: str) -> tuple[str, ...]:
        return next((item.rules for item in self.graph.exemptions if item.name == exception), ())

    def _resting(self, reached: set[int]) -> Iterator[Name]:
        graph = self.graph
        for category in graph.categories:
            if any(index in reached for _, levels in category.reached for index in levels):
                yield "category", category.name
        for control in graph.controls:
            if control.holds in reached:
                yield "control", control.name
        for definition in graph.definitions:
            if definition.part in reached:
                yield "definition", definition.name
        for rule in graph.rules:
            if rule.body in reached or _required(rule.requirements, reached):
                yield "rule", rule.name
        for item in graph.exemptions:
            if item.body in reached or _required(item.requirements, reached):
                yield "exception", item.name
        for duty in graph.duties:
            if duty.body in reached:
                yield "duty", duty.name
        for invariant in graph.invariants:
            if invariant.body in reached or invariant.control in reached:
                yield "invariant", invariant.name

    def below(self, roots: Iterable[int]) -> Reach:
        """What some nodes rest on: measures, events, controls, categories, definitions, parameters."""
        found: dict[Name, None] = {}
        for index in sorted(self.down(roots)):
            for name in self._mentioned(index):
                found[name] = None
        order = {kind: at for at, kind in enumerate(_BELOW)}
        return Reach(names=tuple(sorted(found, key=lambda name: order[name[0]])), actions=())

    def _mentioned(self, index: int) -> Iterator[Name]:
        match self.graph.nodes[index]:
            case nodes.Threshold(terms=terms):
                for number, _ in terms:
                    item = self.graph.inputs[number]
                    yield item.of, item.name
            case nodes.Happened(event=name):
                yield "event", name
            case nodes.Attested(control=name) | nodes.Holds(control=name):
                yield "control", name
            case nodes.Assessed(category=name) | nodes.Reached(category=name):
                yield "category", name
            case nodes.Unspecified(parameter=name):
                yield "parameter", name
            case nodes.Defined(name=name):
                yield "definition", name
            case _:
                pass

    def roots(self, rule: Rule | nodes.Exemption) -> list[int]:
        """The nodes a rule or an exception looks at itself."""
        return [rule.body, *(node for need in rule.requirements for node in need.nodes)]


_BELOW = ("definition", "category", "control", "measure", "attempts", "event", "parameter")


def _speaks(node: nodes.Node, kind: str, name: str, inputs: set[int]) -> bool:
    match node:
        case nodes.Threshold(terms=terms):
            return any(number in inputs for number, _ in terms)
        case nodes.Happened(event=event):
            return (kind, name) == ("event", event)
        case nodes.Holds(control=control) | nodes.Attested(control=control):
            return (kind, name) == ("control", control)
        case nodes.Reached(category=category) | nodes.Assessed(category=category):
            return (kind, name) == ("category", category)
        case nodes.Unspecified(parameter=parameter):
            return (kind, name) == ("parameter", parameter)
        case nodes.Defined(name=defined):
            return (kind, name) == ("definition", defined)
        case _:
            return False


def _required(requirements: tuple[Requirement, ...], reached: set[int]) -> bool:
    return any(index in reached for need in requirements for index in need.nodes)
