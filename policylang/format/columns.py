"""What stands below one another in columns: values of a header, levels of a category, and neighbours of one kind.

Neighbours are declarations or fields of one kind, each on one line, with no blank line and no comment between them.
Their titles stand below one another, then their braces, then what stands second in their braces. A line that would
grow too long for a column stays out of it, and a column is made when all lines are in it, or two in three and three
at least.
"""

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from policylang.format.blocks import Block
from policylang.format.words import Word
from policylang.parse.concrete import Leaf

WIDTH = 120

_FEWEST = 3
_VALUES = frozenset({"version", "source_text", "effective", "force", "confidence", "extends"})
_TABLES = frozenset(
    {
        "action", "attribute", "case", "claim", "clause", "control", "event", "interpretation", "invariant", "levels",
        "parameter", "role", "set_parameter", "stage",
    }
)  # fmt: skip
_SECOND = {"set_parameter": "EQUAL", "interpretation": "WHEN", "case": ""}
"""What has a column of its own, by its terminal, where that is no title; a case begins with its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """The words of a text, the number of each by where it starts, and the gap before each on one line."""

    words: Sequence[Word]
    number: dict[int, int]
    leads: list[int]
    ends: Sequence[int]

    def width(self, first: int, last: int) -> int:
        """How wide words are on one line."""
        return self.ends[last + 1] - self.ends[first] + sum(self.leads[first + 1 : last + 1])


def align(line: Line, blocks: Sequence[Block], indent: int, is_line: Callable[[Block], bool]) -> None:
    """Widen gaps between words so that columns stand below one another; `is_line` tells what stands on one line."""
    for rules in (_VALUES, {"level_clause"}, {"claim"}):
        _pad(line, [one.first + 1 for one in blocks if one.rule in rules])
    run: list[Block] = []
    for one in blocks:
        word = line.words[one.first]
        fits = one.rule in _TABLES and is_line(one)
        if run and not (fits and one.rule == run[0].rule and not word.blank and not word.before):
            _table(line, run, indent)
            run = []
        run += [one] if fits else []
    _table(line, run, indent)


def _pad(line: Line, second: Sequence[int]) -> None:
    """Put the second words of lines below one another, however long the lines grow."""
    widest = max((line.width(at - 1, at - 1) for at in second), default=0)
    for at in second:
        line.leads[at] = widest - line.width(at - 1, at - 1) + 1


def _table(line: Line, run: Sequence[Block], indent: int) -> None:
    """Make the columns of neighbours, from left to right."""
    titled = [one for one in run if _title(line, one)]
    for column in (_title, _braces, _second):
        cells = [(one, at) for one in titled or run if (at := column(line, one))]
        if len(cells) < 2 or (column is _second and len({_words(line, one) for one, _ in cells}) > 1):
            continue
        least = [line.width(one.first, at - 1) for one, at in cells]
        most = [WIDTH - indent - line.leads[at] - line.width(at, one.last) for one, at in cells]
        place, count = _best(least, most)
        if count < len(cells) and (count < _FEWEST or count * 3 < len(cells) * 2):
            if column is _braces:
                return
            continue
        for (_, at), low, high in zip(cells, least, most, strict=True):
            line.leads[at] += place - low if low <= place <= high else 0


def _best(least: Sequence[int], most: Sequence[int]) -> tuple[int, int]:
    """The place of a column that the most lines can reach, and how many can: each from `least` to `most`."""
    starts, ends = sorted(least), sorted(most)
    count, place = max((bisect.bisect_right(starts, at) - bisect.bisect_left(ends, at), -at) for at in set(starts))
    return -place, count


def _title(line: Line, one: Block) -> int:
    """The title, or what a parameter is set to, or the condition of an interpretation."""
    kind = _SECOND.get(one.rule, "STRING")
    return next((line.number[p.start] for p in one.part.parts if isinstance(p, Leaf) and p.kind == kind), 0)


def _braces(_: Line, one: Block) -> int:
    return one.opens if one.has_braces else 0


def _second(_: Line, one: Block) -> int:
    return one.fields[1].first if len(one.fields) > 1 else 0


def _words(line: Line, one: Block) -> tuple[str, ...]:
    """The words that the fields of a block begin with."""
    return tuple(line.words[field.first].text for field in one.fields)
