"""The three tests of a noisy score once more, slowly and obviously: in fractions, by mpmath and by scipy.

Nothing here shares a line with `policylang.bounds`: the formulas are those of the method's description, sums are taken
term by term, and the special functions are other people's.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, prod
from typing import TypeAlias

import mpmath
import numpy as np
from scipy import special

from policylang.bounds import Interval, counts_interval, units_interval

STEP = Fraction(1, 10**6)
Wealth: TypeAlias = Callable[[Sequence[Fraction], Fraction], Fraction]
LEVELS = (Fraction(9, 10), Fraction(19, 20), Fraction(39, 40), Fraction(99, 100), Fraction(999, 1000))


@dataclass(frozen=True, kw_only=True)
class Case:
    """Counts of one run, and the test to be done on them."""

    k: int
    n: int
    alpha: Fraction
    anytime: bool

    @property
    def interval(self) -> Interval:
        """What policylang says about it."""
        return counts_interval(self.k, self.n, self.n, alpha=self.alpha, anytime=self.anytime)


def cases(number: int, seed: int, largest: int) -> Iterator[Case]:
    """Random cases: sizes over all orders of magnitude, rates often near 0 and 1, budgets of up to ten attempts."""
    rng = random.Random(seed)
    for _ in range(number):
        n = min(largest, int(largest ** rng.random()) + rng.randrange(3))
        rate = rng.choice((0.0, rng.random() ** 4, rng.random(), 1 - rng.random() ** 4, 1.0))
        attempt = rng.choice((1, 1, 1, rng.randrange(1, 11)))
        alpha = (1 - rng.choice(LEVELS)) / (attempt * (attempt + 1) if attempt > 1 else 1)
        yield Case(k=min(n, round(rate * n)), n=max(n, 1), alpha=alpha, anytime=rng.random() < 0.5)


def tail(k: int, n: int, t: Fraction) -> Fraction:
    """P(Bin(n,t) <= k)."""
    return sum((comb(n, i) * t**i * (1 - t) ** (n - i) for i in range(k + 1)), Fraction(0))


def e_value(k: int, n: int, t: Fraction) -> Fraction:
    """E as the method's description gives it, for 0 < t < 1."""
    return (1 - tail(k, n + 1, t)) / (t * (n + 1) * comb(n, k) * t**k * (1 - t) ** (n - k))


def proved(case: Case, t: Fraction) -> bool:
    """Whether the counts prove "below t", 0 < t < 1, in fractions."""
    if case.anytime:
        return e_value(case.k, case.n, t) >= 1 / case.alpha
    return tail(case.k, case.n, t) < case.alpha


def k_values(outcomes: Sequence[Fraction], t: Fraction) -> Iterator[Fraction]:
    """K after each unit, in fractions, 0 < t < 1."""
    stakes = [Fraction(j, 11) / (1 - t) for j in range(1, 11)]
    wealth = [Fraction(1)] * 10
    for outcome in outcomes:
        wealth = [one * (1 + stake * (t - outcome)) for one, stake in zip(wealth, stakes, strict=True)]
        yield sum(wealth, Fraction(0)) / 10


def last_exactly(outcomes: Sequence[Fraction], t: Fraction) -> Fraction:
    """K after all units, in fractions."""
    return list(k_values(outcomes, t))[-1]


def last_by_numpy(outcomes: Sequence[Fraction], t: Fraction) -> Fraction:
    """K after all units, to about ten digits."""
    stakes = np.arange(1, 11) / 11 / float(1 - t)
    gains = np.sum(np.log1p(np.outer(float(t) - np.array(outcomes, dtype=float), stakes)), axis=0)
    return Fraction(float(np.exp(special.logsumexp(gains) - np.log(10))))


def units_differ(units: dict[str, Fraction], missing: int, alpha: Fraction, wealth: Wealth) -> str | None:
    """What is wrong with the interval of some units, others not scored, according to K, to nine digits.

    Each bound must be the grid point where K turns.
    """
    found = units_interval(units, len(units) + missing, alpha=alpha)
    danger = list(units.values())
    safety = [1 - outcome for outcome in danger]
    worst = [Fraction(1)] * missing
    if all(_turns(worst + track, at, alpha, wealth) for track, at in ((danger, found.hi), (safety, 1 - found.lo))):
        return None
    return f"{len(units)} units, {missing} not scored, alpha {alpha}: {found}"


def _turns(track: Sequence[Fraction], bound: Fraction, alpha: Fraction, wealth: Wealth) -> bool:
    """Whether K reaches 1/alpha at the bound (unless that is 1) and not one step below."""
    close = Fraction(1, 10**9)
    reached = bound == 1 or wealth(track, bound) * alpha >= 1 - close
    return reached and (bound == 0 or wealth(track, bound - STEP) * alpha <= 1 + close)


def sides(case: Case) -> Iterator[tuple[Case, Fraction]]:
    """Each side of the interval as an upper bound: of the case, and of its mirror."""
    interval = case.interval
    yield case, interval.hi
    yield Case(k=case.n - case.k, n=case.n, alpha=case.alpha, anytime=case.anytime), 1 - interval.lo


def scipy_differs(case: Case) -> str | None:
    """What is wrong with an interval according to scipy, which is right to about ten digits."""
    for side, bound in sides(case):
        if side.k == side.n:
            if bound != 1:
                return f"{side}: {bound} is not 1"
            continue
        over, under = (_excess(side, float(t)) for t in (bound, bound - STEP))
        if over < -1e-9 or under > 1e-9:
            return f"{side}: at {bound} {over}, one step lower {under}"
        if not side.anytime:
            place = special.betaincinv(side.k + 1, side.n - side.k, float(1 - side.alpha))
            if not float(bound - STEP) - 1e-10 <= place <= float(bound) + 1e-10:
                return f"{side}: {bound}, but scipy says {place}"
    return None


def _excess(case: Case, t: float) -> float:
    """By how much the case proves "below t", as a relative number, above 0 when it does."""
    k, n, alpha = case.k, case.n, float(case.alpha)
    if t >= 1:
        return 1.0
    if t <= 0:
        return -1.0
    if not case.anytime:
        return float((alpha - special.betainc(n - k, k + 1, 1 - t)) / alpha)
    log_choose = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    point = np.exp(log_choose + k * np.log(t) + (n - k) * np.log1p(-t))
    return float(special.betainc(k + 1, n - k + 1, t) * alpha / (t * (n + 1) * point) - 1) if point else 1.0


def mpmath_differs(case: Case) -> str | None:
    """What is wrong with an interval according to mpmath at 40 digits."""
    with mpmath.workdps(40):
        for side, bound in sides(case):
            if side.k == side.n:
                continue
            if not _mpmath_proves(side, bound) or _mpmath_proves(side, bound - STEP):
                return f"{side}: {bound}"
    return None


def _mpmath_proves(case: Case, t: Fraction) -> bool:
    if not 0 < t < 1:
        return t >= 1
    k, n = case.k, case.n
    at, alpha = _real(t), _real(case.alpha)
    if case.anytime:
        upper = mpmath.betainc(k + 1, n - k + 1, 0, at, regularized=True)
        excess = upper * alpha / (at * (n + 1) * mpmath.binomial(n, k) * at**k * (1 - at) ** (n - k)) - 1
    else:
        excess = 1 - mpmath.betainc(n - k, k + 1, 0, 1 - at, regularized=True) / alpha
    return proved(case, t) if abs(excess) < 1e-30 else bool(excess > 0)


def _real(number: Fraction) -> mpmath.mpf:
    return mpmath.mpf(number.numerator) / number.denominator


def random_units(rng: random.Random, n: int, grades: int) -> dict[str, Fraction]:
    """Units with outcomes on so many grades, around a random rate."""
    mean = rng.random() ** 2 + 0.001
    spread = rng.choice((2, 20))
    return {f"task-{i}": Fraction(round(rng.betavariate(spread * mean, spread) * grades), grades) for i in range(n)}


def false_claims(n: int, t: Fraction, rejects: dict[tuple[int, int], bool]) -> Fraction:
    """The probability that at some look up to n a run at rate t shows what is rejected there: (successes, units)."""
    alive = {0: Fraction(1)}
    wrong = Fraction(0)
    for size in range(1, n + 1):
        after: dict[int, Fraction] = {}
        for k, chance in alive.items():
            for more, step in ((0, 1 - t), (1, t)):
                after[k + more] = after.get(k + more, Fraction(0)) + chance * step
        wrong += sum((chance for k, chance in after.items() if rejects[k, size]), Fraction(0))
        alive = {k: chance for k, chance in after.items() if not rejects[k, size]}
    return wrong


def chance_of(outcomes: Sequence[int], t: Fraction) -> Fraction:
    """The probability of a sequence of outcomes 0 and 1 at rate t."""
    return prod((t if outcome else 1 - t for outcome in outcomes), start=Fraction(1))
