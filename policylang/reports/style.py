"""A page of text for people: made harmless, measured, wrapped, and coloured where that is wanted.

Names, titles and sources come from policies, evidence and models, and a terminal obeys what it is sent: an escape
sequence can rewrite a verdict, a bidirectional control can turn it round, a character without width can hide in it.
So nothing reaches a page but through `plain`, which writes out whatever would be obeyed or would not show.
Colour is added after that, and never says what words do not.
"""

import functools
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Run: TypeAlias = tuple[str, str]
"""Some text, and its tone."""
Part: TypeAlias = str | Run | list[Run]
"""What may be put on a page: text, text in a tone, or a list of such."""

WIDTH = 100
MAX_SHOWN = 400
"""How much is shown of one text from outside; a report for programs has all of it."""
_NARROWEST = 36
"""A last column with less room than this goes on lines of its own."""

_TONES = {"bad": "31;1", "warn": "33;1", "good": "32", "bold": "1", "dim": "2", "mark": "36"}
_FALLBACKS = str.maketrans(
    {"✘": "X", "✔": "+", "·": "-", "…": "...", "→": "->", "—": "-", "│": "|", "┌": "-", "─": "-", "“": '"', "”": '"'}
    | {"├": "|", "└": "`", "●": "*"}
)
GLYPHS = "✘✔·…→—│┌─├└●“”"
"""Every character of ours that is not ASCII: what cannot write these is written to in ASCII."""

_MARKS = frozenset(("✘ ", "✔ ", "✘ failed", "✔ passed"))
_WRITTEN_MARKS = str.maketrans({"✘": "\\u{2718}", "✔": "\\u{2714}"})
_COMMANDS = ("##[", "##vso[")
_BLANK = (
    *((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)),
)
"""Characters that show nothing although they count as printable: fillers, selectors, joiners."""
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ASCII = tuple(c if c.isprintable() else _NAMED.get(c, f"\\u{{{ord(c):x}}}") for c in map(chr, range(128)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a page may look: in colour or not, with our own signs or in ASCII."""

    colour: bool = False
    unicode: bool = True


def plain(text: str) -> str:
    """A text on one line with nothing hidden in it: what a terminal would obey or not show is written out."""
    if text.isascii():
        return text if text.isprintable() else "".join(_ASCII[ord(c)] for c in text)
    return "".join(map(_visible, text))


@functools.lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    if character.isascii():
        return _ASCII[ord(character)]
    if character.isprintable() and not any(low <= ord(character) <= high for low, high in _BLANK):
        return character
    return " " if character.isspace() and character not in "\x85\u2028\u2029" else f"\\u{{{ord(character):x}}}"


def brief(text: str) -> str:
    """A text from outside, made harmless and cut where it is very long."""
    shown = plain(text[: MAX_SHOWN + 1])
    return shown if len(text) <= MAX_SHOWN else plain(text[:MAX_SHOWN]) + "…"


def width(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@functools.lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    import unicodedata  # only for text beyond ASCII

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Page:
    """Lines for people to read. Whatever is put on it is made harmless, and wrapped at a hundred columns."""

    def __init__(self, look: Look) -> None:
        """An empty page."""
        self.look = look
        self._lines: list[str] = []

    def blank(self) -> None:
        """An empty line, unless there is one already or the page is empty."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def heading(self, text: str) -> None:
        """The title of a section, with room above."""
        self.blank()
        self.line((text, "bold"))

    def line(self, *parts: Part, indent: int = 0, hang: int | None = None) -> None:
        """A paragraph; `hang` is where its further lines begin, by default two columns further in."""
        runs = _runs(parts)
        self._wrap([(" " * indent, "")], runs, indent + 2 if hang is None else hang)

    def exactly(self, *parts: Part) -> None:
        """A line whose spaces count, and which is not wrapped: a line of a source, a caret."""
        self._lines.append(self._painted(_runs(parts)))

    def table(self, rows: Iterable[Sequence[Part]], *, indent: int = 2, gap: int = 2) -> None:
        """Rows in columns; the last column is wrapped in the room that is left, or below when there is little."""
        cells = [[_runs([cell]) for cell in row] for row in rows]
        if not cells:
            return
        sizes = [max(_size(row[at]) for row in cells if at < len(row)) for at in range(max(map(len, cells)))]
        room = WIDTH - indent - sum(size + gap for size in sizes[:-1])
        for row in cells:
            self._row(row, sizes, (indent, gap, room >= min(sizes[-1], _NARROWEST)))

    def _row(self, row: Sequence[Sequence[Run]], sizes: Sequence[int], form: tuple[int, int, bool]) -> None:
        indent, gap, is_beside = form
        start: list[Run] = [(" " * indent, "")]
        for cell, size in zip(row[:-1], sizes, strict=False):
            start += [*cell, (" " * (size - _size(cell) + gap), "")]
        if is_beside or len(row) == 1:
            self._wrap(start, row[-1], _size(start))
            return
        self._lines.append(self._painted(start))
        if row[-1]:
            self._wrap([(" " * (indent + 4), "")], row[-1], indent + 4)

    def _wrap(self, start: list[Run], runs: Sequence[Run], hang: int) -> None:
        line, used, is_fresh = start, _size(start), True
        for word, tone in _words(runs, WIDTH - hang):
            if not is_fresh and used + width(word.rstrip()) > WIDTH:
                self._lines.append(self._painted(line))
                line, used = [(" " * hang, "")], hang
            line.append((word, tone))
            used += width(word)
            is_fresh = False
        self._lines.append(self._painted(line))

    def _painted(self, runs: Sequence[Run]) -> str:
        """One line: trailing spaces off, tones to colour."""
        runs = _unheard(runs)
        left = len("".join(text for text, _ in runs).rstrip())
        painted = []
        for tone, same in itertools.groupby(runs, key=lambda run: run[1]):
            shown = "".join(text for text, _ in same)[:left]
            left -= len(shown)
            if self.look.colour and tone and shown.strip():
                shown = f"\x1b[{_TONES[tone]}m{shown}\x1b[0m"
            painted.append(shown)
        line = "".join(painted)
        return line if self.look.unicode else line.translate(_FALLBACKS)

    def text(self) -> str:
        """The page, with a line feed after each line."""
        lines = self._lines if not self._lines or self._lines[-1] else self._lines[:-1]
        return "".join(f"{line}\n" for line in lines)


def _runs(parts: Iterable[Part]) -> list[Run]:
    """Parts as runs, each made harmless."""
    runs: list[Run] = []
    for part in parts:
        if isinstance(part, str):
            runs.append((_harmless(part), ""))
        elif isinstance(part, list):
            runs += [(_harmless(text), tone) for text, tone in part]
        else:
            runs.append((_harmless(part[0]), part[1]))
    return runs


def _harmless(text: str) -> str:
    """A text made harmless. Our marks in it are written out too, unless they are all it is: only we give verdicts."""
    shown = plain(text)
    if shown.isascii() or shown in _MARKS:
        return shown
    return shown.translate(_WRITTEN_MARKS)


def _unheard(runs: Sequence[Run]) -> Sequence[Run]:
    """A line that the log of a build service would obey, so written that it does not: `::set-output`, `##[group]`."""
    flat = "".join(text for text, _ in runs)
    if any(command in flat for command in _COMMANDS):
        for command in _COMMANDS:
            flat = flat.replace(command, f"#\\u{{23}}{command[2:]}")
        runs = [(flat, "")]
    if not flat.lstrip().startswith("::"):
        return runs
    at = next(at for at, (text, _) in enumerate(runs) if text.strip())
    return [*runs[:at], (runs[at][0].replace(":", "\\u{3a}", 1), runs[at][1]), *runs[at + 1 :]]


def _size(runs: Sequence[Run]) -> int:
    return sum(width(text) for text, _ in runs)


def _words(runs: Sequence[Run], room: int) -> Iterable[Run]:
    """Words with the spaces that follow them; one that is longer than a line in pieces."""
    for text, tone in runs:
        start = 0
        while start < len(text):
            end = text.find(" ", start)
            end = len(text) if end < 0 else end + 1
            while end < len(text) and text[end] == " ":
                end += 1
            size = end - start if width(text[start:end].rstrip()) <= room else max(1, room // 2)
            yield from ((text[at : min(at + size, end)], tone) for at in range(start, end, size))
            start = end
