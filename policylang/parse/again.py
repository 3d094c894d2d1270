"""Parsing again after a change: an editor asks at every key, and most of a text is as it was.

A text is parsed in pieces, from one place where a declaration may begin to the next. What a piece gives depends on its
own text and on the line it ends before, and on nothing else: the parser begins each in the same state. So after a
change the pieces that end well before it stay, those it touches are parsed, and as soon as a piece begins where one
began before, to the right of the change, all from there on stay too. They keep their trees; how far they have moved
stands in the module. One thing reaches further: a bracket that is never closed explains faults far below it. A piece
with a fault below such a bracket is parsed each time.

What comes of it is what `parse` gives for the whole text, but for node identities.
"""

import bisect
import dataclasses
from dataclasses import dataclass

from policylang import syntax
from policylang.diagnostics import MAX_FAULTS, Diagnostic, Edit, Enough, Label, errors
from policylang.parse import comments_in, parse, to_parse
from policylang.parse.build import Build
from policylang.parse.faults import Brackets
from policylang.parse.running import Parser, step, the_parser
from policylang.source import Place, Source, Span

_MOST_IDS = 2
"""More node identities than a character of text takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """What a stretch of a text gave, where it begins and ends now, and where it began when it was parsed.

    `first` is the number that its node identities come after.
    """

    start: int
    end: int
    parsed_at: int
    first: int
    items: tuple[syntax.Item, ...]
    found: tuple[Diagnostic, ...]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept of a parse: its text, its pieces, and the last node identity given."""

    text: str
    pieces: tuple[Piece, ...]
    last: int


def parse_again(
    source: Source, found: list[Diagnostic], kept: Kept | None, number: int = 0
) -> tuple[syntax.Module, Kept | None]:
    """What `parse` gives, and what to keep for the next time; `kept` is of an earlier text of the same file."""
    noted: list[Diagnostic] = []
    text = to_parse(source, noted)
    run = None if noted else _run(_Run(source, text, number, kept))
    if run is None or len(errors(found)) + len(run.found) >= MAX_FAULTS:
        return parse(source, found, number), kept if noted else None
    found += run.found
    module = syntax.Module(
        source=source,
        items=tuple(item for piece in run.pieces for item in piece.items),
        comments=comments_in(text),
        moved=tuple(sorted((piece.first, piece.start - piece.parsed_at) for piece in run.pieces if piece.items)),
    )
    return module, Kept(text=text, pieces=tuple(run.pieces), last=run.last)


def _run(run: "_Run") -> "_Run | None":
    """The same run when it is done; None where so much is wrong, or numbered, that only a whole parse will do."""
    if run.last + _MOST_IDS * len(run.text) > run.limit:
        return None
    parser = the_parser()
    with parser.turn:
        try:
            run.all(parser)
        except Enough:
            return None
        finally:
            parser.build = None
    return run


class _Run:
    """One parse of a text, with what may be kept of the one before."""

    def __init__(self, source: Source, text: str, number: int, kept: Kept | None) -> None:
        self.source, self.text = source, text
        self.kept = kept or Kept(text="", pieces=(), last=number << 24)
        self.brackets = Brackets(text)
        self.pieces: list[Piece] = []
        self.found: list[Diagnostic] = []
        self.last = self.kept.last
        self.limit = (number + 1) << 24

    def all(self, parser: Parser) -> None:
        """Parse from the start to the end; raises Enough where a whole parse would stop."""
        old, before = self.kept.text, self.kept.pieces
        same, same_at_end = alike(old, self.text)
        starts = [piece.start for piece in before]
        shift, changed_until = len(self.text) - len(old), len(old) - same_at_end
        at = 0
        for piece in before:
            line_end = self.text.find("\n", piece.end) if piece.end < same else -1
            if not 0 <= line_end < same:
                break
            at = self.keep(parser, piece, 0)
        while at < len(self.text) or not self.pieces:
            again = bisect.bisect_left(starts, max(at - shift, changed_until))
            if again < len(starts) and starts[again] == at - shift:
                for piece in before[again:]:
                    at = self.keep(parser, piece, shift)
                return
            at = self.parse(parser, at)

    def keep(self, parser: Parser, piece: Piece, shift: int) -> int:
        """Take a piece as it is, or parse it again where a bracket that is still open may explain its faults."""
        start = piece.start + shift
        if piece.found and (self.brackets.unclosed(start) is not None or _reaches_out(piece)):
            return self.parse(parser, start)
        self.add(piece if not shift else dataclasses.replace(piece, start=start, end=piece.end + shift))
        return piece.end + shift

    def parse(self, parser: Parser, at: int) -> int:
        """Parse one piece; the result is where the next begins."""
        build = Build(source=self.source, found=[], count=[self.last])
        parser.build = build
        first, end = self.last, step(parser, self.brackets, at)
        self.last = build.count[0]
        items, found = tuple(build.items), tuple(build.found)
        self.add(Piece(start=at, end=end, parsed_at=at, first=first, items=items, found=found))
        return end

    def add(self, piece: Piece) -> None:
        """Add a piece, with its faults where they are now."""
        self.pieces.append(piece)
        self.found += (moved(one, self.source, piece.start - piece.parsed_at) for one in piece.found)


def _reaches_out(piece: Piece) -> bool:
    """Whether a fault of a piece was explained by what stands before the piece."""
    places = [label.place for one in piece.found for label in one.labels]
    places += [one.place for one in piece.found if one.place is not None]
    return any(place.span.start < piece.parsed_at for place in places)


def moved(found: Diagnostic, source: Source, by: int) -> Diagnostic:
    """A finding about a text, where it stands in the text that came of it."""

    def place(was: Place) -> Place:
        return Place(source, Span(was.span.start + by, was.span.end + by))

    fix = found.fix
    if fix is not None:
        fix = dataclasses.replace(fix, edits=tuple(Edit(place=place(e.place), text=e.text) for e in fix.edits))
    return dataclasses.replace(
        found,
        place=None if found.place is None else place(found.place),
        labels=tuple(Label(place=place(label.place), text=label.text) for label in found.labels),
        fix=fix,
    )


def alike(old: str, new: str) -> tuple[int, int]:
    """How many characters two texts share at their start, and then at their end."""
    lengths = range(1, min(len(old), len(new)) + 1)
    start = bisect.bisect_left(lengths, True, key=lambda n: old[:n] != new[:n])
    rest = lengths[: len(lengths) - start]
    end = bisect.bisect_left(rest, True, key=lambda n: old[len(old) - n :] != new[len(new) - n :])
    return start, end
