"""The plain part of YAML that METR publishes its results in: mappings and lists by indentation, words and numbers.

Everything else (quotes, flow style, anchors, tags, several lines of text) is refused, so that nothing is guessed.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from .record import refused, shown

MAX_LINES = 100_000
_LINE = re.compile(r"( *)(- )?([A-Za-z0-9_][A-Za-z0-9_./ ()@+-]*?:(?= |$))? ?(.*)", re.ASCII)
_ODD = re.compile(r"[\"'\[\]{}&*!|>%@`#]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_MAX_DEPTH = 20


def plain_yaml(name: str, data: bytes) -> Any:
    """The value of a text; raises EvidenceError where it is not plain."""
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise refused("E303", f"`{name}` is no UTF-8 text", "take the file as it was published") from None
    if len(lines) > MAX_LINES:
        raise refused("E302", f"`{name}` has {len(lines)} lines", f"up to {MAX_LINES} are read")
    return _Reader(name, lines).block(0, 0)


class _Reader:
    """The lines of one text, read by indentation."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name = name
        self.lines = [(n, line.rstrip()) for n, line in enumerate(lines, 1) if line.strip()]
        self.at = 0

    def block(self, indent: int, depth: int) -> Any:
        """The mapping or list at an indentation."""
        if depth > _MAX_DEPTH:
            raise self.wrong("it is nested too deep")
        if self.at == len(self.lines):
            return None
        return self.list(indent) if self.text(indent).startswith("- ") else self.mapping(indent, depth)

    def mapping(self, indent: int, depth: int) -> dict[str, Any]:
        """The mapping at an indentation."""
        found: dict[str, Any] = {}
        for text in self.here(indent):
            match = _LINE.fullmatch(text)
            if match is None or match[2] or not match[3]:
                raise self.wrong("a key is wanted")
            key = match[3][:-1]
            if key in found:
                raise self.wrong(f"the key {shown(key)} stands twice")
            self.at += 1
            found[key] = self.scalar(match[4]) if match[4] else self.inner(indent, depth)
        return found

    def inner(self, indent: int, depth: int) -> Any:
        """What stands below a key: deeper, or a list at the same indentation."""
        if self.at == len(self.lines):
            return None
        line = self.lines[self.at][1]
        deeper = len(line) - len(line.lstrip(" "))
        if deeper > indent or (deeper == indent and line.lstrip().startswith("- ")):
            return self.block(deeper, depth + 1)
        return None

    def list(self, indent: int) -> list[Any]:
        """The list of words at an indentation."""
        found = []
        for text in self.here(indent):
            if not text.startswith("- "):
                break
            found.append(self.scalar(text[2:]))
            self.at += 1
        return found

    def here(self, indent: int) -> Iterator[str]:
        """The lines at an indentation, until one is less indented."""
        while self.at < len(self.lines):
            line = self.lines[self.at][1]
            if len(line) - len(line.lstrip(" ")) < indent:
                return
            yield self.text(indent)

    def text(self, indent: int) -> str:
        """The text of the line, which must be at this indentation."""
        line = self.lines[self.at][1]
        if line[:indent].strip() or line[indent : indent + 1] in (" ", "\t"):
            raise self.wrong("its indentation does not fit")
        return line[indent:]

    def scalar(self, text: str) -> Any:
        """A word or a number."""
        if _ODD.match(text):
            raise self.wrong("only plain words and numbers are read")
        if _NUMBER.fullmatch(text):
            try:
                return Decimal(text)
            except InvalidOperation:
                raise self.wrong("a number cannot be read") from None
        return {"true": True, "false": False, "null": None, "~": None}.get(text, text)

    def wrong(self, problem: str) -> Exception:
        """The error that a line is not plain."""
        line = self.lines[min(self.at, len(self.lines) - 1)][0]
        return refused("E303", f"`{self.name}`, line {line}: {problem}", "take the file as it was published")
