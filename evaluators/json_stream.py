"""JSON of logs, exact and bounded: whole texts, arrays item by item, and what a text begins with.

A log may be far larger than what is wanted of it, so arrays are read one item at a time and the items forgotten.
Numbers stay decimal, a key that stands twice is refused, and the `NaN` that Python writes is read as no finite number.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from .record import refused, shown

MAX_ITEM = 64 << 20
"""How many characters one item may have."""

_SPACE = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)  # to the end where it is not closed: linear
_AHEAD = 1 << 16


class DuplicateKeyError(ValueError):
    """A key stands twice in one mapping."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add gives None
        raise DuplicateKeyError(f"the key {shown(twice)} stands twice")
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Decimal, parse_constant=lambda word: Decimal(word.replace("Infinity", "inf"))
)


def _problem(error: ValueError) -> str:
    """What is wrong with a text that is all there is."""
    if not isinstance(error, json.JSONDecodeError):
        return "a number is too long"
    if error.msg.startswith("Unterminated") or not error.doc[error.pos :].strip():
        return "it ends in the middle"
    return error.msg[:1].lower() + error.msg[1:]


class Reading:
    """The text of one JSON value on its way in, with the name of the file for what goes wrong."""

    def __init__(self, name: str, chunks: Iterable[bytes]) -> None:
        """Begin before the first character."""
        self.name = name
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            assert match is not None  # the pattern matches nothing too
            self._at = match.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1):
                return ""

    def take(self, sign: str) -> None:
        """Pass over a sign that must stand here."""
        if self.peek() != sign:
            raise self.wrong(f"`{sign}` is wanted where {shown(self._text[self._at : self._at + 20])} stands")
        self._at += 1

    def value(self) -> Any:
        """The value that begins here."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except DuplicateKeyError as error:
                raise self.wrong(str(error)) from None
            except RecursionError:
                raise self.wrong("it is nested too deep") from None
            except ValueError as error:
                if not self._more(len(self._text) - self._at):
                    raise self.wrong(_problem(error)) from None
                continue
            if end == len(self._text) and self._more(_AHEAD):  # a number may go on
                continue
            self._at = end
            return value

    def skip_item(self) -> bool:
        """Pass over the comma between items; whether there is another."""
        if self.peek() != ",":
            return False
        self._at += 1
        return True

    def items(self) -> Iterator[Any]:
        """The items of the array that begins here, one by one."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        yield self.value()
        while self.skip_item():
            yield self.value()
        self.take("]")

    def keys(self) -> Iterator[str]:
        """The keys of the mapping that begins here; whoever asks for the next has taken the value of the last."""
        self.take("{")
        seen: set[str] = set()
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            key = self.value()
            if not isinstance(key, str) or key in seen:
                raise self.wrong(f"the key {shown(key)} stands twice" if key in seen else "a key is no text")
            seen.add(key)
            self.take(":")
            yield key
            if not self.skip_item():
                self.take("}")
                return

    def finish(self) -> None:
        """Refuse what stands after the value."""
        if self.peek():
            raise self.wrong("something stands after its end")

    def wrong(self, problem: str) -> Exception:
        """The error that this text cannot be read."""
        if self._ended and not self._text[self._at :].strip():
            problem = "it ends in the middle"
        return refused("E303", f"`{self.name}` is no whole JSON: {problem}", "a writer died, or the file was cut off")

    def _more(self, size: int) -> bool:
        """Read at least as many characters more, forgetting what is behind; whether any came."""
        if self._ended:
            return False
        self._text = self._text[self._at :]
        self._at = 0
        if len(self._text) > MAX_ITEM:
            message = f"`{self.name}` has an item of more than {MAX_ITEM >> 20} MiB"
            raise refused("E302", message, "such a log is not read; give its outcomes as evidence")
        parts = [self._text]
        size = max(size, _AHEAD)
        wanted = size
        while wanted > 0:
            chunk = next(self._chunks, None)
            try:
                part = self._decoder.decode(b"" if chunk is None else chunk, final=chunk is None)
            except UnicodeDecodeError:
                raise refused("E303", f"`{self.name}` is no UTF-8 text", "take the log as its tool wrote it") from None
            parts.append(part)
            wanted -= len(part)
            if chunk is None:
                self._ended = True
                break
        before = len(self._text)
        self._text = "".join(parts)
        return len(self._text) > before


def whole_value(name: str, chunks: Iterable[bytes]) -> Any:
    """The one value of a text; raises EvidenceError where it is none."""
    reading = Reading(name, chunks)
    value = reading.value()
    reading.finish()
    return value


def chunks_of(path: str | Path) -> Iterator[bytes]:
    """The bytes of a file, piece by piece."""
    with Path(path).open("rb") as file:
        while piece := file.read(_AHEAD):
            yield piece


def values_of(path: str | Path) -> Iterator[Any]:
    """The values in a file of JSON lines, one by one; raises EvidenceError."""
    reading = Reading(str(path), chunks_of(path))
    while reading.peek():
        yield reading.value()


def top_keys(head: bytes) -> list[str]:
    """The keys of the mapping that a text begins with, as far as the text goes; nothing where it begins otherwise."""
    if not head.lstrip().startswith(b"{"):
        return []
    found, depth = [], 0
    for token in _TOKEN.finditer(head):
        sign = token[0]
        if sign in b"{[":
            depth += 1
        elif sign in b"}]":
            depth -= 1
            if depth == 0:
                break
        elif depth == 1 and head[token.end() : token.end() + 8].lstrip().startswith(b":"):
            found.append(sign[1:-1].decode("utf-8", "replace"))
    return found
