"""The boxes of a policy: what stands in each, in the policy's words."""

import functools
import re
from collections.abc import Iterable, Iterator, Sequence

from policylang.analysis.words import condition
from policylang.graph import nodes
from policylang.graph.nodes import Category, Control, Duty, Exemption, Graph, Measure, Requirement, Rule, Veto
from policylang.kinds import value_text
from policylang.reports.drawing.marks import Marks, strictest
from policylang.reports.drawing.mentions import Mentions, in_words
from policylang.reports.drawing.picture import Box, Kind, Mark, Row

_STRENGTHS = {"must": "rule", "aim": "rule · aim", "recommend": "rule · recommended"}


class Boxes:
    """Makes the boxes of one graph, with what a decision says where there is one."""

    def __init__(self, graph: Graph, marks: Marks | None, mentions: Mentions) -> None:
        """Nothing is made yet."""
        self.graph = graph
        self.mentions = mentions
        self.marks = marks

    # Evidence

    def measure(self, item: Measure) -> Box:
        """A measure: what it needs, and what is known of it at each stage."""
        rows = [Row(id="from", lead="from", text=f"{b.tool} {b.task}".strip()) for b in item.bindings[:1]]
        if item.needs:
            rows.append(Row(id="needs", lead="needs", text=", ".join(need.text for need in item.needs)))
        if item.margin is not None:
            rows.append(Row(id="margin", lead="margin", text=value_text(item.margin, item.kind)))
        marks = self._readings("measure", item.name)
        mark = marks[0][1] if len(marks) == 1 else None
        rows += [Row(id=f"at {stage}", lead=stage, mark=found) for stage, found in marks if mark is None]
        return Box(
            id=f"measure {item.name}",
            kind=Kind.MEASURE,
            name=item.name,
            title=item.title,
            tag=f"measure · {item.kind.value}",
            cites=item.cites,
            where=item.where,
            rows=tuple(rows),
            mark=mark,
        )

    def _readings(self, of: str, name: str) -> list[tuple[str, Mark]]:
        if self.marks is None:
            return []
        inputs = [(index, item) for index, item in enumerate(self.graph.inputs) if (item.of, item.name) == (of, name)]
        return [(item.stage or "measured", self.marks.reading(index)) for index, item in inputs]

    def fact(self, of: str, name: str, title: str) -> Box:
        """An event, a parameter without a value, or how often mitigations were attempted."""
        mark = None
        if self.marks is not None:
            found = self._readings(of, name)
            mark = self.marks.event(name) if of == "event" else found[0][1] if found else None
            mark = Mark("?", "has no value", "warn", "possible") if of == "parameter" else mark
        about = " · no value" if of == "parameter" else ""
        return Box(id=f"{of} {name}", kind=Kind.FACT, name=name, title=title, tag=f"{of}{about}", mark=mark)

    # Levels

    def category(self, item: Category, *, framed: bool) -> Box:
        """A category: a row a level with its condition, who assesses it, and where it stands at each stage."""
        rows = list(self._levels(item))
        if not rows and not framed:
            rows.append(Row(id="ladder", text=" < ".join(item.ladder)))
        if item.assessed and not (framed and self._assessed_alike(item)):
            rows.append(Row(id="assessed", lead="assessed by", text=item.assessed))
        placed = [] if self.marks is None else [(s, self.marks.placed(item, s)) for s, _ in item.reached]
        mark = placed[0][1] if len(placed) == 1 else None
        rows += [Row(id=f"at {stage}", lead=str(stage), mark=found) for stage, found in placed if mark is None]
        name = f"category {item.name}"
        tip = " < ".join(item.ladder)
        return Box(
            id=name,
            kind=Kind.CATEGORY,
            name=item.name,
            title=item.title,
            tag="category",
            cites=item.cites,
            rows=tuple(rows),
            mark=mark,
            tip=tip,
        )

    def _assessed_alike(self, item: Category) -> bool:
        """Whether all categories of a ladder are assessed by one role: the frame says so."""
        return len({c.assessed for c in self.graph.categories if c.ladder_name == item.ladder_name}) == 1

    def _levels(self, item: Category) -> Iterable[Row]:
        """A row for each condition of a level; what is the same at several stages, once."""
        stages = [stage for stage, _ in item.reached if stage]
        seen: set[tuple[int, str]] = set()
        for rank, stage, node in sorted(item.clauses, key=lambda clause: clause[0]):
            text = condition(self.graph, node)
            short = unstaged(text, [stage] if stage else [])
            if (rank, short) not in seen:
                first = not any(known == rank for known, _ in seen)
                seen.add((rank, short))
                id_ = f"level {rank}" if first else f"level {rank} at {stage}"
                at = "" if self._same_everywhere(item, rank, short) else f" (at {stage})" if stages else ""
                yield Row(id=id_, lead=item.ladder[rank], text=f"when {short}{at}")

    def _same_everywhere(self, item: Category, rank: int, short: str) -> bool:
        found = [(stage, node) for at, stage, node in item.clauses if at == rank]
        return all(unstaged(condition(self.graph, node), [stage] if stage else []) == short for stage, node in found)

    def frame_label(self, names: Sequence[str]) -> str:
        """What categories that stand together have in common."""
        items = [self.graph.category[name] for name in names]
        label = f"{items[0].ladder_name}: {' < '.join(items[0].ladder)}"
        stages = [term.name for term in self.graph.stages]
        label += f" · at {', '.join(stages)}" if stages else ""
        roles = {item.assessed for item in items}
        return label + (f" · assessed by {items[0].assessed}" if len(roles) == 1 and items[0].assessed else "")

    # Conditions

    def control(self, item: Control) -> Box:
        """A control: who attests it, what shows it."""
        rows = []
        if item.attested:
            valid = f" valid {item.valid.text}" if item.valid else ""
            mark = None if self.marks is None else self.marks.attested(item)
            rows.append(Row(id="attested", lead="attested by", text=f"{item.attested}{valid}", mark=mark))
        if item.holds is not None:
            folded = [self.graph.control[name] for name in self.folded(item)]
            mark = None if self.marks is None else self.marks.condition(item.holds)
            text = self._shown_by(item.holds, len(folded))
            rows.append(Row(id="holds", lead="holds when", text=text, mark=mark))
            for part in folded:
                mark = None if self.marks is None else self.marks.control(part)
                rows.append(Row(id=f"part {part.name}", lead=part.name, text=part.title, mark=mark))
        if item.undefined:
            rows.append(Row(id="undefined", text="named, and never defined"))
        return Box(
            id=f"control {item.name}",
            kind=Kind.CONTROL,
            name=item.name,
            title=item.title,
            tag="control",
            cites=item.cites,
            rows=tuple(rows),
            mark=None if self.marks is None else self.marks.control(item),
            tip=" < ".join(item.ladder),
        )

    def folded(self, item: Control) -> list[str]:
        """The controls that only this one mentions, and that somebody only attests: rows of it, and no boxes."""
        if item.holds is None:
            return []
        mentioned = (self.graph.nodes[m] for m in self.mentions.of(item.holds) if isinstance(m, int))
        names = (node.control for node in mentioned if isinstance(node, nodes.Holds))
        return [name for name in names if name not in self.shared and self.graph.control[name].holds is None]

    @functools.cached_property
    def shared(self) -> frozenset[str]:
        """The controls that more than one control, or something that is none, mentions in its condition."""
        graph = self.graph
        bodies = [rule.body for rule in graph.rules] + [item.body for item in graph.exemptions]
        bodies += [duty.body for duty in graph.duties] + [item.part for item in graph.definitions]
        bodies += [n.part for d in graph.definitions if isinstance(n := graph.nodes[d.part], nodes.Defined)]
        bodies += [node for item in graph.categories for _, _, node in item.clauses]
        found = [name for body in bodies for name in self._controls(body) for _ in range(2)]
        found += [name for item in graph.controls if item.holds is not None for name in self._controls(item.holds)]
        return frozenset(name for name in found if found.count(name) > 1)

    def _controls(self, body: int) -> Iterator[str]:
        for mention in self.mentions.of(body):
            if isinstance(mention, int) and isinstance(node := self.graph.nodes[mention], nodes.Holds):
                yield node.control

    def _shown_by(self, index: int, many: int) -> str:
        """What shows a control; where that is only its rows, how many of them."""
        node = self.graph.nodes[index]
        if many > 1 and many == len(nodes.parts_of(node)) == len(self.mentions.of(index)):
            match node:
                case nodes.AllOf():
                    return "all of these hold"
                case nodes.AnyOf():
                    return "any of these holds"
                case nodes.AtLeast(count=count):
                    return f"at least {count} of these hold"
                case _:
                    pass
        return in_words(self.mentions, index)

    def definition(self, name: str, part: int) -> Box:
        """A named condition."""
        rows = (Row(id="as", lead="when", text=in_words(self.mentions, part)),)
        mark = None if self.marks is None else self.marks.condition(part)
        return Box(id=f"definition {name}", kind=Kind.DEFINITION, name=name, tag="definition", rows=rows, mark=mark)

    # Rules

    def exemption(self, item: Exemption) -> Box:
        """An exception: when it stands, and what it needs."""
        rows = [Row(id="when", lead="when", text=in_words(self.mentions, item.body))]
        for number, need in enumerate(item.requirements, 1):
            mark = None if self.marks is None else self.marks.needs(item, need)
            rows.append(Row(id=f"requires {number}", lead="requires", text=need.text, mark=mark))
        many = len(item.rules) > 1
        rows.append(Row(id="lifts", lead="lifts", text=f"{len(item.rules)} rules" if many else item.rules[0]))
        return Box(
            id=f"exception {item.name}",
            kind=Kind.EXCEPTION,
            name=item.name,
            title=item.title,
            tag="exception",
            cites=item.cites,
            where=item.where,
            rows=tuple(rows),
            mark=None if self.marks is None else self.marks.exemption(item),
            tip=f"lifts {', '.join(item.rules)}",
        )

    def rule(self, item: Rule, actions: Sequence[str], effects: Sequence[str]) -> Box:
        """A rule: when it fires, and its effects on some actions; `effects` are those that are shown."""
        shown = in_words(self.mentions, item.body)
        rows = [Row(id="when", lead="always" if shown == "always" else "when", text="" if shown == "always" else shown)]
        if forbidden := [action for action in item.forbids if action in actions]:
            rows.append(self._forbids(item, forbidden))
        rows += [
            self._requires(item, number, need, [action for action in need.actions if action in actions])
            for number, need in enumerate(item.requirements, 1)
            if f"requires {number}" in effects
        ]
        for number, notice in enumerate(item.notices, 1):
            if f"notifies {number}" in effects:
                text = f"{', '.join(notice.roles)} within {notice.within.text}"
                text += f" of {notice.event}" if notice.event else ""
                mark = None if self.marks is None else self.marks.told(item, notice)
                rows.append(Row(id=f"notifies {number}", lead="notify", text=text, mark=mark))
        if item.waivable:
            rows.append(Row(id="waivable", lead="waivable by", text=item.waivable))
        return Box(
            id=f"rule {item.name}",
            kind=Kind.RULE,
            name=item.name,
            title=item.title,
            tag=_STRENGTHS[item.strength],
            cites=item.cites,
            where=item.where,
            rows=tuple(rows),
            mark=None if self.marks is None else self.marks.rule(item),
        )

    def _forbids(self, rule: Rule, actions: Sequence[str]) -> Row:
        mark = None if self.marks is None else strictest(self.marks.forbids(rule, action) for action in actions)
        return Row(id="forbids", lead=_word(rule, "forbids"), text=self.covering(actions), mark=mark)

    def _requires(self, rule: Rule, number: int, need: Requirement, actions: Sequence[str]) -> Row:
        found = [] if self.marks is None else [(a, self.marks.requires(rule, need, a)) for a in actions]
        mark = strictest(mark for _, mark in found)
        differ = mark is not None and any(one != mark for _, one in found)
        only = f" (for {self.covering([a for a, one in found if one == mark])})" if differ else ""
        lead, text = "requires", need.text
        if need.what == "notification":
            lead, text = "notify", ", ".join(need.members)
        text = f"{text} before {self.covering(actions)}"
        return Row(id=f"requires {number}", lead=_word(rule, lead), text=text + only, mark=mark)

    def veto(self, number: int, item: Veto) -> Box:
        """Who may veto."""
        roles = ", ".join(item.roles)
        found = [] if self.marks is None else [self.marks.vetoed(action) for action in item.actions]
        rows = (Row(id="vetoes", lead="may veto", text=self.covering(item.actions)),)
        return Box(id=f"veto {number}", kind=Kind.VETO, name=roles, tag="veto", rows=rows, mark=strictest(found))

    # Verdicts and obligations

    def verdict(self, actions: Sequence[str]) -> Box:
        """The verdict on actions that the same rules bear on."""
        titles = {term.name: term.title for term in self.graph.actions}
        marks = {action: None if self.marks is None else self.marks.verdict(action) for action in actions}
        alone = len(actions) == 1
        rows = () if alone else tuple(Row(id=a, lead=a, text=titles[a], mark=marks[a]) for a in actions)
        return Box(
            id=f"verdict {actions[0]}",
            kind=Kind.VERDICT,
            name=actions[0] if alone else self.covering(actions),
            title=titles[actions[0]] if alone else "",
            tag="verdict" if alone else f"verdict on {len(actions)} actions",
            rows=rows,
            mark=marks[actions[0]] if alone else None,
        )

    def every(self, group: str, actions: Sequence[str]) -> Box:
        """All actions of a group at once."""
        tip = ", ".join(actions)
        return Box(id=f"every {group}", kind=Kind.EVERY, name=group, tag="every action of", tip=tip)

    def duties(self, items: Sequence[Duty]) -> Box:
        """Standing obligations, a row each."""
        rows = []
        for item in items:
            mark = None if self.marks is None else self.marks.duty(item)
            rows.append(Row(id=f"duty {item.name}", lead=item.name, text=_clock(item), mark=mark))
        name = f"{len(items)} standing {'duty' if len(items) == 1 else 'duties'}"
        return Box(id="duties", kind=Kind.DUTIES, name=name, tag="obligations", rows=tuple(rows))

    def covering(self, actions: Sequence[str]) -> str:
        """Actions in as few names as cover them and nothing else."""
        left, said = list(actions), []
        for group, leaves in sorted(self.graph.groups, key=lambda item: -len(item[1])):
            if len(leaves) > 1 and set(leaves) <= set(left):
                said.append(group)
                left = [action for action in left if action not in leaves]
        return ", ".join(sorted([*said, *left])) or "nothing"


def _word(rule: Rule, word: str) -> str:
    """An effect as it is said; a rule that only advises says so."""
    return word if rule.strength == "must" else f"advises: {word}"


def _clock(item: Duty) -> str:
    """Who owes what to whom, and by when."""
    to = f" to {', '.join(item.to)}" if item.to else ""
    if item.every is not None:
        clock = f"every {item.every.text}"
    elif item.within is not None:
        clock = f"within {item.within.text} of {item.event}"
    else:
        clock = ""
    return f"by {item.by}{to} {clock}".rstrip()


def unstaged(text: str, stages: Iterable[str]) -> str:
    """A condition with its stage left out."""
    for stage in stages:
        text = re.sub(rf"\.{re.escape(stage)}\b", "", text)
    return text
