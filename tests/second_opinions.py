"""Second opinions on formulas: cvc5, and every assignment one by one. Neither shares a line with what it judges.

A table has one column of truth for every formula: bit `n` says whether the formula is true of the `n`-th assignment.
Atoms are valued by `assignments.holds` on the choices that they ask about alone; the rest is arithmetic on bits.
"""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

import cvc5

from assignments import holds
from policylang.analysis.formula import Chosen, Formulas, Key, Reach
from policylang.analysis.space import Choice, How, Side, Space
from policylang.kinds import Kind

RESOURCES = 100_000
"""What one question to cvc5 may take: about a second."""

HOWS: tuple[How, ...] = ("nothing", "exact", "shown", "interval")


class Undecided(Exception):
    """No second opinion: cvc5 gave up."""


# Every assignment


def keys_of(formulas: Formulas, formula: int) -> list[Key]:
    """Every input and fact that a formula asks about, sorted."""
    found: set[Key] = set()
    for atom in formulas.atoms(formula):
        found |= {atom.key} if isinstance(atom, Chosen) else {key for key, _ in atom.terms}
    return sorted(found)


def adds(formulas: Formulas, formula: int) -> bool:
    """Whether a formula asks about a sum of inputs."""
    return any(isinstance(atom, Reach) and len(atom.terms) > 1 for atom in formulas.atoms(formula))


def count(space: Space, formulas: Formulas, formula: int) -> int:
    """How many assignments a formula has, by the choices of its space."""
    return math.prod(len(space.variable(key).choices) for key in keys_of(formulas, formula))


class Table:
    """All assignments of choices to the inputs and facts of a formula."""

    def __init__(self, space: Space, formulas: Formulas, choices: Mapping[Key, Sequence[Choice]]) -> None:
        """The choices that each input and fact has; the last changes fastest."""
        self.space, self.formulas = space, formulas
        self.choices = {key: tuple(choices[key]) for key in sorted(choices)}
        self.size = math.prod(len(found) for found in self.choices.values())
        self.every = (1 << self.size) - 1
        self.masks = dict(self._masks())

    @classmethod
    def of(cls, space: Space, formulas: Formulas, formula: int) -> "Table":
        """Of one formula, with the choices of its space."""
        return cls(space, formulas, {key: space.variable(key).choices for key in keys_of(formulas, formula)})

    def _masks(self) -> Iterator[tuple[tuple[Key, int], int]]:
        """The assignments in which something has one of its choices."""
        run = self.size
        for key, choices in self.choices.items():
            block, run = run, run // len(choices)
            times = self.every // ((1 << block) - 1)  # a one at the begin of every block
            for index in range(len(choices)):
                yield (key, index), (((1 << run) - 1) << (index * run)) * times

    def assignment(self, number: int) -> dict[Key, Choice]:
        """The `number`-th assignment."""
        found = {}
        for key, choices in reversed(self.choices.items()):
            number, index = divmod(number, len(choices))
            found[key] = choices[index]
        return found

    def column(self, formula: int) -> int:
        """Of which assignments a formula is true."""
        columns: dict[int, int] = {}
        for part in self.formulas.below(formula):
            row = self.formulas[part]
            inner = [columns[p] for p in row.parts]
            match row.word:
                case "never" | "always":
                    columns[part] = self.every if row.word == "always" else 0
                case "atom":
                    columns[part] = self._atom(part)
                case "not":
                    columns[part] = self.every & ~inner[0]
                case "and":
                    columns[part] = _all(inner, self.every)
                case "or":
                    columns[part] = _any(inner)
                case "least":
                    columns[part] = _any(_all(some, self.every) for some in itertools.combinations(inner, row.least))
        return columns[formula]

    def _atom(self, formula: int) -> int:
        keys = keys_of(self.formulas, formula)
        found = 0
        for indices in itertools.product(*(range(len(self.choices[key])) for key in keys)):
            given = {key: self.choices[key][index] for key, index in zip(keys, indices, strict=True)}
            if holds(self.formulas, formula, given, self.space):
                found |= _all((self.masks[item] for item in zip(keys, indices, strict=True)), self.every)
        return found

    def region(self, way: Mapping[Key, frozenset[int]]) -> int:
        """The assignments in which everything that a way names has one of the choices it names."""
        return _all((_any(self.masks[key, index] for index in chosen) for key, chosen in way.items()), self.every)

    def least_cost(self, column: int) -> int:
        """The cost of the cheapest assignment in a column that is not empty."""
        costs = itertools.product(*([choice.cost for choice in choices] for choices in self.choices.values()))
        return min(sum(cost) for number, cost in enumerate(costs) if column >> number & 1)

    def share(self, column: int) -> Fraction:
        """The shares of the assignments in a column, each the product of the shares of its choices, together."""
        shares = itertools.product(*(self.space.variable(key).shares for key in self.choices))
        of_each = (math.prod(share, start=Fraction(1)) for share in shares)
        return sum((share for number, share in enumerate(of_each) if column >> number & 1), start=Fraction(0))


def _all(columns: Any, every: int) -> int:
    for column in columns:
        every &= column
    return every


def _any(columns: Any) -> int:
    found = 0
    for column in columns:
        found |= column
    return found


def values(space: Space, key: Key, step: Fraction) -> Iterator[Fraction]:
    """Multiples of a step that an input may have under every revision: all of a rate, thirty of what has no end."""
    sides = [side for side in space.sides(key) if side is not None]
    low = max(side.low for side in sides)
    high = min((side.high for side in sides if side.high is not None), default=low + 30 * step)
    if sides[0].kind is Kind.FINDING:
        step = Fraction(1)
    number = -(-low // step)
    while number * step <= high:
        if sides[0].kind is not Kind.COUNT or (number * step).denominator == 1:
            yield number * step
        number += 1


def grid(space: Space, formulas: Formulas, formula: int, steps: Mapping[Kind, Fraction]) -> dict[Key, list[Choice]]:
    """For a formula with sums: each input missing, or exact at every multiple of the step of its kind."""
    found: dict[Key, list[Choice]] = {}
    for key in keys_of(formulas, formula):
        found[key] = list(space.variable(key).choices)
        if key[0] == "measure":
            kind = space.side(key).kind
            step = steps[kind] if kind is not None else Fraction(1)
            exact = [space.choice(key, "exact", value, value) for value in values(space, key, step)]
            found[key] = [found[key][0], *exact]
    return found


def drawn_anywhere(space: Space, key: Key, rng: random.Random) -> Choice:
    """Anything that evidence may say of an input: any way to know it, values at, beside and between thresholds."""
    side = space.side(key)
    low, high = side.low, side.high
    edges = [end for cell in space.variable(key).cells for end in cell if end is not None]
    shift = rng.choice((Fraction(0), Fraction(1, 10**7), Fraction(-1, 10**7), Fraction(1), Fraction(1, 3)))
    picked = [rng.choice(edges) + shift, rng.choice(edges) * Fraction(rng.randint(0, 9), 7)]
    whole = side.kind in (Kind.COUNT, Kind.FINDING)
    kept = [Fraction(math.floor(value)) if whole else value for value in picked]
    lower, upper = sorted(max(low, value if high is None else min(value, high)) for value in kept)
    how = rng.choice(HOWS[:2] if side.measure is None else HOWS[:3] if side.kind is Kind.FINDING else HOWS)
    if how == "nothing":
        return space.choice(key, how, Fraction(0), Fraction(0))
    return space.choice(key, how, lower, upper if how == "interval" else lower)


# cvc5


def by_cvc5(space: Space, formulas: Formulas, formula: int) -> dict[Key, Choice] | None:
    """A model by cvc5, None when nothing makes the formula true; raises Undecided."""
    return _Cvc5(space, formulas).answer(formula)


class _Cvc5:
    """Facts are the number of what is recorded; inputs are two reals and the number of how they are known."""

    def __init__(self, space: Space, formulas: Formulas) -> None:
        self.space, self.formulas = space, formulas
        self.tm = cvc5.TermManager()
        self.solver = cvc5.Solver(self.tm)
        self.solver.setLogic("QF_LIRA")
        self.solver.setOption("produce-models", "true")
        self.solver.setOption("rlimit", str(RESOURCES))
        self.known: dict[Key, tuple[Any, ...]] = {}

    def answer(self, formula: int) -> dict[Key, Choice] | None:
        self.solver.assertFormula(self._term(formula))
        verdict = self.solver.checkSat()
        if verdict.isUnsat():
            return None
        if not verdict.isSat():
            raise Undecided(str(verdict))
        return {key: self._choice(key, terms) for key, terms in self.known.items()}

    def _choice(self, key: Key, terms: tuple[Any, ...]) -> Choice:
        number = self.solver.getValue(terms[0]).getIntegerValue()
        if len(terms) == 1:
            fact: Choice = self.space.variable(key).choices[number]
            return fact
        low, high = (self.solver.getValue(term).getRealValue() for term in terms[1:])
        how: How = HOWS[number]
        zero = Fraction(0)
        return self.space.choice(key, how, zero, zero) if how == "nothing" else self.space.choice(key, how, low, high)

    def _of(self, kind: str, *terms: Any) -> Any:
        return self.tm.mkTerm(getattr(cvc5.Kind, kind), *terms)

    def _join(self, kind: Literal["AND", "OR"], terms: Sequence[Any]) -> Any:
        return self._of(kind, *terms) if len(terms) > 1 else terms[0] if terms else self.tm.mkBoolean(kind == "AND")

    def _real(self, number: Fraction) -> Any:
        return self.tm.mkReal(number.numerator, number.denominator)

    def _is(self, number: Any, *these: int) -> Any:
        return self._join("OR", [self._of("EQUAL", number, self.tm.mkInteger(this)) for this in these])

    def _say(self, kind: str, *terms: Any) -> None:
        self.solver.assertFormula(self._of(kind, *terms))

    def _term(self, formula: int) -> Any:
        terms: dict[int, Any] = {}
        one, zero = self.tm.mkInteger(1), self.tm.mkInteger(0)
        for part in self.formulas.below(formula):
            row = self.formulas[part]
            inner = [terms[p] for p in row.parts]
            match row.word:
                case "never" | "always":
                    terms[part] = self.tm.mkBoolean(row.word == "always")
                case "atom":
                    terms[part] = self._fact(row.atom) if isinstance(row.atom, Chosen) else self._reach(row.atom)
                case "not":
                    terms[part] = self._of("NOT", *inner)
                case "and":
                    terms[part] = self._join("AND", inner)
                case "or":
                    terms[part] = self._join("OR", inner)
                case "least":
                    counted = self._of("ADD", *[self._of("ITE", p, one, zero) for p in inner])
                    terms[part] = self._of("GEQ", counted, self.tm.mkInteger(row.least))
        return terms[formula]

    def _fact(self, atom: Chosen) -> Any:
        choices = self.space.variable(atom.key).choices
        if atom.key not in self.known:
            number = self.tm.mkConst(self.tm.getIntegerSort(), str(atom.key))
            self._say("GEQ", number, self.tm.mkInteger(0))
            self._say("LT", number, self.tm.mkInteger(len(choices)))
            self.known[atom.key] = (number,)
        return self._is(self.known[atom.key][0], *(n for n, c in enumerate(choices) if c.value in atom.values))

    def _reach(self, atom: Any) -> Any:
        total, endless = [self._real(Fraction(0))], []
        for key, factor in atom.terms:
            side = self.space.side(key, atom.revision)
            is_low = (atom.end == "low") == (factor > 0)
            value, is_endless = self._end(side, self._input(key), is_low=is_low)
            total.append(self._of("MULT", self._real(factor), value))
            endless.append(is_endless)
        over = self._of("GT" if atom.strict else "GEQ", self._of("ADD", *total), self._real(atom.bound))
        if atom.end == "high":
            return self._of("OR", over, *endless)
        return self._of("AND", over, *(self._of("NOT", is_endless) for is_endless in endless))

    def _input(self, key: Key) -> tuple[Any, ...]:
        if key in self.known:
            return self.known[key]
        sides = [side for side in self.space.sides(key) if side is not None]
        how = self.tm.mkConst(self.tm.getIntegerSort(), f"{key} how")
        whole = sides[0].kind in (Kind.COUNT, Kind.FINDING)
        sort = self.tm.getIntegerSort() if whole else self.tm.getRealSort()
        ends = [self.tm.mkConst(sort, f"{key} {end}") for end in ("low", "high")]
        low, high = [self._of("TO_REAL", end) for end in ends] if whole else ends
        is_interval = self._is(how, 3)
        self.solver.assertFormula(self._of("ITE", is_interval, self._of("LT", low, high), self._of("EQUAL", low, high)))
        ways = (0,) if key[0] == "parameter" else (0, 1) if sides[0].measure is None else (0, 1, 2, 3)
        self.solver.assertFormula(self._is(how, *(ways[:3] if sides[0].kind is Kind.FINDING else ways)))
        for side in sides:
            inside = [self._of("GEQ", low, self._real(side.low))]
            inside += [] if side.high is None else [self._of("LEQ", high, self._real(side.high))]
            self._say("OR", self._is(how, 0), self._join("AND", inside))
        self.known[key] = how, low, high
        return self.known[key]

    def _end(self, side: Side, terms: tuple[Any, ...], *, is_low: bool) -> tuple[Any, Any]:
        """The least or the greatest value that an input may have, and whether it may be anything upwards."""
        how, low, high = terms
        measure = side.measure
        shown = low if is_low else high
        is_safe = measure is not None and (measure.worse == "higher") != is_low
        margin = measure.margin if measure is not None and measure.margin is not None else Fraction(0)
        unlimited: tuple[int, ...] = (0, 2) if is_safe else (0,)
        if measure is not None and is_safe and measure.margin_unspecified:
            unlimited = (0, 1, 2, 3)
        limit = side.low if is_low else side.high
        value = self._of("SUB" if is_low else "ADD", shown, self._real(margin)) if is_safe else shown
        is_unlimited = self._is(how, *unlimited)
        if limit is None:
            return value, is_unlimited
        edge = self._real(limit)
        outside = self._of("LT" if is_low else "GT", value, edge)
        return self._of("ITE", self._of("OR", is_unlimited, outside), edge, value), self.tm.mkBoolean(val=False)
