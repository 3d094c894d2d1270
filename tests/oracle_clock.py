"""The oracle's clocks: since when a condition has definitely held, or has definitely not held.

"At the latest date among the facts that made it so": of a conjunction the latest; of alternatives the earliest; a
threshold that is shown by the earliest readings that show it; a safe bound by the latest qualifying reading.
What has no date (the attempts, a number in a policy, the absence of a fact) moves no clock. What cannot be otherwise
`ALWAYS` was so. A reading without date may be of any time: no date is earlier than `UNDATED`.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction

from oracle_conditions import (
    assessed_level,
    assessments,
    attestations,
    difference,
    extent,
    holds,
    measure_variable,
    quantified,
    value_of,
    wanted_of,
)
from oracle_dependence import fixed
from oracle_readings import (
    bounds_of,
    domain_of,
    own_readings,
    qualifies,
)
from oracle_world import (
    ALWAYS,
    NOTHING,
    UNDATED,
    Bound,
    Linear,
    Variable,
    World,
    added,
    compared,
    earliest,
    instant,
    latest,
    occurrences,
    place_of,
    standing,
)
from policylang import syntax
from policylang.clocks import Moment, after
from policylang.evidence.facts import Fact

Enough = Callable[[Bound], bool]


def since(w: World, node: syntax.Expression, so: bool, stage: str | None) -> Moment | None:
    """Since when a condition has definitely been `so`; it must definitely be. One that cannot change has no date."""
    if fixed(w, node, stage) is not None:
        return None
    match node:
        case syntax.And() | syntax.Or():
            parts = list(node.operands)
            return since_so_many(w, parts, (len(parts) if isinstance(node, syntax.And) == so else 1, so, stage))
        case syntax.Not():
            return since(w, node.operand, not so, stage)
        case syntax.Quantified():
            parts = quantified(w, node)
            count = wanted_of(node, len(parts))
            return since_so_many(w, parts, (count if so else len(parts) - count + 1, so, None))
        case syntax.Comparison():
            linear = difference(w, node, stage)
            return (
                None if linear is None else since_compared(w, node.operator if so else OPPOSITE[node.operator], linear)
            )
        case syntax.Reference():
            return since_named(w, node, so, stage)
        case _:
            raise AssertionError(node)


OPPOSITE = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "=": "!=", "!=": "="}
MIRRORED = {"<=": ">=", "<": ">"}


def since_so_many(w: World, parts: Iterable[syntax.Expression], how: tuple[int, bool, str | None]) -> Moment | None:
    """When the last of the first so many of some alternatives came about."""
    count, so, stage = how
    held = [(part, holds(w, part, stage)) for part in parts]
    return nth(count, [since(w, part, so, stage) for part, pair in held if (pair[0] if so else not pair[1])])


def nth(count: int, dates: Iterable[Moment | None]) -> Moment | None:
    """The date by which `count` alternatives had come about: those without a date count first, and one that has one."""
    given = list(dates)
    dated = sorted((date for date in given if date is not None), key=instant)
    return dated[max(count - (len(given) - len(dated)), 1) - 1] if dated else None


def since_named(w: World, node: syntax.Reference, so: bool, stage: str | None) -> Moment | None:
    """A definition, an event (since it first happened), a control, or a finding."""
    name = node.name.text
    if name in w.definitions:
        return since(w, w.definitions[name].condition, so, None)
    if name in w.events:
        return earliest(occurrences(w, name))
    if name in w.controls:
        return since_control(w, name, 0 if so else -1, so)
    variable = measure_variable(w, node, stage)
    return since_compared(w, ">=" if so else "<", {variable: Fraction(1), NOTHING: Fraction(-1)})


def since_compared(w: World, operator: str, linear: Linear) -> Moment | None:
    """A linear expression against zero; it definitely compares so."""
    match operator:
        case ">=" | ">":
            return since_above(w, linear, lambda value: compared(operator, value, value)[0])
        case "<=" | "<":
            return since_compared(w, MIRRORED[operator], added({}, linear, Fraction(-1)))
        case "=":
            return latest([since_compared(w, ">=", linear), since_compared(w, "<=", linear)])
        case _:
            return since_compared(w, ">" if extent(w, linear)[0] > 0 else "<", linear)


def since_above(w: World, linear: Linear, enough: Enough) -> Moment | None:
    """The earliest date by which what was shown until then suffices, and the latest date of all else that is used."""
    terms = [(variable, factor) for variable, factor in linear.items() if variable and factor]
    lowest = {variable: min(factor * end for end in value_of(w, variable)) for variable, factor in terms}
    constant = linear.get(NOTHING, Fraction(0))
    others: list[Moment | None] = []
    shown: list[Moment] = []
    for variable, factor in terms:
        if shows_danger(w, variable, factor):
            shown += [r.at or UNDATED for r in own_readings(w, variable[1], variable[2])]
        else:
            rest = sum((lowest[other] for other, _ in terms if other != variable), constant)
            others.append(since_used(w, variable, factor, lambda value, rest=rest: enough(rest + value)))  # type: ignore[misc]  # it is bound for this term
    for until in sorted(shown, key=instant):
        parts = [
            factor * shown_by(w, variable, until) if shows_danger(w, variable, factor) else lowest[variable]
            for variable, factor in terms
        ]
        if enough(sum(parts, constant)):
            return latest([*others, until])
    return latest(others)


def shows_danger(w: World, variable: Variable, factor: Fraction) -> bool:
    """Whether the bound that a lower bound is made of is what is shown of a measure."""
    return variable[0] == "measure" and (w.measures[variable[1]].worse == "higher") == (factor > 0)


def shown_by(w: World, variable: Variable, until: Moment | None) -> Bound:
    """What had been shown of a measure by a date; None: before any reading."""
    _, name, stage = variable
    low, high = domain_of(w, name)
    given = [r for r in own_readings(w, name, stage) if until and instant(r.at or UNDATED) <= instant(until)]
    if w.measures[name].worse == "higher":
        return max((bounds_of(w, reading)[0] for reading in given), default=low)
    return min((bounds_of(w, reading)[1] for reading in given), default=high)


def since_used(w: World, variable: Variable, factor: Fraction, enough: Enough) -> Moment | None:
    """Since when the bound of a term that is not a shown danger has been what suffices."""
    match variable:
        case ("measure", name, stage):
            return latest(r.at or UNDATED for r in own_readings(w, name, stage) if qualifies(w, r))
        case ("category", name, stage):
            places = range(len(w.ladders[w.categories[name].ladder.text]))
            suffice = [place for place in places if enough(factor * place)]
            return since_level(w, (name, stage), min(suffice) if factor > 0 else max(suffice), factor > 0)
        case ("control", name):
            ladder = w.controls[name].ladder
            places = range(-1, len(w.ladders[ladder.text]) if ladder else 1)
            suffice = [place for place in places if enough(factor * place)]
            return since_control(w, name, min(suffice) if factor > 0 else max(suffice), factor > 0)
        case _:
            return None


def since_level(w: World, of: tuple[str, str], place: int, reached: bool) -> Moment | None:
    """Since when a category has definitely been at a level or above (`reached`), or at it or below."""
    name, stage = of
    category = w.categories[name]
    ladder = w.ladders[category.ladder.text]
    clauses = [(place_of(w, category.ladder.text, c.level.text) or 0, c.condition) for c in category.clauses]
    given = assessments(w, name, stage)
    if reached:
        if place <= 0:
            return ALWAYS
        conditions = [condition for at, condition in clauses if at >= place and holds(w, condition, stage)[0]]
        dates = [since(w, condition, True, stage) for condition in conditions]
        return earliest([*dates, *unbroken(place, ladder, given)])
    above = [condition for at, condition in clauses if at > place]
    if place >= len(ladder) - 1:
        return ALWAYS
    stands = [f.at for f in standing(given) if ladder.index(f.level or "") == assessed_level(w, name, stage)]
    return latest([*(since(w, condition, False, stage) for condition in above), *stands])


def unbroken(place: int, ladder: list[str], facts: list[Fact]) -> list[Moment | None]:
    """When a level was assessed at a place or above, without a lower assessment since."""
    lower = [fact.at for fact in facts if ladder.index(fact.level or "") < place]
    reached = [fact.at for fact in facts if ladder.index(fact.level or "") >= place]
    return [date for date in reached if not any(after(other, date) for other in lower)]


def since_control(w: World, name: str, place: int, held: bool) -> Moment | None:
    """Since when a control has definitely held at a level or above (`held`), or at most at it (-1: not at all).

    That it is not attested has no date; that its condition does not hold may have one.
    """
    control = w.controls[name]
    if held and place < 0:
        return ALWAYS
    shown = None
    if control.holds is not None and (held or not holds(w, control.holds, None)[1]):
        shown = since(w, control.holds, held, None)
    return latest([shown, *(fact.at for fact in standing(attestations(w, name)))]) if held else shown
