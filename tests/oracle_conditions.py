"""The oracle's conditions: what holds definitely and what possibly, of measures, levels, controls and events."""

from fractions import Fraction

from oracle_readings import (
    interval_of,
)
from oracle_world import (
    INFINITY,
    NOTHING,
    OPEN,
    YES,
    Bound,
    Interval,
    Linear,
    Pair,
    Variable,
    World,
    added,
    at_least,
    combined,
    compared,
    conjunction,
    facts_of,
    ladder_of,
    lasts,
    negation,
    occurrences,
    once,
    place_of,
    quantity_of,
    standing,
    texts,
    truth,
    unexpired,
)
from policylang import syntax
from policylang.evidence.facts import Fact


@once
def holds(w: World, node: syntax.Expression, stage: str | None) -> Pair:
    """A condition as (definitely, possibly); `stage` is the stage being judged inside a category."""
    match node:
        case syntax.And():
            return conjunction(holds(w, operand, stage) for operand in node.operands)
        case syntax.Or():
            return at_least(1, (holds(w, operand, stage) for operand in node.operands))
        case syntax.Not():
            return negation(holds(w, node.operand, stage))
        case syntax.Comparison():
            linear = difference(w, node, stage)
            return OPEN if linear is None else compared(node.operator, *extent(w, linear))
        case syntax.Quantified():
            parts = quantified(w, node)
            return at_least(wanted_of(node, len(parts)), (holds(w, part, None) for part in parts))
        case syntax.Reference():
            return named(w, node, stage)
        case _:
            raise AssertionError(node)


def named(w: World, node: syntax.Reference, stage: str | None) -> Pair:
    """A definition, an event (has it happened), a control (does it hold), or a finding (is it yes)."""
    name = node.name.text
    if name in w.definitions:
        return holds(w, w.definitions[name].condition, None)
    if name in w.events:
        return truth(bool(occurrences(w, name)))
    if name in w.controls:
        return compared(">=", *control_levels(w, name))
    low, high = value_of(w, measure_variable(w, node, stage))
    return compared(">=", low - 1, high - 1)


def measure_variable(w: World, node: syntax.Reference, stage: str | None) -> Variable:
    """`measure.stage`; inside a category its value at the stage being judged; unstaged, no stage."""
    if w.measures[node.name.text].unstaged:
        return ("measure", node.name.text, "")
    return ("measure", node.name.text, node.stage.text if node.stage else stage or "")


@once
def quantified(w: World, node: syntax.Quantified) -> list[syntax.Expression]:
    """The comparison for each category that is not excepted and whose ladder has the level."""
    excepted = texts(node.excepted)
    found: list[syntax.Expression] = []
    for name, category in w.categories.items():
        known = node.level.text in w.values or node.level.text in w.ladders[category.ladder.text]
        if name not in excepted and known:
            left = syntax.Reference(name=category.name, stage=node.stage)
            right = syntax.Reference(name=node.level)
            found.append(syntax.Comparison(operator=node.operator, left=left, right=right))
    return found


def wanted_of(node: syntax.Quantified, total: int) -> int:
    """How many of the categories a quantifier asks for."""
    return node.count or 0 if node.quantifier == "at least" else 1 if node.quantifier == "any" else total


@once
def difference(w: World, node: syntax.Comparison, stage: str | None) -> Linear | None:
    """`left - right`; None when a level in it is left open: then it may or may not be so."""
    ladder = ladder_of(w, node.left) or ladder_of(w, node.right)
    left, right = (linear_of(w, side, stage, ladder) for side in (node.left, node.right))
    return None if left is None or right is None else added(left, right, Fraction(-1))


def linear_of(w: World, node: syntax.Expression, stage: str | None, ladder: str | None) -> Linear | None:
    """An expression as factors of its variables; a parameter that is left open is one of them."""
    match node:
        case syntax.Literal_():
            return {NOTHING: node.quantity.value}
        case syntax.Negative():
            operand = linear_of(w, node.operand, stage, ladder)
            return None if operand is None else added({}, operand, Fraction(-1))
        case syntax.Arithmetic():
            left, right = (linear_of(w, side, stage, ladder) for side in (node.left, node.right))
            return None if left is None or right is None else combined(node.operator, left, right)
        case syntax.Reference():
            return term(w, node, stage, ladder)
        case _:
            raise AssertionError(node)


def term(w: World, node: syntax.Reference, stage: str | None, ladder: str | None) -> Linear | None:
    """A level, a parameter, `attempts`, or the value of a measure, category or control."""
    name = node.name.text
    if ladder is not None and name in w.ladders[ladder]:
        return {NOTHING: Fraction(w.ladders[ladder].index(name))}
    if name in w.values:
        place = place_of(w, ladder, name) if ladder is not None else None
        quantity = quantity_of(w, node.name)
        value = Fraction(place) if place is not None else quantity.value if quantity else None
        if value is None:
            return {("parameter", name): Fraction(1)} if ladder is None else None
        return {NOTHING: value}
    if name in w.measures:
        return {measure_variable(w, node, stage): Fraction(1)}
    if name in w.categories:
        return {("category", name, node.stage.text if node.stage else stage or ""): Fraction(1)}
    return {("control", name) if name in w.controls else ("attempts",): Fraction(1)}


def value_of(w: World, variable: Variable) -> Interval:
    """The interval of what a linear expression may mention."""
    match variable:
        case ("measure", name, stage):
            return interval_of(w, name, stage)
        case ("category", name, stage):
            low, high = levels_of(w, name, stage)
            return (Fraction(low), Fraction(high))
        case ("control", name):
            low, high = control_levels(w, name)
            return (Fraction(low), Fraction(high))
        case ("parameter", name):
            return parameter_domain(w, name)
        case ("attempts",):
            attempt = w.subject.attempt
            return (Fraction(0), INFINITY) if attempt is None else (Fraction(attempt), Fraction(attempt))
        case _:
            return (Fraction(1), Fraction(1))


def extent(w: World, linear: Linear) -> Interval:
    """The exact range of a linear expression over the intervals of its variables."""
    low: Bound = Fraction(0)
    high: Bound = Fraction(0)
    for variable, factor in linear.items():
        if factor:
            ends = sorted(factor * end for end in value_of(w, variable))
            low, high = low + ends[0], high + ends[1]
    return (low, high)


def parameter_domain(w: World, name: str) -> Interval:
    """What a parameter that is left open may come to be: the whole of its kind."""
    kind = w.parameters[name].type
    if kind.name.text == "score":
        return (kind.low or Fraction(0), kind.high or Fraction(0))
    return (Fraction(0), Fraction(1) if kind.name.text == "rate" else INFINITY)


@once
def levels_of(w: World, name: str, stage: str) -> tuple[int, int]:
    """From the highest level definitely reached to the highest possibly reached; the lowest always is.

    An assessment may raise the measured level and never lowers it. Only assessed: that level, or the whole ladder.
    """
    category = w.categories[name]
    assessed = assessed_level(w, name, stage)
    if not category.clauses and assessed is None:
        return (0, len(w.ladders[category.ladder.text]) - 1)
    low = high = assessed or 0
    for clause in category.clauses:
        place = place_of(w, category.ladder.text, clause.level.text)
        assert place is not None
        definitely, possibly = holds(w, clause.condition, stage)
        low = max(low, place if definitely else 0)
        high = max(high, place if possibly else 0)
    return (low, high)


def assessed_level(w: World, name: str, stage: str) -> int | None:
    """The level of the latest accepted assessment; on the same date the highest."""
    ladder = w.ladders[w.categories[name].ladder.text]
    facts = standing(assessments(w, name, stage))
    return max((ladder.index(fact.level or "") for fact in facts), default=None)


def assessments(w: World, name: str, stage: str) -> list[Fact]:
    """Assessments of a category at a stage by the role the policy names, unexpired."""
    role = w.categories[name].assessed
    found = [f for f in facts_of(w, "assessment", name) if (f.stage or "") == stage and unexpired(w, f)]
    return [fact for fact in found if role is not None and fact.by == role.text]


def attestations(w: World, name: str) -> list[Fact]:
    """Attestations of a control by the role the policy names, within their validity and unexpired."""
    attested = w.controls[name].attested
    if attested is None:
        return []
    found = [f for f in facts_of(w, "attestation", name) if f.by == attested.role.text and unexpired(w, f)]
    return [fact for fact in found if lasts(w, fact.at, attested.valid)]


def attested_level(w: World, name: str) -> int:
    """The level a control is attested at: the latest, on the same date the lowest; -1 when it is not."""
    ladder = w.controls[name].ladder
    levels = w.ladders[ladder.text] if ladder else []
    found = standing(attestations(w, name))
    return min((levels.index(fact.level) if fact.level in levels else 0 for fact in found), default=-1)


@once
def control_levels(w: World, name: str) -> tuple[int, int]:
    """The level a control definitely and possibly holds at, -1 for not at all.

    `undefined` never holds; `attested by` needs an attestation, `holds when` needs its condition, both need both.
    """
    control = w.controls[name]
    if control.undefined or (control.attested is None and control.holds is None):
        return (-1, -1)
    level = 0 if control.attested is None else attested_level(w, name)
    definitely, possibly = YES if control.holds is None else holds(w, control.holds, None)
    return (level if definitely else -1, level if possibly else -1)
