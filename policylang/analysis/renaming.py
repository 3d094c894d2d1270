"""A graph under other names: every place that holds one, texts included, as if the policy had been written with them.

Names are replaced all at once, so two may change places. What the graph orders by name is ordered anew: the terms of a
sum, and with them its sign where it is compared with 0, so that `a >= b` under new names is again one condition with
what `b <= a` gives.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import assert_never

from policylang.graph import nodes
from policylang.graph.canonical import digest
from policylang.graph.lower import sum_text
from policylang.graph.nodes import Graph
from policylang.kinds import Kind, value_text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Names:
    """New names by kind and old name; those of levels by ladder (its old name) and old name of the level."""

    of: Mapping[str, Mapping[str, str]]
    levels: Mapping[str, Mapping[str, str]]

    def __call__(self, kind: str, name: str) -> str:
        """The new name; the same where it has no other."""
        return self.of.get(kind, {}).get(name, name)


def renamed(graph: Graph, names: Names, new: Graph) -> Graph:
    """The graph under other names; `new` settles which ladder a control stands on where two have the same levels."""
    under = _Renaming(graph, names, new).graph()
    return replace(under, digest=digest(under))


class _Renaming:
    def __init__(self, graph: Graph, names: Names, new: Graph) -> None:
        self.old, self.name, self.new = graph, names, new
        self.ladders = {
            name: tuple(names.levels.get(name, {}).get(level, level) for level in levels)
            for name, levels in graph.ladders
        }
        self.parameters = frozenset(item.name for item in graph.parameters)
        self.actions = tuple(self.name("action", item.name) for item in graph.actions)
        self.controls = {item.name: self.control_ladder(item) for item in graph.controls}
        self.categories = {item.name: self.ladders.get(item.ladder_name, item.ladder) for item in graph.categories}
        self.attributes = {item.name: self.attribute_ladder(item) for item in graph.attributes}
        self.inputs = tuple(map(self.input, graph.inputs))
        self.moved = {at for at, item in enumerate(graph.inputs) if item != self.inputs[at]}
        self.nodes: list[nodes.Node] = []
        self.at: dict[nodes.Node, int] = {}
        self.place: list[int] = []
        for node in graph.nodes:
            self.place.append(self.node(node))

    def graph(self) -> Graph:
        old, terms = self.old, self.terms
        return replace(
            old,
            header=replace(old.header, approved=tuple((self.name("role", r), on) for r, on in old.header.approved)),
            ladders=tuple((self.name("ladder", name), self.ladders[name]) for name, _ in old.ladders),
            stages=terms("stage", old.stages),
            actions=terms("action", old.actions),
            groups=_groups(self.actions),
            roles=terms("role", old.roles),
            events=terms("event", old.events),
            attributes=tuple(map(self.attribute, old.attributes)),
            parameters=tuple(map(self.parameter, old.parameters)),
            inputs=self.inputs,
            nodes=tuple(self.nodes),
            controls=tuple(map(self.control, old.controls)),
            measures=tuple(map(self.measure, old.measures)),
            categories=tuple(map(self.category, old.categories)),
            definitions=tuple(
                replace(item, name=self.name("definition", item.name), part=self.place[item.part])
                for item in old.definitions
            ),
            rules=tuple(map(self.rule, old.rules)),
            exemptions=tuple(map(self.exemption, old.exemptions)),
            vetoes=tuple(
                replace(item, roles=tuple(sorted(self.all("role", item.roles))), actions=self.covered(item.actions))
                for item in old.vetoes
            ),
            duties=tuple(map(self.duty, old.duties)),
            cadences=tuple(map(self.cadence, old.cadences)),
            amendments=tuple(
                replace(item, needs=tuple((what, self.name("role", role)) for what, role in item.needs))
                for item in old.amendments
            ),
            invariants=tuple(map(self.invariant, old.invariants)),
            digest="",
        )

    # Names

    def all(self, kind: str, found: Iterable[str]) -> tuple[str, ...]:
        """Several names of one kind, in their order."""
        return tuple(self.name(kind, name) for name in found)

    def maybe(self, kind: str, found: str) -> str:
        """A name, or nothing."""
        return self.name(kind, found) if found else ""

    def covered(self, actions: Iterable[str]) -> tuple[str, ...]:
        """Leaf actions, sorted as the graph has them."""
        return tuple(sorted(self.all("action", actions)))

    def stage(self, stage: str | None) -> str | None:
        return None if stage is None else self.name("stage", stage)

    def terms(self, kind: str, found: tuple[nodes.Term, ...]) -> tuple[nodes.Term, ...]:
        return tuple(replace(term, name=self.name(kind, term.name)) for term in found)

    def rests_on(self, found: Iterable[str]) -> tuple[str, ...]:
        """`category NAME.STAGE` and `control NAME`."""
        texts = []
        for text in found:
            kind, _, subject = text.partition(" ")
            name, dot, stage = subject.partition(".")
            texts.append(f"{kind} {self.name(kind, name)}{dot}{self.maybe('stage', stage)}")
        return tuple(sorted(texts))

    # Ladders: a control and an attribute have the levels of theirs, and not its name

    def ladder(self, levels: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The levels of a ladder under new names; of several that had the same levels the one that is wanted."""
        found = [self.ladders[name] for name, old in self.old.ladders if old == levels]
        return wanted if wanted in found else found[0] if found else levels

    def control_ladder(self, item: nodes.Control) -> tuple[str, ...]:
        counterpart = self.new.control.get(self.name("control", item.name))
        return self.ladder(item.ladder, () if counterpart is None else counterpart.ladder)

    def attribute_ladder(self, item: nodes.Attribute) -> tuple[str, ...]:
        counterpart = self.new.attribute.get(self.name("attribute", item.name))
        return self.ladder(item.ladder, () if counterpart is None else counterpart.ladder)

    # Inputs and conditions

    def input(self, item: nodes.Input) -> nodes.Input:
        name = item.name if item.of == "attempts" else self.name(item.of, item.name)
        stage = self.stage(item.stage)
        return replace(item, name=name, stage=stage, text=name if stage is None else f"{name}.{stage}")

    def add(self, node: nodes.Node) -> int:
        if node not in self.at:
            self.at[node] = len(self.nodes)
            self.nodes.append(node)
        return self.at[node]

    def node(self, node: nodes.Node) -> int:
        """The place of a condition under new names."""
        match node:
            case nodes.Threshold():
                return self.threshold(node)
            case nodes.Opposite(part=part):
                return self.opposite(self.place[part])
            case nodes.AllOf(parts=parts) | nodes.AnyOf(parts=parts) | nodes.AtLeast(parts=parts):
                return self.add(replace(node, parts=tuple(self.place[part] for part in parts)))
            case nodes.Disputed(parts=parts):
                return self.add(replace(node, parts=tuple(self.place[part] for part in parts)))
            case _:
                return self.add(self.leaf(node))

    def leaf(
        self,
        node: nodes.Constant
        | nodes.Happened
        | nodes.Attested
        | nodes.Assessed
        | nodes.Unspecified
        | nodes.Reached
        | nodes.Holds
        | nodes.Defined,
    ) -> nodes.Node:
        match node:
            case nodes.Constant():
                return node
            case nodes.Happened(event=event):
                return replace(node, event=self.name("event", event))
            case nodes.Attested(control=control):
                return replace(node, control=self.name("control", control))
            case nodes.Assessed(category=category, stage=stage):
                return replace(node, category=self.name("category", category), stage=self.stage(stage))
            case nodes.Unspecified(parameter=parameter):
                return replace(node, parameter=self.name("parameter", parameter))
            case nodes.Reached():
                return self.reached(node)
            case nodes.Holds(control=control, level=level):
                name = self.name("control", control)
                text = name if level is None else f"{name} >= {self.controls[control][level]}"
                return replace(node, control=name, part=self.place[node.part], text=text)
            case nodes.Defined(name=name, part=part):
                return replace(node, name=self.name("definition", name), part=self.place[part])
            case _:
                assert_never(node)

    def reached(self, node: nodes.Reached) -> nodes.Reached:
        name, stage = self.name("category", node.category), self.stage(node.stage)
        subject = name if stage is None else f"{name}.{stage}"
        text = f"{subject} >= {self.categories[node.category][node.level]}"
        return replace(node, category=name, stage=stage, part=self.place[node.part], text=text)

    def opposite(self, part: int) -> int:
        node = self.nodes[part]
        return node.part if isinstance(node, nodes.Opposite) else self.add(nodes.Opposite(part=part))

    def threshold(self, node: nodes.Threshold) -> int:
        """A comparison; at a bound of 0 the first term is above it again, also where another has become the first."""
        if self.moved.isdisjoint(index for index, _ in node.terms):
            return self.add(node)
        terms = sorted(node.terms, key=lambda term: self.order(self.inputs[term[0]]))
        strict, is_turned = node.strict, not node.bound and len(terms) > 1 and terms[0][1] < 0
        if is_turned:
            terms, strict = [(index, -factor) for index, factor in terms], not strict
        here = replace(node, terms=tuple(terms), strict=strict, text=self.text(node, terms, ">" if strict else ">="))
        return self.opposite(self.add(here)) if is_turned else self.add(here)

    def text(self, node: nodes.Threshold, terms: list[tuple[int, Fraction]], operator: str) -> str:
        shown = [(self.inputs[index].text, factor) for index, factor in terms]
        if len(terms) == 1 and node.text == self.old.inputs[terms[0][0]].text:
            return shown[0][0]  # a finding stands alone
        return f"{sum_text(shown)} {operator} {value_text(node.bound, node.kind)}"

    @staticmethod
    def order(item: nodes.Input) -> tuple[str, str, str]:
        return item.of, item.name, item.stage or ""

    # Vocabulary and measures

    def period(self, item: nodes.Period) -> nodes.Period:
        return replace(item, text=self.name("parameter", item.text)) if item.text in self.parameters else item

    def maybe_period(self, item: nodes.Period | None) -> nodes.Period | None:
        return None if item is None else self.period(item)

    def attribute(self, item: nodes.Attribute) -> nodes.Attribute:
        return replace(item, name=self.name("attribute", item.name), ladder=self.attributes[item.name])

    def parameter(self, item: nodes.Parameter) -> nodes.Parameter:
        name = self.name("parameter", item.name)
        levels = dict(self.old.ladders).get(item.kind, ())
        if not levels or any(item.kind == kind for kind in Kind):
            return replace(item, name=name)
        value = self.ladders[item.kind][levels.index(item.value)] if item.value in levels else item.value
        return replace(item, name=name, kind=self.name("ladder", item.kind), value=value)

    def control(self, item: nodes.Control) -> nodes.Control:
        return replace(
            item,
            name=self.name("control", item.name),
            ladder=self.controls[item.name],
            attested=self.maybe("role", item.attested),
            valid=self.maybe_period(item.valid),
            holds=None if item.holds is None else self.place[item.holds],
        )

    def measure(self, item: nodes.Measure) -> nodes.Measure:
        return replace(
            item,
            name=self.name("measure", item.name),
            stages=tuple(map(self.stage, item.stages)),
            margin_unspecified=self.maybe("parameter", item.margin_unspecified),
            needs=tuple(map(self.need, item.needs)),
        )

    def need(self, item: nodes.Need) -> nodes.Need:
        of = self.name("attribute", item.of) if item.of in self.old.attribute else item.of
        ladder = self.attributes.get(item.of, ()) if item.ladder else ()
        word = ladder[item.rank] if item.rank is not None else item.word
        if item.operator in ("is", "is not"):
            return replace(item, of=of, text=of if item.operator == "is" else f"not {of}")
        shown = item.text.removeprefix(f"{item.of} {item.operator} ")
        if shown in self.parameters:
            shown = self.name("parameter", shown)
        elif item.rank is not None:
            shown = word
        return replace(
            item,
            of=of,
            ladder=ladder,
            word=word,
            period=self.maybe_period(item.period),
            unspecified=self.maybe("parameter", item.unspecified),
            text=f"{of} {item.operator} {shown}",
        )

    def category(self, item: nodes.Category) -> nodes.Category:
        return replace(
            item,
            name=self.name("category", item.name),
            ladder_name=self.name("ladder", item.ladder_name),
            ladder=self.categories[item.name],
            assessed=self.maybe("role", item.assessed),
            reached=tuple((self.stage(s), tuple(self.place[at] for at in levels)) for s, levels in item.reached),
            clauses=tuple((rank, self.stage(stage), self.place[at]) for rank, stage, at in item.clauses),
        )

    # Rules and what stands beside them

    def rule(self, item: nodes.Rule) -> nodes.Rule:
        return replace(
            item,
            name=self.name("rule", item.name),
            waivable=self.maybe("role", item.waivable),
            body=self.place[item.body],
            forbids=self.covered(item.forbids),
            requirements=tuple(map(self.requirement, item.requirements)),
            notices=tuple(
                replace(
                    notice,
                    roles=self.all("role", notice.roles),
                    within=self.period(notice.within),
                    event=self.maybe("event", notice.event),
                )
                for notice in item.notices
            ),
            rests_on=self.rests_on(item.rests_on),
        )

    def exemption(self, item: nodes.Exemption) -> nodes.Exemption:
        return replace(
            item,
            name=self.name("exception", item.name),
            rules=tuple(sorted(self.all("rule", item.rules))),
            body=self.place[item.body],
            requirements=tuple(map(self.requirement, item.requirements)),
            rests_on=self.rests_on(item.rests_on),
        )

    def requirement(self, item: nodes.Requirement) -> nodes.Requirement:
        is_control = item.what == "control"
        members = tuple(map(self.control_need, item.members)) if is_control else self.all("role", item.members)
        valid, shown = self.maybe_period(item.valid), ", ".join(members)
        if is_control:
            text = members[0] if len(members) == 1 else f"at least {item.count} of ({shown})"
        else:
            is_quorum = item.text.startswith(f"{item.what} of {item.count} of (")
            text = f"{item.what} of {f'{item.count} of ({shown})' if is_quorum else shown}"
            text += "" if valid is None else f" valid {valid.text}"
        places = tuple(self.place[at] for at in item.nodes)
        actions = self.covered(item.actions)
        return replace(item, members=members, nodes=places, valid=valid, actions=actions, text=text)

    def control_need(self, text: str) -> str:
        """`CONTROL [>= LEVEL]`, where a parameter may stand for the level."""
        old, operator, level = text.partition(" >= ")
        name = self.name("control", old)
        if not operator:
            return name
        levels = self.old.control[old].ladder
        shown = self.controls[old][levels.index(level)] if level in levels else self.name("parameter", level)
        return f"{name} >= {shown}"

    def duty(self, item: nodes.Duty) -> nodes.Duty:
        return replace(
            item,
            name=self.name("duty", item.name),
            by=self.name("role", item.by),
            to=self.all("role", item.to),
            every=self.maybe_period(item.every),
            start=self.maybe("event", item.start),
            until=self.maybe("event", item.until),
            within=self.maybe_period(item.within),
            event=self.maybe("event", item.event),
            body=self.place[item.body],
        )

    def cadence(self, item: nodes.Cadence) -> nodes.Cadence:
        period, event = self.maybe_period(item.period), self.maybe("event", item.event)
        unspecified = self.maybe("parameter", item.unspecified)
        text = item.text
        if period is not None:
            text = f"every {period.text}"
        elif event:
            text = f"after {event}"
        elif unspecified:
            text = f"{'beyond' if item.strict else 'every'} {unspecified} effective_compute"
        return replace(item, period=period, event=event, unspecified=unspecified, text=text)

    def invariant(self, item: nodes.Invariant) -> nodes.Invariant:
        return replace(
            item,
            name=self.name("invariant", item.name),
            actions=self.covered(item.actions),
            control=None if item.control is None else self.place[item.control],
            body=None if item.body is None else self.place[item.body],
        )


def _groups(leaves: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each leaf action and each beginning of one at a dot, and the leaves it covers, sorted."""
    covered: dict[str, list[str]] = {}
    for leaf in sorted(leaves):
        for name in (*(leaf[:at] for at in range(len(leaf)) if leaf[at] == "."), leaf):
            covered.setdefault(name, []).append(leaf)
    return tuple((name, tuple(covered[name])) for name in sorted(covered))
