"""How many threads: as many as are fastest when tried, since cores are shared and small tensors gain nothing."""

import os
import time
from collections.abc import Callable, Iterable

_ROUNDS = 3
_GAIN = 0.9
"""More threads must take at most this part of the time, since others want to run too."""


def fastest(work: Callable[[], object], counts: Iterable[int], clock: Callable[[], float] = time.perf_counter) -> int:
    """Which number of threads does some work fastest, the smallest of those that are about as fast; it is then set."""
    import torch

    best, least = 1, float("inf")
    for count in counts:
        torch.set_num_threads(count)
        took = min(_taken(work, clock) for _ in range(_ROUNDS))
        if took < least * _GAIN:
            best, least = count, took
        elif took > least:
            break
    torch.set_num_threads(best)
    return best


def counts() -> list[int]:
    """The numbers of threads worth trying here: 1, 2, 4, … and all cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return sorted({cores, *(1 << i for i in range(cores.bit_length()) if 1 << i <= cores)})


def _taken(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start
