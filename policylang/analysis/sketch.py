"""A policy as points and links without names: what can be compared with another policy that has other names.

A point is a thing with a name (`rule`, `role`, a level of a ladder), a condition, or a part of a declaration. It says
what needs no name (numbers, kinds, operators), and everything else is a link to another point. What follows from other
declarations (that a level is reached, that a control holds) is a link to these, not a copy of them, and no order that
comes from names is in it: `a >= b` is drawn as the opposite of `b > a`.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import assert_never

from policylang.graph import nodes
from policylang.graph.nodes import Graph
from policylang.kinds import Quantity

Named = tuple[str, str]
"""A kind and a name; of a level: its ladder, a dot, and its name."""


class Sketch:
    """The points and links of one graph: `says` by point, `links` as (from, label, to), `points` by kind and name."""

    def __init__(self, graph: Graph) -> None:
        """Draw a graph."""
        self.graph = graph
        self.says: list[list[str]] = []
        self.links: list[tuple[int, str, int]] = []
        self.points: dict[Named, int] = {}
        self.titles: dict[int, str] = {}
        self._conditions: dict[int, int] = {}
        self._inputs: dict[int, int] = {}
        self._sums: dict[frozenset[tuple[int, Fraction]], int] = {}
        self._opposites: dict[int, int] = {}
        self._controls = {item.name: self._ladder_of(item.ladder) for item in graph.controls}
        self._words()
        self._declarations()

    # Points and links

    def point(self, *says: str) -> int:
        """A new point, and what it says."""
        self.says.append(list(says))
        return len(self.says) - 1

    def named(self, kind: str, name: str) -> int:
        """The point of a name."""
        if (kind, name) not in self.points:
            self.points[kind, name] = self.point(kind)
        return self.points[kind, name]

    def link(self, start: int, label: str, kind: str, names: Iterable[str]) -> None:
        """Links to names; empty ones are none."""
        self.links += [(start, label, self.named(kind, name)) for name in names if name]

    def part(self, start: int, label: str, *says: str) -> int:
        """A new point that is part of another."""
        made = self.point(*says)
        self.links.append((start, label, made))
        return made

    def _length(self, start: int, label: str, period: nodes.Period | None) -> None:
        """A duration: a value, or a parameter."""
        if period is None:
            return
        if ("parameter", period.text) in self.points:
            self.link(start, label, "parameter", [period.text])
        else:
            self.says[start].append(f"{label} {_exact(period.quantity)}")

    # Words

    def _words(self) -> None:
        graph = self.graph
        for kind, terms in (
            ("stage", graph.stages),
            ("action", graph.actions),
            ("role", graph.roles),
            ("event", graph.events),
        ):
            for term in terms:
                self.titles[self.named(kind, term.name)] = term.title
        for name, levels in graph.ladders:
            ladder = self.named("ladder", name)
            below = ladder
            for level in levels:
                point = self.named("level", f"{name}.{level}")
                self.links += [(ladder, "level", point), (below, "below", point)]
                below = point
        for parameter in graph.parameters:
            self._parameter(parameter)
        for attribute in graph.attributes:
            point = self.named("attribute", attribute.name)
            self.titles[point] = attribute.title
            self.says[point].append(attribute.kind)
            self.link(point, "on", "ladder", [self._ladder_of(attribute.ladder)])

    def _parameter(self, item: nodes.Parameter) -> None:
        point = self.named("parameter", item.name)
        self.titles[point] = item.title
        levels = dict(self.graph.ladders).get(item.kind, ())
        if levels:
            self.link(point, "on", "ladder", [item.kind])
            self._level(point, "value", item.kind, item.value)
        else:
            self.says[point] += [item.kind, f"= {item.value}"]

    def _ladder_of(self, levels: tuple[str, ...]) -> str:
        return next((name for name, found in self.graph.ladders if found == levels), "") if levels else ""

    def _level(self, start: int, label: str, ladder: str, level: str) -> None:
        self.link(start, label, "level", [f"{ladder}.{level}"] if ladder and level else [])

    # Conditions

    def condition(self, index: int) -> int:
        """The point of a condition."""
        if index not in self._conditions:
            self._conditions[index] = self._condition(self.graph.nodes[index])
        return self._conditions[index]

    def _condition(self, node: nodes.Node) -> int:
        match node:
            case nodes.Threshold():
                return self._threshold(node)
            case nodes.Opposite(part=part):
                return self._opposite(self.condition(part))
            case nodes.AllOf(parts=parts):
                return self._joined(["and"], [(part, "part") for part in parts])
            case nodes.AnyOf(parts=parts):
                return self._joined(["or"], [(part, "part") for part in parts])
            case nodes.AtLeast(parts=parts, count=count):
                return self._joined([f"at least {count}"], [(part, "part") for part in parts])
            case nodes.Disputed(parts=parts, names=names):
                return self._joined(["disputed"], [(p, f"as {n}") for p, n in zip(parts, names, strict=True)])
            case nodes.Constant(value=value):
                return self.point(f"{value}")
            case nodes.Defined(name=name):
                return self._of("definition", name)
            case nodes.Happened(event=event):
                return self._of("event", event)
            case nodes.Unspecified(parameter=parameter):
                return self._of("parameter", parameter)
            case nodes.Holds(control=control, level=level) | nodes.Attested(control=control, level=level):
                point = self._of("control", control)
                self._rank(point, self._controls[control], level)
                return point
            case nodes.Reached() | nodes.Assessed():
                return self._reached(node)
            case _:
                assert_never(node)

    def _of(self, kind: str, name: str) -> int:
        point = self.point()
        self.link(point, kind, kind, [name])
        return point

    def _rank(self, start: int, ladder: str, rank: int | None) -> None:
        levels = dict(self.graph.ladders).get(ladder, ())
        if rank is not None and rank < len(levels):
            self._level(start, "at", ladder, levels[rank])

    def _reached(self, node: nodes.Reached | nodes.Assessed) -> int:
        point = self._of("category", node.category)
        self.link(point, "stage", "stage", [node.stage or ""])
        self._rank(point, self.graph.category[node.category].ladder_name, node.level)
        return point

    def _joined(self, says: list[str], parts: list[tuple[int, str]]) -> int:
        found = [(self.condition(index), label) for index, label in parts]
        point = self.point(*says)
        self.links += [(point, label, part) for part, label in found]
        return point

    def _opposite(self, part: int) -> int:
        if part not in self._opposites:
            point = self.point("not")
            self.links.append((point, "part", part))
            self._opposites.update({part: point, point: part})
        return self._opposites[part]

    def _threshold(self, node: nodes.Threshold) -> int:
        """A comparison; a sum above 0 is the opposite of the turned sum at 0 or above, whichever sign names gave it."""
        if node.strict and not node.bound and len(node.terms) > 1:
            return self._opposite(self._sum([(index, -factor) for index, factor in node.terms]))
        if not node.bound and len(node.terms) > 1:
            return self._sum(list(node.terms))
        return self._compared(f"{'>' if node.strict else '>='} {node.bound} {node.kind}", node.terms)

    def _sum(self, terms: list[tuple[int, Fraction]]) -> int:
        key = frozenset(terms)
        if key not in self._sums:
            self._sums[key] = self._compared(">= 0", terms)
        return self._sums[key]

    def _compared(self, says: str, terms: Iterable[tuple[int, Fraction]]) -> int:
        point = self.point(says)
        for index, factor in terms:
            if index not in self._inputs:
                item = self.graph.inputs[index]
                made = self._inputs[index] = self.point("attempts") if item.of == "attempts" else self.point()
                self.link(made, item.of, item.of, [item.name] if item.of != "attempts" else [])
                self.link(made, "stage", "stage", [item.stage or ""])
            self.links.append((point, f"{factor}", self._inputs[index]))
        return point

    def _when(self, start: int, label: str, index: int | None) -> None:
        if index is not None:
            self.links.append((start, label, self.condition(index)))

    # Declarations

    def _declarations(self) -> None:
        graph = self.graph
        for control in graph.controls:
            self._control(control)
        for measure in graph.measures:
            self._measure(measure)
        for category in graph.categories:
            self._category(category)
        for definition in graph.definitions:
            node = graph.nodes[definition.part]  # the name itself
            part = node.part if isinstance(node, nodes.Defined) else definition.part
            self._when(self.named("definition", definition.name), "as", part)
        for rule in graph.rules:
            self._rule(rule)
        for exemption in graph.exemptions:
            self._exemption(exemption)
        for duty in graph.duties:
            self._duty(duty)
        for invariant in graph.invariants:
            point = self.named("invariant", invariant.name)
            self.says[point].append(invariant.claim)
            self.link(point, "of", "action", invariant.actions)
            self._when(point, "when", invariant.body)
            self._when(point, "control", invariant.control)
        self._nameless()

    def _control(self, item: nodes.Control) -> None:
        point = self.named("control", item.name)
        self.titles[point] = item.title
        self.says[point] += ["undefined"] * item.undefined
        self.link(point, "on", "ladder", [self._controls[item.name]])
        self.link(point, "attested", "role", [item.attested])
        self._length(point, "valid", item.valid)
        self._when(point, "holds", item.holds)

    def _measure(self, item: nodes.Measure) -> None:
        point = self.named("measure", item.name)
        self.titles[point] = item.title
        unstaged = " unstaged" if item.stages == (None,) and self.graph.stages else ""
        says = self.says[point]
        says.append(f"{item.kind} {item.low} {item.high} {item.worse} {item.unit} {item.score}{unstaged}")
        says += [f"from {one}" for one in item.bindings]
        says += [f"{outcome} as {treatment}" for outcome, treatment in item.outcomes]
        says += ["runs registered"] * item.registered
        says += [f"margin {item.margin}"] if item.margin else []
        self.link(point, "margin", "parameter", [item.margin_unspecified])
        for need in item.needs:
            self._need(point, need)

    def _need(self, measure: int, item: nodes.Need) -> None:
        built_in = "" if item.of in self.graph.attribute else item.of
        held = item.text.rpartition(" ")[2]
        by_parameter = held != item.text and ("parameter", held) in self.points
        wanted = "" if by_parameter or item.rank is not None else f"{item.word} {item.number}"
        point = self.part(measure, "needs", f"{built_in} {item.operator} {wanted}")
        if not built_in:
            self.link(point, "of", "attribute", [item.of])
        if by_parameter:
            self.link(point, "value", "parameter", [held])
        elif item.rank is not None:
            self._rank(point, self._ladder_of(item.ladder), item.rank)
        elif item.period is not None:
            self._length(point, "length", item.period)

    def _category(self, item: nodes.Category) -> None:
        point = self.named("category", item.name)
        self.titles[point] = item.title
        self.link(point, "on", "ladder", [item.ladder_name])
        self.link(point, "assessed", "role", [item.assessed])
        for rank, stage, index in item.clauses:
            clause = self.part(point, "clause", "")
            self.link(clause, "stage", "stage", [stage or ""])
            self._rank(clause, item.ladder_name, rank)
            self._when(clause, "when", index)

    def _rule(self, item: nodes.Rule) -> None:
        point = self.named("rule", item.name)
        self.titles[point] = item.title
        self.says[point].append(item.strength)
        self.link(point, "waivable", "role", [item.waivable])
        self.link(point, "forbid", "action", item.forbids)
        self._when(point, "when", item.body)
        for need in item.requirements:
            self._requirement(point, need)
        for notice in item.notices:
            told = self.part(point, "notify", "within")
            self.link(told, "to", "role", notice.roles)
            self.link(told, "of", "event", [notice.event])
            self._length(told, "within", notice.within)

    def _requirement(self, start: int, item: nodes.Requirement) -> None:
        point = self.part(start, "require", f"{item.what} {item.count}")
        self.link(point, "before", "action", item.actions)
        self._length(point, "valid", item.valid)
        if item.what != "control":
            self.link(point, "member", "role", item.members)
        for index in item.nodes:
            self._when(point, "member", index)

    def _exemption(self, item: nodes.Exemption) -> None:
        point = self.named("exception", item.name)
        self.titles[point] = item.title
        self.link(point, "to", "rule", item.rules)
        self._when(point, "when", item.body)
        for need in item.requirements:
            self._requirement(point, need)

    def _duty(self, item: nodes.Duty) -> None:
        point = self.named("duty", item.name)
        self.titles[point] = item.title
        self.link(point, "by", "role", [item.by])
        self.link(point, "to", "role", item.to)
        self.link(point, "from", "event", [item.start])
        self.link(point, "until", "event", [item.until])
        self.link(point, "of", "event", [item.event])
        self._length(point, "every", item.every)
        self._length(point, "within", item.within)
        self._when(point, "when", item.body)

    def _nameless(self) -> None:
        """What has no name hangs on the policy itself."""
        policy, graph = self.named("policy", ""), self.graph
        for role, on in graph.header.approved:
            self.link(self.part(policy, "approved", on), "by", "role", [role])
        for veto in graph.vetoes:
            point = self.part(policy, "veto", "")
            self.link(point, "by", "role", veto.roles)
            self.link(point, "of", "action", veto.actions)
        for cadence in graph.cadences:
            point = self.part(policy, "evaluate", f"{cadence.factor} {cadence.strict}")
            self.link(point, "after", "event", [cadence.event])
            self._length(point, "every", cadence.period)
            if cadence.period is None:
                self.link(point, "factor", "parameter", [cadence.unspecified])
        for amendment in graph.amendments:
            for what, role in amendment.needs:
                self.link(policy, f"{amendment.direction} {what}", "role", [role])


def _exact(quantity: Quantity | None) -> str:
    return "" if quantity is None else f"{quantity.number} {quantity.unit}"
