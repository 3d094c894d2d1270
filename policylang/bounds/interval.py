"""What the bounds are made of: the error budget, the interval, the grid, and the search for a first place.

The grid has a million steps because people read percent: a bound that is rounded outward by 0.0001 % hardly ever
costs anybody a sample, and a bound that is a short decimal can be shown, stored and compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

GRID = 10**6
"""Bounds are whole multiples of one part in this many."""

MAX_UNITS = 10**7
"""More units than this are refused: the work grows with their number, and no test of a model has so many tasks."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What a score may be: a rate from `lo` to `hi`, both included."""

    lo: Fraction
    hi: Fraction

    def __post_init__(self) -> None:
        """Refuse what is no interval of rates."""
        if not 0 <= self.lo <= self.hi <= 1:
            raise ValueError(f"an interval of rates is 0 <= lo <= hi <= 1, not {self.lo} to {self.hi}")


UNKNOWN = Interval(Fraction(0), Fraction(1))
"""The whole domain: what is known of a rate when nothing was measured."""


def alpha_at(level: Fraction, *, attempt: int | None, parts: int = 1) -> Fraction:
    """The probability of error a claim may have: 1 - `level`, at the k-th attempt over k(k+1), split among `parts`.

    The budgets of all attempts add up to 1 - `level`. Without `attempt` the policy does not count attempts.
    A level below a half counts as a half, so that no bound lies on the wrong side of the score itself.
    """
    if not 0 < level < 1:
        raise ValueError("a confidence is above 0% and below 100%")
    if attempt is not None and attempt < 1:
        raise ValueError("attempts are counted from 1")
    if parts < 1:
        raise ValueError("an error budget is split among at least one part")
    tries = 1 if attempt is None else attempt * (attempt + 1)
    return min((1 - level) / (tries * parts), Fraction(1, 2))


def checked(alpha: Fraction) -> Fraction:
    """`alpha` itself, when it is a probability of error a test can have: above 0, at most a half."""
    if not 0 < alpha <= Fraction(1, 2):
        raise ValueError(f"an error probability is above 0 and at most 1/2, not {alpha}")
    return alpha


def spanned(low: int, high: int) -> Interval:
    """The interval between two grid points, the rate being proved to be at least `low` and below `high`.

    Data that fit no one rate, such as a run that was all safe and then all dangerous, can prove both "below 10 %" and
    "at least 20 %". Then all between the two stays possible, and neither claim follows from the interval: whichever
    side is the dangerous one, nothing is called safe on the strength of data that contradict themselves.
    """
    return Interval(Fraction(min(low, high), GRID), Fraction(max(low, high), GRID))


def first(holds: Callable[[int], bool], *, near: int, last: int | None) -> int:
    """The least number from 1 on for which `holds`, which then holds for all after it; for `last` it is known to.

    The answer never depends on `near`, only the number of tests does: two when it is the answer.
    """
    low, high, step = 0, last, 1
    at = near if last is None else min(near, last - 1)
    at = max(at, 1)
    while high is None or high - low > 1:
        if holds(at):
            high, at = at, at - step
        else:
            low, at = at, at + step
        step *= 2
        if high is not None and not low < at < high:
            at = (low + high) // 2
    return high
