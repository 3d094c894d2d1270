"""A file of evidence as plain values, with the place of each, and what was found wrong with it.

Every scalar is text: no reader after this one guesses whether `1e24`, `12:30` or `yes` was meant as something else.
A null stays None. Places are kept beside the values, by the identity of the mapping or list they stand in, so that
the values are plain Python and a place costs nothing until somebody asks for it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn, TypeAlias

from policylang.diagnostics import Diagnostic, Label
from policylang.source import Place, Source, Span

MAX_FOUND = 50
"""How many errors are reported of one file."""
MAX_NAME = 1000
"""How long a name or key may be: the identifier of a run, or a digest, is longer than a name in a policy."""
SPLIT = "split it into several files: evidence is merged from any number"
FLATTEN = "evidence is four deep at most: flatten this part"

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
Path: TypeAlias = tuple[str | int, ...]

# Letters that show nothing although `isprintable` lets them through: fillers, selectors, joiners.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_PLAIN_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MAX_SHOWN = 60


class Where(NamedTuple):
    """The offsets of an entry: where its key starts, where its key ends, where its value starts and ends."""

    key: int
    key_end: int
    start: int
    end: int


Wheres: TypeAlias = dict[str, Where] | list[Where]


class Stopped(Exception):
    """Nothing more can be said about a file."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """The values of a file, and where they stand."""

    source: Source
    root: Value
    span: Span
    places: dict[int, Wheres] = field(repr=False)

    def value(self, path: Path) -> Span:
        """The span of the value at a path, or of the nearest value around it."""
        return self._walk(path, key=False)

    def key(self, path: Path) -> Span:
        """The span of the key that ends a path, or of the value where it is no key."""
        return self._walk(path, key=True)

    def _walk(self, path: Path, *, key: bool) -> Span:
        span, here = self.span, self.root
        for step in path:
            match step, here, self.places.get(id(here)):
                case str(), dict(), dict(wheres) if step in wheres:
                    where, here = wheres[step], here[step]
                case int(), list(), list(wheres) if step < len(wheres):
                    where, here = wheres[step], here[step]
                case _:
                    return span
            span = Span(where.key, where.key_end) if key and isinstance(step, str) else Span(where.start, where.end)
        return span


class Findings:
    """What is wrong with one file: at most `MAX_FOUND` errors, each on one line of it."""

    def __init__(self, source: Source) -> None:
        """Begin with nothing found."""
        self.source = source
        self.found: list[Diagnostic] = []

    def place(self, span: Span) -> Place:
        """The first line of a span, as a place."""
        line = self.source.text.find("\n", span.start, span.end)
        return Place(self.source, span if line < 0 else Span(span.start, line))

    def add(self, code: str, message: str, span: Span, *, help: str, labels: Iterable[Label] = ()) -> None:
        """Note an error; raises Stopped when there are too many."""
        place = self.place(span)
        if len(self.found) == MAX_FOUND:
            message = f"more than {MAX_FOUND} errors, the rest of the file was not read"
            remedy = "correct these first; one wrong habit of whatever wrote the file is often behind all of them"
            self.found.append(Diagnostic(code="E132", message=message, place=place, help=remedy))
            raise Stopped
        self.found.append(Diagnostic(code=code, message=message, place=place, labels=tuple(labels), help=help))

    def stop(self, code: str, message: str, span: Span, *, help: str) -> NoReturn:
        """Note an error after which nothing more can be said; raises Stopped."""
        self.add(code, message, span, help=help)
        raise Stopped


def visible(text: str) -> bool:
    """Whether a name shows all it contains: no control, direction or zero-width character, no space around it."""
    return text.isprintable() and text.strip() == text and (text.isascii() or _BLANK.search(text) is None)


def shown(text: str) -> str:
    """A text of the user in backticks, on one line, cut where it is long."""
    plain = "".join(c if visible(c) or c == " " else f"\\u{{{ord(c):x}}}" for c in text[: _MAX_SHOWN + 1])
    return f"`{plain}`" if len(plain) <= _MAX_SHOWN else f"`{plain[:_MAX_SHOWN]}…`"


def path_text(path: Path) -> str:
    """A path as people write it: `readings[3].successes`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_STEP.fullmatch(step) and len(step) <= _MAX_SHOWN:
            text += f".{step}" if text else step
        else:
            text += f'["{shown(step)[1:-1]}"]'
    return text
