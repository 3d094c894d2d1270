"""Bounds on random counts against scipy and mpmath, and on random units against fractions and numpy.

`python tests/campaigns/bounds.py --cases 20000` prints what differs; the exit status is 1 when anything does.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
if sys.path[0] != str(TESTS):
    sys.path[0] = str(TESTS)

from oracle_bounds import (  # noqa: E402 - the path comes first
    LEVELS,
    Wealth,
    cases,
    last_by_numpy,
    last_exactly,
    mpmath_differs,
    random_units,
    scipy_differs,
    units_differ,
)

CASES = 20_000
LARGEST_FOR_SCIPY = 200_000
LARGEST_FOR_MPMATH = 2_000


def scipy_campaign(number: int) -> Iterator[str | None]:
    """For each case what scipy finds wrong."""
    return (scipy_differs(case) for case in cases(number, 11, LARGEST_FOR_SCIPY))


def mpmath_campaign(number: int) -> Iterator[str | None]:
    """For each case what mpmath finds wrong."""
    return (mpmath_differs(case) for case in cases(number, 12, LARGEST_FOR_MPMATH))


def fractions_campaign(number: int) -> Iterator[str | None]:
    """For a tenth as many runs of few units what K in fractions finds wrong."""
    rng = random.Random(13)
    for _ in range(number // 10):
        yield random_units_differ(rng, rng.randrange(1, 40), last_exactly)


def numpy_campaign(number: int) -> Iterator[str | None]:
    """For a tenth as many runs of up to a thousand units what K in floats finds wrong."""
    rng = random.Random(14)
    for _ in range(number // 10):
        yield random_units_differ(rng, rng.randrange(40, 1_000), last_by_numpy)


def random_units_differ(rng: random.Random, n: int, wealth: Wealth) -> str | None:
    """What is wrong with the interval of n random units, and some that were not scored."""
    units = random_units(rng, n, rng.choice((1, 5, 10, 997)))
    return units_differ(units, rng.choice((0, 0, rng.randrange(4))), 1 - rng.choice(LEVELS), wealth)


def main() -> int:
    """Run all campaigns and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--cases", type=int, default=CASES, help="random counts; of units a tenth as many runs")
    number = parser.parse_args().cases
    wrong = 0
    for campaign in (scipy_campaign, mpmath_campaign, fractions_campaign, numpy_campaign):
        start, total = time.monotonic(), 0
        for found in campaign(number):
            total += 1
            if found is not None:
                wrong += 1
                print(found)
        print(f"{campaign.__name__}: {total} cases in {time.monotonic() - start:.0f} s", flush=True)
    print(f"{wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
