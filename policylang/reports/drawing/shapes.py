"""Boxes with a size: their text broken into lines, and the height at which lines of the picture meet each row."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policylang.reports.drawing.glyphs import Run, Words, length, said, wrapped
from policylang.reports.drawing.picture import Box, Kind, Mark, Picture, Row

WIDTHS: Mapping[Kind, int] = {
    Kind.MEASURE: 220,
    Kind.FACT: 220,
    Kind.CATEGORY: 250,
    Kind.GROUP: 250,
    Kind.CONTROL: 230,
    Kind.DEFINITION: 230,
    Kind.CONDITION: 210,
    Kind.EXCEPTION: 230,
    Kind.RULE: 390,
    Kind.VETO: 390,
    Kind.REQUIREMENT: 230,
    Kind.DUTIES: 270,
    Kind.EVERY: 270,
    Kind.VERDICT: 270,
}
PAD, GUTTER, LEADING, TITLE_LEADING = 10, 14, 14.0, 16.0
_SIDE = 4
_MOST_LINES = 6
_PER_LINE = 8
_MOST_TITLE = 3


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text in a box: how far from its left edge, and the base line from its top."""

    x: float
    y: float
    runs: Words


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A box with its lines; `ports` is the height of the middle of each row, and of the head under an empty name."""

    box: Box
    width: int
    height: int
    texts: tuple[Text, ...]
    rules: tuple[float, ...]
    ports: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def shapes(picture: Picture) -> dict[str, Shape]:
    """The shape of every box of a picture: none is lower than the lines that end on it need."""
    lines: dict[str, int] = {}
    for bundle in picture.bundles:
        for port in bundle.targets:
            lines[port.box] = lines.get(port.box, 0) + (not port.row)
    return {box.id: _Shaping(box, lines.get(box.id, 0), compact=picture.detail).shape() for box in picture.boxes}


def labels(picture: Picture) -> dict[str, tuple[Text, ...]]:
    """The label of each frame in lines, from the frame's corner."""
    found = {}
    for frame in picture.frames:
        room = max(WIDTHS[picture.box[box].kind] for box in frame.boxes)
        lines = wrapped([Run(said(frame.label), "name")], room - _SIDE)
        found[frame.id] = tuple(Text(_SIDE, 6 + LEADING * (number + 1), line) for number, line in enumerate(lines))
    return found


class _Shaping:
    """One box, filled from the top."""

    def __init__(self, box: Box, lines: int, *, compact: bool) -> None:
        self.box = box
        self.lines = lines
        self.compact = compact
        self.width = WIDTHS[box.kind] - (30 if compact else 0)
        self.y = 7.0
        self.texts: list[Text] = []
        self.ports: dict[str, tuple[float, float]] = {}
        self.rules: list[float] = []

    @property
    def room(self) -> float:
        return self.width - 2 * PAD - _SIDE

    def shape(self) -> Shape:
        """The head of a box, then its rows."""
        box = self.box
        self.head(box)
        if box.rows:
            self.y += 6
            self.rules.append(self.y)
            self.y += 1
            for row in box.rows:
                self.row(row)
        height = max(round(self.y + 7), _PER_LINE * self.lines)
        self.ports[""] = (0.0, height)
        return Shape(
            box=box,
            width=self.width,
            height=height,
            texts=tuple(self.texts),
            rules=tuple(self.rules),
            ports=self.ports,
        )

    def head(self, box: Box) -> None:
        """What sort of thing it is, its name, and what a decision says; its title; its clauses."""
        x = PAD + _SIDE
        first = [Run(f"{said(box.tag).upper()}   " if box.title else said(box.tag).upper(), "tag")]
        if box.title:
            first.append(Run(said(box.name), "name"))
        mark = mark_runs(box.mark)
        self.y += 10
        is_beside = bool(mark) and length(first) + length(mark) + 12 <= self.room
        if is_beside:
            self.put(self.width - PAD - length(mark), mark)
        for number, line in enumerate(wrapped(first, self.room, _MOST_TITLE)):
            self.y += LEADING if number else 0
            self.put(x, line)
        for line in [] if is_beside or not mark else wrapped(mark, self.room, 2):
            self.y += LEADING
            self.put(x, line)
        for line in wrapped([Run(said(box.title or box.name), "title")], self.room, _MOST_TITLE):
            self.y += TITLE_LEADING
            self.put(x, line)
        for line in wrapped([Run(said("; ".join(box.cites)), "tag")], self.room, _MOST_TITLE) if box.cites else []:
            self.y += LEADING - 1
            self.put(x, line)

    def row(self, row: Row) -> None:
        """One row: its sign to the left, its words wrapped, what a decision says behind them."""
        start = self.y
        marked = row.mark is not None
        x = PAD + _SIDE + (GUTTER if marked else 0)
        for number, line in enumerate(wrapped(row_runs(row), self.width - PAD - x, _MOST_LINES)):
            self.y += LEADING
            if not number and row.mark is not None:
                self.put(PAD + _SIDE, (Run(row.mark.sign, row.mark.tone),))
            self.put(x, line)
        self.y += 3
        self.ports[row.id] = (start + 2, self.y)

    def put(self, x: float, runs: Words) -> None:
        """A line of text at the height that was reached."""
        self.texts.append(Text(x, self.y, runs))


def row_runs(row: Row) -> list[Run]:
    """The words of a row: what it begins with, the rest, what a decision says."""
    runs = [Run(f"{said(row.lead)} ", "lead")] if row.lead else []
    runs += [Run(f"{said(row.text)} ", "text")] if row.text else []
    runs += [Run(said(row.mark.word).replace(" ", "\u00a0"), row.mark.tone)] if row.mark is not None else []
    return runs


def mark_runs(mark: Mark | None) -> Words:
    """A mark as it is written: its sign and its word."""
    return () if mark is None else (Run(f"{mark.sign} {said(mark.word)}", mark.tone),)
