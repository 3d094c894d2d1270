"""What a revision changed that is arithmetic on scores, levels and facts: thresholds, and what rules make of levels.

Thresholds are compared for the same measurements, rules for the same levels: a level is then a variable of its own,
unless a rule of one revision asks for scores where the other asks for a level. Each clause is judged by itself: it is
looser where it says less than it did and no other clause of the new policy says as much.
"""

import dataclasses
import functools
from collections.abc import Callable, Container, Iterator, Sequence

from policylang.analysis import phrases
from policylang.analysis.difference import Change, Direction, Layer
from policylang.analysis.formula import NEVER, Formulas
from policylang.analysis.judging import Judge, Local, Shown
from policylang.analysis.prover import Prover, Unknown
from policylang.analysis.symbols import Level, Parts, Symbols, said
from policylang.analysis.thresholds import LESS, MORE, Thresholds, apart
from policylang.analysis.verdicts import STEPS, Verdicts
from policylang.analysis.witness import Names, Witnesses
from policylang.analysis.words import condition
from policylang.graph import nodes
from policylang.graph.nodes import Exemption, Graph, Rule

_OFTEN = {**MORE, Direction.NEUTRAL: "on other evidence"}
_MUCH = {
    Direction.LOOSER: "less",
    Direction.STRICTER: "more",
    Direction.MIXED: "something else",
    Direction.NEUTRAL: "something else",
}
_LIFTS = {**LESS, Direction.NEUTRAL: "on other evidence"}

Say = Callable[[Direction], str]
Mix = Callable[[Parts, Parts], Parts]
"""The parts of a rule with some of them changed: from the old parts and the new."""


class Changes:
    """The changes between two policies that share their names."""

    def __init__(self, prover: Prover, names: Names | None = None, *, files: bool = True) -> None:
        """The two policies of a prover, the old one first; `files` writes witnesses as files of evidence too."""
        self.prover = prover
        self.f = prover.formulas
        self.old, self.new = prover.graphs
        self.own = prover.symbols
        self.witnesses = Witnesses(prover.graphs, names, files=files)
        self.verdicts = Verdicts(prover, self.own, self.witnesses)
        self.judge = Judge(prover, self.verdicts, self.witnesses)

    def all(self) -> Iterator[Change]:
        """Every change, thresholds first."""
        thresholds = Thresholds(self.judge)
        yield from thresholds.ladders()
        yield from thresholds.levels()
        yield from thresholds.controls()
        yield from self.rules()
        yield from self.exceptions()
        yield from self.duties()

    # Both policies at the same levels

    @functools.cached_property
    def view(self) -> tuple[Symbols, Symbols]:
        """Both policies at the same levels and with the same controls."""
        free = self._read(_shared_levels(self.old, self.new))
        both = [name for name in self.old.rule if name in self.new.rule]
        for name in both:
            was, now = _mentioned(self.old, name), _mentioned(self.new, name)
            is_reworded = was[0] != now[0] and was[1] != now[1]  # scores in place of levels, or the other way
            if is_reworded and free[0].parts(self.old.rule[name]) != free[1].parts(self.new.rule[name]):
                return self.as_was
        return free

    @functools.cached_property
    def as_was(self) -> tuple[Symbols, Symbols]:
        """Both policies with the levels and controls of the old one."""
        return self._read(frozenset())

    def _read(self, free: frozenset[Level]) -> tuple[Symbols, Symbols]:
        return self.prover.read(0, free, self.own[0]), self.prover.read(1, free, self.own[0])

    @functools.cached_property
    def at_levels(self) -> Verdicts:
        """The verdicts of both policies at the same levels."""
        return Verdicts(self.prover, self.view, self.witnesses)

    # Rules

    def rules(self) -> Iterator[Change]:
        """For the same levels: which rules say less, or more; `advice` has those that only advise."""
        for name in sorted({*self.old.rule, *self.new.rule}):
            old, new = self.old.rule.get(name), self.new.rule.get(name)
            if "must" not in {rule.strength for rule in (old, new) if rule is not None}:
                continue
            if old is not None and new is not None:
                yield from self._revised(old, new)
            else:
                yield self._alone(old, new)

    def _alone(self, old: Rule | None, new: Rule | None) -> Change:
        """A rule that is gone, or new."""
        item, graph = (old, self.old) if old is not None else (new, self.new)
        assert item is not None  # one of the two
        sentence = f"the rule `{item.name}` is {'gone' if old is not None else 'new'}"
        change = Change(
            direction=Direction.UNKNOWN,
            layer=Layer.RULES,
            clause=phrases.clause_of("rule", old, new),
            sentence=sentence,
            was=phrases.in_words(graph, item) if old is not None else "",
            now="" if old is not None else phrases.in_words(graph, item),
        )
        return self._said(change, (old, new), _all_new, lambda _: sentence)

    def _revised(self, old: Rule, new: Rule) -> Iterator[Change]:
        """What changed in a rule: its condition, what it forbids, what it requires, each by itself."""
        if old.strength != new.strength and "must" in (old.strength, new.strength):
            return  # its strength says it all: see `ordered`
        was, now = self.view[0].parts(old), self.view[1].parts(new)
        base = Change(
            direction=Direction.UNKNOWN, layer=Layer.RULES, clause=phrases.clause_of("rule", old, new), sentence=""
        )
        if (was.definite, was.possible) != (now.definite, now.possible):
            change = dataclasses.replace(base, was=phrases.when(self.old, old), now=phrases.when(self.new, new))
            yield self._said(change, (old, new), _new_condition, lambda d: f"`{new.name}` applies {_OFTEN[d]}")
        both = set(self.verdicts.actions)
        if set(old.forbids) & both != set(new.forbids) & both:
            change = dataclasses.replace(base, was=phrases.forbids(old), now=phrases.forbids(new))
            yield self._said(change, (old, new), _new_forbids, lambda _: phrases.sentence_of_forbids(old, new))
        if _asked(was, both) != _asked(now, both):
            change = dataclasses.replace(base, was=phrases.requires(old), now=phrases.requires(new))
            yield self._said(change, (old, new), _new_requirements, lambda d: f"`{new.name}` requires {_MUCH[d]}")

    def exceptions(self) -> Iterator[Change]:
        """Which exceptions lift more, or less."""
        items = [{item.name: item for item in graph.exemptions} for graph in (self.old, self.new)]
        for name in sorted({*items[0], *items[1]}):
            old, new = items[0].get(name), items[1].get(name)
            item = new or old
            assert item is not None  # a name of one of the two
            rules = sorted({rule for one in (old, new) if one is not None for rule in one.rules})
            state = "new" if old is None else "gone" if new is None else "another"
            sentence = f"the exception `{name}` to {phrases.listed(rules)} is {state}"
            change = Change(
                direction=Direction.UNKNOWN,
                layer=Layer.RULES,
                clause=phrases.clause_of("exception", old, new),
                sentence=sentence,
                was="" if old is None else phrases.excepts(self.old, old),
                now="" if new is None else phrases.excepts(self.new, new),
            )

            def mix(was: Parts, now: Parts, name: str = name) -> Parts:
                lifts = {other: lift for other, lift in was.lifts.items() if other != name}
                return dataclasses.replace(was, lifts=lifts | ({name: now.lifts[name]} if name in now.lifts else {}))

            locals_ = [
                self._local((self.old.rule[rule], self.new.rule[rule]), mix)
                for rule in rules
                if rule in self.old.rule and rule in self.new.rule
            ]
            found = self.judge.judged(change, _joined(locals_), functools.partial(_of_exception, sentence, old, new))
            if found is not None:
                yield found

    def duties(self) -> Iterator[Change]:
        """Which duties arise less, or more often."""
        for name, old in self.old.duty.items():
            new = self.new.duty.get(name)
            if new is None:
                continue
            was, now = self.own[0].value(old.body), self.own[1].value(new.body)
            if was == now:
                continue
            change = Change(
                direction=Direction.UNKNOWN,
                layer=Layer.RULES,
                clause=phrases.clause_of("duty", old, new),
                sentence=f"the duty `{name}` arises on other evidence",
                was=f"when {condition(self.old, old.body)}",
                now=f"when {condition(self.new, new.body)}",
            )
            local = Local(lost=apart(self.prover, was, now), gained=apart(self.prover, now, was))
            found = self.judge.judged(change, local, lambda d, name=name: f"the duty `{name}` arises {MORE[d]}")  # type: ignore[misc]  # bound for this one
            if found is not None:
                yield found

    def evidenced(self, change: Change) -> Change:
        """A change that compares by order, with evidence that shows it in a verdict, where there is some."""
        name, is_lost = change.clause.name, change.direction is not Direction.STRICTER
        if change.witness is not None or change.direction is Direction.NEUTRAL:
            return change
        is_of_rule = change.clause.kind == "rule" and name in self.old.rule and name in self.new.rule
        if is_of_rule and change.about in ("waivable", "strength"):
            mix = _new_waiver if change.about == "waivable" else _all_new
            local = self._local((self.old.rule[name], self.new.rule[name]), mix)
            return self.judge.shown(change, local, is_lost=is_lost)
        if change.clause.kind == "veto":
            side = 0 if is_lost else 1
            roles = {role for veto in (self.old, self.new)[side].vetoes for role in veto.roles}
            if name in roles:
                vetoes = [self.own[side].recorded(("veto", name, action), ["yes"]) for action in self.verdicts.actions]
                return self.judge.shown(change, Local(lost=tuple(vetoes), gained=tuple(vetoes)), is_lost=is_lost)
        if change.clause.kind in ("category", "control"):
            judged = self._by_judgement(change.clause.kind, name)
            return change if judged is None else self.judge.shown(change, judged, is_lost=is_lost)
        return change

    def _by_judgement(self, kind: str, name: str) -> Local | None:
        """Where a level is reached, or a control holds, under one policy alone, by all that says so."""
        known = [side.shown() if kind == "category" else side.held() for side in self.own]
        values = [{key: value for key, value in side.items() if key[0] == name} for side in known]
        lost, gained = (
            tuple(
                self.prover.beyond(one[key][end], [other[key][end]])
                for key in sorted(one.keys() & other.keys())
                for end in (0, 1)
            )
            for one, other in (values, values[::-1])
        )
        both = tuple(formula for formula in (*lost, *gained) if formula != NEVER)
        return Local(lost=both, gained=both) if both else None

    # One rule, by itself

    def _said(self, change: Change, rules: tuple[Rule | None, Rule | None], mix: Mix, say: Say) -> Change:
        """A change of what one rule says, judged; neutral when other rules say as much."""
        local = self._local(rules, mix)
        found = self.judge.judged(change, local, say)
        if found is not None:
            return found
        try:
            by_itself = [shown for side in self._moves(self.view, rules, mix, alone=True) for shown in side]
            is_reworded = self.judge.first(formula for formula, _, _ in by_itself) is None
        except Unknown:
            is_reworded = False
        reworded = f"`{change.clause.name}` is written otherwise and says the same"
        sentence = (
            reworded if is_reworded else f"{say(Direction.NEUTRAL)}; other rules say as much, so no verdict moves"
        )
        return dataclasses.replace(change, direction=Direction.NEUTRAL, sentence=sentence)

    def _local(self, rules: tuple[Rule | None, Rule | None], mix: Mix) -> Local:
        """Where a rule that is changed in part says less, or more, than any rule of the other policy."""
        lost, gained = self._moves(self.view, rules, mix)
        shown_lost, shown_gained = self._moves(self.as_was, rules, mix, alone=True)
        return Local(
            lost=tuple(formula for formula, _, _ in lost),
            gained=tuple(formula for formula, _, _ in gained),
            shown_lost=shown_lost,
            shown_gained=shown_gained,
            regions=self._regions(rules, mix),
        )

    def _regions(
        self, rules: tuple[Rule | None, Rule | None], mix: Mix
    ) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """Where to say that a change holds: where a condition moved, else where the rule applies at all."""
        was, now = (
            side.parts(rule) if rule is not None else NOTHING for side, rule in zip(self.view, rules, strict=True)
        )
        if mix is _new_condition:
            lost, gained = (self.prover.beyond(a.definite, [b.definite]) for a, b in ((was, now), (now, was)))
            if lost == gained == NEVER:
                lost, gained = (self.prover.beyond(a.possible, [b.possible]) for a, b in ((was, now), (now, was)))
            return (lost,), (gained,)
        if mix in (_new_forbids, _new_requirements, _new_waiver, _all_new):
            return (was.definite if rules[0] is not None else now.definite,), (now.definite,)
        return None

    def _moves(
        self, view: tuple[Symbols, Symbols], rules: tuple[Rule | None, Rule | None], mix: Mix, *, alone: bool = False
    ) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
        """Where a rule says less, and where it says more; beside all other rules, or (`alone`) by itself."""
        known = [None if rule is None else side.parts(rule) for side, rule in zip(view, rules, strict=True)]
        was = known[0] or NOTHING
        now = mix(was, known[1] or NOTHING)
        pairs = ((0, was, now), (1, now, was))
        moved: list[tuple[Shown, ...]] = []
        for side, here, there in pairs:
            found: list[Shown] = []
            for action in self.verdicts.actions:
                for step in STEPS:
                    one, other = said(self.f, here, action, step), said(self.f, there, action, step)
                    if one != other:
                        others = () if alone else self.at_levels.reasons[1 - side][action, step]
                        found.append((self.prover.beyond(one, (other, *others)), action, step))
            found += [(told, "", None) for told in self._told(view, rules, (side, here, there), alone=alone)]
            moved.append(tuple(dict.fromkeys(item for item in found if item[0] != NEVER)))
        return moved[0], moved[1]

    def _told(
        self,
        view: tuple[Symbols, Symbols],
        rules: tuple[Rule | None, Rule | None],
        parts: tuple[int, Parts, Parts],
        *,
        alone: bool,
    ) -> Iterator[int]:
        """Where a rule has somebody told, or advises, and the other does not: such rules move no verdict."""
        side, here, there = parts
        rule = rules[side] or rules[1 - side]
        assert rule is not None  # one of the two
        if rule.strength != "must":
            yield from (
                self.prover.beyond(a, [b])
                for a, b in ((here.definite, there.definite), (here.possible, there.possible))
            )
            return
        for notice in rule.notices:
            others = []
            if not alone:
                graph, symbols = (self.old, self.new)[1 - side], view[1 - side]
                others = [
                    _fires(self.f, symbols.parts(other))
                    for other in graph.rules
                    if other.name != rule.name and other.strength == "must" and _tells(other, notice)
                ]
            yield self.prover.beyond(_fires(self.f, here), (_fires(self.f, there), *others))


NOTHING = Parts(definite=NEVER, possible=NEVER, forbids=frozenset(), unmet={}, waived={}, lifts={})
"""The parts of a rule that is not there."""


def _all_new(_: Parts, now: Parts) -> Parts:
    return now


def _new_condition(was: Parts, now: Parts) -> Parts:
    return dataclasses.replace(was, definite=now.definite, possible=now.possible)


def _new_forbids(was: Parts, now: Parts) -> Parts:
    return dataclasses.replace(was, forbids=now.forbids, waived={**now.waived, **was.waived}, lifts=_lifts(was, now))


def _new_requirements(was: Parts, now: Parts) -> Parts:
    return dataclasses.replace(was, unmet=now.unmet, waived={**now.waived, **was.waived}, lifts=_lifts(was, now))


def _asked(parts: Parts, actions: Container[str]) -> dict[str, int]:
    """What is asked before each of some actions, where anything is."""
    return {action: unmet for action, unmet in parts.unmet.items() if unmet != NEVER and action in actions}


def _new_waiver(was: Parts, now: Parts) -> Parts:
    return dataclasses.replace(was, waived=now.waived)


def _lifts(was: Parts, now: Parts) -> dict[str, dict[str, int]]:
    """What lifts a rule, also for actions that are new to it."""
    return {name: {**now.lifts.get(name, {}), **lift} for name, lift in was.lifts.items()}


def _fires(f: Formulas, parts: Parts) -> int:
    """That a rule definitely fires and no exception suspends what it has told."""
    return f.every((parts.definite, f.opposite(f.some(lift.get("", NEVER) for lift in parts.lifts.values()))))


def _tells(rule: Rule, notice: nodes.Notice) -> bool:
    return any(
        set(notice.roles) <= set(own.roles) and own.event == notice.event and own.within == notice.within
        for own in rule.notices
    )


def _of_exception(sentence: str, old: Exemption | None, new: Exemption | None, direction: Direction) -> str:
    is_revised = old is not None and new is not None
    return f"{sentence}: it lifts them {_LIFTS[direction]}" if is_revised else sentence


def _joined(locals_: Sequence[Local]) -> Local:
    """Where any of several rules says less, or more."""
    return Local(
        lost=tuple(formula for item in locals_ for formula in item.lost),
        gained=tuple(formula for item in locals_ for formula in item.gained),
        shown_lost=tuple(shown for item in locals_ for shown in item.shown_lost or ()),
        shown_gained=tuple(shown for item in locals_ for shown in item.shown_gained or ()),
    )


# Levels in common


def _shared_levels(old: Graph, new: Graph) -> frozenset[Level]:
    """The categories and stages that both have, on the same ladder."""
    return frozenset(
        (name, stage or "")
        for name, item in old.category.items()
        if name in new.category and new.category[name].ladder == item.ladder
        for stage, _ in item.reached
        if stage in dict(new.category[name].reached)
    )


def _mentioned(graph: Graph, name: str) -> tuple[frozenset[Level], frozenset[str]]:
    """The levels that a rule, or an exception to it, asks for, and the scores that it asks for directly."""
    rule = graph.rule[name]
    lifting = [item for item in graph.exemptions if name in item.rules]
    needs = [*rule.requirements, *(need for item in lifting for need in item.requirements)]
    stack = [rule.body, *(item.body for item in lifting), *(node for need in needs for node in need.nodes)]
    seen: set[int] = set()
    levels: set[Level] = set()
    scores: set[str] = set()
    while stack:
        index = stack.pop()
        if index in seen:
            continue
        seen.add(index)
        node = graph.nodes[index]
        if isinstance(node, nodes.Reached):
            levels.add((node.category, node.stage or ""))
        elif isinstance(node, nodes.Threshold):
            scores.update(graph.inputs[term].text for term, _ in node.terms)
        elif not isinstance(node, nodes.Holds):
            stack += nodes.parts_of(node)
    return frozenset(levels), frozenset(scores)
