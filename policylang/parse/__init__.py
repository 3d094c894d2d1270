"""Text to tree: `parse(source, found)` gives the module as written, and finds every broken item, not the first.

The parser runs over the whole text. At a fault the items before it are kept, the fault is noted, and parsing goes on
at the next line that begins a declaration. So what a declaration may look like never depends on how text is split,
and one run still reports every broken one.
"""

import contextlib
import itertools
import re

from policylang import syntax
from policylang.diagnostics import Diagnostic, Enough
from policylang.parse import concrete
from policylang.parse.build import Build
from policylang.parse.concrete import Part
from policylang.parse.running import run, the_parser
from policylang.parse.text import QUOTED, policy_text
from policylang.source import Source, Span

MAX_TOKENS = 50_000
"""Words, signs and comments a policy may have: the parser takes about 20 microseconds for each."""

_QUOTED = re.compile(QUOTED)
_TOKEN = re.compile(QUOTED + r"|[A-Za-z0-9_]+|[^\sA-Za-z0-9_]", re.ASCII)


def parse(source: Source, found: list[Diagnostic], number: int = 0) -> syntax.Module:
    """The tree of a policy file; faults go to `found`, and the items that are whole are in the tree.

    `number` tells the files of one policy apart: node identities of file 1 begin at 2**24, of file 2 at 2**25.
    """
    build = Build(source=source, found=found, count=[number << 24])
    text = _built(build)
    return syntax.Module(source=source, items=tuple(build.items), comments=comments_in(text))


def parts(source: Source, found: list[Diagnostic]) -> tuple[tuple[Part, ...], tuple[syntax.Comment, ...]]:
    """The items of a policy file as they are written, word by word, and its comments; faults go to `found`."""
    build = Build(source=source, found=found, log=[])
    text = _built(build)
    return tuple(concrete.items(build.log or [])), comments_in(text)


def _built(build: Build) -> str:
    """Parse a file into `build`; the result is the text that was parsed, empty when it must not be."""
    text = to_parse(build.source, build.found)
    parser = the_parser()
    with parser.turn:
        parser.build = build
        with contextlib.suppress(Enough):
            run(parser, text)
        parser.build = None
    return text


def to_parse(source: Source, found: list[Diagnostic]) -> str:
    """The text of a file to parse, at the offsets of the file; empty when it must not be parsed."""
    text = policy_text(source, found)
    return "" if text is None or _too_long(source, text, found) else text


def comments_of(source: Source) -> tuple[syntax.Comment, ...]:
    """The comments of a policy file, without the rest of its tree."""
    return comments_in(policy_text(source, []) or "")


def length(source: Source) -> int:
    """How many words, signs and comments a policy file has, counted to just over the limit."""
    return _length(policy_text(source, []) or "")


def _length(text: str) -> int:
    return sum(1 for _ in itertools.islice(_TOKEN.finditer(text), MAX_TOKENS + 1))


def _too_long(source: Source, text: str, found: list[Diagnostic]) -> bool:
    signs = len(text) - sum(map(text.count, " \n\t\r\f"))
    if signs <= MAX_TOKENS or _length(text) <= MAX_TOKENS:
        return False
    message = f"`{source.name}` has more than {MAX_TOKENS} words and signs"
    help_ = "split it by what it is about, and decide on several policies: the strictest verdict wins"
    found.append(Diagnostic(code="P113", message=message, place=None, help=help_))
    return True


def comments_in(text: str) -> tuple[syntax.Comment, ...]:
    """The comments of a text to parse."""
    found = (m for m in _QUOTED.finditer(text) if m[0][0] == "#")
    return tuple(syntax.Comment(span=Span(m.start(), m.end()), text=m[0]) for m in found)
