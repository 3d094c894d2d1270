"""A decision explained: from results to levels to rules to the verdict, and what would change it.

What would permit an action is what its remedy says; what would take a permission away was decided again, one change
at a time. Actions that are decided alike for the same reasons are told together.
"""

import dataclasses
from collections.abc import Iterator, Sequence

from policylang.clocks import Moment, passed
from policylang.decide import Decision, Verdict, decided
from policylang.decide.decision import ActionDecision, Obligation, Outstanding, Reason
from policylang.decide.values import DEFINITE, Values
from policylang.evidence.facts import Evidence
from policylang.explain.document import Document, Item, Section
from policylang.explain.english import capital, code, counted, listed, quoted, sentence
from policylang.explain.losses import Loss, losses
from policylang.explain.reasons import Reasons, moment
from policylang.explain.remedies import Remedies
from policylang.graph.nodes import Graph

_MOST = {"score": 4, "judgement": 2, "fact": 3, "event": 3}
"""How many changes of a kind are told; of a score those for which the fewest units would have to change."""
_LONGEST = 300
_SAYS = {
    Verdict.PERMITTED: "is permitted",
    Verdict.CONDITIONAL: "is permitted only once what is asked for first is there",
    Verdict.UNDETERMINED: "cannot be decided, and so is not permitted",
    Verdict.FORBIDDEN: "is forbidden",
}


def explained(graph: Graph, evidence: Evidence, as_of: Moment, actions: Sequence[str]) -> tuple[Document, Decision]:
    """Why each verdict, what would permit, and what would take a permission away; and the decision itself."""
    decision, values = decided(graph, evidence, as_of)
    telling = _Telling(decision, values)
    lost = losses(decision, evidence, telling.permitted(actions))
    title = quoted(graph.header.title) if graph.header.title else code(graph.header.name)
    attempt = "" if evidence.subject.attempt is None else f", attempt {evidence.subject.attempt}"
    text = f"Of {quoted(evidence.subject.model)}{attempt}, as of {moment(as_of)}, on the evidence that was given."
    sections = [section for group in telling.groups(actions) for section in telling.sections(group, lost)]
    if len(actions) > 1 or not sections:
        sections.append(telling.levels())
    sections.append(telling.due())
    return (
        Document(
            about="decision",
            title=f"A decision under {title}, explained",
            text=(text,),
            sections=tuple(section for section in sections if section.text or section.items),
        ),
        decision,
    )


class _Telling:
    """The sections on one decision."""

    def __init__(self, decision: Decision, values: Values) -> None:
        self.decision = decision
        self.graph = decision.graph
        self.values = values
        self.reasons = Reasons(decision.graph, values)
        self.remedies = Remedies(decision, values)
        self.names = self.reasons.names
        self.effects = self.remedies.effects

    def permitted(self, actions: Sequence[str]) -> list[str]:
        """The actions asked for that are permitted, and covered by a rule."""
        found = (self.decision.actions[name] for name in actions)
        return [item.action for item in found if item.verdict is Verdict.PERMITTED and item.covered]

    def groups(self, actions: Sequence[str]) -> list[list[ActionDecision]]:
        """Actions that are decided alike for the same reasons, the strictest verdict first."""
        found: dict[object, list[ActionDecision]] = {}
        for item in (self.decision.actions[name] for name in actions):
            key = (item.verdict, item.covered, item.reasons, item.remedy, item.excepted)
            found.setdefault(repr(key), []).append(item)
        return sorted(found.values(), key=lambda group: -group[0].verdict.rank)

    def sections(self, group: Sequence[ActionDecision], lost: Sequence[Loss]) -> Iterator[Section]:
        """The story of actions that are decided alike."""
        first = group[0]
        names = [self.names.both("action", item.action) for item in group]
        subject = capital(listed(names))
        if first.verdict is Verdict.PERMITTED and not first.covered:
            says = "is not covered by any rule" if len(group) == 1 else "are not covered by any rule"
            yield Section(title=f"{subject} {says}", text=("Silence is not permission: no verdict clears it.",))
            return
        says = _SAYS[first.verdict] if len(group) == 1 else _SAYS[first.verdict].replace("is ", "are ", 1)
        says = says.replace("and so is not", "and so are not") if len(group) > 1 else says
        yield Section(title=f"{subject} {says}", items=tuple(self._why(first)))
        if first.verdict is not Verdict.PERMITTED:
            yield self._permitting(group)
        else:
            yield self._losing(group, lost)

    # Why

    def _why(self, item: ActionDecision) -> Iterator[Item]:
        """What forbids first, then what is open; of a permission, what was asked and is there."""
        blocking = [reason for reason in item.reasons if reason.effect in ("forbid", "veto")]
        for reason in sorted(blocking, key=lambda reason: (reason.waived, reason.fires != "definitely")):
            yield self._blocked(reason)
        by_rule: dict[str, list[Outstanding]] = {}
        for need in item.outstanding:
            by_rule.setdefault(need.rule, []).append(need)
        yield from (self._asked(name, needs, item) for name, needs in by_rule.items())
        for rule_name, exception in item.excepted:
            text = f"{code(rule_name)} does not apply, by the exception {code(exception)}."
            lifted = next(each for each in self.graph.exemptions if each.name == exception)
            yield Item(text=text, cites=lifted.cites, where=lifted.where, items=self.reasons.why(lifted.body))
        if item.verdict is Verdict.PERMITTED:
            yield from self._cleared(item)

    def _blocked(self, reason: Reason) -> Item:
        if reason.effect == "veto":
            return Item(text=f"{capital(self.names.role(reason.rule))} vetoed it.")
        rule = self.graph.rule[reason.rule]
        if reason.waived:
            return Item(text=f"{code(rule.name)} would forbid it, and {self.names.role(rule.waivable)} waived that.")
        verb = "forbids it" if reason.fires == "definitely" else "may forbid it, which is not settled"
        title = f", {quoted(rule.title)}," if rule.title else ""
        why = self.reasons.why(rule.body)
        text = f"{code(rule.name)}{title} {verb}{':' if why else ', always.'}"
        return Item(text=text, kind="rule", cites=rule.cites, where=rule.where, items=why)

    def _asked(self, name: str, needs: Sequence[Outstanding], item: ActionDecision) -> Item:
        """What one rule asks for and is not there, and why it applies."""
        rule = self.graph.rule[name]
        sure = any(reason.rule == name and reason.fires == "definitely" for reason in item.reasons)
        why = self.reasons.why(rule.body)
        items = (
            [Item(text="It applies, since:" if sure else "Whether it applies is not known:", items=why)] if why else []
        )
        for need in needs:
            text = self.effects.needed(dataclasses.replace(need.requirement, actions=()))
            items.append(Item(text=sentence(text), items=tuple(self._unmet(need))))
        title = f", {quoted(rule.title)}," if rule.title else ""
        text = f"{code(name)}{title} {'asks' if sure else 'may ask'} for what is not there:"
        return Item(text=text, kind="rule", cites=rule.cites, where=rule.where, items=tuple(items))

    def _unmet(self, need: Outstanding) -> Iterator[Item]:
        """Why a requirement is not met."""
        if need.requirement.what == "control":
            for at, node in enumerate(need.requirement.nodes):
                if self.values.states[node] == DEFINITE:
                    continue
                name = self.effects.member(need.requirement, at)
                why = self.reasons.why(node, holds=False)
                if len(why) == 1 and why[0].items and len(need.requirement.nodes) == 1:
                    why = why[0].items  # what is said of it is that it must be in place
                yield from why or (Item(text=f"{name} is not shown to be in place."),)
            return
        for text in need.needs:
            role = text.partition(" of ")[2].partition(",")[0]
            more = text.partition(" of ")[2].partition(",")[2].strip()
            who = capital(self.names.role(role)) if any(term.name == role for term in self.graph.roles) else ""
            verb = {"approval": "has not approved", "consultation": "has not been consulted"}.get(
                need.requirement.what, "has not been told"
            )
            if who:
                yield Item(text=f"{who} {verb}{f' in a way that counts: {quoted(more)}' if more else ''}.")

    def _cleared(self, item: ActionDecision) -> Iterator[Item]:
        """Why nothing stands against a permitted action: rules that do not apply, and what was asked and is there."""
        bound = [rule for rule in self.graph.rules if rule.strength == "must" and item.action in rule.covers]
        off, met = [], []
        for rule in bound:
            state = self.values.states[rule.body]
            if state == 0:
                off.append(rule)
            else:
                met += [need for need in rule.requirements if item.action in need.actions]
        forbidding = [rule for rule in off if item.action in rule.forbids]
        for rule in forbidding:
            text = f"{code(rule.name)}, which could forbid it, does not apply"
            clause = self.reasons.phrases.text(rule.body, holds=False)
            text += f": {clause}" if len(clause) <= _LONGEST else ""
            yield Item(text=sentence(text), kind="rule", cites=rule.cites, where=rule.where)
        shown = self.reasons.shown([rule.body for rule in forbidding], holds=False)
        if shown:
            yield Item(text="That is so by these results and facts:", items=shown)
        others = [code(rule.name) for rule in off if rule not in forbidding]
        if others:
            either = " either" if forbidding else ""
            yield Item(text=f"{capital(listed(others))} {'does' if len(others) == 1 else 'do'} not apply{either}.")
        if met:
            told = dict.fromkeys(sentence(self.effects.asked(need, of=False)) for need in met)
            yield Item(text="All that is asked for first is there:", items=tuple(map(_item, told)))

    # What would change it

    def _permitting(self, group: Sequence[ActionDecision]) -> Section:
        items = self.remedies.permitting(group[0])
        first = self.names.of("action", group[0].action)
        head = f"What would permit {'it' if len(group) == 1 else 'each of them'}"
        if not items:
            return Section(title=head, text=("Nothing within this policy.",))
        text = "This alone:" if len(items) == 1 else "All of this together:"
        if len(group) > 1:
            text = f"{text.removesuffix(':')} (told for {first}, and in the same way for the others):"
        return Section(title=head, text=(text,), items=items)

    def _losing(self, group: Sequence[ActionDecision], lost: Sequence[Loss]) -> Section:
        """What would make a permitted action no longer permitted; each was decided."""
        names = {item.action for item in group}
        found = [(loss, [v for action, v in loss.verdicts.items() if action in names]) for loss in lost]
        told = [(loss, max(verdicts, key=lambda v: v.rank)) for loss, verdicts in found if verdicts]
        items: list[Item] = []
        count: dict[str, int] = {}
        for loss, verdict in told:
            count[loss.kind] = count.get(loss.kind, 0) + 1
            if count[loss.kind] <= _MOST.get(loss.kind, 2):
                items.append(Item(text=f"It would be {verdict.value} {loss.text}."))
        if len(told) > len(items):
            items.append(Item(text=f"And {counted(len(told) - len(items), 'other change')} in one place would."))
        title = "What would take that away"
        if not items:
            return Section(title=title, text=("No single change of this evidence that was tried.",))
        return Section(title=title, text=("Each of these alone, as it was decided again:",), items=tuple(items))

    # Around it

    def levels(self) -> Section:
        """Where the model stands, a line a category."""
        items = []
        for category in self.graph.categories:
            by_range: dict[tuple[int, int], list[str | None]] = {}
            for stage, _ in category.reached:
                placed = self.decision.scorecard[category.name, stage]
                by_range.setdefault((placed.at_least, placed.at_most), []).append(stage)
            said = []
            for (least, most), stages in by_range.items():
                low, high = (self.names.level(category.ladder[rank]) for rank in (least, most))
                at = self.names.at_stage(stages, "and")
                said.append(f"{low}{at}" if least == most else f"anything from {low} to {high}{at}")
            text = f"{self.names.of('category', category.name)} is {listed(said)}"
            items.append(Item(text=sentence(text)))
        return Section(title="Where the model stands", items=tuple(items))

    def due(self) -> Section:
        """What is owed and not done, most urgent first."""
        order = ("overdue", "pending", "possible")
        open_ = [item for item in self.decision.obligations if item.state in order]
        open_.sort(key=lambda item: (order.index(item.state), item.due.last if item.due else 1 << 62))
        groups: dict[tuple[object, ...], list[Obligation]] = {}
        for item in open_:
            if item.state != "possible" and not _is_idle(item):
                groups.setdefault((item.rule, item.by, item.due, item.state, item.note), []).append(item)
        items = [Item(text=self._owed(group)) for group in groups.values()]
        idle = list(dict.fromkeys(code(item.rule) for item in open_ if _is_idle(item)))
        if idle:
            text = f"Nothing is due yet by {listed(idle)}: what the time is counted from is not recorded."
            items.append(Item(text=text))
        maybe = list(dict.fromkeys(code(item.rule) for item in open_ if item.state == "possible"))
        if maybe:
            items.append(Item(text=f"Somebody may have to be told or to act, if {listed(maybe, 'or')} applies."))
        return Section(title="What is due", items=tuple(items))

    def _owed(self, group: Sequence[Obligation]) -> str:
        """One obligation, to everybody it is owed to."""
        item = group[0]
        to = self.names.roles(dict.fromkeys(each.to for each in group if each.to))
        what = f"{to} must be told" if item.kind == "notify" else f"{self.names.role(item.by)} must act"
        what += f" for {to}" if item.kind == "duty" and to else ""
        what = f"{capital(what)} ({code(item.rule)})"
        if item.due is None:
            name = item.note.removesuffix(" has no value")
            note = f"{code(name)} has no value" if name != item.note else item.note or "no day is set"
            return sentence(f"{what}: {note}")
        if passed(item.due, self.decision.as_of):
            return f"{what}: overdue since {moment(item.due)}."
        return f"{what} by {moment(item.due)}."


def _is_idle(item: Obligation) -> bool:
    return item.state == "pending" and item.due is None and item.start is None


def _item(text: str) -> Item:
    return Item(text=text)
