"""Large products to a fixed number of digits, each with a floor and a ceiling.

An exact decision needs far fewer digits than the exact number has: 0.1 to the power of 100,000, times a number of
ways to choose, is either below 5 % or it is not, and almost always the first few digits say which. So a positive
number is held as `(low, high, exponent)`, with low * 2**exponent <= number <= high * 2**exponent. Whatever is cut
off is cut off downwards in `low` and upwards in `high`; all steps are on integers. When a comparison comes out the
same for both ends it is decided, as rigorously as with the whole number; when it does not, the caller takes the
whole number.
"""

from functools import lru_cache
from math import comb, prod
from typing import TypeAlias

BITS = 128
"""Binary digits kept. A product of n factors is then known to about one part in 2**(126 - log2 n)."""

Bracket: TypeAlias = tuple[int, int, int]
"""A positive number between `low` and `high`, times two to the `exponent`. A bare tuple: it is made very often."""

_WHOLE = 2000  # up to here the number of ways to choose is computed whole, which is faster
_BLOCK = 64
_QUICK = 8_000  # binary digits


def rounded_up(number: int, places: int) -> int:
    """`number` / 2**`places`, rounded up."""
    return -(-number >> places)


def cut(low: int, high: int, exponent: int) -> Bracket:
    """The same number with no more than the digits kept."""
    excess = high.bit_length() - BITS
    if excess <= 0:
        return low, high, exponent
    return low >> excess, rounded_up(high, excess), exponent + excess


def times(one: Bracket, other: Bracket) -> Bracket:
    """The product of two numbers."""
    return cut(one[0] * other[0], one[1] * other[1], one[2] + other[2])


def plus(one: Bracket, other: Bracket) -> Bracket:
    """The sum of two numbers."""
    if one[2] < other[2]:
        one, other = other, one
    shift = one[2] - other[2]
    if shift > 2 * BITS:  # the other is less than one step of the last digit kept
        return cut(one[0] << BITS, (one[1] << BITS) + 1, one[2] - BITS)
    return cut((one[0] << shift) + other[0], (one[1] << shift) + other[1], other[2])


@lru_cache(maxsize=1024)
def power(number: int, exponent: int) -> Bracket:
    """A positive whole number to a power: whole while that is quick, else by squaring."""
    if number.bit_length() * exponent < _QUICK:
        whole = number**exponent
        return cut(whole, whole, 0)
    result = cut(1, 1, 0)
    square = cut(number, number, 0)
    while exponent:
        if exponent & 1:
            result = times(result, square)
        exponent >>= 1
        if exponent:
            square = times(square, square)
    return result


@lru_cache(maxsize=1024)
def ways(n: int, k: int) -> Bracket:
    """In how many ways k can be chosen from n."""
    if n <= _WHOLE:
        whole = comb(n, k)
        return cut(whole, whole, 0)
    return quotient(_rising(n - k + 1, n), _rising(1, k))


def _rising(start: int, end: int) -> Bracket:
    """The product of all whole numbers from `start` to `end`."""
    result = cut(1, 1, 0)
    for at in range(start, end + 1, _BLOCK):
        block = prod(range(at, min(at + _BLOCK, end + 1)))
        result = times(result, (block, block, 0))
    return result


def quotient(above: Bracket, below: Bracket) -> Bracket:
    """One number over another, the other known to at least one digit."""
    more = 2 * BITS
    low = (above[0] << more) // below[1]
    high = -((-above[1] << more) // below[0])
    return cut(low, high, above[2] - below[2] - more)


def fixed(number: Bracket, places: int) -> tuple[int, int]:
    """The floor of `low` and the ceiling of `high`, both times 2**`places`."""
    low, high, exponent = number
    shift = exponent + places
    return (low << shift, high << shift) if shift >= 0 else (low >> -shift, rounded_up(high, -shift))
