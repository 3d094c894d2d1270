"""Why a condition is so: the parts that make it so, down to readings and facts, in the policy's words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from policylang.decide.decision import Because, Fires
from policylang.decide.values import DEFINITE, NO, NOT, POSSIBLE, Value, Values, total
from policylang.evidence.qualify import Weighed
from policylang.graph import nodes

MAX_REMEDY = 400
"""Characters of one remedy; a longer one is given by the name of its condition."""


def fires(state: int) -> Fires:
    """The word for a value that is not NO."""
    return "definitely" if state == DEFINITE else "possibly"


def because(values: Values, index: int) -> tuple[Because, ...]:
    """What makes a node that is definite or possible so; nothing when it always is.

    What has a name is taken apart where it is first mentioned, and only named after that.
    """
    if index not in values.known_reasons:
        values.known_reasons[index] = _because(values, index, set(), holds=True)
    return values.known_reasons[index]


def _because(values: Values, index: int, seen: set[tuple[int, bool]], *, holds: bool) -> tuple[Because, ...]:
    state = values.states[index] if holds else NOT[values.states[index]]
    node = values.graph.nodes[index]
    match node:
        case nodes.Constant():
            return ()
        case nodes.Opposite(part=part):
            return _because(values, part, seen, holds=not holds)
        case nodes.AllOf(parts=parts) | nodes.AnyOf(parts=parts) | nodes.AtLeast(parts=parts):
            need_all = _needs_all(node, state, holds=holds)
            return tuple(_unique(_joined(values, parts, seen, state, holds=holds, need_all=need_all)))
        case nodes.Disputed(names=names, parts=parts):
            return tuple(_disputed(values, names, parts, seen, holds=holds))
        case nodes.Reached(part=part) | nodes.Holds(part=part):
            text = node.text if holds else _negated(node.text)
            return (_named(values, index, part, seen, text=text, holds=holds),)
        case nodes.Defined(part=part, name=name):
            text = name if holds else f"not {name}"
            return (_named(values, index, part, seen, text=text, holds=holds),)
        case nodes.Threshold():
            return (_threshold(values, node, state, holds=holds),)
        case nodes.Happened() | nodes.Attested() | nodes.Assessed() | nodes.Unspecified():
            return (_fact(values, node, state, holds=holds),)
        case _:
            assert_never(node)


def _named(values: Values, index: int, part: int, seen: set[tuple[int, bool]], *, text: str, holds: bool) -> Because:
    state = fires(values.states[index] if holds else NOT[values.states[index]])
    if (index, holds) in seen:
        return Because(text=text, state=state, note="as above")
    seen.add((index, holds))
    return Because(text=text, state=state, parts=_because(values, part, seen, holds=holds))


def _needs_all(node: nodes.AllOf | nodes.AnyOf | nodes.AtLeast, state: int, *, holds: bool) -> bool:
    match node:
        case nodes.AllOf():
            return holds
        case nodes.AnyOf():
            return not holds
        case nodes.AtLeast():
            return state == POSSIBLE  # what is definite is part of what may come to be enough
        case _:
            assert_never(node)


def _joined(
    values: Values, parts: Sequence[int], seen: set[tuple[int, bool]], state: int, *, holds: bool, need_all: bool
) -> Iterator[Because]:
    """All parts where all are needed; of alternatives, the definite ones, else the possible ones."""
    for part in parts:
        own = values.states[part] if holds else NOT[values.states[part]]
        if own == state or (own != NO and need_all):
            yield from _because(values, part, seen, holds=holds)


def _unique(parts: Iterator[Because]) -> Iterator[Because]:
    seen: set[str] = set()
    for part in parts:
        if part.text not in seen:
            seen.add(part.text)
            yield part


def _disputed(
    values: Values, names: Sequence[str], parts: Sequence[int], seen: set[tuple[int, bool]], *, holds: bool
) -> Iterator[Because]:
    """The readings of a clause under which it is so, each with those under which it is not."""
    states = [values.states[part] if holds else NOT[values.states[part]] for part in parts]
    others = [name for name, state in zip(names, states, strict=True) if state == NO]
    beside = f", and not by {', '.join(others)}" if others else ""
    for name, part, state in zip(names, parts, states, strict=True):
        if state != NO:
            why = _because(values, part, seen, holds=holds)
            yield Because(text=f"as read by {name}{beside}", state=fires(state), parts=why)


def _negated(text: str) -> str:
    """`a >= b` as `a < b`."""
    for sign, other in ((" >= ", " < "), (" > ", " <= ")):
        if sign in text:
            return other.join(text.rsplit(sign, 1))
    return f"not {text}"


def _threshold(values: Values, node: nodes.Threshold, state: int, *, holds: bool) -> Because:
    lo, hi = total(node, values.inputs)
    note = "" if state == DEFINITE else _unknown(values, node)
    text = node.text if holds else _negated(node.text)
    readings = tuple(reading for index, _ in node.terms for reading in _decisive(values.inputs[index]))
    return Because(text=text, state=fires(state), lo=lo, hi=hi, readings=readings, note=note)


def _unknown(values: Values, node: nodes.Threshold) -> str:
    """What is not known of the inputs of a comparison, and why."""
    why: dict[str, list[str]] = {}
    for index, _ in node.terms:
        if not values.inputs[index].measured:
            item = values.graph.inputs[index]
            why.setdefault(why_unknown(item, values.inputs[index]), []).append(item.text)
    if len(node.terms) == 1:
        return "".join(why)
    return "; ".join(f"{', '.join(names)} {reason}" for reason, names in why.items())


def why_unknown(item: nodes.Input, value: Value) -> str:
    """Why nothing is known of an input that no reading that qualifies tells."""
    match item.of:
        case "measure":
            return "no reading qualifies" if value.readings else "never measured"
        case "parameter":
            return "has no value"
        case "attempts":
            return "not stated"
        case _:
            assert_never(item.of)


def _decisive(value: Value) -> Iterator[Weighed]:
    """The readings that give the ends of a value."""
    for reading in value.readings:
        shown = reading.lo == value.lo if value.worse == "higher" else reading.hi == value.hi
        if shown or reading.qualifies:
            yield reading


def _fact(
    values: Values,
    node: nodes.Happened | nodes.Attested | nodes.Assessed | nodes.Unspecified,
    state: int,
    *,
    holds: bool,
) -> Because:
    match node:
        case nodes.Happened(event=event):
            moments = values.standing.events.get(event, [])
            return Because(
                text=event if holds else f"not {event}",
                state=fires(state),
                note=f"on {moments[0]}" if holds else "not recorded",
            )
        case nodes.Attested(control=control):
            entry = values.standing.attested.get(control)
            if entry is None:
                return Because(text=f"{control} is not attested", state=fires(state))
            rank, fact = entry
            level = "" if rank is None else f" at {values.graph.control[control].ladder[rank]}"
            return Because(text=f"{control} is attested{level}", state=fires(state), note=f"by {fact.by}, {fact.at}")
        case nodes.Assessed():
            return _assessed(values, node, state)
        case nodes.Unspecified(parameter=parameter):
            return Because(text=f"{parameter} has no value", state="possibly", note="the framework leaves it open")
        case _:
            assert_never(node)


def _assessed(values: Values, node: nodes.Assessed, state: int) -> Because:
    subject = node.category if node.stage is None else f"{node.category}.{node.stage}"
    entry = values.standing.assessed.get((node.category, node.stage))
    if entry is None:
        role = values.graph.category[node.category].assessed
        return Because(text=f"{subject} is not assessed", state=fires(state), note=f"assessed by {role}")
    level = values.graph.category[node.category].ladder[entry[0]]
    return Because(text=f"{subject} is assessed {level}", state=fires(state), note=f"on {entry[1]}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """An input, or an assessment, that leaves a condition open."""

    what: str  # measure, attempts, parameter, category
    name: str
    stage: str | None


def open_leaves(values: Values, index: int) -> frozenset[Leaf]:
    """What leaves a node open: settling all of it settles the node."""
    if values.states[index] != POSSIBLE:
        return frozenset()
    if index not in values.known_leaves:
        values.known_leaves[index] = frozenset(_open_leaves(values, values.graph.nodes[index]))
    return values.known_leaves[index]


def _open_leaves(values: Values, node: nodes.Node) -> Iterator[Leaf]:
    match node:
        case nodes.Threshold(terms=terms):
            for i, _ in terms:
                yield from _open_input(values, i)
        case nodes.Assessed(category=category, stage=stage):
            yield Leaf(what="category", name=category, stage=stage)
        case nodes.Unspecified(parameter=parameter):
            yield Leaf(what="parameter", name=parameter, stage=None)
        case _:
            for part in nodes.parts_of(node):
                yield from open_leaves(values, part)


def _open_input(values: Values, index: int) -> Iterator[Leaf]:
    value, item = values.inputs[index], values.graph.inputs[index]
    if value.hi is None or value.lo != value.hi:
        yield Leaf(what=item.of, name=item.name, stage=item.stage)
    if item.of == "measure" and (margin := values.graph.measure[item.name].margin_unspecified):
        yield Leaf(what="parameter", name=margin, stage=None)


def remedies(values: Values, index: int, *, holds: bool) -> tuple[str, ...]:
    """What would have to become true for a node to be definitely so (or not), in the policy's words; all of it.

    Alternatives stand in one text, joined by `or`. Empty when it is so already.
    """
    key = (index, holds)
    if key not in values.known_remedies:
        values.known_remedies[key] = _remedies(values, index, holds=holds)
    return values.known_remedies[key]


def _remedies(values: Values, index: int, *, holds: bool) -> tuple[str, ...]:
    state = values.states[index] if holds else NOT[values.states[index]]
    if state == DEFINITE:
        return ()
    node = values.graph.nodes[index]
    match node:
        case nodes.Opposite(part=part):
            return remedies(values, part, holds=not holds)
        case nodes.Constant():
            return ("another policy: this is always so",)
        case nodes.AllOf(parts=parts) | nodes.AnyOf(parts=parts):
            if isinstance(node, nodes.AllOf) == holds:
                return _all(values, parts, holds=holds)
            return _some(values, parts, 1, holds=holds)
        case nodes.AtLeast(count=count, parts=parts):
            needed = count if holds else len(parts) - count + 1
            return _some(values, parts, needed, holds=holds)
        case nodes.Disputed(parts=parts):
            return _all(values, parts, holds=holds)
        case nodes.Holds(text=text) | nodes.Attested(control=text):
            return (text if holds else _negated(text),)
        case nodes.Reached(part=part, text=text):
            return _short(remedies(values, part, holds=holds), text if holds else _negated(text))
        case nodes.Defined(part=part, name=name):
            return _short(remedies(values, part, holds=holds), name if holds else f"not {name}")
        case _:
            return (_wanted(values, node, holds=holds),)


def _short(texts: tuple[str, ...], name: str) -> tuple[str, ...]:
    """What a named condition wants in full, or just its name when that would fill the page."""
    return texts if sum(map(len, texts)) <= MAX_REMEDY else (name,)


def _all(values: Values, parts: Sequence[int], *, holds: bool) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in remedies(values, part, holds=holds)))


def _some(values: Values, parts: Sequence[int], count: int, *, holds: bool) -> tuple[str, ...]:
    """`count` of the parts; those that are so already count, and parts that want the same are one way."""
    wanted = DEFINITE if holds else NO
    missing = count - sum(values.states[part] == wanted for part in parts)
    ways = [" and ".join(remedies(values, part, holds=holds)) for part in parts if values.states[part] != wanted]
    ways = sorted({way for way in ways if way}, key=ways.index)
    if missing >= len(ways):
        return tuple(ways)
    return (" or ".join(ways) if missing == 1 else f"{missing} of ({'; '.join(ways)})",)


def _wanted(
    values: Values,
    node: nodes.Threshold | nodes.Happened | nodes.Assessed | nodes.Unspecified,
    *,
    holds: bool,
) -> str:
    match node:
        case nodes.Threshold(text=text):
            return text if holds else _negated(text)
        case nodes.Happened(event=event):
            return f"{event} recorded" if holds else f"no {event} recorded"
        case nodes.Assessed(category=category, stage=stage, level=level):
            item = values.graph.category[category]
            subject = category if stage is None else f"{category}.{stage}"
            side = f"at {item.ladder[level]} or above" if holds else f"below {item.ladder[level]}"
            return f"{subject} assessed {side} by {item.assessed}"
        case nodes.Unspecified(parameter=parameter):
            return f"a value for {parameter}"
        case _:
            assert_never(node)
