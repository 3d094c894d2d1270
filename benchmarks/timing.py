"""How we time: two things in turn, many times, and the median of their ratios; noise hits both."""

import argparse
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence


def arguments(about: str | None) -> argparse.Namespace:
    """`--smoke` runs everything once, to see that it runs; `--rounds` says how often to measure."""
    parser = argparse.ArgumentParser(description=about, allow_abbrev=False)
    parser.add_argument("--smoke", action="store_true", help="one small round, to see that it runs")
    parser.add_argument("--rounds", type=int, default=0, help="rounds to measure (default: what the case needs)")
    return parser.parse_args()


def in_turn(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median seconds of CPU time of both, each called once a round, and the median of the ratios round by round."""
    mine: list[float] = []
    other: list[float] = []
    for _ in range(rounds):
        gc.collect()
        other.append(_seconds(theirs))
        gc.collect()
        mine.append(_seconds(ours))
    ratios = [a / b for a, b in zip(mine, other, strict=True)]
    return statistics.median(mine), statistics.median(other), statistics.median(ratios)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def processes(
    ours: Sequence[str], theirs: Sequence[str], rounds: int, env: dict[str, str]
) -> tuple[float, float, float]:
    """Median wall seconds of two commands, each run as a new process once a round, and the median ratio."""
    mine: list[float] = []
    other: list[float] = []
    for _ in range(rounds):
        other.append(_run(theirs, env))
        mine.append(_run(ours, env))
    ratios = [a / b for a, b in zip(mine, other, strict=True)]
    return statistics.median(mine), statistics.median(other), statistics.median(ratios)


def _run(command: Sequence[str], env: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, check=False)
    took = time.perf_counter() - start
    if done.returncode == 2:  # could not be judged: nothing was measured
        raise SystemExit(done.stderr.decode())
    return took


def row(what: str, ours: float, theirs: float, ratio: float, *, goal: float) -> None:
    """Print one line of a table: both times, their ratio, and the most it should be."""
    unit, scale = ("ms", 1e3) if max(ours, theirs) > 1e-3 else ("µs", 1e6)
    print(f"{what:58} {ours * scale:9.2f} {unit} {theirs * scale:9.2f} {unit} {ratio:7.2f} x   at most {goal:g} x")


def head(name: str) -> None:
    """Print the head of a table, with the Python it ran on."""
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"{name} (Python {version})")
    print(f"{'':58} {'ours':>12} {'peer':>12} {'ratio':>9}")
