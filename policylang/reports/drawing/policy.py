"""From a decision graph to the picture of a policy, or of a part of it: one box for each thing that has a name.

Conditions are not drawn joint by joint: a box says its own in words, and lines come from what it mentions. A level that
many categories are asked for at once comes from one row beneath them, and not from each.
"""

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from policylang.graph import nodes
from policylang.graph.dag import condition_name
from policylang.graph.nodes import Graph, Rule
from policylang.graph.reach import Part
from policylang.reports.amounts import counted
from policylang.reports.drawing.boxes import Boxes
from policylang.reports.drawing.marks import Marks, strictest
from policylang.reports.drawing.mentions import Mention, Mentions, Quantified, frames_of, question
from policylang.reports.drawing.picture import (
    WHOLE,
    Box,
    Bundle,
    Frame,
    Head,
    Kind,
    Line,
    Mark,
    Of,
    Picture,
    Port,
    Row,
)

_LEAST_GROUPED = 2


def picture(graph: Graph, *, of: Of = WHOLE, part: Part | None = None, marks: Marks | None = None) -> Picture:
    """The picture of a policy, or of the part of it that `of` names, with what a decision says of it."""
    boxes, bundles, frames = _Drawn(graph, of, part, marks).all()
    return Picture(
        head=heading(graph, of, marks),
        detail=False,
        boxes=boxes,
        bundles=bundles,
        frames=frames,
        about=_about(boxes),
    )


def heading(graph: Graph, of: Of, marks: Marks | None) -> Head:
    """What a picture is of."""
    header = graph.header
    title = f"{header.title or header.name}{f' · {header.version}' if header.version else ''}"
    head = Head(title=title, of=of, name=header.name, version=header.version, digest=graph.digest)
    if marks is None:
        return head
    made = marks.decision
    return dataclasses.replace(head, model=made.subject.model, as_of=str(made.as_of))


def _about(boxes: Sequence[Box]) -> str:
    """How many of what stand in a picture."""
    many = {kind: sum(box.kind is kind for box in boxes) for kind in Kind}
    actions = sum(max(1, len(box.rows)) for box in boxes if box.kind is Kind.VERDICT)
    counts = [(kind.value, many[kind]) for kind in (Kind.MEASURE, Kind.CATEGORY, Kind.CONTROL, Kind.RULE)]
    return ", ".join(counted(number, noun) for noun, number in [*counts, ("action", actions)] if number)


def _borne_on(rule: Rule) -> Iterator[Sequence[str]]:
    """The actions of each effect of a rule that binds."""
    if rule.strength == "must":
        yield rule.forbids
        yield from (need.actions for need in rule.requirements)


class _Drawn:
    """The boxes and lines of one picture."""

    def __init__(self, graph: Graph, of: Of, part: Part | None, marks: Marks | None) -> None:
        self.graph = graph
        self.of = of
        self.part = part
        self.marks = marks
        self.framed = frames_of(graph)
        self.mentions = Mentions(graph, self.framed)
        self.make = Boxes(graph, marks, self.mentions)
        self.boxes: dict[str, Box] = {}
        self.asked: dict[int, dict[Quantified, str]] = {}  # by frame: the row of each question
        self.feeds: dict[tuple[Port, Port], int] = {}
        self.effects: list[tuple[Line, Port, tuple[str, ...], Mark | None]] = []

    def has(self, name: str) -> bool:
        """Whether a node of the graph is in the picture."""
        return self.part is None or name in self.part

    def all(self) -> tuple[tuple[Box, ...], tuple[Bundle, ...], tuple[Frame, ...]]:
        """Boxes first, then what feeds them, then what follows from them."""
        rules = [rule for rule in self.graph.rules if self.has(f"rule {rule.name}")]
        exemptions = [item for item in self.graph.exemptions if self.has(f"exception {item.name}")]
        duties = [item for item in self.graph.duties if self.has(f"duty {item.name}")]
        for box in (*self.levels(), *self.named(), *map(self.make.exemption, exemptions), *self.ruling(rules)):
            self.add(box)
        groups = self.verdicts()
        if duties:
            self.add(self.make.duties(duties))
        self.evidence()
        consumers = [(port, found) for port, found in self.consumers(rules, exemptions, duties) if self.is_drawn(port)]
        self.questions(mention for _, mentions in consumers for mention in mentions)
        for port, found in consumers:
            self.feed(port, found)
        self.follow(rules, groups)
        self.lift(exemptions)
        return tuple(self.boxes.values()), (*self.feeding(), *self.bundled()), self.drawn_frames()

    def add(self, box: Box) -> None:
        """One more box."""
        self.boxes[box.id] = box

    # What mentions what

    def consumers(
        self, rules: Sequence[Rule], exemptions: Sequence[nodes.Exemption], duties: Sequence[nodes.Duty]
    ) -> Iterator[tuple[Port, tuple[Mention, ...]]]:
        """Every place that rests on conditions, and what it mentions."""
        graph, of = self.graph, self.mentions.of
        for category in graph.categories:
            for _, _, node in category.clauses:
                yield Port(f"category {category.name}"), of(node)
        for control in graph.controls:
            if control.holds is not None:
                yield Port(f"control {control.name}"), of(control.holds)
        for definition in graph.definitions:
            part = graph.nodes[definition.part]
            if isinstance(part, nodes.Defined):
                yield Port(f"definition {definition.name}"), of(part.part)
        for item in exemptions:
            yield Port(f"exception {item.name}", "when"), of(item.body)
            for number, need in enumerate(item.requirements, 1):
                yield Port(f"exception {item.name}", f"requires {number}"), tuple(need.nodes)
        for rule in rules:
            yield Port(f"rule {rule.name}", "when"), of(rule.body)
            for number, need in enumerate(rule.requirements, 1):
                yield Port(f"rule {rule.name}", f"requires {number}"), tuple(need.nodes)
        for duty in duties:
            yield Port("duties", f"duty {duty.name}"), of(duty.body)

    def is_drawn(self, port: Port) -> bool:
        """Whether a box, and its row where one is meant, are in the picture."""
        box = self.boxes.get(port.box)
        return box is not None and (not port.row or any(row.id == port.row for row in box.rows))

    def questions(self, mentions: Iterable[Mention]) -> None:
        """Gives each question to many categories a row, beneath those that are drawn."""
        for mention in mentions:
            if isinstance(mention, Quantified):
                rows = self.asked.setdefault(self.frame_number(mention.categories[0]), {})
                rows.setdefault(mention, f"asked {len(rows) + 1}")
        for number in sorted(self.asked):
            if any(f"category {name}" in self.boxes for name in self.framed[number]):
                self.add(self.group(number))

    def frame_number(self, category: str) -> int:
        """The frame of a category; -1 when it stands alone."""
        return next((number for number, names in enumerate(self.framed) if category in names), -1)

    # Boxes

    def levels(self) -> Iterator[Box]:
        """Categories that are in the picture, frame by frame."""
        shown = [item for item in self.graph.categories if self.shows_category(item)]
        for names in self.framed:
            yield from (self.make.category(item, framed=True) for item in shown if item.name in names)
        for item in shown:
            if self.frame_number(item.name) < 0:
                yield self.make.category(item, framed=False)

    def shows_category(self, item: nodes.Category) -> bool:
        """Whether one of its levels is in the picture."""
        return self.part is None or any(
            isinstance(node := self.graph.nodes[index], nodes.Reached) and f"level {node.text}" in self.part
            for _, reached in item.reached
            for index in reached
        )

    def group(self, number: int) -> Box:
        """The questions to the categories of a frame, a row each."""
        rows = []
        for found, row in self.asked[number].items():
            mark = None if self.marks is None else self.marks.asked(found)
            rows.append(Row(id=row, text=question(found, self.having(found)), mark=mark))
        kind = f"group {self.framed[number][0]}"
        return Box(
            id=kind, kind=Kind.GROUP, name="asked of these categories", tag="any, all, at least", rows=tuple(rows)
        )

    def having(self, found: Quantified) -> list[str]:
        """The categories that a question could ask: those with its level."""
        return [item.name for item in self.graph.categories if found.level in item.ladder]

    def drawn_frames(self) -> tuple[Frame, ...]:
        """The frames of which something is in the picture."""
        frames = []
        for names in self.framed:
            ids = [f"category {name}" for name in names if f"category {name}" in self.boxes]
            group = f"group {names[0]}"
            ids += [group] if group in self.boxes else []
            if len(ids) > 1:
                label = self.make.frame_label(names)
                last = group if group in self.boxes else ""
                frames.append(Frame(id=f"frame {names[0]}", label=label, boxes=tuple(ids), last=last))
        for name, leaves in self.groups.items():
            boxes = [box.id for box in self.boxes.values() if box.kind is Kind.VERDICT and self.of_group(box, leaves)]
            first = f"every {name}"
            frames.append(Frame(id=f"frame {name}.", label="", boxes=(first, *boxes), first=first))
        return tuple(frames)

    @staticmethod
    def of_group(box: Box, leaves: Sequence[str]) -> bool:
        """Whether a box has the verdicts on actions of a group."""
        return box.id.removeprefix("verdict ") in leaves

    def named(self) -> Iterator[Box]:
        """Definitions, and controls that something shows or that a condition asks about."""
        graph = self.graph
        folded = {name for control in graph.controls for name in self.make.folded(control)}
        asked = {n.control for m in self.in_conditions() if isinstance(n := graph.nodes[m], nodes.Holds)}
        for control in graph.controls:
            in_part = any(
                isinstance(node, nodes.Holds) and node.control == control.name and self.has(f"control {node.text}")
                for node in graph.nodes
            )
            is_of = self.of[0] == "name" and self.of[1] in (control.name, control.attested)
            if control.name in folded and not is_of:
                continue
            if (control.holds is not None or control.name in asked or is_of) and in_part:
                yield self.make.control(control)
        for definition in graph.definitions:
            if self.has(f"definition {definition.name}"):
                node = graph.nodes[definition.part]
                yield self.make.definition(definition.name, node.part if isinstance(node, nodes.Defined) else 0)

    def in_conditions(self) -> Iterator[int]:
        """The nodes that conditions mention, and not only requirements."""
        graph = self.graph
        bodies = [rule.body for rule in graph.rules] + [item.body for item in graph.exemptions]
        bodies += [duty.body for duty in graph.duties] + [c.holds for c in graph.controls if c.holds is not None]
        bodies += [n.part for d in graph.definitions if isinstance(n := graph.nodes[d.part], nodes.Defined)]
        bodies += [node for item in graph.categories for _, _, node in item.clauses]
        for body in bodies:
            yield from (mention for mention in self.mentions.of(body) if isinstance(mention, int))

    def ruling(self, rules: Sequence[Rule]) -> Iterator[Box]:
        """Rules with the effects that are in the picture, and vetoes."""
        actions = self.actions()
        for rule in rules:
            every = [(f"requires {n}", f"requirement {rule.name} {n}") for n in range(1, len(rule.requirements) + 1)]
            every += [(f"notifies {n}", f"obligation {rule.name} {n}") for n in range(1, len(rule.notices) + 1)]
            yield self.make.rule(rule, actions, [row for row, name in every if self.has(name)])
        for number, veto in enumerate(self.graph.vetoes, 1):
            if self.has(f"veto {number}"):
                yield self.make.veto(number, veto)

    def actions(self) -> list[str]:
        """The actions whose verdict is in the picture."""
        return [term.name for term in self.graph.actions if self.has(f"verdict {term.name}")]

    def verdicts(self) -> dict[str, str]:
        """Boxes of verdicts, those together that the same rules bear on; by action, the box."""
        alike: dict[tuple[object, ...], list[str]] = {}
        for action in self.actions():
            group = next((name for name, leaves in self.groups.items() if action in leaves), "")
            alike.setdefault((group, *self.bearing(action)), []).append(action)
        found = {}
        for name, leaves in list(self.groups.items()):
            if sum(actions[0] in leaves for actions in alike.values()) < _LEAST_GROUPED:
                del self.groups[name]
            else:
                self.add(self.make.every(name, leaves))
        for actions in alike.values():
            box = self.make.verdict(actions)
            self.add(box)
            found.update(dict.fromkeys(actions, box.id))
        return found

    @functools.cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Groups of actions that something bears on as a whole, none within another."""
        shown = set(self.actions())
        bearing = [set(actions) & shown for rule in self.graph.rules for actions in _borne_on(rule)]
        bearing += [set(veto.actions) & shown for veto in self.graph.vetoes]
        found: dict[str, tuple[str, ...]] = {}
        for group, leaves in sorted(self.graph.groups, key=lambda item: -len(item[1])):
            is_new = not any(set(leaves) & set(other) for other in found.values())
            is_whole = len(leaves) > 1 and set(leaves) <= shown
            if is_whole and is_new and any(set(leaves) <= actions for actions in bearing):
                found[group] = leaves
        return found

    def bearing(self, action: str) -> Iterator[object]:
        """All that bears on an action."""
        for rule in self.graph.rules:
            if rule.strength == "must":
                if action in rule.forbids:
                    yield rule.name
                yield from ((rule.name, n) for n, need in enumerate(rule.requirements) if action in need.actions)
        yield from (number for number, veto in enumerate(self.graph.vetoes) if action in veto.actions)

    def evidence(self) -> None:
        """Measures, and those facts that a condition mentions."""
        for measure in self.graph.measures:
            texts = [i.text for i in self.graph.inputs if (i.of, i.name) == ("measure", measure.name)]
            if self.part is None or any(f"measure {text}" in self.part for text in texts):
                self.add(self.make.measure(measure))
        titles = {event.name: event.title for event in self.graph.events}
        titles |= {parameter.name: parameter.title for parameter in self.graph.parameters}
        mentioned = [self.graph.nodes[m] for m in self.in_conditions()]
        events = {node.event for node in mentioned if isinstance(node, nodes.Happened)}
        events |= {name for name in titles if self.of == ("name", name)}
        open_ = {
            node.parameter
            for index, node in enumerate(self.graph.nodes)
            if isinstance(node, nodes.Unspecified) and self.has(condition_name(self.graph, index))
        }
        for event in self.graph.events:
            if event.name in events and self.has(f"event {event.name}"):
                self.add(self.make.fact("event", event.name, event.title))
        for item in self.graph.inputs:
            if item.of != "measure" and self.has(f"{item.of} {item.text}"):
                self.add(self.make.fact(item.of, item.name, titles.get(item.name, "")))
        for name in sorted(open_ - {item.name for item in self.graph.inputs if item.of == "parameter"}):
            self.add(self.make.fact("parameter", name, titles.get(name, "")))

    # Lines

    def feed(self, target: Port, mentions: Iterable[Mention]) -> None:
        """Lines from all that a place mentions, as far as both are in the picture."""
        for mention in mentions:
            for source in self.sources(mention):
                if source.box in self.boxes and source.box != target.box:
                    key = (source, target)
                    self.feeds[key] = max(self.feeds.get(key, 0), self.state(mention))

    def state(self, mention: Mention) -> int:
        """What a decision says of a mention: 0 no, 1 possible, 3 definite; 0 without one."""
        if self.marks is None:
            return 0
        if isinstance(mention, int):
            return self.marks.values.states[mention]
        return {"definite": 3, "possible": 1, "no": 0}[self.marks.asked(mention).sure]

    def sources(self, mention: Mention) -> Iterator[Port]:
        """Where the line to a mention begins."""
        if isinstance(mention, Quantified):
            number = self.frame_number(mention.categories[0])
            yield Port(f"group {self.framed[number][0]}", self.asked[number][mention])
            return
        match self.graph.nodes[mention]:
            case nodes.Threshold(terms=terms):
                inputs = [self.graph.inputs[index] for index, _ in terms]
                yield from (Port(f"{item.of} {item.name}") for item in inputs)
            case nodes.Reached(category=category, level=level):
                rows = {row.id for row in self.boxes[box].rows} if (box := f"category {category}") in self.boxes else ()
                yield Port(box, f"level {level}" if f"level {level}" in rows else "")
            case nodes.Holds(control=control) | nodes.Attested(control=control):
                yield Port(f"control {control}")
            case nodes.Defined(name=name):
                yield Port(f"definition {name}")
            case nodes.Happened(event=event):
                yield Port(f"event {event}")
            case nodes.Unspecified(parameter=parameter):
                yield Port(f"parameter {parameter}")
            case nodes.Assessed(category=category):
                yield Port(f"category {category}")
            case _:
                return

    def feeding(self) -> Iterator[Bundle]:
        """The lines to conditions: what leads to the same places, equally sure, is one bundle."""
        targets: dict[tuple[Port, int], list[Port]] = {}
        for (source, target), state in self.feeds.items():
            targets.setdefault((source, state), []).append(target)
        sources: dict[tuple[tuple[Port, ...], int], list[Port]] = {}
        for (source, state), found in targets.items():
            sources.setdefault((tuple(sorted(found)), state), []).append(source)
        for (ends, state), begins in sources.items():
            yield Bundle(kind="feeds", sources=tuple(sorted(begins)), targets=ends, mark=self.sure(state))

    def sure(self, state: int) -> Mark | None:
        """How a line to a condition looks in a decision."""
        if self.marks is None:
            return None
        found = {3: Mark("●", "so", "plain", "definite"), 1: Mark("?", "open", "warn", "possible")}
        return found.get(state, Mark("·", "not so", "idle", "no"))

    def follow(self, rules: Sequence[Rule], groups: Mapping[str, str]) -> None:
        """What rules and vetoes do to verdicts."""
        for rule in rules:
            box = self.boxes[f"rule {rule.name}"]
            rows = {row.id: row for row in box.rows} if rule.strength == "must" else {}
            if "forbids" in rows:
                self.effect("forbids", Port(box.id, "forbids"), groups, (rule.forbids, rows["forbids"].mark))
            for number, need in enumerate(rule.requirements, 1):
                if (row := rows.get(f"requires {number}")) is not None:
                    self.effect("requires", Port(box.id, row.id), groups, (need.actions, row.mark))
        for number, veto in enumerate(self.graph.vetoes, 1):
            if (one := self.boxes.get(f"veto {number}")) is not None:
                self.effect("vetoes", Port(one.id), groups, (veto.actions, one.mark))

    def effect(
        self, kind: Line, source: Port, groups: Mapping[str, str], on: tuple[Sequence[str], Mark | None]
    ) -> None:
        """One effect on some actions, with its mark."""
        actions, mark = on
        whole = {name: leaves for name, leaves in self.groups.items() if set(leaves) <= set(actions)}
        left = [action for action in actions if not any(action in leaves for leaves in whole.values())]
        ends = (
            *(f"every {name}" for name in whole),
            *dict.fromkeys(groups[action] for action in left if action in groups),
        )
        if ends:
            self.effects.append((kind, source, tuple(sorted(ends)), mark))

    def lift(self, exemptions: Sequence[nodes.Exemption]) -> None:
        """Exceptions set rules aside."""
        for item in exemptions:
            ends = tuple(sorted(f"rule {name}" for name in item.rules if f"rule {name}" in self.boxes))
            box = self.boxes[f"exception {item.name}"]
            if ends:
                self.effects.append(("lifts", Port(box.id, "lifts"), ends, box.mark))

    def bundled(self) -> Iterator[Bundle]:
        """Effects of one kind on the same verdicts, and of the same weight, are one bundle."""
        found: dict[tuple[Line, tuple[str, ...], tuple[str, str] | None], list[tuple[Port, Mark | None]]] = {}
        for kind, source, ends, mark in self.effects:
            weight = None if mark is None else (mark.tone, mark.sure)
            found.setdefault((kind, ends, weight), []).append((source, mark))
        for (kind, ends, _), begins in found.items():
            mark = strictest(one for _, one in begins if one is not None)
            sources = tuple(source for source, _ in begins)
            yield Bundle(kind=kind, sources=sources, targets=tuple(Port(end) for end in ends), mark=mark)
