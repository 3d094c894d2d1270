"""Where everything in a picture stands: columns from left to right, in them boxes and frames, and the lines between.

Layered drawing after Sugiyama, for boxes with rows and for bundles of lines: `slots` says what is stacked, `order`
orders it, `heights` settles it, `channels` lays the lines. Equal pictures give equal layouts, to the last digit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policylang.reports.drawing.channels import SPACING, Run, crossing, runs
from policylang.reports.drawing.heights import settled
from policylang.reports.drawing.order import Stack, ordered
from policylang.reports.drawing.picture import Picture, Port
from policylang.reports.drawing.shapes import LEADING, Shape, Text, labels, shapes
from policylang.reports.drawing.slots import FRAME_PAD, End, Gap, Net, Slot, gaps_of, nets_of, slots_of

_MARGIN = 26
_STEP = 8
_UNDER_LABEL = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A shape and the place of its upper left corner."""

    shape: Shape
    x: int
    y: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedFrame:
    """A frame, and its label from its corner."""

    id: str
    x: int
    y: int
    width: int
    height: int
    label: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column: where it begins, how wide it is, and what stands above it."""

    x: int
    width: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A picture, placed."""

    picture: Picture
    boxes: tuple[Placed, ...]
    frames: tuple[PlacedFrame, ...]
    columns: tuple[Column, ...]
    nets: tuple[Net, ...]
    gaps: tuple[tuple[Run, ...], ...]
    width: int
    height: int

    def vertical(self, gap: int, place: int) -> int:
        """Where a place in a gap is."""
        column = self.columns[gap]
        return column.x + column.width + _MARGIN + SPACING * place

    @property
    def crossings(self) -> int:
        """How many crossings of lines there are."""
        return sum(_crossings(gap) for gap in self.gaps)


def layout(picture: Picture) -> Layout:
    """The places of all boxes, frames and lines."""
    shaped, named = shapes(picture), labels(picture)
    nets = nets_of(picture)
    gaps = gaps_of(picture, nets)
    heads = {frame: LEADING * len(lines) + _UNDER_LABEL for frame, lines in named.items()}
    stack = Stack(slots_of(picture, nets, heads), gaps, shaped)
    ordered(stack)
    settled(stack)
    left, right = _ends(stack, gaps)
    laid = tuple(tuple(runs(gap, left, right)) for gap in gaps)
    columns = tuple(_columns(picture, shaped, laid))
    boxes = tuple(_boxes(picture, stack, columns))
    frames = tuple(_frames(stack, columns, named))
    foot = max((box.y + box.shape.height for box in boxes), default=0)
    lines = [y for gap in laid for run in gap for _, y in (*run.left, *run.right)]
    return Layout(
        picture=picture,
        boxes=boxes,
        frames=frames,
        columns=columns,
        nets=nets,
        gaps=laid,
        width=columns[-1].x + columns[-1].width if columns else 0,
        height=max([foot, *(frame.y + frame.height for frame in frames), *lines]),
    )


_Ends = dict[tuple[int, End], int]


def _ends(stack: Stack, gaps: Sequence[Sequence[Gap]]) -> tuple[_Ends, _Ends]:
    """The height of each end: those that share a row stand apart, in the order of where their lines lead."""
    left: _Ends = {}
    right: _Ends = {}
    for gap in gaps:
        for mine, is_left in ((left, True), (right, False)):
            shared: dict[End, list[tuple[float, int]]] = {}
            for net in gap:
                theirs = net.right if is_left else net.left
                middle = sum(map(stack.at, theirs)) / len(theirs)
                for end in net.left if is_left else net.right:
                    shared.setdefault(end, []).append((middle, net.net))
            for end, nets in shared.items():
                _spread(stack, end, sorted(nets), mine)
        _straighten(stack, gap, left, right)
    return left, right


def _spread(stack: Stack, end: End, nets: Sequence[tuple[float, int]], mine: _Ends) -> None:
    """The heights of all lines at one end."""
    if not isinstance(end, Port):
        mine[nets[0][1], end] = round(stack.at(end))
        return
    low, high = stack.shapes[end.box].ports[end.row]
    step = min(_STEP, (high - low) / len(nets))
    first = stack.at(end) - step * (len(nets) - 1) / 2
    for number, (_, net) in enumerate(nets):
        mine[net, end] = round(first + step * number)


def _straighten(stack: Stack, gap: Sequence[Gap], left: _Ends, right: _Ends) -> None:
    """A line from one end to one end runs straight where either box is high enough for that."""
    many = {end: sum(end in net.left for net in gap) for net in gap for end in net.left}
    many.update({end: sum(end in net.right for net in gap) for net in gap for end in net.right})
    for net in gap:
        if len(net.left) != 1 or len(net.right) != 1:
            continue
        one, two = net.left[0], net.right[0]
        y = left[net.net, one]
        if many[two] == 1 and isinstance(two, Port) and _fits(stack, two, y):
            right[net.net, two] = y
        elif many[one] == 1 and isinstance(one, Port) and _fits(stack, one, right[net.net, two]):
            left[net.net, one] = right[net.net, two]


def _fits(stack: Stack, port: Port, y: float) -> bool:
    low, high = stack.shapes[port.box].ports[port.row]
    top = stack.boxes[port.box]
    return top + low + 3 <= y <= top + high - 3


def _columns(picture: Picture, shaped: Mapping[str, Shape], laid: Sequence[Sequence[Run]]) -> list[Column]:
    """The columns from left to right, as far apart as the lines between them need."""
    x = 0
    found: list[Column] = []
    for number, boxes in enumerate(picture.columns):
        widths = [shaped[b.id].width + (2 * FRAME_PAD if b.id in picture.frame_of else 0) for b in boxes]
        name = "" if picture.detail else picture.layer_of(number).value
        name = "" if found and any(column.name == name for column in found) else name
        found.append(Column(x=x, width=max(widths), name=name))
        places = [run.place for run in laid[number] if run.place is not None] if number < len(laid) else []
        x += max(widths) + 2 * _MARGIN + SPACING * max(places, default=0)
    return found


def _boxes(picture: Picture, stack: Stack, columns: Sequence[Column]) -> list[Placed]:
    found = []
    for box in picture.boxes:
        column = columns[picture.column_of[box.id]]
        shape = stack.shapes[box.id]
        x = column.x + (column.width - shape.width) // 2
        found.append(Placed(shape=shape, x=x, y=round(stack.boxes[box.id])))
    return found


def _frames(stack: Stack, columns: Sequence[Column], named: Mapping[str, tuple[Text, ...]]) -> list[PlacedFrame]:
    return [
        _frame(stack, column, slot, named[slot.key])
        for column, slots in zip(columns, stack.columns, strict=True)
        for slot in slots
        if slot.key in named
    ]


def _frame(stack: Stack, column: Column, slot: Slot, label: tuple[Text, ...]) -> PlacedFrame:
    width = max(stack.shapes[box].width for box in slot.boxes) + 2 * FRAME_PAD
    y = min(stack.boxes[box] for box in slot.boxes) - slot.head
    return PlacedFrame(
        id=slot.key,
        x=column.x + (column.width - width) // 2,
        y=round(y),
        width=width,
        height=round(stack.heights[slot.key]),
        label=label,
    )


def _crossings(gap: Sequence[Run]) -> int:
    """The crossings in a gap, as it is laid."""
    found = 0
    for at, one in enumerate(gap):
        for two in gap[at + 1 :]:
            if one.place is None and two.place is None:
                continue
            if one.place is None or two.place is None:
                straight, bent = (one, two) if one.place is None else (two, one)
                low, high = bent.span
                found += low < straight.span[0] < high
            elif one.place != two.place:
                found += crossing(one, two) if one.place < two.place else crossing(two, one)
    return found
