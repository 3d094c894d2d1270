"""One name of a policy, explained: what it says, where it stands, what it rests on and what depends on it.

`of_name(graph, kind, name)` is the whole of it, and `sentences(graph, kind, name)` what fits beside a cursor: what it
says and what depends on it. Both read the graph alone and take a few milliseconds. A graph keeps no place of a category
or a role, and no clause; `declared(resolved)` has these, where the text of a policy is at hand.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from policylang import syntax
from policylang.explain.dependence import Dependence, Name, Reach
from policylang.explain.document import Document, Item, Section
from policylang.explain.effects import Effects
from policylang.explain.english import capital, code, listed, quoted, sentence
from policylang.explain.parties import Parties
from policylang.explain.proving import proving
from policylang.explain.subjects import Subjects
from policylang.graph.nodes import Graph, Where

if TYPE_CHECKING:
    from policylang.resolve import Resolved  # a graph alone needs no parser

KINDS = tuple(
    "rule exception category measure control action role event duty definition parameter invariant clause stage "
    "attribute ladder".split()
)
"""The kinds of names that can be explained."""
_PLURALS = {"category": "categories", "duty": "duties"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """A clause of the published framework: its title, what it cites, why nothing encodes it, and what cites it."""

    title: str
    cites: tuple[str, ...]
    not_encoded: str
    cited_by: tuple[Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What the text of a policy has and its graph has not: where each name is declared, and its clauses."""

    places: Mapping[Name, Where] = field(default_factory=dict)
    clauses: Mapping[str, Clause] = field(default_factory=dict)


def declared(resolved: "Resolved") -> Declared:
    """The places and clauses of a policy whose names are known."""
    places: dict[Name, Where] = {}
    cited: dict[str, list[Name]] = {}
    for kind, items in resolved.named.items():
        for name, item in items.items():
            place = resolved.place(item)
            line, _ = place.source.position(item.span.start)
            places[kind, name] = Where(file=place.source.name, line=line, start=item.span.start, end=item.span.end)
            _cited(cited, (kind, name), item)
    for kind, found in (("veto", resolved.vetoes), ("evaluate", resolved.evaluates), ("amend", resolved.amends)):
        for item in found:
            _cited(cited, (kind, kind), item)
    clauses = {
        name: Clause(
            title="" if item.title is None else item.title.text,
            cites=tuple(cite.text for cite in item.cites),
            not_encoded="" if item.not_encoded is None else item.not_encoded.text,
            cited_by=tuple(dict.fromkeys(cited.get(name, ()))),
        )
        for name, item in resolved.named["clause"].items()
    }
    return Declared(places=places, clauses=clauses)


def _cited(found: dict[str, list[Name]], by: Name, item: Any) -> None:
    for cite in getattr(item, "cites", ()):
        if isinstance(cite, syntax.Name):
            found.setdefault(cite.text, []).append(by)


def names(graph: Graph, known: Declared | None = None) -> tuple[Name, ...]:
    """Every name that can be explained, with its kind."""
    found: dict[Name, None] = {}
    for kind, items in _declarations(graph).items():
        for name in items:
            found[kind, name] = None
    for name in known.clauses if known is not None else _cited_names(graph):
        found["clause", name] = None
    return tuple(sorted(found, key=lambda each: (KINDS.index(each[0]), each[1])))


def _declarations(graph: Graph) -> dict[str, Mapping[str, Any]]:
    """The declarations of a graph by kind and name."""
    return {
        "rule": graph.rule,
        "exception": {item.name: item for item in graph.exemptions},
        "category": graph.category,
        "measure": graph.measure,
        "control": graph.control,
        "action": {name: name for name, _ in graph.groups},
        "role": {item.name: item for item in graph.roles},
        "event": {item.name: item for item in graph.events},
        "duty": graph.duty,
        "definition": {item.name: item for item in graph.definitions},
        "parameter": {item.name: item for item in graph.parameters},
        "invariant": {item.name: item for item in graph.invariants},
        "stage": {item.name: item for item in graph.stages},
        "attribute": graph.attribute,
        "ladder": dict(graph.ladders),
    }


def _cites(graph: Graph) -> Iterator[tuple[Name, str]]:
    for kind, items in _declarations(graph).items():
        for name, item in items.items():
            for cite in getattr(item, "cites", ()):
                yield (kind, name), cite


def _cited_names(graph: Graph) -> list[str]:
    """The clauses that declarations cite by name; a citation of plain text may look like one and does no harm."""
    heads = (cite.partition(" (")[0] for _, cite in _cites(graph))
    return sorted({head for head in heads if head.isidentifier()})


def of_name(graph: Graph, kind: str, name: str, known: Declared | None = None) -> Document:
    """The explanation of a name; raises KeyError when the policy has none of that kind and name."""
    return _Explaining(graph, known or Declared()).document(kind, name)


def sentences(graph: Graph, kind: str, name: str) -> tuple[str, ...]:
    """What a name says and what depends on it, in a few sentences; raises KeyError as `of_name` does."""
    explaining = _Explaining(graph, Declared())
    says = tuple(explaining.says(kind, name).sentences())
    return (*says, *(item.text for item in explaining.dependants(kind, name)))


class _Explaining:
    """Names of one graph."""

    def __init__(self, graph: Graph, known: Declared) -> None:
        self.graph = graph
        self.known = known
        self.effects = Effects(graph)
        self.subjects = Subjects(self.effects.phrases)
        self.words = self.effects.names
        self.dependence = Dependence(graph)

    def document(self, kind: str, name: str) -> Document:
        said = self.says(kind, name)
        sections = [Section(title="What it says", items=(said,))]
        if kind == "measure":
            sections += list(proving(self.graph, self.graph.measure[name]))
        rests = tuple(self.rests(kind, name))
        depends = tuple(self.dependants(kind, name))
        if rests:
            sections.append(Section(title="What it rests on", items=rests))
        nothing = () if depends else ("Nothing in this policy depends on it.",)
        if depends or kind not in ("role", "duty", "invariant", "stage"):
            sections.append(Section(title="What depends on it", text=nothing, items=depends))
        return Document(about="name", title=f"{capital(kind)} {code(name)}", sections=tuple(sections))

    def where(self, kind: str, name: str) -> Where | None:
        """Where a name is declared, as far as that is known."""
        return self.known.places.get((kind, name)) or getattr(_declarations(self.graph)[kind].get(name), "where", None)

    # What it says

    def says(self, kind: str, name: str) -> Item:
        """A name in full."""
        if kind == "clause":
            return self._clause(name)
        item = _declarations(self.graph)[kind][name]
        told = self._told(kind, name, item)
        return Item(
            text=told.text,
            kind=kind,
            name=name,
            title=told.title,
            cites=told.cites,
            where=self.where(kind, name),
            items=told.items,
        )

    def _told(self, kind: str, name: str, item: Any) -> Item:
        match kind:
            case "definition":
                return self.effects.definition(name, item.part)
            case "action":
                return self._action(name)
            case "role":
                return Parties(self.effects).role(item)
            case "event":
                text = "It happens on a date that evidence records; until it is recorded it has not happened."
                return Item(text=text, title=item.title)
            case "stage":
                return Item(text="Levels are judged at it, and a result is of one stage only.", title=item.title)
            case "attribute":
                return Item(text=self._attribute(item.kind, item.ladder), title=item.title)
            case "ladder":
                return Item(
                    text=f"Its levels are {listed([self.words.level(level) for level in item])}, from the lowest."
                )
            case _:
                return self._whole(kind, item)

    def _whole(self, kind: str, item: Any) -> Item:
        """A declaration that is told as the whole policy tells it."""
        tellers: dict[str, Callable[[Any], Item]] = {
            "rule": self.effects.rule,
            "exception": self.effects.exemption,
            "duty": self.effects.duty,
            "invariant": self.effects.invariant,
            "category": self.subjects.category,
            "measure": self.subjects.measure,
            "control": self.subjects.control,
            "parameter": self.subjects.parameter,
        }
        return tellers[kind](item)

    def _attribute(self, kind: str, ladder: tuple[str, ...]) -> str:
        if ladder:
            return f"It is stated of a result: {listed([self.words.level(level) for level in ladder], 'or')}."
        return f"It is stated of a result: {'yes or no' if kind == 'yes_no' else f'a {kind}'}."

    def _action(self, name: str) -> Item:
        """An action: which rules bear on it, and how."""
        leaves = self.graph.leaves[name]
        if leaves != (name,):
            listed_ = listed([self.words.both("action", leaf) for leaf in leaves])
            return Item(text=f"It stands for {listed_}: a rule on it covers each.")
        title = next((term.title for term in self.graph.actions if term.name == name), "")
        return Item(text=self.effects.covered(name), title=title)

    def _clause(self, name: str) -> Item:
        clause = self.known.clauses.get(name)
        if clause is None:
            if name not in _cited_names(self.graph):
                raise KeyError(name)
            cites = [cite for _, cite in _cites(self.graph) if cite == name or cite.startswith(f"{name} (")]
            where = cites[0].partition(" (")[2].removesuffix(")")
            return Item(text="It is a clause of the published framework.", kind="clause", name=name, cites=(where,))
        text = "It is a clause of the published framework."
        if clause.not_encoded:
            text += f" Nothing here encodes it: {quoted(clause.not_encoded)}."
        return Item(
            text=text,
            kind="clause",
            name=name,
            title=clause.title,
            cites=clause.cites,
            where=self.known.places.get(("clause", name)),
        )

    # What it rests on

    def rests(self, kind: str, name: str) -> Iterator[Item]:
        """What a name rests on, a line a kind."""
        graph, down = self.graph, self.dependence
        roots: list[int] = []
        events: list[str] = []
        match kind:
            case "rule":
                roots = down.roots(graph.rule[name])
                events = [notice.event for notice in graph.rule[name].notices if notice.event]
            case "exception":
                roots = down.roots(next(item for item in graph.exemptions if item.name == name))
            case "duty":
                duty = graph.duty[name]
                roots, events = [duty.body], [event for event in (duty.start, duty.until, duty.event) if event]
            case "category":
                roots = [index for _, levels in graph.category[name].reached for index in levels]
            case "control":
                roots = [index for index in (graph.control[name].holds,) if index is not None]
            case "definition":
                roots = [next(item.part for item in graph.definitions if item.name == name)]
            case "invariant":
                item = next(item for item in graph.invariants if item.name == name)
                roots = [index for index in (item.body, item.control) if index is not None]
            case "action":
                yield from self._bearing(name)
                return
            case _:
                return
        found = down.below(roots)
        rest = [each for each in found.names if each != (kind, name)]
        rest += [("event", event) for event in dict.fromkeys(events) if ("event", event) not in rest]
        yield from self._lines(Reach(names=tuple(rest), actions=()))

    def _bearing(self, action: str) -> Iterator[Item]:
        """The rules that bear on an action, or on any of a group, each in full; and who may veto it."""
        leaves = set(self.graph.leaves[action])
        for rule in self.graph.rules:
            if leaves & rule.covers:
                yield self.effects.rule(rule)
        for veto in self.graph.vetoes:
            if leaves & set(veto.actions):
                yield Item(text=self.effects.veto(veto))

    # What depends on it

    def dependants(self, kind: str, name: str) -> Iterator[Item]:
        """What depends on a name, a line a kind."""
        graph, up = self.graph, self.dependence
        match kind:
            case "rule":
                yield from self._of_rule(name)
            case "exception":
                rules = next(item.rules for item in graph.exemptions if item.name == name)
                yield from self._lines(up.users_of_rules(rules))
            case "clause":
                yield from self._citing(name)
            case "action":
                claims = [
                    ("invariant", item.name) for item in graph.invariants if set(graph.leaves[name]) & set(item.actions)
                ]
                yield from self._lines(Reach(names=tuple(claims), actions=()))
            case "attribute":
                used = [
                    ("measure", item.name) for item in graph.measures if any(need.of == name for need in item.needs)
                ]
                yield from self._lines(Reach(names=tuple(used), actions=()))
            case "ladder":
                ladder = dict(graph.ladders)[name]
                used = [("category", item.name) for item in graph.categories if item.ladder_name == name]
                used += [("control", item.name) for item in graph.controls if item.ladder == ladder]
                yield from self._lines(Reach(names=tuple(used), actions=()))
            case "measure" | "control" | "category" | "event" | "definition" | "parameter":
                yield from self._of_term(kind, name)
            case _:
                return

    def _of_term(self, kind: str, name: str) -> Iterator[Item]:
        starts = self.dependence.starts(kind, name)
        reached = self.dependence.up(starts)
        found = self.dependence.used(reached)
        if kind == "measure":
            yield from self._decided(reached)
        rest = [each for each in found.names if each != (kind, name) and (each[0] != "category" or kind != "measure")]
        rest += [each for each in self._clocks(kind, name) if each not in rest]
        yield from self._lines(Reach(names=tuple(rest), actions=found.actions))
        if kind == "event" and any(cadence.event == name for cadence in self.graph.cadences):
            yield Item(text="Once it happens, results from before it no longer show safety.")

    def _decided(self, reached: set[int]) -> Iterator[Item]:
        """The levels that a measure decides."""
        said = []
        for item in self.graph.categories:
            ranks = sorted({rank for rank, _, index in item.clauses if index in reached})
            if ranks:
                levels = listed([self.words.level(item.ladder[rank]) for rank in ranks], "or")
                said.append(f"whether {self.words.both('category', item.name)} is {levels}")
        if said:
            yield Item(text=sentence(f"it decides {listed(said)}"))

    def _clocks(self, kind: str, name: str) -> list[Name]:
        """What counts time from an event, or by a parameter."""
        graph = self.graph
        if kind == "event":
            found = [("rule", rule.name) for rule in graph.rules if any(n.event == name for n in rule.notices)]
            return found + [
                ("duty", duty.name) for duty in graph.duties if name in (duty.start, duty.until, duty.event)
            ]
        if kind != "parameter":
            return []
        held = [
            ("rule", rule.name)
            for rule in graph.rules
            if any(n.within.text == name for n in rule.notices)
            or any(need.valid is not None and need.valid.text == name for need in rule.requirements)
        ]
        held += [
            ("duty", duty.name)
            for duty in graph.duties
            if name in {each.text for each in (duty.every, duty.within) if each is not None}
        ]
        held += [
            ("control", item.name) for item in graph.controls if item.valid is not None and item.valid.text == name
        ]
        return held + [
            ("measure", item.name)
            for item in graph.measures
            if item.margin_unspecified == name
            or any(name in (need.unspecified, need.text.split()[-1]) for need in item.needs)
        ]

    def _of_rule(self, name: str) -> Iterator[Item]:
        found = self.dependence.users_of_rules([name])
        lifting = [("exception", item.name) for item in self.graph.exemptions if name in item.rules]
        yield from self._lines(Reach(names=tuple(lifting), actions=found.actions))

    def _citing(self, name: str) -> Iterator[Item]:
        clause = self.known.clauses.get(name)
        by = (
            clause.cited_by
            if clause
            else tuple(each for each, cite in _cites(self.graph) if cite == name or cite.startswith(f"{name} ("))
        )
        named = tuple(each for each in by if each[0] in KINDS)
        yield from self._lines(Reach(names=named, actions=()))
        others = {
            "veto": "who may veto",
            "evaluate": "when evaluations are repeated",
            "amend": "how the policy changes",
        }
        for kind in dict.fromkeys(kind for kind, _ in by if kind in others):
            yield Item(text=f"It is cited by what says {others[kind]}.")

    def _lines(self, reach: Reach) -> Iterator[Item]:
        """Names, a line a kind, and the actions behind them."""
        for kind in KINDS:
            found = [self.words.both(kind, name) if kind != "rule" else code(name) for name in reach.of(kind)]
            if found:
                noun = kind if len(found) == 1 else _PLURALS.get(kind, f"{kind}s")
                yield Item(text=f"{capital(noun)}: {listed(found)}.")
        if ("attempts", "attempts") in reach.names:
            yield Item(text="The number of mitigation attempts.")
        if reach.actions:
            names = [self.words.both("action", name) for name in reach.actions]
            text = "Every action." if len(names) == len(self.graph.actions) > 2 else f"{listed(names)}."
            yield Item(text=f"Actions: {text}" if not text.startswith("Every") else "Every action depends on it.")


__all__ = ["KINDS", "Clause", "Declared", "declared", "names", "of_name", "sentences"]
