"""Decision diagrams: a formula as a graph of questions, asked in a fixed order, each variable once on every way.

Bryant's reduced ordered diagrams, with as many branches as a variable has choices instead of two: the choices of a
space exclude one another, so no constraint between them is needed, a node of the diagram is a question to evidence,
and two formulas are the same exactly when they are the same node. The cheapest evidence for a formula and its share of
all evidence are one walk over the nodes each.
"""

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from math import lcm

from policylang.analysis.formula import ALWAYS, Formulas, Key
from policylang.analysis.space import Choice, Likely, Space

MAX_NODES = 2_000_000
"""How large all diagrams together may become before a question is given up."""

_DEEP = 200_000
_LEAF = 1 << 60

Model = Mapping[Key, Choice]
"""What evidence says: variables that are not there may say anything, and say nothing."""


class TooLarge(Exception):
    """A diagram grew beyond what is reasonable: the answer is not known."""


class Diagrams:
    """The diagrams of formulas over one space; 0 is never, 1 is always."""

    def __init__(self, space: Space | Likely, formulas: Formulas, most: int = MAX_NODES) -> None:
        """No diagram yet; `most` is how many nodes all of them may have."""
        self.space = space
        self.formulas = formulas
        self.most = most
        self.ranks: list[int] = [_LEAF, _LEAF]
        self.branches: list[tuple[int, ...]] = [(), ()]
        self._index: dict[tuple[int, tuple[int, ...]], int] = {}
        self._both: dict[tuple[int, int], int] = {}
        self._either: dict[tuple[int, int], int] = {}
        self._built: dict[tuple[int, bool], int] = {}
        self._keys: dict[int, Key] = {}

    def node(self, formula: int) -> int:
        """The diagram of a formula; raises TooLarge."""
        with _deep():
            return self._build(formula, True)

    def key(self, node: int) -> Key:
        """The variable that a node asks about."""
        return self._keys[self.ranks[node]]

    # Building

    def _make(self, rank: int, branches: tuple[int, ...]) -> int:
        first = branches[0]
        if all(branch == first for branch in branches):
            return first
        found = self._index.get((rank, branches))
        if found is None:
            found = self._index[rank, branches] = len(self.ranks)
            self.ranks.append(rank)
            self.branches.append(branches)
            if found > self.most:
                raise TooLarge
        return found

    def _build(self, formula: int, sign: bool) -> int:
        found = self._built.get((formula, sign))
        if found is None:
            found = self._built[formula, sign] = self._made(formula, sign)
        return found

    def _made(self, formula: int, sign: bool) -> int:
        row = self.formulas[formula]
        match row.word:
            case "never" | "always":
                return int((formula == ALWAYS) == sign)
            case "atom":
                assert row.atom is not None  # a row of this word has one
                key = self.space.key_of(row.atom)
                rank = self.space.rank[key]
                self._keys[rank] = key
                return self._make(rank, tuple(int(holds == sign) for holds in self.space.mask(row.atom)))
            case "not":
                return self._build(row.parts[0], not sign)
            case "and" | "or":
                join = self._and if (row.word == "and") == sign else self._or
                return self._folded(join, [self._build(part, sign) for part in row.parts], row.word == "and", sign)
            case _:
                parts = [self._build(part, sign) for part in row.parts]
                return self._least(parts, row.least if sign else len(parts) - row.least + 1)

    def _folded(self, join: Callable[[int, int], int], parts: Sequence[int], is_and: bool, sign: bool) -> int:
        """Parts joined, those that are asked last first: what is asked before them only points at the result."""
        total = int(is_and == sign)
        for part in sorted(parts, key=lambda node: (-self.ranks[node], node)):
            total = join(part, total)
        return total

    def _least(self, parts: Sequence[int], count: int) -> int:
        """`count` of the parts or more."""
        ordered = sorted(parts, key=lambda node: (self.ranks[node], node))
        row = [1] + [0] * count  # of no parts: at least 0, 1, 2, …
        for part in reversed(ordered):
            row = [1] + [self._or(self._and(part, row[wanted - 1]), row[wanted]) for wanted in range(1, count + 1)]
        return row[count]

    def _and(self, a: int, b: int) -> int:
        if b in (a, 1):
            return a
        if a == 0 or b == 0:
            return 0
        if a == 1:
            return b
        key = (a, b) if a < b else (b, a)
        found = self._both.get(key)
        if found is None:
            found = self._both[key] = self._apart(self._and, a, b)
        return found

    def _or(self, a: int, b: int) -> int:
        if b in (a, 0):
            return a
        if a == 1 or b == 1:
            return 1
        if a == 0:
            return b
        key = (a, b) if a < b else (b, a)
        found = self._either.get(key)
        if found is None:
            found = self._either[key] = self._apart(self._or, a, b)
        return found

    def _apart(self, join: Callable[[int, int], int], a: int, b: int) -> int:
        """Two nodes joined branch by branch, at whichever asks first."""
        rank_a, rank_b = self.ranks[a], self.ranks[b]
        if rank_a == rank_b:
            branches = [join(x, y) for x, y in zip(self.branches[a], self.branches[b], strict=True)]
        elif rank_a < rank_b:
            branches = [join(x, b) for x in self.branches[a]]
        else:
            branches = [join(a, y) for y in self.branches[b]]
        return self._make(min(rank_a, rank_b), tuple(branches))

    def asked(self, key: Key, branches: Sequence[int]) -> int:
        """The diagram that asks about a variable first, with these diagrams for its choices."""
        rank = self.space.rank[key]
        self._keys[rank] = key
        return self._make(rank, tuple(branches))

    def both(self, a: int, b: int) -> int:
        """Two diagrams, both true; raises TooLarge."""
        with _deep():
            return self._and(a, b)

    def either(self, a: int, b: int) -> int:
        """Two diagrams, one of them true; raises TooLarge."""
        with _deep():
            return self._or(a, b)

    def against(self, formula: int) -> int:
        """The diagram of the opposite of a formula; raises TooLarge."""
        with _deep():
            return self._build(formula, False)

    # Reading

    def below(self, node: int) -> list[int]:
        """A node and all below it, those that are asked last first; without never and always."""
        found = {node}
        stack = [node]
        while stack:
            for branch in self.branches[stack.pop()]:
                if branch > 1 and branch not in found:
                    found.add(branch)
                    stack.append(branch)
        return sorted(found - {0, 1}, key=lambda item: -self.ranks[item])

    def cheapest(self, node: int) -> Model | None:
        """The evidence that has least to say and makes a diagram true; None when nothing does."""
        if node < 2:
            return {} if node else None
        best: dict[int, tuple[int, int]] = {1: (0, 0)}  # cost, and the choice that is taken
        for here in self.below(node):
            choices = self.space.variable(self.key(here)).choices
            ways = [
                (choices[index].cost + best[branch][0], index)
                for index, branch in enumerate(self.branches[here])
                if branch in best
            ]
            if ways:
                best[here] = min(ways)
        if node not in best:
            return None
        model: dict[Key, Choice] = {}
        while node > 1:
            taken = best[node][1]
            model[self.key(node)] = self.space.variable(self.key(node)).choices[taken]
            node = self.branches[node][taken]
        return model

    def share(self, node: int) -> Fraction:
        """How much of all evidence a diagram is true of, by the shares of the choices.

        Counted in whole numbers: the choices of each variable over their common denominator, so that nothing is reduced
        before the end.
        """
        if node < 2:
            return Fraction(node)
        below = self.below(node)
        keys = {self.ranks[here]: self.key(here) for here in below}
        weights: dict[int, tuple[int, ...]] = {}
        whole: dict[int, int] = {}  # of a rank: the product of the denominators from it on
        product = 1
        for rank in sorted(keys, reverse=True):
            shares = self.space.variable(keys[rank]).shares
            denominator = lcm(*(share.denominator for share in shares))
            weights[rank] = tuple(int(share * denominator) for share in shares)
            whole[rank] = product = product * denominator
        ordered = sorted(keys)
        after = {rank: whole[later] for rank, later in itertools.pairwise(ordered)} | {ordered[-1]: 1}
        counted = {0: 0}
        for here in below:
            rest = after[self.ranks[here]]
            total = 0
            for weight, branch in zip(weights[self.ranks[here]], self.branches[here], strict=True):
                if weight and branch:
                    inner = 1 if branch == 1 else counted[branch]
                    total += weight * inner * (rest // (1 if branch == 1 else whole[self.ranks[branch]]))
            counted[here] = total
        return Fraction(counted[node], whole[self.ranks[node]])

    def ways(self, node: int) -> Iterator[dict[Key, frozenset[int]]]:
        """Every way to always: for each variable asked, the choices that lead on; disjoint, in a fixed order."""
        stack: list[tuple[int, dict[Key, frozenset[int]]]] = [(node, {})]
        while stack:
            here, way = stack.pop()
            if here == 1:
                yield way
            if here < 2:
                continue
            onward: dict[int, set[int]] = {}
            for index, branch in enumerate(self.branches[here]):
                if branch:
                    onward.setdefault(branch, set()).add(index)
            key = self.key(here)
            stack += [(branch, {**way, key: frozenset(chosen)}) for branch, chosen in reversed(onward.items())]

    def rests_on_sums(self, node: int) -> bool:
        """Whether a diagram asks about a sum of inputs, whose ends it takes to be free."""
        return any(self.space.variable(self.key(here)).is_sum for here in self.below(node))


@contextmanager
def _deep() -> Iterator[None]:
    """Lets a walk go as deep as there are variables."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
