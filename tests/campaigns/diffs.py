"""`policyc diff` on many pairs: `python tests/campaigns/diffs.py --pairs 20000 --policies 50 --rewritings 2000`.

Small policies against all their evidence; every operator of `loosenings` on many policies, none of which may be missed;
policies that were only rewritten, of which at most 2 % may be reported as others. What is wrong is printed with its
seed, written to a file, and does not stop the campaign; the exit status is 1 when there was any.
"""

import argparse
import multiprocessing
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
if sys.path[0] != str(TESTS):
    sys.path[0] = str(TESTS)

from loosenings import OPERATORS, loosening, policy_of  # noqa: E402  # the path comes first
from policylang.analysis.compare import difference  # noqa: E402  # the path comes first
from policylang.analysis.difference import Direction  # noqa: E402  # the path comes first
from policylang.diagnostics import PolicyError  # noqa: E402  # the path comes first
from refactorings import refactored, text_of  # noqa: E402  # the path comes first
from small_agreement import compared, disagreements, small_case  # noqa: E402  # the path comes first
from small_worlds import pair_of, weight  # noqa: E402  # the path comes first

MOST = 2_000
"""Pieces of evidence that a small policy may have."""
SHARE = 0.02
"""How many of the policies that were only rewritten may be reported as others."""

Told = tuple[str, str]
"""What became of one case, in a word, and what is wrong with it."""


def guarded(case: str, judge: Callable[[], Told]) -> Told:
    """What became of a case, whatever happens."""
    try:
        return judge()
    except Exception as error:  # noqa: BLE001  # whatever comes out of it is a finding
        where = traceback.extract_tb(error.__traceback__)[-1]
        return "error", f"{case}: {type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {error}"


def small(seed: int) -> Told:
    """Two small policies against all their evidence."""

    def judge() -> Told:
        old, new = pair_of(seed)
        if max(weight(old), weight(new)) > MOST:
            return "skipped", ""
        try:
            case = small_case(old.text(), new.text(), MOST)
        except PolicyError:
            return "skipped", ""  # an edit that leaves a clause meaningless
        if case is None:
            return "skipped", ""
        wrong = disagreements(*case)
        said = "\n".join(wrong)
        return ("wrong", f"pair {seed}: {said}\n\n{old.text()}\n{new.text()}") if wrong else ("right", "")

    return guarded(f"pair {seed}", judge)


def loosened(job: tuple[int, str]) -> Told:
    """One policy loosened by one operator."""
    number, name = job

    def judge() -> Told:
        found = loosening(policy_of(number), OPERATORS[name], f"campaign {number} {name}")
        if found is None:
            return "skipped", ""
        if difference(*found.graphs).direction.loosens:
            return "right", ""
        if not found.counts:
            return "invisible", ""
        return "wrong", f"`{name}` on policy {number} is missed: {found.shown}\n\n{found.policies[1].text()}"

    return guarded(f"`{name}` on policy {number}", judge)


def rewritten(seed: int) -> Told:
    """One policy that was only rewritten."""

    def judge() -> Told:
        old = text_of(seed)
        try:
            new, done = refactored(old, random.Random(f"refactoring {seed}"))
            pair = compared(old, new)
        except (AssertionError, PolicyError):
            return "skipped", ""  # rewritten to what is no policy
        if pair.found.direction is Direction.NEUTRAL:
            return "right", ""
        said = "; ".join(c.sentence for c in pair.found.changes if c.direction is not Direction.NEUTRAL)
        return "other", f"rewriting {seed} by {', '.join(done)} is {pair.found.direction}: {said}\n\n{old}\n{new}"

    return guarded(f"rewriting {seed}", judge)


class Campaign:
    """Cases judged by several processes, and what became of them."""

    def __init__(self, processes: int, keep: Path) -> None:
        """No case judged yet; findings go to a folder."""
        self.processes, self.keep, self.failures = processes, keep, 0

    def run(self, title: str, judge: Callable[[Any], Told], jobs: Iterable[Any], wanted: int) -> Counter[str]:
        """The outcomes of jobs, until so many were not skipped."""
        began = told = time.monotonic()
        counts: Counter[str] = Counter()
        with multiprocessing.Pool(self.processes) as pool:
            for word, wrong in pool.imap(judge, jobs, chunksize=8):
                counts[word] += 1
                if wrong:
                    self.write(wrong)
                if time.monotonic() - told > 20:
                    told = time.monotonic()
                    print(f"{title}: {dict(counts)} in {(told - began) / 60:.0f} minutes", flush=True)
                if counts.total() - counts["skipped"] >= wanted:
                    break
        print(f"{title}: {dict(counts)} in {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
        return counts

    def write(self, wrong: str) -> None:
        """One finding, as a file."""
        self.failures += 1
        self.keep.mkdir(exist_ok=True)
        path = self.keep / f"case-{self.failures:04d}.txt"
        path.write_text(wrong, encoding="utf-8")
        print(f"{path}: {wrong.splitlines()[0][:200]}", flush=True)


def main() -> int:
    """Run the three campaigns."""
    options = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_argument("--pairs", type=int, default=20_000)
    options.add_argument("--policies", type=int, default=50, help="that every operator is tried on")
    options.add_argument("--rewritings", type=int, default=2_000)
    options.add_argument("--first", type=int, default=10**6, help="the first seed of pairs and rewritings")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--keep", type=Path, default=Path("diff-failures"), help="where failing cases are written")
    given = options.parse_args()
    campaign = Campaign(given.processes, given.keep)
    seeds = range(given.first, given.first + 20 * given.pairs)
    jobs = [(number, name) for number in range(given.policies) for name in OPERATORS]
    found = [
        campaign.run("small policies", small, seeds, given.pairs),
        campaign.run("loosenings", loosened, jobs, len(jobs)),
    ]
    others = range(given.first, given.first + 2 * given.rewritings)
    same = campaign.run("rewritings", rewritten, others, given.rewritings)
    wrong = sum(counts["wrong"] + counts["error"] for counts in (*found, same))
    too_many = same["other"] > SHARE * (same["other"] + same["right"])
    print(f"{wrong} wrong; {same['other']} of {same['other'] + same['right']} rewritings reported as others")
    return 1 if wrong or too_many else 0


if __name__ == "__main__":
    raise SystemExit(main())
