"""The gaps between columns: the vertical of each bundle gets a place of its own, in the order that crosses least."""

import bisect
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policylang.reports.drawing.slots import End, Gap

SPACING = 9
_CLEAR = 10
_TOUCHING = 3.0
_OVERLAP = 50


@dataclass(frozen=True, kw_only=True)
class Run:
    """One net in one gap: the heights of its ends, and the place of its vertical, counted from the left."""

    net: int
    left: tuple[tuple[End, int], ...]
    right: tuple[tuple[End, int], ...]
    place: int | None  # None: a straight line

    @functools.cached_property
    def lefts(self) -> list[int]:
        """The heights of the ends to the left, from the top."""
        return sorted(y for _, y in self.left)

    @functools.cached_property
    def rights(self) -> list[int]:
        """The heights of the ends to the right, from the top."""
        return sorted(y for _, y in self.right)

    @functools.cached_property
    def span(self) -> tuple[int, int]:
        """From the highest end to the lowest."""
        return min(self.lefts[0], self.rights[0]), max(self.lefts[-1], self.rights[-1])


def runs(gap: Sequence[Gap], left: Mapping[tuple[int, End], int], right: Mapping[tuple[int, End], int]) -> list[Run]:
    """The nets of a gap, each with the place of its vertical; the heights of ends are by net and end."""
    found = []
    for net in gap:
        lefts = tuple((end, left[net.net, end]) for end in net.left)
        rights = tuple((end, right[net.net, end]) for end in net.right)
        found.append(Run(net=net.net, left=lefts, right=rights, place=0))
    straight = [run for run in found if run.span[0] == run.span[1]]
    bent = [run for run in found if run.span[0] != run.span[1]]
    order = _ordered(bent)
    places = _places(bent, order)
    made = [Run(net=run.net, left=run.left, right=run.right, place=None) for run in straight]
    made += [
        Run(net=run.net, left=run.left, right=run.right, place=place) for run, place in zip(bent, places, strict=True)
    ]
    return sorted(made, key=lambda run: run.net)


def meeting(spans: Sequence[tuple[float, float]]) -> Iterator[tuple[int, int]]:
    """The pairs of spans that have a height in common, or nearly so."""
    order = sorted(range(len(spans)), key=lambda at: spans[at])
    for place, one in enumerate(order):
        for two in order[place + 1 :]:
            if spans[two][0] > spans[one][1] + _TOUCHING:
                break
            yield one, two


def crossing(one: Run, two: Run) -> int:
    """How often two nets cross when the vertical of the first is to the left of that of the second."""
    return _within(one.rights, two.span) + _within(two.lefts, one.span)


def _within(heights: list[int], span: tuple[int, int]) -> int:
    return bisect.bisect_left(heights, span[1]) - bisect.bisect_right(heights, span[0])


def _overlap(one: Run, two: Run) -> int:
    """How many ends would lie on one another when the vertical of the first is to the left of that of the second."""
    return sum(abs(a - b) < _TOUCHING for a in one.rights for b in two.lefts)


def _ordered(bent: Sequence[Run]) -> list[int]:
    """The nets from left to right: each put where it costs least, then moved as long as that helps."""
    many = range(len(bent))
    costs = [[0] * len(bent) for _ in many]
    for i, j in meeting([run.span for run in bent]):
        costs[i][j] = crossing(bent[i], bent[j]) + _OVERLAP * _overlap(bent[i], bent[j])
        costs[j][i] = crossing(bent[j], bent[i]) + _OVERLAP * _overlap(bent[j], bent[i])
    order: list[int] = []
    for net in sorted(many, key=lambda at: (bent[at].span[0] - bent[at].span[1], at)):
        order.insert(_best(order, net, costs), net)
    for _ in range(4):
        before = list(order)
        for net in before:
            order.remove(net)
            order.insert(_best(order, net, costs), net)
        if order == before:
            break
    return order


def _best(order: Sequence[int], net: int, costs: Sequence[Sequence[int]]) -> int:
    """Where in an order a net costs least."""
    cost = sum(costs[net][other] for other in order)
    best, least = 0, cost
    for at, other in enumerate(order, 1):
        cost += costs[other][net] - costs[net][other]
        if cost < least:
            best, least = at, cost
    return best


def _places(bent: Sequence[Run], order: Sequence[int]) -> list[int]:
    """The place of each vertical: right of all before it in the order that are at the same height somewhere."""
    places = [0] * len(bent)
    for at, net in enumerate(order):
        low, high = bent[net].span
        near = [
            places[other] + 1
            for other in order[:at]
            if bent[other].span[0] - _CLEAR < high and low < bent[other].span[1] + _CLEAR
        ]
        places[net] = max(near, default=0)
    return places
