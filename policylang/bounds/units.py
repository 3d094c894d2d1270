"""The test on unit means: a bet against "the mean is at least t", placed on every unit.

Ten players start with 1 each. Player j stakes a share of his wealth that grows with j on every unit being safer
than t; with outcome x in [0, 1] his wealth is multiplied by 1 + j (t - x) / (11 (1 - t)). While the mean really is
t or more, no player is expected to gain, so their average K reaches 1/alpha with a probability of at most alpha. If
it does, "below t" is proved.

K is taken over all units at hand. It is symmetric in them, so nobody gains by their names or their order; and it
stays valid where units differ in difficulty, as tasks do, since the product of what each is expected to multiply a
wealth by is at most that of their mean. The largest K over the units so far would have neither property: with the
hard tasks of a suite placed first it proves of a model that solves a third of it that it solves less than a fifth.
When a run is extended and looked at again, K goes on where it stood, so the error of all looks together stays
alpha. Units not scored are taken as the worst outcome.

With w = 1 - x = p/q and t = a/b, c = b - a, a factor is ((11 - j) c q + j p b) / (11 c q): positive and growing
with t, as K then is too. Equal outcomes are raised to a power at once. A floor and a ceiling (`directed`) decide
nearly always, the whole numbers the rest.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import TypeAlias

from policylang.bounds.directed import Bracket, cut, plus, power, times
from policylang.bounds.interval import GRID, MAX_UNITS, UNKNOWN, Interval, checked, first, spanned
from policylang.bounds.places import PLAYERS, place_units

_PARTS = PLAYERS + 1
_BLOCK = 8

Counts: TypeAlias = tuple[tuple[int, int, int], ...]
"""Safe shares w = p/q as (p, q, how many units have it), each once."""


def units_interval(units: Mapping[str, Fraction], planned: int, *, alpha: Fraction | None) -> Interval:
    """What the mean outcome of `planned` units may be, when those in `units` were scored.

    Every bound is proved at `alpha`, each side by itself, however often one looks. Units not scored are 1 for the upper
    bound and 0 for the lower. Without `alpha` the interval is the mean itself, widened by the units not scored.
    """
    missing = planned - len(units)
    if missing < 0 or planned > MAX_UNITS:
        raise ValueError(f"{len(units)} units are scored, so {len(units)} to {MAX_UNITS} are planned, not {planned}")
    counted = Counter([outcome.as_integer_ratio() for outcome in units.values()])
    if not all(0 <= above <= of for above, of in counted):
        raise ValueError("the outcome of a unit is between 0 and 1")
    if planned == 0:
        return UNKNOWN
    if alpha is None:
        total = sum((Fraction(above * often, of) for (above, of), often in counted.items()), Fraction(0))
        return Interval(total / planned, (total + missing) / planned)
    checked(alpha)
    dangerous = _bound(_shares(counted, missing, mirrored=True), alpha)
    return spanned(GRID - dangerous, _bound(_shares(counted, missing, mirrored=False), alpha))


def units_below(units: Mapping[str, Fraction], planned: int, threshold: Fraction, *, alpha: Fraction) -> bool:
    """Whether the outcomes prove that the mean of `planned` units is below `threshold`."""
    if threshold > 1 or threshold <= 0:
        return threshold > 1
    counted = Counter([outcome.as_integer_ratio() for outcome in units.values()])
    counts = _shares(counted, planned - len(units), mirrored=False)
    return _proved(counts, threshold.as_integer_ratio(), checked(alpha))


def _shares(counted: Mapping[tuple[int, int], int], missing: int, *, mirrored: bool) -> Counts:
    """The safe shares of all units, those not scored included; mirrored, dangerous is taken for safe."""
    found = {(above if mirrored else of - above, of): often for (above, of), often in counted.items()}
    if missing:
        found[0, 1] = found.get((0, 1), 0) + missing
    return tuple((safe, of, often) for (safe, of), often in sorted(found.items()))


@lru_cache(maxsize=4096)
def _bound(counts: Counts, alpha: Fraction) -> int:
    """The least grid point that the bets prove the mean to be below; the whole grid when there is none."""
    if not any(safe for safe, _, _ in counts):
        return GRID
    near = int(place_units([(safe / of, often) for safe, of, often in counts], alpha) * GRID) + 1
    return first(lambda a: _proved(counts, (a, GRID), alpha), near=near, last=GRID)


def _proved(counts: Counts, t: tuple[int, int], alpha: Fraction) -> bool:
    """Whether the bets prove the mean to be below t = a/b, 0 < t <= 1."""
    a, b = t
    if a == b:
        return any(safe for safe, _, _ in counts)
    stake = b - a
    low, high, exponent = _goal(counts, stake, alpha)
    total: Bracket | None = None
    for j in range(1, _PARTS):
        wealth = _product(((_PARTS - j) * stake * of + j * safe * b, often) for safe, of, often in counts)
        total = wealth if total is None else plus(total, wealth)
        if _at_least(total[0], total[2], high, exponent):
            return True
    assert total is not None
    if not _at_least(total[1], total[2], low, exponent):
        return False
    return _whole(counts, t, alpha)


def _goal(counts: Counts, stake: int, alpha: Fraction) -> Bracket:
    """What the wealth of all players must come to, each factor without its denominator."""
    goal = _product((_PARTS * stake * of, often) for _, of, often in counts)
    over = times(goal, cut(PLAYERS * alpha.denominator, PLAYERS * alpha.denominator, 0))
    return (over[0] // alpha.numerator, -(-over[1] // alpha.numerator), over[2])


def _product(factors: Iterator[tuple[int, int]]) -> Bracket:
    """The product of powers; single factors are multiplied whole, some at a time."""
    result = cut(1, 1, 0)
    alone: list[int] = []
    for factor, often in factors:
        if often > 1:
            result = times(result, power(factor, often))
        else:
            alone.append(factor)
    for at in range(0, len(alone), _BLOCK):
        block = prod(alone[at : at + _BLOCK])
        result = times(result, (block, block, 0))
    return result


def _at_least(number: int, exponent: int, other: int, at: int) -> bool:
    """Whether one number times its power of two is at least another."""
    shift = exponent - at
    return number << shift >= other if shift >= 0 else number >= other << -shift


def _whole(counts: Counts, t: tuple[int, int], alpha: Fraction) -> bool:
    """Whether K reaches 1/alpha, in whole numbers."""
    a, b = t
    stake = b - a
    total = sum(
        prod([((_PARTS - j) * stake * of + j * safe * b) ** often for safe, of, often in counts])
        for j in range(1, _PARTS)
    )
    unit = prod([(_PARTS * stake * of) ** often for _, of, often in counts])
    return bool(total * alpha.numerator >= PLAYERS * alpha.denominator * unit)
