"""The plot, as SVG: what is read of closed books by compute, and by examples of fine-tuning."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from showing import Rate, Results

COLOURS = {"none": "#555555", "refusal-tuning": "#d55e00", "data-filtering": "#0072b2"}
"""Colours that people tell apart who see colours differently."""
NAMES = {"none": "no mitigation", "refusal-tuning": "refusal tuning", "data-filtering": "data filtering"}
LEVELS = ((0.1, "medium from 10 %"), (0.5, "high from 50 %"))
_WIDTH, _HEIGHT = 900, 410
_APART = 9
"""How far marks of different mitigations stand beside each other."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A rectangle to draw in, and what stands at its left and right edge, in octaves."""

    left: float
    right: float
    top: float
    bottom: float
    first: float
    last: float

    def x(self, value: float) -> float:
        """Where a value stands from left to right, on a scale of doublings."""
        part = (math.log2(value) - self.first) / (self.last - self.first)
        return self.left + part * (self.right - self.left)

    def y(self, share: float) -> float:
        """Where a share stands from bottom to top."""
        return self.bottom - share * (self.bottom - self.top)


@dataclass(frozen=True, kw_only=True)
class Point:
    """A rate above its place on the axis; `asked` is the rate without elicitation."""

    at: float
    rate: Rate
    asked: Rate | None = None


def plot(results: Results) -> str:
    """Both panels, or the first alone where nothing was fine-tuned on more and more examples."""
    sizes = {row.size: float(row.compute) for row in results.rows}
    first = min(sizes.values())
    left = Panel(left=70, right=430, top=70, bottom=340, first=-0.4, last=math.log2(max(sizes.values()) / first) + 0.4)
    parts = [*_legend(), *_axes(left, "closed books read, by compute", "compute of training", labels="end")]
    for size, compute in sizes.items():
        parts += _tick(left, compute / first, [size, f"{compute:.1e} FLOP".replace("e+", "e")])
    for name in COLOURS:
        rows = [row for row in results.rows if row.mitigation == name]
        points = [Point(at=float(row.compute) / first, rate=row.elicited, asked=row.asked) for row in rows]
        parts += _series(left, name, points)
    if results.tuning:
        parts += _by_examples(results, max(sizes, key=lambda size: sizes[size]))
    inner = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="13">\n<title>Closed books read, by compute and by '
        f'examples of fine-tuning</title>\n<rect width="100%" height="100%" fill="white"/>\n{inner}\n</svg>\n'
    )


def _by_examples(results: Results, size: str) -> Iterator[str]:
    """The panel of how many examples undo a mitigation."""
    counts = sorted({count for rates in results.tuning.values() for count in rates})
    ends = math.log2(counts[0]) - 1, math.log2(counts[-1]) + 1
    panel = Panel(left=510, right=870, top=70, bottom=340, first=ends[0], last=ends[1])
    title = f"closed books read at {size}, by examples"
    yield from _axes(panel, title, "examples that the model is fine-tuned on", labels="start")
    for count in counts:
        yield from _tick(panel, count, [f"{count:,}"])
    for name, rates in results.tuning.items():
        yield from _series(panel, name, [Point(at=count, rate=rates[count]) for count in counts])


def _axes(panel: Panel, title: str, below: str, *, labels: str) -> Iterator[str]:
    """A frame with percents and thresholds, whose labels stand at the `start` or the `end` of their lines."""
    yield _text((panel.left + panel.right) / 2, panel.top - 14, title, weight="bold")
    yield _text((panel.left + panel.right) / 2, panel.bottom + 58, below)
    for percent in range(0, 101, 25):
        y = panel.y(percent / 100)
        yield _line(panel.left, y, panel.right, y, "#e6e6e6")
        yield _text(panel.left - 8, y + 4, f"{percent} %", anchor="end")
    for share, name in LEVELS:
        y = panel.y(share)
        yield _line(panel.left, y, panel.right, y, "#b00020", dashes="5 4")
        x = panel.left + 6 if labels == "start" else panel.right - 6
        yield _text(x, y - 5, name, anchor=labels, colour="#b00020", size=11)
    yield _line(panel.left, panel.bottom, panel.right, panel.bottom, "#333333")


def _tick(panel: Panel, at: float, texts: Sequence[str]) -> Iterator[str]:
    x = panel.x(at)
    yield _line(x, panel.bottom, x, panel.bottom + 5, "#333333")
    for number, text in enumerate(texts):
        yield _text(x, panel.bottom + 20 + 15 * number, text, size=11 if number else 13)


def _series(panel: Panel, name: str, points: Sequence[Point]) -> Iterator[str]:
    """A line through rates, each with its interval, and a ring where the rate without elicitation is."""
    colour = COLOURS[name]
    shift = _APART * (list(COLOURS).index(name) - 1)
    places = [(panel.x(point.at) + shift, panel.y(point.rate.share)) for point in points]
    along = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{along}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-opacity="0.6"/>'
    for point, (x, y) in zip(points, places, strict=True):
        low, high = (panel.y(float(end)) for end in (point.rate.interval.lo, point.rate.interval.hi))
        yield _line(x, low, x, high, colour, width=2)
        for end in (low, high):
            yield _line(x - 4, end, x + 4, end, colour, width=2)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
        if point.asked:
            asked = panel.y(point.asked.share)
            yield f'<circle cx="{x:.1f}" cy="{asked:.1f}" r="7" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _legend() -> Iterator[str]:
    x = 70.0
    for name, colour in COLOURS.items():
        yield f'<circle cx="{x:.1f}" cy="24" r="4" fill="{colour}"/>'
        yield _text(x + 10, 28, NAMES[name], anchor="start")
        x += 125
    yield '<circle cx="450" cy="24" r="4" fill="#333333"/>'
    yield _text(460, 28, "fine-tuned for misuse, with 95 % intervals", anchor="start")
    yield '<circle cx="735" cy="24" r="7" fill="none" stroke="#333333" stroke-width="1.5"/>'
    yield _text(748, 28, "only asked", anchor="start")


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    weight: str = "normal",
    colour: str = "#222222",
    size: int = 13,
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size}" font-weight="{weight}" fill="{colour}">{text}</text>'
