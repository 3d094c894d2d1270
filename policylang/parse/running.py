"""Running the parser: made once; from one place where a declaration may begin to the end, and on after each fault."""

import functools
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import PatternStr
from lark.utils import TextSlice

from policylang import resources
from policylang.diagnostics import note
from policylang.parse import clauses, conditions, declarations
from policylang.parse.build import Build
from policylang.parse.faults import Brackets, fault
from policylang.parse.tables import parser

_WORDS = (
    r"^[ \t]*(?:policy|use|levels|stage|action|role|attribute|parameter|set|event|control|measure|category|define|rule|"
    r"exception|duty|evaluate|amend|changes|clause|invariant|situation|test"
)
_WORD = re.compile(_WORDS + r")\b", re.MULTILINE | re.ASCII)
_ITEM = re.compile(
    _WORDS + r"|[A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*[ \t]+may)\b",
    re.MULTILINE | re.ASCII,
)


def run(parser: "Parser", text: str) -> None:
    """Parse to the end of the text, going on after each fault."""
    at: int | None = 0
    brackets = Brackets(text)
    while at is not None:
        try:
            parser.lark.parse(TextSlice(text, at, len(text)))
            return
        except UnexpectedInput as error:
            at = _fault(parser, brackets, error, at)


def step(parser: "Parser", brackets: Brackets, at: int) -> int:
    """Parse from a place where a declaration may begin to the next such place: what `run` does, and no further.

    Where the next one begins is guessed from its first word. A guess that ends inside a declaration was wrong.
    """
    build, text = cast(Build, parser.build), brackets.text
    items, found = len(build.items), len(build.found)
    for end in _guesses(text, at):
        try:
            parser.lark.parse(TextSlice(text, at, end))
            return end
        except UnexpectedInput as error:
            if end == len(text) or not (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
                resume = _fault(parser, brackets, error, at)
                return len(text) if resume is None else resume
            del build.items[items:], build.found[found:]
    return len(text)


def _guesses(text: str, at: int) -> Iterator[int]:
    """Where declarations may begin after a place: the 1st, 3rd, 7th … that looks like it, and the end of the text."""
    skipped, ahead = 0, 0
    for match in _WORD.finditer(text, at + 1):
        if ahead == 0:
            yield match.start()
            skipped = ahead = 2 * skipped + 1
        else:
            ahead -= 1
    yield len(text)


def _fault(parser: "Parser", brackets: Brackets, error: UnexpectedInput, began: int) -> int | None:
    """Note what is wrong; the result is where to go on."""
    build = cast(Build, parser.build)
    note(build.found, fault(build.source, brackets, error, parser.words))
    return _resume(brackets.text, error, began)


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


class Parser:
    """The parser, made once, and the run it builds for: its callbacks are bound when it is made, so runs take turns."""

    def __init__(self) -> None:
        """Make the parser from its tables."""
        self.turn = threading.Lock()
        self.build: Build | None = None
        for module in (declarations, clauses, conditions):
            for rule, function in vars(module).items():
                if not rule.startswith("_") and getattr(function, "__module__", "") == module.__name__:
                    setattr(self, rule, self._callback(rule, function))
        self.lark = parser(resources.grammar_text(), resources.grammar_tables(), self)
        self.words = {
            t.name: t.pattern.value for t in self.lark.terminals if isinstance(t.pattern, PatternStr) or t.priority == 3
        }

    def _callback(self, rule: str, function: Callable[[Build, list[Any]], Any]) -> Callable[[list[Any]], Any]:
        def build(c: list[Any]) -> Any:
            run = cast(Build, self.build)
            made = function(run, c)
            if run.log is not None:
                run.log.append((rule, c, made))
            return made

        return build


@functools.cache
def the_parser() -> Parser:
    """The one parser."""
    return Parser()
