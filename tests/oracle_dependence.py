"""What a condition of the oracle depends on: the categories, each at a stage, and the controls that can change it."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

from oracle_conditions import difference, quantified
from oracle_world import NOTHING, Linear, Variable, World, compared, place_of
from policylang import syntax


def mentions(w: World, node: syntax.Expression, stage: str | None) -> Iterator[Variable]:
    """The categories and controls a condition depends on, through definitions and through each other."""
    if fixed(w, node, stage) is not None:
        return  # whatever is so, this is the same
    match node:
        case syntax.And() | syntax.Or():
            yield from chain.from_iterable(mentions(w, operand, stage) for operand in node.operands)
        case syntax.Not():
            yield from mentions(w, node.operand, stage)
        case syntax.Comparison():
            linear = difference(w, node, stage)  # none when a parameter is left open: then nothing makes a difference
            yield from compared_with(w, linear, node.operator) if linear is not None else ()
        case syntax.Quantified():
            yield from chain.from_iterable(mentions(w, part, None) for part in quantified(w, node))
        case syntax.Reference(name=syntax.Name(text=name)) if name in w.definitions:
            yield from mentions(w, w.definitions[name].condition, None)
        case syntax.Reference(name=syntax.Name(text=name)) if name in w.controls:
            yield from control(w, name)
        case _:
            return


def fixed(w: World, node: syntax.Expression, stage: str | None) -> bool | None:
    """The value of a condition that no level can change, such as one above the highest; None for any other."""
    match node:
        case syntax.And(operands=operands) | syntax.Or(operands=operands):
            parts = [fixed(w, operand, stage) for operand in operands]
            strong = isinstance(node, syntax.Or)
            return strong if strong in parts else None if None in parts else not strong
        case syntax.Not(operand=operand):
            inner = fixed(w, operand, stage)
            return None if inner is None else not inner
        case syntax.Quantified() if node.quantifier != "at least":
            each = [fixed(w, part, None) for part in quantified(w, node)]
            strong = node.quantifier == "any"
            return strong if strong in each else None if None in each else not strong
        case syntax.Comparison():
            linear = difference(w, node, stage)
            return None if linear is None else same_at_every_level(w, linear, node.operator)
        case _:
            return None


def same_at_every_level(w: World, linear: Linear, operator: str) -> bool | None:
    """The value of a comparison of one category or control that is the same at all its levels; None for any other."""
    terms = [variable for variable, factor in linear.items() if variable and factor]
    if len(terms) != 1 or terms[0][0] not in ("category", "control"):
        return None
    kind, name = terms[0][:2]
    ladder = w.categories[name].ladder if kind == "category" else w.controls[name].ladder
    count = len(w.ladders[ladder.text]) if ladder else 1
    places = range(count) if kind == "category" else range(-1, count)
    factor, rest = linear[terms[0]], linear.get(NOTHING, Fraction(0))
    held = {compared(operator, *[factor * place + rest] * 2) for place in places}
    first = next(iter(held))
    return None if len(held) > 1 else first[0]


def compared_with(w: World, linear: Linear, operator: str) -> Iterator[Variable]:
    """What a comparison depends on: of a category what decides the levels at which the comparison turns."""
    terms = [variable for variable, factor in linear.items() if variable and factor]
    for variable in terms:
        ladder = w.categories[variable[1]].ladder if variable[0] == "category" else None
        if variable[0] == "control":
            ladder = w.controls[variable[1]].ladder
            places = range(-1, len(w.ladders[ladder.text]) if ladder else 1)
        elif ladder is not None:
            places = range(len(w.ladders[ladder.text]))
        else:
            continue
        alone = len(terms) == 1
        held = [compared(operator, *[linear[variable] * p + linear.get(NOTHING, Fraction(0))] * 2) for p in places]
        turns = [p for p, now, then in zip(places[1:], held[1:], held, strict=False) if now != then or not alone]
        if turns and variable[0] == "category":
            yield from category(w, variable, min(turns))
        elif turns:
            yield from control(w, variable[1])


def category(w: World, variable: Variable, lowest: int) -> Iterator[Variable]:
    """A category at a stage, and what its clauses for a level or above depend on."""
    _, name, stage = variable
    yield variable
    for clause in w.categories[name].clauses:
        place = place_of(w, w.categories[name].ladder.text, clause.level.text)
        if place is not None and place >= lowest:
            yield from mentions(w, clause.condition, stage)


def control(w: World, name: str) -> Iterator[Variable]:
    """A control, and what its condition depends on."""
    yield ("control", name)
    condition = w.controls[name].holds
    yield from mentions(w, condition, None) if condition is not None else ()
