"""How much is asked at once: as much as memory has room for, and half of it whenever that was too much."""

import contextlib
import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import torch

_T = TypeVar("_T")

Guard = Callable[[int], None]
"""Told how many tokens are to be read at once, before they are; may raise what a full memory raises."""

_SHARE = 0.6
"""What part of the free memory may be used: estimates are rough, and others want some too."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as malloc.h of glibc numbers them
_BLOCK, _HELD = 32 << 20, 512 << 20
"""Blocks up to this size are kept when they are freed, and so much of them in all."""

_SHORTAGES = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")


class NoRoom(Exception):
    """Not even the smallest piece of a request has room."""


class Budget:
    """How many tokens are read at once; it only ever shrinks."""

    def __init__(self, tokens: int, guard: Guard | None = None) -> None:
        """Begin with some tokens; `guard` is asked before each reading."""
        self.tokens = max(1, tokens)
        self._guard = guard

    def ask(self, tokens: int) -> None:
        """Say that some tokens are to be read at once."""
        if self._guard is not None:
            self._guard(tokens)

    def shrink(self, tokens: int) -> None:
        """Some tokens at once were too many: from now on half as many; raises NoRoom where that is none."""
        if tokens <= 1:
            raise NoRoom
        self.tokens = max(1, min(self.tokens, tokens) // 2)
        release()


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that memory is full, on any device."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _SHORTAGES)


def attempt(work: Callable[[], _T]) -> _T | None:
    """What some work with tensors gives; None where memory was too short for it.

    The error is gone when this returns, and with it all that its frames kept.
    """
    import torch

    try:
        with torch.inference_mode():
            return work()
    except (RuntimeError, MemoryError) as error:
        if not is_shortage(error):
            raise
    return None


def release() -> None:
    """Hand back what a device keeps for later use."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def keep_freed() -> None:
    """Let the C library keep what is freed for the next layer, which asks for as much again.

    glibc hands large blocks back at once, and each page of the next one is then a fault: a tenth of the time on a CPU.
    Other libraries have no such setting, and go on as they are.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        glibc = ctypes.CDLL(None)
        glibc.mallopt(_MMAP_THRESHOLD, _BLOCK)
        glibc.mallopt(_TRIM_THRESHOLD, _HELD)


def free_bytes(device: "torch.device") -> int:
    """How many bytes may be used on a device."""
    import torch

    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int((free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)) * _SHARE)
    return int(_host_bytes() * _SHARE)


def _host_bytes() -> int:
    """Bytes that are free on this machine, or in the group of processes that it bounds."""
    free = 4 << 30
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
            free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(free, _group_bytes())


def _group_bytes() -> int:
    """What a control group leaves of its limit; without one, more than there is."""
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (int((group / name).read_text("ascii")) for name in ("memory.max", "memory.current"))
        return max(64 << 20, limit - used)
    except (OSError, ValueError):
        return 1 << 62
