"""Text with a name, and places in it: offsets inside, lines and columns only where text leaves us."""

import bisect
import functools
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of offsets (counted in characters) into one text."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Source:
    """A text and the name people know it by: a path, or `<stdin>`."""

    name: str
    text: str = field(repr=False)

    @functools.cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        while (at := find("\n", starts[-1])) >= 0:
            starts.append(at + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column (both from 1, the column in characters) of an offset."""
        row = bisect.bisect_right(self._starts, offset) - 1
        return row + 1, offset - self._starts[row] + 1

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its line end."""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Place:
    """A range of one source: where something stands."""

    source: Source
    span: Span

    def __str__(self) -> str:
        line, column = self.source.position(self.span.start)
        return f"{self.source.name}:{line}:{column}"
