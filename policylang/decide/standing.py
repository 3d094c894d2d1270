"""Which dated facts stand: by a role the policy has for it, not expired, not superseded, not by an interested person.

Facts are closed: what is not recorded has not happened. A fact that does not stand is kept with the reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from policylang.clocks import Moment, add, passed
from policylang.evidence.facts import Evidence, Fact
from policylang.graph.nodes import Graph, Period, Requirement, Rule

Key = tuple[str, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A fact that does not stand, and why."""

    fact: Fact
    why: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The facts that stand under one policy at one moment."""

    graph: Graph
    as_of: Moment
    holidays: frozenset[date]
    events: dict[str, list[Moment]] = field(default_factory=dict)
    attested: dict[str, tuple[int | None, Fact]] = field(default_factory=dict)
    assessed: dict[Key, tuple[int, Moment]] = field(default_factory=dict)
    history: dict[Key, list[tuple[Moment, int]]] = field(default_factory=dict)
    acts: dict[str, list[Fact]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    involved: dict[str, set[str]] = field(default_factory=dict)
    known_rests: dict[str, set[str]] = field(default_factory=dict)

    # Questions

    def covers(self, fact: Fact, action: str, name: str = "") -> bool:
        """Whether an approval, consultation or veto is of an action (or of the exception `name`)."""
        return action in self.graph.leaves.get(fact.about, ()) or (name != "" and fact.about == name)

    def interested(self, rests_on: Iterable[str]) -> set[str]:
        """The persons behind the assessments and attestations that something rests on."""
        return {person for what in rests_on for person in self.involved.get(what, ())}

    def veto(self, action: str) -> list[tuple[str, Fact]]:
        """The vetoes of an action that stand, by role."""
        rests_on = self.rests_on(action)
        found = []
        for fact in self.acts.get("veto", []):
            allowed = any(fact.by in veto.roles and action in veto.actions for veto in self.graph.vetoes)
            if allowed and self.covers(fact, action) and self.disinterested(fact, rests_on):
                found.append((fact.by or "", fact))
        return found

    def waived(self, rule: str, action: str) -> Fact | None:
        """The waiver of a rule that stands for an action."""
        for fact in self.acts.get("waiver", []):
            limited = [leaf for name in fact.actions for leaf in self.graph.leaves.get(name, ())]
            if fact.about == rule and (not fact.actions or action in limited):
                return fact
        return None

    def rests_on(self, action: str) -> set[str]:
        """What the verdict on an action rests on: assessed categories and attested controls of its rules."""
        if action not in self.known_rests:
            rules = [rule for rule in self.graph.rules if rule.strength == "must" and action in rule.covers]
            self.known_rests[action] = {what for rule in rules for what in self.rests_of(rule)}
        return self.known_rests[action]

    def rests_of(self, rule: Rule) -> set[str]:
        """What a rule, with the exceptions to it, rests on."""
        exceptions = [item for item in self.graph.exemptions if rule.name in item.rules]
        return {*rule.rests_on, *(what for item in exceptions for what in item.rests_on)}

    def disinterested(self, fact: Fact, rests_on: Iterable[str]) -> bool:
        """Whether a fact has no named persons, or one who did not assess or attest what it rests on."""
        return not fact.persons or bool(set(fact.persons) - self.interested(rests_on))

    def in_time(self, fact: Fact, valid: Period | None) -> bool:
        """Whether a fact is still valid at the as-of moment."""
        return not self.expired(fact, valid)

    def met_by_roles(self, need: Requirement, action: str, name: str = "") -> bool:
        """Whether enough roles have approved, or were consulted, each by a person of its own."""
        excluded = self.interested(self.rests_on(action)) if need.what == "approval" else set()
        chances: list[set[str] | None] = []
        for role in need.members:
            persons: set[str] = set()
            anonymous = False
            for fact in self.acts.get(need.what, []):
                if fact.by == role and self.covers(fact, action, name) and self.in_time(fact, need.valid):
                    anonymous = anonymous or not fact.persons
                    persons |= set(fact.persons) - excluded
            if anonymous:
                chances.append(None)
            elif persons:
                chances.append(persons)
        return _distinct(chances) >= need.count

    def notified(self, rule: str, role: str, since: Moment | None) -> Fact | None:
        """The first notification of a role for a rule that is not certainly before a moment."""
        facts = [
            fact
            for fact in self.acts.get("notification", [])
            if fact.about == rule and fact.to == role and (since is None or fact.at.last >= since.first)
        ]
        return min(facts, key=lambda fact: (fact.at.first, fact.at.last), default=None)

    def expired(self, fact: Fact, valid: Period | None) -> bool:
        """Whether a fact has run out: by its own expiry, or by how long the policy lets it be valid."""
        if fact.expires is not None and passed(fact.expires, self.as_of):
            return True
        if valid is None:
            return False
        if valid.quantity is None:
            return True
        try:
            return passed(add(fact.at, valid.quantity, self.holidays), self.as_of)
        except ValueError:
            return False


def stand(graph: Graph, evidence: Evidence, as_of: Moment) -> Standing:
    """Sort the facts of the evidence into those that stand and those that do not."""
    standing = Standing(graph=graph, as_of=as_of, holidays=evidence.holidays)
    for fact in evidence.facts:
        if not _known(graph, fact):
            continue
        why = _why_not(standing, fact)
        if why:
            standing.rejected.append(Rejected(fact=fact, why=why))
        else:
            standing.acts.setdefault(fact.kind, []).append(fact)
            for what in _rested(fact):
                standing.involved.setdefault(what, set()).update(fact.persons)
    for fact in standing.acts.get("event", []):
        standing.events.setdefault(fact.about, []).append(fact.at)
    for moments in standing.events.values():
        moments.sort(key=_order)
    _attestations(standing)
    _assessments(standing)
    _persons(standing)
    return standing


def _rested(fact: Fact) -> Iterable[str]:
    if fact.kind == "assessment":
        yield f"category {fact.about}" if fact.stage is None else f"category {fact.about}.{fact.stage}"
    elif fact.kind == "attestation":
        yield f"control {fact.about}"


def _known(graph: Graph, fact: Fact) -> bool:
    """Whether the policy declares what a fact is about; evidence may serve other policies too."""
    match fact.kind:
        case "assessment":
            item = graph.category.get(fact.about)
            return item is not None and fact.level in item.ladder and fact.stage in dict(item.reached)
        case "attestation":
            control = graph.control.get(fact.about)
            return control is not None and (fact.level in control.ladder if control.ladder else fact.level is None)
        case "event":
            return any(term.name == fact.about for term in graph.events)
        case "duty":
            return fact.about in graph.duty
        case "notification" | "waiver":
            return fact.about in graph.rule
        case _:
            return fact.about in graph.leaves or any(item.name == fact.about for item in graph.exemptions)


def _why_not(standing: Standing, fact: Fact) -> str:
    graph = standing.graph
    valid = None
    allowed: set[str] = set()
    match fact.kind:
        case "assessment":
            allowed = {graph.category[fact.about].assessed}
        case "attestation":
            allowed, valid = {graph.control[fact.about].attested}, graph.control[fact.about].valid
        case "approval" | "consultation":
            allowed = _asked(graph, fact)
        case "notification":
            rule = graph.rule[fact.about]
            told = {role for notice in rule.notices for role in notice.roles}
            told |= {role for r in rule.requirements if r.what == "notification" for role in r.members}
            return "" if fact.to in told else f"`{fact.about}` does not have `{fact.to}` notified"
        case "duty":
            allowed = {graph.duty[fact.about].by}
        case "veto":
            covered = graph.leaves.get(fact.about, ())
            allowed = {role for v in graph.vetoes if set(v.actions) & set(covered) for role in v.roles}
        case "waiver":
            allowed = {graph.rule[fact.about].waivable}
        case "event":
            return ""
        case _:
            assert_never(fact.kind)
    if fact.by not in allowed:
        return f"`{fact.by}` is not a role this policy has for it" + _instead(allowed)
    if standing.expired(fact, valid):
        return "it has expired" if valid is None or valid.quantity is not None else f"`{valid.text}` has no value"
    return ""


def _instead(allowed: Iterable[str]) -> str:
    names = sorted(name for name in allowed if name)
    return f"; it has {', '.join(names)}" if names else "; it has none"


def _asked(graph: Graph, fact: Fact) -> set[str]:
    """The roles whose approval (or consultation) is required of the actions a fact is of."""
    covered = set(graph.leaves.get(fact.about, ()))
    roles = {
        role
        for rule in graph.rules
        for need in rule.requirements
        if need.what == fact.kind and covered & set(need.actions)
        for role in need.members
    }
    for item in graph.exemptions:
        for need in item.requirements:
            if need.what == fact.kind and (fact.about == item.name or not need.actions or covered & set(need.actions)):
                roles.update(need.members)
    return roles


def _attestations(standing: Standing) -> None:
    """Of several attestations of a control the latest stands; of those none is certainly after, the lowest level."""
    by_control: dict[str, list[Fact]] = {}
    for fact in standing.acts.get("attestation", []):
        by_control.setdefault(fact.about, []).append(fact)
    for name, facts in by_control.items():
        ladder = standing.graph.control[name].ladder
        since = max(fact.at.first for fact in facts)
        latest = [fact for fact in facts if fact.at.last >= since]
        ranked = [(-(ladder.index(fact.level) if fact.level else 0), _order(fact.at), fact) for fact in latest]
        rank, _, fact = max(ranked, key=lambda item: item[:2])
        standing.attested[name] = (-rank if ladder else None, fact)


def _assessments(standing: Standing) -> None:
    """Of several assessments of a category at a stage the latest stands; of several such, the highest level."""
    by_key: dict[Key, list[tuple[Moment, int]]] = {}
    for fact in standing.acts.get("assessment", []):
        rank = standing.graph.category[fact.about].ladder.index(fact.level or "")
        by_key.setdefault((fact.about, fact.stage), []).append((fact.at, rank))
    for key, entries in by_key.items():
        since = max(moment.first for moment, _ in entries)
        older = sorted((e for e in entries if e[0].last < since), key=lambda entry: _order(entry[0]))
        latest = sorted((e for e in entries if e[0].last >= since), key=lambda entry: (entry[1], _order(entry[0])))
        standing.history[key] = [*older, *latest]
        standing.assessed[key] = (latest[-1][1], latest[-1][0])


def _persons(standing: Standing) -> None:
    """Waivers and vetoes by persons on the strength of their own assessment or attestation do not stand."""
    for kind in ("waiver", "veto"):
        kept = []
        for fact in standing.acts.get(kind, []):
            if kind == "waiver":
                stands = standing.disinterested(fact, standing.rests_of(standing.graph.rule[fact.about]))
            else:
                leaves = standing.graph.leaves.get(fact.about, ())  # a veto of several actions stands for some of them
                stands = any(standing.disinterested(fact, standing.rests_on(leaf)) for leaf in leaves)
            if stands:
                kept.append(fact)
            else:
                why = "on the strength of an assessment or attestation of their own"
                standing.rejected.append(Rejected(fact=fact, why=why))
        standing.acts[kind] = kept


def _order(moment: Moment) -> tuple[int, int]:
    return moment.first, moment.last


def _distinct(chances: Sequence[set[str] | None]) -> int:
    """How many of the roles can each have a person of its own (None: the role itself acted)."""
    taken: dict[str, int] = {}

    def place(role: int, tried: set[str]) -> bool:
        for person in sorted(chances[role] or ()):
            if person not in tried:
                tried.add(person)
                if person not in taken or place(taken[person], tried):
                    taken[person] = role
                    return True
        return False

    return sum(1 for role, persons in enumerate(chances) if persons is None or place(role, set()))


def first_at_least(entries: Sequence[tuple[Moment, int]], level: int) -> Moment:
    """Since when assessments have been at a level or above without a break: repeating one does not restart a clock."""
    since = entries[-1][0]
    for moment, rank in reversed(entries):
        if rank < level:
            break
        since = min(since, moment, key=_order)
    return since
