"""The heights of slots whose order is settled: as near to what their lines lead to as their neighbours allow.

Each column in turn is put where the squares of all distances are least, which has an exact answer: neighbours that
would overlap are pooled and moved as one.
"""

from collections.abc import Sequence

from policylang.reports.drawing.order import Stack
from policylang.reports.drawing.picture import Port
from policylang.reports.drawing.slots import Gap, Slot, Via, apart

_ROUNDS, _FEWER_ROUNDS = 60, 16
_MANY = 300
_EMPTY = 28
_UP = (-1e6, 1e-9)
"""What no line leads to stands close under its neighbour, and moves it nowhere."""


def settled(stack: Stack) -> None:
    """Move the slots of all columns up and down, in their order."""
    many = sum(map(len, stack.columns))
    for turn in range(_ROUNDS if many < _MANY else _FEWER_ROUNDS):
        numbers = range(len(stack.columns))
        for number in numbers if turn % 2 else reversed(numbers):
            _settle(stack, number)
    for number, column in enumerate(stack.columns):
        for at, slot in enumerate(column):
            if slot.via is not None:
                _straighten(stack, number, at)
    _squeeze(stack)


def _squeeze(stack: Stack) -> None:
    """Close what is empty in every column, and begin at the top."""
    found = [(stack.tops[n, slot.key], slot, n) for n, column in enumerate(stack.columns) for slot in column]
    found.sort(key=lambda one: (one[0], one[2]))
    shift, reached = 0.0, None
    for top, slot, number in found:
        if reached is None:
            shift, reached = -top, top
        shift -= max(0.0, top - reached - _EMPTY)
        reached = max(reached, top + stack.heights[slot.key])
        stack.put(number, slot, round(top + shift))


def _straighten(stack: Stack, number: int, at: int) -> None:
    """Let a bundle that passes through a column go straight on, as far as its neighbours leave room."""
    column = stack.columns[number]
    slot = column[at]
    net = next(net for net in stack.gaps[number - 1] if slot.via in net.right)
    if len(net.left) > 1:
        return
    y = stack.at(net.left[0])
    if at:
        above = column[at - 1]
        y = max(y, stack.tops[number, above.key] + stack.heights[above.key] + apart(above, slot))
    if at + 1 < len(column):
        below = column[at + 1]
        y = min(y, stack.tops[number, below.key] - apart(slot, below))
    stack.put(number, slot, y)


def _settle(stack: Stack, number: int) -> None:
    column = stack.columns[number]
    wishes = _wishes(stack, number)
    shifts, y = [], 0.0
    for at, slot in enumerate(column):
        y += apart(column[at - 1], slot) if at else 0.0
        shifts.append(y)
        y += stack.heights[slot.key]
    wanted = [wishes.get(slot.key, _UP) for slot in column]
    pooled = _pooled([(place - shift, weight) for (place, weight), shift in zip(wanted, shifts, strict=True)])
    for slot, shift, place in zip(column, shifts, pooled, strict=True):
        stack.put(number, slot, place + shift)


def _wishes(stack: Stack, number: int) -> dict[str, tuple[float, float]]:
    """Where each slot would like its top to be, and how strongly."""
    owner = {box: slot for slot in stack.columns[number] for box in slot.boxes}
    vias = {slot.key: slot for slot in stack.columns[number] if slot.via is not None}
    sums: dict[str, tuple[float, float]] = {}
    for gap, is_left in ((number - 1, True), (number, False)):
        for net in stack.gaps[gap] if 0 <= gap < len(stack.gaps) else ():
            mine, theirs = (net.right, net.left) if is_left else (net.left, net.right)
            middle = sum(map(stack.at, theirs)) / len(theirs)
            weight = _weight(net) / len(mine)
            for end in mine:
                slot: Slot = owner[end.box] if isinstance(end, Port) else vias[f"via {end.net}"]
                own = stack.at(end) - stack.tops[number, slot.key]
                total, weights = sums.get(slot.key, (0.0, 0.0))
                sums[slot.key] = (total + weight * (middle - own), weights + weight)
    return {key: (total / weights, weights) for key, (total, weights) in sums.items()}


def _weight(net: Gap) -> float:
    """How strongly the two sides of a net pull at each other, the same for both; straight where it passes on.

    Were the one pulled more strongly than the other, the whole picture would move with every round, and never settle.
    """
    return 2.0 ** sum(all(isinstance(end, Via) for end in side) for side in (net.left, net.right))


def _pooled(wanted: Sequence[tuple[float, float]]) -> list[float]:
    """The least squares answer that never falls."""
    pools: list[tuple[float, float, int]] = []
    for place, weight in wanted:
        pool = (place * weight, weight, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            total, weights, many = pools.pop()
            pool = (total + pool[0], weights + pool[1], many + pool[2])
        pools.append(pool)
    return [total / weights for total, weights, many in pools for _ in range(many)]
