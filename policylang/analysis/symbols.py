"""A policy as formulas: what is definite and what is possible, and how strict the verdict on an action is.

Written from the graph alone, and beside `decide`, which says the same of one piece of evidence: the decider decides
every witness again, so the two cannot drift apart unseen.

Each condition becomes two formulas, since evidence is an interval: that it is definitely so, and that it is possibly
so. Levels are never numbers: `category >= high` is the formula that says so. Where a level is `free` (for comparing
rules at the same levels) it is a variable of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from policylang.analysis.formula import ALWAYS, NEVER, Chosen, Formulas, Key, Reach
from policylang.analysis.space import Space, input_key
from policylang.decide.decision import Verdict
from policylang.graph import nodes
from policylang.graph.nodes import Graph, Requirement, Rule

Level = tuple[str, str]
"""A category and a stage ("" without)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What a rule is made of: its condition, what it forbids and asks for by action, and what lifts it by action."""

    definite: int
    possible: int
    forbids: frozenset[str]
    unmet: Mapping[str, int]
    waived: Mapping[str, int]
    lifts: Mapping[str, Mapping[str, int]]  # by exception; for the action "": what it has told


def said(f: Formulas, parts: Parts, action: str, verdict: Verdict) -> int:
    """That a rule of these parts makes the verdict on an action this one or a stricter one."""
    found = []
    if action in parts.forbids:
        found.append(parts.definite if verdict is Verdict.FORBIDDEN else parts.possible)
    if verdict is Verdict.CONDITIONAL:
        found.append(f.every((parts.possible, parts.unmet.get(action, NEVER))))
    lifted = [lift.get(action, NEVER) for lift in parts.lifts.values()]
    return f.every((f.some(found), f.opposite(f.some((parts.waived.get(action, NEVER), *lifted)))))


def control_level(graph: Graph, node: nodes.Holds) -> str:
    """The name of the level that a control is asked for, or empty."""
    return "" if node.level is None else graph.control[node.control].ladder[node.level]


class Symbols:
    """The formulas of one of the policies of a space.

    `levels` and `controls` are those of another policy to stand for this one's: the two formulas of each category,
    stage and level name, and of each control and level name; `free` are the levels that are variables of their own.
    """

    def __init__(self, space: Space, formulas: Formulas, revision: int, free: frozenset[Level] = frozenset()) -> None:
        """The policy `space.graphs[revision]`."""
        self.space = space
        self.formulas = formulas
        self.revision = revision
        self.graph: Graph = space.graphs[revision]
        self.free = free
        self.levels: Mapping[tuple[str, str, str], tuple[int, int]] = {}
        self.controls: Mapping[tuple[str, str], tuple[int, int]] = {}
        self._known: dict[int, tuple[int, int]] = {}
        self._parts: dict[str, Parts] = {}
        self._keys = [input_key(item) for item in self.graph.inputs]

    # Conditions

    def definitely(self, node: int) -> int:
        """That a condition is definitely so."""
        return self.value(node)[0]

    def possibly(self, node: int) -> int:
        """That a condition is possibly so."""
        return self.value(node)[1]

    def value(self, node: int) -> tuple[int, int]:
        """That a condition is definitely so, and that it is possibly so."""
        stack = [node]
        while stack:
            here = stack[-1]
            waiting = [part for part in self._needed(here) if part not in self._known]
            if here in self._known or not waiting:
                stack.pop()
                if here not in self._known:
                    self._known[here] = self._value(self.graph.nodes[here])
            else:
                stack += waiting
        return self._known[node]

    def _needed(self, index: int) -> tuple[int, ...]:
        node = self.graph.nodes[index]
        given = isinstance(node, (nodes.Reached, nodes.Holds)) and self._given(node) is not None
        return () if given else nodes.parts_of(node)

    def _value(self, node: nodes.Node) -> tuple[int, int]:
        f = self.formulas
        match node:
            case nodes.Constant(value=value):
                return (ALWAYS, ALWAYS) if value else (NEVER, NEVER)
            case nodes.Threshold():
                return self._reach(node, "low"), self._reach(node, "high")
            case nodes.Happened(event=event):
                return self._twice(self.recorded(("event", event), ["yes"]))
            case nodes.Attested(control=control, level=level):
                return self._twice(self._attested(control, level))
            case nodes.Assessed():
                return self._assessed(node)
            case nodes.Unspecified():
                return NEVER, ALWAYS
            case nodes.AllOf(parts=parts):
                return f.every(self._known[p][0] for p in parts), f.every(self._known[p][1] for p in parts)
            case nodes.AnyOf(parts=parts):
                return f.some(self._known[p][0] for p in parts), f.some(self._known[p][1] for p in parts)
            case nodes.AtLeast(count=count, parts=parts):
                enough = (f.at_least(count, [self._known[p][end] for p in parts]) for end in (0, 1))
                return next(enough), next(enough)
            case nodes.Opposite(part=part):
                definite, possible = self._known[part]
                return f.opposite(possible), f.opposite(definite)
            case nodes.Disputed(parts=parts):
                return f.every(self._known[p][0] for p in parts), f.some(self._known[p][1] for p in parts)
            case nodes.Reached(part=part) | nodes.Holds(part=part):
                return self._given(node) or self._known[part]
            case nodes.Defined(part=part):
                return self._known[part]
            case _:
                assert_never(node)

    def _given(self, node: nodes.Reached | nodes.Holds) -> tuple[int, int] | None:
        """The value of a level that is free, or of a level or control by another policy."""
        if isinstance(node, nodes.Holds):
            return self.controls.get((node.control, control_level(self.graph, node)))
        where = node.category, node.stage or ""
        name = self.graph.category[node.category].ladder[node.level]
        if where in self.free:
            settled = {self._settled(graph, node) for graph in self.space.graphs}
            if len(settled) == 1 and None not in settled:  # nothing moves it: no clause speaks of this level
                return self._twice(ALWAYS if settled == {True} else NEVER)
            ladder = self.graph.category[node.category].ladder
            return self._level(where, ladder, node.level)
        return self.levels.get((*where, name))

    @staticmethod
    def _settled(graph: Graph, node: nodes.Reached) -> bool | None:
        """Whether a policy has a level reached whatever the evidence (True), never (False), or by evidence."""
        part = graph.nodes[dict(graph.category[node.category].reached)[node.stage][node.level - 1]]
        while isinstance(part, nodes.Reached):
            part = graph.nodes[part.part]
        return part.value if isinstance(part, nodes.Constant) else None

    def _level(self, where: Level, ladder: tuple[str, ...], rank: int) -> tuple[int, int]:
        key = ("level", *where)
        ranks = range(len(ladder))
        places = [(low, high) for low in ranks for high in ranks if low <= high]
        self.space.fact(key, [f"{ladder[low]} .. {ladder[high]}" for low, high in places])
        definite = frozenset(f"{ladder[low]} .. {ladder[high]}" for low, high in places if low >= rank)
        possible = frozenset(f"{ladder[low]} .. {ladder[high]}" for low, high in places if high >= rank)
        chosen = (Chosen(key, definite), Chosen(key, possible))
        return self.formulas.atom(chosen[0]), self.formulas.atom(chosen[1])

    def _reach(self, node: nodes.Threshold, end: Literal["low", "high"]) -> int:
        terms = tuple((self._keys[index], factor) for index, factor in node.terms)
        whose = self.space.whose(self.revision, (key for key, _ in terms))
        return self.formulas.atom(Reach(revision=whose, end=end, terms=terms, bound=node.bound, strict=node.strict))

    def _attested(self, control: str, level: int | None) -> int:
        item = self.graph.control[control]
        if not item.attested or (item.valid is not None and item.valid.quantity is None):
            return NEVER
        names = item.ladder or ("yes",)
        return self.recorded(("attestation", control, item.attested), names, names[level or 0 :])

    def _assessed(self, node: nodes.Assessed) -> tuple[int, int]:
        """The standing assessment is at a level or above; where nothing else raises a level, none leaves all open."""
        item = self.graph.category[node.category]
        key = ("assessment", node.category, node.stage or "", item.assessed)
        if not item.assessed:
            return NEVER, ALWAYS if node.alone else NEVER
        reached = self.recorded(key, item.ladder, item.ladder[node.level :])
        below = self.formulas.atom(Chosen(key, frozenset(item.ladder[: node.level])))
        return reached, self.formulas.opposite(below) if node.alone else reached

    def recorded(self, key: Key, names: Iterable[str], wanted: Iterable[str] | None = None) -> int:
        """That one of some values is recorded of a fact, which may have any of `names`."""
        names = tuple(names)
        self.space.fact(key, names)
        return self.formulas.atom(Chosen(key, frozenset(names if wanted is None else wanted)))

    @staticmethod
    def _twice(formula: int) -> tuple[int, int]:
        return formula, formula

    # Rules

    def met(self, need: Requirement, action: str, *, rule: str = "", exception: str = "") -> int:
        """That a requirement is met for an action."""
        f = self.formulas
        if need.what == "control":
            return f.at_least(need.count, [self.definitely(node) for node in need.nodes])
        if need.what == "notification":
            return f.every(self.recorded(("notification", role, rule), ["yes"]) for role in need.members)
        if need.valid is not None and need.valid.quantity is None:
            return NEVER
        of = [*([exception] if exception else []), action]  # what comes last is what evidence is found with
        return f.at_least(
            need.count,
            [f.some(self.recorded((need.what, role, what), ["yes"]) for what in of) for role in need.members],
        )

    def waived(self, rule: Rule, action: str) -> int:
        """That a waiver of a rule stands for an action."""
        if not rule.waivable:
            return NEVER
        return self.recorded(("waiver", rule.name, rule.waivable, action), ["yes"])

    def lift(self, item: nodes.Exemption, action: str) -> int:
        """That an exception lifts its rules for an action."""
        needs = [need for need in item.requirements if not need.actions or action in need.actions]
        met = [self.met(need, action, exception=item.name) for need in needs]
        return self.formulas.every([self.definitely(item.body), *met])

    def _suspends(self, item: nodes.Exemption, rule: Rule) -> int:
        """That an exception lifts what a rule has told: what it requires is met for every action."""
        met = [
            self.met(need, action, exception=item.name)
            for need in item.requirements
            for action in (need.actions or sorted(rule.covers) or [""])
        ]
        return self.formulas.every([self.definitely(item.body), *met])

    def parts(self, rule: Rule) -> "Parts":
        """What a rule is made of, as formulas."""
        f = self.formulas
        definite, possible = self.value(rule.body)
        actions = sorted(rule.covers) if rule.strength == "must" else []
        lifting = [item for item in self.graph.exemptions if rule.name in item.rules]
        return Parts(
            definite=definite,
            possible=possible,
            forbids=frozenset(rule.forbids) if rule.strength == "must" else frozenset(),
            unmet={
                action: f.some(
                    f.opposite(self.met(need, action, rule=rule.name))
                    for need in rule.requirements
                    if action in need.actions
                )
                for action in actions
            },
            waived={action: self.waived(rule, action) for action in actions},
            lifts={
                item.name: {"": self._suspends(item, rule), **{action: self.lift(item, action) for action in actions}}
                for item in lifting
            },
        )

    def says(self, rule: Rule, action: str, verdict: Verdict) -> int:
        """That one rule alone makes the verdict on an action this one or a stricter one."""
        if rule.strength != "must" or action not in rule.covers:
            return NEVER
        if rule.name not in self._parts:
            self._parts[rule.name] = self.parts(rule)
        return said(self.formulas, self._parts[rule.name], action, verdict)

    def vetoed(self, action: str) -> int:
        """That a veto of an action stands."""
        roles = sorted({role for veto in self.graph.vetoes if action in veto.actions for role in veto.roles})
        return self.formulas.some(self.recorded(("veto", role, action), ["yes"]) for role in roles)

    def strict(self, action: str, verdict: Verdict) -> int:
        """That the verdict on an action is this one or a stricter one."""
        if verdict is Verdict.PERMITTED:
            return ALWAYS
        return self.formulas.some(self.reasons(action, verdict))

    def reasons(self, action: str, verdict: Verdict) -> tuple[int, ...]:
        """The formulas any of which makes the verdict on an action this one or a stricter one."""
        found = [self.says(rule, action, verdict) for rule in self.graph.rules]
        return tuple(dict.fromkeys(formula for formula in (*found, self.vetoed(action)) if formula != NEVER))

    def shown(self) -> Mapping[tuple[str, str, str], tuple[int, int]]:
        """The two formulas of every level: by category, stage and level name."""
        return {
            (item.name, stage or "", item.ladder[rank]): self.value(node)
            for item in self.graph.categories
            for stage, reached in item.reached
            for rank, node in enumerate(reached, 1)
        }

    def held(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """The two formulas of every control that is asked for: by control and level name."""
        return {
            (node.control, control_level(self.graph, node)): self.value(index)
            for index, node in enumerate(self.graph.nodes)
            if isinstance(node, nodes.Holds)
        }
