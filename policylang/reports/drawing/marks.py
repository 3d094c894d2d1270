"""What a decision says of each thing in a picture: a sign, a word, a tone, and how sure it is.

The signs are those of every report: ✔ ! ? ✘ for what a verdict follows from, ● for what is so, and · for what is not.
"""

from collections.abc import Iterable, Sequence

from policylang.decide.decision import ActionDecision, Decision, Obligation, Verdict
from policylang.decide.values import DEFINITE, NO, POSSIBLE, Values, ranks
from policylang.decide.verdicts import exception_to, met
from policylang.graph.nodes import Category, Control, Duty, Exemption, Notice, Requirement, Rule
from policylang.reports.amounts import moment, span
from policylang.reports.drawing.mentions import Quantified, state_of
from policylang.reports.drawing.picture import Mark

_VERDICTS = {
    Verdict.FORBIDDEN: Mark("✘", "forbidden", "bad", "definite"),
    Verdict.UNDETERMINED: Mark("?", "undetermined", "warn", "possible"),
    Verdict.CONDITIONAL: Mark("!", "conditional", "warn", "definite"),
    Verdict.PERMITTED: Mark("✔", "permitted", "good", "definite"),
}
_NOT_COVERED = Mark("?", "not covered", "warn", "possible")
_MET = Mark("✔", "met", "good", "definite")
_ANYTHING = ("anything", "no to yes")
_IDLE = Mark("·", "does not apply", "idle", "no")
_STATES = {
    "met": Mark("✔", "met", "good", "definite"),
    "pending": Mark("!", "pending", "warn", "definite"),
    "overdue": Mark("✘", "overdue", "bad", "definite"),
    "possible": Mark("?", "possible", "warn", "possible"),
}


class Marks:
    """The marks of one decision."""

    def __init__(self, decision: Decision, values: Values) -> None:
        """A decision with the values behind it."""
        self.decision = decision
        self.values = values
        self.graph = values.graph

    # Evidence

    def reading(self, index: int) -> Mark:
        """What is known of an input."""
        value, item = self.values.inputs[index], self.graph.inputs[index]
        kind = self.graph.measure[item.name].kind if item.of == "measure" else None
        said = span(value.lo, value.hi, kind)
        if not value.measured:
            shown = "" if said in _ANYTHING or not value.readings else f", {said} shown"
            why = (
                "no reading qualifies" if value.readings else "never measured" if item.of == "measure" else "not stated"
            )
            return Mark("?", f"{why}{shown}", "warn", "possible")
        return Mark("●", said, "plain", "definite") if said not in _ANYTHING else Mark("?", said, "warn", "possible")

    def event(self, name: str) -> Mark:
        """Whether an event is recorded."""
        moments = self.values.standing.events.get(name, [])
        if not moments:
            return Mark("·", "not recorded", "idle", "no")
        return Mark("●", f"on {moment(moments[0])}", "plain", "definite")

    # Levels and conditions

    def placed(self, category: Category, stage: str | None) -> Mark:
        """Where a category stands at a stage."""
        low, high = ranks(self.values, category)[stage]
        ladder = category.ladder
        if low == high:
            return Mark("●", ladder[low], "plain", "definite")
        unassessed = (category.name, stage) not in self.values.standing.assessed and not category.measured
        if unassessed and low == 0 and high == len(ladder) - 1:
            return Mark("?", "not assessed", "warn", "possible")
        return Mark("?", f"{ladder[low]} … {ladder[high]}", "warn", "possible")

    def asked(self, found: Quantified) -> Mark:
        """The answer to a question to many categories."""
        return _said(state_of(found, self.values.states), ("yes", "open", "no"))

    def condition(self, index: int) -> Mark:
        """Whether a condition holds."""
        return _said(self.values.states[index], ("holds", "open", "does not hold"))

    def attested(self, control: Control) -> Mark:
        """Whether a control is attested, and since when."""
        entry = self.values.standing.attested.get(control.name)
        if entry is None:
            return Mark("·", "not attested", "idle", "no")
        return Mark("●", f"on {moment(entry[1].at)}", "plain", "definite")

    def control(self, control: Control) -> Mark:
        """Whether a control holds, or the level at which it is attested."""
        entry = self.values.standing.attested.get(control.name)
        attested = NO if control.attested and entry is None else DEFINITE
        shown = DEFINITE if control.holds is None else self.values.states[control.holds]
        if control.undefined:
            return Mark("✘", "never defined", "bad", "definite")
        if not control.attested and control.holds is None:
            return Mark("·", "does not hold", "idle", "no")
        if attested and shown == DEFINITE and entry is not None and entry[0] is not None and control.ladder:
            return Mark("●", f"at {control.ladder[entry[0]]}", "plain", "definite")
        return _said(attested & shown, ("holds", "open", "does not hold"))

    # Rules

    def rule(self, rule: Rule) -> Mark:
        """Whether a rule fires, and what that comes to."""
        state = self.values.states[rule.body]
        if state == NO:
            return Mark("·", "does not fire", "idle", "no")
        lifted = {exception_to(self.values, rule, action) for action in rule.covers} or {""}
        if "" not in lifted:
            return Mark("·", f"set aside by {', '.join(sorted(lifted))}", "idle", "no")
        sure, word = ("definite", "fires") if state == DEFINITE else ("possible", "may fire")
        if rule.strength != "must":
            return Mark("●" if state == DEFINITE else "?", word, "plain", sure)  # type: ignore[arg-type]  # one of two
        found = [self.forbids(rule, action) for action in rule.forbids]
        found += [self.requires(rule, need, action) for need in rule.requirements for action in need.actions]
        worst = strictest(found)
        if worst is None or worst.tone in ("idle", "good"):
            return Mark("●" if state == DEFINITE else "?", word, "plain", sure)  # type: ignore[arg-type]  # as above
        return Mark(worst.sign, word, worst.tone, sure)  # type: ignore[arg-type]  # as above

    def forbids(self, rule: Rule, action: str) -> Mark:
        """What a rule that forbids comes to for an action."""
        state = self.values.states[rule.body]
        if state == NO or exception_to(self.values, rule, action):
            return _IDLE
        if self.values.standing.waived(rule.name, action) is not None:
            return Mark("·", "waived", "idle", "no")
        if state == POSSIBLE:
            return Mark("?", "possibly in force", "warn", "possible")
        return Mark("✘", "in force", "bad", "definite")

    def requires(self, rule: Rule, need: Requirement, action: str) -> Mark:
        """Whether a requirement of a rule is met for an action."""
        state = self.values.states[rule.body]
        if state == NO or exception_to(self.values, rule, action):
            return _IDLE
        if met(self.values, need, action, rule=rule.name):
            return _MET
        if self.values.standing.waived(rule.name, action) is not None:
            return Mark("·", "waived", "idle", "no")
        return _open(state)

    def needs(self, item: Exemption, need: Requirement) -> Mark:
        """Whether a requirement of an exception is met for any action it is asked for."""
        actions = need.actions or tuple(term.name for term in self.graph.actions)
        is_met = any(met(self.values, need, action, name=item.name) for action in actions)
        return _MET if is_met else _open(self.values.states[item.body] or POSSIBLE)

    def told(self, rule: Rule, notice: Notice) -> Mark:
        """Whether those who are to be told were told."""
        found = [o for o in self.decision.obligations if o.rule == rule.name and o.kind == "notify"]
        return self._due([one for one in found if one.to in notice.roles])

    def duty(self, duty: Duty) -> Mark:
        """Whether a standing obligation is met."""
        found = [one for one in self.decision.obligations if one.rule == duty.name and one.kind == "duty"]
        return self._due(found)

    @staticmethod
    def _due(found: Sequence[Obligation]) -> Mark:
        known = {"idle" if one.state == "pending" and one.due is None else one.state for one in found}
        if known == {"idle"}:
            return Mark("·", "not started", "idle", "no")
        for state in ("overdue", "pending", "possible", "met"):
            if state in known:
                return _STATES[state]
        return _IDLE

    # Verdicts

    def verdict(self, action: str) -> Mark:
        """The verdict on an action."""
        item: ActionDecision = self.decision.actions[action]
        if item.verdict is Verdict.PERMITTED and not item.covered:
            return _NOT_COVERED
        return _VERDICTS[item.verdict]

    def vetoed(self, action: str) -> Mark:
        """Whether a veto of an action stands."""
        if any(reason.effect == "veto" for reason in self.decision.actions[action].reasons):
            return Mark("✘", "vetoed", "bad", "definite")
        return Mark("·", "no veto", "idle", "no")

    def exemption(self, item: Exemption) -> Mark:
        """Whether an exception sets its rules aside."""
        used = {name for one in self.decision.actions.values() for _, name in one.excepted}
        if item.name in used:
            return Mark("●", "sets rules aside", "plain", "definite")
        if self.values.states[item.body] == DEFINITE:
            return Mark("·", "holds, sets nothing aside", "idle", "no")
        return _said(self.values.states[item.body], ("", "open", "does not hold"))


def strictest(marks: Iterable[Mark]) -> Mark | None:
    """The mark that matters most."""
    order = ("bad", "warn", "plain", "good", "idle")
    return min(marks, key=lambda mark: (order.index(mark.tone), mark.sure == "definite"), default=None)


def _open(state: int) -> Mark:
    if state == DEFINITE:
        return Mark("!", "open", "warn", "definite")
    return Mark("?", "open, may not apply", "warn", "possible")


def _said(state: int, words: tuple[str, str, str]) -> Mark:
    match state:
        case 3:
            return Mark("●", words[0], "plain", "definite")
        case 1:
            return Mark("?", words[1], "warn", "possible")
        case _:
            return Mark("·", words[2], "idle", "no")
