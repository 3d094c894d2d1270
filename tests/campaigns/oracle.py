"""Decider against oracle on many random pairs: `python tests/campaigns/oracle.py --pairs 200000`.

Prints the seeds it uses, how far it is and how long is left. A pair on which the two differ is made as small as it
can be, written to a file and does not stop the campaign; the exit status is 1 when there was one.
"""

import argparse
import multiprocessing
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
if sys.path[0] != str(TESTS):
    sys.path[0] = str(TESTS)  # this folder holds a module of the same name as the oracle itself

from agreement import case_text, disagreements, smaller, symptom  # noqa: E402  # the path comes first
from random_vocabulary import Shape  # noqa: E402  # the path comes first
from strategies import draft_of, pair_for, parsed  # noqa: E402  # the path comes first

CONFIDENT_EVERY = 100  # exact tests of counts are slow, so few policies state a confidence
MONOTONE_EVERY = 7


def shape_of(seed: int) -> Shape:
    """What the policy of a seed may contain."""
    return Shape(confidence=float(seed % CONFIDENT_EVERY == 0), monotone=seed % MONOTONE_EVERY == 3)


def run(job: tuple[int, int]) -> tuple[int, list[str]]:
    """All pairs of one policy: how many, and the cases on which the two differ."""
    seed, count = job
    draft = draft_of(seed, shape_of(seed))
    module = parsed(draft.text())
    cases = []
    for number in range(count):
        pair = pair_for(draft, f"campaign {seed} {number}", module)
        wrong = symptom(pair)
        if wrong:
            small = smaller(pair, lambda candidate, wrong=wrong: symptom(candidate) == wrong)  # type: ignore[misc]  # it is bound for this case
            cases.append(case_text(small, [f"policy {seed}, evidence {number}", *disagreements(small)]))
    return count, cases


def main() -> int:
    """Run the campaign."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=200_000)
    options.add_argument("--evidences", type=int, default=20, help="for each policy")
    options.add_argument("--first", type=int, default=10**6, help="the first seed")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--keep", type=Path, default=Path("oracle-failures"), help="where failing pairs are written")
    given = options.parse_args()
    policies = -(-given.pairs // given.evidences)
    jobs = [(seed, given.evidences) for seed in range(given.first, given.first + policies)]
    print(f"policies of seeds {jobs[0][0]} to {jobs[-1][0]}, {given.evidences} evidences each", flush=True)
    began = told = time.monotonic()
    done = failures = 0
    with multiprocessing.Pool(given.processes) as pool:
        for count, cases in pool.imap_unordered(run, jobs, chunksize=4):
            done += count
            for case in cases:
                failures += 1
                given.keep.mkdir(exist_ok=True)
                path = given.keep / f"case-{failures:04d}.txt"
                path.write_text(case, encoding="utf-8")
                print(f"differs: {path}\n{case.split(chr(10) * 2)[0]}", flush=True)
            if time.monotonic() - told > 20:
                told = time.monotonic()
                left = (told - began) / done * (policies * given.evidences - done)
                print(f"{done} pairs, {failures} differ, about {left / 60:.0f} minutes left", flush=True)
    print(f"{done} pairs in {(time.monotonic() - began) / 60:.1f} minutes, {failures} differ")
    return 1 if failures or not done else 0


if __name__ == "__main__":
    raise SystemExit(main())
