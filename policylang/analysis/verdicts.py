"""How verdicts differ between two policies: where one is weaker, how far it falls, how much of all evidence that is.

Verdicts are compared as four ordered steps: a verdict is weaker where the old one is at a step and the new one is not.
Each rule is one small question, `this rule says so and no rule of the other policy does`, and what both policies say in
the same formula is no question at all.
"""

import functools
from collections.abc import Sequence
from fractions import Fraction

from policylang.analysis.diagram import Model
from policylang.analysis.difference import Direction, Shift, Witness
from policylang.analysis.formula import NEVER
from policylang.analysis.prover import Prover, Unknown
from policylang.analysis.symbols import Symbols
from policylang.analysis.witness import Disagreement, Witnesses
from policylang.decide.decision import Verdict

STEPS = (Verdict.FORBIDDEN, Verdict.UNDETERMINED, Verdict.CONDITIONAL)

_FALLS = (
    (Verdict.FORBIDDEN, Verdict.PERMITTED),
    (Verdict.FORBIDDEN, Verdict.CONDITIONAL),
    (Verdict.UNDETERMINED, Verdict.PERMITTED),
    (Verdict.FORBIDDEN, Verdict.UNDETERMINED),
    (Verdict.UNDETERMINED, Verdict.CONDITIONAL),
    (Verdict.CONDITIONAL, Verdict.PERMITTED),
)
"""Old and new verdict, the furthest fall first."""


class Verdicts:
    """The verdicts of two policies on the actions that both have; `sides` are their formulas."""

    def __init__(self, prover: Prover, sides: Sequence[Symbols], witnesses: Witnesses | None = None) -> None:
        """Two policies of one prover."""
        self.prover = prover
        self.sides = tuple(sides)
        self.witnesses = witnesses or Witnesses(prover.graphs)
        actions = [{term.name for term in side.graph.actions} for side in sides]
        self.actions = tuple(sorted(actions[0] & actions[1]))
        self._gaps: dict[tuple[int, str, Verdict], tuple[tuple[int, int], ...]] = {}

    @functools.cached_property
    def reasons(self) -> tuple[dict[tuple[str, Verdict], tuple[int, ...]], ...]:
        """For each side, the formulas that make each verdict so."""
        return tuple(
            {(action, step): side.reasons(action, step) for action in self.actions for step in STEPS}
            for side in self.sides
        )

    def gaps(self, side: int, action: str, step: Verdict) -> tuple[tuple[int, int], ...]:
        """Each reason that one side alone has, and the formula that it holds and no reason of the other side does."""
        key = side, action, step
        if key not in self._gaps:
            own, others = self.reasons[side][action, step], self.reasons[1 - side][action, step]
            shared = frozenset(others)
            found = [(formula, self.prover.beyond(formula, others)) for formula in own if formula not in shared]
            self._gaps[key] = tuple((formula, gap) for formula, gap in found if gap != NEVER)
        return self._gaps[key]

    def weaker(self, side: int, action: str) -> int:
        """The formula that the verdict of a side on an action is stricter than that of the other."""
        f = self.prover.formulas
        return f.some(
            f.every(
                (f.some(self.reasons[side][action, step]), f.opposite(f.some(self.reasons[1 - side][action, step])))
            )
            for step in STEPS
            if self.gaps(side, action, step)
        )

    @functools.cached_property
    def any_weaker(self) -> tuple[int, int]:
        """For each side, the formula that its verdict on some action is stricter than that of the other."""
        first, second = (
            self.prover.formulas.some(self.weaker(side, action) for action in self.actions) for side in (0, 1)
        )
        return first, second

    def share(self, side: int, action: str) -> Fraction | None:
        """How much of all evidence has a stricter verdict on that side; None where that is not worked out."""
        return self.prover.share(self.weaker(side, action))

    def furthest(self, side: int, action: str) -> tuple[Model, tuple[Verdict, Verdict]] | None:
        """The furthest fall from one side to the other, and evidence for it, if there is one. Raises Unknown."""
        steps = [step for step in STEPS if self._falls(side, action, step)]
        for high, low in _FALLS if steps else ():
            above = STEPS[STEPS.index(low) - 1] if low in STEPS else STEPS[-1]
            for reason in self.reasons[side][action, high]:
                model = self.prover.find(self.prover.beyond(reason, self.reasons[1 - side][action, above]))
                if model is not None:
                    return model, (high, low)
        return None

    def _falls(self, side: int, action: str, step: Verdict) -> bool:
        return any(self.prover.find(gap) is not None for _, gap in self.gaps(side, action, step))

    def shown(self, side: int, action: str) -> Witness | None:
        """Evidence for the furthest fall from one side to the other, if there is one. Raises Unknown."""
        taken = self.furthest(side, action)
        return None if taken is None else self.witnesses.of(taken[0], [action])

    def shift(self, action: str) -> Shift:
        """How the verdict on an action moved from the first policy to the second."""
        try:
            falls, rises = (self.furthest(side, action) for side in (0, 1))
        except Unknown:
            return Shift(action=action, direction=Direction.UNKNOWN)
        direction = Direction.NEUTRAL
        if falls or rises:
            direction = Direction.MIXED if falls and rises else Direction.LOOSER if falls else Direction.STRICTER
        taken = falls or rises
        shown = self.witnesses.of(taken[0], [action]) if taken else None
        if shown is not None and taken is not None:
            high, low = taken[1]
            old, new = Verdict(shown.outcomes[0].old), Verdict(shown.outcomes[0].new)
            kept = (old.rank >= high.rank and new.rank <= low.rank) if falls else (new.rank >= high.rank > old.rank)
            if not kept:
                raise Disagreement(f"{action} was to fall from {high} to {low}, and is {old} and {new}")
        furthest = (str(shown.outcomes[0].old), str(shown.outcomes[0].new)) if shown is not None and falls else None
        return Shift(
            action=action,
            direction=direction,
            looser_share=self.share(0, action) if falls else Fraction(0),
            stricter_share=self.share(1, action) if rises else Fraction(0),
            furthest=furthest,
            witness=shown,
        )
