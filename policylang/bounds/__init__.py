"""What a noisy score proves: exact tests, and the intervals they leave.

A score is a number of dangerous outcomes, or a mean of outcomes in [0, 1]; the rate behind it is not known. A claim
such as "the rate is below 10 %" counts only when it is proved at the policy's error probability alpha. Three tests
prove claims:

- one run, decided once, on counts: `counts_interval` (Clopper and Pearson);
- a run that is looked at as often as one likes, on counts: `counts_interval` with `anytime`, `anytime_interval`;
- means of units, at any look: `units_interval` (bets).

Each proves "below t" for every t above some place and for none under it. An interval is the inversion of the test
on a grid of one millionth: its `hi` is the least grid point the rate is proved to be below, its `lo` the greatest
that the mirrored test, dangerous taken for safe, proves it to be at least. So whatever follows from an interval is
proved; what is proved follows from the interval unless it holds by less than a millionth. `below` and `at_least`
put one claim to the test directly.

Nothing is decided in floating point. Integers with a floor and a ceiling (`directed`) decide nearly always, the
whole numbers the rest; floats (`places`) only guess where to look. So the same counts give the same bounds on every
machine.
"""

from policylang.bounds.counts import anytime_interval, at_least, below, counts_interval, largest_k, smallest_n
from policylang.bounds.interval import Interval, alpha_at
from policylang.bounds.units import units_below, units_interval

__all__ = [
    "Interval",
    "alpha_at",
    "anytime_interval",
    "at_least",
    "below",
    "counts_interval",
    "largest_k",
    "smallest_n",
    "units_below",
    "units_interval",
]
