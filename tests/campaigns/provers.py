"""Everyone who answers questions about policies: `python tests/campaigns/provers.py --policies 2000`.

Diagrams, z3, cvc5, tables of all assignments and the decider are asked the same, and must agree.
Every second policy is a small one that adds and scales measures; the others are random policies with a revision.
Prints the seeds it uses, how far it is, how many policies a minute and how long is left, and everything that does not
fit together; that does not stop the campaign, and the exit status is 1 when there was anything.
"""

import argparse
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
if sys.path[0] != str(TESTS):
    sys.path[0] = str(TESTS)

from judges import judged  # noqa: E402  # the path comes first
from revisions import pair_of_any, pair_that_adds  # noqa: E402  # the path comes first


def run(job: tuple[int, int]) -> tuple[list[str], Counter[str]]:
    """All questions about one policy and its revision: what is wrong, and how often everyone was asked."""
    seed, questions = job
    try:
        graphs = pair_that_adds(seed) if seed % 2 else pair_of_any(seed)
        return judged(graphs, seed, questions_each=questions)
    except Exception:  # noqa: BLE001  # one broken policy is a failure to print, not the end of a long run
        return [f"seed {seed}: {traceback.format_exc(limit=-3)}"], Counter()


def main() -> int:
    """Run the campaign."""
    options = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_argument("--policies", type=int, default=2_000)
    options.add_argument("--questions", type=int, default=24, help="for each policy")
    options.add_argument("--first", type=int, default=10**6, help="the first seed")
    options.add_argument("--processes", type=int, default=2)
    given = options.parse_args()
    jobs = [(seed, given.questions) for seed in range(given.first, given.first + given.policies)]
    print(f"policies of seeds {given.first} to {given.first + given.policies - 1}", flush=True)
    began = told = time.monotonic()
    counts: Counter[str] = Counter()
    failures = 0
    with multiprocessing.Pool(given.processes) as pool:
        for done, (wrong, asked) in enumerate(pool.imap_unordered(run, jobs, chunksize=2), 1):
            counts += asked
            failures += len(wrong)
            for line in wrong:
                print(f"wrong: {line}", flush=True)
            if time.monotonic() - told > 20:
                told = time.monotonic()
                rate = done / (told - began)
                left = (given.policies - done) / rate
                print(
                    f"{done} policies, {rate * 60:.0f} a minute, {failures} wrong, {left / 60:.0f} minutes left",
                    flush=True,
                )
    print(", ".join(f"{counts[who]} {who}" for who in sorted(counts)))
    print(f"{given.policies} policies in {(time.monotonic() - began) / 60:.1f} minutes, {failures} wrong")
    return 1 if failures or not counts else 0


if __name__ == "__main__":
    raise SystemExit(main())
