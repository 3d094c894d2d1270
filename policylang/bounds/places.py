"""Where to look first: floating-point guesses of the place where a proof begins. Nothing here decides anything.

A guess that is right saves all but two exact tests; a wrong one, even nonsense, costs more of them and changes no
answer. Most guesses are roots found by Newton's method from above, where it cannot overshoot: the logarithm of a
binomial tail is concave in t, and E and K are polynomials with positive coefficients in t/(1-t) and in 1/(1-t), so
that their logarithms are convex in the logarithms of these.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import accumulate
from math import exp, inf, lgamma, log, log1p, prod, sqrt
from operator import mul

from policylang.bounds.track import CHUNK, PLAYERS, Track

_STAKES = [j / (PLAYERS + 1) for j in range(1, PLAYERS + 1)]
_BINS = 32
_ROUNDS = 8
_NEAR = 2e-5
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


def place_units(track: Track, alpha: Fraction) -> float:
    """About where the bets begin to prove "below t", that is, where the best moment to stop does.

    The first guess stops after the last unit and puts the shares into bins; from there on the best moment leads.
    """
    risk = _risk(alpha)
    shares = [above / under for above, under in track.shares]
    rough = shares if len(shares) <= _BINS else [round(share * _BINS) / _BINS for share in shares]
    t = _place_bets(_counted(track, rough, len(track.order)), risk)
    for _ in range(_ROUNDS):
        before = t
        try:
            t = _refined(track, (shares, rough), risk, before)
        except (ArithmeticError, ValueError):
            break
        if abs(before - t) < _NEAR:
            break
    return t


def _refined(track: Track, shares: tuple[Sequence[float], Sequence[float]], risk: float, t: float) -> float:
    """A place nearer to where the best moment to stop proves "below t"; `shares` are exact, and in bins."""
    highest, units = _highest(track, shares[0], t)
    counts = _counted(track, shares[1], units)
    if not 0 < highest < inf:
        return _place_bets(counts, risk)
    return _lowered(t, log(highest) - risk, _bets(counts, t)[1])


def _risk(alpha: Fraction) -> float:
    """The logarithm of 1/alpha, however small alpha is."""
    return log(alpha.denominator) - log(alpha.numerator)


def _counted(track: Track, shares: Sequence[float], units: int) -> list[tuple[float, int]]:
    """How often each share occurs among the first `units`, those not scored included."""
    return [*Counter(map(shares.__getitem__, track.order[:units])).items(), (0.0, track.missing)]


def _place_bets(counts: Sequence[tuple[float, int]], risk: float) -> float:
    """About where so many units of each share prove "below t"."""
    n = sum(often for _, often in counts)
    rate = 1 - sum(share * often for share, often in counts) / n

    def newton(t: float) -> float:
        height, slope = _bets(counts, t)
        return _lowered(t, height - risk, slope)

    return _settled(newton, _beyond(rate, n, 2 * risk + log(n + 1) + 1))


def _lowered(t: float, excess: float, slope: float) -> float:
    """A step of Newton's method in the logarithm of 1/(1-t)."""
    return 1 - (1 - t) * exp(min(excess / slope, _LEAP))


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


def _highest(track: Track, shares: Sequence[float], t: float) -> tuple[float, int]:
    """The highest K after any number of units, and that number: chunk by chunk, then inside those that may hold it."""
    lanes = [[*[1 - stake + stake * share / (1 - t) for share in shares], 1.0] for stake in _STAKES]
    rises = [max(factor, 1.0) for factor in lanes[-1]]
    caps = [max(lane) ** CHUNK for lane in lanes]
    wealth = [(1 - stake) ** track.missing for stake in _STAKES]
    starts = [wealth]
    for take in track.chunks:
        wealth = [one * prod(take(lane)) for one, lane in zip(wealth, lanes, strict=True)]
        starts.append(wealth)
    highest, units = max((sum(start), at * CHUNK) for at, start in enumerate(starts))
    for at, take in enumerate(track.chunks):
        start = starts[at]
        if sum(map(mul, start, caps)) <= highest or sum(start) * prod(take(rises)) <= highest:
            continue
        gains = [accumulate(take(lane), mul) for lane in lanes]
        sums = [sum(map(mul, start, gain)) for gain in zip(*gains, strict=True)]
        if max(sums) > highest:
            highest = max(sums)
            units = at * CHUNK + 1 + sums.index(highest)
    return highest / PLAYERS, max(1, min(units, len(track.order)))


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
