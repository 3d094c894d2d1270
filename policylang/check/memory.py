"""What an editor's check remembers from key to key: the conditions that were right, while their names mean the same.

A condition is looked up by the very node, so what was parsed anew is checked anew. It holds while every name in it
declares the very thing it declared, and stages and ladders are those they were. What was found wrong is found again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policylang import syntax
from policylang.check.meanings import Meaning
from policylang.resolve import Resolved


@dataclass(frozen=True, slots=True)
class Extent:
    """How large the conditions of a declaration are, by themselves: parts, quantifiers, depth, and names in them."""

    parts: int
    quantifiers: int
    depth: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Right:
    """A condition in which nothing was wrong: what its names declared, what it means, and what it uses."""

    node: syntax.Expression
    declared: tuple[tuple[str, Any], ...]
    meanings: tuple[tuple[int, Meaning], ...]
    used: frozenset[tuple[str, str]]


class Memory:
    """What is remembered between two checks of one policy; what the second did not ask for is forgotten."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._words: tuple[Any, ...] = ()
        self._old: dict[tuple[int, bool], Right] = {}
        self._new: dict[tuple[int, bool], Right] = {}
        self._extents: dict[int, tuple[Any, Extent]] = {}
        self._measured: dict[int, tuple[Any, Extent]] = {}

    def begin(self, resolved: Resolved) -> None:
        """Begin a check: all is forgotten when stages or ladders are others."""
        words = (*resolved.named["stage"].values(), None, *resolved.named["ladder"].values())
        is_same = len(words) == len(self._words) and all(map(_is, words, self._words))
        self._words, self._old, self._new = words, self._new if is_same else {}, {}
        self._extents, self._measured = self._measured, {}

    def right(self, node: syntax.Expression, resolved: Resolved, *, here: bool) -> Right | None:
        """What is known of a condition, when it still holds."""
        known = self._old.get((node.id, here))
        if known is None or known.node is not node:
            return None
        if any(_declared(resolved, name) is not item for name, item in known.declared):
            return None
        self._new[node.id, here] = known
        return known

    def keep(
        self,
        node: syntax.Expression,
        resolved: Resolved,
        meanings: Mapping[int, Meaning],
        used: frozenset[tuple[str, str]],
        *,
        here: bool,
    ) -> None:
        """Remember a condition in which nothing was wrong, unless it is about all categories, whichever there are."""
        parts = list(_parts(node))
        if any(isinstance(part, syntax.Quantified) for part in parts):
            return
        names = {part.name.text for part in parts if isinstance(part, syntax.Reference)}
        declared = tuple((name, _declared(resolved, name)) for name in sorted(names))
        meant = tuple((part.id, meanings[part.id]) for part in parts if part.id in meanings)
        self._new[node.id, here] = Right(node, declared, meant, used)

    def extent(self, item: Any, measured: Callable[[Any], Extent]) -> Extent:
        """How large the conditions of a declaration are; measured where that is not known of it."""
        known = self._extents.get(id(item))
        if known is None or known[0] is not item:
            known = (item, measured(item))
        self._measured[id(item)] = known
        return known[1]


def _parts(node: syntax.Expression) -> Iterator[syntax.Expression]:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        match part:
            case syntax.And(operands=operands) | syntax.Or(operands=operands):
                waiting += operands
            case syntax.Not(operand=operand) | syntax.Negative(operand=operand):
                waiting.append(operand)
            case syntax.Comparison(left=left, right=right) | syntax.Arithmetic(left=left, right=right):
                waiting += (left, right)
            case _:
                pass


def _declared(resolved: Resolved, name: str) -> Any:
    term = resolved.term(name)
    return None if term is None else term[1]


def _is(one: Any, other: Any) -> bool:
    return one is other
