"""Whether some evidence makes a formula true: by decision diagrams, and by z3 where conditions add or scale measures.

The diagrams take the ends of a sum to be free, which allows more than there is. So what they rule out is ruled out, and
only what they find with a sum in it is put to z3. Questions that neither settles raise `Unknown`, and whoever asks
counts that against the policy.
"""

import functools
from collections.abc import Iterable, Sequence
from fractions import Fraction

from policylang.analysis import solve
from policylang.analysis.diagram import Diagrams, Model, TooLarge
from policylang.analysis.formula import ALWAYS, NEVER, Formulas
from policylang.analysis.pure import Pure, without
from policylang.analysis.solve import Unknown
from policylang.analysis.space import Scores, Space
from policylang.analysis.symbols import Level, Symbols
from policylang.graph.nodes import Graph

__all__ = ["Prover", "Unknown"]

MAX_COUNTED = 8_000
"""How large the diagrams may become that shares are counted on; what needs larger ones is not counted."""
MAX_ROWS_COUNTED = 2_500
"""How many rows a formula may have whose share is counted."""
_SMALL = 150
"""Formulas of so few rows are searched as they are, for the evidence that has least to say."""


class Prover:
    """Answers questions about one policy, or about two that share their names."""

    def __init__(self, graphs: Sequence[Graph], scores: Scores | None = None) -> None:
        """The policies; `scores` states how likely values are, for shares."""
        self.graphs = tuple(graphs)
        self.space = Space(graphs, scores)
        self.formulas = Formulas()
        self.diagrams = Diagrams(self.space, self.formulas)
        self.pure = Pure(self.space, self.formulas)
        self._is_uncounted = False
        self._found: dict[int, Model | None] = {}

    @functools.cached_property
    def symbols(self) -> tuple[Symbols, ...]:
        """The formulas of each policy, levels by its own thresholds."""
        return tuple(self.read(revision) for revision in range(len(self.graphs)))

    def read(self, revision: int, free: frozenset[Level] = frozenset(), like: Symbols | None = None) -> Symbols:
        """The formulas of a policy, with some levels free; `like` lends its controls, and its levels where not free."""
        found = Symbols(self.space, self.formulas, revision, free)
        if like is not None:
            found.levels, found.controls = like.shown(), like.held()
        return found

    def find(self, formula: int) -> Model | None:
        """Evidence with little to say that makes a formula true; None when nothing does. Raises Unknown.

        The least there is, except of large formulas, of which it is evidence of which no part can be left out.
        """
        if formula in (NEVER, ALWAYS):
            return {} if formula == ALWAYS else None
        if formula not in self._found:
            self._found[formula] = self._searched(formula)
        return self._found[formula]

    def _searched(self, formula: int) -> Model | None:
        is_small = len(self.formulas.below(formula)) <= _SMALL
        rest, chosen = (formula, {}) if is_small else self.pure.chosen(formula)
        if rest == NEVER:
            return None
        try:
            node = self.node(rest)
        except TooLarge:
            return solve.find(self.space, self.formulas, formula)
        if node and self._rests_on_sums(node):
            return solve.find(self.space, self.formulas, formula)
        model = self.diagrams.cheapest(node)
        if model is None or is_small:
            return model
        return self.pure.lighter(formula, {**chosen, **model})

    def node(self, formula: int) -> int:
        """The diagram of a formula, of what is joined by `and` the smallest first. Raises TooLarge."""
        row = self.formulas[formula]
        if row.word != "and":
            return self.diagrams.node(formula)
        parts = sorted(map(self.diagrams.node, row.parts), key=lambda node: (len(self.diagrams.below(node)), node))
        total = ALWAYS
        for part in parts:
            total = self.diagrams.both(total, part)
            if not total:
                break
        return total

    def beyond(self, formula: int, others: Iterable[int]) -> int:
        """The formula that one formula is true and none of some others."""
        others = tuple(others)
        rest = without(self.formulas, formula, others)
        return self.formulas.every((rest, *map(self.formulas.opposite, others))) if rest != NEVER else NEVER

    def never(self, formula: int) -> bool:
        """Whether no evidence makes a formula true. Raises Unknown."""
        return self.find(formula) is None

    def implies(self, a: int, b: int) -> bool:
        """Whether whatever makes `a` true makes `b` true. Raises Unknown."""
        return a == b or self.never(self.formulas.every((a, self.formulas.opposite(b))))

    def same(self, a: int, b: int) -> bool:
        """Whether two formulas are true of the same evidence. Raises Unknown."""
        return a == b or (self.implies(a, b) and self.implies(b, a))

    @functools.cached_property
    def exact(self) -> Diagrams:
        """Diagrams over exact scores and facts alone, for shares: these are what is counted."""
        return Diagrams(self.space.likely(), self.formulas, most=MAX_COUNTED)

    def share(self, formula: int) -> Fraction | None:
        """How much of all evidence makes a formula true; None where that is not worked out."""
        if self._is_uncounted or len(self.formulas.below(formula)) > MAX_ROWS_COUNTED:
            return None
        try:
            node = self.exact.node(formula)
        except TooLarge:
            self._is_uncounted = True
            return None
        return None if self.space.has_sums and self.exact.rests_on_sums(node) else self.exact.share(node)

    def _rests_on_sums(self, node: int) -> bool:
        return self.space.has_sums and self.diagrams.rests_on_sums(node)
