"""Small policies whose evidence can be listed: two of them are compared by deciding all of it under both.

A world is drafted as data, so that it can be edited and written anew: one to three measures with few thresholds, up to
two stages, one or two categories, one to three rules. Its evidence is finite, since no policy tells apart two values of
a measure between which none of its thresholds lies; the list of it, and how likely each piece is, stand here once more,
beside what `analysis.space` says of them.
"""

import dataclasses
import functools
import itertools
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from policylang.analysis.witness import MODEL, PLACE
from policylang.clocks import EXAMPLE_DAY
from policylang.decide.decision import Verdict
from policylang.decide.repeated import Decider
from policylang.evidence.facts import Evidence, Fact, Subject
from policylang.graph import nodes
from policylang.graph.nodes import Graph
from policylang.kinds import Kind

LADDER = ("low", "medium", "high")
ROLES = ("board", "lead")
ACTIONS = ("deploy.out", "deploy.home", "train")
THRESHOLDS = {"rate": ("20%", "50%", "80%"), "score": ("2", "5"), "count": ("2", "3")}

# Conditions: a text, or `and`, `or`, `not` of conditions

Condition = Any


def said(condition: Condition, *, inner: bool = False) -> str:
    """A condition as the language writes it."""
    if isinstance(condition, str):
        return condition
    word, *parts = condition
    if word == "not":
        return f"not {said(parts[0], inner=True)}" if isinstance(parts[0], str) else f"not ({said(parts[0])})"
    text = f" {word} ".join(said(part, inner=True) for part in parts)
    return f"({text})" if inner else text


# Worlds


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """A measure."""

    name: str
    kind: str
    worse: str = "higher"
    margin: str = ""

    def text(self) -> str:
        """Its declaration."""
        fields = [f"worse when {self.worse}"] * (self.worse == "lower") + [f"margin {self.margin}"] * bool(self.margin)
        kind = "score(0..10)" if self.kind == "score" else self.kind
        return f"measure {self.name}: {kind}" + (f" {{ {' '.join(fields)} }}" if fields else "")


@dataclass(frozen=True, kw_only=True)
class Guard:
    """A control; on a ladder or not, attested or not, shown by a measurement or not."""

    name: str
    laddered: bool = False
    by: str = ""
    shows: Condition = ""

    def text(self) -> str:
        """Its declaration."""
        fields = [f"attested by {self.by}"] * bool(self.by)
        fields += [f"holds when {said(self.shows)}"] if self.shows else []
        return f"control {self.name}{': guard' * self.laddered} {{ {' '.join(fields)} }}"


@dataclass(frozen=True, kw_only=True)
class Area:
    """A category: its clauses, and who assesses it."""

    name: str
    clauses: tuple[tuple[str, Condition], ...] = ()
    by: str = ""

    def text(self) -> str:
        """Its declaration."""
        fields = [f"{level} when {said(condition)}" for level, condition in self.clauses]
        fields += [f"assessed by {self.by}"] * bool(self.by)
        return f"category {self.name}: risk {{ {'  '.join(fields)} }}"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A rule; each effect is what it says and the actions it says it of."""

    name: str
    when: Condition
    effects: tuple[tuple[str, tuple[str, ...]], ...]
    waivable: str = ""
    readings: tuple[Condition, ...] = ()  # with these in place of the condition
    strength: str = ""

    def text(self) -> str:
        """Its declaration."""
        fields = [f"when {said(self.when)}"] if self.when and not self.readings else []
        fields += [f"interpretation way_{n} when {said(c)}" for n, c in enumerate(self.readings)]
        fields += [
            f"{what} {', '.join(actions)}" if what == "forbid" else f"{what} before {', '.join(actions)}"
            for what, actions in self.effects
        ]
        fields += [f"waivable by {self.waivable}"] * bool(self.waivable)
        fields += [f"strength {self.strength}"] * bool(self.strength)
        return f"rule {self.name} {{ {'  '.join(fields)} }}"


@dataclass(frozen=True, kw_only=True)
class Lift:
    """An exception."""

    name: str
    rules: tuple[str, ...]
    when: Condition = ""
    needs: tuple[str, ...] = ()

    def text(self) -> str:
        """Its declaration."""
        fields = [f"when {said(self.when)}"] * bool(self.when) + [f"require {need}" for need in self.needs]
        return f"exception {self.name} to {', '.join(self.rules)} {{ {'  '.join(fields)} }}"


@dataclass(frozen=True, kw_only=True)
class World:
    """A small policy."""

    stages: tuple[str, ...]
    actions: tuple[str, ...]
    gauges: tuple[Gauge, ...]
    guards: tuple[Guard, ...]
    areas: tuple[Area, ...]
    rules: tuple[Clause, ...]
    lifts: tuple[Lift, ...] = ()
    vetoes: tuple[tuple[str, str], ...] = ()  # a role and an action

    def declarations(self) -> list[str]:
        """Every declaration, the header first."""
        return [
            'policy small { version "1" }',
            f"levels risk: {' < '.join(LADDER)}",
            "levels guard: g1 < g2",
            *(f"stage {stage}" for stage in self.stages),
            *(f"action {action}" for action in self.actions),
            *(f"role {role}" for role in ROLES),
            "event leak",
            *self.texts(self.gauges, self.guards, self.areas, self.rules, self.lifts),
            *(f"{role} may veto {action}" for role, action in self.vetoes),
        ]

    @staticmethod
    def texts(*groups: Sequence[Gauge | Guard | Area | Clause | Lift]) -> list[str]:
        """The texts of some declarations."""
        return [item.text() for group in groups for item in group]

    def text(self, order: random.Random | None = None) -> str:
        """The policy, in this order or a random one."""
        first, *rest = self.declarations()
        if order is not None:
            order.shuffle(rest)
        return "\n".join([first, *rest]) + "\n"


# Making one


class Maker:
    """Draws worlds and their parts."""

    def __init__(self, rng: random.Random) -> None:
        """Everything comes from one generator."""
        self.rng = rng

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def world(self) -> World:
        """A random small world."""
        rng = self.rng
        stages = ("raw", "safe")[: rng.choice((0, 0, 1, 1, 2))]
        actions = ACTIONS[: rng.choice((1, 2, 3))] if self.chance(0.8) else ("deploy",)
        world = World(stages=stages, actions=actions, gauges=self.gauges(), guards=(), areas=(), rules=())
        world = dataclasses.replace(world, guards=tuple(self.guard(world, n) for n in range(rng.choice((0, 1, 1)))))
        areas = tuple(self.area(world, n) for n in range(rng.choice((1, 1, 2))))
        world = dataclasses.replace(world, areas=areas)
        rules = tuple(self.rule(world, n) for n in range(rng.choice((1, 2, 2, 3))))
        world = dataclasses.replace(world, rules=rules)
        lifts = self.lifts(world) if self.chance(0.25) else ()
        vetoes = ((rng.choice(ROLES), rng.choice(actions)),) if self.chance(0.2) else ()
        return dataclasses.replace(world, lifts=lifts, vetoes=vetoes)

    def gauges(self) -> tuple[Gauge, ...]:
        found = []
        for number in range(self.rng.choice((1, 1, 2, 3))):
            kind = self.rng.choice(("rate", "rate", "finding", "score", "count"))
            worse = self.rng.choice(("higher", "higher", "higher", "lower"))
            margin = {"rate": "10%", "score": "1", "count": "1"}.get(kind, "") if self.chance(0.15) else ""
            found.append(Gauge(name=f"m{number}", kind=kind, worse=worse, margin=margin))
        return tuple(found)

    def guard(self, world: World, number: int) -> Guard:
        laddered = self.chance(0.4)
        by = self.rng.choice(ROLES) if laddered or self.chance(0.7) else ""
        shows = self.tree(lambda: self.measured(world, inside=False), 0) if not by or self.chance(0.3) else ""
        return Guard(name=f"k{number}", laddered=laddered, by=by, shows=shows)

    def area(self, world: World, number: int) -> Area:
        levels = [level for level in LADDER[1:] if self.chance(0.75)]
        clauses = tuple((level, self.tree(lambda: self.measured(world, inside=True), 1)) for level in levels)
        by = self.rng.choice(ROLES) if not clauses or self.chance(0.2) else ""
        return Area(name=f"area{number}", clauses=clauses, by=by)

    def rule(self, world: World, number: int) -> Clause:
        readings: tuple[Condition, ...] = ()
        if self.chance(0.08):
            readings = (self.condition(world), self.condition(world))
        return Clause(
            name=f"r{number}",
            when=self.condition(world) if self.chance(0.85) or readings else "",
            effects=tuple(self.effect(world) for _ in range(self.rng.choice((1, 1, 2)))),
            waivable=self.rng.choice(ROLES) if self.chance(0.15) else "",
            readings=readings,
            strength=self.rng.choice(("aim", "recommend")) if self.chance(0.08) else "",
        )

    def lifts(self, world: World) -> tuple[Lift, ...]:
        """An exception, where there is a rule to except."""
        binding = [rule.name for rule in world.rules if not rule.strength]
        return (self.lift(world, binding),) if binding else ()

    def lift(self, world: World, binding: list[str]) -> Lift:
        when = self.condition(world) if self.chance(0.8) else ""
        needs = (self.need(world),) if not when or self.chance(0.5) else ()
        rules = tuple(sorted(self.rng.sample(binding, self.rng.randint(1, len(binding)))))
        return Lift(name="pass", rules=rules, when=when, needs=needs)

    def effect(self, world: World) -> tuple[str, tuple[str, ...]]:
        """What a rule does, and to which actions."""
        names = sorted({*world.actions, *(action.partition(".")[0] for action in world.actions)})
        actions = tuple(sorted(self.rng.sample(names, self.rng.choice((1, 1, min(2, len(names)))))))
        pick = self.rng.random()
        if pick < 0.45:
            return "forbid", actions
        if pick < 0.55:
            return f"notify {self.rng.choice(ROLES)}", actions
        return f"require {self.need(world)}", actions

    def need(self, world: World) -> str:
        if world.guards and self.chance(0.55):
            guard = self.rng.choice(world.guards)
            return guard.name + (f" >= {self.rng.choice(('g1', 'g2'))}" if guard.laddered and self.chance(0.8) else "")
        what = self.rng.choice(("approval", "approval", "consultation"))
        if self.chance(0.3):
            return f"{what} of {self.rng.choice(('1 of (board, lead)', 'board, lead'))}"
        return f"{what} of {self.rng.choice(ROLES)}"

    def tree(self, leaf: Callable[[], Condition], depth: int) -> Condition:
        """A condition of leaves."""
        if depth > 0 and self.chance(0.35):
            return (self.rng.choice(("and", "or")), self.tree(leaf, depth - 1), self.tree(leaf, depth - 1))
        return ("not", leaf()) if self.chance(0.08) else leaf()

    def condition(self, world: World) -> Condition:
        """A condition that may stand in a rule."""
        return self.tree(lambda: self.atom(world), 1)

    def atom(self, world: World) -> Condition:
        rng, stage = self.rng, f".{self.rng.choice(world.stages)}" if world.stages else ""
        pick = rng.random()
        if pick < 0.1:
            return self.measured(world, inside=False)
        if pick < 0.15:
            return "leak"
        if pick < 0.2:
            return f"attempts {rng.choice(('>=', '>'))} {rng.choice('23')}"
        if pick < 0.25 and world.guards:
            return rng.choice(world.guards).name
        sign, level = rng.choice((">=", ">=", ">=", ">", "<")), rng.choice(LADDER[1:])
        sign = ">=" if (sign, level) == (">", "high") else sign
        if pick < 0.5:
            return f"{rng.choice(('any', 'any', 'all'))} category{stage} {sign} {level}"
        return f"{rng.choice(world.areas).name}{stage} {sign} {level}"

    def measured(self, world: World, *, inside: bool) -> Condition:
        """A comparison of a measure, inside a category or elsewhere."""
        gauge = self.rng.choice(world.gauges)
        name = gauge.name if inside or not world.stages else f"{gauge.name}.{self.rng.choice(world.stages)}"
        if gauge.kind == "finding":
            return name
        toward = (">=", ">=", ">=", ">") if gauge.worse == "higher" else ("<=", "<=", "<")
        sign = self.rng.choice((*toward, "<") if self.chance(0.1) else toward)
        others = [other for other in world.gauges if other.kind == gauge.kind and other != gauge]
        if others and self.chance(0.12):
            other = self.rng.choice(others)
            second = other.name if inside or not world.stages else f"{other.name}.{self.rng.choice(world.stages)}"
            joint = self.rng.choice("+-")
            return f"{name} {joint} {second} {sign} {self.rng.choice(THRESHOLDS[gauge.kind])}"
        return f"{name} {sign} {self.rng.choice(THRESHOLDS[gauge.kind])}"


# Editing one


class Editor(Maker):
    """Edits worlds: another condition here, one clause less there."""

    def edited(self, world: World) -> World:
        """The world with one thing changed."""
        edits: tuple[Callable[[World], World], ...] = (
            self.reword, self.reword, self.reword_rule, self.reword_rule, self.reeffect, self.drop_rule, self.add_rule,
            self.relift, self.reveto, self.rewaive, self.reguard, self.reassess, self.remargin, self.restrength,
        )  # fmt: skip
        new = self.rng.choice(edits)(world)
        advice = {rule.name for rule in new.rules if rule.strength}  # nothing can be excepted from it
        return dataclasses.replace(new, lifts=tuple(lift for lift in new.lifts if not advice.intersection(lift.rules)))

    def touched(self, condition: Condition, leaf: Callable[[], Condition]) -> Condition:
        """A condition with one part changed."""
        if isinstance(condition, str):
            return self.retouched(condition) if self.chance(0.6) else leaf()
        word, *parts = condition
        pick = self.rng.random()
        if word == "not":
            return parts[0] if pick < 0.3 else ("not", self.touched(parts[0], leaf))
        if pick < 0.25:
            return ("or" if word == "and" else "and", *parts)
        if pick < 0.45:
            return self.rng.choice(parts)
        at = self.rng.randrange(len(parts))
        return (word, *parts[:at], self.touched(parts[at], leaf), *parts[at + 1 :])

    def retouched(self, text: str) -> str:
        """A comparison with another sign or another value."""
        words = text.split(" ")
        if len(words) < 3:
            return text
        signs = {">=": ">", ">": ">=", "<=": "<", "<": "<="}
        if self.chance(0.5) and words[-2] in signs:
            changed = [*words[:-2], signs[words[-2]], words[-1]]
            return text if changed[-2:] in ([">", "high"], ["<=", "high"]) else " ".join(changed)
        for options in (*THRESHOLDS.values(), LADDER[1:]):
            if words[-1] in options:
                other = self.rng.choice(options)
                return text if (words[-2], other) == (">", "high") else " ".join([*words[:-1], other])
        return text

    def one(self, items: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
        """Items with one of them changed; None leaves it out."""
        if not items:
            return items
        at = self.rng.randrange(len(items))
        new = change(items[at])
        return (*items[:at], *([] if new is None else [new]), *items[at + 1 :])

    def reword(self, world: World) -> World:
        """Another threshold of a category."""

        def change(area: Area) -> Area:
            if not area.clauses or self.chance(0.15):
                return self.area(world, int(area.name[-1]))
            clauses = self.one(
                area.clauses, lambda c: (c[0], self.touched(c[1], lambda: self.measured(world, inside=True)))
            )
            return dataclasses.replace(area, clauses=clauses)

        return dataclasses.replace(world, areas=self.one(world.areas, change))

    def reword_rule(self, world: World) -> World:
        """Another condition of a rule."""

        def change(rule: Clause) -> Clause:
            if rule.readings:
                readings = self.one(rule.readings, lambda c: self.touched(c, lambda: self.atom(world)))
                return dataclasses.replace(rule, readings=readings if self.chance(0.7) else ())
            when = self.touched(rule.when, lambda: self.atom(world)) if rule.when else self.condition(world)
            return dataclasses.replace(rule, when="" if self.chance(0.08) else when)

        return dataclasses.replace(world, rules=self.one(world.rules, change))

    def reeffect(self, world: World) -> World:
        """Another effect of a rule, one more or one less."""

        def change(rule: Clause) -> Clause:
            if self.chance(0.3) and len(rule.effects) > 1:
                return dataclasses.replace(rule, effects=rule.effects[1:])
            if self.chance(0.3):
                return dataclasses.replace(rule, effects=(*rule.effects, self.effect(world)))
            return dataclasses.replace(rule, effects=self.one(rule.effects, lambda _: self.effect(world)))

        return dataclasses.replace(world, rules=self.one(world.rules, change))

    def drop_rule(self, world: World) -> World:
        """A rule less, and what excepts it with it."""
        if len(world.rules) < 2:
            return self.reword(world)
        gone = self.rng.choice(world.rules).name
        lifts = tuple(
            dataclasses.replace(lift, rules=rules)
            for lift in world.lifts
            if (rules := tuple(r for r in lift.rules if r != gone))
        )
        return dataclasses.replace(world, rules=tuple(r for r in world.rules if r.name != gone), lifts=lifts)

    def add_rule(self, world: World) -> World:
        """A rule more, or one twice under two names."""
        new = self.rule(world, len(world.rules))
        if self.chance(0.3):
            new = dataclasses.replace(world.rules[0], name=new.name)
        return dataclasses.replace(world, rules=(*world.rules, new))

    def relift(self, world: World) -> World:
        """Another exception, or none."""
        if world.lifts and self.chance(0.4):
            return dataclasses.replace(world, lifts=())
        if world.lifts and world.lifts[0].when and self.chance(0.5):
            lift = world.lifts[0]
            when = self.touched(lift.when, lambda: self.atom(world))
            return dataclasses.replace(world, lifts=(dataclasses.replace(lift, when=when),))
        return dataclasses.replace(world, lifts=self.lifts(world))

    def reveto(self, world: World) -> World:
        """Another veto, or none."""
        vetoes = (
            () if world.vetoes and self.chance(0.5) else ((self.rng.choice(ROLES), self.rng.choice(world.actions)),)
        )
        return dataclasses.replace(world, vetoes=vetoes)

    def rewaive(self, world: World) -> World:
        """Another who may waive a rule, or nobody."""
        return dataclasses.replace(
            world, rules=self.one(world.rules, lambda r: dataclasses.replace(r, waivable=self.rng.choice(("", *ROLES))))
        )

    def reguard(self, world: World) -> World:
        """Another control of the same name."""
        return dataclasses.replace(
            world,
            guards=self.one(
                world.guards,
                lambda g: dataclasses.replace(self.guard(world, 0), laddered=g.laddered, by=g.by or ROLES[0]),
            ),
        )

    def reassess(self, world: World) -> World:
        """Another who assesses a category, or nobody."""
        return dataclasses.replace(
            world,
            areas=self.one(
                world.areas,
                lambda a: dataclasses.replace(a, by=self.rng.choice(("", *ROLES) if a.clauses else ROLES)),
            ),
        )

    def remargin(self, world: World) -> World:
        """Another margin, or none."""
        other = {"rate": ("", "10%", "20%"), "score": ("", "1"), "count": ("", "1")}
        return dataclasses.replace(
            world,
            gauges=self.one(
                world.gauges, lambda g: dataclasses.replace(g, margin=self.rng.choice(other.get(g.kind, ("",))))
            ),
        )

    def restrength(self, world: World) -> World:
        """A rule that binds otherwise."""
        return dataclasses.replace(
            world,
            rules=self.one(
                world.rules, lambda r: dataclasses.replace(r, strength=self.rng.choice(("", "aim", "recommend")))
            ),
        )


def pair_of(seed: int) -> tuple[World, World]:
    """A world and one or two edits of it."""
    editor = Editor(random.Random(f"world {seed}"))
    old = editor.world()
    new = editor.edited(old)
    if editor.chance(0.4):
        new = editor.edited(new)
    return old, new


def weight(world: World) -> int:
    """About how much evidence there is, from the draft alone: what is far too much need not be compiled."""
    text = " ".join(world.texts(world.guards, world.areas, world.rules, world.lifts))
    stages = max(1, len(world.stages))
    total: int = 3 if "attempts" in text else 1
    for gauge in world.gauges:
        cuts = set(re.findall(rf"\b{gauge.name}\S* \S+ ([\d.%]+)", text))
        total *= (3 if gauge.kind == "finding" else 3 + 2 * len(cuts)) ** stages if gauge.name in text else 1
    total *= math.prod(len(LADDER) ** stages for area in world.areas if area.by)
    facts = [what for rule in world.rules for what, _ in rule.effects if re.match("notify|require (appr|cons)", what)]
    return total << (len(facts) + len([rule for rule in world.rules if rule.waivable]) + len(world.vetoes))


# All evidence of two policies


@dataclass(frozen=True, kw_only=True)
class Domain:
    """All exact or missing evidence: what may be given for each input, and what may be recorded of each fact.

    `scores` has for each measure and stage the values, with how likely each is; None is missing and has no share.
    """

    scores: Mapping[tuple[str, str | None], tuple[tuple[Fraction | None, Fraction], ...]]
    attempts: tuple[tuple[int | None, Fraction], ...]
    facts: tuple[tuple[Fact | None, ...], ...]

    @functools.cached_property
    def size(self) -> int:
        """How many pieces of evidence there are."""
        scores = math.prod(len(values) for values in self.scores.values())
        return scores * len(self.attempts) * math.prod(len(options) for options in self.facts)


def domain(graphs: Sequence[Graph]) -> Domain:
    """The evidence that two policies can tell apart, and a little more."""
    keys = {(i.name, i.stage) for graph in graphs for i in graph.inputs if i.of == "measure"}
    attempts = [graph for graph in graphs if any(i.of == "attempts" for i in graph.inputs)]
    cuts = {int(bound) for graph in graphs for bound in _bounds(graph, "attempts", None)}
    counts: tuple[tuple[int | None, Fraction], ...] = ((None, Fraction(1)),)
    if attempts:
        counts = tuple(_counted(min(i.low for g in attempts for i in g.inputs if i.of == "attempts"), cuts))
    scores = {key: tuple(_values(graphs, *key)) for key in sorted(keys, key=str)}
    return Domain(scores=scores, attempts=counts, facts=tuple(map(tuple, _facts(graphs))))


def _bounds(graph: Graph, name: str, stage: str | None) -> set[Fraction]:
    """The thresholds of an input; those of a sum of inputs count for each of them, among a few more."""
    found: set[Fraction] = set()
    for node in graph.nodes:
        if isinstance(node, nodes.Threshold):
            named = [graph.inputs[index] for index, _ in node.terms]
            if any((i.name, i.stage) == (name, stage) for i in named):
                found |= {node.bound} if len(named) == 1 else {node.bound, node.bound / 2}
    return found


def has_sums(graphs: Sequence[Graph]) -> bool:
    """Whether any condition adds measures."""
    return any(isinstance(n, nodes.Threshold) and len(n.terms) > 1 for graph in graphs for n in graph.nodes)


def _values(graphs: Sequence[Graph], name: str, stage: str | None) -> Iterator[tuple[Fraction | None, Fraction]]:
    """Missing; each point where something may change; and one value of each cell between, with its length."""
    yield None, Fraction(0)
    measures = [graph.measure[name] for graph in graphs if name in graph.measure]
    if measures[0].kind is Kind.FINDING:
        yield from ((Fraction(0), Fraction(1, 2)), (Fraction(1), Fraction(1, 2)))
        return
    cuts = {bound for graph in graphs for bound in _bounds(graph, name, stage)}
    for measure in measures:
        shift = -(measure.margin or 0) if measure.worse == "higher" else (measure.margin or 0)
        cuts |= {bound + shift for graph in graphs for bound in _bounds(graph, name, stage)}
    if measures[0].high is None:
        yield from itertools.islice(_counted(measures[0].low, {int(cut) for cut in cuts}), 1, None)
        return
    low, high = measures[0].low, measures[0].high
    points = sorted({low, high, *(cut for cut in cuts if low <= cut <= high)})
    yield from ((point, Fraction(0)) for point in points)
    for start, end in itertools.pairwise(points):
        yield (start + end) / 2, (end - start) / (high - low)


def _counted(low: Fraction, cuts: set[int]) -> Iterator[tuple[int | None, Fraction]]:
    """Whole numbers without an end: each threshold, and one between each two, are equally likely."""
    yield None, Fraction(0)
    points = sorted({int(low), *(cut for cut in cuts if cut >= low)})
    between = [start + 1 for start, end in itertools.pairwise(points) if end - start > 1] + [points[-1] + 1]
    yield from ((value, Fraction(1, len(points) + len(between))) for value in (*points, *between))


def _facts(graphs: Sequence[Graph]) -> Iterator[list[Fact | None]]:
    """What may be recorded: of each thing nothing, or one of a few facts."""
    for key, levels in _recordable(graphs).items():
        kind, about, fields = key[0], key[1], dict(key[2])
        action = fields.pop("action", None)
        fact = Fact(
            kind=kind,  # type: ignore[arg-type]  # of the kinds below
            about=about,
            at=EXAMPLE_DAY,
            place=PLACE,
            actions=() if action is None else (action,),
            **fields,
        )
        yield [None, *(dataclasses.replace(fact, level=level) for level in levels)]


def _recordable(graphs: Sequence[Graph]) -> dict[tuple[str, str, tuple[tuple[str, Any], ...]], tuple[str | None, ...]]:
    found: dict[tuple[str, str, tuple[tuple[str, Any], ...]], tuple[str | None, ...]] = {}

    def add(kind: str, about: str, levels: tuple[str | None, ...] = (None,), **fields: Any) -> None:
        found.setdefault((kind, about, tuple(sorted(fields.items()))), levels)

    for graph in graphs:
        for node in graph.nodes:
            if isinstance(node, nodes.Happened):
                add("event", node.event)
        for control in graph.controls:
            if control.attested:
                add("attestation", control.name, control.ladder or (None,), by=control.attested)
        for area in graph.categories:
            for stage, _ in area.reached if area.assessed else ():
                add("assessment", area.name, area.ladder, by=area.assessed, stage=stage)
        for veto in graph.vetoes:
            for role, action in itertools.product(veto.roles, veto.actions):
                add("veto", action, by=role)
        for rule in graph.rules:
            for action in sorted(rule.covers) if rule.waivable and rule.strength == "must" else ():
                add("waiver", rule.name, by=rule.waivable, action=action)
            asked = rule.requirements if rule.strength == "must" else ()
            for need, action in ((one, action) for one in asked for action in one.actions):
                for role in need.members if need.what != "control" else ():
                    if need.what == "notification":
                        add(need.what, rule.name, to=role)
                    else:
                        add(need.what, action, by=role)
        for item in graph.exemptions:
            rules = [graph.rule[name] for name in item.rules]
            for need in item.requirements:
                for role in need.members if need.what != "control" else ():
                    for about in (item.name, *sorted({a for rule in rules for a in rule.covers})):
                        add(need.what, about, by=role)
    return found


# Deciding all of it


@dataclass(kw_only=True)
class Move:
    """What became of the verdict on one action on all evidence."""

    fall: tuple[int, Verdict, Verdict] | None = None  # how far, from what, to what
    rises: bool = False
    looser: Fraction = Fraction(0)
    stricter: Fraction = Fraction(0)
    seen: set[tuple[Verdict, Verdict]] = field(default_factory=set)


FALLS = (
    (Verdict.FORBIDDEN, Verdict.PERMITTED),
    (Verdict.FORBIDDEN, Verdict.CONDITIONAL),
    (Verdict.UNDETERMINED, Verdict.PERMITTED),
    (Verdict.FORBIDDEN, Verdict.UNDETERMINED),
    (Verdict.UNDETERMINED, Verdict.CONDITIONAL),
    (Verdict.CONDITIONAL, Verdict.PERMITTED),
)
"""Falls, the furthest first."""


def moves(graphs: Sequence[Graph], everything: Domain) -> dict[str, Move]:
    """By action that both policies have: how its verdict moves, on all evidence."""
    examples = [graph.example for graph in graphs]
    actions = [term.name for term in graphs[0].actions if term.name in {other.name for other in graphs[1].actions}]
    found = {action: Move() for action in actions}
    scores = list(everything.scores)
    grid = [
        ({key: value for key, (value, _) in zip(scores, row, strict=True) if value is not None},
         math.prod((share for _, share in row), start=Fraction(1)))
        for row in itertools.product(*everything.scores.values())
    ]  # fmt: skip
    known = [{(i.name, i.stage) for i in graph.inputs} for graph in examples]
    of_fact = math.prod((Fraction(1, len(options)) for options in everything.facts), start=Fraction(1))
    for chosen in itertools.product(*everything.facts):
        facts = tuple(fact for fact in chosen if fact is not None)
        for attempt, of_attempt in everything.attempts:
            evidence = Evidence(subject=Subject(model=MODEL, attempt=attempt), readings=(), facts=facts)
            deciders = [Decider(graph, evidence, EXAMPLE_DAY) for graph in examples]
            for given, share in grid:
                rows = [
                    decider.decide(decider.scores({key: value for key, value in given.items() if key in names}))
                    for decider, names in zip(deciders, known, strict=True)
                ]
                for action in actions:
                    _moved(
                        found[action], rows[0][action].verdict, rows[1][action].verdict, share * of_attempt * of_fact
                    )
    return found


def _moved(move: Move, old: Verdict, new: Verdict, share: Fraction) -> None:
    if old is new:
        return
    move.seen.add((old, new))
    if new.rank > old.rank:
        move.rises, move.stricter = True, move.stricter + share
        return
    move.looser += share
    far = FALLS.index((old, new))
    if move.fall is None or far < move.fall[0]:
        move.fall = far, old, new
