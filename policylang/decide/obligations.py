"""Obligations: who must tell or do what, from when, by when, and whether it was done in time."""

from collections.abc import Iterator
from dataclasses import replace

from policylang.clocks import Moment, add, after, parse_moment, passed
from policylang.decide.decision import Obligation
from policylang.decide.reasons import fires
from policylang.decide.standing import Standing
from policylang.decide.values import EVER, NO, POSSIBLE, Values
from policylang.evidence.facts import Fact
from policylang.graph.nodes import Duty, Notice, Period, Rule


def obligations(values: Values, suspended: frozenset[str]) -> tuple[Obligation, ...]:
    """Every notification and duty that stands; `suspended` are the rules an exception lifts."""
    found: list[Obligation] = []
    for rule in values.graph.rules:
        if rule.strength == "must" and values.states[rule.body] != NO and rule.name not in suspended:
            for notice in rule.notices:
                for role in notice.roles:
                    found += _notice(values, rule, notice, role)
    for duty in values.graph.duties:
        if values.states[duty.body] != NO:
            for to in duty.to or ("",):
                found += _duty(values, duty, to)
    return tuple(found)


def _notice(values: Values, rule: Rule, notice: Notice, role: str) -> Iterator[Obligation]:
    standing = values.standing
    if values.states[rule.body] == POSSIBLE:
        yield Obligation(
            rule=rule.name, kind="notify", by="", to=role, start=None, due=None, state="possible", done=None
        )
        return
    starts = list(standing.events.get(notice.event, ())) if notice.event else [values.since(rule.body)]
    for began in starts:
        told = standing.notified(rule.name, role, None if began == EVER else began)
        open_ = Obligation(
            rule=rule.name, kind="notify", by="", to=role, start=began, due=None, state="pending", done=None
        )
        yield _timed(values.standing, open_, notice.within, told)


def _timed(standing: Standing, open_: Obligation, within: Period, done: Fact | None) -> Obligation:
    """An obligation with its due time, and its state at the as-of moment."""
    due, note = _due(standing, open_.start, within)
    known = replace(open_, start=None if open_.start == EVER else open_.start, due=due)
    if done is not None:
        late = due is not None and after(done.at, due)
        return replace(known, state="met", done=done.at, note="late" if late else note)
    if open_.start == EVER:
        return replace(known, state="overdue", note="since when is not stated")
    overdue = due is not None and passed(due, standing.as_of)
    return replace(known, state="overdue" if overdue else "pending", note=note)


def _due(standing: Standing, start: Moment | None, period: Period) -> tuple[Moment | None, str]:
    if period.quantity is None:
        return None, f"{period.text} has no value"
    if start is None:
        return None, "the clock has not started"
    if start == EVER:
        return None, ""
    try:
        return add(start, period.quantity, standing.holidays), ""
    except ValueError:
        return None, "beyond the calendar"


def _duty(values: Values, duty: Duty, to: str) -> Iterator[Obligation]:
    standing = values.standing
    owed = Obligation(rule=duty.name, kind="duty", by=duty.by, to=to, start=None, due=None, state="possible", done=None)
    starts = standing.events.get(duty.start, []) if duty.start else []
    ended = standing.events[duty.until][-1] if duty.until in standing.events else None
    if ended is not None:
        starts = [start for start in starts if after(start, ended)]
        if not starts:
            return
    if fires(values.states[duty.body]) == "possibly":
        yield owed
        return
    acts = [f for f in standing.acts.get("duty", []) if f.about == duty.name and (f.to in (None, to) or not to)]
    acts.sort(key=lambda fact: (fact.at.first, fact.at.last))
    if duty.within is not None:
        for began in standing.events.get(duty.event, ()):
            done = next((fact for fact in acts if fact.at.last >= began.first), None)
            yield _timed(standing, replace(owed, start=began), duty.within, done)
        return
    assert duty.every is not None
    acts = [fact for fact in acts if ended is None or fact.at.last >= starts[0].first]
    start = acts[-1].at if acts else starts[0] if starts else _effective(values, duty)
    yield _timed(standing, replace(owed, start=start), duty.every, None)


def _effective(values: Values, duty: Duty) -> Moment | None:
    """When a recurring duty without an event of its own begins: on the policy's effective date, where it states one."""
    effective = values.graph.header.effective
    return parse_moment(effective) if effective and not duty.start else None
