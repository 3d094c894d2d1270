"""The space of all evidence: for each input and fact, the finitely many things that evidence can say of it.

No policy tells apart two values of a measure between which none of its thresholds lies, so a measure has as many
distinct readings as there are cells between the thresholds of both revisions, in their order. Each cell has one value
that stands for it, chosen to be read by people, and each choice below is a piece of evidence that can be written down:

- nothing: the whole domain, as when nothing was measured;
- an exact value that qualifies, as a test gives it (the margin of a measure moves its safe end);
- a value that is shown by a reading that does not qualify: all that is worse stays possible;
- an interval, as counts give it.

Two choices that no atom tells apart are one, the plainest of them. A sum of several inputs has no such cells of its
own; here its ends are chosen as if they were free, which allows more than there is: what never happens here never
happens, and what may happen here is for the solver to say.
"""

import bisect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from policylang.analysis.formula import Atom, Chosen, Key, Reach
from policylang.decide.values import with_margin
from policylang.graph import nodes
from policylang.graph.nodes import Graph
from policylang.kinds import Kind

Ends = tuple[Fraction, Fraction | None]
How = Literal["nothing", "exact", "shown", "interval", "fact", "ends"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One thing that evidence can say of an input or a fact.

    Of an input: `how` it is known, and the values it is known by. Of a fact: what is recorded (`value`), or nothing.
    """

    how: How
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    value: str | None = None
    weight: int = 10  # of a fact: a waiver weighs more than doing what it waives
    ends: tuple[Ends, ...] = ()  # of an input: its least and greatest value under each revision

    @property
    def cost(self) -> int:
        """How much there is to say: what a test can say costs little, what no test can say costs more."""
        return {"nothing": 0, "exact": 10, "fact": self.weight, "shown": 100, "interval": 120, "ends": 10}[self.how]


NOTHING = Choice(how="nothing")

Place = tuple[tuple[int, int], ...]
"""Under each revision, how many cuts the least and the greatest value are over."""
Cell = tuple[Fraction, Fraction | None]
"""Exact values that nothing tells apart: all that are strictly between two, or one alone (both ends the same)."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """An input, a fact, or a sum of inputs, and the choices it has; `share` is how likely each is, summing to 1."""

    key: Key
    choices: tuple[Choice, ...]
    shares: tuple[Fraction, ...]
    is_sum: bool = False
    cells: tuple[Cell, ...] = ()  # of an input: the exact values, in order
    within: tuple[frozenset[int], ...] = ()  # for each choice, the cells whose exact values it stands for


Scores = Mapping[tuple[str, str], Sequence[Fraction]]
"""A stated distribution: for measures (at a stage, or "" for every stage) values that are equally likely."""


class Space:
    """The variables that the atoms of some policies, compared or alone, rest on."""

    def __init__(self, graphs: Sequence[Graph], scores: Scores | None = None) -> None:
        """All inputs of the graphs, with all of their thresholds."""
        self.graphs = tuple(graphs)
        self.scores = scores or {}
        self.rank: dict[Key, int] = {}
        self._cuts: dict[Key, set[tuple[Fraction, bool]]] = {}
        self._sums: dict[Key, set[tuple[Fraction, bool]]] = {}
        self._values: dict[Key, dict[str, None]] = {}
        self._variables: dict[Key, Variable] = {}
        self._masks: dict[Atom, tuple[bool, ...]] = {}
        self._inputs = tuple({input_key(item): item for item in graph.inputs} for graph in self.graphs)
        for index, graph in enumerate(self.graphs):
            self._take(index, graph)

    def _take(self, index: int, graph: Graph) -> None:
        keys = [input_key(item) for item in graph.inputs]
        for node in graph.nodes:
            if isinstance(node, nodes.Threshold):
                terms = tuple((keys[i], factor) for i, factor in node.terms)
                if len(terms) == 1:
                    self._cuts.setdefault(terms[0][0], set()).add((node.bound, node.strict))
                else:
                    self._sums.setdefault(self.sum_key(index, terms), set()).add((node.bound, node.strict))
        stages = ["", *(stage.name for stage in graph.stages)]
        for key in sorted(keys, key=lambda key: stages.index(key[2])):  # rules ask for any category at one stage
            self.rank.setdefault(key, len(self.rank))
        for key in self._sums:
            self.rank.setdefault(key, len(self.rank))
        for control in graph.controls:  # what may be recorded of a fact is the same for all policies, and known first
            if control.attested:
                self.fact(("attestation", control.name, control.attested), control.ladder or ("yes",))
        for category in graph.categories:
            for stage, _ in category.reached if category.assessed else ():
                self.fact(("assessment", category.name, stage or "", category.assessed), category.ladder)

    def sum_key(self, revision: int, terms: tuple[tuple[Key, Fraction], ...]) -> Key:
        """The key of a sum: revisions that move no end differently share it."""
        whose = self.whose(revision, (key for key, _ in terms))
        return ("sum", str(whose), " ".join(f"{factor} {'.'.join(map(str, key))}" for key, factor in terms))

    def whose(self, revision: int, keys: Iterable[Key]) -> int:
        """The first revision that makes of values of some inputs what this one does: its atoms are this one's."""
        keys = tuple(keys)
        own = [self._meaning(revision, key) for key in keys]
        return next(k for k in range(revision + 1) if [self._meaning(k, key) for key in keys] == own)

    def _meaning(self, revision: int, key: Key) -> tuple[object, ...] | None:
        item, measure = self._inputs[revision].get(key), self.graphs[revision].measure.get(key[1])
        if item is None or measure is None:
            return None if item is None else (item.low, item.high)
        return measure.kind, measure.low, measure.high, measure.worse, measure.margin, measure.margin_unspecified

    def fact(self, key: Key, values: Iterable[str | None]) -> None:
        """Makes a fact known, with values that may be recorded of it."""
        known = self._values.setdefault(key, {})
        for value in values:
            if value is not None:
                known.setdefault(value)
        self.rank.setdefault(key, len(self.rank))
        if key in self._variables and len(known) + 1 != len(self._variables[key].choices):
            raise ValueError(f"the choices of {key} are already fixed")

    def key_of(self, atom: Atom) -> Key:
        """The variable an atom asks about."""
        if isinstance(atom, Chosen):
            return atom.key
        return atom.terms[0][0] if len(atom.terms) == 1 else self.sum_key(atom.revision, atom.terms)

    def variable(self, key: Key) -> Variable:
        """A variable with its choices, which are fixed from now on."""
        found = self._variables.get(key)
        if found is None:
            if key in self._values:
                found = _fact(key, tuple(self._values[key]))
            elif key in self._sums:
                found = _sum(key, sorted(self._sums[key]))
            else:
                found = self._input(key)
            self._variables[key] = found
        return found

    @property
    def has_sums(self) -> bool:
        """Whether any condition adds or scales measures."""
        return bool(self._sums)

    def mask(self, atom: Atom) -> tuple[bool, ...]:
        """For each choice of the variable of an atom, whether the atom holds."""
        found = self._masks.get(atom)
        if found is None:
            choices = self.variable(self.key_of(atom)).choices
            if isinstance(atom, Chosen):
                found = tuple(choice.value in atom.values for choice in choices)
            else:
                found = tuple(self._holds(atom, choice) for choice in choices)
            self._masks[atom] = found
        return found

    def likely(self) -> "Likely":
        """The same space with the choices alone that have a share."""
        return Likely(self)

    def _holds(self, atom: Reach, choice: Choice) -> bool:
        if choice.how == "ends":
            end = choice.low if atom.end == "low" else choice.high
            return end >= sorted(self._sums[self.key_of(atom)]).index((atom.bound, atom.strict)) + 1
        factor = atom.terms[0][1]
        low, high = choice.ends[atom.revision]
        is_low = (atom.end == "low") == (factor > 0)
        reached = low if is_low else high
        return atom.over(None if reached is None else factor * reached, if_open=atom.end == "high")

    def sides(self, key: Key) -> "tuple[Side | None, ...]":
        """What each revision makes of values of an input; None of one that has no such input."""
        return tuple(
            _side(graph, inputs[key]) if key in inputs else None
            for graph, inputs in zip(self.graphs, self._inputs, strict=True)
        )

    def side(self, key: Key, revision: int | None = None) -> "Side":
        """What a revision (or the first that has it) makes of values of an input."""
        sides = self.sides(key)
        found = sides[revision] if revision is not None else next(side for side in sides if side is not None)
        assert found is not None  # an atom asks about inputs of its own revision
        return found

    def choice(self, key: Key, how: How, low: Fraction, high: Fraction) -> Choice:
        """A choice of an input by its values, also one that stands for no cell."""
        sides = self.sides(key)
        return Choice(how=how, low=low, high=high, ends=tuple(_ends(side, how, low, high) for side in sides))

    def _input(self, key: Key) -> Variable:
        sides = self.sides(key)
        cuts = tuple(sorted(self._cuts.get(key, ())))
        if key[0] == "parameter":  # one without value: evidence cannot give it one
            low, high = next((side.low, side.high) for side in sides if side is not None)
            everything = Choice(how="nothing", ends=((low, high),) * len(sides))
            return Variable(key=key, choices=(everything,), shares=(Fraction(1),))
        stated = self.scores.get((key[1], key[2]), self.scores.get((key[1], "")))
        return _variable(key, sides, cuts, stated)


class Likely:
    """A space with the choices alone that have a share: exact scores, and all facts."""

    def __init__(self, space: Space) -> None:
        """The choices of this space."""
        self.space = space
        self.rank = space.rank
        self.key_of = space.key_of
        self._variables: dict[Key, Variable] = {}
        self._masks: dict[Atom, tuple[bool, ...]] = {}

    def variable(self, key: Key) -> Variable:
        """A variable with its likely choices."""
        found = self._variables.get(key)
        if found is None:
            whole = self.space.variable(key)
            kept = [number for number, share in enumerate(whole.shares) if share]
            found = self._variables[key] = Variable(
                key=key,
                choices=tuple(whole.choices[number] for number in kept),
                shares=tuple(whole.shares[number] for number in kept),
                is_sum=whole.is_sum,
            )
        return found

    def mask(self, atom: Atom) -> tuple[bool, ...]:
        """For each likely choice of the variable of an atom, whether the atom holds."""
        found = self._masks.get(atom)
        if found is None:
            shares = self.space.variable(self.key_of(atom)).shares
            found = tuple(so for so, share in zip(self.space.mask(atom), shares, strict=True) if share)
            self._masks[atom] = found
        return found


def input_key(item: nodes.Input) -> Key:
    """The key of an input of a graph."""
    return item.of, item.name, item.stage or ""


@dataclass(frozen=True, slots=True)
class Side:
    """What one revision makes of values of an input."""

    kind: Kind | None
    low: Fraction
    high: Fraction | None
    measure: nodes.Measure | None

    def ends(self, how: How, low: Fraction, high: Fraction) -> Ends:
        """The least and greatest value that a choice leaves possible."""
        measure = self.measure
        if how == "nothing":
            return self.low, self.high
        if measure is None:
            return low, high
        if how == "shown" or measure.margin_unspecified:
            return (low, self.high) if measure.worse == "higher" else (self.low, high)
        return with_margin(measure, low, high)


def _ends(side: Side | None, how: How, low: Fraction, high: Fraction) -> Ends:
    return (Fraction(0), None) if side is None else side.ends(how, low, high)


def _side(graph: Graph, item: nodes.Input) -> Side:
    measure = graph.measure[item.name] if item.of == "measure" else None
    kind = measure.kind if measure is not None else Kind.COUNT
    return Side(kind=kind, low=item.low, high=item.high, measure=measure)


def _fact(key: Key, values: tuple[str, ...]) -> Variable:
    weight = 12 if key[0] == "waiver" else 10
    choices = (NOTHING, *(Choice(how="fact", value=value, weight=weight) for value in values))
    return Variable(key=key, choices=choices, shares=(Fraction(1, len(choices)),) * len(choices))


def _sum(key: Key, cuts: Sequence[tuple[Fraction, bool]]) -> Variable:
    """The ends of a sum, as the number of cuts that each is over."""
    ranks = range(len(cuts) + 1)
    choices = tuple(
        Choice(how="ends", low=Fraction(low), high=Fraction(high)) for low in ranks for high in ranks if low <= high
    )
    exact = sum(choice.low == choice.high for choice in choices)
    shares = tuple(Fraction(choice.low == choice.high, exact) for choice in choices)
    return Variable(key=key, choices=choices, shares=shares, is_sum=True)


def _variable(
    key: Key, sides: Sequence[Side | None], cuts: Sequence[tuple[Fraction, bool]], stated: Sequence[Fraction] | None
) -> Variable:
    """A measure or `attempts`: its choices, the plainest first, and how likely each is."""
    known = [side for side in sides if side is not None]
    cells = _cells(known, cuts)
    choosing = _Choosing(sides, cuts)
    choosing.take("nothing", Fraction(0))
    shares: dict[Place, Fraction] = {}
    within: dict[Place, set[int]] = {}
    for value, (cell, share) in cells.items():
        place = choosing.take("exact", value)
        within.setdefault(place, set()).add(cell)
        shares[place] = shares.get(place, Fraction(0)) + (share if stated is None else 0)
    for value in stated or ():
        place = choosing.take("exact", value)
        shares[place] = shares.get(place, Fraction(0)) + Fraction(1, len(stated or ()))
    if known[0].measure is not None:
        for value in cells:
            choosing.take("shown", value)
        if known[0].kind is not Kind.FINDING:
            choosing.intervals(sorted(cells))
    return Variable(
        key=key,
        choices=tuple(choosing.plainest.values()),
        shares=tuple(shares.get(place, Fraction(0)) for place in choosing.plainest),
        cells=_edges(known, cuts),
        within=tuple(frozenset(within.get(place, ())) for place in choosing.plainest),
    )


class _Choosing:
    """The choices of one input as they are found, of those that nothing tells apart the first."""

    def __init__(self, sides: Sequence[Side | None], cuts: Sequence[tuple[Fraction, bool]]) -> None:
        self.sides = sides
        self.cuts = cuts
        self.plainest: dict[Place, Choice] = {}
        self.exact: dict[Fraction, tuple[tuple[Ends, ...], Place]] = {}

    def take(self, how: How, value: Fraction) -> Place:
        """One value known in some way, and where it stands."""
        ends = tuple(_ends(side, how, value, value) for side in self.sides)
        place = tuple((_passed(self.cuts, low), _passed(self.cuts, high)) for low, high in ends)
        if how == "exact":
            self.exact[value] = ends, place
        if place not in self.plainest:
            self.plainest[place] = Choice(how=how, low=value, high=value, ends=ends)
        return place

    def intervals(self, values: Sequence[Fraction]) -> None:
        """Every interval: its lower end is that of its lower value alone, its upper end that of its upper one."""
        for low, high in itertools.combinations(values, 2):
            (below, under), (above, over) = self.exact[low], self.exact[high]
            place = tuple((a[0], b[1]) for a, b in zip(under, over, strict=True))
            if place not in self.plainest:
                ends = tuple((a[0], b[1]) for a, b in zip(below, above, strict=True))
                self.plainest[place] = Choice(how="interval", low=low, high=high, ends=ends)


def _passed(cuts: Sequence[tuple[Fraction, bool]], value: Fraction | None) -> int:
    """How many of some cuts, in order, a value is over; None is over all."""
    if value is None:
        return len(cuts)
    return bisect.bisect_right(cuts, (value, False))


def _edges(sides: Sequence[Side], cuts: Sequence[tuple[Fraction, bool]]) -> tuple[Cell, ...]:
    """Every exact value, in order, cut where any revision tells two apart."""
    low = max(side.low for side in sides)
    high = min((side.high for side in sides if side.high is not None), default=None)
    if sides[0].kind is Kind.FINDING:
        return (Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))
    breaks = {low, *([] if high is None else [high]), *(bound for bound, _ in cuts)}
    for side in sides:
        margin = side.measure.margin if side.measure is not None else None
        if side.measure is not None and margin:
            breaks |= {bound - margin if side.measure.worse == "higher" else bound + margin for bound, _ in cuts}
    inside = sorted(b for b in breaks if b >= low and (high is None or b <= high))
    cells: list[Cell] = []
    for start, end in itertools.zip_longest(inside, inside[1:]):
        cells.append((start, start))
        if end is not None or high is None:
            cells.append((start, end))
    return tuple(cells)


def _cells(sides: Sequence[Side], cuts: Sequence[tuple[Fraction, bool]]) -> dict[Fraction, tuple[int, Fraction]]:
    """A value for each cell, the best to read first, with the number of its cell and how likely the cell is."""
    cells = _edges(sides, cuts)
    if sides[0].kind is Kind.FINDING:
        return {Fraction(1): (1, Fraction(1, 2)), Fraction(0): (0, Fraction(1, 2))}
    whole = sides[0].kind is Kind.COUNT
    low, high = cells[0][0], cells[-1][1]
    found: list[tuple[int, Fraction, int, Fraction | None]] = []
    for number, (start, end) in enumerate(cells):
        if start == end:
            if not whole or start.denominator == 1:
                found.append((2 if start in (low, high) else 0, start, number, None if whole else Fraction(0)))
        elif (value := _between(start, end, whole=whole)) is not None:
            share = None if whole or high is None or end is None else (end - start) / (high - low)
            found.append((1, value, number, share))
    equal = Fraction(1, sum(share is None for *_, share in found) or 1)  # of what has no length
    return {value: (number, equal if share is None else share) for _, value, number, share in sorted(found)}


def _between(start: Fraction, end: Fraction | None, *, whole: bool) -> Fraction | None:
    """A value strictly between two, with as few digits as can be."""
    if whole:
        value = Fraction(start.numerator // start.denominator + 1)
        return value if end is None or value < end else None
    if end is None:
        return start * 2 if start > 0 else Fraction(1)
    if start >= end:
        return None
    middle, scale = (start + end) / 2, Fraction(1)
    while scale < end - start:
        scale *= 10
    while scale >= (end - start) * 10:
        scale /= 10
    while True:
        value = Fraction(round(middle / scale)) * scale
        if start < value < end:
            return value
        scale /= 10
