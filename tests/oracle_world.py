"""What the oracle reads of a policy, before it decides anything: declarations by kind, constants, dates, facts.

Also its small algebra: a condition is a pair (definitely, possibly), a linear expression the factors of its variables.
"""

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Concatenate, ParamSpec, TypeAlias, TypeVar, cast

from policylang import syntax
from policylang.clocks import Moment, add, after, passed
from policylang.evidence.facts import Evidence, Fact
from policylang.graph.shares import Share
from policylang.kinds import Quantity

Pair = tuple[bool, bool]
Bound = Fraction | float  # a float only for the end of a domain that has none: plus or minus infinity
Interval = tuple[Bound, Bound]
Variable = tuple[str, ...]  # ("measure", name, stage), ("category", name, stage), ("control", name), ("attempts",)
Linear = dict[Variable, Fraction]  # the constant stands under the empty variable

YES: Pair = (True, True)
NO: Pair = (False, False)
OPEN: Pair = (False, True)
NOTHING: Variable = ()
INFINITY = math.inf
ALWAYS = Moment(date(1, 1, 1))  # since when what cannot be otherwise was so
UNDATED = Moment(date(1, 1, 2))  # since when what a reading without date shows may have been so
P = ParamSpec("P")
R = TypeVar("R")

Shares: TypeAlias = Mapping[tuple[str, str | None], Share]
"""How the error budget of each measure at each stage is split: taken from the graph, and judged in a test."""


class World:
    """One policy, self-contained and well-typed, and one subject's evidence at one date."""

    def __init__(self, module: syntax.Module, evidence: Evidence, as_of: Moment, shares: Shares | None = None) -> None:
        """Sort the declarations by kind; nothing is decided yet. `shares` splits the error budget (`test_shares`)."""
        self.shares = shares or {}
        self.evidence, self.as_of, self.subject = evidence, as_of, evidence.subject
        self.answers: dict[tuple[object, ...], tuple[object, object]] = {}
        items = module.items
        self.header = next(item for item in items if isinstance(item, syntax.Policy))
        self.ladders = {i.name.text: texts(i.levels) for i in items if isinstance(i, syntax.Levels)}
        self.stages: list[str] = [i.name.text for i in items if isinstance(i, syntax.Stage)] or [""]
        self.measures = {i.name.text: i for i in items if isinstance(i, syntax.Measure)}
        self.categories = {i.name.text: i for i in items if isinstance(i, syntax.Category)}
        self.controls = {i.name.text: i for i in items if isinstance(i, syntax.Control)}
        self.definitions = {i.name.text: i for i in items if isinstance(i, syntax.Define)}
        self.events = [i.name.text for i in items if isinstance(i, syntax.Event)]
        self.attributes = {i.name.text: i.type.name.text for i in items if isinstance(i, syntax.Attribute)}
        self.parameters = {i.name.text: i for i in items if isinstance(i, syntax.Parameter)}
        self.values = {name: parameter.value for name, parameter in self.parameters.items()}
        self.values |= {i.name.text: i.value for i in items if isinstance(i, syntax.Set)}
        self.rules = [i for i in items if isinstance(i, syntax.Rule)]
        self.exceptions = [i for i in items if isinstance(i, syntax.Exception_)]
        self.vetoes = [i for i in items if isinstance(i, syntax.Veto)]
        self.duties = [i for i in items if isinstance(i, syntax.Duty)]
        self.cadences = [c for i in items if isinstance(i, syntax.Evaluate) for c in i.cadences]
        actions = [i.name.text for i in items if isinstance(i, syntax.Action)]
        self.leaves = [a for a in actions if not any(other.startswith(a + ".") for other in actions)]


def once(function: Callable[Concatenate[World, P], R]) -> Callable[Concatenate[World, P], R]:
    """A function of a world that is worked out once for the same question: the same names, the same nodes.

    The question is kept with the answer: a node that is made to ask with keeps its identity to itself.
    """

    @functools.wraps(function)
    def asked(w: World, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (function.__name__, *(part if isinstance(part, str) else id(part) for part in args))
        if key not in w.answers:
            w.answers[key] = (args, function(w, *args, **kwargs))
        return cast(R, w.answers[key][1])

    return asked


def truth(value: bool) -> Pair:
    """What is closed is definite either way."""
    return YES if value else NO


def negation(pair: Pair) -> Pair:
    """`not`: definite when the opposite is not possible."""
    return (not pair[1], not pair[0])


def at_least(count: int, pairs: Iterable[Pair]) -> Pair:
    """At least `count` of some conditions: of those that hold definitely, and of those that may hold."""
    held = list(pairs)
    return (sum(d for d, _ in held) >= count, sum(p for _, p in held) >= count)


def conjunction(pairs: Iterable[Pair]) -> Pair:
    """`and`: definite when all are, possible when all are."""
    held = list(pairs)
    return at_least(len(held), held)


def compared(operator: str, low: Bound, high: Bound) -> Pair:
    """An interval against zero: `>=` is definite when the lower bound is at least 0, possible when the upper is."""
    match operator:
        case ">=":
            return (low >= 0, high >= 0)
        case ">":
            return (low > 0, high > 0)
        case "<=" | "<":
            return negation(compared(">" if operator == "<=" else ">=", low, high))
        case "=":
            return conjunction([compared(">=", low, high), compared("<=", low, high)])
        case _:
            return negation(compared("=", low, high))


def covers(actions: Iterable[str], leaf: str) -> bool:
    """Dots make a hierarchy: `deploy` covers itself and every `deploy.…`."""
    return any(leaf == action or leaf.startswith(action + ".") for action in actions)


def texts(names: Iterable[syntax.Name]) -> list[str]:
    """Names as written."""
    return [name.text for name in names]


def instant(moment: Moment) -> tuple[int, int]:
    """What orders moments."""
    return (moment.first, moment.last)


def latest(moments: Iterable[Moment | None]) -> Moment | None:
    """The latest of some dates; what has no date, or always was so, does not move it."""
    given = list(moments)
    dated = [moment for moment in given if moment is not None and moment != ALWAYS]
    return max(dated, key=instant, default=ALWAYS if given and None not in given else None)


def earliest(moments: Iterable[Moment | None]) -> Moment | None:
    """The earliest of some alternatives; those without a date do not move it."""
    return min((m for m in moments if m is not None), key=instant, default=None)


def not_before(moment: Moment, start: Moment) -> bool:
    """Whether a fact is not earlier than a start: by the day when either has no time of day."""
    if moment.second is None or start.second is None:
        return moment.day >= start.day
    return moment.first >= start.first


def standing(facts: Iterable[Fact]) -> list[Fact]:
    """The latest by date: those that no other is certainly after; several when they share a date."""
    given = list(facts)
    return [fact for fact in given if not any(after(other.at, fact.at) for other in given)]


def matched(wanted: int, sources: list[list[str]], used: frozenset[str] = frozenset()) -> bool:
    """Whether `wanted` of some roles can be given a person each, no person twice."""
    if wanted <= 0:
        return True
    if not sources:
        return False
    return matched(wanted, sources[1:], used) or any(
        matched(wanted - 1, sources[1:], used | {person}) for person in sources[0] if person not in used
    )


def added(left: Linear, right: Linear, factor: Fraction) -> Linear:
    """`left + factor * right`."""
    total = dict(left)
    for variable, part in right.items():
        total[variable] = total.get(variable, Fraction(0)) + factor * part
    return total


def combined(operator: str, left: Linear, right: Linear) -> Linear | None:
    """Linear arithmetic: one side of `*` and the right of `/` is a constant; None where an open parameter is none."""
    if operator in ("+", "-"):
        return added(left, right, Fraction(1 if operator == "+" else -1))
    if set(right) <= {NOTHING}:
        constant = right.get(NOTHING, Fraction(0))
        return added({}, left, 1 / constant if operator == "/" else constant)
    return added({}, right, left.get(NOTHING, Fraction(0))) if operator == "*" and set(left) <= {NOTHING} else None


def quantity_of(w: World, value: syntax.Literal_ | syntax.Name | None) -> Quantity | None:
    """A literal, or the value of a parameter; None while the framework leaves it open."""
    if isinstance(value, syntax.Name):
        value = w.values[value.text]
    return value.quantity if isinstance(value, syntax.Literal_) else None


def place_of(w: World, ladder: str, name: str) -> int | None:
    """The place of a level on its ladder; a parameter may stand for one, None while it is left open."""
    if name in w.ladders[ladder]:
        return w.ladders[ladder].index(name)
    value = w.values[name]
    return w.ladders[ladder].index(value.text) if isinstance(value, syntax.Name) else None


def ladder_of(w: World, node: syntax.Expression) -> str | None:
    """The ladder of a category, a control or a parameter that is compared with a level."""
    if not isinstance(node, syntax.Reference):
        return None
    name = node.name.text
    if name in w.categories:
        return w.categories[name].ladder.text
    if name in w.controls:
        ladder = w.controls[name].ladder
        return ladder.text if ladder else None
    if name in w.parameters and w.parameters[name].type.name.text in w.ladders:
        return w.parameters[name].type.name.text
    return None


def limit_of(w: World, start: Moment, duration: syntax.Duration) -> Moment | None:
    """A start and a duration by the calendar; None when the duration is left open."""
    quantity = quantity_of(w, duration)
    return None if quantity is None else add(start, quantity, w.evidence.holidays)


def lasts(w: World, start: Moment, duration: syntax.Duration | None) -> bool:
    """Whether a duration has not passed since a start; one that is left open cannot be shown to last."""
    if duration is None:
        return True
    limit = limit_of(w, start, duration)
    return limit is not None and not passed(limit, w.as_of)


def facts_of(w: World, kind: str, about: str) -> list[Fact]:
    """The recorded facts of a kind about something."""
    return [fact for fact in w.evidence.facts if fact.kind == kind and fact.about == about]


def unexpired(w: World, fact: Fact) -> bool:
    """Whether a fact's own expiry, if it has one, has not passed."""
    return fact.expires is None or not passed(fact.expires, w.as_of)


def occurrences(w: World, event: str) -> list[Moment]:
    """When an event happened; it never un-happens."""
    return [fact.at for fact in facts_of(w, "event", event)]
