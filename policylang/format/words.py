"""The words of a text in their order, each with the comments that belong to it and the gap before it on one line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policylang import syntax
from policylang.parse.concrete import Leaf, Part

WHITE = " \t\r\n\f"

_CLOSING = frozenset(",:).")
_SIGNED = frozenset({"negative", "bound", "signed_quantity"})


class Note(NamedTuple):
    """A comment without the white space at its end, and whether a blank line stands before it."""

    start: int
    end: int
    text: str
    blank: bool


class Word(NamedTuple):
    """A word, sign, number or string.

    `lead` is the number of spaces before it on one line; `blank` says whether a blank line stands before it. Comments
    on lines of their own belong to the next word, one at the end of a line to the word before it.
    """

    start: int
    end: int
    text: str
    lead: int
    blank: bool
    before: tuple[Note, ...]
    after: Note | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The words of a text, the place of each by where it starts, and the comments after the last of them."""

    all: list[Word]
    number: dict[int, int]
    last: tuple[Note, ...]


def words_of(text: str, parts: Iterable[Part], comments: Sequence[syntax.Comment]) -> Words:
    """The words and comments of some items."""
    found: list[Word] = []
    notes = iter(comments)
    comment = next(notes, None)
    end, previous, previous_rule = -1, "", ""
    for part in parts:
        for rule, leaf in leaves(part):
            before: list[Note] = []
            while comment is not None and comment.span.start < leaf.start:
                note = _note(text, comment, end)
                if found and not before and "\n" not in text[end : note.start]:
                    found[-1] = found[-1]._replace(after=note)
                else:
                    before.append(note)
                end, comment = note.end, next(notes, None)
            word = text[leaf.start : leaf.end]
            lead = _lead(previous, previous_rule, word, rule)
            blank = end >= 0 and text.count("\n", end, leaf.start) > 1
            found.append(Word(leaf.start, leaf.end, word, lead, blank, tuple(before), None))
            end, previous, previous_rule = leaf.end, word, rule
    last: list[Note] = []
    while comment is not None:
        note = _note(text, comment, end)
        if found and not last and "\n" not in text[end : note.start]:
            found[-1] = found[-1]._replace(after=note)
        else:
            last.append(note)
        end, comment = note.end, next(notes, None)
    return Words(all=found, number={word.start: number for number, word in enumerate(found)}, last=tuple(last))


def leaves(part: Part) -> Iterator[tuple[str, Leaf]]:
    """The words of a part in order, each with the rule it stands in; however deep, since signs may be repeated."""
    waiting: list[tuple[str, Part | Leaf]] = [("", part)]
    while waiting:
        rule, one = waiting.pop()
        if type(one) is Leaf:
            yield rule, one
        else:
            waiting += [(one.rule, inner) for inner in reversed(one.parts)]  # type: ignore[union-attr]  # what is no word


def _note(text: str, comment: syntax.Comment, end: int) -> Note:
    start = comment.span.start
    words = comment.text.rstrip(WHITE)
    return Note(start, start + len(words), words, end >= 0 and text.count("\n", end, start) > 1)


def _lead(previous: str, previous_rule: str, word: str, rule: str) -> int:
    """How many spaces stand between two words on one line."""
    if word in _CLOSING or previous in ("(", "."):
        return 0
    if word == ".." or (word == "(" and rule == "type_name"):
        return int(rule != "type_name")
    if previous == "..":
        return int(previous_rule != "type_name")
    if previous in ("+", "-") and previous_rule in _SIGNED:
        return 0
    return int(not (previous == "{" and word == "}"))
