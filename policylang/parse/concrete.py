"""How a policy is written, part by part: the grammar rule of each part, and each word and sign in it.

The tree says what was written and drops how: which word began a field, where parentheses stood, which `when` is the
word and which a measure of that name. Layout needs just that. The parser knows it while it builds the tree, so it is
kept when asked for, instead of being guessed from the text a second time.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from lark import Token


class Leaf(NamedTuple):
    """One word, sign, number or string: the name of its terminal in the grammar, and where it stands."""

    kind: str
    start: int
    end: int


class Part(NamedTuple):
    """What one grammar rule matched: its words, and the parts that other rules matched, in order."""

    rule: str
    parts: tuple["Part | Leaf", ...]


Log = list[tuple[str, list[Any], Any]]
"""Each rule as it was matched: its name, what it was made of, and what was made of it; inner ones before outer."""


def items(log: Log) -> Iterable[Part]:
    """The items of a file as they are written, in order."""
    waiting: list[tuple[Any, Part]] = []
    for rule, c, made in log:
        parts: list[Part | Leaf] = []
        for child in reversed(c):
            if child is None:
                continue
            if waiting and waiting[-1][0] is child:  # also of a token that a rule of its own let through
                parts.append(waiting.pop()[1])
            elif type(child) is Token:
                parts.append(Leaf(child.type, child.start_pos or 0, child.end_pos or 0))
        parts.reverse()
        if rule == "item":
            yield parts[0]  # type: ignore[misc]  # an item is what another rule matched
        else:
            waiting.append((made, Part(rule, tuple(parts))))
