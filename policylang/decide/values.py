"""The value of every condition on given evidence: definite, possible or neither, and since when.

A value is a pair (definitely, possibly) as one small number: 0 neither, 1 possible, 3 definite. Then strong Kleene
logic is arithmetic on bits: `and` is `&`, `or` is `|`, and `not` swaps 0 and 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, assert_never

from policylang.clocks import Moment
from policylang.decide.standing import Standing, first_at_least
from policylang.evidence.facts import Subject
from policylang.evidence.qualify import Weighed
from policylang.graph import nodes
from policylang.graph.nodes import Graph

NO, POSSIBLE, DEFINITE = 0, 1, 3
NOT = (3, 1, -1, 0)

EVER = Moment(date(1, 1, 1))
"""Since when an undated reading shows something: longer than any deadline."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """What is known of an input: from `lo` to `hi` (None: no end), and the readings behind it."""

    lo: Fraction
    hi: Fraction | None
    worse: str = "higher"
    readings: tuple[Weighed, ...] = ()
    measured: bool = False  # whether a reading qualifies


def inputs_of(graph: Graph, weighed: Sequence[Weighed], subject: Subject) -> tuple[Value, ...]:
    """The value of every input of a graph."""
    by_key: dict[tuple[str, str | None], list[Weighed]] = {}
    for reading in weighed:
        if not reading.other_subject:
            by_key.setdefault((reading.reading.measure, reading.reading.stage), []).append(reading)
    values = []
    for item in graph.inputs:
        if item.of == "measure":
            values.append(measured(graph.measure[item.name], tuple(by_key.get((item.name, item.stage), ()))))
        elif item.of == "attempts" and subject.attempt is not None:
            values.append(Value(lo=Fraction(subject.attempt), hi=Fraction(subject.attempt), measured=True))
        else:
            values.append(Value(lo=item.low, hi=item.high))
    return tuple(values)


def measured(measure: nodes.Measure, readings: tuple[Weighed, ...]) -> Value:
    """From what is shown by any reading to what is possible by those that qualify, with the margin towards danger."""
    qualifying = [reading for reading in readings if reading.qualifies]
    known = bool(qualifying) and not measure.margin_unspecified
    known = known and not any(reading.unresolved for reading in readings)
    lo, hi = measure.low, measure.high
    if measure.worse == "higher":
        lo = max([lo, *(reading.lo for reading in readings)])
        ends = [reading.hi for reading in qualifying if reading.hi is not None]
        if known and len(ends) == len(qualifying):
            hi = with_margin(measure, lo, max(lo, *ends))[1]
    else:
        ends = [reading.hi for reading in readings if reading.hi is not None]
        hi = min([*ends, *([] if hi is None else [hi])], default=None)
        if known:
            safe = min(reading.lo for reading in qualifying)
            lo = with_margin(measure, safe if hi is None else min(safe, hi), hi)[0]
    return Value(lo=lo, hi=hi, worse=measure.worse, readings=readings, measured=bool(qualifying))


def with_margin(measure: nodes.Measure, lo: Fraction, hi: Fraction | None) -> tuple[Fraction, Fraction | None]:
    """An interval with the side that could be safe moved towards danger by the margin, within the range."""
    margin = measure.margin or Fraction(0)
    if measure.worse == "lower":
        return max(measure.low, lo - margin), hi
    assert hi is not None  # what is possible of a measure that is worse when higher, when a reading tells it
    return lo, hi + margin if measure.high is None else min(measure.high, hi + margin)


@dataclass(frozen=True, kw_only=True)
class Values:
    """The values of all nodes of a graph.

    The tables keep what was worked out: definitions share parts, and walking a shared part anew each time it is
    mentioned would take time that doubles with every definition in a chain.
    """

    graph: Graph
    inputs: tuple[Value, ...]
    standing: Standing
    states: tuple[int, ...]
    known_since: dict[tuple[int, bool], Moment | None] = field(default_factory=dict)
    known_remedies: dict[tuple[int, bool], tuple[str, ...]] = field(default_factory=dict)
    known_leaves: dict[int, frozenset[Any]] = field(default_factory=dict)
    known_reasons: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    def since(self, index: int, *, holds: bool = True) -> Moment | None:
        """Since when a node is definitely so (or not): `and` from the last of its parts, `or` from the first.

        None when nothing that made it so has a date.
        """
        key = (index, holds)
        if key not in self.known_since:
            self.known_since[key] = self._since(index, holds=holds)
        return self.known_since[key]

    def _since(self, index: int, *, holds: bool) -> Moment | None:
        node = self.graph.nodes[index]
        match node:
            case nodes.Constant() | nodes.Unspecified():
                return None
            case nodes.Threshold():
                return self._threshold_since(node, holds=holds)
            case nodes.Happened(event=event):
                return self.standing.events[event][0] if holds else None
            case nodes.Attested(control=control):
                return self.standing.attested[control][1].at if holds else None
            case nodes.Assessed():
                return self._assessed_since(node, holds=holds)
            case nodes.Opposite(part=part):
                return self.since(part, holds=not holds)
            case nodes.Reached(part=part) | nodes.Holds(part=part) | nodes.Defined(part=part):
                return self.since(part, holds=holds)
            case nodes.AllOf(parts=parts) | nodes.Disputed(parts=parts):
                return self._joined(parts, len(parts) if holds else 1, holds=holds)
            case nodes.AnyOf(parts=parts):
                return self._joined(parts, 1 if holds else len(parts), holds=holds)
            case nodes.AtLeast(count=count, parts=parts):
                return self._joined(parts, count if holds else len(parts) - count + 1, holds=holds)
            case _:
                assert_never(node)

    def _joined(self, parts: Sequence[int], count: int, *, holds: bool) -> Moment | None:
        """When `count` of the parts had become so; parts without a date do not delay."""
        wanted = DEFINITE if holds else NO
        settled = [part for part in parts if self.states[part] == wanted]
        moments = [moment for part in settled if (moment := self.since(part, holds=holds)) is not None]
        moments.sort(key=lambda moment: (moment.first, moment.last))
        undated = len(settled) - len(moments)
        if not moments:
            return None
        return moments[max(0, min(count - undated, len(moments)) - 1)]

    def _assessed_since(self, node: nodes.Assessed, *, holds: bool) -> Moment | None:
        history = self.standing.history.get((node.category, node.stage))
        if history is None:
            return None
        return first_at_least(history, node.level) if holds else history[-1][0]

    def _threshold_since(self, node: nodes.Threshold, *, holds: bool) -> Moment | None:
        """Since what was shown suffices, and all else that is used was known to be safe."""
        safe: list[Moment] = []
        shown: list[Moment] = []
        for index, factor in node.terms:
            value = self.inputs[index]
            if _is_shown(value, factor, holds=holds):
                shown += [reading.reading.at or EVER for reading in value.readings]
            else:
                safe += [reading.reading.at or EVER for reading in value.readings if reading.qualifies]
        for until in sorted(set(shown), key=_order):
            if self._suffices(node, until, holds=holds):
                safe.append(until)
                break
        return max(safe, key=_order, default=None)

    def _suffices(self, node: nodes.Threshold, until: Moment, *, holds: bool) -> bool:
        """Whether a sum is over its bound (or not) by what had been shown until a moment."""
        total = Fraction(0)
        for index, factor in node.terms:
            bound = self._bound(index, factor, until, holds=holds)
            if bound is None:
                return False
            total += factor * bound
        over = total > node.bound or (total == node.bound and not node.strict)
        return over == holds

    def _bound(self, index: int, factor: Fraction, until: Moment, *, holds: bool) -> Fraction | None:
        """The end of an input that is used: of what is shown, only by readings until a moment."""
        value, item = self.inputs[index], self.graph.inputs[index]
        low_side = (factor > 0) == holds
        if not _is_shown(value, factor, holds=holds):
            return value.lo if low_side else value.hi
        then = [r for r in value.readings if _order(r.reading.at or EVER) <= _order(until)]
        if low_side:
            return max([item.low, *(reading.lo for reading in then)])
        ends = [reading.hi for reading in then if reading.hi is not None]
        return min([*ends, *([] if item.high is None else [item.high])], default=None)


def _is_shown(value: Value, factor: Fraction, *, holds: bool) -> bool:
    """Whether the end of an input that a comparison uses is what readings show, not what they leave possible."""
    return ((factor > 0) == holds) == (value.worse == "higher")


def _order(moment: Moment) -> tuple[int, int]:
    return moment.first, moment.last


def evaluate(graph: Graph, inputs: tuple[Value, ...], standing: Standing) -> Values:
    """Value every node, parts before wholes."""
    values: list[int] = []
    for node in graph.nodes:
        values.append(value_of(node, inputs, standing, values))
    return Values(graph=graph, inputs=inputs, standing=standing, states=tuple(values))


def value_of(node: nodes.Node, inputs: Sequence[Value], standing: Standing, done: Sequence[int]) -> int:
    """The value of one node, from those of its parts."""
    match node:
        case nodes.Constant(value=value):
            return DEFINITE if value else NO
        case nodes.Threshold():
            return threshold(node, inputs)
        case nodes.Happened(event=event):
            return DEFINITE if event in standing.events else NO
        case nodes.Attested(control=control, level=level):
            return _attested(standing, control, level)
        case nodes.Assessed():
            return _assessed(standing, node)
        case nodes.Unspecified():
            return POSSIBLE
        case nodes.AllOf(parts=parts):
            total = DEFINITE
            for part in parts:
                total &= done[part]
            return total
        case nodes.AnyOf(parts=parts):
            total = NO
            for part in parts:
                total |= done[part]
            return total
        case nodes.AtLeast(count=count, parts=parts):
            definite = sum(done[part] == DEFINITE for part in parts)
            possible = sum(done[part] != NO for part in parts)
            return DEFINITE if definite >= count else POSSIBLE if possible >= count else NO
        case nodes.Opposite(part=part):
            return NOT[done[part]]
        case nodes.Disputed(parts=parts):
            states = {done[part] for part in parts}
            return DEFINITE if states == {DEFINITE} else NO if states == {NO} else POSSIBLE
        case nodes.Reached(part=part) | nodes.Holds(part=part) | nodes.Defined(part=part):
            return done[part]
        case _:
            assert_never(node)


def threshold(node: nodes.Threshold, inputs: Sequence[Value]) -> int:
    """A sum against its bound: definite when its least value is over it, possible when its greatest is."""
    lo, hi = total(node, inputs)
    bound = node.bound
    if lo is not None and (lo > bound or (lo == bound and not node.strict)):
        return DEFINITE
    if hi is None or hi > bound or (hi == bound and not node.strict):
        return POSSIBLE
    return NO


def total(node: nodes.Threshold, inputs: Sequence[Value]) -> tuple[Fraction | None, Fraction | None]:
    """The least and greatest value of a sum; None where it has no end."""
    lo: Fraction | None = Fraction(0)
    hi: Fraction | None = Fraction(0)
    for index, factor in node.terms:
        value = inputs[index]
        low, high = (value.lo, value.hi) if factor > 0 else (value.hi, value.lo)
        lo = None if lo is None or low is None else lo + factor * low
        hi = None if hi is None or high is None else hi + factor * high
    return lo, hi


def _attested(standing: Standing, control: str, level: int | None) -> int:
    entry = standing.attested.get(control)
    if entry is None:
        return NO
    rank = entry[0]
    return DEFINITE if level is None or (rank is not None and rank >= level) else NO


def _assessed(standing: Standing, node: nodes.Assessed) -> int:
    entry = standing.assessed.get((node.category, node.stage))
    if entry is None:
        return POSSIBLE if node.alone else NO
    return DEFINITE if entry[0] >= node.level else NO


def ranks(values: Values, category: nodes.Category) -> Mapping[str | None, tuple[int, int]]:
    """Where a category stands at each stage: the highest level definitely and possibly reached."""
    placed = {}
    for stage, indices in category.reached:
        states = [values.states[index] for index in indices]
        at_least = max((rank for rank, state in enumerate(states, 1) if state == DEFINITE), default=0)
        at_most = max((rank for rank, state in enumerate(states, 1) if state != NO), default=0)
        placed[stage] = (at_least, at_most)
    return placed
