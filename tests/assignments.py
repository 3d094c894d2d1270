"""Formulas valued on one assignment, slowly and obviously: the reference for diagrams and solvers."""

import random
from collections.abc import Mapping
from fractions import Fraction

from policylang.analysis.formula import Chosen, Formulas, Key, Reach
from policylang.analysis.space import NOTHING, Choice, Space


def holds(formulas: Formulas, formula: int, given: Mapping[Key, Choice], space: Space) -> bool:
    """Whether a formula is true of an assignment; what is not there is not given."""
    values: dict[int, bool] = {}
    for part in formulas.below(formula):
        row = formulas[part]
        inner = [values[p] for p in row.parts]
        match row.word:
            case "never" | "always":
                values[part] = row.word == "always"
            case "atom":
                assert row.atom is not None
                values[part] = _atom(row.atom, given, space)
            case "not":
                values[part] = not inner[0]
            case "and":
                values[part] = all(inner)
            case "or":
                values[part] = any(inner)
            case "least":
                values[part] = sum(inner) >= row.least
    return values[formula]


def _atom(atom: Reach | Chosen, given: Mapping[Key, Choice], space: Space) -> bool:
    if isinstance(atom, Chosen):
        return given.get(atom.key, NOTHING).value in atom.values
    total: Fraction | None = Fraction(0)
    for key, factor in atom.terms:
        choice = given.get(key) or space.choice(key, "nothing", Fraction(0), Fraction(0))
        low, high = choice.ends[atom.revision]
        end = low if (atom.end == "low") == (factor > 0) else high
        total = None if total is None or end is None else total + factor * end
    return atom.over(total, if_open=atom.end == "high")


def drawn(space: Space, rng: random.Random) -> dict[Key, Choice]:
    """A random choice for every input and fact of a space."""
    found = {}
    for key in list(space.rank):
        variable = space.variable(key)
        if not variable.is_sum:
            found[key] = rng.choice(variable.choices)
    return found
