"""Words set in lines: the gap before each word and comment of a text, as its one layout has it."""

import bisect
import itertools
from collections.abc import Sequence
from typing import NamedTuple

from policylang.format.blocks import Block, may_close, rows
from policylang.format.breaks import STEP, Break, Group, declaration
from policylang.format.columns import WIDTH, Line, align
from policylang.format.words import Note, Words

BESIDE = 2
"""Spaces before a comment at the end of a line, and between fields on one line."""


class Gap(NamedTuple):
    """A word or comment from `start` to `end`, and the white space before it."""

    start: int
    end: int
    white: str


class Setter:
    """One text, or one block of a Markdown file, on its way to its layout."""

    def __init__(self, words: Words, *, margin: int, line_end: str) -> None:
        """Nothing is set yet; every line begins at `margin` and ends with `line_end`."""
        self.words, self.number, self._last = words.all, words.number, words.last
        self.leads = [word.lead for word in words.all]
        ends = [0, *itertools.accumulate(len(word.text) for word in words.all)]
        self._line = Line(words=words.all, number=words.number, leads=self.leads, ends=ends)
        self.width = self._line.width
        self._noted_before = [number for number, word in enumerate(words.all) if word.before]
        self._noted_after = [number for number, word in enumerate(words.all) if word.after]
        self._margin, self._line_end = margin, line_end
        self._gaps: list[Gap] = []
        self._column, self._white = margin, ""
        self._begins, self._has_note = True, False
        self._begun = -1
        self._beside: list[tuple[int, int]] = []

    def set(self, blocks: Sequence[Block]) -> list[Gap]:
        """All words and comments of a text in order, with their gaps."""
        self._siblings([(one,) for one in blocks], self._margin)
        for note in self._last:
            self._new_line(self._margin, blank=note.blank)
            self._put(note.start, note.end)
        self._line_up()
        return self._gaps

    # Widths

    def fits(self, first: int, last: int, indent: int) -> bool:
        """Whether words fit on one line, with no comment among them."""
        return indent + self.width(first, last) <= WIDTH and not self._noted(first, last)

    def is_line(self, one: Block, indent: int) -> bool:
        """Whether all of a declaration or field stands on one line."""
        return (not one.has_braces or may_close(one)) and self.fits(one.first, one.last, indent)

    def _noted(self, first: int, last: int) -> bool:
        """Whether a comment stands among words: after one of them but the last, before one of them but the first."""
        return _any(self._noted_before, first + 1, last) or _any(self._noted_after, first, last - 1)

    # Blocks

    def _siblings(self, lines: Sequence[tuple[Block, ...]], indent: int) -> None:
        """Set declarations or fields below one another."""
        blocks = [line[0] for line in lines if len(line) == 1]
        for one in blocks:
            for field in one.fields[1:] if may_close(one) else ():
                self.leads[field.first] = BESIDE
        align(self._line, blocks, indent, lambda one: self.is_line(one, indent))
        first = True
        for line in lines:
            if len(line) > 1 and self.fits(line[0].first, line[-1].last, indent):
                self._begin(line[0].first, indent, first=first)
                self._flat(line[0].first, line[-1].last)
                first = False
            else:
                for one in line:
                    self._block(one, indent, first=first)
                    first = False

    def _block(self, one: Block, indent: int, *, first: bool) -> None:
        self._begin(one.first, indent, first=first)
        if self.is_line(one, indent):
            self._flat(one.first, one.last)
            return
        if self.fits(one.first, one.opens, indent):
            self._flat(one.first, one.opens)
        else:
            self._group(declaration(one.part), indent, 0)
        if one.has_braces:
            self._siblings(rows(one), indent + STEP)
            self._notes(self.words[one.last].before, indent + STEP, first=not one.fields)
            self._new_line(indent)
            self._begun = one.last
            self._word(one.last, indent)

    def _begin(self, number: int, indent: int, *, first: bool) -> None:
        """Begin a line with a word, below the comments that belong to it; a block begins without a blank line."""
        word = self.words[number]
        self._notes(word.before, indent, first=first)
        self._new_line(indent, blank=word.blank and not (first and not word.before))
        self._begun = number

    def _flat(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            self._word(number, 0)

    # Groups

    def _group(self, group: Group, indent: int, tail: int) -> None:
        """Set a group; `tail` is the width of what follows it on its last line."""
        inside = indent + group.shift
        is_flat = self._fits_here(group.items, tail)
        pieces, is_broken = _pieces(group.items), False

        def must(gap: Break, piece: Sequence[int | Group]) -> bool:
            below = self._has_note or self.words[self.number[_first(piece)]].before
            return group.whole or (gap.also and is_broken) or bool(below)

        for at, (gap, piece) in enumerate(pieces, 1):
            rest = tail if at == len(pieces) else 0
            if gap is not None and not is_flat and (must(gap, piece) or not self._fits_here(piece, rest)):
                self._new_line(inside + gap.shift)
                is_broken = True
            for number, one in enumerate(piece, 1):
                if isinstance(one, Group):
                    self._group(one, inside, self._ahead(piece[number:]) + rest)
                elif isinstance(one, int):
                    self._word(self.number[one], inside + STEP)

    def _fits_here(self, items: Sequence[int | Break | Group], tail: int) -> bool:
        """Whether some items fit on this line, and what follows them, too."""
        first, last = self.number[_first(items)], self.number[_last(items)]
        lead = 0 if self._begins else self.leads[first]
        return self._column + lead + self.width(first, last) + tail <= WIDTH and not self._noted(first, last)

    def _ahead(self, items: Sequence[int | Break | Group]) -> int:
        """How wide the items after one are."""
        if not items:
            return 0
        first = self.number[_first(items)]
        return self.leads[first] + self.width(first, self.number[_last(items)])

    # Words, comments and lines

    def _word(self, number: int, indent: int) -> None:
        """Put a word; comments among the words of a line end it, and it goes on at `indent`."""
        word = self.words[number]
        if number != self._begun and word.before:
            indent = self._column if self._begins else indent
            self._notes(word.before, indent, first=True)
            self._new_line(indent)
        elif self._has_note:
            self._new_line(indent)
        if not self._begins:
            self._white = " " * self.leads[number]
            self._column += self.leads[number]
        self._put(word.start, word.end)
        if word.after is not None:
            self._beside.append((len(self._gaps), self._column))
            self._white = " " * BESIDE
            self._put(word.after.start, word.after.end)
            self._column, self._has_note = WIDTH, True

    def _notes(self, notes: Sequence[Note], indent: int, *, first: bool) -> None:
        """Put comments on lines of their own."""
        for note in notes:
            self._new_line(indent, blank=note.blank and not first)
            self._put(note.start, note.end)
            first = False

    def _put(self, start: int, end: int) -> None:
        self._gaps.append(Gap(start, end, self._white))
        self._column += end - start
        self._begins = False

    def _new_line(self, indent: int, *, blank: bool = False) -> None:
        """Go to a new line, unless one was begun."""
        if blank or not (self._begins or self._has_note):
            self._line_up()
        self._white = self._line_end * (1 + blank) + " " * indent
        self._column, self._begins, self._has_note = indent, True, False

    def _line_up(self) -> None:
        """Put the comments at the ends of the last lines below one another, if all fit."""
        if not self._beside:
            return
        column = max(column for _, column in self._beside) + BESIDE
        if all(column + self._gaps[at].end - self._gaps[at].start <= WIDTH for at, _ in self._beside):
            for at, end in self._beside:
                self._gaps[at] = self._gaps[at]._replace(white=" " * (column - end))
        self._beside = []


def _any(numbers: Sequence[int], first: int, last: int) -> bool:
    """Whether a number of a sorted list is from `first` to `last`."""
    at = bisect.bisect_left(numbers, first)
    return at < len(numbers) and numbers[at] <= last


def _pieces(items: Sequence[int | Break | Group]) -> list[tuple[Break | None, list[int | Group]]]:
    """What stands between the breaks of a group, each with the break before it."""
    found: list[tuple[Break | None, list[int | Group]]] = [(None, [])]
    for one in items:
        if isinstance(one, Break):
            found.append((one, []))
        else:
            found[-1][1].append(one)
    return found


def _first(items: Sequence[int | Break | Group]) -> int:
    one = items[0]
    return _first(one.items) if isinstance(one, Group) else one  # type: ignore[return-value]  # no group begins with a break


def _last(items: Sequence[int | Break | Group]) -> int:
    one = items[-1]
    return _last(one.items) if isinstance(one, Group) else one  # type: ignore[return-value]  # or ends with one
