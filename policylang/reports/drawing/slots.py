"""What is stacked in the columns of a picture: boxes, frames of boxes, and room for lines that go on further.

A bundle of lines runs as one: from its beginnings into the gap behind their column, along one vertical there, and out
to its ends. Where it has an end further to the right, one line of it passes through each column between, as a slot of
no height. So what has to be ordered is few slots, and not many lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from policylang.reports.drawing.picture import Bundle, Frame, Picture, Port
from policylang.reports.drawing.shapes import Shape

FRAME_PAD, FRAME_GAP = 9, 8
_BOX_GAP, _LINE_GAP, _LINE_TO_BOX = 16, 9, 13


@dataclass(frozen=True, slots=True)
class Via:
    """Where a bundle passes through a column."""

    net: int
    column: int


End = Port | Via


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """A bundle of which all lines begin in one column."""

    bundle: Bundle
    sources: tuple[Port, ...]
    targets: tuple[Port, ...]
    first: int
    last: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One thing in a column: a box, a frame with its boxes, or the place where a bundle passes.

    The order of `boxes` is settled in place; `first` and `last` are boxes that speak for all in a frame.
    """

    key: str
    boxes: list[str] = field(default_factory=list)
    head: float = 0.0
    foot: float = 0.0
    via: Via | None = None
    first: str = ""
    last: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """One net between two columns: its ends to the left and to the right."""

    net: int
    left: tuple[End, ...]
    right: tuple[End, ...]


def nets_of(picture: Picture) -> tuple[Net, ...]:
    """The nets of a picture: its bundles, apart by the column they begin in."""
    found = []
    for bundle in picture.bundles:
        columns: dict[int, list[Port]] = {}
        for port in bundle.sources:
            columns.setdefault(picture.column_of[port.box], []).append(port)
        last = max(picture.column_of[port.box] for port in bundle.targets)
        for first, sources in sorted(columns.items()):
            found.append(Net(bundle=bundle, sources=tuple(sources), targets=bundle.targets, first=first, last=last))
    return tuple(found)


def gaps_of(picture: Picture, nets: Sequence[Net]) -> tuple[tuple[Gap, ...], ...]:
    """Between each column and the next, the nets there."""
    return tuple(tuple(_gap(picture, nets, gap)) for gap in range(len(picture.columns) - 1))


def _gap(picture: Picture, nets: Sequence[Net], gap: int) -> Iterator[Gap]:
    for number, net in enumerate(nets):
        if net.first <= gap < net.last:
            left: list[End] = list(net.sources) if gap == net.first else [Via(number, gap)]
            right: list[End] = [port for port in net.targets if picture.column_of[port.box] == gap + 1]
            if gap + 1 < net.last:
                right.append(Via(number, gap + 1))
            yield Gap(net=number, left=tuple(left), right=tuple(right))


def slots_of(picture: Picture, nets: Sequence[Net], labels: Mapping[str, float]) -> list[list[Slot]]:
    """The slots of each column, in the order of the policy; `labels` is the height of each frame's label."""
    columns = []
    for number, boxes in enumerate(picture.columns):
        slots: dict[str, Slot] = {}
        for box in boxes:
            frame = picture.frame_of.get(box.id)
            key = box.id if frame is None else frame.id
            slot = slots.setdefault(key, Slot(key=key) if frame is None else _framed(frame, labels[frame.id]))
            slot.boxes.append(box.id)
        vias = [Via(at, number) for at, net in enumerate(nets) if net.first < number < net.last]
        columns.append([*slots.values(), *(Slot(key=f"via {via.net}", via=via) for via in vias)])
    return columns


def _framed(frame: Frame, label: float) -> Slot:
    return Slot(key=frame.id, head=label + FRAME_PAD, foot=FRAME_PAD, first=frame.first, last=frame.last)


def height(slot: Slot, shapes: Mapping[str, Shape]) -> float:
    """How high a slot is."""
    if slot.via is not None:
        return 0.0
    inner = sum(shapes[box].height for box in slot.boxes) + FRAME_GAP * (len(slot.boxes) - 1)
    return slot.head + inner + slot.foot


def apart(one: Slot, two: Slot) -> float:
    """How far two neighbours stand apart."""
    if one.via is not None and two.via is not None:
        return _LINE_GAP
    return _BOX_GAP if one.via is None and two.via is None else _LINE_TO_BOX


def offsets(slot: Slot, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, float]]:
    """The top of each box of a slot, from the top of the slot."""
    at = slot.head
    for box in slot.boxes:
        yield box, at
        at += shapes[box].height + FRAME_GAP
