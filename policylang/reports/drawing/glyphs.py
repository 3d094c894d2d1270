"""How wide text is, and where it breaks: by a table of widths, since a picture is made where no font can be asked.

The widths are those of Helvetica, and of the faces made to its measure (Arial, Liberation Sans), in thousandths of the
size; each text in a picture is told its width, so that another face cannot run out of its box.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from policylang.reports.style import brief

_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),  # space to /
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),  # 0 to ?
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),  # @ to O
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),  # P to _
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),  # ` to o
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),  # p to ~
)
_OTHER, _WIDE = 620, 1000
_BOLD = 1.07
_OURS = str.maketrans(
    {"✘": "\\u{2718}", "✔": "\\u{2714}", "●": "\\u{25cf}", "▼": "\\u{25bc}", "▲": "\\u{25b2}", "◆": "\\u{25c6}"}
)
_COMMANDS = ("##[", "##vso[")
_BREAKS = re.compile(r"\S+\s*")
_PIECES = re.compile(r"[^._/-]*[._/-]?")

Face = Literal["tag", "title", "name", "lead", "text", "good", "warn", "bad", "plain", "idle"]
"""How a run of text looks."""
SIZES = {"tag": 9.5, "title": 13.0, "name": 11.0}
"""Sizes of faces; all others have the size of the text."""
SIZE = 11.0
_HEAVY = frozenset({"title", "lead", "good", "warn", "bad", "plain", "idle"})


@dataclass(frozen=True, slots=True)
class Run:
    """Some text in one face."""

    text: str
    face: Face


Words = tuple[Run, ...]


def said(text: str) -> str:
    """A text from outside on one line: harmless, cut where it is very long, and without signs that are ours."""
    shown = brief(text).translate(_OURS)
    for command in _COMMANDS:
        shown = shown.replace(command, f"#\\u{{23}}{command[2:]}")
    return shown


def wide(text: str, face: Face) -> float:
    """How wide a text is."""
    heavy = _BOLD if face in _HEAVY else 1.0
    spaced = 1.08 if face == "tag" else 1.0
    return sum(map(_width, text)) * SIZES.get(face, SIZE) * heavy * spaced / 1000


@functools.lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if " " <= character <= "~":
        return _WIDTHS[ord(character) - 32]
    if unicodedata.combining(character):
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _OTHER


def wrapped(runs: Iterable[Run], room: float, most: int = 0) -> list[Words]:
    """Runs in lines that fit; of more lines than `most` the rest is left out, and an ellipsis says so."""
    lines: list[list[Run]] = [[]]
    used = 0.0
    for word, face in _words(runs, room):
        size = wide(word.rstrip(), face)
        if lines[-1] and used + size > room:
            lines.append([])
            used = 0.0
        _put(lines[-1], word, face)
        used += wide(word, face)
    if most and len(lines) > most:
        lines = lines[:most]
        _put(lines[-1], "…", lines[-1][-1].face)
    return [tuple(_trimmed(line)) for line in lines if line]


def _put(line: list[Run], word: str, face: Face) -> None:
    if line and line[-1].face == face:
        line[-1] = Run(line[-1].text + word, face)
    else:
        line.append(Run(word, face))


def _trimmed(line: Sequence[Run]) -> Iterator[Run]:
    *rest, last = line
    yield from rest
    yield Run(last.text.rstrip(), last.face)


def _words(runs: Iterable[Run], room: float) -> Iterator[tuple[str, Face]]:
    """Words with the spaces behind them; one that is too long for a line in pieces, where a name has its joints."""
    for run in runs:
        for found in _BREAKS.finditer(run.text):
            if wide(found[0], run.face) <= room:
                yield found[0], run.face
            else:
                yield from ((piece, run.face) for piece in _pieces(found[0], run.face, room))


def _pieces(word: str, face: Face, room: float) -> Iterator[str]:
    held = ""
    for found in _PIECES.finditer(word):
        for piece in [found[0]] if wide(found[0], face) <= room else list(found[0]):
            if held and wide(held + piece, face) > room:
                yield held
                held = ""
            held += piece
    if held:
        yield held


def length(runs: Iterable[Run]) -> float:
    """How wide some runs are together."""
    return sum(wide(run.text, run.face) for run in runs)
