"""Text to tree: `parse(source, found)` gives the module as written, and finds every broken item, not the first.

The parser runs over the whole text. At a fault the items before it are kept, the fault is noted, and parsing goes on
at the next line that begins a declaration. So what a declaration may look like never depends on how text is split,
and one run still reports every broken one.
"""

import contextlib
import functools
import itertools
import re
import threading
from collections.abc import Callable
from typing import Any, cast

from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import PatternStr
from lark.utils import TextSlice

from policylang import resources, syntax
from policylang.diagnostics import Diagnostic, Enough, note
from policylang.parse import clauses, conditions, declarations
from policylang.parse.build import Build
from policylang.parse.faults import Brackets, fault
from policylang.parse.tables import parser
from policylang.parse.text import QUOTED, policy_text
from policylang.source import Source, Span

MAX_TOKENS = 50_000
"""Words, signs and comments a policy may have: the parser takes about 20 microseconds for each."""

_QUOTED = re.compile(QUOTED)
_TOKEN = re.compile(QUOTED + r"|[A-Za-z0-9_]+|[^\sA-Za-z0-9_]", re.ASCII)
_ITEM = re.compile(
    r"^[ \t]*(?:policy|use|levels|stage|action|role|attribute|parameter|set|event|control|measure|category|define|rule|"
    r"exception|duty|evaluate|amend|changes|clause|invariant|situation|test|"
    r"[A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*[ \t]+may)\b",
    re.MULTILINE | re.ASCII,
)


def parse(source: Source, found: list[Diagnostic], number: int = 0) -> syntax.Module:
    """The tree of a policy file; faults go to `found`, and the items that are whole are in the tree.

    `number` tells the files of one policy apart: node identities of file 1 begin at 2**24, of file 2 at 2**25.
    """
    text = policy_text(source, found)
    if text is None or _too_long(source, text, found):
        return syntax.Module(source=source, items=())
    build = Build(source=source, found=found, count=[number << 24])
    parser = _parser()
    with parser.turn:
        parser.build = build
        with contextlib.suppress(Enough):
            _run(parser, text)
        parser.build = None
    comments = tuple(syntax.Comment(span=Span(m.start(), m.end()), text=m[0]) for m in _comments(text))
    return syntax.Module(source=source, items=tuple(build.items), comments=comments)


def length(source: Source) -> int:
    """How many words, signs and comments a policy file has, counted to just over the limit."""
    return _length(policy_text(source, []) or "")


def _length(text: str) -> int:
    return sum(1 for _ in itertools.islice(_TOKEN.finditer(text), MAX_TOKENS + 1))


def _too_long(source: Source, text: str, found: list[Diagnostic]) -> bool:
    if len(text) <= MAX_TOKENS or _length(text) <= MAX_TOKENS:
        return False
    message = f"`{source.name}` has more than {MAX_TOKENS} words and signs"
    help_ = "split it by what it is about, and decide on several policies: the strictest verdict wins"
    found.append(Diagnostic(code="P113", message=message, place=None, help=help_))
    return True


def _run(parser: "_Parser", text: str) -> None:
    """Parse to the end of the text, going on after each fault."""
    build = cast(Build, parser.build)
    at, brackets = 0, Brackets(text)
    while True:
        try:
            parser.lark.parse(TextSlice(text, at, len(text)))
            return
        except UnexpectedInput as error:
            note(build.found, fault(build.source, brackets, error, parser.words))
            resume = _resume(text, error, at)
            if resume is None:
                return
            at = resume


def _resume(text: str, error: UnexpectedInput, began: int) -> int | None:
    """Where the next declaration begins: at the fault itself when a declaration begins there, else after it."""
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            return None
        at = error.token.start_pos or 0
    else:
        at = int(getattr(error, "pos_in_stream", None) or 0)
    line = text.rfind("\n", 0, at) + 1
    first = line if line > began and text[line:at].strip() == "" else at + 1
    match = _ITEM.search(text, max(first, began + 1))
    return match.start() if match else None


def _comments(text: str) -> list[re.Match[str]]:
    return [m for m in _QUOTED.finditer(text) if m[0][0] == "#"]


class _Parser:
    """The parser, made once, and the run it builds for: its callbacks are bound when it is made, so runs take turns."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.build: Build | None = None
        for module in (declarations, clauses, conditions):
            for rule, function in vars(module).items():
                if not rule.startswith("_") and getattr(function, "__module__", "") == module.__name__:
                    setattr(self, rule, self._callback(function))
        self.lark = parser(resources.grammar_text(), resources.grammar_tables(), self)
        self.words = {
            t.name: t.pattern.value for t in self.lark.terminals if isinstance(t.pattern, PatternStr) or t.priority == 3
        }

    def _callback(self, function: Callable[[Build, list[Any]], Any]) -> Callable[[list[Any]], Any]:
        return lambda parts: function(cast(Build, self.build), parts)


@functools.cache
def _parser() -> _Parser:
    return _Parser()
