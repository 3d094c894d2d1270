"""What stands on lines of its own: declarations, the fields of a block, and which blocks stand on one line.

A block stands on one line when all of it fits, it has at most two fields, and no comment is inside. What binds and what
is read step by step always stands open: the header, rules, exceptions, duties, categories with levels, situations,
tests and changes. So adding a field to them changes one line.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policylang.parse.concrete import Leaf, Part

MAX_FIELDS = 2

_OPEN = frozenset({"policy", "rule", "exception", "duty", "situation", "test_block", "changes"})
_SENTENCE = frozenset({"by", "to", "every", "duty_within"})
"""Fields of a duty that read as one: `by leadership to board every 3 months`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A declaration or field: its words by number, from `first` to `last`.

    What has braces has them at `opens` and `last`, and fields between them; else `opens` is `last`.
    """

    part: Part
    first: int
    opens: int
    last: int
    fields: tuple["Block", ...]

    @property
    def rule(self) -> str:
        """The grammar rule it matched."""
        return self.part.rule

    @property
    def has_braces(self) -> bool:
        """Whether it has a block of fields, if an empty one."""
        return self.opens != self.last


def block(part: Part, number: Mapping[int, int]) -> Block:
    """The declaration or field that a part is; `number` has the words by where they start."""
    first, last = number[_first(part).start], number[_last(part).start]
    for at, one in enumerate(part.parts):
        if isinstance(one, Leaf) and one.kind == "LBRACE":
            fields = tuple(block(inner, number) for inner in part.parts[at + 1 : -1] if isinstance(inner, Part))
            return Block(part=part, first=first, opens=number[one.start], last=last, fields=fields)
    return Block(part=part, first=first, opens=last, last=last, fields=())


def ends(part: Part) -> tuple[int, int]:
    """Where a part begins and ends."""
    return _first(part).start, _last(part).end


def _first(one: Part | Leaf) -> Leaf:
    while isinstance(one, Part):
        one = one.parts[0]
    return one


def _last(one: Part | Leaf) -> Leaf:
    while isinstance(one, Part):
        one = one.parts[-1]
    return one


def may_close(one: Block) -> bool:
    """Whether a block with braces may stand on one line when it fits."""
    if not one.fields:
        return True
    simple = all(not field.has_braces and field.rule != "level_clause" for field in one.fields)
    return one.rule not in _OPEN and len(one.fields) <= MAX_FIELDS and simple


def rows(one: Block) -> list[tuple[Block, ...]]:
    """The fields of an open block, those that read as one sentence together."""
    found: list[tuple[Block, ...]] = []
    for field in one.fields:
        if one.rule == "duty" and field.rule in _SENTENCE and found and found[-1][0].rule in _SENTENCE:
            found[-1] += (field,)
        else:
            found.append((field,))
    return found
