"""A whole policy in plain English, for a board: what it decides, on what, who has a say, and what it leaves open.

Every sentence is made from the decision graph, so it says what the compiler will do, and not what a comment or a title
claims. Titles and citations are quoted.
"""

import dataclasses
import itertools
from collections.abc import Iterator

from policylang.explain.document import Document, Item, Section
from policylang.explain.effects import Effects
from policylang.explain.english import (
    capital,
    code,
    counted,
    date,
    listed,
    number,
    ordinal,
    percent,
    quoted,
    sentence,
)
from policylang.explain.parties import Parties
from policylang.explain.subjects import Subjects
from policylang.graph import nodes
from policylang.graph.nodes import Graph, Rule

_FORCE = {
    "voluntary": "It is a commitment that whoever follows it has made of their own accord.",
    "legal": "It has the force of law.",
}
_TRIES = 3


def policy(graph: Graph) -> Document:
    """The explanation of a policy."""
    telling = _Telling(graph)
    sections = (
        Section(title="What this is", text=tuple(telling.about())),
        Section(title="What is decided", items=tuple(telling.actions())),
        Section(title="Who is who", items=tuple(telling.roles())),
        telling.danger(),
        Section(title="What is measured", items=tuple(map(telling.subjects.measure, graph.measures))),
        telling.terms(),
        Section(title="The rules", items=tuple(telling.rules(advice=False))),
        Section(title="What is only advised", items=tuple(telling.rules(advice=True))),
        Section(title="What must be in place", items=tuple(telling.controls())),
        telling.aside(),
        Section(title="Who may stop an action", items=tuple(telling.vetoes())),
        telling.duties(),
        telling.repeated(),
        Section(title="How the policy may be changed", items=tuple(telling.changed())),
        telling.claims(),
        telling.open(),
    )
    return Document(
        about="policy",
        title=quoted(graph.header.title) if graph.header.title else code(graph.header.name),
        sections=tuple(section for section in sections if section.text or section.items),
    )


class _Telling:
    """The sections on one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.effects = Effects(graph)
        self.subjects = Subjects(self.effects.phrases)
        self.names = self.effects.names

    # What this is

    def about(self) -> Iterator[str]:
        """Name, version, source, force, approval; confidence; how a verdict comes about."""
        header = self.graph.header
        version = f", version {quoted(header.version)}" if header.version else ", of no stated version"
        source = f" It puts into rules: {quoted(header.source)}." if header.source else ""
        title = quoted(header.title) if header.title else "This policy"
        yield f"{title} ({code(header.name)}){version}.{source}"
        yield " ".join([*self._force()])
        yield self._confidence()
        yield (
            "An action is permitted only if some rule covers it, no rule forbids it, not even possibly, and all that "
            "rules ask for first is there. What is not known counts against the model: missing evidence never permits."
        )

    def _force(self) -> Iterator[str]:
        header = self.graph.header
        if header.force:
            yield _FORCE[header.force]
        yield (
            f"It takes effect on {date(header.effective)}."
            if header.effective
            else "It does not say from when it is in force."
        )
        for role, day in header.approved:
            yield f"{capital(self.names.role(role))} approved it on {date(day)}."
        if not header.approved:
            yield "It does not say who approved it."

    def _confidence(self) -> str:
        header = self.graph.header
        if header.confidence is None:
            return "A score is taken as it is: the policy asks for no margin of doubt, however few the tasks."
        error = 1 - header.confidence
        text = (
            f"A score counts with a margin of doubt: what is taken from it, for danger or for safety, may be wrong "
            f"by chance in {percent(error)} of cases at most."
        )
        if header.across_attempts:
            spent = [f"{percent(error / (k * (k + 1)), 3, up=True)} at the {ordinal(k)}" for k in range(1, _TRIES + 1)]
            text += f" That error is spread over the attempts at mitigation, {listed(spent)}: trying again gets harder."
        if header.anytime:
            text += " It holds however often one looks at the results on the way."
        return text

    # What is decided, and by whom

    def actions(self) -> Iterator[Item]:
        """Each action, and the rules that bear on it; those that no rule covers last."""
        bound = {name for rule in self.graph.rules if rule.strength == "must" for name in rule.covers}
        for term in sorted(self.graph.actions, key=lambda term: term.name not in bound):
            yield Item(text=self.effects.covered(term.name), kind="action", name=term.name, title=term.title)

    def roles(self) -> Iterator[Item]:
        """Each role."""
        parties = Parties(self.effects)
        yield from (parties.role(term) for term in self.graph.roles)

    # How danger is measured

    def danger(self) -> Section:
        """Stages, and categories with what puts a model at each level."""
        stages = [self.names.both("stage", term.name) for term in self.graph.stages]
        text = []
        if len(stages) > 1:
            text.append(f"Each category is judged at {counted(len(stages), 'stage')}: {listed(stages)}.")
        elif stages:
            text.append(f"Each category is judged at one stage: {stages[0]}.")
        if any(item.measured for item in self.graph.categories):
            text.append(
                "A model that reaches a level has reached those below it. Any run may show that a level is reached; "
                "that it is not reached is shown only by runs that meet what the measure asks for."
            )
        items = tuple(map(self.subjects.category, self.graph.categories))
        return Section(title="How danger is measured", text=tuple(text) if items else (), items=items)

    def terms(self) -> Section:
        """Named conditions, events and parameters with a value."""
        graph = self.graph
        items = [self.effects.definition(item.name, item.part) for item in graph.definitions]
        items += [self.subjects.parameter(item) for item in graph.parameters if item.value]
        return Section(title="Terms", items=tuple(items))

    # The rules

    def rules(self, *, advice: bool) -> Iterator[Item]:
        """Rules that bind, or those that only advise."""
        for rule in self.graph.rules:
            if (rule.strength != "must") is advice:
                yield self.effects.rule(rule)

    def controls(self) -> Iterator[Item]:
        """Controls; those that are shown in the same way, one after the other, together."""
        told = map(self.subjects.control, self.graph.controls)
        for (text, _), same in itertools.groupby(told, key=lambda item: (item.text, item.items)):
            group = tuple(same)
            if len(group) < 3:
                yield from group
                continue
            lead = text.replace("It is in place when", "Each of these is in place when").removesuffix(".")
            names = tuple(dataclasses.replace(item, text="", items=()) for item in group)
            yield Item(text=f"{lead}:", items=names)

    def aside(self) -> Section:
        """Exceptions and waivers: where the policy may be got around, on its own terms."""
        items = list(map(self.effects.exemption, self.graph.exemptions))
        waivers: dict[str, list[str]] = {}
        for rule in self.graph.rules:
            if rule.waivable:
                waivers.setdefault(rule.waivable, []).append(code(rule.name))
        for role, rules in waivers.items():
            noun = "rule" if len(rules) == 1 else "rules"
            text = (
                f"{capital(self.names.role(role))} may waive the {noun} {listed(rules)}, for all actions or for some."
            )
            items.append(Item(text=text))
        none = () if items or not self.graph.rules else ("No rule has an exception, and none can be waived.",)
        return Section(title="How a rule may be set aside", text=none, items=tuple(items))

    def vetoes(self) -> Iterator[Item]:
        """Who may veto what."""
        yield from (Item(text=self.effects.veto(item)) for item in self.graph.vetoes)

    def duties(self) -> Section:
        """Standing duties, and who must be told within a time."""
        items = list(map(self.effects.duty, self.graph.duties))
        for rule in self.graph.rules:
            for notice in rule.notices:
                text = sentence(f"when {code(rule.name)} applies, {self.effects.notice(notice, rule.strength)}")
                items.append(Item(text=text, kind="rule", cites=rule.cites, where=rule.where))
        return Section(title="Duties and deadlines", items=tuple(items))

    def repeated(self) -> Section:
        """When results go stale."""
        cadences = [self.effects.cadence(item) for item in self.graph.cadences]
        if not self.graph.measures:
            return Section(title="When evaluations must be repeated")
        if not cadences:
            text = "Nothing says when: a result shows safety for as long as its measure accepts it."
            return Section(title="When evaluations must be repeated", text=(text,))
        head = "A result no longer shows safety, though it still shows danger, as soon as one of these is so:"
        items = tuple(Item(text=sentence(text.removeprefix("when "))) for text in cadences)
        return Section(title="When evaluations must be repeated", text=(head,), items=items)

    # The policy itself

    def changed(self) -> Iterator[Item]:
        """What a change needs, and what the policy says that it has changed."""
        yield from (Item(text=text) for text in self.effects.amendments())
        counts: dict[str, dict[str, int]] = {}
        for change in self.graph.changes:
            of = counts.setdefault(change.since, {})
            of[change.direction] = of.get(change.direction, 0) + 1
        for since, found in counts.items():
            said = [f"{number(count)} {direction}" for direction, count in sorted(found.items())]
            yield Item(text=f"It says of itself what is different from version {quoted(since)}: {listed(said)}.")

    def claims(self) -> Section:
        """Invariants."""
        items = tuple(map(self.effects.invariant, self.graph.invariants))
        text = "The policy claims this for every evidence there could be; `policyc prove` finds out whether it is so."
        return Section(title="What is claimed for all evidence", text=(text,) if items else (), items=items)

    def open(self) -> Section:
        """What the policy leaves open."""
        return Section(title="What is left open", items=tuple(self._open()))

    def _open(self) -> Iterator[Item]:
        graph = self.graph
        bound = {name for rule in graph.rules if rule.strength == "must" for name in rule.covers}
        silent = [self.names.both("action", term.name) for term in graph.actions if term.name not in bound]
        if silent:
            yield Item(text=f"No rule covers {listed(silent, 'or')}.")
        for parameter in graph.parameters:
            if not parameter.value:
                title = f", {quoted(parameter.title)}," if parameter.title else ""
                yield Item(text=f"{code(parameter.name)}{title} has no value{self._missing(parameter.name)}.")
        for control in graph.controls:
            if control.undefined:
                text = f"{self.names.both('control', control.name)} is named and never defined: it is never in place."
                yield Item(text=text, cites=control.cites)
        for rule in graph.rules:
            yield from self._disputed(rule)
        yield from self._unjudged()

    def _missing(self, name: str) -> str:
        """What follows while a parameter has no value."""
        graph = self.graph
        clocks = [n.within.text for rule in graph.rules for n in rule.notices]
        clocks += [each.text for duty in graph.duties for each in (duty.every, duty.within) if each is not None]
        needs = [need for rule in graph.rules for need in rule.requirements]
        needs += [need for item in graph.exemptions for need in item.requirements]
        valid = [need.valid.text for need in needs if need.valid is not None]
        valid += [control.valid.text for control in graph.controls if control.valid is not None]
        asked = [need.unspecified for item in graph.measures for need in item.needs]
        asked += [item.margin_unspecified for item in graph.measures] + [item.unspecified for item in graph.cadences]
        said = ["no deadline that it sets can be missed"] if name in clocks else []
        said += ["no approval or attestation that it limits counts"] if name in valid else []
        said += ["no result that it is asked of shows safety"] if name in asked else []
        known = any(item.of == "parameter" and item.name == name for item in graph.inputs)
        if known or any(isinstance(node, nodes.Unspecified) and node.parameter == name for node in graph.nodes):
            said.append("conditions that rest on it stay open")
        return f", so that {listed(said)}" if said else ", and nothing depends on it"

    def _disputed(self, rule: Rule) -> Iterator[Item]:
        node = self.graph.nodes[rule.body]
        if isinstance(node, nodes.Disputed):
            names = listed([code(name) for name in node.names])
            text = f"{code(rule.name)} can be read in {number(len(node.names))} ways: {names}."
            yield Item(text=text, cites=rule.cites, where=rule.where)

    def _unjudged(self) -> Iterator[Item]:
        """Levels that nothing reaches, and measures that ask nothing of a result."""
        used = {item.name for item in self.graph.inputs if item.of == "measure"}
        for item in self.graph.categories:
            reached = {rank for rank, _, _ in item.clauses}
            missing = [
                self.names.level(level) for rank, level in enumerate(item.ladder) if rank and rank not in reached
            ]
            if item.measured and missing and not item.assessed:
                name = self.names.both("category", item.name)
                yield Item(text=f"{name} has no condition of its own for {listed(missing, 'or')}.")
        bare = [
            self.names.both("measure", item.name)
            for item in self.graph.measures
            if item.name in used and not item.needs
        ]
        if bare:
            text = f"Nothing is asked of a result of {listed(bare, 'or')} before it shows safety"
            yield Item(text=f"{text}, but that its run was completed.")
        idle = [self.names.both("measure", item.name) for item in self.graph.measures if item.name not in used]
        if idle:
            yield Item(text=f"No condition uses {listed(idle, 'or')}.")
