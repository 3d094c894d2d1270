"""The oracle's readings: which are the subject's, which qualify, and the interval of a measure at a stage.

"Evidence of danger always counts; evidence of safety must qualify."
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import assert_never

from oracle_world import (
    INFINITY,
    Bound,
    Interval,
    World,
    compared,
    lasts,
    limit_of,
    occurrences,
    once,
    place_of,
    quantity_of,
)
from policylang import bounds, syntax
from policylang.clocks import Moment, after, passed
from policylang.evidence.facts import Reading
from policylang.kinds import Quantity, parse_quantity


@once
def own_readings(w: World, measure: str, stage: str) -> list[Reading]:
    """The readings of the subject for a measure and stage."""
    everything = (*w.evidence.readings, *hidden_runs(w))
    return [r for r in everything if (r.measure, r.stage or "") == (measure, stage) and is_own(w, r)]


@once
def hidden_runs(w: World) -> list[Reading]:
    """The runs of measures with `runs registered` that were registered and came to no result: readings of nothing."""
    results = {(r.run, r.measure, r.stage) for r in w.evidence.readings if r.status == "success"}
    hidden = [
        Reading(measure=i.measure, stage=i.stage, run=i.run, at=i.at, attributes={}, source="register", place=i.place)
        for i in w.evidence.register or ()
        if w.measures[i.measure].registered
        and (i.run, i.measure, i.stage) not in results
        and i.revision in (None, w.subject.revision or i.revision)
        and i.configuration in (None, w.subject.configuration or i.configuration)
    ]
    return [reading for reading in hidden if reading not in w.evidence.readings]


def is_registered(w: World, reading: Reading) -> bool:
    """Where runs must be registered: it was, before it began, for no more units than it has."""
    if not w.measures[reading.measure].registered:
        return True
    for intent in w.evidence.register or ():
        if (intent.run, intent.measure, intent.stage) == (reading.run, reading.measure, reading.stage):
            before = reading.at is not None and intent.at.last <= reading.at.first
            ours = intent.revision in (None, w.subject.revision)
            ours = ours and intent.configuration in (None, w.subject.configuration)
            return ours and before and (intent.n is None or (reading.n is not None and reading.n >= intent.n))
    return False


def identities(w: World, reading: Reading) -> list[tuple[str | None, str | None]]:
    """Revision and configuration, of the reading and of the subject."""
    return [(reading.revision, w.subject.revision), (reading.configuration, w.subject.configuration)]


def is_own(w: World, reading: Reading) -> bool:
    """A reading that states another revision or configuration than the subject's is of another subject."""
    return all(mine is None or its is None or mine == its for its, mine in identities(w, reading))


def is_surely_own(w: World, reading: Reading) -> bool:
    """Where the subject does not state what a reading states, they are not known to be the same."""
    return all(its is None or its == mine for its, mine in identities(w, reading))


def has_confidence(w: World, reading: Reading) -> bool:
    """Whether a rate comes with what a confidence needs: the number of its units, or an interval of its own."""
    bare = isinstance(reading.value, Quantity) and reading.n is None
    return w.header.confidence is None or not bare or w.measures[reading.measure].type.name.text != "rate"


@once
def qualifies(w: World, reading: Reading) -> bool:
    """Its run completed, it meets every `needs`, it is not stale, and `across attempts` its attempt is known."""
    needs = w.measures[reading.measure].needs
    return (
        is_surely_own(w, reading)
        and has_confidence(w, reading)
        and reading.status == "success"
        and was_left_alone(w, reading)
        and is_registered(w, reading)
        and all(meets(w, reading, need) for need in needs)
        and not any(stale(w, reading, cadence) for cadence in w.cadences)
        and (not across_attempts(w) or w.subject.attempt is not None or isinstance(reading.value, bool))
    )


def was_left_alone(w: World, reading: Reading) -> bool:
    """Whether nobody could have ended it where it looked good, or the test holds at every look."""
    confidence = w.header.confidence
    return reading.looks in (None, 0, 1) or (confidence is not None and confidence.anytime)


def across_attempts(w: World) -> bool:
    """Whether the error budget is spent over mitigation attempts."""
    return w.header.confidence is not None and w.header.confidence.across_attempts


def meets(w: World, reading: Reading, need: syntax.Need) -> bool:
    """One `needs`: what the evidence does not state is not met."""
    name = need.name.text
    if name == "age":
        return reading.at is not None and age_meets(w, reading.at, need)
    stated: str | None
    match name:
        case "n":
            count = len(reading.units) if reading.n is None and reading.units is not None else reading.n
            stated = None if count is None else str(count)
        case "status":
            stated = reading.status
        case "evaluator":
            stated = reading.evaluator
        case _:
            stated = reading.attributes.get(name)
    if stated is None:
        return False
    kinds = {"n": "count", "status": "text", "evaluator": "text", "independent": "yes_no"}
    return attribute_meets(w, kinds.get(name) or w.attributes[name], stated, need)


def attribute_meets(w: World, kind: str, stated: str, need: syntax.Need) -> bool:
    """A stated attribute against a need, as its kind reads it."""
    if need.operator is None:
        return stated == ("no" if need.negated else "yes")
    if kind in ("yes_no", "text"):
        assert isinstance(need.value, syntax.Name | syntax.Text)
        return compared(need.operator, Fraction(stated != need.value.text), Fraction(stated != need.value.text))[0]
    wanted: Bound | None
    if kind in w.ladders:
        assert isinstance(need.value, syntax.Name)
        mine: Bound = Fraction(w.ladders[kind].index(stated))
        place = place_of(w, kind, need.value.text)
        wanted = None if place is None else Fraction(place)
    else:
        assert isinstance(need.value, syntax.Name | syntax.Literal_)
        quantity = quantity_of(w, need.value)
        mine, wanted = parse_quantity(stated).value, None if quantity is None else quantity.value
    return wanted is not None and compared(need.operator, mine - wanted, mine - wanted)[0]


def age_meets(w: World, at: Moment, need: syntax.Need) -> bool:
    """`age <= D`: that long after the reading has not passed; `<`: the end of it is certainly still to come."""
    assert isinstance(need.value, syntax.Name | syntax.Literal_)
    limit = limit_of(w, at, need.value)
    if limit is None:
        return False
    match need.operator:
        case "<=":
            return not passed(limit, w.as_of)
        case "<":
            return after(limit, w.as_of)
        case ">":
            return passed(limit, w.as_of)
        case _:
            return not after(limit, w.as_of)


def stale(w: World, reading: Reading, cadence: syntax.Cadence) -> bool:
    """One alternative of `evaluate`: each of them makes a reading stale by itw."""
    match cadence.kind:
        case "every factor" | "beyond factor":
            factor = quantity_of(w, cadence.factor)
            then, now = reading.effective_compute, w.subject.effective_compute
            if factor is None or then is None or now is None:
                return True
            return now >= then * factor.value if cadence.kind == "every factor" else now > then * factor.value
        case "every duration":
            assert cadence.duration is not None
            return reading.at is None or not lasts(w, reading.at, cadence.duration)
        case "after event":
            assert cadence.event is not None
            happened = occurrences(w, cadence.event.text)
            return any(reading.at is None or not after(reading.at, event) for event in happened)
        case _:
            assert_never(cadence.kind)


@once
def bounds_of(w: World, reading: Reading) -> Interval:
    """What a reading says: its own interval, its value as a point, or its counts; else the whole domain.

    A run that was registered and has no result says the worst, where there is a worst.
    """
    if reading in hidden_runs(w):
        start, end = domain_of(w, reading.measure)
        worst = end if w.measures[reading.measure].worse == "higher" else start
        return (start, end) if worst is INFINITY else (worst, worst)
    if reading.interval is not None:
        return (reading.interval[0].value, reading.interval[1].value)
    if isinstance(reading.value, bool):
        return (Fraction(reading.value), Fraction(reading.value))
    counts = counts_of(w, reading)
    if counts is not None and (reading.value is None or w.header.confidence is not None):
        return counted(w, reading, *counts)
    if reading.value is not None:
        return (reading.value.value, reading.value.value)
    if reading.units:
        return averaged(w, reading, reading.units)
    return domain_of(w, reading.measure)


def counts_of(w: World, reading: Reading) -> tuple[int, int, int] | None:
    """Successes, scored and planned units, with outcomes the measure calls dangerous or safe scored as such."""
    if reading.n is None or reading.units is not None:
        return None
    successes = reading.successes
    if successes is None:
        share = reading.value.value * reading.n if isinstance(reading.value, Quantity) else None
        if share is None or share.denominator != 1 or w.measures[reading.measure].type.name.text != "rate":
            return None
        successes = share.numerator
    unscored = (reading.refused or 0) + (reading.no_answer or 0) + (reading.errored or 0)
    scored = reading.n - unscored if reading.scored is None else reading.scored
    measure = w.measures[reading.measure]
    given = {"refusal": reading.refused, "no_answer": reading.no_answer, "error": reading.errored}
    for outcome, treatment in measure.outcomes:
        if treatment != "missing":
            scored += given[outcome] or 0
            if (treatment == "dangerous") == (measure.worse == "higher"):
                successes += given[outcome] or 0
    return (successes, scored, reading.n)


def counted(w: World, reading: Reading, successes: int, scored: int, planned: int) -> Interval:
    """The interval of counts: what was not scored may have gone either way; with confidence, the exact test."""
    if planned == 0:
        return domain_of(w, reading.measure)
    confidence = w.header.confidence
    if confidence is None:
        return (Fraction(successes, planned), Fraction(successes + planned - scored, planned))
    found = [
        bounds.counts_interval(successes, scored, planned, alpha=alpha, anytime=confidence.anytime)
        for alpha in alphas_of(w, reading)
    ]
    return (found[0].lo, found[1].hi)


def averaged(w: World, reading: Reading, units: Mapping[str, Fraction]) -> Interval:
    """The interval of unit means: a point and what is missing, or by the third test with confidence."""
    planned = max(reading.n or 0, len(units))
    total = sum(units.values(), Fraction(0))
    if w.header.confidence is None:
        return (total / planned, (total + planned - len(units)) / planned)
    found = [bounds.units_interval(units, planned, alpha=alpha) for alpha in alphas_of(w, reading)]
    return (found[0].lo, found[1].hi)


def alphas_of(w: World, reading: Reading) -> tuple[Fraction, Fraction]:
    """The error each side may have; at the k-th attempt alpha/(k(k+1)), an unknown attempt as the first."""
    assert w.header.confidence is not None
    attempt = (w.subject.attempt or 1) if w.header.confidence.across_attempts else 0
    share = w.shares.get((reading.measure, reading.stage))
    whole = (1 - w.header.confidence.level) / max(1, attempt * (attempt + 1))
    return (whole, whole) if share is None else (whole / share.lo, whole / share.hi)


def domain_of(w: World, name: str) -> Interval:
    """The whole domain of a measure."""
    kind = w.measures[name].type
    match kind.name.text:
        case "rate" | "finding":
            return (Fraction(0), Fraction(1))
        case "score":
            assert kind.low is not None
            assert kind.high is not None
            return (kind.low, kind.high)
        case _:
            return (Fraction(0), INFINITY)


@once
def interval_of(w: World, name: str, stage: str) -> Interval:
    """From what is shown (worst lower bound of all) to what is possible (worst upper bound of those that qualify).

    The margin moves the possible side towards danger. Where lower is worse, everything is mirrored.
    """
    measure, (start, end) = w.measures[name], domain_of(w, name)
    sign = 1 if measure.worse == "higher" else -1
    safe, danger = (start, end) if sign > 0 else (-end, -start)
    readings = own_readings(w, name, stage)
    sides = [(r, bounds_of(w, r) if sign > 0 else (-bounds_of(w, r)[1], -bounds_of(w, r)[0])) for r in readings]
    shown = max([low for _, (low, _) in sides], default=safe)
    qualified = [high for reading, (_, high) in sides if qualifies(w, reading)]
    possible = danger
    if qualified and not any(reading in hidden_runs(w) for reading in readings):
        margin = quantity_of(w, measure.margin)
        if measure.margin is None:
            possible = max(*qualified, shown)
        elif margin is not None:
            possible = min(max(*qualified, shown) + margin.value, danger)
    return (shown, possible) if sign > 0 else (-possible, -shown)
