"""Who does what under a policy: which role attests, judges, decides, is asked and is told, before which action."""

import functools
from collections.abc import Callable, Iterable, Mapping

from policylang.diagnostics import Label, quoted
from policylang.graph import nodes
from policylang.graph.nodes import Graph, Requirement, Rule
from policylang.kinds import Quantity
from policylang.lint.rule import Persona, View
from policylang.syntax import Node

AUDITORS = frozenset({Persona.AUDITOR})
"""Who wants to hear of a weakness that a published framework may have, and an encoding of it then has too."""

_LEVELS = nodes.Reached | nodes.Threshold | nodes.Unspecified
_MAX_NAMED = 3
_MAX_LABELS = 6


class Acts:
    """What roles do under one policy, from its graph; only rules that bind count."""

    def __init__(self, graph: Graph) -> None:
        """Look at a policy."""
        self.graph = graph
        self.binding = tuple(rule for rule in graph.rules if rule.strength == "must")

    def below(self, *roots: int) -> list[nodes.Node]:
        """Some conditions and all that they are made of, those of levels and controls too."""
        stack, seen = list(roots), set[int]()
        while stack:
            index = stack.pop()
            if index not in seen:
                seen.add(index)
                stack += nodes.parts_of(self.graph.nodes[index])
        return [self.graph.nodes[index] for index in sorted(seen)]

    def measures(self, found: Iterable[nodes.Node]) -> set[str]:
        """The measures that thresholds among some conditions compare."""
        terms = (term for node in found if isinstance(node, nodes.Threshold) for term, _ in node.terms)
        return {self.graph.inputs[term].name for term in terms if self.graph.inputs[term].of == "measure"}

    @functools.cached_property
    def level_measures(self) -> frozenset[str]:
        """The measures that set the level of some category."""
        clauses = [index for category in self.graph.categories for _, _, index in category.clauses]
        return frozenset(self.measures(self.below(*clauses)))

    @functools.cached_property
    def needs(self) -> tuple[tuple[Rule, Requirement], ...]:
        """What rules that bind require."""
        return tuple((rule, need) for rule in self.binding for need in rule.requirements)

    def vouchers(self, *roots: int) -> set[str]:
        """The roles whose attestations some conditions rest on."""
        found = {node.control for node in self.below(*roots) if isinstance(node, nodes.Attested)}
        return {self.graph.control[name].attested for name in found}

    def judges(self, body: int) -> set[str]:
        """The roles that assess the categories that a condition rests on."""
        found = {node.category for node in self.below(body) if isinstance(node, nodes.Assessed)}
        return {self.graph.category[name].assessed for name in found} - {""}

    @functools.cached_property
    def deciders(self) -> Mapping[str, frozenset[str]]:
        """For each action, the roles whose approval some rule requires."""
        return self._by_action(lambda need: need.members if need.what == "approval" else ())

    @functools.cached_property
    def attesters(self) -> Mapping[str, frozenset[str]]:
        """For each action, the roles that attest what some rule requires."""
        return self._by_action(lambda need: self.vouchers(*need.nodes))

    @functools.cached_property
    def hands(self) -> Mapping[str, frozenset[str]]:
        """For each action, the roles whose word bears on it: they approve, are asked, attest what it takes or judge."""
        asked = self._by_action(lambda need: need.members if need.what == "consultation" else ())
        judging: dict[str, set[str]] = {term.name: set() for term in self.graph.actions}
        for rule in self.binding:
            judges = self.judges(rule.body)
            for action in rule.covers:
                judging[action] |= judges
        return {
            name: frozenset(found | asked[name] | self.deciders[name] | self.attesters[name])
            for name, found in judging.items()
        }

    def _by_action(self, of: Callable[[Requirement], Iterable[str]]) -> dict[str, frozenset[str]]:
        """For each action, the roles that are found in what rules require before it."""
        found: dict[str, set[str]] = {term.name: set() for term in self.graph.actions}
        for _, need in self.needs:
            roles = set(of(need))
            for action in need.actions:
                found[action] |= roles
        return {name: frozenset(roles) for name, roles in found.items()}

    def always_decided(self, action: str) -> set[str]:
        """The roles whose approval an action takes in every case."""
        always = [(rule, need) for rule, need in self.needs if need.what == "approval" and action in need.actions]
        return {
            role
            for rule, need in always
            if isinstance(self.graph.nodes[rule.body], nodes.Constant)
            for role in need.members
        }

    @functools.cached_property
    def risky(self) -> frozenset[str]:
        """The actions on which some level or score bears."""
        found = [rule for rule in self.binding if any(isinstance(node, _LEVELS) for node in self.below(rule.body))]
        return frozenset(action for rule in found for action in rule.covers)

    def decided(self, role: str, actions: Iterable[str]) -> list[str]:
        """Those of some actions that a role decides on."""
        return [action for action in actions if role in self.deciders.get(action, ())]

    @functools.cached_property
    def told(self) -> frozenset[str]:
        """The roles that some rule or duty tells something."""
        found = {role for rule in self.graph.rules for notice in rule.notices for role in notice.roles}
        found |= {role for rule in self.graph.rules for need in rule.requirements for role in _notified(need)}
        return frozenset(found | {role for duty in self.graph.duties for role in duty.to})

    @functools.cached_property
    def busy(self) -> frozenset[str]:
        """The roles that have a hand in cases, and so learn of them."""
        found = {role for _, need in self.needs if need.what in ("approval", "consultation") for role in need.members}
        found |= {item.attested for item in self.graph.controls} | {item.assessed for item in self.graph.categories}
        return frozenset((found | {duty.by for duty in self.graph.duties}) - {""})


def _notified(need: Requirement) -> tuple[str, ...]:
    return need.members if need.what == "notification" else ()


def shortest(cadences: Iterable[nodes.Cadence]) -> Quantity | None:
    """The shortest time after which readings are stale, where one is stated."""
    times = [one.period.quantity for one in cadences if one.period is not None and one.period.quantity is not None]
    return min(times, key=lambda time: time.value, default=None)


def some(names: Iterable[str]) -> str:
    """A few names as a phrase, and how many more there are."""
    every = list(dict.fromkeys(names))
    if len(every) <= _MAX_NAMED + 1:
        return quoted(every)
    return f"{quoted(every[:_MAX_NAMED], ',').replace(' , ', ', ')} and {len(every) - _MAX_NAMED} more"


def others(view: View, found: Iterable[tuple[Node, str]]) -> tuple[Label, ...]:
    """Labels for the places that one finding is about beside its own: a few of them."""
    marked = [Label(place=view.resolved.place(node), text=text) for node, text in found]
    return tuple(marked[:_MAX_LABELS])


def commonest(texts: Iterable[str], otherwise: str = "") -> str:
    """The text that stands most often, of several the first."""
    every = list(texts)
    return max(dict.fromkeys(every), key=every.count, default=otherwise)
