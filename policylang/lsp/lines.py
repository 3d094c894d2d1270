"""Lines as editors count them: positions of a line and a column, and the offsets we count in."""

import bisect
import re
from collections.abc import Callable, Mapping

_END = re.compile(r"\r\n|\r|\n")


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) >> 1


WIDTHS: Mapping[str, Callable[[str], int]] = {"utf-8": _utf8, "utf-16": _utf16, "utf-32": len}
"""How many units of an encoding a text takes."""


class Lines:
    """Where the lines of a text begin; columns are counted in the units of an encoding."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        """Find the lines."""
        self.text = text
        self._width = WIDTHS[encoding]
        self._is_plain = text.isascii()
        self._starts = [0, *(end.end() for end in _END.finditer(text))]

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column, both from 0, of an offset."""
        offset = max(0, min(offset, len(self.text)))
        row = bisect.bisect_right(self._starts, offset) - 1
        start = self._starts[row]
        return row, offset - start if self._is_plain else self._width(self.text[start:offset])

    def offset(self, row: int, column: int) -> int:
        """The offset of a position; what lies outside the text, or inside a character, is the nearest before it."""
        if row < 0:
            return 0
        if row >= len(self._starts):
            return len(self.text)
        start = self._starts[row]
        next_ = self._starts[row + 1] if row + 1 < len(self._starts) else len(self.text)
        line = _END.split(self.text[start:next_])
        if self._is_plain:
            return start + max(0, min(column, len(line[0])))
        at = bisect.bisect_right(range(len(line[0]) + 1), column, key=lambda n: self._width(line[0][:n])) - 1
        return start + max(0, at)

    @property
    def end(self) -> tuple[int, int]:
        """The position after the last character."""
        return self.position(len(self.text))
