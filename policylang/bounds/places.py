"""Where to look first: floating-point guesses of the place where a proof begins. Nothing here decides anything.

A guess that is right saves all but two exact tests; a wrong one, even nonsense, costs more of them and changes no
answer. Most guesses are roots found by Newton's method from above, where it cannot overshoot: the logarithm of a
binomial tail is concave in t, and E and K are polynomials with positive coefficients in t/(1-t) and in 1/(1-t), so
that their logarithms are convex in the logarithms of these.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import exp, lgamma, log, log1p, sqrt
from operator import mul

PLAYERS = 10
"""How many players bet on means; player j of them stakes the share j / (PLAYERS + 1)."""

_STAKES = [j / (PLAYERS + 1) for j in range(1, PLAYERS + 1)]
_LEAP = 50.0
_STEPS = 40
_CLOSE = 1e-9
_SMALL = 1e-17
_LARGE = 1e280


def place_once(k: int, n: int, alpha: Fraction) -> float:
    """About where k of n begin to prove "below t" in one run, for k < n."""
    risk = _risk(alpha)
    front = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

    def newton(t: float) -> float:
        total = _tail(k, n, t)
        excess = front + k * log(t) + (n - k) * log1p(-t) + log(total) + risk
        return t + excess * (1 - t) * total / (n - k)

    return _settled(newton, _beyond(k / n, n, 2 * risk))


def place_anytime(k: int, n: int, alpha: Fraction) -> float:
    """About where k of n begin to prove "below t" at any look, for k < n."""
    risk = _risk(alpha)

    def newton(t: float) -> float:
        total, slope = _head(k, n, t / (1 - t))
        excess = log(total) - log(k + 1) - risk
        return 1 / (1 + (1 - t) / t * exp(min(excess * total / slope, _LEAP)))

    return _settled(newton, _beyond(k / n, n, 2 * risk + log(n + 1) + 1))


def place_zero(t: float, alpha: Fraction) -> int:
    """About how many units without a success prove "below t" in one run."""
    return max(1, round(_risk(alpha) / -log1p(-t)))


def place_most(n: int, t: float, alpha: Fraction) -> int:
    """About how many successes of n are too many to prove "below t"."""
    return max(1, round(n * t - sqrt(2 * _risk(alpha) * n * t * (1 - t))))


def place_units(counts: Sequence[tuple[float, int]], alpha: Fraction) -> float:
    """About where so many units of each safe share begin to prove "below t"."""
    risk = _risk(alpha)
    n = sum(often for _, often in counts)
    rate = 1 - sum(share * often for share, often in counts) / n

    def newton(t: float) -> float:
        height, slope = _bets(counts, t)
        return 1 - (1 - t) * exp(min((height - risk) / slope, _LEAP))

    return _settled(newton, _beyond(rate, n, 2 * risk + log(n + 1) + 1))


def _risk(alpha: Fraction) -> float:
    """The logarithm of 1/alpha, however small alpha is."""
    return log(alpha.denominator) - log(alpha.numerator)


def _bets(counts: Sequence[tuple[float, int]], t: float) -> tuple[float, float]:
    """The logarithm of K, and its derivative by the logarithm of 1/(1-t)."""
    heights, slopes = [], []
    for stake in _STAKES:
        gains = [(share * stake / (1 - t), often) for share, often in counts]
        heights.append(sum([often * log(1 - stake + gain) for gain, often in gains]))
        slopes.append(sum([often * gain / (1 - stake + gain) for gain, often in gains]))
    top = max(heights)
    weights = [exp(height - top) for height in heights]
    total = sum(weights)
    return top + log(total / PLAYERS), sum(map(mul, weights, slopes)) / total


def _tail(k: int, n: int, t: float) -> float:
    """The lower tail at k over the probability of exactly k, for t above k/n."""
    odds = (1 - t) / t
    term = total = 1.0
    for i in range(k, 0, -1):
        term *= i / (n - i + 1) * odds
        total += term
        if term < _SMALL * total:
            break
    return total


def _head(k: int, n: int, odds: float) -> tuple[float, float]:
    """(k+1) E and its derivative by the logarithm of the odds."""
    term = total = 1.0
    slope = 0.0
    for m in range(n - k):
        term *= (n - k - m) / (k + 2 + m) * odds
        total += term
        slope += (m + 1) * term
        if term < _SMALL * total or total > _LARGE:
            break
    return total, slope


def _beyond(rate: float, n: int, spread: float) -> float:
    """A place safely above the one sought, as far as a normal approximation can tell."""
    middle = rate + spread / (2 * n) + sqrt(spread * rate * (1 - rate) / n + spread * spread / (4.0 * n * n))
    return middle / (1 + spread / n)


def _settled(newton: Callable[[float], float], start: float) -> float:
    """Where the steps come to rest."""
    t = start
    for _ in range(_STEPS):
        try:
            after = newton(t)
        except (ArithmeticError, ValueError):
            return t
        if not 0 < after < 1:
            after = (t + 1) / 2
        if abs(after - t) < _CLOSE:
            return after
        t = after
    return t
