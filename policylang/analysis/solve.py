"""Where conditions add or scale measures: the same formulas put to z3 over linear real arithmetic.

The only room that knows z3. Every measure is a pair of real numbers (between what is shown and what is possible), every
fact one value of a few. A seed and a limit on steps, not on time, are fixed, and every question has a context of its
own, so that an answer depends neither on the machine nor on what was asked before. What z3 cannot settle within the
limit is unknown, and raises.
"""

import functools
import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

from policylang.analysis.diagram import Model
from policylang.analysis.formula import Atom, Chosen, Formulas, Key, Reach
from policylang.analysis.space import Choice, Space
from policylang.kinds import Kind

STEPS = 20_000_000
"""How many steps of z3 one question may take: some seconds."""


class Unknown(Exception):
    """A question was not settled; the text says why."""


def find(space: Space, formulas: Formulas, formula: int, *, steps: int = STEPS) -> Model | None:
    """Evidence that makes a formula true, with little to say; None when nothing does. Raises Unknown."""
    return _Question(space, formulas, steps).answer(formula)


@functools.cache
def _z3() -> Any:
    """The solver, when it is first needed: loading it takes a tenth of a second."""
    try:
        import z3
    except ImportError:
        raise Unknown("conditions that add or scale measures need z3: pip install 'policylang[proof]'") from None
    return z3


class _Question:
    """One question to the solver."""

    def __init__(self, space: Space, formulas: Formulas, steps: int) -> None:
        self.z3 = _z3()
        self.context = self.z3.Context()
        self.space = space
        self.formulas = formulas
        self.solver = self.z3.SolverFor("QF_LIRA", ctx=self.context)
        self.solver.set("random_seed", 0)
        self.solver.set("rlimit", steps)
        self.numbers: dict[Key, tuple[Any, Any, Any, Any]] = {}  # lower and upper value, is missing, qualifies
        self.facts: dict[Key, dict[str, Any]] = {}
        self.found: Any = None  # z3's model of the last question that had one

    def answer(self, formula: int) -> Model | None:
        self.solver.add(self._terms(formula))
        if not self._can():
            return None
        with suppress(Unknown):  # then the model so far is a model, only less plain
            self._tidy()
        return self._model()

    def _tidy(self) -> None:
        """A model that says as little as can be, in numbers with few digits."""
        pins: list[Any] = []
        for pin in self._plain():
            if self._can(*pins, pin):
                pins.append(pin)
        for key in self.numbers:
            for pin in self._round(key):
                if self._can(*pins, pin):
                    pins.append(pin)
                    break

    def _can(self, *pins: Any) -> bool:
        verdict = self.solver.check(*pins)
        if verdict == self.z3.unknown:
            raise Unknown(f"z3 gave up: {self.solver.reason_unknown()}")
        if verdict == self.z3.sat:
            self.found = self.solver.model()
        return bool(verdict == self.z3.sat)

    # From formulas to terms

    def _terms(self, formula: int) -> Any:
        z3 = self.z3
        done: dict[int, Any] = {}
        for part in self.formulas.below(formula):
            row = self.formulas[part]
            inner = [done[p] for p in row.parts]
            match row.word:
                case "never" | "always":
                    done[part] = z3.BoolVal(row.word == "always", self.context)
                case "atom":
                    assert row.atom is not None  # a row of this word has one
                    done[part] = self._atom(row.atom)
                case "not":
                    done[part] = z3.Not(*inner)
                case "and":
                    done[part] = z3.And(*inner)
                case "or":
                    done[part] = z3.Or(*inner)
                case _:
                    done[part] = z3.PbGe([(p, 1) for p in inner], row.least)
        return done[formula]

    def _atom(self, atom: Atom) -> Any:
        z3 = self.z3
        if isinstance(atom, Chosen):
            recorded = self._fact(atom.key)
            some = [recorded[value] for value in sorted(v for v in atom.values if v is not None)]
            return self._any([*some, z3.Not(self._any(recorded.values()))] if None in atom.values else some)
        total, open_ends = self._real(Fraction(0)), []
        for key, factor in atom.terms:
            value, is_open = self._end(key, atom, is_low=(atom.end == "low") == (factor > 0))
            total = total + self._real(factor) * value
            open_ends.append(is_open)
        bound, is_strict = atom.bound, atom.strict
        if all(self._is_whole(key, factor, atom.revision) for key, factor in atom.terms):  # so is the sum
            bound, is_strict = Fraction(math.floor(bound) + 1 if is_strict else math.ceil(bound)), False
        over = total > self._real(bound) if is_strict else total >= self._real(bound)
        has_no_end = z3.Or(*open_ends)
        return z3.Or(has_no_end, over) if atom.end == "high" else z3.And(z3.Not(has_no_end), over)

    def _is_whole(self, key: Key, factor: Fraction, revision: int) -> bool:
        """Whether an input times its factor is a whole number, whatever is known of it."""
        side = self.space.side(key, revision)
        margin = side.measure.margin if side.measure is not None else None
        fixed = (factor, side.low, side.high or Fraction(0), margin or Fraction(0))
        return side.kind is Kind.COUNT and all(number.denominator == 1 for number in fixed)

    def _fact(self, key: Key) -> dict[str, Any]:
        if key not in self.facts:
            values = [choice.value for choice in self.space.variable(key).choices if choice.value is not None]
            found = {value: self.z3.Bool(f"{key} {value}", self.context) for value in values}
            if found:
                self.solver.add(self.z3.AtMost(*found.values(), 1))
            self.facts[key] = found
        return self.facts[key]

    def _number(self, key: Key) -> tuple[Any, Any, Any, Any]:
        if key not in self.numbers:
            z3 = self.z3
            side = self.space.side(key)
            sort = z3.IntSort(self.context) if side.kind is Kind.COUNT else z3.RealSort(self.context)
            low, high = (z3.Const(f"{key} {end}", sort) + self._real(Fraction(0)) for end in ("low", "high"))
            missing, qualifies = (z3.Bool(f"{key} is {how}", self.context) for how in ("missing", "qualifies"))
            said = [low <= high, z3.Or(qualifies, low == high)]  # what does not qualify shows one value
            for each in self.space.sides(key):  # evidence is what every revision can read
                if each is not None:
                    said.append(low >= self._real(each.low))
                    said += [] if each.high is None else [high <= self._real(each.high)]
            if side.kind is Kind.FINDING:
                said += [low == high, z3.Or(low == 0, low == 1)]
            self.solver.add(z3.Or(missing, z3.And(*said)), z3.Implies(missing, z3.Not(qualifies)))
            if side.measure is None:  # attempts are stated or not; a parameter without value is never known
                known = missing if key[0] == "parameter" else z3.Or(missing, z3.And(qualifies, low == high))
                self.solver.add(known)
            self.numbers[key] = low, high, missing, qualifies
        return self.numbers[key]

    def _end(self, key: Key, atom: Reach, *, is_low: bool) -> tuple[Any, Any]:
        """The least or greatest value of an input under a revision, and whether it has no end."""
        z3, side = self.z3, self.space.side(key, atom.revision)
        low, high, missing, qualifies = self._number(key)
        measure = side.measure
        worse = "higher" if measure is None else measure.worse
        if (worse == "higher") == is_low:  # this end is what is shown
            value, limit, is_known = (low, side.low, z3.Not(missing)) if is_low else (high, side.high, z3.Not(missing))
        else:
            margin = self._real((measure.margin if measure is not None else None) or Fraction(0))
            moved = low - margin if is_low else high + margin
            limit = side.low if is_low else side.high
            if limit is not None:
                edge = self._real(limit)
                moved = z3.If(moved < edge, edge, moved) if is_low else z3.If(moved > edge, edge, moved)
            is_never = measure is not None and bool(measure.margin_unspecified)
            value, is_known = moved, self._never() if is_never else qualifies
        if limit is None:
            return value, z3.Not(is_known)
        return z3.If(is_known, value, self._real(limit)), self._never()

    def _real(self, number: Fraction) -> Any:
        return self.z3.RealVal(f"{number.numerator}/{number.denominator}", self.context)

    def _never(self) -> Any:
        return self.z3.BoolVal(val=False, ctx=self.context)

    def _any(self, terms: Iterable[Any]) -> Any:
        return self.z3.Or(self._never(), *terms)

    # From a model to evidence

    def _plain(self) -> Iterator[Any]:
        """What one would rather say: exact values, then nothing at all."""
        z3 = self.z3
        for low, high, missing, qualifies in self.numbers.values():
            yield z3.Or(missing, z3.And(qualifies, low == high))
        for low, high, missing, qualifies in self.numbers.values():
            yield missing
            yield z3.And(qualifies, low == high)
        for recorded in self.facts.values():
            yield z3.Not(self._any(recorded.values()))

    def _round(self, key: Key) -> Iterator[Any]:
        """Values with few digits near those of the model."""
        low, high, *_ = self.numbers[key]
        values = [_fraction(self.found.eval(number, model_completion=True)) for number in (low, high)]
        for digits in (0, 1, 2, 3, 4, 6):
            for shift in (0, 1, -1):
                near = [Fraction(round(v * 10**digits) + shift, 10**digits) for v in values]
                yield self.z3.And(low == self._real(near[0]), high == self._real(near[1]))

    def _model(self) -> Model:
        def so(term: Any) -> bool:
            return bool(self.z3.is_true(self.found.eval(term, model_completion=True)))

        found: dict[Key, Choice] = {}
        for key, (low, high, missing, qualifies) in self.numbers.items():
            if key[0] == "parameter":
                continue
            ends = [_fraction(self.found.eval(number, model_completion=True)) for number in (low, high)]
            how = "nothing" if so(missing) else "shown" if not so(qualifies) else "interval"
            if how == "interval" and ends[0] == ends[1]:
                how = "exact"
            found[key] = self.space.choice(key, how, ends[0], ends[1])  # type: ignore[arg-type]  # one of the four
        for key, recorded in self.facts.items():
            value = next((value for value, is_recorded in recorded.items() if so(is_recorded)), None)
            found[key] = Choice(how="nothing" if value is None else "fact", value=value)
        return found


def _fraction(value: Any) -> Fraction:
    return Fraction(value.numerator_as_long(), value.denominator_as_long())
