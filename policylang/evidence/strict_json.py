"""JSON text to a document: the JSON of RFC 8259 and nothing more, every number as the text it was written as.

One pass in Python over the punctuation, with strings left to the scanner of the standard library: a file of evidence
is mostly text and rarely large, and so every value has its place from the start.
"""

import json
import re
from typing import NoReturn

from policylang.diagnostics import Label
from policylang.evidence.document import (
    FLATTEN,
    MAX_NAME,
    SPLIT,
    Document,
    Findings,
    Value,
    Where,
    Wheres,
    shown,
    visible,
)
from policylang.source import Span

MAX_DEPTH = 64
MAX_SIGNS = 100_000
"""How many commas, colons and brackets a file may have: they bound the number of its values before any is made."""

_MAX_NUMBER = 64
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"([^"\\\x00-\x1f]*)"')
_KEY = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
_NEXT = re.compile(r"[ \t\n\r]*([,}\]])[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_WORD = re.compile(r"[+-]?[A-Za-z0-9_.+-]+", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_WORDS: dict[str, str | None] = {"true": "yes", "false": "no", "null": None}
_DECODER = json.JSONDecoder()


def compose_json(findings: Findings) -> Document:
    """The document a JSON text writes; what is wrong goes to `findings`, and Stopped is raised where it is no JSON."""
    text = findings.source.text
    signs = sum(map(text.count, ",:[{"))
    if signs > MAX_SIGNS:
        message = f"the file has {signs} commas, colons and brackets, {MAX_SIGNS} are read"
        findings.stop("E103", message, Span(0, 1), help=SPLIT)
    composer = _Composer(findings)
    start = composer.skip(0)
    root, end = composer.value(start, 0)
    rest = composer.skip(end)
    if rest < len(text):
        remedy = "one file holds one value; put the rest into a file of its own"
        findings.stop("E106", "something stands after the end of the JSON value", Span(rest, rest + 1), help=remedy)
    return Document(source=findings.source, root=root, span=Span(start, end), places=composer.places)


class _Composer:
    """One text on its way to values; offsets go in, a value and the offset after it come out."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.text = findings.source.text
        self.places: dict[int, Wheres] = {}

    def skip(self, at: int) -> int:
        """The offset of what follows white space."""
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, depth: int) -> tuple[Value, int]:
        """The value that starts at an offset."""
        match self.text[at : at + 1]:
            case '"':
                return self.string(at)
            case "{":
                return self.mapping(at, self.deeper(at, depth))
            case "[":
                return self.list(at, self.deeper(at, depth))
            case _:
                return self.scalar(at)

    def deeper(self, at: int, depth: int) -> int:
        """One level further down, where that is allowed."""
        if depth == MAX_DEPTH:
            self.findings.stop("E104", f"nested more than {MAX_DEPTH} deep", Span(at, at + 1), help=FLATTEN)
        return depth + 1

    def mapping(self, at: int, depth: int) -> tuple[Value, int]:
        """The mapping whose brace is at an offset."""
        entries: dict[str, Value] = {}
        wheres: dict[str, Where] = {}
        self.places[id(entries)] = wheres
        first = self.skip(at + 1)
        if self.text[first : first + 1] == "}":
            return entries, first + 1
        while True:
            key, key_end, start = self.key(first, at)
            value, end = self.value(start, depth)
            if key in entries or not key.isidentifier() or not key.isascii() or len(key) > MAX_NAME:
                check_key(key, Span(first, key_end), wheres, self.findings)
            if key not in entries:
                entries[key] = value
                wheres[key] = Where(first, key_end, start, end)
            sign = _NEXT.match(self.text, end)
            if sign is None or sign[1] == "]":
                self.stop(self.skip(end), at, "`,` or `}`")
            if sign[1] == "}":
                return entries, sign.end(1)
            first = sign.end()

    def key(self, at: int, opened: int) -> tuple[str, int, int]:
        """A key, the offset after it, and where its value starts."""
        if entry := _KEY.match(self.text, at):
            return entry[1], entry.end(1) + 1, entry.end()
        if self.text[at : at + 1] != '"':
            self.stop(at, opened, "a key in double quotes")
        key, end = self.string(at)
        colon = self.skip(end)
        if self.text[colon : colon + 1] != ":":
            self.stop(colon, opened, "`:` after the key")
        return key, end, self.skip(colon + 1)

    def list(self, at: int, depth: int) -> tuple[Value, int]:
        """The list whose bracket is at an offset."""
        items: list[Value] = []
        wheres: list[Where] = []
        self.places[id(items)] = wheres
        start = self.skip(at + 1)
        if self.text[start : start + 1] == "]":
            return items, start + 1
        while True:
            value, end = self.value(start, depth)
            items.append(value)
            wheres.append(Where(start, end, start, end))
            sign = _NEXT.match(self.text, end)
            if sign is None or sign[1] == "}":
                self.stop(self.skip(end), at, "`,` or `]`")
            if sign[1] == "]":
                return items, sign.end(1)
            start = sign.end()

    def string(self, at: int) -> tuple[str, int]:
        """The string whose quote is at an offset."""
        if plain := _STRING.match(self.text, at):
            return plain[1], plain.end()
        try:
            value, end = _DECODER.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            self.bad_string(at, error)
        text = str(value)
        if hidden := _HIDDEN.search(text):
            check_hidden(hidden[0], Span(at, end), self.findings)
        return text, int(end)

    def bad_string(self, at: int, error: json.JSONDecodeError) -> NoReturn:
        """Say why a string is none; always raises Stopped."""
        if error.msg.startswith("Unterminated"):
            remedy = "close it with a double quote; the file may have been cut off"
            self.findings.stop("E106", "this string is never closed", Span(at, self.line_end(at)), help=remedy)
        reason = "a line break or tab in a string" if "control" in error.msg else "a wrong escape in a string"
        pos = min(error.pos, len(self.text) - 1)
        remedy = r"write `\n`, `\t`, `\"`, `\\` or `\u` with four hexadecimal digits"
        self.findings.stop("E106", f"{reason} is not JSON", Span(pos, pos + 1), help=remedy)

    def scalar(self, at: int) -> tuple[Value, int]:
        """The number or word at an offset."""
        word = _WORD.match(self.text, at)
        if word is None:
            self.stop(at, self.text.rfind(":", 0, at) if at >= len(self.text) else at, "a value")
        span = Span(at, word.end())
        if word[0] in _WORDS:
            return _WORDS[word[0]], span.end
        if _NOT_FINITE.fullmatch(word[0]):
            remedy = "leave the field out when there is no number; evidence that is missing is missing"
            self.findings.stop("E116", f"`{word[0]}` is not a number", span, help=remedy)
        if _NUMBER.fullmatch(word[0]) is None:
            remedy = "put text in double quotes; numbers are written as `12`, `0.25` or `3e4`"
            self.findings.stop("E106", f"{shown(word[0])} is not a JSON value", span, help=remedy)
        if len(word[0]) > _MAX_NUMBER:
            message = f"a number of {len(word[0])} characters, at most {_MAX_NUMBER} are read"
            self.findings.stop("E115", message, span, help="numbers have 18 digits at most; quote what is not a number")
        return word[0], span.end

    def stop(self, at: int, opened: int, expected: str) -> NoReturn:
        """Say what was expected at an offset; always raises Stopped."""
        if at >= len(self.text):
            message = f"the text ends before this {shown(self.text[opened])} is closed"
            remedy = f"expected {expected}; the file may have been cut off"
            self.findings.stop("E106", message, Span(opened, opened + 1), help=remedy)
        message = f"{shown(self.text[at])} where {expected} must stand"
        self.findings.stop("E106", message, Span(at, at + 1), help=f"expected {expected}")

    def line_end(self, at: int) -> int:
        """The offset where the line of an offset ends."""
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end


def check_key(key: str, span: Span, wheres: dict[str, Where], findings: Findings) -> None:
    """Note a key that stands twice in its mapping, or that does not show what it contains."""
    if key in wheres:
        first = findings.place(Span(wheres[key].key, wheres[key].key_end))
        labels = [Label(place=first, text="first here")]
        findings.add("E108", f"the key {shown(key)} stands twice", span, labels=labels, help="keep one of the two")
    elif len(key) > MAX_NAME:
        message = f"the key {shown(key)} has {len(key)} characters, {MAX_NAME} are read"
        findings.stop("E121", message, span, help="shorten it")
    elif not key or not visible(key):
        message = f"the key {shown(key)} is empty or has characters that do not show"
        findings.add("E121", message, span, help="write it again with visible letters only")


def check_hidden(character: str, span: Span, findings: Findings) -> None:
    """Note a character that no text may contain."""
    if 0xD800 <= ord(character) <= 0xDFFF:
        message = f"half a character, {shown(character)}, stands in this text"
        findings.add("E126", message, span, help="write both halves of the pair, or leave it out")
    else:
        message = f"the control character {shown(character)} stands in this text"
        findings.add("E102", message, span, help="leave it out; of controls a text may have line breaks and tabs only")
