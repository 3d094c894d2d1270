"""The test on unit means: a bet against "the mean is at least t", placed unit by unit.

Ten players start with 1 each. Player j stakes a share of his wealth that grows with j on every unit being safer
than t; with outcome x in [0, 1] his wealth is multiplied by 1 + j (t - x) / (11 (1 - t)). While the mean really is
t or more, no player is expected to gain, so their average K ever reaches 1/alpha with a probability of at most
alpha. If it does, "below t" is proved.

The order of the units must not be anyone's choice, and what was not measured must not stand where it does least
harm: units go in the order of a hash of their name and the policy's salt, and the units not scored come before all,
each as the worst. Placed last they would cost nothing, since a claim once proved stays proved.

With w = 1 - x and t = a/b, c = b - a, a factor is (11 - j + j w b/c) / 11: positive and growing with t, as K then
is too. Factors are held as whole multiples of 2**-60, rounded down, and wealth as a mantissa of 192 digits and an
exponent, rounded down. So each wealth is too low, by a share of less than (number of factors) * 2**-52: a factor is
at least 1/11 and loses at most 11 * 2**-60, which is less than 2**-53 of it; all other rounding, once in sixteen
factors, is far below that (ten mantissas are aligned to the largest before they are added, and in sixteen units no
player gains more than 10**16 times as much as another). A sum at 1/alpha or above is a proof; a largest sum lower
than 1/alpha by more than that share is none; in between the whole numbers decide. Chunks that cannot hold such a
sum, given the most that sixteen units multiply a wealth by, are not looked into.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import prod
from operator import mul
from typing import TypeAlias

from policylang.bounds.directed import power
from policylang.bounds.interval import GRID, MAX_UNITS, UNKNOWN, Interval, checked, first, spanned
from policylang.bounds.places import place_units
from policylang.bounds.track import CHUNK, PLAYERS, Taker, Track, tracks

_PARTS = PLAYERS + 1
_PLACES = 60
_ONE = 1 << _PLACES
_DIGITS = 192
_FINE = 1 << _DIGITS
_LOSS = 52  # binary digits: the share that rounding may take from a wealth, for each factor in it

Wealth: TypeAlias = list[tuple[int, int]]


def units_interval(units: Mapping[str, Fraction], planned: int, *, alpha: Fraction | None, salt: str) -> Interval:
    """What the mean outcome of `planned` units may be, when those in `units` were scored.

    Every bound is proved at `alpha`, each side by itself, however often one looks. Units not scored are 1 for the upper
    bound and 0 for the lower. Without `alpha` the interval is the mean itself, widened by the units not scored.
    """
    missing = planned - len(units)
    if missing < 0 or planned > MAX_UNITS:
        raise ValueError(f"{len(units)} units are scored, so {len(units)} to {MAX_UNITS} are planned, not {planned}")
    if not all(0 <= outcome.numerator <= outcome.denominator for outcome in units.values()):
        raise ValueError("the outcome of a unit is between 0 and 1")
    if planned == 0:
        return UNKNOWN
    if alpha is None:
        total = _total(units)
        return Interval(total / planned, (total + missing) / planned)
    safe, dangerous = tracks(units, missing, salt)
    return spanned(GRID - _bound(dangerous, checked(alpha)), _bound(safe, alpha))


def _total(units: Mapping[str, Fraction]) -> Fraction:
    """The sum of all outcomes."""
    parts: dict[int, int] = {}
    for outcome in units.values():
        above, under = outcome.as_integer_ratio()
        parts[under] = parts.get(under, 0) + above
    return sum((Fraction(above, under) for under, above in sorted(parts.items())), Fraction(0))


@lru_cache(maxsize=64)
def _bound(track: Track, alpha: Fraction) -> int:
    """The least grid point that the bets prove the mean to be below; the whole grid when there is none."""
    if not any(above for above, _ in track.shares):
        return GRID
    near = int(place_units(track, alpha) * GRID) + 1
    return first(lambda a: _proved(track, (a, GRID), alpha), near=near, last=GRID)


def _proved(track: Track, t: tuple[int, int], alpha: Fraction) -> bool:
    """Whether the bets prove the mean to be below t = a/b, 0 < t <= 1."""
    if t[0] == t[1]:
        return any(above for above, _ in track.shares)
    decided = _reached(track, t, alpha)
    return _whole(track, t, alpha) if decided is None else decided


def _reached(track: Track, t: tuple[int, int], alpha: Fraction) -> bool | None:
    """Whether K reaches 1/alpha after any unit, or None when the digits kept do not say."""
    lanes = _lanes(track.shares, t)
    caps = [(max(lane) ** CHUNK >> _PLACES * (CHUNK - 1)) + 1 for lane in lanes]
    rises = [max(factor, _ONE) + _PARTS for factor in lanes[-1]]  # no other player gains more than the boldest
    goal = PLAYERS / alpha
    close = goal * (1 - Fraction(len(track.order) + track.missing, 1 << _LOSS))
    wealth = _start(track.missing)
    doubtful = False
    for take in track.chunks:
        top = max([exponent for _, exponent in wealth])
        aligned = [mantissa >> top - exponent for mantissa, exponent in wealth]
        if _reaches((sum(map(mul, aligned, caps)) >> _PLACES) + 1, top, close) and _reaches(
            (sum(aligned) * prod(take(rises)) >> _PLACES * CHUNK) + 1, top, close
        ):
            best = _best(lanes, aligned, take)
            if _reaches(best, top, goal):
                return True
            doubtful = doubtful or _reaches(best + 1, top, close)
        wealth = [_played(one, lane, take) for one, lane in zip(wealth, lanes, strict=True)]
    return None if doubtful else False


def _lanes(shares: Sequence[tuple[int, int]], t: tuple[int, int]) -> list[list[int]]:
    """For each player what every safe share multiplies his wealth by, rounded down, and the neutral factor."""
    a, b = t
    parts = [(above * b << _PLACES) // (_PARTS * under * (b - a)) for above, under in shares]
    rests = [(_PARTS - j << _PLACES) // _PARTS for j in range(_PARTS)]
    return [[*[rests[j] + j * part for part in parts], _ONE] for j in range(1, _PARTS)]


def _start(missing: int) -> Wealth:
    """The wealth of each player after the units that were not scored, as mantissa and exponent."""
    wealth = []
    for j in range(1, _PARTS):
        mantissa, _, exponent = power((_PARTS - j << _PLACES) // _PARTS, missing)
        spare = _DIGITS - mantissa.bit_length()
        wealth.append((mantissa << spare, exponent - spare - _PLACES * missing))
    return wealth


def _played(one: tuple[int, int], lane: Sequence[int], take: Taker) -> tuple[int, int]:
    """A player's wealth after the units of a chunk."""
    mantissa = one[0] * prod(take(lane))
    excess = mantissa.bit_length() - _DIGITS
    return mantissa >> excess, one[1] + excess - _PLACES * CHUNK


def _best(lanes: Sequence[Sequence[int]], aligned: Sequence[int], take: Taker) -> int:
    """The largest sum of all wealth after any unit of a chunk."""
    gains = [accumulate(take(lane), _gained, initial=_FINE) for lane in lanes]
    sums: list[int] = [sum(map(mul, aligned, gain)) for gain in zip(*gains, strict=True)]
    return max(sums) >> _DIGITS


def _gained(gain: int, factor: int) -> int:
    """The factor of several units, with one more."""
    return gain * factor >> _PLACES


def _reaches(number: int, exponent: int, goal: Fraction) -> bool:
    """Whether `number` times two to the `exponent` is at least `goal`."""
    digits = number.bit_length() + exponent
    size = goal.numerator.bit_length() - goal.denominator.bit_length()
    if digits < size:
        return False
    above, below = number * goal.denominator, goal.numerator
    return above << exponent >= below if exponent >= 0 else above >= below << -exponent


def _whole(track: Track, t: tuple[int, int], alpha: Fraction) -> bool:
    """Whether K reaches 1/alpha after any unit, in whole numbers."""
    a, b = t
    players = range(1, _PARTS)
    wealth = [(_PARTS - j) ** track.missing for j in players]
    unit = _PARTS**track.missing * PLAYERS * alpha.denominator
    for place in track.order:
        above, under = track.shares[place]
        stake = under * (b - a)
        wealth = [one * ((_PARTS - j) * stake + j * above * b) for one, j in zip(wealth, players, strict=True)]
        unit *= _PARTS * stake
        if sum(wealth) * alpha.numerator >= unit:
            return True
    return False
