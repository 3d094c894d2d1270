"""The streams of a call: how they may look, and writing to them so that nothing is lost unnoticed."""

import contextlib
import os
import sys
from typing import TextIO

from policylang.reports.style import GLYPHS, Look


def look(stream: TextIO | None, colour: str) -> Look:
    """How to write to a stream: in colour when asked for, or on a terminal; in ASCII where it must be."""
    if colour == "auto":
        is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        coloured = is_wanted and stream is not None and _is_terminal(stream)
    else:
        coloured = colour == "always"
    return Look(colour=coloured, unicode=_can_write(stream))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # it is closed
        return False


def _can_write(stream: TextIO | None) -> bool:
    try:
        GLYPHS.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeError, LookupError):
        return False
    return True


def write(stream: TextIO | None, text: str) -> None:
    """All of a text, through to the file behind the stream; raises OSError when that is not possible.

    ASCII is written as ASCII, so that a report for programs has the same bytes under every encoding.
    """
    if not text:
        return
    if stream is None:
        raise OSError("it is closed")
    encoding = "ascii" if text.isascii() else getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.flush()
        buffer = getattr(stream, "buffer", None)
        if buffer is None:  # a stream of text in memory, when we are called from Python
            stream.write(text)
            return
        buffer.write(text.encode(encoding, "backslashreplace"))
        buffer.flush()
    except ValueError:
        raise OSError("it is closed") from None


def give_up(stream: TextIO | None) -> None:
    """Send what a stream still holds nowhere: at its end Python would try again, and change the exit status."""
    if stream is None or not any(stream is end for end in (sys.__stdout__, sys.__stderr__)):
        return
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
