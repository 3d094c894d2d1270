"""Judging one change: its direction, where it holds, the least evidence for it, and how much evidence it moves."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from policylang.analysis.diagram import Model, TooLarge
from policylang.analysis.difference import Change, Direction, Witness
from policylang.analysis.formula import Key
from policylang.analysis.prover import Prover, Unknown
from policylang.analysis.pure import keys_of
from policylang.analysis.verdicts import STEPS, Verdicts
from policylang.analysis.witness import Witnesses
from policylang.analysis.words import Regions
from policylang.decide.decision import Verdict

MAX_EFFORT = 120_000
"""How many rows of formulas are searched for evidence that changes verdicts; after that levels must do."""
_FEW = 12
"""Evidence with no more to say than this is compared with that for other actions, for the least."""

Say = Callable[[Direction], str]
Shown = tuple[int, str, Verdict | None]
"""A formula, and the action and step of its verdict that it moves; of any when empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Local:
    """Where one clause by itself says less than it did (`lost`), and where it says more (`gained`), as formulas.

    `shown_lost` and `shown_gained` are the same by the old policy's own levels, for finding evidence; `also` are
    categories whose level evidence should show, and `regions` has the same in fewer words, for people.
    """

    lost: tuple[int, ...]
    gained: tuple[int, ...]
    shown_lost: tuple[Shown, ...] | None = None
    shown_gained: tuple[Shown, ...] | None = None
    regions: tuple[tuple[int, ...], tuple[int, ...]] | None = None  # what to say of where, if not these
    also: tuple[str, ...] = ()

    def moved(self, *, is_lost: bool) -> tuple[Shown, ...]:
        """Where evidence is to be looked for, and in which verdict."""
        shown = self.shown_lost if is_lost else self.shown_gained
        return (
            tuple((formula, "", None) for formula in (self.lost if is_lost else self.gained))
            if shown is None
            else shown
        )


class Judge:
    """Judges the changes between two policies by the verdicts that each gives."""

    def __init__(self, prover: Prover, verdicts: Verdicts, witnesses: Witnesses) -> None:
        """The verdicts are those of both policies, each by its own levels."""
        self.prover = prover
        self.verdicts = verdicts
        self.witnesses = witnesses
        self._asked: dict[int, frozenset[Key]] = {}
        self._sizes: dict[int, int] = {}
        self._countable: dict[int, bool] = {}
        self._spent = 0
        self.regions = Regions(prover.space, prover.diagrams, prover.graphs)

    def judged(self, change: Change, local: Local, say: Say) -> Change | None:
        """A change with all that can be said of it; None when it is none."""
        try:
            is_lost, is_gained = (self.first(side) is not None for side in (local.lost, local.gained))
        except Unknown as error:
            return dataclasses.replace(change, direction=Direction.UNKNOWN, why_unknown=str(error))
        if not is_lost and not is_gained:
            return None
        direction = Direction.MIXED if is_lost and is_gained else Direction.LOOSER if is_lost else Direction.STRICTER
        regions = local.regions or (local.lost, local.gained)
        region, more = self.where(regions[0] if is_lost else regions[1])
        return dataclasses.replace(
            self.shown(dataclasses.replace(change, direction=direction), local, is_lost=is_lost),
            sentence=say(direction),
            region=region,
            more=more,
        )

    def shown(self, change: Change, local: Local, *, is_lost: bool) -> Change:
        """A change with the least evidence that shows it in a verdict (else in a level), and its share."""
        moved = local.moved(is_lost=is_lost)
        found, share = self._seen(moved, 0 if is_lost else 1, local.also)
        is_visible = None if found is None and self._spent > MAX_EFFORT else found is not None
        if found is None and local.also:
            try:
                model = self.first(formula for formula, _, _ in moved)
            except Unknown:
                model = None
            found = None if model is None else self.witnesses.of(model, local.also)
        return dataclasses.replace(change, witness=found, share=share, visible=is_visible)

    def first(self, formulas: Iterable[int]) -> Model | None:
        """Evidence for the first of some formulas that can be true. Raises Unknown."""
        for formula in formulas:
            model = self.prover.find(formula)
            if model is not None:
                return model
        return None

    def where(self, formulas: Sequence[int]) -> tuple[tuple[str, ...], int]:
        """Where any of some formulas is true, in words, and how many alternatives are left out."""
        try:
            union = 0
            for formula in formulas:
                union = self.prover.diagrams.either(union, self.prover.node(formula))
            return self.regions.words(union) if union else ((), 0)
        except TooLarge:
            return ("too much to list",), 0

    def _seen(self, moved: Sequence[Shown], side: int, also: Sequence[str]) -> tuple[Witness | None, Fraction | None]:
        """Evidence that changes the strictest verdict it can, and how much of all evidence changes any."""
        share = self._share(tuple(formula for formula, _, _ in moved), side)
        for step in STEPS:
            best: tuple[int, str, Model] | None = None
            for action in self.verdicts.actions:
                model = self._weaker(moved, side, action, step)
                if model is not None:
                    cost = sum(choice.cost for choice in model.values())
                    if best is None or cost < best[0]:
                        best = cost, action, model
                    if len(model) > _FEW:
                        break
            if best is not None:
                return self.witnesses.of(best[2], [*also, best[1]]), share
        return None, share

    def _share(self, formulas: Sequence[int], side: int) -> Fraction | None:
        """How much of all evidence is in a region and has its verdict on some action changed."""
        weaker = self.verdicts.any_weaker[side]
        if side not in self._countable:
            self._countable[side] = self.prover.share(weaker) is not None
        if not self._countable[side]:
            return None
        return self.prover.share(self.prover.formulas.every((self.prover.formulas.some(formulas), weaker)))

    def _weaker(self, moved: Sequence[Shown], side: int, action: str, step: Verdict) -> Model | None:
        """Evidence in a region for a weaker verdict on an action."""
        f = self.prover.formulas
        for formula, of, at in moved:
            if of in ("", action) and at in (None, step):
                asked = self._keys(formula)
                for reason, gap in self.verdicts.gaps(side, action, step):
                    if not asked.isdisjoint(self._keys(reason)) and self._spend(gap):
                        try:
                            model = self.prover.find(f.every((formula, gap)))
                        except Unknown:
                            continue
                        if model is not None:
                            return model
        return None

    def _spend(self, formula: int) -> bool:
        """Whether there is effort left for one more search of a formula, counted in rows and not in time."""
        if formula not in self._sizes:
            self._sizes[formula] = len(self.prover.formulas.below(formula))
        self._spent += self._sizes[formula]
        return self._spent <= MAX_EFFORT

    def _keys(self, formula: int) -> frozenset[Key]:
        """What a formula asks about."""
        if formula not in self._asked:
            atoms = self.prover.formulas.atoms(formula)
            self._asked[formula] = frozenset(key for atom in atoms for key in keys_of(atom))
        return self._asked[formula]
