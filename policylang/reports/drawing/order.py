"""The order in columns: sweeps that put each slot where its lines lead, then swaps of neighbours, by crossings counted.

What is counted are the crossings that will be drawn: two nets in one gap cross where an end of one has to get past the
vertical of the other, and each pair stands in the better of its two orders.
"""

import bisect
from collections.abc import Mapping, Sequence

from policylang.reports.drawing.channels import meeting
from policylang.reports.drawing.picture import Port
from policylang.reports.drawing.shapes import Shape
from policylang.reports.drawing.slots import End, Gap, Slot, apart, height, offsets

_SWEEPS = 16
_LAST = float("inf")
_MOST_SWAPPED = 1_000_000


class Stack:
    """Columns of slots, stacked one below the other, and where every end of a line is."""

    def __init__(self, columns: list[list[Slot]], gaps: Sequence[Sequence[Gap]], shapes: Mapping[str, Shape]) -> None:
        """Stacked in the order given."""
        self.columns = columns
        self.gaps = gaps
        self.shapes = shapes
        self.heights = {slot.key: height(slot, shapes) for column in columns for slot in column}
        self.tops: dict[tuple[int, str], float] = {}
        self.boxes: dict[str, float] = {}
        for number in range(len(columns)):
            self.stack(number)

    def stack(self, number: int) -> None:
        """Put the slots of a column one below the other, around the middle."""
        column = self.columns[number]
        y, found = 0.0, []
        for at, slot in enumerate(column):
            y += apart(column[at - 1], slot) if at else 0.0
            found.append(y)
            y += self.heights[slot.key]
        for slot, top in zip(column, found, strict=True):
            self.put(number, slot, top - y / 2)

    def put(self, number: int, slot: Slot, top: float) -> None:
        """A slot at a height, with all that stands in it."""
        self.tops[number, slot.key] = top
        for box, offset in offsets(slot, self.shapes):
            self.boxes[box] = top + offset

    def at(self, end: End) -> float:
        """The height of an end."""
        if isinstance(end, Port):
            low, high = self.shapes[end.box].ports[end.row]
            return self.boxes[end.box] + (low + high) / 2
        return self.tops[end.column, f"via {end.net}"]

    def crossings(self, gap: int) -> int:
        """How many crossings a gap will have."""
        ends = [(sorted(map(self.at, net.left)), sorted(map(self.at, net.right))) for net in self.gaps[gap]]
        spans = [(min(left[0], right[0]), max(left[-1], right[-1])) for left, right in ends]
        found = 0
        for one, two in meeting(spans):
            before = _inside(ends[one][1], spans[two]) + _inside(ends[two][0], spans[one])
            after = _inside(ends[two][1], spans[one]) + _inside(ends[one][0], spans[two])
            found += min(before, after)
        return found

    def total(self) -> int:
        """How many crossings all gaps will have."""
        return sum(self.crossings(gap) for gap in range(len(self.gaps)))


def _inside(heights: list[float], span: tuple[float, float]) -> int:
    return bisect.bisect_left(heights, span[1]) - bisect.bisect_right(heights, span[0])


def ordered(stack: Stack) -> None:
    """Put the slots of every column in the best order that was found."""
    best, kept = stack.total(), _kept(stack)
    for sweep in range(_SWEEPS):
        numbers = range(len(stack.columns))
        for number in numbers if sweep % 2 == 0 else reversed(numbers):
            _settle(stack, number, (True, sweep >= _SWEEPS // 2) if sweep % 2 == 0 else (sweep >= _SWEEPS // 2, True))
        found = stack.total()
        if found < best:
            best, kept = found, _kept(stack)
    _restore(stack, kept)
    _swap(stack)


def _kept(stack: Stack) -> list[list[tuple[Slot, list[str]]]]:
    return [[(slot, list(slot.boxes)) for slot in column] for column in stack.columns]


def _restore(stack: Stack, kept: list[list[tuple[Slot, list[str]]]]) -> None:
    for number, column in enumerate(kept):
        for slot, boxes in column:
            slot.boxes[:] = boxes
        stack.columns[number] = [slot for slot, _ in column]
        stack.stack(number)


def _settle(stack: Stack, number: int, sides: tuple[bool, bool]) -> None:
    """Order one column by where its lines come from and lead to."""
    wanted: dict[str, list[float]] = {}
    for gap, is_left in ((number - 1, True), (number, False)):
        if not 0 <= gap < len(stack.gaps) or not sides[0 if is_left else 1]:
            continue
        for net in stack.gaps[gap]:
            mine, theirs = (net.right, net.left) if is_left else (net.left, net.right)
            middle = sum(map(stack.at, theirs)) / len(theirs)
            for end in mine:
                key = f"box {end.box}" if isinstance(end, Port) else f"via {end.net}"
                wanted.setdefault(key, []).append(middle)
    means = {key: sum(found) / len(found) for key, found in wanted.items()}
    column = stack.columns[number]
    for slot in column:
        places = {box: means.get(f"box {box}", stack.boxes[box]) for box in slot.boxes}
        ends = _at_end(slot, places)
        keys = {box: (ends.get(box, 0), places[box]) for box in slot.boxes}
        slot.boxes.sort(key=keys.__getitem__)
    column.sort(key=lambda slot: _wish(stack, number, slot, means))
    stack.stack(number)


def _at_end(slot: Slot, places: Mapping[str, float]) -> dict[str, int]:
    """What speaks for all in a frame stands first, or at that end to which its lines lead."""
    if slot.first:
        return {slot.first: -1}
    if slot.last:
        return {slot.last: -1 if places[slot.last] < sum(places.values()) / len(places) else 1}
    return {}


def _wish(stack: Stack, number: int, slot: Slot, means: Mapping[str, float]) -> float:
    """Where a slot would like to be; one without lines stays."""
    if slot.via is not None:
        return means.get(slot.key, stack.tops[number, slot.key])
    found = [means[key] for box in slot.boxes if (key := f"box {box}") in means]
    if found:
        return sum(found) / len(found)
    return stack.tops[number, slot.key] + stack.heights[slot.key] / 2 if _linked(stack, number, slot) else _LAST


def _linked(stack: Stack, number: int, slot: Slot) -> bool:
    """Whether a line begins or ends at a slot."""
    ends = {
        end.box
        for gap in (number - 1, number)
        if 0 <= gap < len(stack.gaps)
        for net in stack.gaps[gap]
        for end in (net.right if gap < number else net.left)
        if isinstance(end, Port)
    }
    return not ends.isdisjoint(slot.boxes)


def _swap(stack: Stack) -> None:
    """Swap neighbours for as long as that saves crossings, and work is left."""
    work = 0
    improved = True
    while improved and work < _MOST_SWAPPED:
        improved = False
        for number, column in enumerate(stack.columns):
            around = [gap for gap in (number - 1, number) if 0 <= gap < len(stack.gaps)]
            cost = sum(len(stack.gaps[gap]) ** 2 for gap in around) + 1
            before = sum(map(stack.crossings, around))
            for at in range(len(column) - 1):
                if not before or work >= _MOST_SWAPPED:
                    break
                work += cost
                column[at], column[at + 1] = column[at + 1], column[at]
                stack.stack(number)
                after = sum(map(stack.crossings, around))
                if after < before:
                    before, improved = after, True
                else:
                    column[at], column[at + 1] = column[at + 1], column[at]
                    stack.stack(number)
