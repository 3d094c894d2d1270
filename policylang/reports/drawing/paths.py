"""Lines as paths of SVG: along the gaps between columns, with round corners, and what stands at their ends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policylang.reports.drawing.channels import Run
from policylang.reports.drawing.layout import Layout, Placed
from policylang.reports.drawing.picture import Bundle, Port
from policylang.reports.drawing.slots import End, Via

_ROUND = 7
_HEAD, _HALF = 7, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A bundle as it is drawn: its path, and the signs at its ends, filled and not."""

    bundle: Bundle
    path: str
    filled: str
    hollow: str


def drawn(layout: Layout) -> Iterator[Drawn]:
    """Every net of a layout, in its order."""
    boxes = {placed.shape.box.id: placed for placed in layout.boxes}
    for number, net in enumerate(layout.nets):
        path: list[str] = []
        filled: list[str] = []
        hollow: list[str] = []
        for gap, laid in enumerate(layout.gaps):
            for run in laid:
                if run.net == number:
                    path += _leg(layout, boxes, gap, run)
                    for x, y in _arrivals(boxes, run):
                        (hollow if net.bundle.kind == "lifts" else filled).append(_sign(net.bundle.kind, x, y))
                    path += [f"M{layout.columns[v].x} {y}h{layout.columns[v].width}" for v, y in _passing(run)]
        yield Drawn(bundle=net.bundle, path="".join(path), filled="".join(filled), hollow="".join(hollow))


def _passing(run: Run) -> Iterator[tuple[int, int]]:
    """The columns that a net passes through after a gap, and at what height."""
    yield from ((end.column, y) for end, y in run.right if isinstance(end, Via))


def _arrivals(boxes: Mapping[str, Placed], run: Run) -> Iterator[tuple[int, int]]:
    yield from ((boxes[end.box].x, y) for end, y in run.right if isinstance(end, Port))


def _sign(kind: str, x: int, y: int) -> str:
    """What stands at an end: an arrow; a bar where something is stopped; a ring where something is set aside."""
    if kind in ("forbids", "vetoes"):
        return f"M{x - 5} {y - 6}h3v12h-3z"
    if kind == "lifts":
        return f"M{x - 8} {y}a3.5 3.5 0 1 1 7 0a3.5 3.5 0 1 1 -7 0z"
    return f"M{x - 1} {y}l-{_HEAD} -{_HALF}v{2 * _HALF}z"


def _leg(layout: Layout, boxes: Mapping[str, Placed], gap: int, run: Run) -> Iterator[str]:
    """The path of a net in one gap."""
    start, end = layout.columns[gap].x + layout.columns[gap].width, layout.columns[gap + 1].x
    lefts = [(_left(boxes, one, start), y) for one, y in run.left]
    short = 8 if layout.nets[run.net].bundle.kind == "lifts" else 5
    rights = [(boxes[one.box].x - short if isinstance(one, Port) else end, y) for one, y in run.right]
    if run.place is None:
        yield from (f"M{x} {y}H{rights[0][0]}" for x, y in lefts)
        return
    middle = layout.vertical(gap, run.place)
    heights = [y for _, y in lefts], [y for _, y in rights]
    for x, y in lefts:
        yield from _corner((x, y), middle, heights[1], is_left=True)
    for x, y in rights:
        yield from _corner((x, y), middle, heights[0], is_left=False)
    low, high = run.span
    first = low + _bend(low, heights[1] if low in heights[0] else heights[0])
    last = high - _bend(high, heights[1] if high in heights[0] else heights[0])
    if last > first:
        yield f"M{middle} {_number(first)}V{_number(last)}"


def _left(boxes: Mapping[str, Placed], end: End, x: int) -> int:
    if isinstance(end, Port):
        placed = boxes[end.box]
        return placed.x + placed.shape.width
    return x


def _bend(y: float, others: Sequence[int]) -> float:
    """The radius of a corner: smaller where the other end of the line is near."""
    return min(_ROUND, min(abs(other - y) for other in others) / 2)


def _corner(end: tuple[int, int], middle: int, others: Sequence[int], *, is_left: bool) -> Iterator[str]:
    """A line from an end to the vertical, round into each way it goes on; or past it, where it goes straight."""
    x, y = end
    side = -1 if is_left else 1
    if y in others:
        yield f"M{x} {y}H{middle}"
    for way in (-1, 1):
        beyond = [other for other in others if (other - y) * way > 0]
        if beyond:
            r = _bend(y, beyond)
            a, b = _number(middle + side * r), _number(y + way * r)
            yield f"M{x} {y}H{a}Q{middle} {y} {middle} {b}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
