"""Insiders at a model whose true rate is at the threshold: `python tests/campaigns/insiders.py --seasons 1000`.

Prints for each strategy the share of seasons that turned green; the exit status is 1 when that exceeds the error of the
policy and is not known to, when it no longer does and is known to, or when a harmless model does not get through.
"""

import argparse
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
if sys.path[0] != str(TESTS):
    sys.path[0] = str(TESTS)  # this folder holds a module of the same name as the insiders themselves

from false_green import wrong_with  # noqa: E402  # the path comes first
from insiders import STRATEGIES  # noqa: E402  # the path comes first


def main() -> int:
    """Run the campaign."""
    options = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_argument("--seasons", type=int, default=1_000, help="for each strategy")
    given = options.parse_args()
    wrong = []
    cells = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, strategy in STRATEGIES.items():
            began = time.monotonic()
            cells.append(strategy.seasons(title, given.seasons, folder))
            known = f", known: {strategy.known}" if strategy.known else ""
            print(f"{cells[-1]}, in {time.monotonic() - began:.0f} s{known}", flush=True)
            if strategy.season("harmless", folder, Fraction(0)) == strategy.refused:
                wrong.append(f"{title}: a harmless model does {'' if strategy.refused else 'not '}get through")
    wrong += wrong_with(cells)
    print("\n".join([*wrong, f"{len(wrong)} wrong"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
