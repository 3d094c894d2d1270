"""The agenda: what is to be told, done, measured again or renewed, by when, and how far compute may grow until then.

A decision says what is so on its day; an agenda says when that stops being so. Obligations are those of the decision.
For each measure at each stage that a condition rests on, the newest reading that counts, or would if it were younger,
is held against every cadence and every limit of age: by time it goes stale on a day, by an event when it happens, by
compute when the model has outgrown it. Facts that run out are to be looked at anew before they do. What was never
measured is due at once. The largest compute is one at which the reading still holds, or up to which it does.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from policylang.clocks import Moment, add, after, passed
from policylang.decide.decision import Decision, Obligation
from policylang.decide.standing import Standing, stand
from policylang.decide.values import EVER
from policylang.evidence.facts import Evidence, Fact, Reading
from policylang.evidence.qualify import Context, Weighed, stale, unmet
from policylang.graph.nodes import Cadence, Duty, Graph, Measure, Need, Notice, Period, Requirement

Kind = Literal["notification", "duty", "evaluation", "review"]
State = Literal["overdue", "due", "coming", "no date"]
STATES: tuple[State, ...] = ("overdue", "due", "coming", "no date")

_NO_DATE = "its reading has no date"
_EXPIRED = "it has expired"
_LAST = 1 << 62


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """How far effective compute may grow: up to `limit` FLOP, to it too when `inclusive`; `left` times what it is."""

    limit: Fraction
    inclusive: bool
    left: Fraction | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that is due, overdue or coming.

    `name` is the rule, duty, measure, category, control, action or exception it is about, `why` the clause that asks
    for it. Something is overdue when its time has passed, due when it is to be done now or on the as-of day.
    """

    kind: Kind
    name: str
    stage: str | None = None
    what: str
    who: str = ""
    to: str = ""
    why: str
    cites: tuple[str, ...] = ()
    start: Moment | None = None
    due: Moment | None = None
    state: State
    growth: Growth | None = None
    note: str = ""


def agenda(evidence: Evidence, decision: Decision) -> tuple[Entry, ...]:
    """Everything on the agenda of a policy that was decided on this evidence, most urgent first."""
    standing = stand(decision.graph, evidence, decision.as_of)
    context = Context(
        graph=decision.graph,
        subject=decision.subject,
        as_of=decision.as_of,
        events=standing.events,
        holidays=evidence.holidays,
    )
    found = [
        *(_obligation(standing, decision, item) for item in decision.obligations if item.state != "met"),
        *_evaluations(context, decision),
        *_assessments(decision),
        *_reviews(standing),
    ]
    return tuple(sorted(dict.fromkeys(found), key=_order))


def _order(entry: Entry) -> tuple[object, ...]:
    due = (_LAST, _LAST) if entry.due is None else (entry.due.last, entry.due.first)
    start = 0 if entry.start is None else entry.start.first
    growth = Fraction(_LAST) if entry.growth is None else entry.growth.left or entry.growth.limit
    words = (entry.kind, entry.name, entry.stage or "", entry.who, entry.to, entry.what, entry.why, entry.note)
    return STATES.index(entry.state), *due, growth, *words, start


def _state(due: Moment, as_of: Moment) -> State:
    if passed(due, as_of):
        return "overdue"
    return "due" if due.day == as_of.day else "coming"


# What is to be told and done


def _obligation(standing: Standing, decision: Decision, item: Obligation) -> Entry:
    """A notification or duty that is not met."""
    notice = item.kind == "notify"
    entry = Entry(
        kind="notification" if notice else "duty",
        name=item.rule,
        what=f"notify {item.to}" if notice else item.rule,
        who=item.by,
        to=item.to,
        why=_notices(standing, item) if notice else _duty(decision.graph.duty[item.rule]),
        cites=decision.graph.rule[item.rule].cites if notice else decision.graph.duty[item.rule].cites,
        start=item.start,
        due=item.due,
        state="no date",
        note="if the rule applies" if item.state == "possible" else item.note,
    )
    if item.state == "overdue" or item.due is None:
        return replace(entry, state="overdue") if item.state == "overdue" else entry
    return replace(entry, state=_state(item.due, decision.as_of))


def _notices(standing: Standing, item: Obligation) -> str:
    """What a rule says of when a role is to be told: the clause this is due by, where one can be told from others."""
    notices = [notice for notice in standing.graph.rule[item.rule].notices if item.to in notice.roles]
    timed = [notice for notice in notices if notice.within.quantity is not None and item.start is not None]
    exact = [notice for notice in timed if _deadline(item.start, notice.within, standing.holidays) == item.due]
    return "; ".join(dict.fromkeys(map(_notice, exact or notices)))


def _notice(notice: Notice) -> str:
    return f"within {notice.within.text}" + (f" of {notice.event}" if notice.event else "")


def _duty(duty: Duty) -> str:
    if duty.within is not None:
        return f"within {duty.within.text} of {duty.event}"
    every = "" if duty.every is None else f"every {duty.every.text}"
    start = f" from {duty.start}" if duty.start else ""
    return every + start + (f" until {duty.until}" if duty.until else "")


# What is to be measured


def _evaluations(context: Context, decision: Decision) -> Iterator[Entry]:
    """For each measure and stage that conditions rest on, when it is to be measured again."""
    readings: dict[tuple[str, str | None], list[Weighed]] = {}
    for weighed in decision.readings:
        if not weighed.other_subject:
            readings.setdefault((weighed.reading.measure, weighed.reading.stage), []).append(weighed)
    for item in context.graph.inputs:
        if item.of == "measure":
            measure = context.graph.measure[item.name]
            name = item.name if item.stage is None else f"{item.name}.{item.stage}"
            blank = Entry(
                kind="evaluation",
                name=item.name,
                stage=item.stage,
                what=f"evaluate {name}",
                why="conditions rest on it",
                cites=measure.cites,
                state="due",
                due=context.as_of,
            )
            yield from _measured(context, measure, readings.get((item.name, item.stage), []), blank)


def _measured(context: Context, measure: Measure, readings: Sequence[Weighed], blank: Entry) -> Iterator[Entry]:
    for weighed in readings:
        if weighed.unresolved:
            note = f"run {weighed.reading.run} was registered and has no result"
            yield replace(blank, start=weighed.reading.at, note=note)
    results = [weighed for weighed in readings if not weighed.unresolved]
    counting = [weighed for weighed in results if not _faults(context, measure, weighed)]
    if not counting:
        yield replace(blank, why=_cadences(context.graph) or blank.why, note=_never(context, measure, results))
        return
    weighed = max(counting, key=lambda weighed: (weighed.qualifies, *_age(weighed.reading)))
    known = replace(blank, start=weighed.reading.at)
    for cadence in context.graph.cadences:
        yield _again(context, cadence, weighed.reading, replace(known, why=f"evaluate {cadence.text}"))
    for need in measure.needs:
        if _is_limit(need):
            yield _aged(context, need, weighed.reading, replace(known, why=f"needs {need.text}"))


def _faults(context: Context, measure: Measure, weighed: Weighed) -> list[str]:
    """What keeps a reading from counting, whatever its age."""
    ageing = {stale(context, cadence, weighed.reading) for cadence in context.graph.cadences}
    ageing |= {unmet(context, need, weighed.reading) for need in measure.needs if _is_limit(need)}
    return [why for why in weighed.why_not if why not in ageing]


def _is_limit(need: Need) -> bool:
    return need.of == "age" and need.operator in ("<", "<=")


def _cadences(graph: Graph) -> str:
    return "evaluate " + " or ".join(cadence.text for cadence in graph.cadences) if graph.cadences else ""


def _never(context: Context, measure: Measure, results: Sequence[Weighed]) -> str:
    """Why there is no reading to go by."""
    if not results:
        return "never measured"
    newest = max(results, key=lambda weighed: _age(weighed.reading))
    return f"no reading counts: {_faults(context, measure, newest)[0]}"


def _age(reading: Reading) -> tuple[int, int, Fraction, str]:
    """What makes one reading newer than another."""
    at = EVER if reading.at is None else reading.at
    return at.first, at.last, reading.effective_compute or Fraction(0), reading.run or ""


def _again(context: Context, cadence: Cadence, reading: Reading, known: Entry) -> Entry:
    """When one cadence wants a new reading."""
    if cadence.unspecified:
        return replace(known, due=None, state="no date", note=f"`{cadence.unspecified}` has no value")
    if cadence.factor is not None:
        return _outgrown(context, cadence, reading, known)
    if cadence.event:
        return _overtaken(context, cadence.event, reading, known)
    assert cadence.period is not None
    return _timed(context, cadence.period, reading, known)


def _outgrown(context: Context, cadence: Cadence, reading: Reading, known: Entry) -> Entry:
    """How far compute may grow; when the model has outgrown the reading, since when is not known."""
    now, then = context.subject.effective_compute, reading.effective_compute
    if then is None:
        return replace(known, note="the effective compute of its reading is not stated")
    limit = (cadence.factor or Fraction(1)) * then
    growth = Growth(limit=limit, inclusive=cadence.strict, left=limit / now if now else None)
    if now is None:
        return replace(known, growth=growth, note="the subject's effective compute is not stated")
    if stale(context, cadence, reading):
        return replace(known, due=None, state="overdue", growth=growth, note="effective compute has grown past it")
    return replace(known, due=None, state="coming", growth=growth)


def _overtaken(context: Context, event: str, reading: Reading, known: Entry) -> Entry:
    """Since which event a reading is of before it."""
    happened = context.events.get(event, ())
    if happened and reading.at is None:
        return replace(known, note=_NO_DATE)
    since = [when for when in happened if reading.at is not None and not after(reading.at, when)]
    if not since:
        return replace(known, due=None, state="no date", note="it has not happened")
    return replace(known, due=since[0], state=_state(since[0], context.as_of))


def _aged(context: Context, need: Need, reading: Reading, known: Entry) -> Entry:
    """When a reading is too old for its measure."""
    if need.period is None:
        return replace(known, due=None, state="no date", note=f"`{need.unspecified}` has no value")
    entry = _timed(context, need.period, reading, known)
    is_late = entry.due is not None and reading.at is not None and unmet(context, need, reading)
    return replace(entry, state="overdue") if is_late else entry


def _timed(context: Context, period: Period, reading: Reading, known: Entry) -> Entry:
    """When a reading is as old as it may become."""
    if reading.at is None:
        return replace(known, note=_NO_DATE)
    due = _deadline(reading.at, period, context.holidays)
    if due is None:
        return replace(known, due=None, state="no date", note="beyond the calendar")
    return replace(known, due=due, state=_state(due, context.as_of))


def _deadline(start: Moment | None, period: Period, holidays: frozenset[date]) -> Moment | None:
    assert period.quantity is not None
    assert start is not None
    try:
        return add(start, period.quantity, holidays)
    except ValueError:
        return None


def _assessments(decision: Decision) -> Iterator[Entry]:
    """What a role is to judge and has not."""
    for item in decision.missing:
        if item.what == "category":
            category = decision.graph.category[item.name]
            name = item.name if item.stage is None else f"{item.name}.{item.stage}"
            yield Entry(
                kind="evaluation",
                name=item.name,
                stage=item.stage,
                what=f"assess {name}",
                who=category.assessed,
                why=f"assessed by {category.assessed}",
                cites=category.cites,
                due=decision.as_of,
                state="due",
                note="never assessed",
            )


# What runs out


def _reviews(standing: Standing) -> Iterator[Entry]:
    """Facts that run out, or have and were not renewed."""
    ended: dict[str, list[Fact]] = {}
    for rejected in standing.rejected:
        if rejected.why == _EXPIRED:
            ended.setdefault(rejected.fact.kind, []).append(rejected.fact)
    pool = {
        kind: [*standing.acts.get(kind, []), *ended.get(kind, [])]
        for kind in ("attestation", "assessment", "approval", "consultation", "waiver")
    }
    yield from _attested(standing, pool["attestation"])
    yield from _assessed(standing, pool["assessment"])
    yield from _waived(standing, pool["waiver"])
    for rule in standing.graph.rules:
        for need in rule.requirements:
            yield from _agreed(standing, pool, need, (rule.name, "", rule.cites))
    for item in standing.graph.exemptions:
        for need in item.requirements:
            yield from _agreed(standing, pool, need, (item.name, item.name, item.cites))


def _attested(standing: Standing, facts: Sequence[Fact]) -> Iterator[Entry]:
    for control in standing.graph.controls:
        fact = _newest(standing, [fact for fact in facts if fact.about == control.name], control.valid)
        if fact is not None:
            at = f" at {fact.level}" if fact.level else ""
            entry = _review(fact, f"attestation of {control.name}{at}", control.cites)
            yield from _running(standing, entry, fact, control.valid)


def _assessed(standing: Standing, facts: Sequence[Fact]) -> Iterator[Entry]:
    for category in standing.graph.categories:
        for stage, _ in category.reached:
            own = [fact for fact in facts if (fact.about, fact.stage) == (category.name, stage)]
            fact = _newest(standing, own, None)
            if fact is not None:
                name = category.name if stage is None else f"{category.name}.{stage}"
                entry = replace(_review(fact, f"assessment of {name} at {fact.level}", category.cites), stage=stage)
                yield from _running(standing, entry, fact, None)


def _waived(standing: Standing, facts: Sequence[Fact]) -> Iterator[Entry]:
    for rule in standing.graph.rules:
        own = [fact for fact in facts if fact.about == rule.name]
        for action in sorted(rule.covers) if own else ():
            leaves = standing.graph.leaves
            covering = [f for f in own if not f.actions or any(action in leaves.get(name, ()) for name in f.actions)]
            fact = _longest(standing, covering, None)
            if fact is not None:
                only = f" for {', '.join(fact.actions)}" if fact.actions else ""
                entry = replace(_review(fact, "", rule.cites), what=f"review waiver of {rule.name}{only}")
                yield from _running(standing, entry, fact, None)


def _agreed(
    standing: Standing,
    pool: dict[str, list[Fact]],
    need: Requirement,
    asked: tuple[str, str, tuple[str, ...]],
) -> Iterator[Entry]:
    """Approvals and consultations that a rule or exception needs, each for as long as the longest lasts."""
    if need.what not in ("approval", "consultation"):
        return
    name, exception, cites = asked
    for role in need.members:
        own = [fact for fact in pool[need.what] if fact.by == role]
        for action in need.actions or ((exception,) if exception else ()):
            covering = [fact for fact in own if standing.covers(fact, action, exception)]
            fact = _longest(standing, covering, need.valid)
            if fact is not None:
                entry = _review(fact, f"{need.what} of {fact.about}", cites)
                valid = f" valid {need.valid.text}" if need.valid is not None else ""
                why = f"{name} requires {need.what} of {role}{valid}"
                yield from _running(standing, replace(entry, why=why), fact, need.valid)


def _review(fact: Fact, what: str, cites: tuple[str, ...]) -> Entry:
    return Entry(
        kind="review",
        name=fact.about,
        what=f"renew {what}",
        who=fact.by or "",
        why="",
        cites=cites,
        start=fact.at,
        state="no date",
    )


def _running(standing: Standing, entry: Entry, fact: Fact, valid: Period | None) -> Iterator[Entry]:
    """An entry for a fact that runs out; none for one that never does."""
    limit = _limit(standing, fact, valid)
    if limit is None:
        return
    why = entry.why or (
        f"valid {valid.text}" if valid is not None and limit != fact.expires else "expires on a date of its own"
    )
    yield replace(entry, due=limit, state=_state(limit, standing.as_of), why=why)


def _limit(standing: Standing, fact: Fact, valid: Period | None) -> Moment | None:
    """When a fact runs out: by its own expiry, or by how long the policy lets it be valid, whichever is first."""
    limits = [] if fact.expires is None else [fact.expires]
    if valid is not None and valid.quantity is not None:
        due = _deadline(fact.at, valid, standing.holidays)
        limits += [] if due is None else [due]
    return min(limits, key=lambda moment: (moment.last, moment.first), default=None)


def _newest(standing: Standing, facts: Sequence[Fact], valid: Period | None) -> Fact | None:
    """Of several the latest that has not run out stands; when all have, the latest was the last to."""
    return _first(standing, facts, valid, lambda fact: (fact.at.first, fact.at.last))


def _longest(standing: Standing, facts: Sequence[Fact], valid: Period | None) -> Fact | None:
    """Of several the one that lasts longest."""

    def lasts(fact: Fact) -> tuple[int, int]:
        limit = _limit(standing, fact, valid)
        return _LAST if limit is None else limit.last, fact.at.first

    return _first(standing, facts, valid, lasts)


def _first(
    standing: Standing, facts: Sequence[Fact], valid: Period | None, key: Callable[[Fact], tuple[int, int]]
) -> Fact | None:
    def rank(fact: Fact) -> tuple[object, ...]:
        return standing.in_time(fact, valid), *key(fact), fact.about, fact.level or "", fact.actions

    return max(facts, key=rank, default=None)


def soon(entries: Iterable[Entry], horizon: Moment) -> tuple[Entry, ...]:
    """The entries without those that come after a moment."""
    return tuple(e for e in entries if e.state != "coming" or e.due is None or not after(e.due, horizon))


def tightest(entries: Iterable[Entry]) -> Growth | None:
    """How far effective compute may grow before the first reading goes stale; None when nothing says so."""
    found = [entry.growth for entry in entries if entry.growth is not None]
    return min(found, key=lambda growth: (growth.limit, growth.inclusive), default=None)
