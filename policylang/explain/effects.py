"""Rules in English: what follows when a condition holds, what is asked first, what lifts a rule, and what is owed."""

import dataclasses
from collections.abc import Iterator
from typing import assert_never

from policylang.explain.document import Item
from policylang.explain.english import Names, capital, code, every, listed, number, period, quoted, sentence
from policylang.explain.phrases import Phrases
from policylang.graph import nodes
from policylang.graph.nodes import Cadence, Duty, Exemption, Graph, Invariant, Notice, Requirement, Rule, Veto

_ASKED = {
    "control": "be in place",
    "approval": "have approved it",
    "consultation": "have been consulted",
    "notification": "have been told of it",
}
_DONE = {
    "control": ("is in place", "are in place"),
    "approval": ("has approved", "have approved"),
    "consultation": ("has been consulted", "have been consulted"),
    "notification": ("has been told of it", "have been told of it"),
}


class Effects:
    """What the rules of one graph do."""

    def __init__(self, graph: Graph) -> None:
        """Of one graph."""
        self.graph = graph
        self.phrases = Phrases(graph)
        self.names: Names = self.phrases.names

    # Rules

    def rule(self, rule: Rule) -> Item:
        """A rule: if its condition holds, what follows."""
        is_always = self._always(rule.body)
        found = list(self.effects(rule, first=is_always)) or ["nothing follows"]
        if len(found) == 1:
            item = self.phrases.when(rule.body, found[0])
        elif is_always:
            item = Item(text="Always:", items=tuple(self._follows(rule)))
        else:
            follows = tuple(self._follows(rule))
            text = {1: "this follows", 2: "this follows"}.get(len(follows), "all of this follows")
            item = self.phrases.when(rule.body, text, follows)
        more = tuple(Item(text=text) for text in self._aside(rule))
        return Item(
            text=item.text,
            kind="rule",
            name=rule.name,
            title=rule.title,
            cites=rule.cites,
            where=rule.where,
            items=(*item.items, *more),
        )

    def _always(self, index: int) -> bool:
        node = self.graph.nodes[index]
        return isinstance(node, nodes.Constant) and node.value

    def _aside(self, rule: Rule) -> Iterator[str]:
        """What may set a rule aside, and how little one that only advises does."""
        if rule.waivable:
            yield f"{capital(self.names.role(rule.waivable))} may waive this."
        for item in self.graph.exemptions:
            if rule.name in item.rules:
                yield f"It does not apply while the exception {code(item.name)} stands."
        if rule.strength != "must":
            yield "This is advice: it changes no verdict."

    def _follows(self, rule: Rule) -> Iterator[Item]:
        """What follows, one item each; what is asked before the same actions in one."""
        if rule.forbids:
            yield Item(text=sentence(self._forbidden(rule)))
        groups: dict[tuple[str, ...], list[Requirement]] = {}
        for need in rule.requirements:
            groups.setdefault(need.actions, []).append(need)
        for actions, needs in groups.items():
            if len(needs) < 3:
                yield from (Item(text=sentence(self.needed(need, rule.strength, first=True))) for need in needs)
                continue
            bare = [dataclasses.replace(need, actions=()) for need in needs]
            asked = tuple(Item(text=sentence(self.needed(need, rule.strength))) for need in bare)
            yield Item(text=f"Before {self.names.actions(actions, 'or')}:", items=asked)
        for notice in rule.notices:
            yield Item(text=sentence(self.notice(notice, rule.strength)))

    def effects(self, rule: Rule, *, first: bool = False) -> Iterator[str]:
        """What follows, each as a clause; `first` as a sentence of its own says it."""
        if rule.forbids:
            yield self._forbidden(rule)
        for need in rule.requirements:
            yield self.needed(need, rule.strength, first=first)
        for notice in rule.notices:
            yield self.notice(notice, rule.strength)

    def _forbidden(self, rule: Rule) -> str:
        parts = self.names.action_parts(rule.forbids)
        match rule.strength:
            case "must":
                return f"{listed(parts)} {'is' if len(parts) == 1 else 'are'} forbidden"
            case "aim":
                return f"the policy aims not to allow {listed(parts, 'or')}"
            case "recommend":
                return f"the policy recommends against {listed(parts, 'and')}"
            case _:
                assert_never(rule.strength)

    def needed(self, need: Requirement, strength: str = "must", *, first: bool = False) -> str:
        """What is asked before actions; `first` puts the actions first, as a sentence of its own begins."""
        before = f"before {self.names.actions(need.actions, 'or')}" if need.actions else ""
        verb = {"must": "must", "aim": "should, as the policy aims,"}.get(strength, "should, as the policy recommends,")
        what, rest = self.what(need)
        says = f"{what} {verb} {_ASKED[need.what]}{'' if first or not before else f' {before}'}"
        valid = "" if need.valid is None else f", no longer ago than {period(need.valid)}"
        return f"{f'{before}, ' if first and before else ''}{says}{valid}{rest}"

    def what(self, need: Requirement) -> tuple[str, str]:
        """Who or what is asked for, and the list that comes last where not all of it is."""
        parts = [self.member(need, at) for at in range(len(need.members))]
        if need.count >= len(parts):
            return listed(parts), ""
        return f"at least {number(need.count)} of these", f": {listed(parts)}"

    def member(self, need: Requirement, at: int) -> str:
        """One control, with its level, or one role."""
        if need.what != "control":
            return self.names.role(need.members[at])
        name = need.members[at].split(" ", 1)[0]
        node = self.graph.nodes[need.nodes[at]]
        control = self.names.of("control", name)
        if isinstance(node, nodes.Unspecified):
            return f"{control} at a level that is left open ({code(node.parameter)})"
        if isinstance(node, nodes.Holds) and node.level is not None:
            return f"{control} at {self.phrases.at_least(self.graph.control[name].ladder, node.level)}"
        return control

    def notice(self, notice: Notice, strength: str = "must") -> str:
        """Who is told within which time."""
        verb = "must" if strength == "must" else f"should, as the policy {strength}s,"
        of = f" of {self.names.of('event', notice.event)}" if notice.event else " of its becoming so"
        return f"{self.names.roles(notice.roles)} {verb} be told within {period(notice.within)}{of}"

    # What lifts a rule, and who may stop an action

    def exemption(self, item: Exemption) -> Item:
        """An exception: when it stands, which rules it lifts."""
        asked = [self.asked(need) for need in item.requirements]
        rules = listed([code(name) for name in item.rules])
        verb = "does" if len(item.rules) == 1 else "do"
        tail = f"the {'rule' if len(item.rules) == 1 else 'rules'} {rules} {verb} not apply"
        tail += f", as long as {listed(asked)}" if asked else ""
        told = self.phrases.when(item.body, tail)
        sure = Item(text="It must be shown: while it is only possible, the rule stands.")
        return Item(
            text=told.text,
            kind="exception",
            name=item.name,
            title=item.title,
            cites=item.cites,
            where=item.where,
            items=(*told.items, *(() if self._always(item.body) else (sure,))),
        )

    def asked(self, need: Requirement, *, of: bool = True) -> str:
        """What is asked for, as something that is so; `of` names the actions it is asked before."""
        what, rest = self.what(need)
        is_one = len(need.members) == 1 or (bool(rest) and need.count == 1)
        valid = "" if need.valid is None else f" no longer ago than {period(need.valid)}"
        before = f" (for {self.names.actions(need.actions)})" if need.actions and of else ""
        return f"{what} {_DONE[need.what][0 if is_one else 1]}{valid}{before}{rest}"

    def covered(self, action: str) -> str:
        """Which rules bear on a leaf action, and how."""
        bound = [rule for rule in self.graph.rules if action in rule.covers and rule.strength == "must"]
        if not bound:
            return "No rule covers it, so it is never permitted: silence is not permission."
        forbid = [code(rule.name) for rule in bound if action in rule.forbids]
        asks = [code(rule.name) for rule in bound if any(action in need.actions for need in rule.requirements)]
        said = [f"{listed(forbid)} may forbid it"] if forbid else []
        if asks:
            said.append(f"{listed(asks)} {'asks' if len(asks) == 1 else 'ask'} for something first, if need be")
        return sentence("; ".join(said))

    def veto(self, item: Veto) -> str:
        """Who may stop what."""
        who = self.names.roles(item.roles, "or")
        return f"{capital(who)} may veto {self.names.actions(item.actions, 'or')}: a recorded veto forbids it."

    # What is owed

    def duty(self, item: Duty) -> Item:
        """A duty: who, what, for whom, when."""
        whom = f", for {self.names.roles(item.to)}" if item.to else ""
        what = f": {quoted(item.title)}" if item.title else f": {code(item.name)}"
        tail = f"{self.names.role(item.by)} must do this {self._clock(item)}{whom}{what}"
        told = self.phrases.when(item.body, tail)
        return Item(
            text=told.text,
            kind="duty",
            name=item.name,
            cites=item.cites,
            where=item.where,
            items=told.items,
        )

    def _clock(self, item: Duty) -> str:
        if item.within is not None:
            return f"within {period(item.within)} of {self.names.of('event', item.event)}"
        assert item.every is not None
        start = "the day the policy takes effect" if self.graph.header.effective else "a day that nothing names"
        start = self.names.of("event", item.start) if item.start else start
        until = f" until {self.names.of('event', item.until)}" if item.until else ""
        return f"{every(item.every)}, counted from {start}{until}"

    def cadence(self, item: Cadence) -> str:
        """What makes a result stale."""
        if item.event:
            return f"when {self.names.of('event', item.event)} has happened since it was made"
        if item.period is not None:
            return f"when it is older than {period(item.period)}"
        if item.factor is None:
            return (
                f"when the model's effective compute has grown by a factor that is left open ({code(item.unspecified)})"
            )
        factor = f"{item.factor} times" if item.factor.denominator == 1 else f"{float(item.factor):g} times"
        grown = f"to more than {factor}" if item.strict else f"to {factor}"
        return f"when the model's effective compute has grown {grown} what it was"

    def invariant(self, item: Invariant) -> Item:
        """A claim about all evidence."""
        items: tuple[Item, ...] = ()
        match item.claim:
            case "monotone":
                text = "No worse score ever loosens a verdict."
            case "never":
                assert item.body is not None
                told = self.phrases.when(item.body, f"no verdict permits {self.names.actions(item.actions, 'or')}")
                text, items = told.text, told.items
            case "always":
                text, items = self._always_required(item)
            case _:
                assert_never(item.claim)
        return Item(text=text, kind="invariant", name=item.name, where=item.where, items=items)

    def _always_required(self, item: Invariant) -> tuple[str, tuple[Item, ...]]:
        assert item.control is not None
        node = self.graph.nodes[item.control]
        what = f"a level that is left open ({code(node.parameter)})" if isinstance(node, nodes.Unspecified) else ""
        if isinstance(node, nodes.Holds):
            what = self.names.of("control", node.control)
            if node.level is not None:
                what += f" at {self.phrases.at_least(self.graph.control[node.control].ladder, node.level)}"
        tail = f"no verdict permits {self.names.actions(item.actions, 'or')} unless {what} is in place"
        if item.body is None:
            return sentence(tail), ()
        told = self.phrases.when(item.body, tail)
        return told.text, told.items

    def amendments(self) -> Iterator[str]:
        """What a change of the policy needs."""
        for direction in ("loosening", "tightening"):
            needs = [need for item in self.graph.amendments if item.direction == direction for need in item.needs]
            verb = "loosens" if direction == "loosening" else "tightens"
            if needs:
                asked = [f"the {what} of {self.names.role(role)}" for what, role in needs]
                yield f"A change that {verb} anything needs {listed(asked)}."
            else:
                yield f"It does not say what a change that {verb} it needs."

    def definition(self, name: str, part: int) -> Item:
        """What a name for a condition means."""
        node = self.graph.nodes[part]
        inner = node.part if isinstance(node, nodes.Defined) else part
        clause = self.phrases.clause(inner)
        if clause.word and len(clause.text) > 200:
            how = {"or": "any of these is so", "and": "all of this is so"}.get(clause.word, "this is so")
            lists = isinstance(self.graph.nodes[inner], nodes.AllOf | nodes.AnyOf)
            if lists:
                return Item(
                    text=f"{code(name)} holds when {how}:",
                    kind="definition",
                    name=name,
                    items=self.phrases.parts(inner),
                )
        return Item(text=f"{code(name)} holds when {clause.text}.", kind="definition", name=name)
