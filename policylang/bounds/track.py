"""Unit outcomes in the order in which they are bet on, cut into chunks of equal length."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from operator import itemgetter
from typing import Any, TypeAlias

PLAYERS = 10
"""How many players bet; player j of them stakes the share j / (PLAYERS + 1)."""

CHUNK = 16
"""How many units are multiplied at once."""

Taker: TypeAlias = Callable[[Sequence[Any]], tuple[Any, ...]]
"""Takes from a list the entries that belong to the units of one chunk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """For each unit the index of its safe share 1 - x, and how many units were not scored.

    `chunks` take the entries for sixteen units each from a list of one entry a share and one more: a neutral one,
    for the places after the last unit.
    """

    order: tuple[int, ...]
    shares: tuple[tuple[int, int], ...]
    missing: int
    chunks: tuple[Taker, ...] = field(compare=False, repr=False)


def tracks(units: Mapping[str, Fraction], missing: int, salt: str) -> tuple[Track, Track]:
    """The track on which "below" is bet, and its mirror on which "at least" is.

    Units go in the order of SHA-256(name and salt), so that nobody chooses it.
    """
    names = sorted(units, key=lambda name: sha256((name + salt).encode("utf-8", "surrogatepass")).digest())
    places: dict[tuple[int, int], int] = {}
    order = tuple([places.setdefault(units[name].as_integer_ratio(), len(places)) for name in names])
    padded = order + (len(places),) * (-len(order) % CHUNK)
    chunks = tuple([itemgetter(*padded[at : at + CHUNK]) for at in range(0, len(padded), CHUNK)])
    safe = tuple((under - above, under) for above, under in places)
    return (
        Track(order=order, shares=safe, missing=missing, chunks=chunks),
        Track(order=order, shares=tuple(places), missing=missing, chunks=chunks),
    )
