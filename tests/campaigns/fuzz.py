"""Random damage to policies and evidence, in numbers: `python tests/campaigns/fuzz.py --cases 200000`.

Prints the seeds it uses, how far it is and how long is left. A case that ends in a traceback or an unforeseen error,
in a status of 0, without a code, a place or a remedy, late, or in too much memory, is written to a folder of its own
and does not stop the campaign; the exit status is 1 when there was one.
"""

import argparse
import contextlib
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import FrameType

TESTS = Path(__file__).resolve().parent.parent
if sys.path[0] != str(TESTS):
    sys.path[0] = str(TESTS)

from malformed import Case  # noqa: E402 - the path comes first
from malformed.calling import MAX_KIB, call, laid_out, wrong_with  # noqa: E402  # the path comes first
from malformed.damage import damaged  # noqa: E402  # the path comes first

SOON = 1.0
"""Seconds of processor time after which a refusal is a finding."""
HANGS = 30
"""Seconds after which a case is given up."""


class Hangs(Exception):
    """A case that does not end."""


def symptoms(case: Case) -> list[str]:
    """What is wrong with how a case ends; nothing when all is well."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        laid_out(case, folder)
        try:
            signal.alarm(HANGS)
            outcome = call(case.words, folder)
            found = list(wrong_with(case, outcome))
            if outcome.seconds > SOON:
                least = min(outcome.seconds, *(call(case.words, folder).seconds for _ in range(2)))
                found += [f"{least:.1f} seconds"] if least > SOON else []
        except Exception as error:  # noqa: BLE001  # whatever comes out of it is a finding
            where = traceback.extract_tb(error.__traceback__)[-1]
            found = [f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}"]
        finally:
            signal.alarm(0)
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return [*found, f"{kib >> 10} MiB"] if kib > MAX_KIB else found


def run(seed: int) -> tuple[int, list[str]]:
    """The case of a seed, judged."""
    signal.signal(signal.SIGALRM, _hang)
    return seed, symptoms(damaged(seed))


def _hang(_: int, __: FrameType | None) -> None:
    raise Hangs


def main() -> int:
    """Run the campaign."""
    options = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_argument("--cases", type=int, default=200_000)
    options.add_argument("--first", type=int, default=10**6, help="the first seed")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="where failing cases are written")
    given = options.parse_args()
    print(f"seeds {given.first} to {given.first + given.cases - 1}", flush=True)
    began = told = time.monotonic()
    done = failures = 0
    with multiprocessing.Pool(given.processes, maxtasksperchild=2_000) as pool:
        for seed, found in pool.imap_unordered(run, range(given.first, given.first + given.cases), chunksize=20):
            done += 1
            if found:
                failures += 1
                folder = given.keep / f"case-{seed}"
                folder.mkdir(parents=True, exist_ok=True)
                laid_out(damaged(seed), folder)
                print(f"{folder}: {'; '.join(found[:3])}", flush=True)
            if time.monotonic() - told > 20:
                told = time.monotonic()
                left = (told - began) / done * (given.cases - done)
                print(f"{done} cases, {failures} wrong, about {left / 60:.0f} minutes left", flush=True)
    print(f"{done} cases in {(time.monotonic() - began) / 60:.1f} minutes, {failures} wrong")
    return 1 if failures or not done else 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        raise SystemExit(main())
