"""What a condition of the oracle depends on: the categories, each at a stage, and the controls that can change it."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

from oracle_conditions import difference, quantified, wanted_of
from oracle_world import NOTHING, Linear, Variable, World, compared, once, place_of
from policylang import syntax


@once
def mentions(w: World, node: syntax.Expression, stage: str | None) -> frozenset[Variable]:
    """The categories and controls a condition depends on, through definitions and through each other."""
    return frozenset(mentioned(w, node, stage))


def mentioned(w: World, node: syntax.Expression, stage: str | None) -> Iterator[Variable]:
    """What a condition depends on, one after the other."""
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


@once
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
        case syntax.Quantified():
            each = [fixed(w, part, None) for part in quantified(w, node)]
            wanted = wanted_of(node, len(each))
            return True if each.count(True) >= wanted else False if len(each) - each.count(False) < wanted else None
        case syntax.Reference(name=syntax.Name(text=name)) if name in w.definitions:
            return fixed(w, w.definitions[name].condition, None)
        case syntax.Reference(name=syntax.Name(text=name)) if name in w.controls:
            places = control_places(w, name)
            return places == [0] if len(places) == 1 else None
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
    places = possible_places(w, terms[0]) if kind == "category" else control_places(w, name)
    factor, rest = linear[terms[0]], linear.get(NOTHING, Fraction(0))
    held = {compared(operator, *[factor * place + rest] * 2) for place in places}
    first = next(iter(held))
    return None if len(held) > 1 else first[0]


def control_places(w: World, name: str) -> list[int]:
    """The levels a control may hold at; -1, not at all, alone where it is undefined or its condition never is so."""
    control_ = w.controls[name]
    held = True if control_.holds is None else fixed(w, control_.holds, None)
    if control_.undefined or held is False or (control_.attested is None and control_.holds is None):
        return [-1]
    if control_.attested is None:
        return [0] if held else [-1, 0]
    return list(range(-1, len(w.ladders[control_.ladder.text]) if control_.ladder else 1))


def possible_places(w: World, variable: Variable) -> list[int]:
    """The levels a category may be at: from one whose condition always holds, to the highest that anything leads to."""
    _, name, stage = variable
    category = w.categories[name]
    top = len(w.ladders[category.ladder.text]) - 1
    found = [(place_of(w, category.ladder.text, c.level.text), fixed(w, c.condition, stage)) for c in category.clauses]
    least = max([place for place, value in found if value is True and place is not None], default=0)
    if category.assessed is None and category.clauses:
        top = max([place for place, value in found if value is not False and place is not None], default=0)
    return list(range(least, max(least, top) + 1))


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
