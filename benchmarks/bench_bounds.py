"""How long an interval takes, by size and test, beside the same interval by bisection in whole numbers and by scipy.

    python benchmarks/bench_bounds.py [--smoke]

All columns are measured in the same run, each as the best of several repetitions with empty caches. "whole numbers"
is what the definition says: each of the two bounds by bisection over the grid, every test on the whole integers (for
units, in fractions), once; it is left out where it would take minutes. "scipy" is two quantiles of a beta distribution,
in floats, without any decision at a grid point; it has nothing like the other tests.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import comb

from scipy import stats

from policylang.bounds import counts_interval, units_interval
from policylang.bounds.counts import _bound as count_bound
from policylang.bounds.directed import power, ways
from policylang.bounds.units import _bound as unit_bound

ALPHA = Fraction(1, 20)
GRID = 10**6
SIZES = (100, 1_000, 10_000, 100_000)
RATES = (Fraction(1, 50), Fraction(1, 10), Fraction(1, 2))
WHOLE_COUNTS_UP_TO = 1_000
WHOLE_UNITS_UP_TO = 100
TARGETS = {1_000: 2.0, 10_000: 50.0, 100_000: 3_000.0}  # milliseconds


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table, times in milliseconds."""

    test: str
    n: int
    rate: Fraction
    ours: float
    whole: float | None = None
    scipy: float | None = None


def best(action: Callable[[], object], repetitions: int) -> float:
    """The least time of several, in milliseconds."""
    times = []
    for _ in range(repetitions):
        for cached in (count_bound, unit_bound, power, ways):
            cached.cache_clear()
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def whole_tail(k: int, n: int, a: int) -> bool:
    """Whether the lower tail at a / GRID is below alpha, in whole numbers."""
    c, total = GRID - a, 0
    for i in range(k + 1):
        total = total * c + comb(n, i) * a**i
    return Fraction(total * c ** (n - k), GRID**n) < ALPHA


def whole_e_value(k: int, n: int, a: int) -> bool:
    """Whether E at a / GRID reaches 1/alpha, in whole numbers."""
    c, total = GRID - a, 0
    for i in range(n + 1, k, -1):
        total = total * a + comb(n + 1, i) * c ** (n + 1 - i)
    return Fraction(total, (k + 1) * comb(n + 1, k + 1) * c ** (n - k)) >= 1 / ALPHA


def whole_bets(track: Sequence[Fraction], a: int) -> bool:
    """Whether K at a / GRID reaches 1/alpha, in fractions."""
    t = Fraction(a, GRID)
    wealth = [Fraction(1)] * 10
    for outcome in track:
        wealth = [one * (1 + Fraction(j, 11) * (t - outcome) / (1 - t)) for j, one in enumerate(wealth, 1)]
    return sum(wealth) >= 10 / ALPHA


def bisected(proved: Callable[[int], bool]) -> int:
    """The least grid point proved."""
    low, high = 0, GRID
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if proved(middle) else (middle, high)
    return high


def both_sides(test: Callable[[int, int, int], bool], k: int, n: int) -> list[int]:
    """Both bounds of counts by bisection."""
    return [bisected(partial(test, side, n)) for side in (k, n - k)]


def rows(sizes: tuple[int, ...], repetitions: int) -> Iterator[Row]:
    """Every test at every size and rate."""
    for n in sizes:
        for rate in RATES:
            k = int(n * rate)
            yield once(n, k, repetitions)
            yield anytime(n, k, repetitions)
            yield units(n, rate, 10, repetitions)
            if n <= 10_000:
                yield units(n, rate, 10**6, repetitions)


def once(n: int, k: int, repetitions: int) -> Row:
    """The interval of a run decided once."""
    return Row(
        test="once",
        n=n,
        rate=Fraction(k, n),
        ours=best(lambda: counts_interval(k, n, n, alpha=ALPHA), repetitions),
        whole=best(lambda: both_sides(whole_tail, k, n), 1) if n <= WHOLE_COUNTS_UP_TO else None,
        scipy=best(lambda: (stats.beta.ppf(0.95, k + 1, n - k), stats.beta.ppf(0.05, k, n - k + 1)), repetitions),
    )


def anytime(n: int, k: int, repetitions: int) -> Row:
    """The interval of a run that may be looked at often."""
    return Row(
        test="anytime",
        n=n,
        rate=Fraction(k, n),
        ours=best(lambda: counts_interval(k, n, n, alpha=ALPHA, anytime=True), repetitions),
        whole=best(lambda: both_sides(whole_e_value, k, n), 1) if n <= WHOLE_COUNTS_UP_TO else None,
    )


def units(n: int, rate: Fraction, grades: int, repetitions: int) -> Row:
    """The interval of unit means on so many grades."""
    rng = random.Random(n)
    means = [rng.betavariate(float(4 * rate), float(4 * (1 - rate))) for _ in range(n)]
    outcomes = {f"task-{i}": Fraction(round(mean * grades), grades) for i, mean in enumerate(means)}
    tracks = [list(outcomes.values()), [1 - outcome for outcome in outcomes.values()]]
    return Row(
        test=f"units, {len(set(outcomes.values()))} values",
        n=n,
        rate=rate,
        ours=best(lambda: units_interval(outcomes, n, alpha=ALPHA), repetitions),
        whole=best(lambda: [bisected(partial(whole_bets, side)) for side in tracks], 1)
        if n <= WHOLE_UNITS_UP_TO
        else None,
    )


def line(row: Row) -> str:
    """A row of the table."""
    target = TARGETS.get(row.n)
    cells = [
        f"{row.test:<20}{row.n:>7}{float(row.rate):>7.2f}{row.ours:>12.2f}",
        f"{target:>9.0f}{'  met   ' if row.ours <= target else '  missed'}" if target else " " * 17,
        f"{row.whole:>14.1f}{row.whole / row.ours:>8.0f}x" if row.whole else " " * 23,
        f"{row.scipy:>9.2f}{row.ours / row.scipy:>7.1f}x" if row.scipy else "",
    ]
    return "  ".join(cells).rstrip()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--smoke", action="store_true", help="small sizes, once")
    smoke = parser.parse_args().smoke
    others = f"{'whole ms':>14}{'faster':>9}  {'scipy ms':>9}{'slower':>8}"
    print(f"{'test':<20}{'n':>7}{'rate':>7}{'ours ms':>12}  {'target ms':>9}{'':8}  {others}")
    for row in rows((100,) if smoke else SIZES, 1 if smoke else 5):
        print(line(row), flush=True)


if __name__ == "__main__":
    main()
