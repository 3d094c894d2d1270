"""Formulas: what a policy says of all evidence at once, as a table of `and`, `or`, `not`, `at least` over atoms.

A formula is the index of its row, and equal formulas are one row, so that two policies that say the same share it and
equality is a comparison of two numbers. Atoms are the smallest questions one can ask of evidence:

- `Reach`: is the least (or the greatest) value that evidence leaves to a sum of inputs over a bound?
- `Chosen`: is what is recorded of some fact one of these?
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

NEVER, ALWAYS = 0, 1

Key = tuple[str, ...]
"""An input (`measure`, `attempts` or `parameter`; name; stage or "") or a fact (its kind, and what it is about)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Whether a sum is over its bound by the least value (`end` low) or by the greatest (high) of each input.

    `revision` says whose margins move the ends; factors are those of a threshold of the graph.
    """

    revision: int
    end: Literal["low", "high"]
    terms: tuple[tuple[Key, Fraction], ...]
    bound: Fraction
    strict: bool

    def over(self, total: Fraction | None, *, if_open: bool) -> bool:
        """Whether a total is over the bound; `if_open` answers for a total without an end."""
        if total is None:
            return if_open
        return total > self.bound or (total == self.bound and not self.strict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whether what is recorded of a fact is one of some values; None among them: nothing is recorded."""

    key: Key
    values: frozenset[str | None]


Atom = Reach | Chosen


class Row(NamedTuple):
    """One formula: its word, and what it is made of."""

    word: Literal["never", "always", "atom", "not", "and", "or", "least"]
    parts: tuple[int, ...] = ()
    least: int = 0
    atom: Atom | None = None


class Formulas:
    """A growing table of formulas; rows 0 and 1 are never and always."""

    def __init__(self) -> None:
        """Only the two constants."""
        self.rows: list[Row] = [Row("never"), Row("always")]
        self._index: dict[Row, int] = {Row("never"): NEVER, Row("always"): ALWAYS}

    def __getitem__(self, formula: int) -> Row:
        """The row of a formula."""
        return self.rows[formula]

    def _add(self, row: Row) -> int:
        found = self._index.get(row)
        if found is None:
            found = self._index[row] = len(self.rows)
            self.rows.append(row)
        return found

    def atom(self, atom: Atom) -> int:
        """A question to evidence."""
        return self._add(Row("atom", atom=atom))

    def opposite(self, part: int) -> int:
        """Not the part."""
        if part in (NEVER, ALWAYS):
            return ALWAYS - part
        row = self.rows[part]
        return row.parts[0] if row.word == "not" else self._add(Row("not", (part,)))

    def every(self, parts: Iterable[int]) -> int:
        """All of the parts; always when there are none."""
        return self._joined("and", parts, NEVER)

    def some(self, parts: Iterable[int]) -> int:
        """At least one of the parts; never when there are none."""
        return self._joined("or", parts, ALWAYS)

    def _joined(self, word: Literal["and", "or"], parts: Iterable[int], settles: int) -> int:
        kept: set[int] = set()
        for part in parts:
            row = self.rows[part]
            kept.update(row.parts if row.word == word else (part,))
        kept.discard(ALWAYS - settles)
        if settles in kept or any(self.opposite(part) in kept for part in kept if self.rows[part].word == "not"):
            return settles
        if len(kept) < 2:
            return kept.pop() if kept else ALWAYS - settles
        return self._add(Row(word, tuple(sorted(kept))))

    def at_least(self, count: int, parts: Iterable[int]) -> int:
        """`count` of the parts or more, each counted as often as it stands there."""
        parts = tuple(parts)
        count -= parts.count(ALWAYS)
        rest = tuple(sorted(part for part in parts if part not in (NEVER, ALWAYS)))
        if count <= 0:
            return ALWAYS
        if count > len(rest):
            return NEVER
        if count == 1:
            return self.some(rest)
        if count == len(rest):
            return self.every(rest)
        return self._add(Row("least", rest, count))

    def below(self, formula: int) -> list[int]:
        """A formula and everything it is made of, parts before wholes."""
        found: dict[int, None] = {}
        stack = [(formula, False)]
        while stack:
            here, is_done = stack.pop()
            if is_done:
                found[here] = None
            elif here not in found:
                stack.append((here, True))
                stack += [(part, False) for part in self.rows[here].parts if part not in found]
        return list(found)

    def atoms(self, formula: int) -> Iterator[Atom]:
        """Every question that a formula rests on, once."""
        for part in self.below(formula):
            atom = self.rows[part].atom
            if atom is not None:
                yield atom

    def replaced(self, formula: int, by: Callable[[int, Atom], int | None]) -> int:
        """A formula with atoms replaced: `by` gives for a row and its atom what stands for it, or None to keep it."""
        known: dict[int, int] = {}
        for part in self.below(formula):
            row = self.rows[part]
            if row.atom is not None:
                other = by(part, row.atom)
                known[part] = part if other is None else other
                continue
            inner = [known[p] for p in row.parts]
            match row.word:
                case "not":
                    known[part] = self.opposite(inner[0])
                case "and":
                    known[part] = self.every(inner)
                case "or":
                    known[part] = self.some(inner)
                case "least":
                    known[part] = self.at_least(row.least, inner)
                case _:
                    known[part] = part
        return known[formula]

    def signs(self, formula: int) -> dict[int, set[bool]]:
        """For each formula below, whether it counts for the whole (True), against it (False), or both."""
        signs: dict[int, set[bool]] = {formula: {True}}
        for part in reversed(self.below(formula)):
            is_not = self.rows[part].word == "not"
            for inner in self.rows[part].parts:
                signs.setdefault(inner, set()).update(not sign if is_not else sign for sign in signs[part])
        return signs
