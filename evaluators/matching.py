"""Whether an answer is the right one: as it stands, normalised, as a number, or contained.

A rule that takes two different answers for the same would make a model better than it is, and one that misses a right
answer would make it worse; for a policy either can be the dangerous way. So each rule says what it passes over, and a
right answer of which nothing is left is an error of the dataset.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_ARTICLES = frozenset(("a", "an", "the"))
_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-+\u2212])?[$€£]?(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,40})(?P<part>\.[0-9]{1,40})?"
    r"(?:[eE](?P<power>[-+]?[0-9]{1,3})|/(?P<below>[0-9]{1,40}))?(?P<percent> ?%)?(?![0-9]|[eE][-+]?[0-9])"
)
_MEANT = frozenset(("Mn", "Mc", "Me", "Sm", "So"))  # accents, and symbols that make another word, as in `C++`
_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a number may be from the right one: so much, or such a share of the right one."""

    size: Fraction
    relative: bool = False


def same_text(answer: str, right: Sequence[str]) -> bool:
    """Whether an answer is one of the right ones, white space around it aside."""
    return answer.strip() in [one.strip() for one in right]


def normalised(text: str) -> str:
    """A text in one form: NFKC, small letters, without punctuation, currencies, articles and doubled spaces.

    A sign before a number and what stands between digits is kept, as `-5` is not `5` and `1.5` not `15`. Where nothing
    but articles is left they are kept too.
    """
    signs = unicodedata.normalize("NFKC", text).casefold().replace(_MINUS, "-")
    words = "".join(_kept(signs, at) for at in range(len(signs))).split()
    return " ".join([word for word in words if word not in _ARTICLES] or words)


def _kept(signs: str, at: int) -> str:
    """A sign of a text, or what stands in its place."""
    sign, before, after = signs[at], signs[at - 1 : at], signs[at + 1 : at + 2]
    if sign.isalnum() or sign.isspace() or unicodedata.category(sign) in _MEANT:
        return sign
    if sign in "-+" and after.isdigit() and not before.isalnum():
        return sign
    if sign in ".,/:" and before.isdigit() and after.isdigit():
        return sign
    return "" if sign in "'\u2019.," else " "


def same_normalised(answer: str, right: Sequence[str]) -> bool:
    """Whether an answer is one of the right ones when both are normalised."""
    return normalised(answer) in _forms(right)


def contains(answer: str, right: Sequence[str]) -> bool:
    """Whether an answer has one of the right ones in it, normalised, as whole words."""
    found = f" {normalised(answer)} "
    return any(f" {form} " in found for form in _forms(right))


def _forms(right: Sequence[str]) -> list[str]:
    """The right answers, normalised; raises ValueError where nothing is left of one."""
    forms = [normalised(one) for one in right]
    if not all(forms):
        raise ValueError("a right answer has neither letters nor digits; compare it with `match: exact`")
    return forms


def numbers(text: str) -> list[Fraction]:
    """The numbers in a text, in order: `1,234.5`, `-3`, `2e-3`, `1/2`; `5 %` is 5."""
    return [number for number in map(_number, _NUMBER.finditer(text)) if number is not None]


def _number(match: re.Match[str]) -> Fraction | None:
    value = Fraction(match["whole"].replace(",", "") + (match["part"] or ""))
    if match["below"]:
        if not int(match["below"]):
            return None
        value /= int(match["below"])
    if match["power"]:
        value *= Fraction(10) ** int(match["power"])
    return -value if match["sign"] in ("-", _MINUS) else value


def close(number: Fraction, right: Sequence[str], tolerance: Tolerance) -> bool:
    """Whether a number is one of the right ones, up to a tolerance; raises ValueError where a right one is none."""
    for one in right:
        wanted = numbers(one)
        if len(wanted) != 1:
            raise ValueError(f"the right answer `{one[:60]}` is no number")
        allowed = tolerance.size * (abs(wanted[0]) if tolerance.relative else 1)
        if abs(number - wanted[0]) <= allowed:
            return True
    return False
