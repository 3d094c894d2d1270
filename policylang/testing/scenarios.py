"""Test blocks, case by case: each decided on what it gives, and compared with what it expects.

A test is an example, so what it gives is exact and qualifies: its run succeeded, it meets what the measure needs, it
is fresh, and confidence asks nothing more of it. That is one change of the graph (`Graph.example`: no needs, no
cadences, no confidence), and the decider itself is the one that decides everything else. Facts are by the role that the
policy has for them unless the test names another, and everything without a date is of the day of the test.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from policylang import syntax
from policylang.clocks import EXAMPLE_DAY
from policylang.compile import Compiled
from policylang.decide import Decision, decided
from policylang.decide.decision import ActionDecision, Obligation, Reason, Verdict
from policylang.decide.values import Values
from policylang.diagnostics import Diagnostic, Label, quoted
from policylang.evidence.admit import admit
from policylang.evidence.facts import Evidence, Fact, Reading, Subject
from policylang.graph.nodes import Graph
from policylang.kinds import Kind, Quantity
from policylang.resolve import Resolved
from policylang.source import Place
from policylang.testing.given import Scene, scenes

_MAX_OPEN = 5
_STATES = ("met", "possible", "pending", "overdue")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a test went: nothing found means that it passed."""

    title: str
    place: Place
    found: tuple[Diagnostic, ...]

    @property
    def passed(self) -> bool:
        """Whether all that the test expects is so."""
        return not self.found


def run(compiled: Compiled, only: Sequence[str] = ()) -> tuple[Outcome, ...]:
    """Every test of a policy, in the order of the text; with `only`, those whose title has one of these words."""
    resolved = compiled.checked.resolved
    wanted = [word.casefold() for word in only]
    chosen = [s for s in scenes(resolved) if not wanted or any(word in s.title.casefold() for word in wanted)]
    return tuple(Trial(resolved, compiled.graph.example, scene).outcome() for scene in chosen)


class Trial:
    """One test on its way from what it gives to what it expects, under a graph that is made for examples."""

    def __init__(self, resolved: Resolved, graph: Graph, scene: Scene) -> None:
        """A trial of `scene`; `graph` is the `example` of the policy, or of a mutant of it."""
        self.resolved = resolved
        self.graph = graph
        self.test = scene
        self.as_of = scene.as_of.moment if scene.as_of is not None else EXAMPLE_DAY

    def outcome(self) -> Outcome:
        """The test, decided and compared."""
        found, decision, _ = self.decided()
        if decision is not None:
            for expected in self.test.expects:
                found += self._compared(expected, decision)
        return Outcome(title=self.test.title, place=self.resolved.place(self.test.node), found=tuple(found))

    def decided(self) -> tuple[list[Diagnostic], Decision | None, Values | None]:
        """What is wrong with what is given, else what is decided on it."""
        evidence = self.evidence()
        found = [*self.test.found, *(self._undecidable(wrong) for wrong in admit([self.graph], evidence, self.as_of))]
        if found:
            return found, None, None
        return found, *decided(self.graph, evidence, self.as_of)

    def _undecidable(self, wrong: Diagnostic) -> Diagnostic:
        help_ = "add `as of DATE` to the test" if wrong.code == "E204" else wrong.help
        return dataclasses.replace(wrong, code="P504", help=help_)

    # What is given

    def evidence(self) -> Evidence:
        """What the test gives, as evidence."""
        attempt, compute = None, None
        readings: list[Reading] = []
        facts: list[Fact] = []
        for given in self.test.givens:
            if isinstance(given, syntax.GivenFact):
                facts += self._facts(given)
            elif given.target.name.text == "attempts":
                attempt = int(_quantity(given).number)
            elif given.target.name.text == "effective_compute":
                compute = _quantity(given).number
            elif given.target.name.text in self.resolved.named["event"]:
                facts.append(self._fact(given, "event", given.target.name.text))
            else:
                readings.append(self._reading(given))
        subject = Subject(model="the model of this test", attempt=attempt, effective_compute=compute)
        return Evidence(subject=subject, readings=tuple(readings), facts=tuple(facts))

    def _reading(self, given: syntax.GivenValue) -> Reading:
        stage = given.target.stage.text if given.target.stage is not None else None
        if self.graph.measure[given.target.name.text].kind is Kind.FINDING:
            value: Quantity | bool = isinstance(given.value, syntax.Name) and given.value.text == "yes"
        else:
            value = _quantity(given)
        return Reading(
            measure=given.target.name.text,
            stage=stage,
            value=value,
            at=given.on.moment if given.on is not None else self.as_of,
            status="success",
            attributes={},
            place=self.resolved.place(given),
        )

    def _facts(self, given: syntax.GivenFact) -> Iterator[Fact]:
        """The fact; a notification to nobody in particular is one to each role that the rule has notified."""
        about = given.target.name.text
        if given.kind == "notification" and given.to is None:
            for role in self._told(about):
                yield dataclasses.replace(self._fact(given, "notification", about), to=role)
            return
        if given.kind in ("approval", "consultation", "veto") and given.target.stage is not None:
            about = f"{about}.{given.target.stage.text}"
        fact = self._fact(given, given.kind, about)
        if given.kind == "assessment" and given.target.stage is not None:
            fact = dataclasses.replace(fact, stage=given.target.stage.text)
        by = given.by.text if given.by is not None else self._role(given.kind, about)
        level = given.level.text if given.level is not None else None
        yield dataclasses.replace(fact, by=by, level=level, to=given.to.text if given.to is not None else None)

    def _fact(self, given: syntax.GivenValue | syntax.GivenFact, kind: str, about: str) -> Fact:
        at = given.on.moment if given.on is not None else self.as_of
        return Fact(kind=kind, about=about, at=at, place=self.resolved.place(given))  # type: ignore[arg-type]  # one of the kinds of fact

    def _role(self, kind: str, about: str) -> str | None:
        """The role that the policy has for a fact."""
        match kind:
            case "assessment":
                return self.graph.category[about].assessed or None
            case "attestation":
                return self.graph.control[about].attested or None
            case "duty":
                return self.graph.duty[about].by
            case "waiver":
                return self.graph.rule[about].waivable or None
            case _:
                return None

    def _told(self, rule: str) -> list[str]:
        item = self.graph.rule[rule]
        roles = [role for notice in item.notices for role in notice.roles]
        roles += [role for need in item.requirements if need.what == "notification" for role in need.members]
        return list(dict.fromkeys(roles))

    # What is expected

    def _compared(self, expected: syntax.Expect, decision: Decision) -> Iterator[Diagnostic]:
        match expected:
            case syntax.ExpectVerdict():
                for action in expected.actions:
                    for leaf in self.graph.leaves.get(action.text, (action.text,)):
                        yield from self._verdict(expected, decision.actions[leaf], decision)
            case syntax.ExpectAdvised():
                yield from self._advised(expected, decision)
            case syntax.ExpectLevel():
                yield from self._level(expected, decision)
            case syntax.ExpectDue():
                yield from self._due(expected, decision)
            case syntax.ExpectState():
                for rule in expected.rules:
                    yield from self._state(expected, rule.text, decision)

    def _verdict(
        self, expected: syntax.ExpectVerdict, item: ActionDecision, decision: Decision
    ) -> Iterator[Diagnostic]:
        """`by` several rules expects each of them to make it so; `not … by` expects that none of them does."""
        causes = responsible(item)
        names = [name.text for name in expected.rules]
        is_so = item.verdict == expected.verdict
        wrong = [name for name in names if (is_so and name in causes) == expected.negated]
        if bool(wrong) if names else is_so == expected.negated:
            by = f" by {', '.join(wrong)}" if names else ""
            wanted = f"`{item.action}` {'not ' if expected.negated else ''}{expected.verdict}{by}"
            actual = f"it is {item.verdict}" + (f" by {', '.join(causes)}" if causes else "")
            if not item.covered:
                actual += ", and no rule covers it"
            open_ = [one for one in decision.missing if item.action in one.would_settle]
            names = [one.name if one.stage is None else f"{one.name}.{one.stage}" for one in open_]
            help_ = f"this is open, and would settle it: {quoted(names[:_MAX_OPEN])}" if names else ""
            failed = self._failed("P501", expected, (f"expected {wanted}, {actual}", actual), self._labels(causes))
            yield dataclasses.replace(failed, help=help_)

    def _level(self, expected: syntax.ExpectLevel, decision: Decision) -> Iterator[Diagnostic]:
        name = expected.target.name.text
        stage = expected.target.stage.text if expected.target.stage is not None else None
        placed = decision.scorecard[name, stage]
        ladder = self.graph.category[name].ladder
        actual = ladder[placed.at_least], ladder[placed.at_most]
        if actual != (expected.low.text, expected.high.text):
            subject = name if stage is None else f"{name}.{stage}"
            wanted, found = _between(expected.low.text, expected.high.text), _between(*actual)
            message = f"expected `{subject}` at {wanted}, it is at {found}"
            yield self._failed("P502", expected, (message, f"it is at {found}"), ())

    def _advised(self, expected: syntax.ExpectAdvised, decision: Decision) -> Iterator[Diagnostic]:
        advised = {item.rule for item in decision.advisories}
        for rule in expected.rules:
            if (rule.text in advised) == expected.negated:
                actual = "it is" if expected.negated else "it keeps silent"
                message = f"expected `{rule.text}` {'not ' if expected.negated else ''}advised, {actual}"
                yield self._failed("P505", expected, (message, actual), ())

    def _due(self, expected: syntax.ExpectDue, decision: Decision) -> Iterator[Diagnostic]:
        name, moment = expected.rule.text, expected.date.moment
        items = [item for item in decision.obligations if item.rule == name]
        if any(item.due == moment or (moment.second is None and _day(item) == moment.day) for item in items):
            return
        dates = list(dict.fromkeys(str(item.due) for item in items if item.due is not None))
        otherwise = "it has no due date" if items else "it does not arise"
        actual = f"it is due {' and '.join(dates)}" if dates else otherwise
        yield self._failed("P503", expected, (f"expected `{name}` due {moment}, {actual}", actual), ())

    def _state(self, expected: syntax.ExpectState, name: str, decision: Decision) -> Iterator[Diagnostic]:
        states = [item.state for item in decision.obligations if item.rule == name]
        worst = max(states, key=_STATES.index, default=None)
        if (worst == expected.state) == expected.negated:
            actual = "it does not arise" if worst is None else f"it is {worst}"
            wanted = f"{'not ' if expected.negated else ''}{expected.state}"
            yield self._failed("P503", expected, (f"expected `{name}` {wanted}, {actual}", actual), ())

    def _failed(self, code: str, expected: syntax.Node, said: tuple[str, str], labels: tuple[Label, ...]) -> Diagnostic:
        message, note = said
        return Diagnostic(code=code, message=message, place=self.resolved.place(expected), note=note, labels=labels)

    def _labels(self, causes: Sequence[str]) -> tuple[Label, ...]:
        """Where the rules stand that make a verdict what it is."""
        named = self.resolved.named["rule"]
        places = [self.resolved.place(named[name].name) for name in causes if name in named]
        return tuple(Label(place=place, text="because of this rule") for place in places)


def responsible(item: ActionDecision) -> tuple[str, ...]:
    """The rules (of a veto, the role) that make a verdict what it is."""
    names: list[str] = []
    match item.verdict:
        case Verdict.FORBIDDEN:
            names = [reason.rule for reason in item.reasons if _blocks(reason) and reason.fires == "definitely"]
        case Verdict.UNDETERMINED:
            names = [reason.rule for reason in item.reasons if _blocks(reason)]
        case Verdict.CONDITIONAL:
            names = [need.rule for need in item.outstanding]
        case Verdict.PERMITTED:
            pass
    return tuple(dict.fromkeys(names))


def _blocks(reason: Reason) -> bool:
    return reason.effect in ("forbid", "veto") and not reason.waived


def _quantity(given: syntax.GivenValue) -> Quantity:
    """The number that is given; `check` has seen to it that there is one."""
    assert isinstance(given.value, syntax.Literal_)
    return given.value.quantity


def _between(low: str, high: str) -> str:
    return low if low == high else f"{low} .. {high}"


def _day(item: Obligation) -> date | None:
    return None if item.due is None else item.due.day
