"""Every field of every log changed in every way: `python tests/campaigns/tampering.py --cases 50000`.

Prints for each specimen what became of its tampers: refused, stopped (no evidence of safety any more), same, worse or
wider; or unseen and listed, for what no single log can check.
The exit status is 1 when a tamper makes a log safer and is in no list, or when a list has what nothing needs any more.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
if sys.path[0] != str(TESTS):
    sys.path[0] = str(TESTS)

from caught import KINDS, UNSEEN, Unseen, feeding, judged, unseen  # noqa: E402  # the path comes first
from specimens import Specimen, real_specimens, specimens  # noqa: E402  # the path comes first
from tampers import count  # noqa: E402  # the path comes first

LARGEST = 20_000
"""Bytes: real logs that are larger are not tampered with."""


class Tally:
    """What became of all tampers so far."""

    def __init__(self) -> None:
        """Begin with none."""
        self.kinds: Counter[str] = Counter()
        self.used: Counter[Unseen] = Counter()
        self.findings: list[str] = []

    def take(self, specimen: Specimen, stride: int, first: int) -> None:
        """Judge the tampers of a specimen, and print how they fared."""
        kinds: Counter[str] = Counter()
        for kind, tamper in judged(specimen, stride, first):
            kinds[kind] += 1
            known = unseen(specimen, tamper)
            if kind == "finding":
                self.findings.append(f"{specimen.name}: {tamper.where} {tamper.how}")
            elif kind == "listed" and known is not None:
                self.used[known] += 1
        self.kinds += kinds
        print(f"{specimen.name}: {told(kinds)}", flush=True)


def told(kinds: Counter[str]) -> str:
    """So many of each kind."""
    return f"{kinds.total()} tampers, " + ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS if kinds[kind])


def main() -> int:
    """Run the campaign."""
    options = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_argument("--cases", type=int, default=50_000, help="about so many tampers, evenly from all")
    options.add_argument("--real", type=int, default=200, help="about so many of each real log at hand")
    options.add_argument("--first", type=int, default=0, help="where to begin, when not all are done")
    given = options.parse_args()
    began = time.monotonic()
    stride = max(1, -(-sum(count(specimen.files) for specimen in specimens()) // given.cases))
    tally = Tally()
    for specimen in specimens():
        tally.take(specimen, stride, given.first)
    idle = [known for known in UNSEEN if not tally.used[known]] if stride == 1 else []
    for specimen in feeding(real_specimens(LARGEST)) if given.real else ():
        tally.take(specimen, max(1, count(specimen.files) // given.real), given.first)
    for known in UNSEEN:
        if tally.used[known]:
            print(f"{known.tool}, {tally.used[known]} listed: {known.why}")
    wrong = [*tally.findings, *(f"{known.tool}: nothing needs it any more: {known.why}" for known in idle)]
    print("\n".join([*wrong, f"{told(tally.kinds)} in {time.monotonic() - began:.0f} s, {len(wrong)} wrong"]))
    return 1 if wrong or not tally.kinds else 0


if __name__ == "__main__":
    raise SystemExit(main())
