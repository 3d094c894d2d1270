"""Which readings count: whose they are, whether they qualify as evidence of safety, and what interval they give.

A reading of danger always counts; a reading of safety must qualify. What keeps a reading from qualifying is a list of
reasons in words, and a reading of another subject has no weight at all.
"""

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from policylang.clocks import Moment, add, after, passed
from policylang.evidence.facts import Evidence, Intent, Reading, Subject
from policylang.evidence.registration import why_unregistered, without_result
from policylang.graph.nodes import Cadence, Graph, Measure, Need
from policylang.kinds import Kind, Quantity, compare, parse_quantity

_IN_VERSIONS = string.ascii_letters + string.digits + ".+-"
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """A reading under one policy: its interval in base units (`hi` None: no end), and why it does not qualify."""

    reading: Reading
    lo: Fraction
    hi: Fraction | None
    other_subject: bool
    why_not: tuple[str, ...]
    unresolved: bool = False  # a registered run without a result: whatever others show, the worst stays possible

    @property
    def qualifies(self) -> bool:
        """Whether it counts as evidence of safety."""
        return not self.why_not


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What qualification depends on beside the reading: the policy, the subject, the as-of moment, what happened."""

    graph: Graph
    subject: Subject
    as_of: Moment
    events: Mapping[str, Sequence[Moment]]
    holidays: frozenset[date]


def weigh(context: Context, evidence: Evidence) -> tuple[Weighed, ...]:
    """Every reading of a measure of the policy, in the order of the evidence."""
    graph = context.graph
    found = [
        _weigh(context, graph.measure[reading.measure], reading, evidence)
        for reading in evidence.readings
        if reading.measure in graph.measure and reading.stage in graph.measure[reading.measure].stages
    ]
    return (*found, *(_worst(measure, intent) for measure, intent in without_result(graph, evidence)))


def _worst(measure: Measure, intent: Intent) -> Weighed:
    """A registered run without a result, as the reading it counts as."""
    end = measure.high if measure.worse == "higher" else measure.low
    reading = Reading(
        measure=measure.name,
        stage=intent.stage,
        n=intent.n,
        at=intent.at,
        attributes={},
        run=intent.run,
        source=intent.place.source.name,
        place=intent.place,
    )
    why = f"it was registered on {intent.at} and has no complete result, which counts as the worst one"
    lo, hi = (measure.low, None) if end is None else (end, end)
    return Weighed(reading=reading, lo=lo, hi=hi, other_subject=False, why_not=(why,), unresolved=True)


def _weigh(context: Context, measure: Measure, reading: Reading, evidence: Evidence) -> Weighed:
    lo, hi = interval(context, measure, reading)
    foreign, unsure = _subject(context.subject, reading)
    if foreign:
        return Weighed(reading=reading, lo=lo, hi=hi, other_subject=True, why_not=(foreign,))
    why = (
        *unsure,
        *reading.faults,
        *_run(reading),
        *why_unregistered(measure, reading, evidence),
        *_looks(context, reading),
        *_confidence(context, measure, reading),
        *(unmet(context, need, reading) for need in measure.needs),
        *(stale(context, cadence, reading) for cadence in context.graph.cadences),
    )
    return Weighed(reading=reading, lo=lo, hi=hi, other_subject=False, why_not=tuple(filter(None, why)))


def _subject(subject: Subject, reading: Reading) -> tuple[str, list[str]]:
    """Why a reading is of another subject, or empty; and why it cannot be known to be of this one."""
    unsure = []
    for what, theirs, ours in (
        ("revision", reading.revision, subject.revision),
        ("configuration", reading.configuration, subject.configuration),
    ):
        if theirs is not None and ours is not None and theirs != ours:
            return f"of another subject: its {what} is {theirs}", []
        if theirs is not None and ours is None:
            unsure.append(f"of {what} {theirs}, and the subject states none")
    return "", unsure


def _run(reading: Reading) -> list[str]:
    if reading.status is None:
        return ["its status is not stated"]
    return [] if reading.status == "success" else [f"its status is `{reading.status}`"]


def _looks(context: Context, reading: Reading) -> list[str]:
    """Whoever ends a run where its results look good needs a test that holds at every look."""
    if (reading.looks or 1) <= 1 or context.graph.header.anytime:
        return []
    return [f"it could have been ended at {reading.looks} looks, and the policy's test holds for one"]


def _confidence(context: Context, measure: Measure, reading: Reading) -> list[str]:
    header = context.graph.header
    if header.confidence is None:
        return []
    why = []
    if measure.kind is Kind.RATE and isinstance(reading.value, Quantity) and not reading.n:
        why.append("a bare rate, without the number of units that a confidence needs")
    if header.across_attempts and context.subject.attempt is None and measure.kind is not Kind.FINDING:
        why.append("the subject does not state its mitigation attempt")
    return why


# Intervals


def interval(context: Context, measure: Measure, reading: Reading) -> tuple[Fraction, Fraction | None]:
    """The interval a reading gives, in base units, within the range of its measure."""
    if reading.interval is not None:
        return reading.interval[0].value, reading.interval[1].value
    if isinstance(reading.value, bool):
        point = Fraction(1 if reading.value else 0)
        return point, point
    header = context.graph.header
    if header.confidence is None:
        return _bounded(context, measure, reading, None)
    share = context.graph.shares.get((measure.name, reading.stage))
    lo, hi = _bounded(context, measure, reading, _alpha(context, 1 if share is None else share.lo))
    if share is not None and share.lo != share.hi:
        hi = _bounded(context, measure, reading, _alpha(context, share.hi))[1]
    return lo, hi


def _alpha(context: Context, parts: int) -> Fraction:
    """The error that one bound may have."""
    from policylang.bounds import alpha_at  # what asks for no confidence needs no statistics

    header = context.graph.header
    assert header.confidence is not None
    attempt = max(1, context.subject.attempt or 1) if header.across_attempts else None
    return alpha_at(header.confidence, attempt=attempt, parts=parts)


def _bounded(
    context: Context, measure: Measure, reading: Reading, alpha: Fraction | None
) -> tuple[Fraction, Fraction | None]:
    """The interval of counts, means of units or a value, each bound with an error of `alpha`."""
    from policylang import bounds  # what states values or findings only needs no statistics

    header = context.graph.header
    if reading.units is not None:
        planned = reading.n or len(reading.units)
        found = bounds.units_interval(reading.units, planned, alpha=alpha)
        low, width = measure.low, (measure.high or Fraction(1)) - measure.low
        return low + width * found.lo, low + width * found.hi
    if measure.kind is Kind.RATE and reading.n is not None:
        successes, scored = counted(measure, reading)
        found = bounds.counts_interval(successes, scored, reading.n, alpha=alpha, anytime=header.anytime)
        return found.lo, found.hi
    if isinstance(reading.value, Quantity):
        return reading.value.value, reading.value.value
    return measure.low, measure.high


def counted(measure: Measure, reading: Reading) -> tuple[int, int]:
    """Successes and scored units of a reading, after the measure has said how refusals and the like count."""
    n = reading.n or 0
    if isinstance(reading.value, Quantity):
        successes, scored = int(reading.value.value * n), n if reading.scored is None else reading.scored
    else:
        successes, scored = reading.successes or 0, n if reading.scored is None else reading.scored
    counts = {"refusal": reading.refused, "no_answer": reading.no_answer, "error": reading.errored}
    for outcome, treatment in measure.outcomes:
        units = min(counts[outcome] or 0, n - scored)
        if treatment != "missing":
            scored += units
            successes += units if (treatment == "dangerous") == (measure.worse == "higher") else 0
    return successes, scored


# Needs


def unmet(context: Context, need: Need, reading: Reading) -> str:
    """Why a reading does not meet a need; empty when it does."""
    if need.unspecified:
        return f"needs {need.text}, and `{need.unspecified}` has no value"
    if need.of == "age":
        return _age(context, need, reading)
    if need.of == "n":
        size = reading.n if reading.n is not None else None if reading.units is None else len(reading.units)
        if size is None:
            return f"needs {need.text}, and the number of units is not stated"
        return "" if _compared(Fraction(size), need, need.number) else f"needs {need.text}, has n = {size}"
    stated = {"status": reading.status, "evaluator": reading.evaluator}.get(need.of, reading.attributes.get(need.of))
    if stated is None:
        return f"needs {need.text}, and `{need.of}` is not stated"
    return "" if _met(need, stated) else f"needs {need.text}, has {need.of} = {stated}"


def _met(need: Need, stated: str) -> bool:
    operator = need.operator
    if operator in ("is", "is not"):
        return stated == ("yes" if operator == "is" else "no")
    if need.kind == "ladder":
        if stated not in need.ladder or need.rank is None:
            return False
        return _compared(Fraction(need.ladder.index(stated)), need, Fraction(need.rank))
    if need.kind in (Kind.TEXT, Kind.YES_NO):
        return _text_met(need, operator, stated)
    try:
        quantity = parse_quantity(stated)
    except ValueError:
        return False
    return _compared(quantity.value, need, need.number)


def _compared(stated: Fraction, need: Need, wanted: Fraction | None) -> bool:
    if wanted is None or need.operator == "is" or need.operator == "is not":  # noqa: PLR1714  # narrows the type
        return False
    return compare(stated, need.operator, wanted)


def _text_met(need: Need, operator: str, stated: str) -> bool:
    """Text is equal or not; `evaluator >= "inspect 0.3.248"` compares versions of one tool."""
    same = stated == need.word or (need.of == "evaluator" and _version(stated)[0] == need.word)
    if operator in ("=", "!="):
        return same == (operator == "=")
    (tool, version), (wanted, bound) = _version(stated), _version(need.word)
    if tool != wanted or not version or not bound:
        return False
    size = max(len(version), len(bound))
    left, right = (v + (0,) * (size - len(v)) for v in (version, bound))
    return {">=": left >= right, ">": left > right, "<=": left <= right, "<": left < right}[operator]


def _version(text: str) -> tuple[str, tuple[int, ...]]:
    """The name and the numbers of `inspect 0.3.248`; a pre-release such as `0.3.248rc1` has no usable number."""
    whole = text.strip()
    written = len(whole.rstrip(_IN_VERSIONS)) if len(whole) <= 200 else len(whole)
    match = _NUMBERS.search(whole, written)
    if match is None:
        return whole, ()
    name = whole[: match.start()].removesuffix("v").strip()
    return name, () if match.end() < len(whole) else tuple(int(part[:9]) for part in match[0].split("."))


def _age(context: Context, need: Need, reading: Reading) -> str:
    if reading.at is None:
        return f"needs {need.text}, and its date is not stated"
    assert need.period is not None
    assert need.period.quantity is not None
    try:
        limit = add(reading.at, need.period.quantity, context.holidays)
    except ValueError as error:
        return f"needs {need.text}: {error}"
    as_of = context.as_of
    met = {
        "<=": not passed(limit, as_of),
        "<": after(limit, as_of),
        ">=": as_of.first >= limit.first,
        ">": after(as_of, limit),
        "=": as_of == limit,
        "!=": as_of.day != limit.day,
    }[need.operator]
    return "" if met else f"needs {need.text}, is of {reading.at}"


# Cadences


def stale(context: Context, cadence: Cadence, reading: Reading) -> str:
    """Why a cadence makes a reading stale, or cannot be judged; empty when it is fresh."""
    if cadence.unspecified:
        return f"evaluate {cadence.text}: `{cadence.unspecified}` has no value"
    if cadence.factor is not None:
        return _stale_compute(context, cadence, cadence.factor, reading)
    if cadence.event:
        return _stale_event(context, cadence, reading)
    if reading.at is None:
        return f"evaluate {cadence.text}: its date is not stated"
    assert cadence.period is not None
    assert cadence.period.quantity is not None
    try:
        limit = add(reading.at, cadence.period.quantity, context.holidays)
    except ValueError:
        return ""
    return f"stale: evaluate {cadence.text}, and it is of {reading.at}" if passed(limit, context.as_of) else ""


def _stale_compute(context: Context, cadence: Cadence, factor: Fraction, reading: Reading) -> str:
    now, then = context.subject.effective_compute, reading.effective_compute
    if now is None:
        return f"evaluate {cadence.text}: the subject's effective compute is not stated"
    if then is None:
        return f"evaluate {cadence.text}: its effective compute is not stated"
    grown = now > factor * then if cadence.strict else now >= factor * then
    return f"stale: evaluate {cadence.text}, and compute has grown past it" if grown else ""


def _stale_event(context: Context, cadence: Cadence, reading: Reading) -> str:
    for when in context.events.get(cadence.event, ()):
        if reading.at is None:
            return f"evaluate {cadence.text}: its date is not stated"
        if not after(reading.at, when):
            return f"stale: evaluate {cadence.text}, which was {when}, and it is of {reading.at}"
    return ""
