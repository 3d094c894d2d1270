"""The one layout of a policy: `formatted(source, found)` gives its text, `edits` the gaps that change.

Only white space changes. A text is its words and comments, in their order, and the gaps between them; layout chooses
the gaps, and touches nothing else. So what is formatted means what it meant, and what no rule here foresees can look
poor but cannot be wrong. Where a gap may break comes from the grammar rules that the parser matched, so that a measure
called `when` is a name here too.

Lines have up to 120 columns. A layout follows from the words and comments alone, with one exception: blank lines
are the author's, since they say what belongs together; several are one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policylang.diagnostics import Diagnostic
from policylang.format.blocks import block, ends
from policylang.format.setting import Setter
from policylang.format.words import WHITE, words_of
from policylang.parse import parts
from policylang.parse.concrete import Part
from policylang.parse.text import policy_blocks
from policylang.source import Source, Span
from policylang.syntax import Comment


@dataclass(frozen=True, slots=True)
class Edit:
    """White space to put in place of other white space: a span of the source, and the new text."""

    span: Span
    text: str


def formatted(source: Source, found: list[Diagnostic]) -> str | None:
    """The text of a policy file in its one layout; None, with faults in `found`, when it is broken."""
    changes = edits(source, found)
    if changes is None:
        return None
    pieces: list[str] = []
    at = 0
    for edit in changes:
        pieces += (source.text[at : edit.span.start], edit.text)
        at = edit.span.end
    return "".join(pieces) + source.text[at:]


def edits(source: Source, found: list[Diagnostic]) -> tuple[Edit, ...] | None:
    """The gaps of a policy file that change, in order; each alone can be made. None when the file is broken."""
    before = len(found)
    items, comments = parts(source, found)
    if len(found) > before:
        return None
    changed: list[Edit] = []
    for sheet in _sheets(source):
        changed += _changes(source.text, sheet, items, comments)
    return tuple(changed)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sheet:
    """What is laid out by itself: a file, or a block of Markdown, whose lines begin and end as its fence does."""

    span: Span
    margin: int
    line_end: str
    is_fenced: bool


def _sheets(source: Source) -> list[_Sheet]:
    text = source.text
    if not source.name.endswith(".policy.md"):
        return [_Sheet(span=Span(0, len(text)), margin=0, line_end="\n", is_fenced=False)]
    found = []
    for span in policy_blocks(source):
        fence = text[text.rfind("\n", 0, span.start) + 1 : span.start]
        end = "\r\n" if fence.endswith("\r") else "\n"
        found.append(_Sheet(span=span, margin=len(fence) - len(fence.lstrip(" ")), line_end=end, is_fenced=True))
    return found


def _changes(text: str, sheet: _Sheet, parts: Sequence[Part], comments: Sequence[Comment]) -> Iterator[Edit]:
    """The gaps of a sheet that change; none when a declaration stands in it only in part."""
    inside, span = [], sheet.span
    for part in parts:
        first, last = ends(part)
        if span.start <= first and last <= span.end:
            inside.append(part)
        elif first < span.end and span.start < last:
            return
    notes = [comment for comment in comments if span.start <= comment.span.start < span.end]
    words = words_of(text, inside, notes)
    setter = Setter(words, margin=sheet.margin, line_end=sheet.line_end)
    gaps = setter.set([block(part, words.number) for part in inside])
    at, white = span.start, "\n" + " " * sheet.margin if sheet.is_fenced else ""  # a \r before it is the fence's
    for number, gap in enumerate(gaps):
        yield from _change(text, at, gap.start, gap.white if number else white)
        at = gap.end
    if gaps or not sheet.is_fenced:
        yield from _change(text, at, span.end, sheet.line_end if gaps else "")


def _change(text: str, start: int, end: int, white: str) -> Iterator[Edit]:
    """The change of one gap, if it is one; whatever went wrong, a word is never lost, doubled or moved."""
    was = text[start:end]
    if start > end or was.strip(WHITE):
        raise RuntimeError("a word has no place in the layout")
    if was != white:
        yield Edit(Span(start, end), white)
