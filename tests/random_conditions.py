"""Random conditions, well-typed where they stand."""

from collections.abc import Callable
from dataclasses import dataclass

from random_vocabulary import GRIDS, GUARDS, OPERATORS, OPPOSITE_SIDE, RISKS, WORSE_OPERATORS, Gauge, Vocabulary


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a condition stands: inside a category, over measures alone, in a rule; and what it may not contain."""

    kind: str  # "category", "plain" or "rule"
    dated: bool = False  # all that it mentions has a date, so that a clock can start
    side: str = "worse"  # in a monotone policy, the direction that may make it true: "worse" or "better"


def condition(v: Vocabulary, place: Place, depth: int = 2) -> str:
    """A random condition that may stand at a place."""
    if depth > 0 and v.chance(0.45):
        parts = [condition(v, place, depth - 1) for _ in range(v.rng.choice((2, 2, 3)))]
        text = v.rng.choice((" and ", " or ")).join(parts)
        return f"({text})"
    if not v.shape.monotone and v.chance(0.15):
        return f"not {measured(v, place) if place.dated else condition(v, place, 0)}"
    return v.rng.choice(atoms(v, place))()


def top(v: Vocabulary, place: Place, depth: int = 2) -> str:
    """A condition without the parentheses around all of it."""
    text = condition(v, place, depth)
    whole = text.startswith("(") and text.count("(") == 1
    return text[1:-1] if whole and text.endswith(")") else text


def atoms(v: Vocabulary, place: Place) -> list[Callable[[], str]]:
    """What a condition at a place may be made of, the likelier the more often."""
    plain: list[Callable[[], str]] = [lambda: measured(v, place)] * 5
    if place.side == "worse" or not v.shape.monotone:
        plain.append(lambda: v.rng.choice(v.events))
    if v.facts:
        plain.append(lambda: v.rng.choice(v.facts))
    if not place.dated and (place.side == "worse" or not v.shape.monotone):
        plain.append(lambda: f"attempts {operator(v, 'higher', place)} {v.rng.choice((2, 3))}")
    if place.kind == "plain":
        return plain
    held: list[Callable[[], str]] = []
    if not v.shape.monotone and v.controls:
        held = [lambda: control_holds(v)]
    if place.kind == "category":
        return plain * 2 + (held if not place.dated else [])
    levels: list[Callable[[], str]] = [lambda: level_reached(v, place), lambda: quantified(v, place)]
    levels += [lambda: v.rng.choice(v.states)] if v.states and not place.dated else []
    return plain + levels * 4 + (held * 2 if not place.dated else [])


def operator(v: Vocabulary, worse: str, place: Place) -> str:
    """An operator; in a monotone policy only one that points where it may."""
    if not v.shape.monotone:
        return v.rng.choice(OPERATORS)
    return v.rng.choice(WORSE_OPERATORS[worse if place.side == "worse" else OPPOSITE_SIDE[worse]])


def named(v: Vocabulary, gauge: Gauge, place: Place) -> str:
    """A measure as a condition at a place mentions it."""
    if gauge.unstaged or not v.stages or place.kind == "category":
        return gauge.name
    return f"{gauge.name}.{v.rng.choice(v.stages)}"


def measured(v: Vocabulary, place: Place) -> str:
    """A finding, or a comparison of a measure or of a linear expression of several."""
    gauge = v.rng.choice(v.measures)
    name = named(v, gauge, place)
    if gauge.kind == "finding":
        return name if not v.shape.monotone or (gauge.worse == "higher") == (place.side == "worse") else f"not {name}"
    sign = operator(v, gauge.worse, place)
    threshold = v.rng.choice((*GRIDS[gauge.kind], *v.parameters.get(gauge.kind, ())))
    others = [m for m in v.measures if m.kind == gauge.kind and m.worse == gauge.worse]
    other = named(v, v.rng.choice(others if v.shape.repeats else [m for m in others if m != gauge] or [gauge]), place)
    if not v.chance(0.25) or (other == name and not v.shape.repeats):
        return f"{name} {sign} {threshold}"
    if v.shape.monotone:
        return v.rng.choice((f"{name} + {other} {sign} {threshold}", f"2 * {name} {sign} {threshold}"))
    forms = [
        f"{name} {sign} 2 * {other}",
        f"{name} / 2 + {other} {sign} {threshold}",
        f"{threshold} {sign} {name}",
        f"2 * {name} - {other} {sign} {threshold}",
    ]
    if name != other:  # else nothing would be left to compare
        forms.append(f"{name} - {other} {sign} {threshold}")
        forms.append(f"1.5 * ({name} - {other}) {sign} {threshold}")
        forms.append(f"-{name} + {other} {sign} {threshold}")
        forms.append(f"{name} {sign} {other}")
    return v.rng.choice(forms)


def control_holds(v: Vocabulary) -> str:
    """A control, or a comparison of its level."""
    name = v.rng.choice(sorted(v.controls))
    if not v.controls[name] or v.chance(0.2):
        return name
    return f"{name} {v.rng.choice(OPERATORS)} {v.rng.choice((*GUARDS, *v.parameters.get('guard', ())))}"


def level_reached(v: Vocabulary, place: Place) -> str:
    """A comparison of a category's level."""
    name = v.rng.choice(sorted(v.categories))
    ladder = v.categories[name]
    named_levels = v.parameters.get("risk", []) if ladder == RISKS else []
    stage = f".{v.rng.choice(v.stages)}" if v.stages else ""
    return f"{name}{stage} {operator(v, 'higher', place)} {v.rng.choice((*ladder[1:], *ladder[1:], *named_levels))}"


def quantified(v: Vocabulary, place: Place) -> str:
    """A quantifier over the categories on the ladder of risks."""
    on = [name for name, ladder in v.categories.items() if ladder == RISKS]
    excepted = [name for name in v.categories if name not in on]
    excepted += [v.rng.choice(on)] if len(on) > 1 and v.chance(0.25) else []
    quantifier = v.rng.choice(("any", "any", "all", f"at least {v.rng.randint(1, len(v.categories) - len(excepted))}"))
    text = f"{quantifier} category" + (f" except {', '.join(excepted)}" if excepted else "")
    stage = f".{v.rng.choice(v.stages)}" if v.stages else ""
    return f"{text}{stage} {operator(v, 'higher', place)} {v.rng.choice(RISKS[1:])}"
