"""The two tests on counts: one run decided once, and a run that may be looked at as often as one likes.

Both prove "the rate is below t" from k dangerous outcomes of n. With t = a/b and c = b - a:

1. Once: P(Bin(n,t) <= k) < alpha. With the probability of exactly k in front, the sum is 1 + r1 + r1 r2 + ...,
   where r = i c / ((n-i+1) a) for i = k, k-1, ... Each ratio is below 1 wherever the claim can be proved, and they
   shrink.
2. Anytime: E >= 1/alpha. The binomial coefficients of E cancel to (k+1) E = 1 + s1 + s1 s2 + ..., where s = (n-k-m)
   a / ((k+2+m) c) for m = 0, 1, ... These ratios shrink too. No power is left, and all terms are positive, so it is
   plain that E grows with t.

Either sum is taken in fixed point with a floor and a ceiling, only as far as the comparison needs, the rest being
at most a geometric series; the few dozen to few thousand terms near the front decide. If they do not (a tie, or as
near to one as 10**-30), the whole numbers do. When k/n >= t neither test proves anything: the median of a binomial
is at most its mean rounded up, so the tail is at least a half, and E averages likelihood ratios none of which is
above 1. Nor do they when k is the lower of the two middles and t = 1/2, where the tail is exactly a half and E is
below 2; that tie occurs at every size, and the whole numbers would take long.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd

from policylang.bounds.directed import BITS, fixed, power, quotient, times, ways
from policylang.bounds.interval import GRID, MAX_UNITS, UNKNOWN, Interval, checked, first, spanned
from policylang.bounds.places import place_anytime, place_most, place_once, place_zero

_ONE = 1 << BITS
_STRIDE = 16  # so many terms between two looks at whether the rest still matters


def counts_interval(successes: int, scored: int, n: int, *, alpha: Fraction | None, anytime: bool = False) -> Interval:
    """What the rate of successes may be, when `n` units were planned, `scored` of them judged and some were successes.

    Every bound is proved at `alpha`, each side by itself. Units not scored are successes for the upper bound and not
    for the lower. Without `alpha` the interval is the point itself, widened by the units not scored.
    """
    if not 0 <= successes <= scored <= n <= MAX_UNITS:
        raise ValueError(f"counts are 0 <= successes <= scored <= n <= {MAX_UNITS}, not {successes}, {scored}, {n}")
    most = successes + n - scored
    if n == 0:
        return UNKNOWN
    if alpha is None:
        return Interval(Fraction(successes, n), Fraction(most, n))
    return spanned(GRID - _bound(n - successes, n, alpha, anytime), _bound(most, n, alpha, anytime))


def anytime_interval(looks: Sequence[tuple[int, int]], alpha: Fraction) -> Interval:
    """What the rate may be after every recorded look, each (successes, n) of one run that grows.

    A claim once proved stays proved: at each side the strongest look decides.
    """
    for successes, n in looks:
        if not 0 <= successes <= n <= MAX_UNITS:
            raise ValueError(f"a look is 0 <= successes <= n <= {MAX_UNITS}, not {successes}, {n}")
    lows = [GRID - _bound(n - successes, n, alpha, True) for successes, n in looks]
    highs = [_bound(successes, n, alpha, True) for successes, n in looks]
    return spanned(max(lows, default=0), min(highs, default=GRID))


def below(successes: int, n: int, threshold: Fraction, *, alpha: Fraction, anytime: bool = False) -> bool:
    """Whether `successes` of `n` prove that the rate is below `threshold`."""
    if not 0 <= successes <= n <= MAX_UNITS:
        raise ValueError(f"counts are 0 <= successes <= n <= {MAX_UNITS}, not {successes}, {n}")
    if threshold > 1:
        return True
    if threshold <= 0:
        return False
    return _proved(successes, n, threshold.as_integer_ratio(), (checked(alpha), anytime))


def at_least(successes: int, n: int, threshold: Fraction, *, alpha: Fraction, anytime: bool = False) -> bool:
    """Whether `successes` of `n` prove that the rate is at least `threshold`: the mirror of `below`."""
    return threshold <= 0 or below(n - successes, n, 1 - threshold, alpha=alpha, anytime=anytime)


def smallest_n(threshold: Fraction, alpha: Fraction, anytime: bool = False) -> int | None:
    """The least number of units whose interval, without a single success, lies below `threshold`; None when none does.

    From that number on the claim is proved; rarely from one less too, since bounds are rounded outward.
    """
    checked(alpha)
    at = _step_below(threshold)
    if not 0 < at < GRID:
        return 1 if at else None
    return first(lambda n: _proved(0, n, (at, GRID), (alpha, anytime)), near=place_zero(at / GRID, alpha), last=None)


def largest_k(n: int, threshold: Fraction, alpha: Fraction, anytime: bool = False) -> int | None:
    """The most successes of `n` whose interval lies below `threshold`; None when not even that of none does."""
    if not 0 <= n <= MAX_UNITS:
        raise ValueError(f"a number of units is 0 to {MAX_UNITS}, not {n}")
    at, test = _step_below(threshold), (checked(alpha), anytime)
    if at == GRID:
        return n
    if at == 0 or not _proved(0, n, (at, GRID), test):
        return None
    return first(lambda k: not _proved(k, n, (at, GRID), test), near=place_most(n, at / GRID, alpha), last=n) - 1


def _step_below(threshold: Fraction) -> int:
    """The greatest grid point below a threshold: a bound lies below the one just when it is not above the other."""
    return min(GRID, max(0, -(-threshold.numerator * GRID // threshold.denominator) - 1))


@lru_cache(maxsize=4096)
def _bound(k: int, n: int, alpha: Fraction, anytime: bool) -> int:
    """The least grid point that k of n prove the rate to be below; the whole grid when there is none."""
    checked(alpha)
    if k == n:
        return GRID
    near = (place_anytime if anytime else place_once)(k, n, alpha)
    return first(lambda a: _proved(k, n, (a, GRID), (alpha, anytime)), near=int(near * GRID) + 1, last=GRID)


def _proved(k: int, n: int, t: tuple[int, int], test: tuple[Fraction, bool]) -> bool:
    """Whether k of n prove the rate to be below t = a/b, 0 < t <= 1, by the test (alpha, anytime)."""
    a, b = t
    if k * b >= n * a or (a + a == b and k + k + 1 == n):
        return False
    if a == b:
        return True
    alpha, anytime = test
    if anytime:
        decided = _proved_anytime(k, n, (a, b - a), alpha)
        return _whole_anytime(k, n, (a, b - a), alpha) if decided is None else decided
    decided = _proved_once(k, n, (a, b - a), alpha)
    return _whole_once(k, n, (a, b - a), alpha) if decided is None else decided


def _proved_once(k: int, n: int, odds: tuple[int, int], alpha: Fraction) -> bool | None:
    """Whether the lower tail at k is below alpha, or None when the digits kept do not say.

    The sum is compared with alpha over the probability of exactly k. It is rounded down; after m terms the last is at
    most m too low and their sum at most m(m+1)/2 <= m*m, since an error is multiplied by ratios below 1.
    """
    a, c = odds
    chance = times(times(ways(n, min(k, n - k)), power(a, k)), times(power(c, n - k), power(alpha.denominator, 1)))
    limit = quotient(times(power(a + c, n), power(alpha.numerator, 1)), chance)
    if limit[0].bit_length() + limit[2] > (k + 1).bit_length():
        return True  # more than all k + 1 terms could come to
    limit_low, limit_high = fixed(limit, BITS)
    term = total = _ONE
    m = rest = 0
    for m in range(1, k + 1):
        i = k - m
        term = term * ((i + 1) * c) // ((n - i) * a)
        total += term
        if m % _STRIDE == 0:
            rest = (term + m) * (i * c) // ((n - i + 1) * a - i * c) + 1
            if total >= limit_high or total + m * m + rest < limit_low or not term:
                break
    else:
        rest = 0
    if total >= limit_high:
        return False
    return True if total + m * m + rest < limit_low else None


def _proved_anytime(k: int, n: int, odds: tuple[int, int], alpha: Fraction) -> bool | None:
    """Whether (k+1) E reaches (k+1) / alpha, or None when the digits kept do not say.

    The terms first rise, and so would their errors: floor and ceiling are both carried along.
    """
    a, c = odds
    limit = -(-((k + 1) * alpha.denominator << BITS) // alpha.numerator)
    low = high = total_low = total_high = _ONE
    rest = 0
    for m in range(n - k):
        above, under = (n - k - m) * a, (k + 2 + m) * c
        low = low * above // under
        high = high * above // under + 1
        total_low += low
        total_high += high
        if m % _STRIDE == 0:
            if total_low >= limit:
                return True
            above, under = (n - k - m - 1) * a, (k + 3 + m) * c
            rest = high * above // (under - above) + 1 if above < under else 0
            if above < under and (total_high + rest < limit or not low):
                break
    else:
        rest = 0
    if total_low >= limit:
        return True
    return False if total_high + rest < limit else None


def _whole_once(k: int, n: int, odds: tuple[int, int], alpha: Fraction) -> bool:
    """Whether the lower tail at k is below alpha, in whole numbers."""
    a, c = _lowest(odds)
    term = tail = 1
    for i in range(1, k + 1):
        term = term * (n - i + 1) * a // i
        tail = tail * c + term
    rest: int = c ** (n - k)
    whole: int = (a + c) ** n
    return tail * rest * alpha.denominator < whole * alpha.numerator


def _whole_anytime(k: int, n: int, odds: tuple[int, int], alpha: Fraction) -> bool:
    """Whether E reaches 1 / alpha, in whole numbers."""
    a, c = _lowest(odds)
    term = tail = 1
    for i in range(n, k, -1):
        term = term * (i + 1) * c // (n + 1 - i)
        tail = tail * a + term
    return tail * alpha.numerator >= (k + 1) * term * alpha.denominator


def _lowest(odds: tuple[int, int]) -> tuple[int, int]:
    """The same odds in lowest terms."""
    shared = gcd(*odds)
    return odds[0] // shared, odds[1] // shared
