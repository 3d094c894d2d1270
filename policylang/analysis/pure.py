"""Making a question small before it is searched: what cancels, and what can be chosen without loss.

Two revisions of a large policy ask the same of almost every measure. What one of them says and the other says too is
left out at once (`without`). And a variable that only ever helps when it is low (or absent, or high) may be taken to be
so: if any evidence makes the formula true, evidence with that choice does. In policies under which worse scores never
loosen, that leaves the few variables on which the revisions differ.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from policylang.analysis.diagram import Model
from policylang.analysis.formula import ALWAYS, NEVER, Atom, Chosen, Formulas, Key
from policylang.analysis.space import Choice, Space

MAX_TRIES = 120
"""How often it is tried to say less."""
_PATIENCE = 3
"""After so many tries in vain, no smaller part is tried."""
_FEW = 24
"""So many are tried one by one."""


def without(f: Formulas, formula: int, others: Iterable[int]) -> int:
    """What is left of a formula where none of some others is true: alternatives that they have too are left out."""
    gone: set[int] = set()
    for other in others:
        gone.add(other)
        if f[other].word == "or":
            gone.update(f[other].parts)
    return _left(f, formula, gone, 2)


def _left(f: Formulas, formula: int, gone: set[int], depth: int) -> int:
    if formula in gone:
        return NEVER
    row = f[formula]
    if row.word == "or":
        kept = [part for part in row.parts if part not in gone]
        return formula if len(kept) == len(row.parts) else f.some(kept)
    if row.word == "and" and depth:
        parts = [_left(f, part, gone, depth - 1) for part in row.parts]
        return formula if parts == list(row.parts) else f.every(parts)
    return formula


class Pure:
    """Chooses what can be chosen without loss, for formulas over one space."""

    def __init__(self, space: Space, formulas: Formulas) -> None:
        """Nothing is chosen yet."""
        self.space = space
        self.f = formulas
        self._keys: dict[int, tuple[Key, ...]] = {}
        self._masks: dict[int, tuple[bool, ...]] = {}
        self._known: dict[tuple[Key, tuple[tuple[int, bool], ...]], int | None] = {}

    def chosen(self, formula: int) -> tuple[int, dict[Key, Choice]]:
        """A formula with its pure variables chosen, and what was chosen: it can be true exactly when the whole can."""
        model: dict[Key, Choice] = {}
        while formula not in (NEVER, ALWAYS):
            taken = self._pure(formula)
            if not taken:
                break
            for key, index in taken.items():
                model[key] = self.space.variable(key).choices[index]
            formula = self._fixed(formula, taken)
        return formula, model

    def _pure(self, formula: int) -> dict[Key, int]:
        """For each variable that has one, the cheapest choice that is best for every question about it."""
        wanted: dict[Key, list[tuple[int, bool]] | None] = {}
        for part, signs in self.f.signs(formula).items():
            if self.f[part].atom is None:
                continue
            keys = self._variables(part)
            for key in keys:
                if len(signs) > 1 or len(keys) > 1:
                    wanted[key] = None
                elif (known := wanted.setdefault(key, [])) is not None:
                    known.append((part, True in signs))
        found = {}
        for key, asked in wanted.items():
            index = None if asked is None else self._best(key, tuple(sorted(asked)))
            if index is not None:
                found[key] = index
        return found

    def _variables(self, part: int) -> tuple[Key, ...]:
        """What the atom of a row asks about."""
        if part not in self._keys:
            atom = self.f[part].atom
            assert atom is not None  # only atoms are asked for
            self._keys[part] = keys_of(atom)
        return self._keys[part]

    def _mask(self, part: int) -> tuple[bool, ...]:
        """For each choice of the variable of the atom of a row, whether the atom holds."""
        if part not in self._masks:
            atom = self.f[part].atom
            assert atom is not None  # only atoms are asked for
            self._masks[part] = self.space.mask(atom)
        return self._masks[part]

    def _best(self, key: Key, asked: tuple[tuple[int, bool], ...]) -> int | None:
        if (key, asked) not in self._known:
            choices = self.space.variable(key).choices
            masks = [(self._mask(part), sign) for part, sign in asked]
            fit = [i for i in range(len(choices)) if all(mask[i] == sign for mask, sign in masks)]
            self._known[key, asked] = min(fit, key=lambda i: (choices[i].cost, i), default=None)
        return self._known[key, asked]

    def _fixed(self, formula: int, taken: Mapping[Key, int]) -> int:
        """A formula with some variables chosen."""

        def by(part: int, _: Atom) -> int | None:
            keys = self._variables(part)
            is_taken = len(keys) == 1 and keys[0] in taken
            return int(self._mask(part)[taken[keys[0]]]) if is_taken else None

        return self.f.replaced(formula, by)

    def lighter(self, formula: int, model: Model) -> Model:
        """The same with as much as possible left unsaid: halves first, then ever smaller parts."""
        question = self._question(formula)
        places = {key: self.space.variable(key).choices.index(choice) for key, choice in model.items()}
        given = [key for key, choice in model.items() if choice.cost]
        for some in ([key for key in given if key[0] == "measure"], [key for key in given if key[0] != "measure"]):
            self._lightened(question, places, some)
        return {key: self.space.variable(key).choices[place] for key, place in places.items()}

    @staticmethod
    def _lightened(question: list[tuple[str, Any, Any]], places: dict[Key, int], given: list[Key]) -> None:
        """Leaves out what can be, all at once or in ever smaller parts, as long as that goes well now and then."""
        size, tries = (1 if len(given) <= _FEW else len(given)), 0
        while given and size:
            at, before = 0, len(given)
            while at < len(given) and tries < MAX_TRIES:
                tries += 1
                dropped = {key: places.pop(key) for key in given[at : at + size]}
                if _holds(question, places):
                    del given[at : at + size]
                else:
                    places |= dropped
                    at += size
            is_vain = len(given) == before and tries > _PATIENCE
            size = 0 if is_vain else size // 2

    def _question(self, formula: int) -> list[tuple[str, Any, Any]]:
        """A formula ready to be valued: each row with the places of its parts, or its variable and mask."""
        rows = self.f.below(formula)
        place = {part: number for number, part in enumerate(rows)}
        found: list[tuple[str, Any, Any]] = []
        for part in rows:
            row = self.f[part]
            if row.atom is not None and len(keys_of(row.atom)) > 1:
                found.append(("sum", None, None))
            elif row.atom is not None:
                found.append(("atom", self.space.key_of(row.atom), self._mask(part)))
            else:
                found.append((row.word, tuple(place[inner] for inner in row.parts), row.least))
        return found


def _holds(question: list[tuple[str, Any, Any]], places: Mapping[Key, int]) -> bool:
    """Whether a formula is true when variables have these choices, and the others the first, whatever sums are.

    Of each row: 0 it is false, 2 true, 1 it hangs on a sum.
    """
    values: list[int] = []
    for word, of, more in question:
        if word == "atom":
            values.append(2 * more[places.get(of, 0)])
        elif word == "and":
            values.append(min((values[part] for part in of), default=2))
        elif word == "or":
            values.append(max((values[part] for part in of), default=0))
        elif word == "not":
            values.append(2 - values[of[0]])
        elif word == "least":
            surely, perhaps = (sum(values[part] >= limit for part in of) >= more for limit in (2, 1))
            values.append(2 if surely else int(perhaps))
        else:
            values.append({"sum": 1, "always": 2}.get(word, 0))
    return values[-1] == 2


def keys_of(atom: Atom) -> tuple[Key, ...]:
    """The inputs or the fact that an atom asks about."""
    return (atom.key,) if isinstance(atom, Chosen) else tuple(key for key, _ in atom.terms)
