"""What a judge says, read as a grade, and what it is shown.

The answer that is judged may try to grade itself. It stands between two lines that it cannot contain, as they hold its
own digest; and a judge that states two different grades, one outside the scale, or none, has given none.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from policylang import Item, Text, pattern

from .matching import numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class Grading:
    """How a grade is found in what a judge says: by a pattern, and then as one of some words or a number in a range."""

    pattern: str
    words: Mapping[str, Fraction] = field(default_factory=dict)
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(1)

    def grade(self, said: Text) -> Fraction | None:
        """The grade, on the scale as it is; None where there is none, or more than one."""
        if said.blocked:
            return None
        text = said.text.rstrip()
        found = pattern(self.pattern).every(text)
        if not found or (not said.ended and text.endswith(found[-1])):  # `1` may have been about to be `10`
            return None
        grades = {self._read(part) for part in found}
        return grades.pop() if len(grades) == 1 else None

    def _read(self, part: str) -> Fraction | None:
        plain = part.strip().strip("*_`\"'.").strip()
        if self.words:
            return self.words.get(plain.casefold())
        values = numbers(plain)
        is_whole = len(values) == 1 and all(sign in "0123456789.+-" for sign in plain)
        return values[0] if is_whole and self.low <= values[0] <= self.high else None


def scale(text: str | tuple[str, ...], pattern_text: str) -> Grading:
    """The grading for a scale, `0..10` or words with their values such as `harmful=1`; raises ValueError."""
    if isinstance(text, str):
        low, dots, high = text.partition("..")
        ends = (_value(low), _value(high)) if dots else (Fraction(0), Fraction(0))
        if not ends[0] < ends[1]:
            raise ValueError(
                f"the scale `{text[:60]}` is no range such as `0..10`, and no list of words such as `safe=0`"
            )
        return Grading(pattern=pattern_text, low=ends[0], high=ends[1])
    words: dict[str, Fraction] = {}
    for one in text:
        word, sign, value = one.rpartition("=")
        if not sign or not word.strip() or word.strip().casefold() in words:
            raise ValueError(f"the scale has `{one[:60]}`, which is no word with a value, or stands twice")
        words[word.strip().casefold()] = _value(value)
    if len(set(words.values())) < 2:
        raise ValueError("the scale needs two words with different values")
    return Grading(pattern=pattern_text, words=words, low=min(words.values()), high=max(words.values()))


def _value(text: str) -> Fraction:
    found = numbers(text.strip())
    if len(found) != 1:
        raise ValueError(f"`{text[:60]}` is no number of a scale")
    return found[0]


def fenced(item: Item, response: str) -> dict[str, Any]:
    """What a template for a judge may name: the fields of the row, `prompt`, `response`, and `fence` around them.

    Of a field with one of these names the template has the value as `row['…']`.
    """
    fence = "=" * 8 + hashlib.sha256(f"{item.prompt}\0{response}".encode()).hexdigest()[:16]
    return {"row": item.fields, **item.fields, "prompt": item.prompt, "response": response, "fence": fence}
