"""What would take a permission away: the evidence changed in one place, and decided again.

Nothing here is worked out from rules: each sentence is of evidence that was decided, with a stricter verdict. Changed
are one score, one recorded fact, one judgement, one event that has not happened, a veto, the day, compute, the attempt.
Of a score the nearest count is found by halving, so in a policy in which a worse score can loosen a verdict a nearer
one may be missed.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from policylang.clocks import Moment
from policylang.decide import Decision, Verdict, decide
from policylang.decide.agenda import Entry, agenda, tightest
from policylang.evidence.facts import Evidence, Fact, Reading, Subject
from policylang.explain.english import Names, amount, code, counted, date, listed, ordinal, plural
from policylang.graph.nodes import Graph, Threshold
from policylang.kinds import Kind, Quantity, Unit
from policylang.source import Place, Source, Span

_NOWHERE = Place(Source(name="", text=""), Span(0, 0))
_DAYS = 12
"""How many of the coming days on which something runs out are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """A change of the evidence (`it would be … TEXT`), and the verdict on each action that it makes stricter."""

    text: str
    verdicts: dict[str, Verdict]
    evidence: Evidence
    as_of: Moment
    kind: str = ""
    far: Fraction = Fraction(1)  # how much of all units would have to change


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """What all changes start from."""

    graph: Graph
    evidence: Evidence
    as_of: Moment
    decision: Decision
    actions: tuple[str, ...]
    names: Names

    def loss(self, text: str, evidence: Evidence, as_of: Moment | None = None) -> Iterator[Loss]:
        """The loss that changed evidence brings, if any."""
        found = self.stricter(evidence, as_of or self.as_of)
        if found:
            yield Loss(text=text, verdicts=found, evidence=evidence, as_of=as_of or self.as_of)

    def stricter(self, evidence: Evidence, as_of: Moment) -> dict[str, Verdict]:
        """The actions whose verdict is stricter on some evidence, with the verdict."""
        decided = decide(self.graph, evidence, as_of)
        return {
            action: decided.actions[action].verdict
            for action in self.actions
            if decided.actions[action].verdict.rank > self.decision.actions[action].verdict.rank
        }


def losses(decision: Decision, evidence: Evidence, actions: Sequence[str]) -> tuple[Loss, ...]:
    """What would make the verdict on any of some actions stricter, each a change in one place."""
    if not actions:
        return ()
    case = _Case(
        graph=decision.graph,
        evidence=evidence,
        as_of=decision.as_of,
        decision=decision,
        actions=tuple(actions),
        names=Names(decision.graph),
    )
    steps: dict[str, Callable[[_Case], Iterator[Loss]]] = {
        "score": _scores,
        "day": _days,
        "judgement": _judgements,
        "fact": _facts,
        "subject": _subject,
        "event": _events,
        "veto": _vetoes,
    }
    found = [
        replace(loss, kind=kind, text=loss.text if kind == "day" else f"if {loss.text}")
        for kind, step in steps.items()
        for loss in step(case)
    ]
    return tuple(sorted(found, key=lambda loss: (tuple(steps).index(loss.kind), loss.far)))


# Scores


def _scores(case: _Case) -> Iterator[Loss]:
    for number_, reading in enumerate(case.evidence.readings):
        measure = case.graph.measure.get(reading.measure)
        if measure is None or reading.stage not in measure.stages:
            continue
        put = functools.partial(_put, case.evidence, number_)
        if reading.successes is not None and reading.n is not None:
            yield from _counted(case, reading, put)
        elif isinstance(reading.value, bool):
            bad = measure.worse == "higher"
            if reading.value is not bad:
                name = _measured(case, reading)
                found = f"{name} were found to be so" if bad else f"{name} were found not to be so"
                yield from case.loss(found, put(replace(reading, value=bad)))
        elif isinstance(reading.value, Quantity):
            yield from _valued(case, reading, reading.value, put)


def _put(evidence: Evidence, at: int, reading: Reading) -> Evidence:
    """The evidence with another reading in one place."""
    readings = (*evidence.readings[:at], reading, *evidence.readings[at + 1 :])
    return replace(evidence, readings=readings)


def _measured(case: _Case, reading: Reading) -> str:
    return case.names.of("measure", reading.measure) + case.names.at_stage([reading.stage])


def _counted(case: _Case, reading: Reading, put: Callable[[Reading], Evidence]) -> Iterator[Loss]:
    """The fewest bad outcomes more that make a verdict stricter, by halving; each action has its own."""
    measure = case.graph.measure[reading.measure]
    now = reading.successes or 0
    most = reading.n if reading.scored is None else reading.scored
    end = (most or 0) if measure.worse == "higher" else 0

    @functools.cache
    def at(count: int) -> tuple[tuple[str, Verdict], ...]:
        return tuple(case.stricter(put(replace(reading, successes=count)), case.as_of).items())

    found: dict[int, list[str]] = {}
    for action, _ in at(end):
        good, bad = now, end
        while abs(bad - good) > 1:
            middle = (good + bad) // 2
            if action in dict(at(middle)):
                bad = middle
            else:
                good = middle
        found.setdefault(bad, []).append(action)
    for count, actions in sorted(found.items(), reverse=measure.worse == "lower"):
        units = plural(measure.unit)
        text = f"{_measured(case, reading)} were {count} of {reading.n} {units} instead of {now}"
        verdicts = {action: verdict for action, verdict in at(count) if action in actions}
        changed = put(replace(reading, successes=count))
        far = Fraction(abs(count - now), max(1, most or 1))
        yield Loss(text=text, verdicts=verdicts, evidence=changed, as_of=case.as_of, far=far)


def _valued(case: _Case, reading: Reading, value: Quantity, put: Callable[[Reading], Evidence]) -> Iterator[Loss]:
    """The nearest line in the direction of danger at which a bare value makes a verdict stricter."""
    measure = case.graph.measure[reading.measure]
    graph = case.graph
    lines = {
        node.bound
        for node in graph.nodes
        if isinstance(node, Threshold)
        and len(node.terms) == 1
        and (graph.inputs[node.terms[0][0]].name, graph.inputs[node.terms[0][0]].stage)
        == (reading.measure, reading.stage)
    }
    is_up = measure.worse == "higher"
    for line in sorted((line for line in lines if (line > value.value) is is_up), reverse=not is_up):
        unit = {Kind.DURATION: Unit.SECOND, Kind.COMPUTE: Unit.FLOP}.get(measure.kind, Unit.NONE)
        changed = put(replace(reading, value=Quantity(line, unit)))
        now = amount(value.value, measure.kind)
        text = f"{_measured(case, reading)} were {amount(line, measure.kind)} instead of {now}"
        found = list(case.loss(text, changed))
        if found:
            yield found[0]
            return


# Judgements and facts


def _judgements(case: _Case) -> Iterator[Loss]:
    """The next level of each category that makes a verdict stricter, if its role assessed it so today."""
    for item in case.graph.categories:
        for stage, _ in item.reached:
            placed = case.decision.scorecard[item.name, stage]
            for level in item.ladder[placed.at_least + 1 :] if item.assessed else ():
                fact = _fact(case, "assessment", item.name, item.assessed, stage=stage, level=level)
                name = case.names.of("category", item.name)
                shown = case.names.level(level)
                text = f"{case.names.role(item.assessed)} assessed {name} as {shown}{case.names.at_stage([stage])}"
                found = list(case.loss(text, _with(case.evidence, fact)))
                if found:
                    yield found[0]
                    break


def _facts(case: _Case) -> Iterator[Loss]:
    """Each recorded fact that a permission would not outlive."""
    for at, fact in enumerate(case.evidence.facts):
        without = replace(case.evidence, facts=(*case.evidence.facts[:at], *case.evidence.facts[at + 1 :]))
        yield from case.loss(f"{_recorded(case, fact)} fell away", without)


def _recorded(case: _Case, fact: Fact) -> str:
    """A fact as a noun."""
    names = case.names
    by = f" by {names.role(fact.by)}" if fact.by else ""
    on = f" of {date(str(fact.at))}"
    match fact.kind:
        case "assessment":
            level = f" as {names.level(fact.level)}" if fact.level else ""
            about = f"of {names.of('category', fact.about)}{level}{names.at_stage([fact.stage])}"
        case "attestation":
            about = f"of {names.of('control', fact.about)}"
        case "approval" | "consultation" | "veto":
            about = f"{'on' if fact.kind == 'consultation' else 'of'} {_acted(case, fact.about)}"
        case "notification":
            to = f" to {names.role(fact.to)}" if fact.to else ""
            return f"the notice{to} of {code(fact.about)}{on}"
        case "event":
            return f"the event {names.of('event', fact.about)}{on}"
        case _:
            about = f"of {code(fact.about)}"
    return f"the {fact.kind} {about}{by}{on}"


def _acted(case: _Case, about: str) -> str:
    leaves = case.graph.leaves.get(about, ())
    return case.names.actions(leaves, "or") if leaves else f"the exception {code(about)}"


def _fact(case: _Case, kind: str, about: str, by: str | None, **more: str | None) -> Fact:
    return Fact(kind=kind, about=about, by=by, at=case.as_of, place=_NOWHERE, **more)  # type: ignore[arg-type]  # fields by name


def _with(evidence: Evidence, fact: Fact) -> Evidence:
    return replace(evidence, facts=(*evidence.facts, fact))


def _events(case: _Case) -> Iterator[Loss]:
    """Events that have not happened."""
    known = {fact.about for fact in case.evidence.facts if fact.kind == "event"}
    for term in case.graph.events:
        if term.name not in known:
            fact = _fact(case, "event", term.name, None)
            yield from case.loss(f"{case.names.of('event', term.name)} happened", _with(case.evidence, fact))


def _vetoes(case: _Case) -> Iterator[Loss]:
    """Whose veto alone is enough, together for the same actions."""
    found: dict[tuple[tuple[str, Verdict], ...], list[Loss]] = {}
    roles: dict[tuple[tuple[str, Verdict], ...], list[str]] = {}
    for role in dict.fromkeys(role for veto in case.graph.vetoes for role in veto.roles):
        actions = [action for veto in case.graph.vetoes if role in veto.roles for action in veto.actions]
        facts = tuple(_fact(case, "veto", action, role) for action in actions if action in case.actions)
        changed = replace(case.evidence, facts=(*case.evidence.facts, *facts))
        for loss in case.loss("", changed) if facts else ():
            key = tuple(loss.verdicts.items())
            found.setdefault(key, []).append(loss)
            roles.setdefault(key, []).append(role)
    for key, group in found.items():
        yield replace(group[0], text=f"{case.names.roles(roles[key], 'or')} vetoed it")


# Time, compute, attempts


def _days(case: _Case) -> Iterator[Loss]:
    """The first day to come on which the verdict on an action is stricter, if nothing is renewed until then."""
    kinds = ("evaluation", "review")
    entries = [
        entry
        for entry in agenda(case.evidence, case.decision)
        if entry.due is not None and entry.kind in kinds and entry.start is not None
    ]
    coming: dict[Moment, list[Entry]] = {}
    for entry in entries:
        assert entry.due is not None
        after = Moment(entry.due.day + timedelta(days=1))
        if after.first > case.as_of.last:
            coming.setdefault(after, []).append(entry)
    told: set[str] = set()
    for day in sorted(coming, key=lambda moment: moment.first)[:_DAYS]:
        for loss in case.loss(_ran_out(case, day, coming[day]), case.evidence, day):
            fresh = {action: verdict for action, verdict in loss.verdicts.items() if action not in told}
            if fresh:
                yield replace(loss, verdicts=fresh)
            told.update(fresh)
        if told >= set(case.actions):
            return


def _ran_out(case: _Case, day: Moment, entries: Sequence[Entry]) -> str:
    """What runs out the day before."""
    names = list(dict.fromkeys(_renewed(case, entry) for entry in entries))
    shown = names if len(names) <= 4 else [*names[:3], counted(len(names) - 3, "thing") + " more"]
    return f"from {date(str(day))} on, unless this is renewed first: {listed(shown)}"


def _renewed(case: _Case, entry: Entry) -> str:
    names = case.names
    if entry.kind == "evaluation" and ("measure", entry.name) in names.titles:
        return f"the result of {names.of('measure', entry.name)}{names.at_stage([entry.stage])}"
    if entry.kind == "review":
        for kind in ("control", "category", "rule"):
            if (kind, entry.name) in names.titles:
                noun = {"control": "attestation", "category": "assessment"}.get(kind, "waiver")
                return f"the {noun} of {names.of(kind, entry.name) if kind != 'rule' else code(entry.name)}"
        what = "consultation" if "consultation" in entry.what else "approval"
        return f"the {what} of {_acted(case, entry.name)}{f' by {names.role(entry.who)}' if entry.who else ''}"
    return f"what {code(entry.name)} asks for"


def _subject(case: _Case) -> Iterator[Loss]:
    """Growth of effective compute, and one more attempt at mitigation."""
    subject = case.evidence.subject
    growth = tightest(agenda(case.evidence, case.decision))
    if growth is not None and subject.effective_compute is not None:
        beyond = growth.limit * Fraction(1001, 1000) if growth.inclusive else growth.limit
        if beyond > subject.effective_compute:
            how = "more than " if growth.inclusive else ""
            text = f"effective compute grew to {how}{amount(growth.limit, Kind.COMPUTE)}"
            yield from _as(case, text, replace(subject, effective_compute=beyond))
    if subject.attempt is not None:
        text = f"this were the {ordinal(subject.attempt + 1)} attempt at mitigation"
        yield from _as(case, text, replace(subject, attempt=subject.attempt + 1))


def _as(case: _Case, text: str, subject: Subject) -> Iterator[Loss]:
    yield from case.loss(text, replace(case.evidence, subject=subject))
