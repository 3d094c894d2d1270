"""Lints of thresholds: where a boundary lies, how its number is written, and what stands behind it.

`>=` and `<` draw one boundary, "at least": the value itself is on the upper side. `>` and `<=` draw the other, "more
than". Published frameworks use both, and a paraphrase easily turns one into the other, so most lints here compare what
is written with what is written elsewhere, in titles and in the clauses that are cited.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from policylang import syntax
from policylang.check.meanings import TURNED, Compared, domain_of
from policylang.diagnostics import Diagnostic, Fix, Label
from policylang.kinds import Kind, Operator, exact_text, value_text
from policylang.lint.rule import AUTHORS, EVERYBODY, Family, Rule, View
from policylang.source import Span

_AT_LEAST = (">=", "<")
_NEAR = Fraction(1, 20)
"""Thresholds nearer than this, as a share of the room on the nearer side, are likely meant to be the same."""
SAMPLED = (Kind.RATE, Kind.SCORE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """One measure against one constant, as written in a declaration."""

    item: Any
    node: syntax.Comparison
    measure: str
    operator: Operator
    bound: Fraction
    kind: Kind | None

    @property
    def is_at_least(self) -> bool:
        """Whether the bound itself is on the upper side."""
        return self.operator in _AT_LEAST

    @property
    def text(self) -> str:
        """The bound as the language writes it."""
        return value_text(self.bound, self.kind)


def thresholds(view: View) -> Iterator[Threshold]:
    """Every comparison of one measure alone with a constant, outside tests and claims, in the order of the file."""
    for item, nodes in view.walked:
        if isinstance(item, syntax.Invariant | syntax.Test | syntax.Situation):
            continue
        for node in nodes:
            meaning = view.checked.meanings.get(node.id)
            if not isinstance(node, syntax.Comparison) or not isinstance(meaning, Compared) or len(meaning.terms) != 1:
                continue
            ((atom, factor),) = meaning.terms.items()
            if atom.kind == "measure":
                operator = TURNED[meaning.operator] if factor < 0 else meaning.operator
                yield Threshold(
                    item=item,
                    node=node,
                    measure=atom.name,
                    operator=operator,
                    bound=meaning.bound / factor,
                    kind=meaning.kind,
                )


def by_measure(view: View) -> Iterator[tuple[str, list[Threshold]]]:
    """The thresholds of each measure."""
    found: dict[str, list[Threshold]] = {}
    for one in view.thresholds:
        found.setdefault(one.measure, []).append(one)
    yield from found.items()


def _is_open(one: Threshold) -> bool:
    return one.operator not in ("=", "!=")


# Where the boundary lies


def mixed_boundaries(view: View) -> Iterator[Diagnostic]:
    """Measures that are compared with and without the boundary itself."""
    for measure, found in by_measure(view):
        sides = {side: [one for one in found if _is_open(one) and one.is_at_least == side] for side in (True, False)}
        fewer, more = sorted(
            sides.values(), key=lambda side: (len(side), -view.span(side[0].node).start if side else 0)
        )
        if not fewer:
            continue
        other = more[0]
        label = Label(place=view.resolved.place(other.node), text=_said(other))
        message = f"`{measure}` is compared both with and without its boundary: {_said(fewer[0])}"
        help_ = "the sign decides on a model that scores exactly this: say in both places what is meant"
        yield view.warn("L201", fewer[0].node, message, help_, labels=(label,))


def _said(one: Threshold) -> str:
    """A side of a boundary in words."""
    inside = one.operator in (">=", "<=")
    return f"`{one.text}` itself {'is' if inside else 'is not'} meant by `{one.operator}`"


_NUMBER = (
    r"(?P<number>[0-9][0-9 ,]*(?:\.[0-9]+)?(?:e[0-9]+)?)\s*(?P<unit>%|percent|per cent|x\b|times|-?fold|FLOPs?\b)?"
)
_STRICT = r"(?:more than|greater than|larger than|higher than|above|over|exceed(?:s|ing)?|at most|no more than)"
_LOOSE = r"(?:at least|no less than|not less than|less than|fewer than|lower than|below|under)"
_WORDED = re.compile(
    rf"\b(?P<not>not |no )?(?:(?P<strict>{_STRICT})|(?P<loose>{_LOOSE}))\s+(?:once )?(?:every\s+)?{_NUMBER}",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"{_NUMBER}(?:\s+[a-z-]+){{0,4}}?\s+(?:or (?:more|above|higher|greater)|and (?:above|up))\b", re.IGNORECASE
)


def _worded(text: str) -> Iterator[tuple[bool, Fraction, str]]:
    """The boundaries that a text speaks of: whether the value itself is on the upper side, the value, the words."""
    for match in _WORDED.finditer(text):
        if match["not"] and (match["strict"] or "").lower() not in ("more than", "greater than", "at most"):
            continue
        number = _number(match["number"], match["unit"])
        if number is not None:
            yield match["loose"] is not None, number, match[0].strip()
    for match in _AFTER.finditer(text):
        number = _number(match["number"], match["unit"])
        if number is not None:
            yield True, number, match[0].strip()


def mentions(text: str, number: Fraction) -> Iterator[Span]:
    """Where a text mentions a number, a share also as a percentage."""
    for match in re.finditer(_NUMBER, text, re.IGNORECASE):
        if _number(match["number"], match["unit"]) == number:
            yield Span(*match.span())


def _number(digits: str, unit: str | None) -> Fraction | None:
    plain = digits.replace(" ", "").replace(",", "").rstrip(".")
    if len(plain) > 24 or (("e" in plain.lower()) and int(plain.lower().partition("e")[2] or 0) > 40):
        return None
    try:
        number = Fraction(plain)
    except ValueError:
        return None
    return number / 100 if unit is not None and unit.lower() in ("%", "percent", "per cent") else number


def texts(view: View, item: Any) -> Iterator[str]:
    """What a declaration says in words: its title, what it cites, and the titles of the clauses that it cites."""
    if isinstance(getattr(item, "title", None), syntax.Text):
        yield item.title.text
    for cite in getattr(item, "cites", ()):
        if isinstance(cite, syntax.Text):
            yield cite.text
        else:
            clause = view.resolved.named["clause"].get(cite.text)
            if clause is not None and clause.title is not None:
                yield clause.title.text


def other_words(view: View) -> Iterator[Diagnostic]:
    """Boundaries that the title of a declaration, or a clause it cites, draws on the other side."""
    for one in view.thresholds:
        if _is_open(one):
            yield from _contradicted(view, one.item, one.node, (one.is_at_least, one.bound))
    for item in view.resolved.evaluates:
        for cadence in item.cadences if view.is_own(item) else ():
            if isinstance(cadence.factor, syntax.Literal_):
                is_every = cadence.kind == "every factor"
                yield from _contradicted(view, item, cadence, (is_every, cadence.factor.quantity.value))


def _contradicted(view: View, item: Any, node: syntax.Node, drawn: tuple[bool, Fraction]) -> Iterator[Diagnostic]:
    at_least, bound = drawn
    for text in texts(view, item):
        said = [(side, words) for side, number, words in _worded(text) if number == bound]
        if said and all(side != at_least for side, _ in said):
            message = f'the text says "{said[0][1]}", and this draws the boundary on the other side'
            help_ = "exactly that value is the difference: write the comparison that the published text makes"
            yield view.warn("L202", node, message, help_, fix=_turned(view, node))
            return


_OTHER_SIDE = {">=": ">", ">": ">=", "<=": "<", "<": "<="}


def _turned(view: View, node: syntax.Node) -> Fix | None:
    """The same comparison with the boundary on the other side."""
    if isinstance(node, syntax.Comparison):
        return _compared(view, node, _OTHER_SIDE[node.operator])
    start = view.span(node).start
    old, new = ("every", "beyond") if view.source.text.startswith("every", start) else ("beyond", "every")
    if not view.source.text.startswith(old, start):
        return None
    return Fix(title=f"write `{new}`", edits=(view.edit(start, start + len(old), new),))


def _compared(view: View, node: syntax.Comparison, operator: str) -> Fix | None:
    """The same comparison with another operator."""
    start = view.source.text.find(node.operator, view.span(node.left).end, view.span(node.right).start)
    edit = view.edit(start, start + len(node.operator), operator)
    return None if start < 0 else Fix(title=f"write `{operator}`", edits=(edit,))


def equal_rates(view: View) -> Iterator[Diagnostic]:
    """Results compared for equality: a score is hardly ever exactly a number, and is never known to be."""
    for one in view.thresholds:
        if _is_open(one) or one.kind not in (*SAMPLED, Kind.COMPUTE, Kind.DURATION, Kind.FACTOR):
            continue
        worse = view.resolved.named["measure"][one.measure].worse
        new = {"higher": ">=", "lower": "<="}[worse] if one.operator == "=" else {"higher": "<", "lower": ">"}[worse]
        message = f"`{one.measure}` is compared for being exactly `{one.text}`, which no measurement shows"
        help_ = f"ask on which side it lies: `{new}`"
        yield view.warn("L203", one.node, message, help_, fix=_compared(view, one.node, new))


def near_misses(view: View) -> Iterator[Diagnostic]:
    """Thresholds of one measure that are almost the same: one of them is likely a slip."""
    for measure, found in by_measure(view):
        first = {one.bound: one for one in reversed(found)}
        bounds = sorted(first)
        for low, high in itertools.pairwise(bounds):
            room = min(low, 1 - high) if found[0].kind is Kind.RATE else low
            if room > 0 and high - low <= room * _NEAR:
                message = f"`{measure}` is compared with `{first[low].text}` and with `{first[high].text}`"
                help_ = "if both are meant to be one number, mend it"
                yield _two(view, "L204", (first[low], first[high]), (message, help_))


def hundredfold(view: View) -> Iterator[Diagnostic]:
    """Thresholds of one rate of which one is a hundred times the other: a share written as percent twice."""
    for measure, found in by_measure(view):
        first = {one.bound: one for one in reversed(found)}
        for low in sorted(first):
            if found[0].kind is Kind.RATE and 0 < low < Fraction(1, 100) and low * 100 in first:
                message = f"`{measure}` is compared with `{first[low].text}` and with a hundred times that"
                help_ = f"`{first[low * 100].text}` is `{exact_text(low * 100)}` without the sign: mend one of the two"
                yield _two(view, "L205", (first[low], first[low * 100]), (message, help_))


def _two(view: View, code: str, pair: tuple[Threshold, Threshold], words: tuple[str, str]) -> Diagnostic:
    message, help_ = words
    later, earlier = sorted(pair, key=lambda each: -view.span(each.node).start)
    label = Label(place=view.resolved.place(earlier.node), text="the other one")
    return view.warn(code, later.node, message, help_, labels=(label,))


def repeated(view: View) -> Iterator[Diagnostic]:
    """One threshold written three times or more: whoever changes it must find them all."""
    for measure, found in by_measure(view):
        same: dict[tuple[str, Fraction], list[Threshold]] = {}
        for one in found:
            same.setdefault((one.operator, one.bound), []).append(one)
        for places in same.values():
            if len(places) >= _OFTEN:
                label = Label(place=view.resolved.place(places[0].node), text="here first")
                message = f"`{measure} {places[0].operator} {places[0].text}` stands in {len(places)} places"
                help_ = "give it a name, `define NAME as …`, or make a category of it, and change it in one place"
                yield view.warn("L206", places[-1].node, message, help_, labels=(label,))


_OFTEN = 3
"""So often may one threshold stand before it deserves a name."""


def perfect_scores(view: View) -> Iterator[Diagnostic]:
    """Thresholds of danger that only a perfect score reaches."""
    for one in view.thresholds:
        declared = view.resolved.named["measure"][one.measure]
        low, high = domain_of(declared.type)
        is_worst = one.is_at_least and one.bound == high if declared.worse == "higher" else one.bound == low
        if one.kind in SAMPLED and is_worst and (declared.worse == "higher" or one.operator in ("<=", ">")):
            message = f"only a perfect score of `{one.measure}` reaches `{one.text}`"
            help_ = "a single task that is broken or refused hides the danger: set the threshold below it"
            if declared.worse == "lower":
                message = f"only the worst score of `{one.measure}` there is reaches `{one.text}`"
                help_ = "a single task that comes out well hides the danger: set the threshold above it"
            yield view.warn("L207", one.node, message, help_)


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.THRESHOLDS, personas=personas, find=find)
    for code, personas, find in (
        ("L201", EVERYBODY, mixed_boundaries),
        ("L202", EVERYBODY, other_words),
        ("L203", EVERYBODY, equal_rates),
        ("L204", AUTHORS, near_misses),
        ("L205", EVERYBODY, hundredfold),
        ("L206", AUTHORS, repeated),
        ("L207", EVERYBODY, perfect_scores),
    )
)
