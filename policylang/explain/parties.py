"""Who is who: what each role may do and owes, drawn together from the whole policy."""

from collections.abc import Iterable, Iterator

from policylang.explain.document import Item
from policylang.explain.effects import Effects
from policylang.explain.english import capital, code, every, listed, period, quoted, sentence
from policylang.graph.nodes import Requirement, Term

_MANY = 8
_ALONE = {"approval": "must approve", "consultation": "must be consulted on", "notification": "must be told before"}
_AMONG = {"approval": "is one of those who approve", "consultation": "is one of those who are consulted on"}


class Parties:
    """The roles of one graph."""

    def __init__(self, effects: Effects) -> None:
        """Of the graph whose rules these are."""
        self.graph = effects.graph
        self.effects = effects
        self.names = effects.names

    def role(self, term: Term) -> Item:
        """A role, with all that it does."""
        acts = tuple(dict.fromkeys(self.acts(term.name)))
        who = capital(self.names.role(term.name))
        title = f", {quoted(term.title)}," if term.title else ""
        if not acts:
            return Item(text=f"{who}{title} has no part in any rule.", kind="role", name=term.name)
        if len(acts) == 1:
            return Item(text=f"{who}{title.rstrip(',')}: {acts[0]}.", kind="role", name=term.name)
        return Item(
            text=f"{who}{title.rstrip(',')}:",
            kind="role",
            name=term.name,
            items=tuple(Item(text=sentence(act)) for act in acts),
        )

    def acts(self, role: str) -> Iterator[str]:
        """What a role does, each as what can stand after it."""
        yield from self._judges(role)
        yield from self._decides(role)
        yield from self._stops(role)
        yield from self._owes(role)
        yield from self._amends(role)

    def _judges(self, role: str) -> Iterator[str]:
        categories = [self.names.of("category", item.name) for item in self.graph.categories if item.assessed == role]
        controls = [self.names.of("control", item.name) for item in self.graph.controls if item.attested == role]
        if categories:
            yield f"assesses {listed(categories)}"
        if controls:
            yield f"attests {listed(controls) if len(controls) <= _MANY else f'{len(controls)} of the safeguards'}"

    def _decides(self, role: str) -> Iterator[str]:
        """Approvals, consultations and notifications that rules ask for before actions."""
        found: dict[str, dict[str, None]] = {}
        for rule in self.graph.rules:
            for need in rule.requirements:
                if need.what != "control" and role in need.members:
                    verb = self._verb(need, rule.strength)
                    found.setdefault(verb, {}).update(dict.fromkeys(need.actions))
        for verb, actions in found.items():
            yield f"{verb} {self.names.actions(actions, 'or')}, where a rule asks for it"
        for item in self.graph.exemptions:
            for need in item.requirements:
                if need.what != "control" and role in need.members:
                    verb = {"approval": "approves", "consultation": "is consulted on"}.get(need.what, "is told of")
                    yield f"{verb} the use of the exception {code(item.name)}"

    def _verb(self, need: Requirement, strength: str) -> str:
        if strength != "must":
            return f"{_ALONE[need.what].replace('must', 'should')}"
        alone = need.count >= len(need.members)
        return _ALONE[need.what] if alone else _AMONG.get(need.what, _ALONE[need.what])

    def _stops(self, role: str) -> Iterator[str]:
        actions = [action for veto in self.graph.vetoes if role in veto.roles for action in veto.actions]
        if actions:
            yield f"may veto {self.names.actions(actions, 'or')}"
        waived = [code(rule.name) for rule in self.graph.rules if rule.waivable == role]
        if waived:
            yield f"may waive {_rules(waived)}"

    def _owes(self, role: str) -> Iterator[str]:
        for rule in self.graph.rules:
            for notice in rule.notices:
                if role in notice.roles:
                    verb = "must" if rule.strength == "must" else "should"
                    yield f"{verb} be told within {period(notice.within)} when {code(rule.name)} applies"
        for duty in self.graph.duties:
            if duty.by == role:
                when = f"within {period(duty.within)}" if duty.within else every(duty.every) if duty.every else ""
                yield f"owes {code(duty.name)}, {when}"
        received = [code(duty.name) for duty in self.graph.duties if role in duty.to]
        if received:
            yield f"receives {listed(received)}"

    def _amends(self, role: str) -> Iterator[str]:
        found: dict[str, list[str]] = {}
        for item in self.graph.amendments:
            for what, who in item.needs:
                if who == role:
                    found.setdefault(what, []).append("loosens" if item.direction == "loosening" else "tightens")
        for what, ways in found.items():
            verb = "must approve" if what == "approval" else "must be consulted on"
            yield f"{verb} a change that {listed(ways, 'or')} this policy"
        if any(who == role for who, _ in self.graph.header.approved):
            yield "has approved this policy"


def _rules(names: Iterable[str]) -> str:
    known = list(names)
    return f"the rule{'' if len(known) == 1 else 's'} {listed(known)}"
