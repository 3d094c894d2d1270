"""Patterns over what a model wrote: regular expressions in time linear in the text, whoever wrote either.

The engine is RE2, which knows no look-around and no references back, and cannot be made to hang. Only looking for all
matches of a pattern could take the square of the text, so no more than `MAX_FOUND` are looked for.
"""

import functools
from collections.abc import Iterator
from typing import Any

from policylang.diagnostics import Diagnostic, EvidenceError

MAX_PATTERN = 2000
MAX_FOUND = 1000
"""How often a pattern is looked for in one text before only the end of the text counts."""
END = 4096
"""How many characters are the end of a text in which a pattern is found more often than that."""

_MEMORY = 8 << 20


class Pattern:
    """A regular expression; what it finds is its first group that took part, or all of it where it has no group."""

    def __init__(self, text: str) -> None:
        """Compile it; raises ValueError with what is wrong."""
        if len(text) > MAX_PATTERN:
            raise ValueError(f"a pattern has {MAX_PATTERN} characters at most, and one has {len(text)}")
        re2 = _engine()
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY
        try:
            self._compiled: Any = re2.compile(text, options)
        except re2.error as error:
            raise ValueError(f"the pattern `{text[:60]}` cannot be used: {_why(error)}") from None
        if self._compiled.search("") is not None:
            raise ValueError(f"the pattern `{text[:60]}` finds nothing in particular: it matches an empty text")

    def found_in(self, text: str) -> bool:
        """Whether it is found anywhere."""
        return self._compiled.search(text) is not None

    def first(self, text: str) -> str | None:
        """What it finds first; None where it finds nothing."""
        return next(self._parts(text, 0), None)

    def last(self, text: str) -> str | None:
        """What it finds last, of matches that do not overlap; None where it finds nothing."""
        found = self.every(text)
        return found[-1] if found else None

    def every(self, text: str) -> list[str]:
        """All it finds; where that is more than `MAX_FOUND`, what it finds in the last `END` characters."""
        found: list[str] = []
        for part in self._parts(text, 0):
            if len(found) == MAX_FOUND:
                return list(self._parts(text, max(0, len(text) - END)))
            found.append(part)
        return found

    def _parts(self, text: str, start: int) -> Iterator[str]:
        for match in self._compiled.finditer(text[start:]):
            groups = [group for group in match.groups() if group is not None]
            yield groups[0] if groups else match[0]


@functools.lru_cache(maxsize=256)
def pattern(text: str) -> Pattern:
    """The pattern that a text writes, compiled once; raises ValueError with what is wrong."""
    return Pattern(text)


def _why(error: Exception) -> str:
    """What RE2 says, as the end of a sentence."""
    said = error.args[0] if error.args else b""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(words.split())[:120].rstrip(".") or "it is no regular expression of RE2"


def _engine() -> Any:
    """RE2; raises EvidenceError where it is not installed."""
    try:
        import re2
    except ImportError:
        message = "patterns need the package `google-re2`, which is not installed"
        remedy = "install it with `pip install 'policylang[evaluators]'`"
        raise EvidenceError([Diagnostic(code="E521", message=message, place=None, help=remedy)]) from None
    return re2
